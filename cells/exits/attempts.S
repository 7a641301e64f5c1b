/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One function for each instruction and register: void attempt(const uint64_t before[31], uint64_t
 * after[31]). It loads all general registers from before, executes the instruction, and stores them
 * to after. They are listed in the tables at the end. /
 */
#define FRAME	(96 + 16 + 248 + 8)	/* what C preserves, after, x0-x30, padding */

	.macro	begin
	sub	sp, sp, #FRAME
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	str	x1, [sp, #96]
	mov	x30, x0
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26
	load_pair \n
	.endr
	ldp	x28, x29, [x30, #224]
	ldr	x30, [x30, #240]
	.endm

	.macro	load_pair n
	.altmacro
	load_two \n, %(\n + 1)
	.noaltmacro
	.endm

	.macro	load_two n, m
	ldp	x\n, x\m, [x30, #8 * \n]
	.endm

	.macro	store_pair n
	.altmacro
	store_two \n, %(\n + 1)
	.noaltmacro
	.endm

	.macro	store_two n, m
	stp	x\n, x\m, [sp, #112 + 8 * \n]
	.endm

	.macro	end
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	store_pair \n
	.endr
	str	x30, [sp, #112 + 240]
	ldr	x1, [sp, #96]
	mov	x2, #0
1:	add	x3, sp, #112
	ldr	x4, [x3, x2, lsl #3]
	str	x4, [x1, x2, lsl #3]
	add	x2, x2, #1
	cmp	x2, #31
	b.ne	1b
	ldp	x19, x20, [sp, #0]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	add	sp, sp, #FRAME
	ret
	.endm

	/* Register n is read or written; the address is in the next one, n + 1, or in x0 after x30. */
	.macro	both n, m
load_\n:
	begin
	ldr	w\n, [x\m]
	end
store_\n:
	begin
	str	w\n, [x\m]
	end
read_\n:
	begin
	mrs	x\n, s3_0_c4_c6_0		/* ICC_PMR_EL1 */
	end
write_\n:
	begin
	msr	s3_0_c4_c6_0, x\n
	end
	.endm

	.text
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	.altmacro
	both	\n, %(\n + 1)
	.noaltmacro
	.endr
	both	30, 0
attempt_hvc:
	begin
	hvc	#0
	end
attempt_smc:
	begin
	smc	#0
	end

	.section .data.rel.ro, "aw"
	.balign	8
	.macro	table name
	.global	\name\()_attempts
\name\()_attempts:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	.quad	\name\()_\n
	.endr
	.endm
	table	load
	table	store
	table	read
	table	write
	.global	attempt_hvc, attempt_smc
