/* SPDX-License-Identifier: GPL-2.0-only */
/* Device registers are served by the models of gic.c. */
#ifndef FAKE_IO_H
#define FAKE_IO_H

#include <stddef.h>
#include <stdint.h>

uint64_t fake_io(const uint8_t *at, unsigned int size, const uint64_t *written);

static inline uint32_t io_read32(const uint8_t *at)
{
	return (uint32_t)fake_io(at, 4, NULL);
}

static inline uint64_t io_read64(const uint8_t *at)
{
	return fake_io(at, 8, NULL);
}

static inline void io_write8(uint8_t *at, uint8_t value)
{
	fake_io(at, 1, &(uint64_t){ value });
}

static inline void io_write32(uint8_t *at, uint32_t value)
{
	fake_io(at, 4, &(uint64_t){ value });
}

static inline void io_write64(uint8_t *at, uint64_t value)
{
	fake_io(at, 8, &value);
}

#endif
