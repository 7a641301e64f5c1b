/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The checksum of abi/ for what is larger than a blob.
 */
#ifndef CONFIG_CRC_H
#define CONFIG_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 (IEEE 802.3) of all @size bytes. */
uint32_t crc32_of(const void *bytes, size_t size);

#endif
