/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a cell's first instruction runs: it reads the clock before it does anything else, and then tells it on the PL011 that it
 * owns. No stack, no memory but the program's own.
 */
	.text
	.global	_start
_start:
	mrs	x1, cntpct_el0
	ldr	x2, [x0, #88]		/* pt_info.serial */
	adr	x3, heading
1:	ldrb	w4, [x3], #1
	cbz	w4, 2f
	str	w4, [x2]
	b	1b
2:	mov	x5, #64
3:	sub	x5, x5, #4
	lsr	x4, x1, x5
	and	x4, x4, #0xf
	add	x6, x4, #'0'
	add	x7, x4, #'a' - 10
	cmp	x4, #10
	csel	x4, x6, x7, lo
	str	w4, [x2]
	cbnz	x5, 3b
	mov	w4, #'\n'
	str	w4, [x2]
4:	wfi
	b	4b

heading:
	.asciz	"first 0x"
