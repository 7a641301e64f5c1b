/* SPDX-License-Identifier: GPL-2.0-only */
/* What the assembly of this floor calls: the C halves of the vectors and of the late entry. */
#ifndef ENTRY_ENTRY_H
#define ENTRY_ENTRY_H

#include <core/cell.h>
#include <lib/types.h>

/*
 * A guest's synchronous exception with syndrome @esr, the short way: of its general registers, @x has x0 to x11. With
 * PT_FAULT_NONE it is over; otherwise nothing has been done, since that does not suffice or the guest may not do what it did,
 * and trap_sync() gets it.
 */
enum pt_fault_kind trap_short(struct cpu *cpu, uint64_t x[31], uint64_t esr) __must_check;

/* ... with all its general registers; the same of a program in AArch32; and an SError. */
void trap_sync(struct cpu *cpu, uint64_t x[31], uint64_t esr);
void trap_sync_aarch32(struct cpu *cpu, uint64_t x[31], unsigned int vector);
void trap_serror(struct cpu *cpu, uint64_t x[31]);

/* An SError at EL2 itself. */
void trap_own_serror(const void *unset, uint64_t x[31]);

/* An exception that cannot be: number @vector of the table, 0 to 15. TPIDR_EL2 may not have been set yet. */
__noreturn void trap_panic(const void *unset, const uint64_t x[31], unsigned int vector);

/* What functions whose stack is watched compare with, set before the first of them; and where they come if it differs. */
extern uint64_t __stack_chk_guard;
__noreturn void __stack_chk_fail(void);

struct launch_result {
	int64_t error;		/* enum pt_error */
	uint64_t detail;	/* enum pt_blob_reason in the upper half, offset in the lower */
};

/* On the first CPU, MMU off: check the system blob and build EL2's address space. */
struct launch_result launch_build(void);

/*
 * The same at boot; @current_el as the register says. Does not return, and says why on the UART, if this cannot be. Then, in that
 * address space, on each CPU.
 */
void boot_build(uint64_t current_el);
__noreturn void boot_enter(unsigned int number, bool first);

/* On each CPU, in that address space: CPU @number has arrived; @x are the registers it returns to the kernel with. */
void launch_enter(uint64_t x[31], unsigned int number);

#endif
