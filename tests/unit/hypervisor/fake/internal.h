/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the fake machine know of each other. */
#ifndef FAKE_INTERNAL_H
#define FAKE_INTERNAL_H

#include "fake.h"

/* The CPU that is running; CPU 0 if it is the test itself that calls the hypervisor. */
struct fake_cpu *fake_self(void);
bool fake_in_test(void);

/* cpu.c: whatever the CPUs were doing at EL2 is forgotten. */
void cpu_forget(void);

/* memory.c: reserve address space; close the window, flush everything; is nothing half done? */
void memory_reserve(void);
void memory_forget(void);
bool memory_settled(void);

extern unsigned char pool_memory[POOL_PAGES * PT_PAGE_SIZE];

/* pci.c: EL2 reads configuration space, or writes it. */
uint64_t pci_io(uint64_t pa, unsigned int size, const uint64_t *written);

/* The physical address of a device register in EL2's address space. */
uint64_t device_address(const uint8_t *at);

#endif
