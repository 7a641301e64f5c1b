/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's image is the test program: its static objects lie at fixed distances from its start. */
#ifndef FAKE_IMAGE_H
#define FAKE_IMAGE_H

#include <lib/types.h>

extern char __executable_start[], end[];

#define image_start	__executable_start

static inline uint64_t image_core_size(void)
{
	return (uint64_t)(end - image_start + 4095) & ~4095ULL;
}

#define __before_mmu

#endif
