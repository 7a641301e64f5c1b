/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The very first instructions of this cell, before the library's: put away what the CPU holds.
 * Nothing may be used before it has been stored; SP_EL1 is the one register given up for that. /
 */
#include "registers.h"

	.section .text.first, "ax"
first:
	mov	sp, x0
	adrp	x0, captured
	add	x0, x0, :lo12:captured
	stp	x1, x2, [x0], #16
	stp	x3, x4, [x0], #16
	stp	x5, x6, [x0], #16
	stp	x7, x8, [x0], #16
	stp	x9, x10, [x0], #16
	stp	x11, x12, [x0], #16
	stp	x13, x14, [x0], #16
	stp	x15, x16, [x0], #16
	stp	x17, x18, [x0], #16
	stp	x19, x20, [x0], #16
	stp	x21, x22, [x0], #16
	stp	x23, x24, [x0], #16
	stp	x25, x26, [x0], #16
	stp	x27, x28, [x0], #16
	stp	x29, x30, [x0], #16
#define STORE(name, mask)	mrs	x1, name; str	x1, [x0], #8;
	CAPTURED_REGISTERS(STORE)
	mrs	x1, id_aa64pfr0_el1
	tst	x1, #0xf000000		/* ID_AA64PFR0_EL1.GIC */
	b.eq	1f
	CAPTURED_GIC_REGISTERS(STORE)
1:
	mov	x0, sp
	b	_start
