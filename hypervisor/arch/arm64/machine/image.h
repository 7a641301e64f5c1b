/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The image's own extent. Symbols are reached relative to the program counter: with the MMU off they are physical
 * addresses, with the MMU on they are EL2's virtual ones; differences are the same.
 */
#ifndef MACHINE_IMAGE_H
#define MACHINE_IMAGE_H

#include <lib/types.h>

extern char image_file_end[], image_start[], image_idmap[], image_text_end[], image_rodata_end[], image_data[], image_end[];

/*
 * What is written before the MMU is on lies together at the start of .bss, on cache lines of its own; the rest is not touched
 * until then.
 */
#define __before_mmu	__section(".bss.before_mmu")
extern char image_before_mmu_end[];

static inline uint64_t image_text_size(void)
{
	return (uint64_t)(image_text_end - image_start);
}

static inline uint64_t image_rodata_size(void)
{
	return (uint64_t)(image_rodata_end - image_text_end);
}

static inline uint64_t image_data_offset(void)
{
	return (uint64_t)(image_data - image_start);
}

static inline uint64_t image_core_size(void)
{
	return (uint64_t)(image_end - image_start);
}

#endif
