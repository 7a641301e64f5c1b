/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * System registers and instructions that reach further than EL1 should, or that are not there. What
 * EL1 answers with an undefined instruction is survived; what the hypervisor traps for others' sake
 * ends us. /
 */
#include "hostile.h"

#include <partita/info.h>

#define PAGE		((uint64_t)PT_PAGE_SIZE)
#define ALIAS		0x700000100000ULL
#define MRS_X0		0xd5200000u
#define MSR_X0		0xd5000000u
#define RET		0xd65f03c0u

static uint32_t code[PT_PAGE_SIZE / 4] __attribute__((aligned(PT_PAGE_SIZE)));

struct encoding { unsigned int op0, op1, crn, crm, op2; };

/* One system register instruction, made and run: there are too many to write them down. */
static uint64_t run_encoding(uint32_t instruction, const struct encoding *e, uint64_t value)
{
	register uint64_t x0 asm("x0") = value;
	register uint64_t entry asm("x9") = ALIAS;

	code[0] = instruction | e->op0 << 19 | e->op1 << 16 | e->crn << 12 | e->crm << 8 |
		  e->op2 << 5;
	code[1] = RET;
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %1\n\tdsb ish\n\tisb"
		     :: "r" (code), "r" (ALIAS) : "memory");
	asm volatile("blr %1" : "+r" (x0) : "r" (entry) : "x30", "memory");
	attempts++;
	return x0;
}

#define ENCODINGS (2 * 8 * 16 * 16 * 8)

static struct encoding encoding(unsigned int i)
{
	return (struct encoding){ 2 + (i >> 14), i >> 11 & 7, i >> 7 & 15, i >> 3 & 15, i & 7 };
}

static void for_each_encoding(uint32_t instruction, uint64_t value,
			      bool (*wanted)(const struct encoding *e))
{
	struct encoding e;

	cell_map(ALIAS, (uint64_t)code, PAGE, CELL_MEMORY_TEXT);
	for (unsigned int i = 0; i < ENCODINGS; i++) {
		e = encoding(i);
		if (wanted(&e))
			run_encoding(instruction, &e, value);
	}
}

/* ACTLR_EL1, and all that implementations invent (an emulator takes op0 2 for that, too). */
static bool is_trapped(const struct encoding *e)
{
	return e->crn == 11 || e->crn == 15 ||
	       (e->op0 == 3 && e->op1 == 0 && e->crn == 1 && e->crm == 0 && e->op2 == 1);
}

static bool acknowledges(const struct encoding *e)
{
	return e->op0 == 3 && e->op1 == 0 && e->crn == 12 && (e->crm == 12 || e->crm == 8) &&
	       e->op2 == 0;
}

/*
 * A write-only register of the interrupt controller, read, is a fault; they have a behaviour of
 * their own.
 */
static bool is_controller(const struct encoding *e)
{
	return e->op0 == 3 && e->op1 == 0 && e->crn == 12 && (e->crm == 11 || e->crm == 12);
}

static bool may_read(const struct encoding *e)
{
	return !is_trapped(e) && !acknowledges(e) && !is_controller(e);
}

static void read_all(const struct numbers *numbers)
{
	(void)numbers;
	for_each_encoding(MRS_X0, 0, may_read);
}

/*
 * Debug, PMU, interrupt controller, timers and thread registers, not what our own execution stands
 * on.
 */
static bool may_write(const struct encoding *e)
{
	if (is_trapped(e) || is_controller(e))
		return false;
	if (e->op0 == 2)
		return true;
	switch (e->crn) {
	case 9:
	case 13:
		/* TPIDR_EL1 holds our CPU's number. */
		return !(e->op1 == 0 && e->crn == 13 && e->crm == 0 && e->op2 == 4);
	case 12:
		return e->crm >= 8;
	case 14:
		return true;
	default:
		return false;
	}
}

