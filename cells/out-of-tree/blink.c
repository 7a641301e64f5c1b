/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A cell to start your own from: twice a second it says so. Copy this folder, change it, keep the
 * loop's habit of looking for a shutdown request. /
 */
#include <cell/cell.h>

#define HALF_A_SECOND_NS 500000000

static volatile bool due;

static void on_tick(uint64_t deadline, uint64_t now, uint64_t missed, void *unused)
{
	(void)deadline;
	(void)now;
	(void)missed;
	(void)unused;
	due = true;
}

void main(void)
{
	uint64_t period = cell_ticks(HALF_A_SECOND_NS);

	cell_irq_init();
	cell_timer_periodic(cell_now() + period, period, on_tick, NULL);
	for (unsigned int i = 0; !cell_shutdown_requested(); i++) {
		while (!due)
			cell_wait_interrupt();
		due = false;
		cell_heartbeat();
		cell_printf("%s: %s\n", cell_info()->name, i % 2 ? "off" : "on");
	}
}
