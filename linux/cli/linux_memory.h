/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that this Linux manages, block by block, and which of it to ask for in one piece. What is in the blocks
 * comes from the driver; here is only where they are, what was learnt of them, and the choice.
 */
#ifndef CLI_LINUX_MEMORY_H
#define CLI_LINUX_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <partita/blob.h>
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
};

/* Where it is, from /proc/iomem; all blocks fixed. False with errno set. Free it in any case. */
bool linux_memory_read(struct linux_memory *m);
void linux_memory_free(struct linux_memory *m);

/*
 * What to have next of @size bytes that may come in @pieces pieces: all at once where Linux can leave the least, and of
 * such places the one that can be mapped in the largest pages; or, where something fixed is in between everywhere, the
 * largest piece. With @near, an address, only of the stretch that this is in. False where there is not so much.
 */
bool linux_memory_choose(const struct linux_memory *m, uint64_t size, unsigned int pieces, uint64_t near,
			 struct pt_range *piece);

/* How much there is at most in @pieces pieces of one stretch, by all that is known. */
uint64_t linux_memory_most(const struct linux_memory *m, unsigned int pieces);

/* The block at @address has turned out as fixed. */
void linux_memory_refused(struct linux_memory *m, uint64_t address);

struct memory_sums linux_memory_sums(const struct linux_memory *m);

#endif