static void write_all(const struct numbers *numbers)
{
	(void)numbers;
	for_each_encoding(MSR_X0, ~0ULL, may_write);
	for_each_encoding(MSR_X0, 0, may_write);
	cell_sysreg_write(oslar_el1, 0);
	cell_isb();
}

/*
 * What our own execution stands on, and all else that is not written above: with what it holds.
 * MDSCR_EL1, SPSR_EL1 and the like thereby stay what they are.
 */
static void rewrite_all(const struct numbers *numbers)
{
	(void)numbers;
	cell_map(ALIAS, (uint64_t)code, PAGE, CELL_MEMORY_TEXT);
	for (unsigned int i = 0; i < ENCODINGS; i++) {
		struct encoding e = encoding(i);
		uint64_t before = exceptions, value;

		if (!may_read(&e) || may_write(&e))
			continue;
		value = run_encoding(MRS_X0, &e, 0);
		run_encoding(MSR_X0, &e, exceptions == before ? value : ~0ULL);
	}
}

/* Each of them ends us, one by one, or is undefined. */
static void trapped_registers(const struct numbers *numbers)
{
	uint64_t before;

	(void)numbers;
	cell_map(ALIAS, (uint64_t)code, PAGE, CELL_MEMORY_TEXT);
	for (unsigned int i = 0; i < ENCODINGS; i++) {
		struct encoding e = encoding(i);

		/* Where op0 is 2 they are debug registers to most. */
		if (!is_trapped(&e) || e.op0 == 2)
			continue;
		before = exceptions;
		run_encoding(MRS_X0, &e, 0);
		run_encoding(MSR_X0, &e, ~0ULL);
		if (exceptions != before + 2)
			granted("trapped-register", i, exceptions - before);
	}
}

#define GRANTED_IF_READ(reg) do {					\
	uint64_t before = exceptions, value = cell_sysreg_read(reg);	\
									\
	if (exceptions == before)					\
		granted(#reg, value, 0);				\
} while (0)

/* EL2's own registers: undefined at EL1. */
static void el2_registers(const struct numbers *numbers)
{
	(void)numbers;
	GRANTED_IF_READ(hcr_el2);
	GRANTED_IF_READ(vttbr_el2);
	GRANTED_IF_READ(vbar_el2);
	GRANTED_IF_READ(sctlr_el2);
	GRANTED_IF_READ(ttbr0_el2);
	GRANTED_IF_READ(tpidr_el2);
	GRANTED_IF_READ(elr_el2);
	GRANTED_IF_READ(s3_4_c12_c11_0);	/* ICH_HCR_EL2 */
	GRANTED_IF_READ(cnthctl_el2);
	GRANTED_IF_READ(mdcr_el2);
}

static void el2_instructions(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile("tlbi alle1is" ::: "memory");
	asm volatile("tlbi alle2" ::: "memory");
	asm volatile("tlbi ipas2e1is, %0" :: "r" (0UL) : "memory");
	asm volatile("tlbi vmalls12e1is" ::: "memory");
	asm volatile("at s12e1r, %0" :: "r" (0UL) : "memory");
	asm volatile("at s1e2r, %0" :: "r" (0UL) : "memory");
	if (exceptions != 6)
		granted("el2-instructions", exceptions, 0);
}

/*
 * A return to EL2 is an illegal one: EL1 keeps running, with PSTATE.IL set, and takes an exception.
 */
static void return_to_el2(const struct numbers *numbers)
{
	(void)numbers;
	cell_irq_mask();
	asm volatile("mrs x0, daif\n\tmov x1, #9\n\torr x0, x0, x1\n\tmsr spsr_el1, x0\n\t"
		     "adr x0, 1f\n\tmsr elr_el1, x0\n\tisb\n\teret\n1:\tnop\n\tnop" ::
			     : "x0", "x1", "memory");
}

