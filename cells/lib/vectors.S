/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The EL1 vectors. Code runs on SP_EL0 and exceptions on SP_EL1, so that a stack overflow can still
 * be told. The interrupt path saves what AAPCS64 lets a C function destroy of the general
 * registers, and nothing else: handlers never touch FP or SIMD. /
 */
#include "layout.h"

#define FRAME_SIZE	(36 * 8)	/* struct cell_frame */
#define IRQ_FRAME_SIZE	(24 * 8)

	.macro	vector target, number=0
	.balign	128
	b	\target\()_\number
	.endm

	.text
	.balign	2048
	.global	cell_vectors
	.hidden	cell_vectors
cell_vectors:
	vector	fault, 0	/* EL1 on SP_EL0: how cells run */
	vector	irq
	vector	fault, 2
	vector	fault, 3
	vector	fault, 4	/* EL1 on SP_EL1: in a handler */
	vector	fault, 5
	vector	fault, 6
	vector	fault, 7
	vector	fault, 8	/* EL0: never entered */
	vector	fault, 9
	vector	fault, 10
	vector	fault, 11
	vector	fault, 12
	vector	fault, 13
	vector	fault, 14
	vector	fault, 15

irq_0:
	sub	sp, sp, #IRQ_FRAME_SIZE
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x29, [sp, #144]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x30, x0, [sp, #160]
	str	x1, [sp, #176]
	bl	cell_irq
	ldr	x1, [sp, #176]
	ldp	x30, x0, [sp, #160]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	ldp	x18, x29, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp]
	add	sp, sp, #IRQ_FRAME_SIZE
	eret

	.macro	fault_entry number
fault_\number:
	sub	sp, sp, #FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x1, #\number
	b	fault_common
	.endm

	.irp	number, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fault_entry \number
	.endr

/* In: x0, x1 saved in the frame at sp; x1 = vector. */
fault_common:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, sp_el0
	add	x3, sp, #FRAME_SIZE
	and	x4, x1, #~3
	cmp	x4, #4			/* vectors 4-7 interrupt code on SP_EL1 */
	csel	x2, x3, x2, eq
	stp	x30, x2, [sp, #240]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #256]
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x2, x3, [sp, #272]
	mov	x0, sp
	bl	cell_fault
	ldp	x2, x3, [sp, #256]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x28, x29, [sp, #224]
	ldp	x26, x27, [sp, #208]
	ldp	x24, x25, [sp, #192]
	ldp	x22, x23, [sp, #176]
	ldp	x20, x21, [sp, #160]
	ldp	x18, x19, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp]
	add	sp, sp, #FRAME_SIZE
	eret
