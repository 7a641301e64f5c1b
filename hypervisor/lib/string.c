// SPDX-License-Identifier: GPL-2.0-only
/*
 * Byte by byte: nothing on a path that is counted moves more than a few words, and code that runs before the MMU is
 * on must not make unaligned accesses.
 */
#include <stdint.h>
#include <lib/string.h>

void *memset(void *to, int byte, size_t size)
{
	uint8_t *p = to;

	while (size--)
		*p++ = (uint8_t)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	uint8_t *p = to;
	const uint8_t *q = from;

	while (size--)
		*p++ = *q++;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *p = a, *q = b;

	for (; size; size--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
