// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cell's only way to say something: lines of text on a PL011. Where that is emulated, only its data and flag registers
 * may be, so no other is touched here; nothing is printed while something is measured.
 */
#include "bench.h"

#define UARTDR		0x00
#define UARTFR		0x18
#define UARTFR_TXFF	BIT(5)

static void put(char c)
{
	while (read32(platform.uart + UARTFR) & UARTFR_TXFF)
		;
	write32(platform.uart + UARTDR, (uint8_t)c);
}

void print(const char *text)
{
	while (*text)
		put(*text++);
}

static void print_in(uint64_t number, unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number);
	while (n)
		put(digits[--n]);
}

void print_number(uint64_t number)
{
	print_in(number, 10);
}

void print_hex(uint64_t number)
{
	print("0x");
	print_in(number, 16);
}

void print_result(const char *metric, const struct stats *stats)
{
	print("result ");
	print(metric);
	print(" ");
	print_number(stats->min);
	print(" ");
	print_number(stats->sum);
	print(" ");
	print_number(stats->max);
	print(" ");
	print_number(stats->samples);
	print("\n");
}
