/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the root may see of a cell, and change in one that is halted, where the cell's blob allows it. What a debugger or a core dump
 * needs beyond that is Linux's business.
 */
#ifndef CORE_DEBUG_H
#define CORE_DEBUG_H

#include <core/cell.h>

/* PT_HC_CELL_INSPECT, _DEBUG and _VCPU. @cell: NULL where there is none. */
int64_t debug_call(struct cell *cell, const uint64_t x[31]);

/* The calling CPU of a cell that is over is about to leave it, with general registers @x. */
void debug_keep(struct cpu *cpu, const uint64_t x[31]);

/*
 * The calling CPU has faulted on its stage 2. If that is because its cell is halted: wait until it goes on, and return true. What it
 * did is then to be repeated.
 */
bool debug_wait(struct cpu *cpu, uint64_t x[31]);

/* A debug exception: halt the calling CPU's cell, and wait. False: the cell is not debugged. */
bool debug_stop(struct cpu *cpu, uint64_t x[31]);

#endif
