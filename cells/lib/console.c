/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing into the console ring. A writer holds the lock for one short copy and waits for no
 * reader; the only word a reader needs is console_head, stored after the text. Who has a UART to
 * speak through waits for that, too, as long as it sends.
 */
#include <stdbool.h>
#include <stdint.h>

#include <cell/console.h>
#include <cell/cpu.h>
#include <cell/info.h>
#include <cell/serial.h>

#include "layout.h"

static struct cell_lock lock;
static bool forced;
static struct cell_serial serial;
static bool has_serial;

static void ring_write(const char *text, size_t size)
{
	struct pt_report *report = cell_report();
	char *ring = (char *)cell_info() + PT_COMM_CONSOLE;
	uint64_t head = report->console_head;

	/* A cell that was given a UART has no ring. */
	if (!cell_info()->console_size)
		return;
	for (size_t i = 0; i < size; i++)
		ring[(head + i) % PT_CONSOLE_SIZE] = text[i];
	__atomic_store_n(&report->console_head, head + size, __ATOMIC_RELEASE);
}

static void write_all(const char *text, size_t size)
{
	ring_write(text, size);
	if (has_serial)
		cell_serial_write(&serial, text, size);
}

void cell_console_write(const char *text, size_t size)
{
	uint64_t daif;

	if (forced) {
		write_all(text, size);
		return;
	}
	daif = cell_lock(&lock);
	write_all(text, size);
	cell_unlock(&lock, daif);
}

void cell_console_init(void)
{
	has_serial = cell_serial_open(&serial, cell_info()->serial, cell_info()->serial_kind);
}

const struct cell_serial *cell_console_serial(void)
{
	return has_serial ? &serial : NULL;
}

void cell_console_force(void)
{
	forced = true;
}

int cell_vprintf(const char *format, va_list args)
{
	char text[CELL_PRINTF_MAX];
	int length = cell_vsnprintf(text, sizeof(text), format, args);

	cell_console_write(text, (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
	return length;
}

int cell_printf(const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = cell_vprintf(format, args);
	va_end(args);
	return length;
}
