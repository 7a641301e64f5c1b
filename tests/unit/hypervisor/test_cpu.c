// SPDX-License-Identifier: GPL-2.0-only
/* A CPU between two owners: nothing of the one is left for the other. */
#include <string.h>
#include <machine/gic_regs.h>
#include "test.h"

#define MARK		0x5ec4e75ec4e75ec4	/* in every register that a guest can write */
#define PSCI_CPU_OFF	0x84000002
#define PSCI_CPU_ON	0xc4000003
#define ID(crm, op2)	SYSREG(3, 0, 0, crm, op2)

static const char groups[] = {
#define GROUP(group, name)	#group[0],
	FAKE_REGISTERS(GROUP)
};

static void mark(unsigned int n)
{
	struct fake_cpu *cpu = &fake.cpu[n];

	for (unsigned int reg = 0; reg < REGISTERS; reg++)
		if (groups[reg] == 'a' && reg != REG_icc_ctlr_el1 && reg != REG_pmcr_el0)
			cpu->regs[reg] = MARK;
	cpu->regs[REG_icc_ctlr_el1] |= 3;
	for (unsigned int i = 0; i < 6; i++)
		cpu->event_types[i] = MARK;
	for (unsigned int i = 0; i < 31; i++)
		cpu->x[i] = MARK;
	cpu->fp_clean = cpu->sve_clean = false;
	cpu->regs[REG_S3_3_C4_C2_2] = 3;	/* in streaming mode, with ZA on */
	memset(&gic.redistributor[n].bank, 0x77, sizeof(gic.redistributor[n].bank));
	memset(gic.redistributor[n].extended, 0x77, sizeof(gic.redistributor[n].extended));
}

