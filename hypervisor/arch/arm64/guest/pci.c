// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI configuration space, as far as stage 2 does not map it: that of a cell's own functions, filtered; that of all others for a
 * cell with functions; and for the root that of functions that cells have. Nothing that a cell writes here moves an
 * address, reaches another function or makes one write messages: base address registers keep what the root has left in
 * them and only act as if they were sized, and capabilities (MSI, power, function level reset) are read-only.
 */
#include <core/ownership.h>
#include <core/pci.h>
#include <guest/guest.h>
#include <machine/sysreg.h>

#define ABSENT		0xffffffffu

/* @cell's own function at @ipa, or NULL. *@any: has it functions at all? */
static __noinline const struct pt_region *own_function(const struct cell *cell, uint64_t ipa, bool *any)
{
	const struct pt_region *found = NULL;

	*any = false;
	for (uint32_t i = 0; i < cell->region_count; i++) {
		if (!(cell->regions[i].flags & PT_REGION_PCI))
			continue;
		*any = true;
		if (ipa - cell->regions[i].ipa < PT_PAGE_SIZE)
			found = &cell->regions[i];
	}
	return found;
}

bool pci_decodes(const struct cell *cell, uint64_t ipa)
{
	bool any;

	if (cell_is_root(cell))
		return ownership_has_function(ipa);
	return own_function(cell, ipa, &any) || (any && ownership_in_ecam(ipa));
}

/* The function at @ipa that an access of this kind can reach. */
static const struct pt_region *target(const struct cell *cell, uint64_t ipa, unsigned int size)
{
	bool any;

	return size > 4 || (ipa & (size - 1)) ? NULL : own_function(cell, ipa, &any);
}

static uint32_t bar_code(const struct pt_region *f, uint32_t n)
{
	return f->bars >> (PT_BAR_BITS * n) & PT_BAR_UPPER;
}

/* What BAR @n reads, @value being what it holds. */
static uint32_t bar_load(const struct pt_region *f, uint32_t n, bool sizing, uint32_t value)
{
	const bool upper = n && bar_code(f, n) == PT_BAR_UPPER;
	const uint32_t code = bar_code(f, upper ? n - 1 : n);
	const uint64_t mask = ~MASK(code + 10, 0);

	if (!code || code == PT_BAR_UPPER)
		return 0;
	if (!sizing)
		return value;
	return upper ? (uint32_t)(mask >> 32) : (uint32_t)mask | (value & PCI_BAR_FLAGS);
}

static uint32_t load(const struct cell *cell, const struct pt_region *f, uint32_t offset)
{
	const uint32_t value = register_load(PA(f->pa + offset)), bar = (offset - PCI_BAR) / 4;

	if (bar < PT_BARS)
		return bar_load(f, bar, cell->sizing[f - cell->regions] >> bar & 1, value);
	return offset == PCI_ROM ? 0 : value;
}

uint64_t pci_load(const struct cell *cell, uint64_t ipa, unsigned int size)
{
	const struct pt_region *f = target(cell, ipa, size);
	const uint32_t offset = ipa & (PT_PAGE_SIZE - 4);

	if (!f)
		return MASK(8 * size - 1, 0);
	return load(cell, f, offset) >> 8 * (ipa & 3) & MASK(8 * size - 1, 0);
}

/* What a cell may change of a word; all in its lower half. */
static uint32_t writable(uint32_t offset)
{
	switch (offset) {
	case PCI_COMMAND:
		return PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF;
	case PCI_CACHE_LINE:
		return 0xffff;
	case PCI_INTERRUPT:
		return 0xff;
	default:
		return 0;
	}
}

/* The other bits of the lower half stay. The upper one holds nothing that writing 0 would change. */
static void change(paddr_t at, uint32_t mask, uint32_t value)
{
	if (mask)
		register_store(at, (register_load(at) & ~mask & 0xffff) | (value & mask));
}

void pci_store(struct cell *cell, uint64_t ipa, unsigned int size, uint64_t value)
{
	const struct pt_region *f = target(cell, ipa, size);
	const uint32_t offset = ipa & (PT_PAGE_SIZE - 4), bar = (offset - PCI_BAR) / 4;
	const unsigned int shift = 8 * (ipa & 3);
	const uint32_t lanes = (uint32_t)(MASK(8 * size - 1, 0) << shift);
	uint8_t *sizing;

	if (!f)
		return;
	if (bar < PT_BARS) {
		/* Two CPUs of a cell that size at once confuse nobody but their cell. */
		sizing = &cell->sizing[f - cell->regions];
		*sizing = (uint8_t)((*sizing & ~BIT(bar)) | ((uint32_t)value == ABSENT && size == 4 ? BIT(bar) : 0));
	}
	change(PA(f->pa + offset), writable(offset) & lanes, (uint32_t)value << shift);
}
