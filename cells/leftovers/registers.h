/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Registers that a new owner of a CPU must find cleared: X(name, mask of the bits that count).
 * first.S captures them in this order before anything else touches them; leftovers.c names those
 * that are not 0. /
 */
#ifndef LEFTOVERS_REGISTERS_H
#define LEFTOVERS_REGISTERS_H

/* Enables of translation and caches; the rest of SCTLR_EL1 has fixed bits. */
#define CAPTURED_REGISTERS(X)		\
	X(sctlr_el1, 0x1005)		\
	X(cpacr_el1, -1)		\
	X(ttbr0_el1, -1)		\
	X(ttbr1_el1, -1)		\
	X(tcr_el1, -1)			\
	X(mair_el1, -1)			\
	X(amair_el1, -1)		\
	X(vbar_el1, -1)			\
	X(contextidr_el1, -1)		\
	X(sp_el0, -1)			\
	X(elr_el1, -1)			\
	X(spsr_el1, -1)			\
	X(esr_el1, -1)			\
	X(far_el1, -1)			\
	X(afsr0_el1, -1)		\
	X(afsr1_el1, -1)		\
	X(par_el1, -1)			\
	X(csselr_el1, -1)		\
	X(tpidr_el0, -1)		\
	X(tpidrro_el0, -1)		\
	X(tpidr_el1, -1)		\
	X(cntkctl_el1, -1)		\
	X(cntv_ctl_el0, 3)		\
	X(cntv_cval_el0, -1)		\
	X(cntp_ctl_el0, 3)		\
	X(cntp_cval_el0, -1)		\
	X(mdscr_el1, -1)		\
	X(mdccint_el1, -1)		\
	X(osdlr_el1, -1)		\
	X(dbgclaimclr_el1, 0xff)	\
	X(dbgbcr0_el1, -1)		\
	X(dbgbvr0_el1, -1)		\
	X(dbgbcr1_el1, -1)		\
	X(dbgbvr1_el1, -1)		\
	X(dbgwcr0_el1, -1)		\
	X(dbgwvr0_el1, -1)		\
	X(dbgwcr1_el1, -1)		\
	X(dbgwvr1_el1, -1)		\
	X(pmcr_el0, 1)			\
	X(pmcntenset_el0, -1)		\
	X(pmintenset_el1, -1)		\
	X(pmovsset_el0, -1)		\
	X(pmuserenr_el0, -1)		\
	X(pmccntr_el0, -1)		\
	X(pmccfiltr_el0, -1)		\
	X(pmevcntr0_el0, -1)		\
	X(pmevtyper0_el0, -1)		\
	X(pmevcntr1_el0, -1)		\
	X(pmevtyper1_el0, -1)

/* Where the CPU has the registers of a GICv3. */
#define CAPTURED_GIC_REGISTERS(X)	\
	X(icc_igrpen1_el1, -1)		\
	X(icc_ap1r0_el1, -1)		\
	X(icc_ctlr_el1, 3)		\
	X(icc_pmr_el1, -1)

#define CAPTURED_GENERAL 30	/* x1 to x30, before the registers above */

#endif
