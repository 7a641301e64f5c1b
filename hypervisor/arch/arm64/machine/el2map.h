/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EL2's own address space (DDI0487 D8), see layout.h. Text is read-only, data never executable, each stack between guard
 * pages, and a CPU sees no other's private page.
 */
#ifndef MACHINE_EL2MAP_H
#define MACHINE_EL2MAP_H

#include <lib/types.h>
#include <machine/layout.h>

/* Bytes of tables in the image and in the CPUs' blocks; besides, the first pages of the pool are tables. */
uint64_t el2map_table_size(unsigned int cpus);
uint64_t el2map_pool_pages(unsigned int cpus);

/*
 * Build the maps of @cpus CPUs, whose blocks start at @percpu, and map the pool of @pool_size bytes at @pool, of
 * which the first el2map_pool_pages() are used for tables. Runs once, on the first CPU, with the MMU off: all pointers are physical
 * addresses.
 */
void el2map_build(uint64_t percpu, unsigned int cpus, uint64_t pool, uint64_t pool_size);

/* Map registers at @pa for all CPUs. @size page aligned. NULL if tables or address space run out. Management calls only. */
void *el2map_device(paddr_t pa, uint64_t size) __must_check;

/*
 * Show [@pa, +@size) in one of this CPU's windows, from @pa's page on at most WINDOW_SIZE; and drop them all again. What is not @cached are
 * registers, or memory whose caches are to be maintained, which works all the same (DDI0487 D7.5.9): nothing gets into them by
 * speculation.
 */
enum window { WINDOW, WINDOW_SOURCE, WINDOWS };
void *window_open(enum window window, paddr_t pa, uint64_t size, bool cached);
void window_close(void);

/* Values for TTBR0_EL2 of CPU @cpu, and for TCR_EL2, MAIR_EL2 and SCTLR_EL2 of any. */
uint64_t el2map_ttbr(unsigned int cpu);
uint64_t el2map_tcr(void);
#define EL2_MAIR	0xff04ULL	/* attribute 0: Device-nGnRE, 1: Normal write-back */
#define EL2_SCTLR	(0x30c50830ULL | BIT(0) | BIT(2) | BIT(3) | BIT(12) | BIT(19))	/* RES1, M C SA I WXN */

#endif
