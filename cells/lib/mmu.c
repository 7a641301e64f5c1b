/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stage 1 map of the cell: built from the info page before the MMU is on, extended by
 * cell_map() later. A valid entry is never changed, so no TLB maintenance is owed. What runs before
 * the MMU is on may write nothing outside of the section .bss.early, whose cache lines it cleans
 * out around the writes. /
 */
#include <stdbool.h>
#include <stddef.h>

#include <cell/console.h>
#include <cell/cpu.h>
#include <cell/mmu.h>
#include <cell/sysreg.h>
#include <partita/blob.h>
#include <partita/info.h>

#include "layout.h"

/* DDI0487 D8.3: VMSAv8-64 descriptors, 4 KiB granule. */
#define DESC_VALID	(1ULL << 0)
#define DESC_TABLE	(1ULL << 1)	/* at level 3: page */
#define DESC_ATTR(n)	((uint64_t)(n) << 2)
#define DESC_AP_RO	(1ULL << 7)
#define DESC_SH_INNER	(3ULL << 8)
#define DESC_AF		(1ULL << 10)
#define DESC_PXN	(1ULL << 53)
#define DESC_UXN	(1ULL << 54)
#define DESC_ADDRESS	0x0000fffffffff000ULL

#define PAGE		((uint64_t)PT_PAGE_SIZE)
#define ADDRESS_END	(1ULL << 48)
#define TABLES		32
#define GICD_SIZE	0x10000
#define GICC_SIZE	0x2000
#define GICR_SIZE	0x20000

/* The first table is the root, level 0. */
__attribute__((section(".bss.early"), aligned(4096)))
uint64_t cell_tables[TABLES][512];

__attribute__((section(".bss.early")))
static uint32_t tables_used, regions_unmapped;

__attribute__((section(".bss.stacks"), aligned(4096)))
uint8_t cell_stacks[CELL_MAX_CPUS][STACK_STRIDE];

static uint64_t attributes(enum cell_memory type)
{
	const uint64_t normal = DESC_ATTR(ATTR_NORMAL) | DESC_SH_INNER | DESC_AF | DESC_UXN;

	switch (type) {
	case CELL_MEMORY_TEXT:
		return normal | DESC_AP_RO;
	case CELL_MEMORY_CONST:
		return normal | DESC_AP_RO | DESC_PXN;
	case CELL_MEMORY_DATA:
		return normal | DESC_PXN;
	default:
		return DESC_ATTR(ATTR_DEVICE) | DESC_AF | DESC_UXN | DESC_PXN;
	}
}

static unsigned int level_shift(unsigned int level)
{
	return 39 - 9 * level;
}

static bool leaf_fits(unsigned int level, uint64_t address, uint64_t ipa, uint64_t size)
{
	uint64_t bytes = 1ULL << level_shift(level);

	return level > 0 && !((address | ipa) & (bytes - 1)) && size >= bytes;
}

static uint64_t *table_new(void)
{
	uint64_t *table;

	if (tables_used == TABLES)
		return NULL;
	table = cell_tables[tables_used++];
	for (unsigned int i = 0; i < 512; i++)
		((volatile uint64_t *)table)[i] = 0;
	return table;
}

/*
 * Returns the bytes mapped by one leaf at address, 0 if something is there already or tables ran
 * out.
 */
static uint64_t map_leaf(uint64_t address, uint64_t ipa, uint64_t size, uint64_t attrs)
{
	volatile uint64_t *table = cell_tables[0];
	uint64_t *next;

	for (unsigned int level = 0;; level++) {
		volatile uint64_t *entry = &table[address >> level_shift(level) & 511];

		if (!(*entry & DESC_VALID) && leaf_fits(level, address, ipa, size)) {
			*entry = ipa | attrs | DESC_VALID | (level == 3 ? DESC_TABLE : 0);
			return 1ULL << level_shift(level);
		}
		if (!(*entry & DESC_VALID)) {
			next = table_new();
			if (!next)
				return 0;
			/*
			 * The walker may look as soon as the entry is there: the table must be
			 * empty before.
			 */
			asm volatile("dsb ishst" ::: "memory");
			*entry = (uint64_t)next | DESC_TABLE | DESC_VALID;
		} else if (level == 3 || !(*entry & DESC_TABLE)) {
			return 0;
		}
		table = (volatile uint64_t *)(*entry & DESC_ADDRESS);
	}
}

static int map(uint64_t address, uint64_t ipa, uint64_t size, enum cell_memory type)
{
	uint64_t attrs = attributes(type), done;

	for (; size; size -= done, address += done, ipa += done) {
		done = map_leaf(address, ipa, size, attrs);
		if (!done)
			return -1;
	}
	return 0;
}

