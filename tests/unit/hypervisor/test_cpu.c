// SPDX-License-Identifier: GPL-2.0-only
/* A CPU between two owners: nothing of the one is left for the other. */
#include <string.h>
#include <machine/gic_regs.h>
#include "test.h"

#define MARK		0x5ec4e75ec4e75ec4	/* in every register that a guest can write */
#define PSCI_CPU_OFF	0x84000002
#define PSCI_CPU_ON	0xc4000003

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
	cpu->fp_clean = false;
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
		{ REG_id_aa64pfr0_el1, 0x01001111 },
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
				HCR_TSW | HCR_TERR;
	const uint64_t *regs = fake.cpu[3].regs;
	struct cell_spec spec = small_cell;

	fake.cpu[3].regs[REG_vmpidr_el2] = fake.cpu[3].regs[REG_vpidr_el2] = 0;
	cell_in_state(&spec, PT_CELL_RUNNING);
	assert_int_equal(regs[REG_hcr_el2], always | HCR_TWI | HCR_API | HCR_APK);
	assert_int_equal(regs[REG_ich_hcr_el2], 3 << 10);
	assert_int_equal(regs[REG_cptr_el2], 0x1033ff);
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
	ENABLED(test_cell_is_confined_from_its_first_instruction)
)
