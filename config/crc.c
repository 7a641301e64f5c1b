// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRC-32 by a table, since kernels and initrds have many megabytes.
 */
#include "crc.h"

#define POLYNOMIAL	0xedb88320u	/* reflected */

uint32_t crc32_of(const void *bytes, size_t size)
{
	static uint32_t table[256];
	const uint8_t *b = bytes;
	uint32_t crc = ~0u;

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		uint32_t entry = i;

		for (int bit = 0; bit < 8; bit++)
			entry = (entry >> 1) ^ (POLYNOMIAL & (0u - (entry & 1)));
		table[i] = entry;
	}
	for (size_t i = 0; i < size; i++)
		crc = (crc >> 8) ^ table[(uint8_t)(crc ^ b[i])];
	return ~crc;
}
