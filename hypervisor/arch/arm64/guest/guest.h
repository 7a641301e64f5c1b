/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a trapped access of a cell means. Every function gets the general registers x[31] of the guest on the
 * calling CPU and changes no more of them than the instruction would have. Values in them are the guest's: checked before use.
 */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <core/cell.h>

/*
 * Serve a data abort with syndrome @esr at @ipa if that lies in the interrupt controller, the cell's UART or PCI
 * configuration space. PT_FAULT_NONE: served, the instruction is done and counted. PT_FAULT_MEMORY: none of them. Others: the cell may not do that.
 */
enum pt_fault_kind mmio_access(struct cpu *cpu, uint64_t x[31], uint64_t esr, uint64_t ipa);

/*
 * Registers of the distributor, filtered by ownership: what is not the cell's reads 0 and ignores writes. @offset is
 * aligned to @size: 1, 2, 4 or 8 bytes. Of what is read the other bits are 0; of @value they mean nothing.
 */
uint64_t gicd_load(const struct cpu *cpu, uint64_t offset, unsigned int size);
void gicd_store(struct cpu *cpu, uint64_t offset, unsigned int size, uint64_t value);

/* Whose redistributor frames hold @address; NULL: no CPU's. Bounded by PT_MAX_CPUS. */
const struct cpu *gicr_owner(uint64_t address);

/* What any CPU may read of any redistributor, to find its own. */
bool gicr_identifies(uint64_t offset);

/* What a write to a redistributor does not change, whoever writes: the groups of its interrupts. */
bool gicr_ignores(uint64_t offset);

/* Registers of @target's redistributor, whose cell the caller is in, or that gicr_identifies() or, written, gicr_ignores(). */
uint64_t gicr_load(const struct cpu *target, uint64_t offset, unsigned int size);
void gicr_store(const struct cpu *target, uint64_t offset, unsigned int size, uint64_t value);

/*
 * Registers of the cell's UART, which it has. @offset is below PT_PAGE_SIZE. What is no register, and what is not accessed at
 * a register's own address by 8, 16 or 32 bits, reads 0 and ignores writes.
 */
uint64_t pl011_load(struct cell *cell, uint64_t offset, unsigned int size);
void pl011_store(struct cell *cell, uint64_t offset, unsigned int size, uint64_t value);

/* Is @ipa PCI configuration space that is not mapped for @cell, because it or a cell has functions there? */
bool pci_decodes(const struct cell *cell, uint64_t ipa);

/*
 * Configuration space at @ipa, where pci_decodes(). What is not one of @cell's functions, or not accessed at its own
 * address by 8, 16 or 32 bits, reads all ones and ignores writes, as a function that is not there.
 */
uint64_t pci_load(const struct cell *cell, uint64_t ipa, unsigned int size);
void pci_store(struct cell *cell, uint64_t ipa, unsigned int size, uint64_t value);

/* PT_HC_UART_INPUT, from any cell. */
void pl011_input(const struct cpu *cpu, uint64_t x[31]);

/* SMC: PSCI and the rest of the SMC calling convention. May not return. */
void smc_call(struct cpu *cpu, uint64_t x[31]);

/* MRS, MSR of a trapped system register, syndrome @esr. PT_FAULT_NONE: served and counted. */
enum pt_fault_kind sysreg_access(struct cpu *cpu, uint64_t x[31], uint64_t esr);

/* Is the register of @esr, which nobody serves, the processor's own invention? Others are merely not there for a cell. */
bool sysreg_is_implementation_defined(uint64_t esr);

/* The ID register @reg (SYSREG()), as a cell sees it. False: it is none that is served. */
bool idreg_load(uint64_t reg, uint64_t *value);

/* Make the guest take a synchronous exception to EL1 as if its instruction had caused @esr at @far. */
void inject_sync(uint64_t esr, uint64_t far);

/* ... a synchronous external abort, for the access that stage 2 reported as @esr; an undefined instruction; an SError. */
void inject_abort(uint64_t esr, uint64_t far);
void inject_undefined(void);
void inject_serror(void);

#endif
