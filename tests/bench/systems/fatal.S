/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cell of two CPUs that starts both, makes one hypercall whose cost is known, and then does what no cell may: FATAL, with
 * ADDRESS in x1 and its information page in x20. What follows is read off the emulator's log (partita_traced.py), because the cell
 * does not live to tell. SECOND is the MPIDR of its other CPU, HYPERCALL the call.
 */
#define PSCI_CPU_ON	0xc4000003

	.text
	.global	_start
_start:
	mov	x20, x0
	ldr	w0, =PSCI_CPU_ON
	ldr	x1, =SECOND
	adr	x2, second
	mov	x3, #0
	smc	#0
	adr	x4, present
1:	yield
	ldr	w5, [x4]
	cbz	w5, 1b
	ldr	w0, =HYPERCALL
	hvc	#0
	ldr	x1, =ADDRESS
	FATAL
	b	rest

second:
	adr	x4, present
	mov	w5, #1
	str	w5, [x4]
	/* Not in WFI, from which a cell that masks all cannot be fetched. */
rest:	wfe
	b	rest

	.balign	4
present:
	.word	0
