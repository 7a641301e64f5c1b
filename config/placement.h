/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where cells' memory may physically lie on a board whose Linux cannot be asked.
 */
#ifndef CONFIG_PLACEMENT_H
#define CONFIG_PLACEMENT_H

#include "system.h"

/* The physical address of each cell's memory, by the cell's place in the system. */
struct placement {
	bool named[PT_MAX_CELLS];	/* by the user */
	uint64_t address[PT_MAX_CELLS];
};

/*
 * Check the addresses that are named and choose the others: first fit from the top of the board's
 * memory, on 2 MiB where the size is that much. The same input gives the same addresses. False
 * after an error in @m.
 */
bool memory_place(struct placement *p, const struct system *s, const struct board *b,
		  struct messages *m);

#endif
