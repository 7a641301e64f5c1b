/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory and text. The compiler calls the first four on its own, so they must not be turned into
 * calls of themselves (-fno-tree-loop-distribute-patterns in the Makefile). /
 */
#include <cell/string.h>

void *memset(void *to, int byte, size_t size)
{
	uint8_t *at = to, *end = at + size;
	uint64_t word = (uint8_t)byte * 0x0101010101010101ULL;

	for (; at < end && (uint64_t)at % 8; at++)
		*at = (uint8_t)byte;
	for (; end - at >= 8; at += 8)
		*(uint64_t *)at = word;
	for (; at < end; at++)
		*at = (uint8_t)byte;
	return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	uint8_t *at = to;
	const uint8_t *source = from;

	for (size_t i = 0; i < size; i++)
		at[i] = source[i];
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	uint8_t *at = to;
	const uint8_t *source = from;

	if (at <= source)
		return memcpy(to, from, size);
	while (size--)
		at[size] = source[size];
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *x = a, *y = b;

	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] - y[i];
	return 0;
}

size_t strlen(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}

static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 255;
}

uint64_t cell_parse_number(const char *text, const char **end)
{
	uint64_t value = 0;
	unsigned int base = 10;

	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	}
	for (; digit(*text) < base; text++)
		value = value * base + digit(*text);
	if (end)
		*end = text;
	return value;
}
