// SPDX-License-Identifier: GPL-2.0-only
/* The status area, and the interrupts by which the root and managers learn that something in it is new. */
#include <core/ownership.h>
#include <core/trace.h>
#include <lib/pool.h>

_Static_assert(sizeof(struct pt_cpu_status) == 128, "a CPU's counters share no cache line with another's");

/* Managers see whole pages: what is behind it in the last one is nothing. */
struct pt_status status __aligned(PT_PAGE_SIZE) __section(".bss.pages");

/* What exits of a cell with a limit begin with: TRACE_STEP before the highest bit. */
#define FIRST	((0x8000ULL - TRACE_STEP) << 48)

void trace_reset(struct cpu *cpu)
{
	const bool limited = cpu->cell->blob && cpu->cell->blob->exit_rate;

	cpu->exit_step = limited ? TRACE_LIMITED : 1;
	for (unsigned int i = 0; i < PT_EXIT_REASONS; i++)
		store_relaxed(&cpu->status->exits[i], limited ? FIRST : 0);
	cpu->judged = 0;
	cpu->judged_exits = 0;
}

/* All of them; and those that are due begin anew. */
static uint64_t count_exits(struct cpu *cpu)
{
	uint64_t exits = 0;

	for (unsigned int i = 0; i < PT_EXIT_REASONS; i++) {
		const uint64_t count = cpu->status->exits[i] & PT_EXITS_COUNT;

		if (cpu->status->exits[i] >> 63)
			store_relaxed(&cpu->status->exits[i], FIRST | count);
		exits += i < PT_EXIT_CAUSES ? count : 0;
	}
	return exits;
}

void trace_judge(struct cpu *cpu)
{
	struct cell *cell = cpu->cell;
	const uint64_t now = clock_now(), exits = count_exits(cpu);

	if (now - cpu->judged >= clock_frequency()) {
		cpu->judged = now;
		cpu->judged_exits = exits;
	} else if (exits - cpu->judged_exits <= cell->blob->exit_rate) {
		return;
	} else if (cell->blob->exit_action == PT_EXITS_THROTTLE) {
		while (clock_now() - cpu->judged < clock_frequency() && cell_running(cell))
			;
	} else {
		/* Its next fetch brings it back, with all registers for the record: trap_sync(). */
		store_release(&cell->storms, true);
		stage2_revoke(&cell->stage2);
	}
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
