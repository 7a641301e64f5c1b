/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has what of a board once a system is on it: each CPU, interrupt, device and range of
 * addresses has exactly one owner. What no cell names stays with Linux. For pictures and words; the
 * hypervisor decides by itself.
 */
#ifndef CONFIG_OWNERS_H
#define CONFIG_OWNERS_H

#include "system.h"

/* Cell number i of the system is owner i + 1; Linux is what comes before all cells. */
enum {
	OWNER_LINUX = PT_ROOT_CELL,
	OWNER_FIRST_CELL,
	OWNER_HYPERVISOR = PT_MAX_CELLS,
	OWNER_LINUX_ONLY, /* with Linux, and no cell may have it: ITS, SMMU */
	OWNER_NOBODY,	  /* disabled, or never named in the tree */
	OWNER_COUNT,
	OWNER_FIRST_SHARED =
		OWNER_COUNT, /* memory number i of the system, of the cells that name it */
};

#define OWNERS_FIRST_SPI	32
#define OWNERS_SPI_END		1020

/* Where a cell's memory lies, if that is known already. One for each cell of the system. */
struct draw_memory {
	bool known;
	uint64_t base;
};

/* A range of addresses that is somebody's. The list is sorted; holes are in no area. */
struct area {
	uint64_t base;
	uint64_t size;
	uint32_t node;		/* TREE_NONE: memory */
	uint8_t owner;
	bool ram;
};

struct owners {
	const struct board *b;
	const struct system *s;
	const struct draw_memory *memory;
	uint8_t *nodes;		/* owner of each node of the tree */
	bool *devices;		/* has the node registers or interrupts of its own? */
	uint8_t cpus[PT_MAX_CPUS];
	uint32_t cpu_nodes[PT_MAX_CPUS];
	uint8_t spis[OWNERS_SPI_END];
	struct area *areas;
	uint32_t area_count;
};

static inline bool is_cell(unsigned int owner)
{
	return owner >= OWNER_FIRST_CELL && owner < OWNER_HYPERVISOR;
}

static inline bool is_shared(unsigned int owner)
{
	return owner >= OWNER_FIRST_SHARED;
}

/* False where memory runs out: then there is nothing to release. @memory may be NULL. */
bool owners_find(struct owners *o, const struct board *b, const struct system *s,
		 const struct draw_memory *memory);
void owners_release(struct owners *o);

/* Where is the memory of cell @i, if that is known? */
bool owners_memory(const struct owners *o, uint32_t i, uint64_t *base);

/* Does cell @i share memory @memory? */
bool owners_shares(const struct owners *o, uint32_t i, uint32_t memory);

#endif
