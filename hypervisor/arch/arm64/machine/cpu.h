/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU as it changes hands, beyond core/machine.h. */
#ifndef MACHINE_CPU_H
#define MACHINE_CPU_H

#include <core/cell.h>
#include <machine/layout.h>

/*
 * EL2's registers as the kernel's stub had them, and what the guest's general registers are to be, for the moment in
 * which the MMU goes off: the head of the private page, reached at its physical address by leave.S.
 */
struct leave {
	uint64_t x[31];
	uint64_t sctlr, ttbr0, tcr, mair, vbar, sp;
};

/* What only this CPU sees, at PRIVATE_PAGE. */
struct private {
	struct leave leave;
	bool draining;		/* an SError at EL2 is the former owner's, see cpu_park() */
	uint64_t hcr, cptr, mdcr, hstr, cnthctl, cntvoff, vttbr, vtcr, vpidr, vmpidr, tpidr, ich_hcr;
	/* Of extensions that the CPU may have, see EXTENSIONS in cpu.c. */
	uint64_t zcr, hcrx, hfgrtr, hfgwtr, hfgitr, hdfgrtr, hdfgwtr;
};

#define THIS_PRIVATE	((struct private *)PRIVATE_PAGE)

/* HCR_EL2 for CPUs of @cell (not the root). */
uint64_t cpu_hcr_of(const struct cell *cell);

/* SVE is there for cells: the calling CPU has it, and the kernel's stub, which may know better, has opened it. */
bool cpu_has_sve(void);

/* Keep what the kernel's EL2 stub had set, before anything of it is changed. */
void cpu_save_stub(void);

/* The same where there was no kernel: nothing, but what EL2 itself needs. */
void cpu_reset_stub(void);

/* May this CPU be taking an SError at EL2? */
bool cpu_is_draining(void);

/* Start a lower exception level: X0 = @arg, all others 0, at @pc in EL1h with everything masked. */
__noreturn void cpu_enter_guest(uint64_t pc, uint64_t arg);

/* A call to the firmware, x0-x3 from and to @x: NOT_SUPPORTED where there is none. */
void firmware_call(uint64_t x[4]);

/* What a cell cannot know. */
uint64_t machine_random(void);

/* Is this the boot of a packed image? The interrupt controller is then as the firmware left it. */
bool machine_is_booted(void);

#endif
