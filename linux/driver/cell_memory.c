// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of cells: which of what the driver holds the regions of a cell lie in, what the root
 * loses with them, and writing into it.
 */
#include "driver.h"

#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#define WRITE_STEP	SZ_64K	/* bytes, after which others may have the CPU */

/**
 * partita_cell_put_memory() - a cell lets go of what its regions lie in
 * @cell: that the hypervisor does not know, or knows no more
 */
void partita_cell_put_memory(struct partita_cell *cell)
{
	unsigned int i;

	for (i = 0; i < cell->region_count; i++) {
		partita_memory_put(cell->memory[i]);
		cell->memory[i] = NULL;
	}
}

/**
 * partita_cell_get_memory() - a cell gets a share in what its regions lie in
 * @file: that has this memory, and keeps it as well
 * @cell: regions from its blob
 * @ioc: where to say what is wrong
 *
 * Return: 0, or -EREMOTEIO where the file does not have it; the cell may then have some of it.
 */
int partita_cell_get_memory(const struct partita_file *file, struct partita_cell *cell,
			    struct pt_ioc_cell_create *ioc)
{
	unsigned int i;

	for (i = 0; i < cell->region_count; i++) {
		if (cell->regions[i].flags & PT_REGION_DEVICE)
			continue;
		cell->memory[i] = partita_memory_get(&file->memory, &cell->regions[i]);
		if (!cell->memory[i]) {
			ioc->error = PT_REFUSED_FOREIGN_MEMORY;
			return -EREMOTEIO;
		}
	}
	return 0;
}

/* Does another cell have this memory too? EL2 lets it only have all of the region. */
static bool is_others(const struct partita_cell *cell, const struct pt_region *region)
{
	const struct partita_cell *other;
	unsigned int id, i;

	for (id = 0; id < PT_MAX_CELLS; id++) {
		other = partita.cells[id];
		if (!other || other == cell)
			continue;
		for (i = 0; i < other->region_count; i++)
			if (other->regions[i].pa == region->pa)
				return true;
	}
	return false;
}

/**
 * partita_cell_ram_alone() - how much RAM comes from the root with a cell, or goes back to it
 * @cell: among the others or not yet or no more
 *
 * Return: bytes.
 */
u64 partita_cell_ram_alone(const struct partita_cell *cell)
{
	const struct pt_region *region;
	u64 size = 0;

	for (region = cell->regions; region < cell->regions + cell->region_count; region++)
		if (!(region->flags & PT_REGION_DEVICE) && !is_others(cell, region))
			size += region->size;
	return size;
}

/**
 * partita_cell_find_memory() - where memory of a cell is that the root may write
 * @cell: whose
 * @ipa: where the cell sees it
 * @phys: where it is
 *
 * Return: how many bytes there are in a row; 0 where @ipa is in no RAM region, or in a shared one.
 */
u64 partita_cell_find_memory(const struct partita_cell *cell, u64 ipa, phys_addr_t *phys)
{
	const struct pt_region *region;

	for (region = cell->regions; region < cell->regions + cell->region_count; region++) {
		if (region->flags & (PT_REGION_DEVICE | PT_REGION_SHARED) || ipa < region->ipa ||
		    ipa - region->ipa >= region->size)
			continue;
		*phys = region->pa + (ipa - region->ipa);
		return region->size - (ipa - region->ipa);
	}
	return 0;
}

/**
 * partita_memory_write() - write into memory of a loadable cell
 * @phys: where, from partita_cell_find_memory()
 * @data: what; NULL for zeros
 * @size: bytes
 *
 * Memory that Linux makes no use of is nowhere in its linear map, and is mapped for as long.
 *
 * Return: 0, or -ENOMEM with nothing written.
 */
int partita_memory_write(phys_addr_t phys, const u8 *data, u64 size)
{
	u64 done, chunk;
	u8 *memory;

	memory = memremap(phys, size, MEMREMAP_WB);
	if (!memory)
		return -ENOMEM;
	for (done = 0; done < size; done += chunk) {
		chunk = min_t(u64, size - done, WRITE_STEP);
		if (data)
			memcpy(memory + done, data + done, chunk);
		else
			memset(memory + done, 0, chunk);
		/* The cell starts with its caches off. */
		partita_cache_clean_inval(memory + done, chunk);
		cond_resched();
	}
	memunmap(memory);
	return 0;
}
