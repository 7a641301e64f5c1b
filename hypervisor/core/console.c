// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bounded ring: the newest bytes overwrite the oldest, nobody ever waits for a reader. Readers compare the head before and
 * after they copy.
 */
#include <stdarg.h>
#include <core/boot.h>
#include <core/console.h>
#include <core/trace.h>
#include <lib/lock.h>

char console_ring[PT_CONSOLE_SIZE] __aligned(PT_PAGE_SIZE) __section(".bss.pages");

static struct lock lock;
static uint64_t aloud;	/* the CPU that speaks on the UART, | 1; 0: nobody */

void console_put(char *ring, uint64_t *head, char c)
{
	ring[*head % PT_CONSOLE_SIZE] = c;
	store_release(head, *head + 1);
}

static void put(char c)
{
	console_put(console_ring, &status.console_head, c);
	if (aloud && !machine_say(c))
		aloud = 0;
}

static void put_string(const char *s)
{
	while (*s)
		put(*s++);
}

static void put_number(uint64_t value, unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		put(digits[--n]);
}

static void print(const char *format, va_list args)
{
	for (; *format; format++) {
		if (*format != '%') {
			put(*format);
			continue;
		}
		switch (*++format) {
		case 's':
			put_string(va_arg(args, const char *));
			break;
		case 'u':
			put_number(va_arg(args, unsigned int), 10);
			break;
		case 'l':	/* %lx */
			format++;
			put_string("0x");
			put_number(va_arg(args, uint64_t), 16);
			break;
		}
	}
	put('\n');
}

void console_print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	lock_take(&lock);
	print(format, args);
	lock_release(&lock);
	va_end(args);
}

void console_announce(const char *format, ...)
{
	const uint64_t self = (status.magic ? (uint64_t)this_cpu() : 0) | 1;
	va_list args;

	va_start(args, format);
	/* The UART, which may be a cell's by now, has aborted: this is the panic, with the lock still held. */
	if (load_relaxed(&aloud) == self)
		boot_rescue();
	/* Alone, and with its MMU off, the first CPU can do without: exclusives need not work then. */
	if (status.magic)
		lock_take(&lock);
	store_relaxed(&aloud, self);
	print(format, args);
	store_relaxed(&aloud, 0);
	if (status.magic)
		lock_release(&lock);
	va_end(args);
}
