// SPDX-License-Identifier: GPL-2.0-only
/*
 * Byte by byte, since nothing on a path that is counted copies more than a few words, and code that runs before the MMU is
 * on must not make unaligned accesses. But whole pages are filled.
 */
#include <stdint.h>
#include <lib/string.h>

void *memset(void *to, int byte, size_t size)
{
	const uint64_t word = 0x0101010101010101ULL * (uint8_t)byte;
	uint64_t *words = to;
	uint8_t *p;

	/* In pieces that become pairs of registers. */
	for (; size >= 32 && (uintptr_t)to % 8 == 0; size -= 32, words += 4) {
		words[0] = word;
		words[1] = word;
		words[2] = word;
		words[3] = word;
	}
	for (p = (uint8_t *)words; size; size--)
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
