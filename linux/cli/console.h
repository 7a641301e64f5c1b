/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the console of a cell, and being its terminal. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "sysfs.h"
#include "terminal.h"

struct reader {
	int device;
	const struct cell_view *cell;
	uint64_t cursor;
	bool to_terminal;	/* control characters are shown */
	bool begun;
	struct terminal terminal;
};

/* Print what is there: bytes got, or -1 with errno. */
ssize_t read_ring(struct reader *r);

/* Does the cell run, and has it something to type into? */
bool can_attach(const struct reader *r);
/*
 * Standard input and output are the cell's terminal, until the escape character, a signal or the
 * end of the cell. Returns an exit status.
 */
int attach(struct reader *r);

#endif
