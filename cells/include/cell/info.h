/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who this cell is, what it owns, what is asked of it, and what it says of itself. All of it is
 * plain memory: nothing here causes an exit but cell_off(). /
 */
#ifndef CELL_INFO_H
#define CELL_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <partita/info.h>

/* The cell cannot write it; only .request changes while the cell runs. */
const struct pt_info *cell_info(void);

/*
 * cell_report()->user[] is the cell's own to fill: one aligned store a word, so that readers see
 * whole words.
 */
struct pt_report *cell_report(void);

/* The RAM region that the image runs in. */
const struct pt_info_region *cell_ram(void);

/*
 * Memory that other cells see too, the index-th in the order of the cell's description; NULL where there is no such.
 * Mapped write-back and shareable: atomics work on it between cells. Zero when the first of them starts; whoever
 * starts later, or again, finds what the others left.
 */
void *cell_shared_memory(unsigned int index, size_t *size);

/*
 * What lies between the end of the image (with its .bss and stacks) and the end of its RAM region:
 * the cell's own to use. Zero at the start, but for what was loaded there (see cell_argument). /
 */
void *cell_free_memory(size_t *size);

/*
 * The cell's command line: text that was loaded CELL_ARGUMENT_OFFSET bytes above the start of the
 * RAM that the image runs in. It ends at the first byte that is 0 or a line feed. "" if there is
 * none. /
 */
#define CELL_ARGUMENT_OFFSET	0x200000
#define CELL_ARGUMENT_MAX	256	/* bytes, with the terminating NUL */
const char *cell_argument(void);

/* A loop that is well calls this once a turn; anyone may watch the counter move. */
void cell_heartbeat(void);

bool cell_shutdown_requested(void);
void cell_answer(enum pt_answer answer);

/* Answers YES if a shutdown was requested, then ends the whole cell, whichever CPU calls. */
_Noreturn void cell_off(void);

#endif
