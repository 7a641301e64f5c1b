/* SPDX-License-Identifier: GPL-2.0-only */
/* The first byte of the image is its first instruction; x0 means nothing. Vectors: one interrupt, all else ends in wfi. */

.section .start, "ax"
.globl _start
_start:
	adrp	x1, stack_end
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	adrp	x1, bss_start
	adrp	x2, bss_end
1:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	1b
	isb
	bl	main
2:	wfi
	b	2b

.macro unexpected
	.balign	128
	adrp	x0, unexpected_words
	add	x0, x0, :lo12:unexpected_words
	bl	print
3:	wfi
	b	3b
.endm

.balign	2048
vectors:
.rept 5
	unexpected
.endr
	.balign	128
	stp	x0, x1, [sp, #-192]!
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x30, [sp, #144]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #160]
	bl	interrupt
	ldp	x0, x1, [sp, #160]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	ldp	x18, x30, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #192
	eret
.rept 10
	unexpected
.endr