int cell_map(uint64_t address, uint64_t ipa, uint64_t size, enum cell_memory type)
{
	int result = -1;

	if (!((address | ipa | size) & (PAGE - 1)) && size <= ADDRESS_END &&
	    address <= ADDRESS_END - size && ipa <= ADDRESS_END - size)
		result = map(address, ipa, size, type);
	asm volatile("dsb ishst\n\tisb" ::: "memory");
	return result;
}

static void map_same(uint64_t address, uint64_t end, enum cell_memory type)
{
	if (address < end && map(address, address, end - address, type))
		regions_unmapped++;
}

static void map_image(void)
{
	uint64_t stack;

	map_same((uint64_t)__image_start, (uint64_t)__text_end, CELL_MEMORY_TEXT);
	map_same((uint64_t)__text_end, (uint64_t)__rodata_end, CELL_MEMORY_CONST);
	map_same((uint64_t)__rodata_end, (uint64_t)cell_stacks, CELL_MEMORY_DATA);
	for (unsigned int i = 0; i < CELL_MAX_CPUS; i++) {
		stack = (uint64_t)cell_stacks[i];
		map_same(stack + STACK_MAIN_BOTTOM, stack + STACK_MAIN_TOP, CELL_MEMORY_DATA);
		map_same(stack + STACK_EXCEPTION_BOTTOM, stack + STACK_EXCEPTION_TOP,
			 CELL_MEMORY_DATA);
	}
	map_same((uint64_t)cell_stacks[CELL_MAX_CPUS], (uint64_t)__image_end, CELL_MEMORY_DATA);
}

static void map_region(const struct pt_info_region *region)
{
	uint64_t image = (uint64_t)__image_start, end = region->ipa + region->size;

	if (region->flags & PT_REGION_DEVICE) {
		map_same(region->ipa, end, CELL_MEMORY_DEVICE);
	} else if (image >= region->ipa && image < end) {
		map_same(region->ipa, image, CELL_MEMORY_DATA);
		map_image();
		map_same((uint64_t)__image_end, end, CELL_MEMORY_DATA);
	} else {
		map_same(region->ipa, end, CELL_MEMORY_DATA);
	}
}

static void map_all(const struct pt_info *info)
{
	uint64_t comm = (uint64_t)info;

	for (uint32_t i = 0; i < info->region_count && i < PT_MAX_REGIONS; i++)
		map_region(&info->regions[i]);
	map_same(comm, comm + PT_COMM_REPORT, CELL_MEMORY_CONST);
	map_same(comm + PT_COMM_REPORT, comm + PT_COMM_SIZE, CELL_MEMORY_DATA);
	if (info->manage)
		map_same(info->manage, info->manage + PT_MANAGE_SIZE, CELL_MEMORY_CONST);
	if (info->gicc) {
		map_same(info->gicd, info->gicd + PT_PAGE_SIZE, CELL_MEMORY_DEVICE);
		map_same(info->gicc, info->gicc + GICC_SIZE, CELL_MEMORY_DEVICE);
		return;
	}
	map_same(info->gicd, info->gicd + GICD_SIZE, CELL_MEMORY_DEVICE);
	for (uint32_t i = 0; i < info->cpu_count && i < PT_MAX_CPUS; i++)
		map_same(info->cpus[i].gicr, info->cpus[i].gicr + GICR_SIZE, CELL_MEMORY_DEVICE);
}

/*
 * Writes with the MMU off go past the caches. A line that a former owner left behind would hide
 * them (clean) or overwrite them (dirty) once the caches are on; so lines go before the writes and
 * after them. /
 */
static uint64_t cache_line(void)
{
	return 4ULL << (cell_sysreg_read(ctr_el0) >> 16 & 15);	/* DminLine */
}

static void cache_clean_invalidate(uint64_t start, uint64_t end)
{
	uint64_t line = cache_line();

	for (uint64_t at = start & ~(line - 1); at < end; at += line)
		asm volatile("dc civac, %0" :: "r" (at) : "memory");
	cell_dsb();
}

/* Only for ranges of whole pages: a line shared with others would lose what they wrote. */
static void cache_invalidate(uint64_t start, uint64_t end)
{
	uint64_t line = cache_line();

	cell_dsb();
	for (uint64_t at = start; at < end; at += line)
		asm volatile("dc ivac, %0" :: "r" (at) : "memory");
	cell_dsb();
}

void cell_tables_build(const struct pt_info *info)
{
	cache_clean_invalidate((uint64_t)__early_start, (uint64_t)__early_end);
	cache_clean_invalidate((uint64_t)info, (uint64_t)(info + 1));
	tables_used = 0;
	regions_unmapped = 0;
	table_new();
	map_all(info);
	cache_invalidate((uint64_t)__early_start, (uint64_t)__early_end);
}

void cell_mmu_report(void)
{
	if (regions_unmapped)
		cell_printf("cell: %u ranges of the info page are not mapped: overlapping, or more "
			    "tables needed\n",
			    regions_unmapped);
}
