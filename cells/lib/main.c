/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the first C with caches on to main(), and the same for further CPUs. Nothing that needs
 * relocation may be touched before relocate() has run. /
 */
#include <cell/cell.h>

#include "layout.h"

/* Elf64_Rela, and the one type that a position-independent static image holds (ARM IHI 0056). */
struct rela {
	uint64_t offset, info;
	int64_t addend;
};

#define R_AARCH64_RELATIVE 1027

extern const struct rela __rela_start[] HIDDEN, __rela_end[] HIDDEN;

/* The image was linked at 0; one that was linked at its address has no entries. */
static void relocate(void)
{
	uint64_t bias = (uint64_t)__image_start;

	for (const struct rela *rela = __rela_start; rela < __rela_end; rela++)
		if ((uint32_t)rela->info == R_AARCH64_RELATIVE)
			*(uint64_t *)(bias + rela->offset) = bias + (uint64_t)rela->addend;
}

void cell_start(const struct pt_info *info)
{
	relocate();
	memset(__bss_start, 0, (size_t)(__bss_end - __bss_start));
	cell_info_init(info);
	cell_console_init();
	cell_mmu_report();
	main();
	cell_off();
}

/* Outside of start.S a CPU is known by its index only; what it shall do waits here for it. */
static struct {
	cell_cpu_fn *fn;
	uint64_t arg;
} tasks[CELL_MAX_CPUS];

int cell_cpu_on(unsigned int index, cell_cpu_fn *fn, uint64_t arg)
{
	if (index >= cell_cpu_count())
		return PSCI_INVALID_PARAMETERS;
	tasks[index].fn = fn;
	tasks[index].arg = arg;
	asm volatile("dsb ish" ::: "memory");	/* the new CPU may be running before SMC returns */
	return (int)cell_smc_result(PSCI_CPU_ON, cell_info()->cpus[index].mpidr,
				    (uint64_t)cell_secondary_entry, index);
}

void cell_start_secondary(uint64_t index)
{
	cell_irq_init_cpu();
	cell_timer_init_cpu();
	tasks[index].fn(tasks[index].arg);
	cell_cpu_off();
}
