/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PCI configuration space: a cell with a function writes all it can into its own, and into all others
 * of its bus. A cell without one has no such space, and nothing to try. /
 */
#include "hostile.h"

#include <partita/blob.h>
#include <partita/info.h>

#define PAGE		((uint64_t)PT_PAGE_SIZE)
#define FUNCTIONS	256u		/* of a bus */
#define COMMAND		0x04u
#define CACHE_LINE	0x0cu
#define INTERRUPT	0x3cu
#define ALLOWED		0x0406u		/* of COMMAND: interrupt disable, bus master, memory */

static uint64_t own_function(void)
{
	const struct pt_info *info = cell_info();

	for (uint32_t i = 0; i < info->region_count; i++)
		if (info->regions[i].flags & PT_REGION_PCI)
			return info->regions[i].ipa;
	return 0;
}

static uint32_t load(uint64_t at)
{
	return *(volatile uint32_t *)at;
}

static void store(uint64_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

static void store_all_ways(uint64_t at)
{
	static const uint32_t values[] = { 0xffffffff, 0, 0x40000000, 0x08000000, 0x00010100, 0x80008000 };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		store(at, values[i]);
		for (uint64_t lane = 0; lane < 4; lane++)
			*(volatile uint8_t *)(at + lane) = (uint8_t)values[i];
		*(volatile uint16_t *)(at + 2) = (uint16_t)values[i];
		*(volatile uint64_t *)(at & ~7ULL) = values[i];
	}
}

static bool is_note(uint64_t offset)
{
	return offset == COMMAND || offset == CACHE_LINE || offset == INTERRUPT;
}

static void attack_own(uint64_t own)
{
	uint32_t before;

	for (uint64_t offset = 0; offset < PAGE; offset += 4) {
		if (is_note(offset))
			continue;
		before = load(own + offset);
		store_all_ways(own + offset);
		if (load(own + offset) != before)
			granted("own function", offset, load(own + offset));
	}
	store(own + COMMAND, 0xffffffff);
	if (load(own + COMMAND) & 0xffff & ~ALLOWED)
		granted("command", COMMAND, load(own + COMMAND));
	store(own + COMMAND, 0);
	if (load(own + COMMAND) & 0xffff)
		granted("command", COMMAND, load(own + COMMAND));
}

static void functions(const struct numbers *numbers)
{
	const uint64_t own = own_function(), bus = own & ~(FUNCTIONS * PAGE - 1);

	(void)numbers;
	if (!own)
		return;
	/* What start-up has mapped, its own, stays. */
	for (uint64_t at = bus; at < bus + FUNCTIONS * PAGE; at += PAGE)
		cell_map(at, at, PAGE, CELL_MEMORY_DEVICE);
	for (uint64_t at = bus; at < bus + FUNCTIONS * PAGE; at += PAGE)
		for (uint64_t offset = 0; at != own && offset < 0x100; offset += 4) {
			store_all_ways(at + offset);
			if (load(at + offset) != 0xffffffff)
				granted("another function", at + offset, load(at + offset));
		}
	attack_own(own);
}

const struct behaviour pci_behaviours[] = {
	{ "pci", SURVIVES, functions },
	{ 0 },
};
