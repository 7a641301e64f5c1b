/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One half of a loop that is closed over shared memory: each millisecond it moves a simulated plant as the
 * controller wants and tells where the plant is. The other half is the cell `controller`.
 */
#include <cell/cell.h>

#include "exchange.h"

static volatile bool due;
static int64_t place;		/* of the plant, millionths */
static uint64_t periods, answers, wrong;

static void on_tick(uint64_t deadline, uint64_t now, uint64_t missed, void *unused)
{
	(void)deadline;
	(void)now;
	(void)missed;
	(void)unused;
	due = true;
}

static void wait_for_tick(void)
{
	while (!due)
		cell_wait_interrupt();
	due = false;
}

static void step(struct exchange *e)
{
	static uint64_t last;
	uint64_t period;
	int64_t push;

	switch (slot_read(&e->wanted, &period, &push)) {
	case SLOT_FINE:
		/* A push that nobody sane would give moves nothing. */
		if (push >= -1000000 && push <= 1000000)
			place += push / 16;
		answers += period != last;
		last = period;
		break;
	case SLOT_WRONG:
		wrong++;
		break;
	default:
		break;
	}
	slot_write(&e->measured, ++periods, place);
	cell_heartbeat();
}

static void print_line(void)
{
	cell_printf("sensor: %lu periods, %lu answers, %lu wrong, plant at %ld\n", periods, answers,
		    wrong, place);
}

void main(void)
{
	size_t size;
	struct exchange *e = cell_shared_memory(0, &size);

	cell_irq_init();
	if (size < sizeof(*e)) {
		cell_printf("sensor: shares no memory with a controller\n");
		return;
	}
	cell_printf("sensor: shares %lu KiB at %lx\n", size / 1024, (uint64_t)e);
	cell_irq_mask();
	cell_timer_periodic(cell_now() + cell_ticks(PERIOD_NS), cell_ticks(PERIOD_NS), on_tick,
			    NULL);
	while (!cell_shutdown_requested()) {
		wait_for_tick();
		step(e);
		if (periods % LINE_PERIODS == 0)
			print_line();
	}
	cell_timer_stop();
	print_line();
}
