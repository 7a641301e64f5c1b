/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How control arrives at EL2 from a running cell. The general registers go to this CPU's stack as an array x[31], which
 * the C code reads and changes. What C preserves is saved only where C has to see it: most exits are served with the registers
 * that C may clobber and are over. C is compiled to leave x12 to x18 alone (build.mk), and has no floating point.
 */
#include <machine/asm.h>
#include <machine/layout.h>

#define FRAME	256

	/* What a C function may change. */
	.macro	save_clobbered
	sub	sp, sp, #FRAME
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	str	x30, [sp, #240]
	.endm

	/* What it leaves alone: in their registers these are still the guest's after a call of C. */
	.macro	save_preserved
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	.endm

	/* \handler(cpu, x[31], x2: syndrome or vector) with all registers of the guest, which it may change. */
	.macro	with_all handler
	save_preserved
	mrs	x0, tpidr_el2
	mov	x1, sp
	bl	\handler
	b	vector_return
	.endm

	.macro	vector handler, number=0
	.balign	128
	save_clobbered
	mov	x2, #\number
	with_all \handler
	.endm

	.macro	vector_sync
	.balign	128
	save_clobbered
	mrs	x0, tpidr_el2
	mov	x1, sp
	mrs	x2, esr_el2
	bl	trap_short
	cbz	w0, return_clobbered		/* PT_FAULT_NONE */
	mrs	x2, esr_el2
	with_all trap_sync
	.endm

	.text
	.balign	2048
	.global	vectors
vectors:
	/* From EL2 itself: a bug of the hypervisor. */
	vector	trap_panic, 0
	vector	trap_panic, 1
	vector	trap_panic, 2
	vector	trap_panic, 3
	vector	trap_panic, 4
	vector	trap_panic, 5
	vector	trap_panic, 6
	vector	trap_own_serror
	/* From a guest: synchronous, IRQ, FIQ, SError; IRQ and FIQ are never routed to EL2. */
	vector_sync
	vector	trap_panic, 9
	vector	trap_panic, 10
	vector	trap_serror
	/* The same from AArch32, which only EL0 can use. */
	vector	trap_sync_aarch32
	vector	trap_panic, 13
	vector	trap_panic, 14
	vector	trap_serror

	.balign	128
/* Back to the guest with the frame that SP points to; also the end of late.S. */
	.global	vector_return
vector_return:
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
return_clobbered:
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp], #FRAME
	return_to_guest

/* trace_overflow(): trace_judge() with all registers kept but x30 and the flags, see call_rarely(). */
function trace_overflow
	save_clobbered
	mrs	x0, tpidr_el2
	bl	trace_judge
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp], #FRAME
	ret
