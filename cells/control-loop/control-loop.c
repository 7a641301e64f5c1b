/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hard real-time control loop: each period the virtual timer wakes it, it notes how late it was,
 * lets a PID controller move a simulated plant one step, and sleeps again. Once it runs it may do
 * nothing that exits to the hypervisor.
 *
 * Argument (see cell_argument): the period in microseconds, 1000 if none is given. /
 */
#include <cell/cell.h>

#include "loop.h"

#define DEFAULT_PERIOD_US	1000
#define LONGEST_PERIOD_US	10000000
#define LINE_PERIODS		5000

/* The handler's message to the loop; the loop reads it with interrupts masked. */
static volatile struct {
	uint64_t deadline;
	bool due;
} tick;

static void on_tick(uint64_t deadline, uint64_t now, uint64_t missed, void *unused)
{
	(void)unused;
	figures_late(cell_ns(now - deadline), missed);
	tick.deadline = deadline;
	tick.due = true;
}

static void wait_for_tick(void)
{
	while (!tick.due)
		cell_wait_interrupt();
	tick.due = false;
}

static void step(void)
{
	bool same;
	int64_t output = plant_step(&same);

	figures_plant(output, same);
	figures_done(cell_ns(cell_now() - tick.deadline));
	cell_heartbeat();
}

static uint64_t period_ns(void)
{
	uint64_t us = cell_parse_number(cell_argument(), NULL);

	return (us && us <= LONGEST_PERIOD_US ? us : DEFAULT_PERIOD_US) * 1000;
}

void main(void)
{
	uint64_t period = period_ns();

	figures_init(period);
	plant_init(period);
	cell_irq_init();
	cell_printf("control-loop: period %lu us on CPU %lx, start number %u\n", period / 1000,
		    cell_info()->cpus[0].mpidr, cell_info()->starts);
	cell_irq_mask();
	cell_timer_periodic(cell_now() + cell_ticks(period), cell_ticks(period), on_tick, NULL);
	while (!cell_shutdown_requested()) {
		wait_for_tick();
		step();
		if (figures_periods() % LINE_PERIODS == 0)
			figures_print_line();
	}
	cell_timer_stop();
	figures_print_table();
}
