/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cell's console: a ring in memory that a manager reads when it likes. Printing never waits for
 * a reader and never exits; who prints faster than the reader reads loses its own oldest text.
 *
 * A cell with a UART to speak through (console = "/pl011@9000000" in the system file) prints there, too, and waits until
 * it is sent, with interrupts masked: in a loop that must be on time, leave the UART away.
 */
#ifndef CELL_CONSOLE_H
#define CELL_CONSOLE_H

#include <stdarg.h>
#include <stddef.h>

#define CELL_PRINTF_MAX	256	/* bytes of one cell_printf; the rest is cut off */

void cell_console_write(const char *text, size_t size);

/* That UART, to read from it what is typed; NULL where there is none. */
struct cell_serial;
const struct cell_serial *cell_console_serial(void);

/*
 * %c %s %p %d %i %u %x %X %%, with h, l, ll and z, width, '-' and zero padding. No floating point.
 */
int cell_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cell_vprintf(const char *format, va_list args);

/* Always terminates; returns the length that the whole text would have had. */
int cell_snprintf(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int cell_vsnprintf(char *buffer, size_t size, const char *format, va_list args);

#endif
