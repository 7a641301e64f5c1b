/* SPDX-License-Identifier: GPL-2.0-only */
/* For assembly. */
#ifndef MACHINE_ASM_H
#define MACHINE_ASM_H

.macro	function name
	.global	\name
	.type	\name, %function
	.balign	4
\name:
.endm

/* The address of @symbol relative to the program counter: physical with the MMU off, virtual with it on. */
.macro	address reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
.endm

/* Where an indirect branch may lead to (BTI JC); a hint to CPUs without FEAT_BTI. */
.macro	landing_pad
	hint	#38
.endm

/* Leave EL2; nothing is executed past it, not even speculatively. */
.macro	return_to_guest
	eret
	dsb	nsh
	isb
.endm

#endif
