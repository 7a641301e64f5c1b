/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The smallest cell worth having: says who it is and what it owns, lets each of its CPUs say hello,
 * and idles until it is asked to stop. It touches nothing but what the info page names. /
 */
#include <cell/cell.h>
#include <partita/blob.h>

static uint32_t greetings;

static void greet(uint64_t unused)
{
	(void)unused;
	cell_printf("hello from CPU %u, MPIDR %lx\n", cell_cpu_index(),
		    cell_info()->cpus[cell_cpu_index()].mpidr);
	__atomic_fetch_add(&greetings, 1, __ATOMIC_RELEASE);
	cell_irq_mask();
	while (!cell_shutdown_requested())
		asm volatile("wfe");
}

static void print_regions(const struct pt_info *info)
{
	for (uint32_t i = 0; i < info->region_count; i++) {
		const struct pt_info_region *region = &info->regions[i];

		cell_printf("  %s %c%c%c %012lx..%012lx\n",
			    region->flags & PT_REGION_DEVICE ? "device" : "memory",
			    region->flags & PT_REGION_READ ? 'r' : '-',
			    region->flags & PT_REGION_WRITE ? 'w' : '-',
			    region->flags & PT_REGION_EXEC ? 'x' : '-', region->ipa,
			    region->ipa + region->size - 1);
	}
}

static void introduce(const struct pt_info *info)
{
	cell_printf("hello, I am %s, cell %u, start number %u%s\n", info->name, info->cell,
		    info->starts, cell_on_partita() ? ", on Partita" : "");
	cell_printf("  PSCI %lx, timer at %lu Hz, %u CPUs, distributor at %lx\n",
		    (uint64_t)cell_smc_result(PSCI_VERSION, 0, 0, 0), cell_sysreg_read(cntfrq_el0),
		    info->cpu_count, info->gicd);
	print_regions(info);
	for (uint32_t i = 0; i < info->spi_count; i++)
		cell_printf("  interrupt %u\n", info->spis[i]);
	if (*cell_argument())
		cell_printf("  argument \"%s\"\n", cell_argument());
}

static void start_others(void)
{
	int error;

	for (unsigned int i = 1; i < cell_cpu_count(); i++) {
		error = cell_cpu_on(i, greet, 0);
		if (error)
			cell_printf("hello: CPU %u does not come on: PSCI error %d\n", i, error);
	}
}

void main(void)
{
	introduce(cell_info());
	cell_irq_init();
	cell_printf("hello from CPU 0, MPIDR %lx\n", cell_info()->cpus[0].mpidr);
	start_others();
	cell_idle_until_shutdown();
	cell_printf("hello: goodbye\n");
}
