// SPDX-License-Identifier: GPL-2.0-only
/*
 * One record a cell and a life: the first fault counts, what its other CPUs run into while the cell is being taken down is
 * a consequence.
 */
#include <core/console.h>
#include <core/fault.h>
#include <core/trace.h>

static const char *const words[] = {
#define WORDS(name, text)	text,
	PT_FAULTS(WORDS)
};

__noreturn void fault_cell(struct cpu *cpu, struct pt_fault *fault)
{
	struct cell *cell = cpu->cell;

	fault->cpu = cpu->number;
	if (cell_end(cell, PT_CELL_FAILED)) {
		/* Only the winner gets here, and nobody restarts the cell before this CPU is parked. */
		cell->status->fault = *fault;
		console_print("cell %s: %s: CPU %u, address %lx, pc %lx, syndrome %lx", cell->status->name,
			      words[fault->kind], fault->cpu, fault->ipa, fault->pc, fault->esr);
		/* cell_end() has told the root, but the record was not there yet. */
		trace_cell_changed();
	}
	cell_cpu_leave(cpu);
}
