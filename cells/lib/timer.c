/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The virtual timer (CNTV, DDI0487 D12), by absolute compare values. Arming and firing touch only
 * this CPU's registers and its own entry below: no exits, no locks. /
 */
#include <stdbool.h>
#include <stddef.h>

#include <cell/cpu.h>
#include <cell/gic.h>
#include <cell/sysreg.h>
#include <cell/timer.h>

#include "layout.h"

#define CNTV_CTL_ENABLE	1
#define NS_PER_S	1000000000ULL

static struct {
	cell_timer_fn *fn;
	void *arg;
	uint64_t deadline, period;	/* period 0: one-shot */
	bool enabled;			/* the interrupt is set up on this CPU */
} timers[CELL_MAX_CPUS];

uint64_t cell_now(void)
{
	cell_isb();
	return cell_sysreg_read(cntvct_el0);
}

static uint64_t scale(uint64_t value, uint64_t from, uint64_t to)
{
	return value / from * to + value % from * to / from;
}

uint64_t cell_ticks(uint64_t ns)
{
	return scale(ns, NS_PER_S, cell_sysreg_read(cntfrq_el0));
}

uint64_t cell_ns(uint64_t ticks)
{
	return scale(ticks, cell_sysreg_read(cntfrq_el0), NS_PER_S);
}

static void program(uint64_t deadline)
{
	cell_sysreg_write(cntv_cval_el0, deadline);
	cell_sysreg_write(cntv_ctl_el0, CNTV_CTL_ENABLE);
	cell_isb();
}

static void fire(uint32_t intid, void *unused)
{
	uint64_t now = cell_now(), deadline, missed = 0;
	unsigned int cpu = cell_cpu_index();

	(void)intid;
	(void)unused;
	deadline = timers[cpu].deadline;
	if (timers[cpu].period) {
		missed = (now - deadline) / timers[cpu].period;
		deadline += missed * timers[cpu].period;
		timers[cpu].deadline = deadline + timers[cpu].period;
		program(timers[cpu].deadline);
	} else {
		cell_sysreg_write(cntv_ctl_el0, 0);
		cell_isb();
	}
	timers[cpu].fn(deadline, now, missed, timers[cpu].arg);
}

static void arm(uint64_t deadline, uint64_t period, cell_timer_fn *fn, void *arg)
{
	uint64_t daif = cell_irq_save();
	unsigned int cpu = cell_cpu_index();

	timers[cpu].fn = fn;
	timers[cpu].arg = arg;
	timers[cpu].deadline = deadline;
	timers[cpu].period = period;
	program(deadline);
	if (!timers[cpu].enabled) {
		timers[cpu].enabled = true;
		cell_irq_handler(GIC_INTID_VTIMER, fire, NULL);
		cell_irq_enable(GIC_INTID_VTIMER, CELL_PRIORITY_HIGH, CELL_LEVEL);
	}
	cell_irq_restore(daif);
}

/* A CPU that went off and comes on again finds its interrupts disabled. */
void cell_timer_init_cpu(void)
{
	timers[cell_cpu_index()].enabled = false;
}

void cell_timer_once(uint64_t deadline, cell_timer_fn *fn, void *arg)
{
	arm(deadline, 0, fn, arg);
}

void cell_timer_periodic(uint64_t first, uint64_t period, cell_timer_fn *fn, void *arg)
{
	arm(first, period, fn, arg);
}

void cell_timer_stop(void)
{
	cell_sysreg_write(cntv_ctl_el0, 0);
	cell_isb();
}
