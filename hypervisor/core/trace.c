// SPDX-License-Identifier: GPL-2.0-only
/* The status area, and the interrupts by which the root and managers learn that something in it is new. */
#include <core/ownership.h>
#include <core/trace.h>
#include <lib/pool.h>

_Static_assert(sizeof(struct pt_cpu_status) == 128, "a CPU's counters share no cache line with another's");

/* Managers see whole pages: what is behind it in the last one is nothing. */
struct pt_status status __aligned(PT_PAGE_SIZE) __section(".bss.status");

void trace_reset(struct cpu *cpu)
{
	for (unsigned int i = 0; i < PT_EXIT_REASONS; i++)
		store_relaxed(&cpu->status->exits[i], 0);
}

void trace_memory(void)
{
	store_relaxed(&status.table_size,
		      image_table_size(status.cpu_count) + pool_used() * PT_PAGE_SIZE - status.comm_size);
}

void trace_cell_changed(void)
{
	__atomic_fetch_add(&status.changes, 1, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
		if (load_relaxed(&cells[i].event_spi) && cell_running(&cells[i]))
			irq_raise(cells[i].event_spi);
}
