/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other way in: firmware has started a packed image (abi/partita/boot.h), and there is no Linux to manage anything. Each CPU that
 * is the first of a cell makes, loads and starts that cell by itself, at boot and whenever it is to start again. Under a
 * hypervisor that was launched late nothing of this happens.
 */
#ifndef CORE_BOOT_H
#define CORE_BOOT_H

#include <core/cell.h>

/*
 * On the first CPU, before anything else of this room: bring up the board of @system (both blobs are checked) with the hypervisor's
 * own @size bytes at @memory. False: this is not the board that the image was made for; boot_rescue() says what is missing.
 */
bool boot_board(const struct pt_boot *image, const struct pt_system *system, paddr_t memory, uint64_t size) __must_check;

/* Cells have the same ids after each boot: their place in the image, from 1. */
struct cell *boot_slot(const struct pt_boot_cell *contents);

/* On each CPU, the first included, once: it is CPU @number. The first one calls the others. */
__noreturn void boot_cpu(unsigned int number, bool first);

/* The calling CPU is parked: its next order, which it may give itself where its cell is to start again. */
enum cpu_order boot_wait(struct cpu *cpu);

/* CPU_ORDER_LOAD, on the first CPU of the loadable @cell: load it and let it run, or let it fail. */
void boot_load(struct cell *cell);

/* The end where nobody is left to ask: what the image says is to be done (enum pt_rescue). */
__noreturn void boot_rescue(void);

#endif
