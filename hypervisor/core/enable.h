/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the hypervisor comes alive under a running kernel and goes away again, CPU by CPU. CPUs enter one after another;
 * the first one builds everything they share. What has entered can leave in any order, also when a later CPU
 * fails to enter.
 */
#ifndef CORE_ENABLE_H
#define CORE_ENABLE_H

#include <core/cell.h>

/*
 * On the first CPU: make the root cell of the board in @system (checked), with the hypervisor's own @size bytes at
 * @memory taken out of it. @booted: without a Linux there is no root cell, and cell 0 only stands for what no cell has.
 */
enum pt_error enable_board(const struct pt_system *system, paddr_t memory, uint64_t size, bool booted) __must_check;

/* On each CPU, the first included: it becomes CPU @number of the root. */
enum pt_error enable_cpu(unsigned int number) __must_check;

/* PT_HC_DISABLE: one step, on the root's @cpu. */
int64_t enable_end(struct cpu *cpu);

/* PT_HC_LEAVE: no cell exists and none will. The caller then releases @cpu. */
int64_t enable_leave(struct cpu *cpu);

/* No cell can be created any more. Management calls only. */
bool enable_is_ending(void);

#endif
