/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the MMU goes on and off (the .idmap page, mapped at its physical address too), and where a guest is entered
 * afresh. Everything else that changes hands is in cpu.c.
 */
#include <machine/asm.h>
#include <machine/layout.h>

	.section .idmap, "ax"

/*
 * MMU off -> on. x0 TTBR0_EL2, x1 TCR_EL2, x2 MAIR_EL2, x3 SCTLR_EL2, x4 where to go on (virtual).
 * Changes no other register.
 */
function mmu_on
	ic	iallu
	tlbi	alle2
	dsb	nsh
	isb
	msr	mair_el2, x2
	msr	tcr_el2, x1
	msr	ttbr0_el2, x0
	isb
	msr	sctlr_el2, x3
	isb
	br	x4

/* MMU on -> off, and back to EL1. x0: physical address of struct leave, clean in memory. ELR_EL2 and SPSR_EL2 are set. */
function mmu_off
	mrs	x1, sctlr_el2
	bic	x1, x1, #(1 << 0)	/* M */
	bic	x1, x1, #(1 << 2)	/* C */
	msr	sctlr_el2, x1
	isb
	ldp	x1, x2, [x0, #LEAVE_SCTLR]
	ldp	x3, x4, [x0, #LEAVE_TCR]
	ldp	x5, x6, [x0, #LEAVE_VBAR]
	msr	ttbr0_el2, x2
	msr	tcr_el2, x3
	msr	mair_el2, x4
	msr	vbar_el2, x5
	mov	sp, x6
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x1
	isb
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	return_to_guest

	.text

/* cpu_leave_el2(physical struct leave, physical mmu_off) */
function cpu_leave_el2
	br	x1

/* cpu_enter_guest(pc, arg): forgets the stack it is called on. */
function cpu_enter_guest
	ldr	x2, =PRIVATE_STACK_TOP
	mov	sp, x2
	msr	elr_el2, x0
	mov	x2, #0x3c5		/* EL1h, D A I F masked */
	msr	spsr_el2, x2
	mov	x0, x1
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, xzr
	.endr
	return_to_guest

/* cpu_reset_fp(): writing a V register clears as much of the Z register that it is part of as ZCR_EL2 lets EL2 see. */
function cpu_reset_fp
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\n\().2d, #0
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	ret

/* cpu_save_fp(v[32][2]), cpu_load_fp(v[32][2]): V0 to V31. */
	.macro	each_v instruction
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\instruction	q\n, [x0, #16 * \n]
	.endr
	ret
	.endm

function cpu_save_fp
	each_v	str

function cpu_load_fp
	each_v	ldr

	.arch_extension sve
/* cpu_reset_sve(): what V registers are no part of. */
function cpu_reset_sve
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	pfalse	p\n\().b
	.endr
	wrffr	p0.b
	ret
	.arch_extension nosve

/* firmware_smc(x[4]): SMCCC 1.0 lets the firmware change x4-x17, and x12-x17 may still be the guest's (vectors.S). */
function firmware_smc
	stp	x29, x30, [sp, #-80]!
	mov	x29, sp
	str	x0, [sp, #16]
	stp	x12, x13, [sp, #32]
	stp	x14, x15, [sp, #48]
	stp	x16, x17, [sp, #64]
	ldp	x2, x3, [x0, #16]
	ldp	x0, x1, [x0]
	mov	x4, xzr
	mov	x5, xzr
	mov	x6, xzr
	mov	x7, xzr
	smc	#0
	ldr	x4, [sp, #16]
	stp	x0, x1, [x4]
	stp	x2, x3, [x4, #16]
	ldp	x12, x13, [sp, #32]
	ldp	x14, x15, [sp, #48]
	ldp	x16, x17, [sp, #64]
	ldp	x29, x30, [sp], #80
	ret
