/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One cell of a system, as its node is written. What concerns other cells is system.c's.
 */
#ifndef CONFIG_CELL_H
#define CONFIG_CELL_H

#include "system.h"

/*
 * Into @cell, which is all 0, with every error that there is. The memories of @s are known already;
 * what comes with the cell's devices is left to devices_resolve_all().
 */
void cell_read(struct cell *cell, const struct system *s, const struct tree *t, uint32_t node,
	       const struct board *b, struct messages *m);

/* One string, and not empty. */
bool is_text(const char *value, int length);
/* One number of 32 or 64 bits. False for any other value. */
bool read_address(const void *value, int length, uint64_t *address);

/* dtc adds these by itself. */
bool is_dtc_property(const char *name);

#endif
