/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Exceptions that nobody claims: tell, then end the cell. A crash is the cell's own business: the
 * hypervisor learns of it only by the SYSTEM_OFF. Nothing here may wait for another CPU.
 */
#include <cell/cell.h>

#include "layout.h"

#define ESR_EC(esr)	((esr) >> 26 & 0x3f)

static const char *const kinds[4] = { "synchronous exception", "IRQ", "FIQ", "SError" };

__attribute__((weak)) bool cell_exception(struct cell_frame *frame)
{
	(void)frame;
	return false;
}

static void print_frame(const struct cell_frame *frame, uint64_t vector)
{
	cell_printf("cell: unexpected %s on CPU %u, image at %p\n", kinds[vector % 4],
		    cell_cpu_index(), (void *)__image_start);
	cell_printf("cell: ESR %08lx (EC %02lx) FAR %016lx ELR %016lx SPSR %lx SP %016lx\n",
		    frame->esr, ESR_EC(frame->esr), frame->far, frame->elr, frame->spsr, frame->sp);
	for (unsigned int i = 0; i < 30; i += 3)
		cell_printf("cell: x%-2u %016lx  x%-2u %016lx  x%-2u %016lx\n", i, frame->x[i],
			    i + 1, frame->x[i + 1], i + 2, frame->x[i + 2]);
	cell_printf("cell: x30 %016lx\n", frame->x[30]);
}

void cell_fault(struct cell_frame *frame, uint64_t vector)
{
	/*
	 * An IRQ or FIQ that arrives here was let in inside a handler, or is of another group:
	 * nobody's.
	 */
	if ((vector % 4 == 0 || vector % 4 == 3) && cell_exception(frame))
		return;
	cell_console_force();
	print_frame(frame, vector);
	cell_off();
}
