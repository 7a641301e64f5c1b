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

/* Are the addresses that the file itself names memory of the board's, and nobody else's? */
void memory_check(const struct system *s, const struct board *b, struct messages *m);

/*
 * Check the addresses that are named and choose the others, those of shared memory too: first fit
 * from the top of the board's memory, on 2 MiB where the size is that much. The same input gives
 * the same addresses. False after an error in @m.
 */
bool memory_place(struct placement *p, struct system *s, const struct board *b,
		  struct messages *m);

/*
 * Where the hypervisor and what its cells start from lie, @size bytes in all, beside the memory that memory_place() has given to
 * cells: as low as loaders allow, on 2 MiB, and with that much below it. False after an error in @m.
 */
bool memory_place_image(const struct placement *p, const struct system *s, const struct board *b, uint64_t size,
			uint64_t *base, struct messages *m);

#endif
