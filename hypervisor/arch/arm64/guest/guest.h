/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a trapped access of a cell means. Every function gets the general registers x[31] of the guest on the
 * calling CPU and changes no more of them than the instruction would have. Values in them are the guest's: checked before use.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <core/cell.h>

/* A trapped load or store, decoded from the syndrome. */
struct mmio {
	uint64_t address;	/* physical: the GIC's frames stand where they stand on the board */
	unsigned int size;	/* bytes: 1, 2, 4, 8 */
	bool write;
	uint64_t value;		/* to write, or read */
};

/*
 * Serve a data abort with syndrome @esr at @ipa if that lies in the interrupt controller. PT_FAULT_NONE: served, the
 * instruction is done. PT_FAULT_MEMORY: not the interrupt controller. Others: the cell may not do that.
 */
enum pt_fault_kind mmio_access(struct cpu *cpu, uint64_t x[31], uint64_t esr, uint64_t ipa);

/* Registers of the distributor, filtered by ownership: what is not the cell's reads 0 and ignores writes. */
void gicd_access(struct cpu *cpu, struct mmio *m, uint64_t offset);

/*
 * Registers of a redistributor. False: neither the caller's nor something that any CPU may read.
 */
bool gicr_access(struct cpu *cpu, struct mmio *m);

/* SMC: PSCI and the rest of the SMC calling convention. May not return. */
void smc_call(struct cpu *cpu, uint64_t x[31]);

/* Wait for an interrupt on behalf of the guest. Returns early without harm; does not return if the cell is over. */
void guest_wait(struct cpu *cpu);

/* MRS, MSR of a trapped system register, syndrome @esr. PT_FAULT_NONE: served. */
enum pt_fault_kind sysreg_access(struct cpu *cpu, uint64_t x[31], uint64_t esr);

/* Make the guest take a synchronous exception to EL1 as if its instruction had caused @esr at @far. */
void inject_sync(uint64_t esr, uint64_t far);

/* ... a synchronous external abort, for the access that stage 2 reported as @esr; an undefined instruction; an SError. */
void inject_abort(uint64_t esr, uint64_t far);
void inject_undefined(void);
void inject_serror(void);

#endif
