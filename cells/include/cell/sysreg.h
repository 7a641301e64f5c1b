/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Access to system registers, device registers and the interrupt mask of this CPU. Device registers
 * are touched by single plain loads and stores only: a hypervisor that filters them needs the
 * syndrome, and pair or write-back forms carry none. /
 */
#ifndef CELL_SYSREG_H
#define CELL_SYSREG_H

#include <stdint.h>

#define cell_sysreg_read(reg)	({						\
	uint64_t value_;							\
	asm volatile("mrs %0, " #reg : "=r" (value_) :: "memory");		\
	value_;									\
})

/* Follow with cell_isb() where the next instruction depends on the effect. */
#define cell_sysreg_write(reg, value)						\
	asm volatile("msr " #reg ", %x0" :: "rZ" ((uint64_t)(value)) : "memory")

static inline void cell_isb(void)
{
	asm volatile("isb" ::: "memory");
}

static inline void cell_dsb(void)
{
	asm volatile("dsb sy" ::: "memory");
}

static inline uint32_t cell_mmio_read32(uint64_t address)
{
	uint32_t value;

	asm volatile("ldr %w0, [%1]" : "=r" (value) : "r" (address) : "memory");
	return value;
}

static inline void cell_mmio_write32(uint64_t address, uint32_t value)
{
	asm volatile("str %w0, [%1]" :: "rZ" (value), "r" (address) : "memory");
}

static inline uint64_t cell_mmio_read64(uint64_t address)
{
	uint64_t value;

	asm volatile("ldr %0, [%1]" : "=r" (value) : "r" (address) : "memory");
	return value;
}

static inline void cell_mmio_write64(uint64_t address, uint64_t value)
{
	asm volatile("str %x0, [%1]" :: "rZ" (value), "r" (address) : "memory");
}

static inline void cell_mmio_write8(uint64_t address, uint8_t value)
{
	asm volatile("strb %w0, [%1]" :: "rZ" (value), "r" (address) : "memory");
}

#endif
