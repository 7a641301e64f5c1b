/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was counted, per CPU: only the CPU itself writes its counters, so no lock and no atomic is needed. The root reads
 * them in the status area.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include <core/cell.h>

extern struct pt_status status;	/* page aligned; the root's read-only window on the hypervisor */

static inline void trace_count(struct cpu *cpu, enum pt_exit reason)
{
	store_relaxed(&cpu->status->exits[reason], cpu->status->exits[reason] + 1);
}

/* A CPU has come to a new owner. */
void trace_reset(struct cpu *cpu);

/* What management calls have taken from the page pool has changed. */
void trace_memory(void);

/* A cell's state has changed: count it and tell the root. From any CPU. */
void trace_cell_changed(void);

#endif
