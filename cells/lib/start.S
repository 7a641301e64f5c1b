/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first instructions of a cell's CPUs: from MMU off to C with MMU and caches on. While the MMU
 * is off, nothing may be written but the translation tables and a stack that is empty again when
 * caches come on; nothing may be read that needs relocation. /
 */
#include "layout.h"

	.macro	stacks index		/* SP_EL1, SP_EL0; clobbers x1, x2; SPSel = 0 */
	adrp	x1, cell_stacks
	mov	x2, #STACK_STRIDE
	madd	x1, x2, \index, x1
	mov	x2, #STACK_EXCEPTION_TOP
	add	x2, x1, x2
	msr	spsel, #1
	mov	sp, x2
	mov	x2, #STACK_MAIN_TOP
	add	x2, x1, x2
	msr	spsel, #0
	mov	sp, x2
	.endm

/* First CPU. In: x0 = info page, EL1h, MMU and caches off, all masked. */
	.section .text.entry, "ax"
	.global	_start
_start:
	mov	x19, x0
	mov	x20, xzr
	stacks	x20
	bl	cell_tables_build
	bl	mmu_on
	msr	tpidr_el1, xzr
	mov	x0, x19
	b	cell_start

/* A further CPU. In: x0 = its index, given to PSCI CPU_ON as context; otherwise as above. */
	.global	cell_secondary_entry
	.hidden	cell_secondary_entry
cell_secondary_entry:
	mov	x19, x0
	bl	mmu_on
	msr	tpidr_el1, x19
	mov	x20, x19
	stacks	x20
	mov	x0, x19
	b	cell_start_secondary

/* Out: this CPU runs with the map of cell_tables, caches, vectors and FP. Clobbers x0-x3. */
mmu_on:
	adrp	x0, cell_tables
	msr	ttbr0_el1, x0
	msr	ttbr1_el1, xzr
	mov	x0, #MAIR_VALUE
	msr	mair_el1, x0

	/* The output size may not exceed what this CPU has, nor what 4 KiB tables can say. */
	mrs	x1, id_aa64mmfr0_el1
	and	x1, x1, #0xf
	mov	x2, #PARANGE_48_BIT
	cmp	x1, x2
	csel	x1, x1, x2, lo
	mov	x0, #TCR_T0SZ_48_BIT | TCR_IRGN0_WBWA | TCR_ORGN0_WBWA | TCR_SH0_INNER
	orr	x0, x0, #TCR_EPD1
	orr	x0, x0, x1, lsl #TCR_IPS_SHIFT
	msr	tcr_el1, x0

	mov	x0, #CPACR_FPEN
	msr	cpacr_el1, x0
	adrp	x0, cell_vectors
	add	x0, x0, :lo12:cell_vectors
	msr	vbar_el1, x0

	/*
	 * Whoever had this CPU or this memory before may have left something in the TLB or the
	 * I-cache.
	 */
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	w0, =SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I
	msr	sctlr_el1, x0
	isb
	ret
	.ltorg
