/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device registers, each access exactly one of its size. The host tests put another header of this name in front.
 */
#ifndef MACHINE_IO_H
#define MACHINE_IO_H

#include <stdint.h>

static inline uint32_t io_read32(const uint8_t *at)
{
	return *(const volatile uint32_t *)at;
}

static inline uint64_t io_read64(const uint8_t *at)
{
	return *(const volatile uint64_t *)at;
}

static inline void io_write8(uint8_t *at, uint8_t value)
{
	*(volatile uint8_t *)at = value;
}

static inline void io_write32(uint8_t *at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

static inline void io_write64(uint8_t *at, uint64_t value)
{
	*(volatile uint64_t *)at = value;
}

#endif
