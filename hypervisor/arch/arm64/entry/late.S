/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries. Late: what the kernel's EL2 stub branches to on HVC_SOFT_RESTART. EL2, MMU off, interrupts masked, the stub's
 * EL2 registers still set; x19-x30 and SP_EL2 are not ours. ELR_EL2 and SPSR_EL2 say where the kernel waits.
 *
 * With the MMU off memory is written by the first CPU only, before anybody has cached it: a later CPU keeps all in
 * registers until it sees what the others see.
 */
#include <machine/asm.h>
#include <machine/layout.h>

	.section .head, "ax"

	/* arm64 Image header; the rest of it a packed image has, and then the hypervisor boots. */
	b	boot_entry
	.org	PT_IMAGE_HEADER_AT
	/* struct pt_image_header */
	.quad	0x34366d7261545950	/* PT_IMAGE_MAGIC */
	.word	6			/* PT_ABI_VERSION; all are asserted in launch.c */
	.word	image_entry_offset
	.quad	image_file_size
	.quad	image_core_bytes
	.quad	PERCPU_PAGES * 4096
	.quad	IMAGE_POOL_SIZE
	.word	image_system_offset
	.word	image_boot_offset
	.global	image_memory_size, image_percpu_offset
image_memory_size:
	.quad	0
image_percpu_offset:
	.quad	0

function late_entry
	address	x9, launch_ready
	ldr	w10, [x9]
	cbnz	w10, 1f

	/* The first CPU builds the address space, in C, on a stack of its own. */
	mov	x11, sp
	address	x12, launch_stack_top
	mov	sp, x12
	stp	x11, x30, [sp, #-16]!
	bl	launch_build
	ldp	x11, x30, [sp], #16
	mov	sp, x11
	cbz	x0, 1f
	/* Refused: x0 error, x1 reason and offset. */
	lsr	x2, x1, #32
	mov	w3, w1
	mov	x1, xzr
	return_to_guest

1:	ldr	x4, =2f
	adr	x5, 3f
	mrs	x13, sctlr_el2
	mrs	x14, ttbr0_el2
	mrs	x15, tcr_el2
	mrs	x16, mair_el2
	mrs	x17, vbar_el2
	mov	x18, sp
	b	join

3:	/* Not in the blob. */
	mov	x0, #-3			/* PT_EINVAL */
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	return_to_guest

2:	/* EL2's own address space. */
	landing_pad
	ldr	x0, =PRIVATE_STACK_TOP
	mov	sp, x0
	ldr	x0, =PRIVATE_PAGE
	stp	x13, x14, [x0, #LEAVE_SCTLR]
	stp	x15, x16, [x0, #LEAVE_TCR]
	stp	x17, x18, [x0, #LEAVE_VBAR]
	address	x0, vectors
	msr	vbar_el2, x0
	isb
	sub	sp, sp, #256
	.irp	n, 0, 16, 32, 48, 64, 80, 96, 112, 128
	stp	xzr, xzr, [sp, #\n]
	.endr
	stp	xzr, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x0, sp
	mov	w1, w12
	bl	launch_enter
	b	vector_return

/*
 * MMU off -> on, in the address space of this CPU, with its number in w12, at x4; or at x5, MMU off, if the system blob does not have
 * it. Changes x0-x3, x6, x9-x12.
 */
function join
	mrs	x0, mpidr_el1
	mov	x1, #0xffffff
	movk	x1, #0xff, lsl #32
	and	x0, x0, x1		/* PT_MPIDR_MASK */
	address	x9, system_blob
	ldp	w10, w11, [x9, #SYSTEM_CPUS]
	add	x10, x10, x9
	mov	x12, #0
1:	cmp	x12, x11
	b.hs	3f
	ldr	x6, [x10, x12, lsl #3]
	cmp	x6, x0
	b.eq	2f
	add	x12, x12, #1
	b	1b
2:	address	x9, launch_percpu
	ldr	x0, [x9]
	mov	x1, #PERCPU_PAGES * 4096
	madd	x0, x12, x1, x0		/* its level 0 table is the first page of its block */
	address	x9, launch_registers
	ldp	x1, x2, [x9]
	ldr	x3, [x9, #16]
	b	mmu_on
3:	br	x5

/*
 * Boot: what the firmware branches to, in the first CPU as to a kernel (arm64 boot protocol), and in others as told by PSCI or a
 * spin table. EL2, MMU off, interrupts masked; nothing else is known.
 */
function boot_entry
	msr	daifset, #0xf
	msr	spsel, #1
	mrs	x0, CurrentEL
	cmp	x0, #8
	b.ne	1f
	mov	x1, #(1 << 31)		/* HCR_EL2.RW, and E2H off */
	msr	hcr_el2, x1
	ldr	x1, =0x30c50830		/* SCTLR_EL2: RES1 */
	msr	sctlr_el2, x1
	isb
	address	x9, launch_ready
	ldr	w10, [x9]
	cbnz	w10, 2f
1:	address	x9, launch_stack_top
	mov	sp, x9
	bl	boot_build		/* comes back if all is well */
	mov	w10, wzr
2:	mov	w13, w10		/* 0: the first */
	ldr	x4, =3f
	adr	x5, 4f
	b	join

3:	landing_pad
	ldr	x0, =PRIVATE_STACK_TOP
	mov	sp, x0
	address	x0, vectors
	msr	vbar_el2, x0
	msr	tpidr_el2, xzr
	isb
	mov	w0, w12
	cmp	w13, #0
	cset	w1, eq
	bl	boot_enter

4:	/* The image knows no such CPU: it stays out of the way. */
	wfe
	b	4b

	.ltorg

	.section .bss.before_mmu, "aw", %nobits
	.balign	64
	.space	4096
launch_stack_top:
