// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flush by VMID works on the VMID in VTTBR_EL2. A manager flushes a cell's VMID from the root's CPU, so the
 * register is switched for the moment. While it is, the CPU must not walk the root's stage 1 tables
 * through the cell's stage 2: speculative address translation does so on Cortex-A57/A72 (errata 1319537, 1319367)
 * unless stage 1 walks are disabled in TCR_EL1.
 */
#include <machine/sysreg.h>
#include <machine/tlb.h>

#define TCR_EPD0	BIT(7)
#define TCR_EPD1	BIT(23)

void tlb_flush_vmid(uint64_t vttbr)
{
	uint64_t mine = read_sysreg(vttbr_el2);
	uint64_t tcr = read_sysreg(tcr_el1);

	dsb(ishst);
	if (mine != vttbr) {
		write_sysreg(tcr_el1, tcr | TCR_EPD0 | TCR_EPD1);
		isb();
		write_sysreg(vttbr_el2, vttbr);
		isb();
	}
	/* Twice: Cortex-A76 erratum 1286807 and A55 erratum 2441007 let the first complete too early. */
	tlbi(vmalls12e1is);
	dsb(ish);
	tlbi(vmalls12e1is);
	dsb(ish);
	isb();
	if (mine != vttbr) {
		write_sysreg(vttbr_el2, mine);
		isb();
		write_sysreg(tcr_el1, tcr);
		isb();
	}
}

void tlb_flush_local(void)
{
	dsb(nshst);
	tlbi(alle1);
	dsb(nsh);
	isb();
}
