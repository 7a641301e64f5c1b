/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens when a cell misbehaves: it is recorded, the cell ends, its neighbours do not notice. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <core/cell.h>

/*
 * The calling CPU's cell (not the root) has done what @fault says; the caller has filled in all but the CPU. Records it
 * unless the cell is already over, ends the cell and parks the CPU.
 */
__noreturn void fault_cell(struct cpu *cpu, struct pt_fault *fault);

#endif
