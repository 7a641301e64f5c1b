/* SPDX-License-Identifier: GPL-2.0-only */
/* The checksum of blobs and packed images: by the processor's instructions in EL2, in C in the tools (config/crc.c). */
#ifndef CORE_CRC32_H
#define CORE_CRC32_H

#include <stdint.h>

/*
 * CRC-32 (IEEE 802.3, as zlib) of @size bytes at @words, both multiples of 8, appended to that of which @crc is the state: ~0 at first, and the
 * last one is to be inverted.
 */
uint32_t crc32_append(uint32_t crc, const void *words, uint64_t size);

#endif