static void expect_clean(unsigned int n)
{
	const struct fake_cpu *cpu = &fake.cpu[n];
	const struct irq_bank *b = &gic.redistributor[n].bank;

	for (unsigned int reg = 0; reg < REGISTERS; reg++)
		if (groups[reg] == 'a' && fake_has(n, reg) && cpu->regs[reg] == MARK)
			fail_msg("%s keeps its value", fake_names[reg]);
	assert_int_equal(cpu->regs[REG_sctlr_el1], SCTLR_EL1_RESET);
	assert_int_equal(cpu->regs[REG_icc_ctlr_el1] & 3, 0);
	if (FIELD(cpu->regs[REG_id_aa64dfr0_el1], 11, 8)) {
		for (unsigned int i = 0; i < 6; i++)
			assert_int_equal(cpu->event_types[i], 0);
		assert_int_equal(cpu->regs[REG_pmcntenclr_el0], 0xffffffff);
		assert_int_equal(cpu->regs[REG_pmcr_el0] & 1, 0);
		assert_int_equal(cpu->regs[REG_pmselr_el0], 0);
	}
	for (unsigned int i = 1; i < 31; i++)
		assert_int_equal(cpu->x[i], 0);
	assert_true(cpu->fp_clean);
	assert_int_equal(cpu->sve_clean, fake_has(n, REG_S3_0_C1_C2_0));
	if (fake_has(n, REG_S3_3_C4_C2_2))
		assert_int_equal(cpu->regs[REG_S3_3_C4_C2_2], 0);
	assert_int_equal(cpu->regs[REG_dbgclaimclr_el1], 0xff);
	assert_int_equal(b->enabled, 0);
	assert_int_equal(b->pending, 0);
	assert_int_equal(b->active, 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(gic.redistributor[n].extended[i], 0);
	assert_int_equal(b->group, ~0u);
	assert_int_equal(b->groupmod, 0);
	assert_int_equal(b->config[1], 0);
	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(b->priority[i], 0xa0);
	assert_int_equal(gic.redistributor[n].waker, 0);
}

/* From the root to a cell, from one life of the cell to the next, and back to the root. */
static void hand_around(void)
{
	static const enum fake_register others[] = {
		REG_ich_hcr_el2, REG_mdcr_el2, REG_cptr_el2, REG_cnthctl_el2, REG_cntvoff_el2, REG_hstr_el2, REG_vtcr_el2,
		REG_S3_4_C1_C2_0, REG_S3_4_C1_C2_2, REG_S3_4_C1_C1_4, REG_S3_4_C1_C1_5, REG_S3_4_C1_C1_6, REG_S3_4_C3_C1_4,
		REG_S3_4_C3_C1_5,
	};
	unsigned int id, flushes = fake.cpu[3].tlb_flushes;

	mark(3);
	root_offline(3);
	id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	expect_clean(3);
	mark(3);
	gic.redistributor[3].waker = 6;
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	root_finish(PT_HC_CELL_LOADABLE, id);
	root_finish(PT_HC_CELL_START, id);
	fake_settle();
	expect_clean(3);
	mark(3);
	fake_serror(3);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	assert_int_equal(fake_smc(0, PSCI_CPU_ON, board_mpidr[3], ARENA_BASE, 0), 0);
	fake_settle();
	expect_clean(3);
	assert_int_equal(fake.cpu[3].tlb_flushes, flushes + 3);
	/* A CPU of the root like every other. */
	assert_int_equal(fake.cpu[3].regs[REG_hcr_el2] & ~(HCR_API | HCR_APK), fake.cpu[1].regs[REG_hcr_el2] & ~(HCR_API | HCR_APK));
	assert_int_equal(fake.cpu[3].regs[REG_vttbr_el2], fake.cpu[1].regs[REG_vttbr_el2]);
	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(fake.cpu[3].regs[others[i]], fake.cpu[1].regs[others[i]]);
}

static void test_no_register_survives_a_change_of_owner(void **state)
{
	hand_around();
}

static void test_cpus_that_lack_something_change_hands_too(void **state)
{
	static const struct { enum fake_register reg; uint64_t value; } lacks[] = {
		{ REG_id_aa64dfr0_el1, 0x00000006 },		/* one breakpoint, one watchpoint, no PMU */
		{ REG_id_aa64dfr0_el1, 0xf0f0f106 },		/* sixteen of both */
		{ REG_id_aa64isar1_el1, 0 },
		{ REG_id_aa64pfr0_el1, 0x01001111 },		/* no SVE either */
		{ REG_id_aa64pfr1_el1, 0 },
		{ REG_id_aa64mmfr0_el1, 0x1124 }, { REG_id_aa64mmfr1_el1, 0 },
		{ REG_icc_ctlr_el1, 5 << 8 }, { REG_icc_ctlr_el1, 6 << 8 }, { REG_icc_ctlr_el1, 7 << 8 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(lacks); i++) {
		board_enable(CPUS);
		fake.cpu[3].regs[lacks[i].reg] = lacks[i].value;
		hand_around();
	}
}

static void test_late_sgi_is_not_delivered_to_the_next_owner(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_LOADABLE);

	gic.redistributor[3].bank.pending = 1;		/* after the CPU was parked */
	root_finish(PT_HC_CELL_START, id);
	fake_settle();
	assert_int_equal(gic.redistributor[3].bank.pending, 0);
}

static void test_cell_is_confined_from_its_first_instruction(void **state)
{
	const uint64_t always = HCR_RW | HCR_VM | HCR_SWIO | HCR_AMO | HCR_TSC | HCR_TIDCP | HCR_TACR |
				HCR_TSW | HCR_TERR | HCR_TID1 | HCR_TID3 | HCR_TID5 | HCR_TLOR;
	const uint64_t *regs = fake.cpu[3].regs;
	struct cell_spec spec = small_cell;

	fake.cpu[3].regs[REG_vmpidr_el2] = fake.cpu[3].regs[REG_vpidr_el2] = 0;
	cell_in_state(&spec, PT_CELL_RUNNING);
	assert_int_equal(regs[REG_hcr_el2], always | HCR_TWI | HCR_API | HCR_APK);
	assert_int_equal(regs[REG_ich_hcr_el2], 3 << 10);
	assert_int_equal(regs[REG_cptr_el2], 0x401032ff);
	assert_int_equal(regs[REG_S3_4_C1_C2_0], 0xf);		/* ZCR_EL2 */
	assert_int_equal(regs[REG_S3_4_C1_C2_2], BIT(11));	/* HCRX_EL2.MSCEn */
	assert_int_equal(regs[REG_S3_4_C1_C1_4] | regs[REG_S3_4_C1_C1_5] | regs[REG_S3_4_C1_C1_6], 0);
	assert_int_equal(regs[REG_S3_4_C3_C1_4] | regs[REG_S3_4_C3_C1_5], 0);
	assert_int_equal(regs[REG_mdcr_el2], 6 | BIT(13) | BIT(14) | BIT(19) | BIT(25));
	assert_int_equal(regs[REG_hstr_el2], 0);
	assert_int_equal(regs[REG_cnthctl_el2], 3);
	assert_int_equal(regs[REG_cntvoff_el2], 0);
	assert_int_equal(regs[REG_vtcr_el2], 0x80023558);
	assert_int_equal(regs[REG_vmpidr_el2], regs[REG_mpidr_el1]);
	assert_int_equal(regs[REG_vpidr_el2], regs[REG_midr_el1]);
	assert_int_equal(regs[REG_spsr_el2], 0x3c5);

	board_enable(CPUS);
	for (unsigned int n = 0; n < CPUS; n++)
		fake.cpu[n].regs[REG_id_aa64isar1_el1] = 0;
	spec.flags = PT_CELL_TRUSTED_IDLE;
	cell_in_state(&spec, PT_CELL_RUNNING);
	assert_int_equal(regs[REG_hcr_el2], always);
}

/* Where the kernel has been told to leave SVE and SME alone, its firmware may trap them to EL3. */
static void test_what_the_stub_has_closed_is_neither_touched_nor_given(void **state)
{
	fake_reset();
	board_system_blob(board_system);
	for (unsigned int n = 0; n < CPUS; n++) {
		fake.cpu[n].regs[REG_cptr_el2] = 0x33ff;
		fake.cpu[n].regs[REG_S3_4_C3_C1_5] = 0;		/* HDFGWTR_EL2.nBRBCTL: nor branch records */
		fake.cpu[n].regs[REG_S2_1_C9_C0_0] = MARK;
	}
	board_enter(CPUS);
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal(fake.cpu[3].regs[REG_cptr_el2], 0x401033ff);
	assert_int_equal(fake.cpu[3].regs[REG_S2_1_C9_C0_0], MARK);
	assert_false(fake.cpu[3].sve_clean);
	assert_true(fake.cpu[3].fp_clean);
	assert_int_equal(fake_mrs(3, ID(4, 0)) >> 32, 0);
}

static void test_counters_of_a_cell_stand_still_at_el2(void **state)
{
	static const struct { uint64_t version, mdcr; } pmus[] = {
		{ 0, 0 }, { 0xf, 0 }, { 1, 6 }, { 4, 6 | BIT(17) }, { 6, 6 | BIT(17) | BIT(23) }, { 9, 6 | BIT(17) | BIT(23) },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(pmus); i++) {
		board_enable(CPUS);
		fake.cpu[3].regs[REG_id_aa64dfr0_el1] &= ~0xf00ULL;
		fake.cpu[3].regs[REG_id_aa64dfr0_el1] |= pmus[i].version << 8;
		cell_in_state(&small_cell, PT_CELL_RUNNING);
		assert_int_equal(fake.cpu[3].regs[REG_mdcr_el2], pmus[i].mdcr | BIT(13) | BIT(14) | BIT(19) | BIT(25));
	}
}

/* NMI is hidden, and is not what zero of HCRX_EL2 traps. */
static void test_cell_that_has_nmi_cannot_write_allint(void **state)
{
	fake.cpu[3].regs[REG_id_aa64pfr1_el1] |= BIT(36);
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal(fake.cpu[3].regs[REG_S3_4_C1_C2_2], BIT(11) | BIT(6));
	fake.cpu[3].regs[REG_vbar_el1] = 0x80000;
	fake_msr(3, SYSREG(3, 0, 4, 3, 0), BIT(13));
	assert_int_equal(fake.cpu[3].regs[REG_elr_el2], 0x80200);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
}

/* Of every field of every register, the largest value there is. */
static void all_features(unsigned int n)
{
	for (unsigned int reg = 0; reg < REGISTERS; reg++)
		if (!strncmp(fake_names[reg], "id_", 3) || !strncmp(fake_names[reg], "mvfr", 4) ||
		    !strncmp(fake_names[reg], "S3_0_C0_C", 9))
			fake.cpu[n].regs[reg] = ~0ULL;
	fake.cpu[n].regs[REG_id_aa64pfr0_el1] = 0xfffffffffffffff2;	/* EL0 in AArch32 too */
}

static void test_cell_sees_what_it_may_use(void **state)
{
	static const struct { unsigned int crm, op2; uint64_t value; } seen[] = {
		{ 4, 0, 0xf10f000f0ffff012 }, { 4, 1, 0xff }, { 4, 2, 0 }, { 4, 4, 0x0ff0ff0f0fff00ff }, { 4, 5, 0 }, { 4, 7, 0 },
		{ 5, 0, 0xf0f0f0f00a }, { 5, 1, 0 }, { 5, 4, 0 }, { 5, 5, 0 },
		{ 6, 0, 0xfffffffff0fffff0 }, { 6, 1, 0x0fffffffffffffff }, { 6, 2, 0x0fff0f00ffffffff }, { 6, 3, 0 },
		{ 7, 0, 0x1000f000fffffff2 }, { 7, 1, 0xfffff0f00ff0f002 }, { 7, 2, 0xf0ff00fff0ff0fff }, { 7, 3, 0 }, { 7, 4, 0 },
		{ 1, 0, 0x0f0fffff }, { 1, 1, 0xf0ff0fff }, { 1, 2, 0x00f00fff }, { 1, 3, 0 }, { 1, 7, 0xffffffff },
		{ 2, 0, 0xffffffff }, { 2, 6, 0x0ffff0ff }, { 2, 7, 0xffffffff }, { 3, 0, 0xffffffff }, { 3, 2, 0xffffffff },
		{ 3, 3, 0 }, { 3, 4, 0xff }, { 3, 5, 0 }, { 3, 6, 0xff }, { 3, 7, 0 },
	};

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	all_features(3);
	for (unsigned int i = 0; i < ARRAY_SIZE(seen); i++)
		if (fake_mrs(3, ID(seen[i].crm, seen[i].op2)) != seen[i].value)
			fail_msg("ID register %u, %u: %lx", seen[i].crm, seen[i].op2, fake.cpu[3].x[5]);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_SYSREG], ARRAY_SIZE(seen));
	/* What the CPU says is less, and stays so; without AArch32 there is nothing in its registers. */
	fake.cpu[3].regs[REG_id_aa64pfr0_el1] = 0x0100000001000011;
	fake.cpu[3].regs[REG_id_aa64dfr0_el1] = 0x10305406;
	assert_int_equal(fake_mrs(3, ID(4, 0)), 0x0100000001000011);
	assert_int_equal(fake_mrs(3, ID(4, 4)), 0);
	assert_int_equal(fake_mrs(3, ID(5, 0)), 0x10305406);
	for (unsigned int crm = 1; crm <= 3; crm++)
		for (unsigned int op2 = 0; op2 < 8; op2++)
			assert_int_equal(fake_mrs(3, ID(crm, op2)), 0);
	/* REVIDR_EL1 and AIDR_EL1 are trapped with one of SME. */
	fake.cpu[3].regs[REG_revidr_el1] = 0x11;
	fake.cpu[3].regs[REG_aidr_el1] = 0x22;
	assert_int_equal(fake_mrs(3, SYSREG(3, 0, 0, 0, 6)), 0x11);
	assert_int_equal(fake_mrs(3, SYSREG(3, 1, 0, 0, 7)), 0x22);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
}

/* What a guest has caused may reach the CPU late. */
static void test_serror_of_the_former_owner_is_not_the_next_ones(void **state)
{
	fake.cpu[3].serror_pending = true;
	root_offline(3);
	assert_false(fake.cpu[3].serror_pending);
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	fake.cpu[3].serror_pending = true;
	root_finish(PT_HC_CELL_STOP, 1);
	assert_false(fake.cpu[3].serror_pending);
	assert_int_equal(status.cpus[3].state, PT_CPU_PARKED);
	assert_int_equal(status.cells[1].state, PT_CELL_SHUT_DOWN);
}

TESTS(
	ENABLED(test_no_register_survives_a_change_of_owner),
	BARE(test_cpus_that_lack_something_change_hands_too),
	ENABLED(test_serror_of_the_former_owner_is_not_the_next_ones),
	ENABLED(test_late_sgi_is_not_delivered_to_the_next_owner),
	ENABLED(test_cell_is_confined_from_its_first_instruction),
	BARE(test_what_the_stub_has_closed_is_neither_touched_nor_given),
	BARE(test_counters_of_a_cell_stand_still_at_el2),
	ENABLED(test_cell_that_has_nmi_cannot_write_allint),
	ENABLED(test_cell_sees_what_it_may_use)
)
