/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that this Linux manages, block by block, and which of it to ask for in one piece. What is in the blocks
 * comes from the driver; here is only where they are, what was learnt of them, and the choice.
 */
#ifndef CLI_LINUX_MEMORY_H
#define CLI_LINUX_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include "../uapi/partita.h"

/* Memory without a hole. */
struct stretch {
	uint64_t start;			/* a multiple of PT_MEMORY_BLOCK */
	uint32_t count;			/* blocks */
	struct pt_memory_block *blocks;	/* what is in them; for the survey to fill in */
	uint8_t *marks;			/* what was learnt of them */
};

struct linux_memory {
	struct stretch *stretches;
	uint32_t count;
};

/* What there is of each kind, in bytes. */
struct memory_sums {
	uint64_t free;
	uint64_t movable;
	uint64_t fixed;
	uint64_t largest;	/* the largest piece in which nothing is known to be fixed */
};

/* Where it is, from /proc/iomem; all blocks fixed. False with errno set. Free it in any case. */
bool linux_memory_read(struct linux_memory *m);
void linux_memory_free(struct linux_memory *m);

/*
 * The piece of @size bytes that Linux can leave with the least moving, and of those the one that can be mapped in the
 * largest pages. False where something fixed is in every one.
 */
bool linux_memory_choose(const struct linux_memory *m, uint64_t size, uint64_t *address);

/* The block at @address has turned out as fixed. */
void linux_memory_refused(struct linux_memory *m, uint64_t address);

struct memory_sums linux_memory_sums(const struct linux_memory *m);

#endif
