/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A manager on a console: lists, starts, stops and watches the other cells of a system, and lends
 * its terminal to them. It acts with the rights that its system file gives it, and nothing that
 * another cell says or does can end it.
 *
 * It sleeps until a key is typed or a cell's state changes; ten milliseconds at most, for UARTs
 * that have to be polled and consoles that are rings in memory.
 */
#include <cell/cell.h>

#include "shell.h"

#define TICK_NS		10000000
#define NS_PER_MS	1000000

/* What was typed ahead while a command was waiting. */
static char ahead[LINE_SIZE];
static size_t ahead_count;

uint64_t now_ms(void)
{
	return cell_ns(cell_now()) / NS_PER_MS;
}

int console_key(void)
{
	const struct cell_serial *serial = cell_console_serial();
	int key;

	if (!ahead_count)
		return serial ? cell_serial_read(serial) : -1;
	key = (uint8_t)ahead[0];
	memmove(ahead, ahead + 1, --ahead_count);
	return key;
}

bool console_interrupted(void)
{
	const struct cell_serial *serial = cell_console_serial();
	bool interrupted = false;
	int key;

	while (serial && ahead_count < sizeof(ahead) && (key = cell_serial_read(serial)) >= 0) {
		if (key == CTRL('c')) {
			interrupted = true;
			ahead_count = 0;
		} else {
			ahead[ahead_count++] = (char)key;
		}
	}
	return interrupted;
}

/*
 * An interrupt is but a reason to look. The UART's goes on until what was typed has been read, and
 * is therefore off until then.
 */
static void look(uint32_t intid, void *unused)
{
	const struct cell_serial *serial = cell_console_serial();

	(void)intid;
	(void)unused;
	if (serial)
		cell_serial_interrupt(serial, false);
}

static void tick(uint64_t deadline, uint64_t now, uint64_t missed, void *unused)
{
	(void)deadline;
	(void)now;
	(void)missed;
	(void)unused;
}

void console_wait(void)
{
	const struct cell_serial *serial = cell_console_serial();

	cell_heartbeat();
	if (cell_shutdown_requested())
		cell_off();
	if (serial && ahead_count < sizeof(ahead))
		cell_serial_interrupt(serial, true);
	cell_wait_interrupt();
}

/* That of the UART, and the one by which the hypervisor says that a cell's state has changed: it owns no others. */
static void interrupts_init(void)
{
	const struct pt_info *info = cell_info();
	const uint64_t period = cell_ticks(TICK_NS);

	cell_irq_init();
	for (uint32_t i = 0; i < info->spi_count && i < PT_MAX_SPIS; i++) {
		cell_irq_handler(info->spis[i], look, NULL);
		cell_irq_enable(info->spis[i], CELL_PRIORITY_NORMAL, CELL_LEVEL);
	}
	cell_irq_mask();
	cell_timer_periodic(cell_now() + period, period, tick, NULL);
}

static void say_events(const struct line *line)
{
	if (!events_pending())
		return;
	line_hide(line);
	events_print(false);
	line_show(line);
}

static void serve(struct line *line)
{
	int key;

	line_begin(line);
	for (;;) {
		say_events(line);
		key = console_key();
		if (key < 0) {
			console_wait();
		} else if (line_key(line, key)) {
			command_run(line->text);
			line_begin(line);
		}
	}
}

void main(void)
{
	static struct line line;

	interrupts_init();
	if (!cell_manage_status()) {
		cell_printf("%s has no right over any cell: may-start, may-stop or may-type in the system file give it some\n",
			    cell_info()->name);
		return;
	}
	cell_name(cell_info()->cell, line.name);
	cell_printf("%s: 'help' lists the commands\n", line.name);
	if (!cell_console_serial())
		cell_printf("%s has no UART to be typed at (console in the system file): it only tells what happens\n",
			    line.name);
	serve(&line);
}
