/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A CPU of a cell as EL2 keeps it while the cell does not execute it: what a core dump and a debugger show. The hypervisor keeps it for
 * cells with PT_CELL_DUMP or PT_CELL_DEBUG, in memory that only EL2 sees; PT_HC_CELL_VCPU copies it.
 */
#ifndef PARTITA_VCPU_H
#define PARTITA_VCPU_H

#include "types.h"

/* X(name): system registers, named as in DDI0487. A debugger may write the former ones. */
#define PT_VCPU_WRITABLE(X)						\
	X(sp_el0) X(sp_el1) X(elr_el1) X(spsr_el1) X(esr_el1) X(far_el1) \
	X(vbar_el1) X(tpidr_el0) X(tpidrro_el0) X(tpidr_el1) X(contextidr_el1)
#define PT_VCPU_READABLE(X)						\
	X(sctlr_el1) X(tcr_el1) X(ttbr0_el1) X(ttbr1_el1) X(mair_el1) X(cpacr_el1) X(par_el1) \
	X(mpidr_el1) X(id_aa64dfr0_el1)

#define PT_PSTATE_MODE	0x1f		/* M[4:0] of pstate */
#define PT_PSTATE_EL1H	0x05		/* of these: at EL1, with SP_EL1; otherwise the stack pointer is SP_EL0 */
#define PT_POINTS	16

/* Breakpoints and watchpoints: DBG{B,W}{V,C}R<n>_EL1, of which there are as many as ID_AA64DFR0_EL1 says. */
struct pt_points {
	uint64_t bvr[PT_POINTS], bcr[PT_POINTS];
	uint64_t wvr[PT_POINTS], wcr[PT_POINTS];
};

enum {
	PT_VCPU_KEPT	= 1 << 0,	/* the CPU was on, and what is here is of the moment when it came to EL2; only read */
	PT_VCPU_HOLD	= 1 << 1,	/* PT_DEBUG_RESUME leaves it where it is */
	PT_VCPU_STEP	= 1 << 2,	/* it executes one instruction */
	PT_VCPU_LOAD_FP	= 1 << 3,	/* V registers were changed: they are loaded, and what SVE has above them is lost */
};

struct pt_vcpu {
	uint32_t flags;			/* PT_VCPU_*; all but KEPT are 0 when the CPU has come */
	uint32_t reserved0;
	uint64_t x[31];
	uint64_t pc, pstate;		/* PSTATE.M does not change when this is written */
	uint64_t esr, far;		/* ESR_EL2 and FAR_EL2: what brought it to EL2 */
	uint64_t fpcr, fpsr;
#define PT_VCPU_FIELD(name)	uint64_t name;
	PT_VCPU_WRITABLE(PT_VCPU_FIELD)
	PT_VCPU_READABLE(PT_VCPU_FIELD)
#undef PT_VCPU_FIELD
	uint64_t v[32][2];		/* V0 to V31, the lower half first */
	struct pt_points points;	/* in effect from the next PT_DEBUG_RESUME on */
};

#endif