static void unknown_instructions(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile(".inst 0x00000000\n\t.inst 0xffffffff\n\tbrk #1\n\thlt #1" ::: "memory");
	asm volatile(".inst 0x04a03000" ::: "memory"); /* SVE: add z0.s, z0.s, z0.s-like space */
	asm volatile(".inst 0x2518e3e0" ::: "memory");			/* SVE: ptrue p0.b */
	asm volatile("mrs x0, s3_0_c1_c2_0" ::: "x0", "memory");	/* ZCR_EL1 */
	asm volatile("mrs x0, s3_0_c1_c2_6" ::: "x0", "memory");	/* SMCR_EL1 */
	asm volatile(".inst 0xd503477f" ::: "memory");			/* SMSTART */
	asm volatile(".inst 0xdac10000" ::: "memory");			/* PACIA x0, x0 */
}

static void fp(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile(".arch_extension fp\n\tfmov d0, #1.0\n\tfadd d0, d0, d0\n\tmsr fpcr, %0" ::"r"(
		0x3000000UL));
	asm volatile("msr fpcr, xzr");
}

/*
 * Breakpoints and watchpoints on everything at every exception level; single step; then none again.
 */
static void debug(const struct numbers *numbers)
{
	(void)numbers;
	cell_sysreg_write(oslar_el1, 0);
	cell_sysreg_write(dbgwvr0_el1, 0);
	cell_sysreg_write(dbgwcr0_el1, 0x1f003fffULL);
	cell_sysreg_write(dbgbvr0_el1, (uint64_t)debug);
	cell_sysreg_write(dbgbcr0_el1, 0x3fe7ULL);
	cell_sysreg_write(mdscr_el1, 1ULL << 15 | 1ULL << 13 | 1ULL << 12 | 1);
	cell_isb();
	cell_hvc_result(0xffffffff, 0, 0, 0);
	cell_smc_result(PSCI_VERSION, 0, 0, 0);
	cell_sysreg_write(mdscr_el1, 0);
	cell_sysreg_write(dbgwcr0_el1, 0);
	cell_sysreg_write(dbgbcr0_el1, 0);
	cell_isb();
}

static void set_way(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile("dc cisw, %0\n\tdsb sy" :: "r" (0UL) : "memory");
}

static void invalidate_set_way(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile("dc isw, %0\n\tdsb sy" :: "r" (0UL) : "memory");
}

static void clean_set_way(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile("dc csw, %0\n\tdsb sy" :: "r" (0UL) : "memory");
}

static void actlr(const struct numbers *numbers)
{
	(void)numbers;
	granted("actlr", cell_sysreg_read(actlr_el1), 0);
}

/* L2CTLR_EL1 of Cortex-A53 and A72, and the space around it. */
static void implementation_defined(const struct numbers *numbers)
{
	(void)numbers;
	granted("implementation-defined", cell_sysreg_read(s3_1_c11_c0_2), 0);
}

static void read_write_only(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile("mrs x0, s3_0_c12_c11_5" ::: "x0", "memory");	/* ICC_SGI1R_EL1 */
}

const struct behaviour register_behaviours[] = {
	{ "read-all-registers", SURVIVES, read_all },
	{ "write-all-registers", SURVIVES, write_all },
	{ "rewrite-all-registers", SURVIVES, rewrite_all },
	{ "el2-registers", SURVIVES, el2_registers },
	{ "el2-instructions", SURVIVES, el2_instructions },
	{ "return-to-el2", SURVIVES, return_to_el2 },
	{ "unknown-instructions", SURVIVES, unknown_instructions },
	{ "fp", SURVIVES, fp },
	{ "debug", SURVIVES, debug },
	{ "read-write-only", SURVIVES, read_write_only },
	{ "set-way", SURVIVES, set_way },
	{ "invalidate-set-way", SURVIVES, invalidate_set_way },
	{ "clean-set-way", SURVIVES, clean_set_way },
	{ "actlr", FATAL, actlr },
	{ "implementation-defined", FATAL, implementation_defined },
	{ "trapped-registers", REPORTED, trapped_registers },
	{ 0 },
};
