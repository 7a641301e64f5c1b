/* SPDX-License-Identifier: GPL-2.0-only */
/* What a cell may ask for, and who may ask. The calls are in abi/partita/hypercall.h. */
#ifndef CORE_HYPERCALL_H
#define CORE_HYPERCALL_H

#include <partita/hypercall.h>
#include <core/cell.h>

/* The page in which the root leaves a blob; it may change at any moment. */
extern uint8_t hypercall_page[PT_PAGE_SIZE];

/*
 * W0 (DEN0028 3.1) of a call by HVC or SMC, less the hint of SMCCC 1.3 that SVE registers hold nothing, which means nothing
 * here: Linux sets it in all its calls, where the firmware before us was of that version.
 */
static inline uint32_t call_function(const uint64_t x[31])
{
	return (uint32_t)x[0] & ~0x10000u;
}

/*
 * The discovery calls, which anybody may make, by HVC or SMC: writes x0-x3. Returns false, with nothing done, if @x is
 * another.
 */
bool hypercall_query(uint64_t x[31]) __must_check;

/*
 * Serve any other call in @x (x0 function, x1 argument) of @cpu and write x0-x3. All other registers are left alone.
 * Does not return for a CPU that leaves the hypervisor.
 */
void hypercall(struct cpu *cpu, uint64_t x[31]);

/* The cell of this id that a call names, not the root; or NULL. */
struct cell *cell_by_id(uint64_t id);

/* The hypervisor makes a management call itself: nobody else makes one in between. What it does there is short. */
void hypercall_exclude(void);
void hypercall_admit(void);

#endif
