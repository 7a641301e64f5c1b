/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions of the cell's own making. One that nobody claims prints the registers to the console
 * and ends the whole cell with PSCI SYSTEM_OFF: its memory and console stay readable, its CPUs are
 * free at once. /
 */
#ifndef CELL_EXCEPTION_H
#define CELL_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

/* What vectors.S saves, in this order. */
struct cell_frame {
	uint64_t x[31];
	uint64_t sp;	/* of the interrupted code */
	uint64_t elr;
	uint64_t spsr;
	uint64_t esr;
	uint64_t far;
};

/*
 * A cell may define this to handle synchronous exceptions and SErrors: return true to go on at
 * frame->elr with the registers of the frame (sp excepted). Runs on the exception stack, without FP
 * or SIMD. /
 */
bool cell_exception(struct cell_frame *frame);

#endif
