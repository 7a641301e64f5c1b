/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cell's CPUs: which one runs this, starting and stopping the others, waiting for an interrupt.
 * CPUs are counted as in the info page: 0 is the one that started the cell.
 */
#ifndef CELL_CPU_H
#define CELL_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CELL_MAX_CPUS	8	/* that have a stack here; a cell may own more */

typedef void cell_cpu_fn(uint64_t arg);

static inline unsigned int cell_cpu_index(void)
{
	uint64_t index;

	/*
	 * Written once, by start.S. Not volatile, so that the compiler may read it once for several
	 * uses.
	 */
	asm("mrs %0, tpidr_el1" : "=r" (index));
	return (unsigned int)index;
}

unsigned int cell_cpu_count(void);

/*
 * Starts CPU number index: it runs fn(arg) with a stack of its own, the MMU on and interrupts
 * masked, and goes off when fn returns. Returns an enum psci_result. /
 */
int cell_cpu_on(unsigned int index, cell_cpu_fn *fn, uint64_t arg);

/* Ends this CPU only; another one may turn it on again. */
_Noreturn void cell_cpu_off(void);

static inline void cell_irq_unmask(void)
{
	asm volatile("msr daifclr, #2" ::: "memory");
}

static inline void cell_irq_mask(void)
{
	asm volatile("msr daifset, #2" ::: "memory");
}

static inline uint64_t cell_irq_save(void)
{
	uint64_t daif;

	asm volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r" (daif) :: "memory");
	return daif;
}

static inline void cell_irq_restore(uint64_t daif)
{
	asm volatile("msr daif, %0" :: "r" (daif) : "memory");
}

/*
 * Sleeps until an interrupt is pending, then lets it in. To be called with interrupts masked, after
 * looking at whatever a handler changes: an interrupt that comes in between still ends the sleep.
 * Returns with interrupts masked.
 */
static inline void cell_wait_interrupt(void)
{
	asm volatile("dsb sy\n\twfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" ::: "memory");
}

/*
 * Sleeps, with a 10 ms timer of its own, until a shutdown is requested. Call cell_irq_init()
 * before.
 */
void cell_idle_until_shutdown(void);

struct cell_lock { uint32_t held; };

/*
 * Masks interrupts on this CPU while held, so that a handler may take it too; returns the mask for
 * unlock.
 */
uint64_t cell_lock(struct cell_lock *lock);
void cell_unlock(struct cell_lock *lock, uint64_t daif);

#endif
