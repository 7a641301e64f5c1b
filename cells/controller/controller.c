/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The other half of the loop: looks where the plant is, and says how hard to push it to reach 1000000.
 * It polls; nothing wakes it but the new measurement, so that it needs neither timer nor interrupt.
 */
#include <cell/cell.h>

#include "../sensor/exchange.h"

#define SETPOINT	1000000

static uint64_t measurements, lost, wrong;
static int64_t place;

static void step(struct exchange *e)
{
	static uint64_t last;
	int64_t measured, error;
	uint64_t period;

	switch (slot_read(&e->measured, &period, &measured)) {
	case SLOT_FINE:
		if (period == last)
			return;
		/* A sensor that has been started again counts from 1. */
		lost += period > last + 1 ? period - last - 1 : 0;
		last = period;
		measurements++;
		place = measured;
		/* Any number may stand there: cut before anything is subtracted. */
		measured = measured < 0 ? 0 : measured > 2 * SETPOINT ? 2 * SETPOINT : measured;
		error = SETPOINT - measured;
		slot_write(&e->wanted, period, error);
		cell_heartbeat();
		break;
	case SLOT_WRONG:
		wrong++;
		break;
	default:
		break;
	}
}

static void print_line(void)
{
	cell_printf("controller: %lu measurements, %lu lost, %lu wrong, plant at %ld\n",
		    measurements, lost, wrong, place);
}

void main(void)
{
	uint64_t printed = 0;
	size_t size;
	struct exchange *e = cell_shared_memory(0, &size);

	cell_irq_init();
	if (size < sizeof(*e)) {
		cell_printf("controller: shares no memory with a sensor\n");
		return;
	}
	cell_printf("controller: shares %lu KiB at %lx\n", size / 1024, (uint64_t)e);
	while (!cell_shutdown_requested()) {
		step(e);
		if (measurements / LINE_PERIODS != printed) {
			printed = measurements / LINE_PERIODS;
			print_line();
		}
	}
	print_line();
}
