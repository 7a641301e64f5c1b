/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Locks, going off, waiting, and the calls to firmware and hypervisor. A lock is held for a few
 * instructions with interrupts masked, never across an exit. /
 */
#include <stdbool.h>

#include <cell/cpu.h>
#include <cell/info.h>
#include <cell/psci.h>
#include <cell/timer.h>
#include <partita/hypercall.h>

#define IDLE_PERIOD_NS 10000000

unsigned int cell_cpu_count(void)
{
	uint32_t count = cell_info()->cpu_count;

	return count < CELL_MAX_CPUS ? count : CELL_MAX_CPUS;
}

void cell_cpu_off(void)
{
	cell_irq_mask();
	for (;;) {
		cell_smc_result(PSCI_CPU_OFF, 0, 0, 0);
		asm volatile("wfi");
	}
}

static void wake(uint64_t deadline, uint64_t now, uint64_t missed, void *arg)
{
	(void)deadline;
	(void)now;
	(void)missed;
	(void)arg;
}

void cell_idle_until_shutdown(void)
{
	uint64_t period = cell_ticks(IDLE_PERIOD_NS);

	cell_irq_mask();
	cell_timer_periodic(cell_now() + period, period, wake, NULL);
	while (!cell_shutdown_requested()) {
		cell_heartbeat();
		cell_wait_interrupt();
	}
	cell_timer_stop();
}

uint64_t cell_lock(struct cell_lock *lock)
{
	uint64_t daif = cell_irq_save();

	while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
		asm volatile("yield" ::: "memory");
	return daif;
}

void cell_unlock(struct cell_lock *lock, uint64_t daif)
{
	__atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
	cell_irq_restore(daif);
}

/* SMCCC lets the callee destroy x4-x17. */
#define CALL(instruction, call)								\
	register uint64_t x0 asm("x0") = (call)->x[0];					\
	register uint64_t x1 asm("x1") = (call)->x[1];					\
	register uint64_t x2 asm("x2") = (call)->x[2];					\
	register uint64_t x3 asm("x3") = (call)->x[3];					\
	register uint64_t x4 asm("x4") = (call)->x[4];					\
	register uint64_t x5 asm("x5") = (call)->x[5];					\
	register uint64_t x6 asm("x6") = (call)->x[6];					\
	register uint64_t x7 asm("x7") = (call)->x[7];					\
											\
	asm volatile(instruction " #0"							\
		     : "+r" (x0), "+r" (x1), "+r" (x2), "+r" (x3),			\
		       "+r" (x4), "+r" (x5), "+r" (x6), "+r" (x7)			\
		     :: "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",	\
			"x17", "memory");						\
	(call)->x[0] = x0;								\
	(call)->x[1] = x1;								\
	(call)->x[2] = x2;								\
	(call)->x[3] = x3

void cell_smc(struct cell_call *call)
{
	CALL("smc", call);
}

void cell_hvc(struct cell_call *call)
{
	CALL("hvc", call);
}

bool cell_on_partita(void)
{
	struct cell_call call = { { PT_HC_UID } };

	cell_hvc(&call);
	if ((uint32_t)call.x[0] != PT_UID_0 || (uint32_t)call.x[1] != PT_UID_1 ||
	    (uint32_t)call.x[2] != PT_UID_2 || (uint32_t)call.x[3] != PT_UID_3)
		return false;
	return cell_hvc_result(PT_HC_REVISION, 0, 0, 0) == PT_ABI_VERSION;
}
