/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two tables of vectors. The one for latencies reads the counter with its first instruction, into x18, which no C code
 * of the cell uses (-ffixed-x18): nothing has to be saved before. The one for the tick has no C in it: what is measured there
 * is the whole interrupt, and it is as short as a timer's handler can be.
 */
#include "tick.h"

#define ICC_IAR1_EL1	S3_0_C12_C12_0
#define ICC_EOIR1_EL1	S3_0_C12_C12_1

	.macro	unexpected from, to
	.set	number, \from
	.rept	\to - \from + 1
	.balign	128
	mov	x0, #number
	b	unexpected_exception
	.set	number, number + 1
	.endr
	.endm

	.section .vectors, "ax"
	.balign	2048
	.global	vectors
	.hidden	vectors
vectors:
	unexpected 0, 4
	.balign	128
	mrs	x18, cntvct_el0
	b	irq_entry
	unexpected 6, 15

	.balign	2048
	.global	tick_vectors
	.hidden	tick_vectors
tick_vectors:
	unexpected 0, 4
	.balign	128
	stp	x0, x1, [sp, #-16]!
	mrs	x0, ICC_IAR1_EL1
	adr	x1, tick
	ldr	w18, [x1, #TICK_INTID]
	cmp	w0, w18
	b.ne	1f
	mrs	x18, cntv_cval_el0
	add	x18, x18, #(TICK_PERIOD & ~0xfff)
	add	x18, x18, #(TICK_PERIOD & 0xfff)
	msr	cntv_cval_el0, x18
	mov	x18, #1			/* a hypervisor may have masked it */
	msr	cntv_ctl_el0, x18
	isb
	ldr	x18, [x1, #TICK_COUNT]
	add	x18, x18, #1
	str	x18, [x1, #TICK_COUNT]
	msr	ICC_EOIR1_EL1, x0
1:	ldp	x0, x1, [sp], #16
	eret
	unexpected 6, 15

	.text
/* In: x18, the counter when the interrupt was taken. */
irq_entry:
	sub	sp, sp, #160
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x29, x30, [sp, #144]
	mov	x0, x18
	bl	irq
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x29, x30, [sp, #144]
	add	sp, sp, #160
	eret
