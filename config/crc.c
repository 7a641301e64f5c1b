// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRC-32 by a table, since kernels and initrds have many megabytes. EL2 has instructions for it.
 */
#include <core/crc32.h>
#include "crc.h"

#define POLYNOMIAL	0xedb88320u	/* reflected */

uint32_t crc32_append(uint32_t crc, const void *words, uint64_t size)
{
	static uint32_t table[256];
	const uint8_t *b = words;

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		uint32_t entry = i;

		for (int bit = 0; bit < 8; bit++)
			entry = (entry >> 1) ^ (POLYNOMIAL & (0u - (entry & 1)));
		table[i] = entry;
	}
	for (uint64_t i = 0; i < size; i++)
		crc = (crc >> 8) ^ table[(uint8_t)(crc ^ b[i])];
	return crc;
}

uint32_t crc32_of(const void *bytes, size_t size)
{
	return ~crc32_append(~0u, bytes, size);
}
