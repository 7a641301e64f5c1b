// SPDX-License-Identifier: GPL-2.0-only
/* What EL2 has an instruction for, four bits at a time. */
#include <core/crc32.h>

uint32_t crc32_append(uint32_t crc, const void *words, uint64_t size)
{
	static const uint32_t of_nibble[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	const uint8_t *byte = words;

	for (; size; size--, byte++) {
		crc ^= *byte;
		crc = (crc >> 4) ^ of_nibble[crc & 15];
		crc = (crc >> 4) ^ of_nibble[crc & 15];
	}
	return crc;
}
