// SPDX-License-Identifier: GPL-2.0-only
/*
 * Word by word where that is aligned, and byte by byte otherwise: nothing on a path that is counted copies much, and code that runs before the MMU is
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
	for (; size >= 256 && (uintptr_t)to % 8 == 0; size -= 256, words += 32)
#pragma GCC unroll 32
		for (unsigned int i = 0; i < 32; i++)
			words[i] = word;
	for (; size >= 8 && (uintptr_t)to % 8 == 0; size -= 8)
		*words++ = word;
	for (p = (uint8_t *)words; size; size--)
		*p++ = (uint8_t)byte;
	return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
	uint8_t *p = to;
	const uint8_t *q = from;

	for (; size >= 8 && ((uintptr_t)p | (uintptr_t)q) % 8 == 0; size -= 8, p += 8, q += 8)
		*(uint64_t *)p = *(const uint64_t *)q;
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
