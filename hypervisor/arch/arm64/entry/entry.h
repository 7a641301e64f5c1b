/* SPDX-License-Identifier: GPL-2.0-only */
/* What the assembly of this floor calls: the C halves of the vectors and of the late entry. */
#ifndef ENTRY_ENTRY_H
#define ENTRY_ENTRY_H

#include <lib/types.h>

/* A guest's synchronous exception and SError; @x are its general registers. */
void trap_sync(uint64_t x[31]);
void trap_serror(uint64_t x[31]);

/* An SError at EL2 itself. */
void trap_own_serror(uint64_t x[31]);

/* An exception that cannot be: number @vector of the table, 0 to 15. */
__noreturn void trap_panic(const uint64_t x[31], unsigned int vector);

struct launch_result {
	int64_t error;		/* enum pt_error */
	uint64_t detail;	/* enum pt_blob_reason in the upper half, offset in the lower */
};

/* On the first CPU, MMU off: check the system blob and build EL2's address space. */
struct launch_result launch_build(void);

/* On each CPU, in that address space: CPU @number has arrived; @x are the registers it returns to the kernel with. */
void launch_enter(uint64_t x[31], unsigned int number);

#endif
