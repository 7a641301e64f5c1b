/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was counted, per CPU: only the CPU itself writes its counters, so no lock and no atomic is needed. The root reads
 * them in the status area.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include <core/cell.h>

extern struct pt_status status;	/* page aligned; the root's read-only window on the hypervisor */

#define TRACE_STEP	256u	/* exits of a kind, from one look at their rate to the next */

/*
 * Of a cell that has a limit, each exit is also counted above PT_EXITS_COUNT, from where after TRACE_STEP of a kind the highest bit
 * becomes 1. Others pay for that with one instruction more to count, and one to see that they have not got there.
 */
#define TRACE_LIMITED	((1ULL << 48) | 1)

/* The calling CPU has made TRACE_STEP more exits of a kind: too many? It waits here, or its cell is to fail, if so. No lock is held. */
void trace_judge(struct cpu *cpu);

static inline void trace_count(struct cpu *cpu, enum pt_exit reason)
{
	const uint64_t count = cpu->status->exits[reason] + cpu->exit_step;

	store_relaxed(&cpu->status->exits[reason], count);
	if (unlikely((int64_t)count < 0))
		call_rarely(trace_overflow);
}

/* A CPU has come to a new owner. */
void trace_reset(struct cpu *cpu);

/* What management calls have taken from the page pool has changed. */
void trace_memory(void);

/* A cell's state has changed: count it and tell the root. From any CPU. */
void trace_cell_changed(void);

#endif
