// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus of PCI functions, as EL2 reaches them. Whatever EL2 must not do to one, whoever asks for it, ends the program: move a
 * base address, write to a capability or to a function that no cell has.
 */
#include <core/pci.h>
#include <string.h>
#include "internal.h"

struct pci pci;

void pci_power_on(void)
{
	struct function *f = &pci.functions[FUNCTION];

	memset(&pci, 0, sizeof(pci));
	for (unsigned int i = 0; i < ARRAY_SIZE(pci.functions); i++) {
		pci.functions[i].words[0] = 0x10411af4 + (i << 16);
		pci.functions[i].words[PCI_INTERRUPT / 4] = 0x1ff;
	}
	/* As Linux leaves it: in use. Its status says that something was received, and has capabilities. */
	f->words[PCI_COMMAND / 4] = 0x20100507;
	f->words[PCI_CACHE_LINE / 4] = 0x80800000;	/* BIST can be started */
	f->words[PCI_BAR / 4] = 0xc101;			/* ports */
	f->words[PCI_BAR / 4 + 1] = 0x10001000;		/* 4 KiB */
	f->words[PCI_BAR / 4 + 4] = 0x8000400c;		/* 16 KiB, 64-bit, prefetchable */
	f->words[PCI_BAR / 4 + 5] = 0x84;		/* looks like a 64-bit one itself */
	f->words[PCI_ROM / 4] = 0x10080001;
	f->words[0x40 / 4] = 0x00000011;		/* MSI-X */
}

static bool has_owner(uint64_t pa)
{
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		for (uint32_t k = 0; k < cells[i].region_count; k++)
			if ((cells[i].regions[k].flags & PT_REGION_PCI) && pa - cells[i].regions[k].pa < PT_PAGE_SIZE)
				return true;
	return false;
}

uint64_t pci_io(uint64_t pa, unsigned int size, const uint64_t *written)
{
	const uint64_t devfn = (pa - ECAM_PA) >> 12, offset = pa & 0xfff;
	uint32_t *word;

	if (!has_owner(pa))
		fake_bug("EL2 reaches a PCI function that no cell has: %lx", pa);
	if (size != 4)
		fake_bug("EL2 reaches PCI configuration space by %u bytes", size);
	if (!written)
		return offset < sizeof(pci.functions[0]) ? pci.functions[devfn].words[offset / 4] : 0;
	word = &pci.functions[devfn].words[offset % sizeof(pci.functions[0]) / 4];
	switch (offset) {
	case PCI_COMMAND:
		if (*written & ~(uint64_t)(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF))
			fake_bug("command and status become %lx", *written);
		break;
	case PCI_CACHE_LINE:
		if (*written >> 16)
			fake_bug("a self test is started");
		break;
	case PCI_INTERRUPT:
		break;
	default:
		fake_bug("EL2 writes at %lx of a PCI function", offset);
	}
	*word = (*word & 0xffff0000) | (uint32_t)(*written & 0xffff);
	return 0;
}
