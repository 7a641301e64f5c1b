/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the benchmark cell comes to life: an arm64 Image (Linux, Documentation/arm64/booting.rst), so that whatever can start
 * a kernel can start it. x0 is not looked at: every system passes something else. MMU and caches stay off.
 */
#include "platform.h"

#define SCTLR_EL1_OFF	0x30d00800	/* RES1 bits; MMU, caches and checks off */
#define EL1H_MASKED	0x3c5
#define CURRENT_EL2	(2 << 2)

	.section .head, "ax"
	.global	image
image:
	/* Before anything else: how long it took to get here is one of the figures. */
	mrs	x19, cntvct_el0
	b	start
	.quad	0			/* text_offset */
	.quad	image_end - image	/* image_size */
	.quad	0xa			/* little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.org	PLATFORM_OFFSET
	.global	platform
	.hidden	platform
platform:
	.org	STARTED_OFFSET
	.global	started
	.hidden	started
started:
	.quad	0

	.text
start:
	adr	x0, started
	str	x19, [x0]
	bl	enter_el1
	adr	x0, first_stack
	mov	sp, x0
	adr	x0, vectors
	msr	vbar_el1, x0
	isb
	b	bench

/* The other CPU, from PSCI CPU_ON. */
	.global	second_entry
	.hidden	second_entry
second_entry:
	bl	enter_el1
	adr	x0, second_stack
	mov	sp, x0
	adr	x0, vectors
	msr	vbar_el1, x0
	isb
	b	second

/*
 * Where nothing else holds EL2, go below it and leave nothing there: no trap, no offset, no code. Out: EL1 with
 * SP_EL1, all masked. Clobbers x0.
 */
enter_el1:
	ldr	w0, =SCTLR_EL1_OFF
	msr	sctlr_el1, x0
	isb
	msr	spsel, #1
	msr	daifset, #0xf
	mrs	x0, currentel
	cmp	x0, #CURRENT_EL2
	b.ne	1f
	mov	x0, #(1 << 31)		/* HCR_EL2.RW */
	msr	hcr_el2, x0
	mov	x0, #3			/* EL1 may use both timers */
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33ff		/* RES1 bits of CPTR_EL2 */
	msr	cptr_el2, x0
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	mov	x0, #0xf
	msr	S3_4_C12_C9_5, x0	/* ICC_SRE_EL2: system registers, for EL1 too */
	isb
	msr	S3_4_C12_C11_0, xzr	/* ICH_HCR_EL2 */
	mov	x0, #EL1H_MASKED
	msr	spsr_el2, x0
	msr	elr_el2, x30
	eret
1:	ret
	.ltorg
