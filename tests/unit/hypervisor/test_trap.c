// SPDX-License-Identifier: GPL-2.0-only
/* From the exception class to its consequence: served, injected into the guest, or the end of the cell. */
#include <string.h>
#include <machine/gic_regs.h>
#include "test.h"

#define VBAR		0x7000800
#define ESR_IABT(fsc)	(ESR(EC_IABT_LOWER) | (fsc))

static uint64_t *regs_of(unsigned int n)
{
	return fake.cpu[n].regs;
}

/* As what the guest was, and what it becomes by an exception. */
static void test_injected_exception_arrives_as_in_hardware(void **state)
{
	static const struct { uint64_t spsr, vector; bool lower; } modes[] = {
		{ 0x3c5, 0x200, false }, { 0x80000005, 0x200, false }, { 0x3c4, 0x000, false },
		{ 0x60000000, 0x400, true }, { 0x1d0, 0x600, true }, { 0xf0000030, 0x600, true },
	};
	uint64_t *regs = regs_of(1);

	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		const uint64_t nzcv = modes[i].spsr & BIT(4) ? 0 : modes[i].spsr & 0xf0000000;

		regs[REG_vbar_el1] = VBAR;
		regs[REG_elr_el2] = 0x1234;
		regs[REG_spsr_el2] = modes[i].spsr;
		assert_int_equal(fake_abort(1, ESR_DABT | ABT_WNR, HYPERVISOR + 0x18), INJECTED);
		assert_int_equal(regs[REG_elr_el2], VBAR + modes[i].vector);
		assert_int_equal(regs[REG_spsr_el2], 0x3c5 | nzcv);
		assert_int_equal(regs[REG_elr_el1], 0x1234);
		assert_int_equal(regs[REG_spsr_el1], modes[i].spsr);
		assert_int_equal(regs[REG_far_el1], HYPERVISOR + 0x18);
		/* Data abort from a lower or the same level, 32-bit instruction, external, a write. */
		assert_int_equal(regs[REG_esr_el1], (modes[i].lower ? 0x24ULL : 0x25ULL) << 26 | ESR_IL | ABT_WNR | 0x10);

		regs[REG_spsr_el2] = modes[i].spsr;
		assert_int_equal(fake_abort(1, ESR_IABT(7), HYPERVISOR), INJECTED);
		assert_int_equal(regs[REG_esr_el1], (modes[i].lower ? 0x20ULL : 0x21ULL) << 26 | ESR_IL | 0x10);
		assert_int_equal(regs[REG_elr_el2], VBAR + modes[i].vector);
	}
	assert_int_equal(status.cpus[1].exits[PT_EXIT_STAGE2], 2 * ARRAY_SIZE(modes));
}

static void test_injected_exception_obeys_pan_and_ssbs(void **state)
{
	uint64_t *regs = regs_of(1);

	for (unsigned int i = 0; i < 16; i++) {
		const bool has_pan = i & 1, span = i & 2, pan = i & 4, dssbs = i & 8;

		regs[REG_id_aa64mmfr1_el1] = has_pan ? 1 << 20 : 0;
		regs[REG_sctlr_el1] = SCTLR_EL1_RESET | (span ? SCTLR_EL1_SPAN : 0) | (dssbs ? SCTLR_EL1_DSSBS : 0);
		if (!span)
			regs[REG_sctlr_el1] &= ~SCTLR_EL1_SPAN;
		regs[REG_spsr_el2] = 5 | (pan ? SPSR_PAN : 0) | SPSR_SSBS;
		fake_abort(1, ESR_DABT, HYPERVISOR);
		assert_int_equal(regs[REG_spsr_el2], 0x3c5 | (has_pan && (!span || pan) ? SPSR_PAN : 0) | (dssbs ? SPSR_SSBS : 0));
	}
}

static void test_root_retries_what_is_its_own(void **state)
{
	const uint64_t pc = regs_of(1)[REG_elr_el2];

	for (unsigned int level = 0; level < 4; level++) {
		assert_int_equal(fake_abort(1, ESR(EC_DABT_LOWER) | (4 + level), ARENA_BASE + 0x123), RETRIED);
		assert_int_equal(fake_abort(1, ESR_IABT(4 + level), ARENA_BASE), RETRIED);
	}
	assert_int_equal(regs_of(1)[REG_elr_el2], pc);
	/* But not what no retry will help: another kind of fault, or memory that is not its own. */
	assert_int_equal(fake_abort(1, ESR(EC_DABT_LOWER) | 0xf, ARENA_BASE), INJECTED);
	assert_int_equal(fake_abort(1, ESR(EC_DABT_LOWER) | 0x10, ARENA_BASE), INJECTED);
	assert_int_equal(fake_abort(1, ESR(EC_DABT_LOWER) | 0x0, ARENA_BASE), INJECTED);
	assert_int_equal(fake_abort(1, ESR_DABT, 1ULL << 40), INJECTED);
	assert_int_equal(fake_abort(1, ESR_DABT, HYPERVISOR + 8), INJECTED);
	/* Instructions in the interrupt controller, and loads that say nothing of themselves. */
	assert_int_equal(fake_abort(1, ESR_IABT(7), GICD_PA), INJECTED);
	assert_int_equal(fake_abort(1, ESR_DABT, GICD_PA), INJECTED);
}

static void test_cell_that_touches_what_it_does_not_own_ends_alone(void **state)
{
	static const struct { uint64_t esr, ipa; enum pt_fault_kind kind; } cases[] = {
		{ ESR_DABT | ABT_WNR, HYPERVISOR, PT_FAULT_MEMORY },
		{ ESR_DABT | ABT_ISV, ARENA_BASE, PT_FAULT_MEMORY },
		{ ESR_IABT(7), 0x20000, PT_FAULT_MEMORY },
		{ ESR_IABT(7), GICD_PA, PT_FAULT_MEMORY },
		{ ESR(EC_DABT_LOWER) | 0xf | ABT_WNR, 0x10000000, PT_FAULT_MEMORY },	/* its info page */
		{ ESR(EC_DABT_LOWER) | 0x4, 1ULL << 39, PT_FAULT_MEMORY },
		{ ESR(EC_DABT_LOWER) | 0x0, 0xffffffffffff, PT_FAULT_MEMORY },		/* address size */
		{ ESR_DABT, GICD_PA + 4, PT_FAULT_DECODE },
		{ ESR_DABT, GICR_PA + 3 * 0x20000, PT_FAULT_DECODE },
		{ ESR_DABT, GICR_PA + 0x14, PT_FAULT_GIC },
		{ ESR_DABT | ABT_ISV | 2ULL << 22, GICD_PA + 2, PT_FAULT_GIC },
		{ ESR_DABT | ABT_ISV | 2ULL << 22, GICR_PA + 0x14, PT_FAULT_GIC },
		{ ESR_DABT | ABT_ISV | ABT_WNR | 2ULL << 22, GICR_PA, PT_FAULT_GIC },
		{ ESR_DABT | ABT_ISV | 2ULL << 22, GICR_PA + 0x10100, PT_FAULT_GIC },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		board_enable(CPUS);
		cell_in_state(&other_cell, PT_CELL_RUNNING);
		cell_in_state(&small_cell, PT_CELL_RUNNING);
		assert_int_equal(fake_abort(3, cases[i].esr, cases[i].ipa), ENDED);
		assert_int_equal(status.cells[2].state, PT_CELL_FAILED);
		assert_int_equal(status.cells[2].fault.kind, cases[i].kind);
		if (!FSC_PERMISSION(ABT_FSC(cases[i].esr)))
			assert_int_equal(status.cells[2].fault.ipa, cases[i].ipa & 0xffffffffffff);
		assert_int_equal(status.cells[1].state, PT_CELL_RUNNING);
		fake_settle();
		assert_int_equal(fake.cpu[4].where, IN_GUEST);
		fake_check();
	}
}

static void test_permission_fault_is_recorded_with_its_address(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal(fake_store_to(3, small_cell.comm + 0x18, 8, 1), ENDED);
	assert_int_equal(status.cells[1].fault.kind, PT_FAULT_MEMORY);
	assert_int_equal(status.cells[1].fault.far, small_cell.comm + 0x18);
	assert_int_equal(status.cells[1].fault.ipa, 0);		/* HPFAR_EL2 says nothing */
	/* But of the guest's own tables it does. */
	root_finish(PT_HC_CELL_LOADABLE, 1);
	root_finish(PT_HC_CELL_START, 1);
	fake_settle();
	regs_of(3)[REG_far_el2] = 0xffff000000001234;
	regs_of(3)[REG_hpfar_el2] = small_cell.comm >> 8;
	fake_trap(3, ESR(EC_DABT_LOWER) | ABT_S1PTW | 0xf);
	assert_int_equal(status.cells[1].fault.ipa, small_cell.comm | 0x234);
}

#define DC(crm)	SYSREG(1, 0, 7, crm, 2)

static void test_cell_that_uses_foreign_registers_ends(void **state)
{
	static const struct { uint64_t reg; enum pt_fault_kind kind; } cases[] = {
		{ SYSREG(3, 0, 1, 0, 1), PT_FAULT_SYSREG },	/* ACTLR_EL1 */
		{ SYSREG(3, 1, 11, 0, 2), PT_FAULT_SYSREG }, { 0x3ffc1e, PT_FAULT_SYSREG },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		board_enable(CPUS);
		cell_in_state(&small_cell, PT_CELL_RUNNING);
		fake_msr(3, cases[i].reg, 0);
		assert_int_equal(fake.cpu[3].where, IN_WFE);
		assert_int_equal(status.cells[1].fault.kind, cases[i].kind);
		assert_int_equal(status.cpus[3].exits[PT_EXIT_SYSREG], 1);
	}
}

/*
 * A loop over sets and ways flushes all of the cell's RAM, in bounded steps, once a level; what it does at other sets and ways
 * is nothing.
 */
static void test_set_way_flushes_all_memory_of_the_cell_by_address(void **state)
{
	static const uint64_t kinds[] = { DC(6), DC(10), DC(14) };
	const unsigned int id = cell_in_state(&other_cell, PT_CELL_RUNNING);
	const unsigned int n = 4;
	uint64_t size = 0;

	for (unsigned int i = 0; i < other_cell.region_count; i++)
		size += other_cell.regions[i].flags & PT_REGION_DEVICE ? 0 : other_cell.regions[i].size;
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint64_t before = fake.flushed, pc;
		unsigned int steps = 0;

		pc = regs_of(n)[REG_elr_el2];
		fake_msr(n, kinds[i], 0x40);			/* set 1 */
		fake_msr(n, kinds[i], 0xc0000002);		/* way 3 of level 2 */
		assert_int_equal(fake.flushed, before);
		assert_int_equal(regs_of(n)[REG_elr_el2], pc + 8);
		do {
			const uint64_t so_far = fake.flushed;

			fake_msr(n, kinds[i], i << 1);
			assert_true(fake.flushed - so_far <= SCRUB_STEP);
			steps++;
		} while (regs_of(n)[REG_elr_el2] == pc + 8);
		assert_int_equal(regs_of(n)[REG_elr_el2], pc + 12);
		assert_int_equal(fake.flushed - before, size);
		assert_true(steps > 3);
	}
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
	fake_check();
}

/* One that was ended half-way leaves nothing of it to the next owner of the CPU, and begins anew itself. */
static void test_flush_begins_anew_with_each_start(void **state)
{
	const unsigned int id = cell_in_state(&other_cell, PT_CELL_RUNNING);
	uint64_t first;

	fake_msr(4, DC(14), 0);
	first = fake.flushed_at;
	fake_msr(4, DC(14), 0);
	assert_true(fake.flushed_at > first);
	root_finish(PT_HC_CELL_STOP, id);
	root_finish(PT_HC_CELL_LOADABLE, id);
	root_finish(PT_HC_CELL_START, id);
	fake_settle();
	fake_msr(4, DC(14), 0);
	assert_int_equal(fake.flushed_at, first);
}

/* Of extensions that a cell does not get, and whatever else is not there. */
static void test_registers_that_are_hidden_are_undefined(void **state)
{
	static const uint64_t hidden[] = {
		SYSREG(3, 0, 12, 11, 3),			/* ICC_RPR_EL1 is read-only */
		SYSREG(3, 0, 10, 4, 3), SYSREG(3, 0, 5, 3, 0),	/* LORC_EL1, ERRIDR_EL1 */
		SYSREG(3, 0, 9, 9, 0), SYSREG(2, 1, 9, 0, 0),	/* PMSCR_EL1, BRBCR_EL1 */
		SYSREG(3, 1, 0, 0, 6), SYSREG(3, 1, 0, 0, 4),	/* SMIDR_EL1, GMID_EL1 */
		SYSREG(3, 0, 0, 8, 0), SYSREG(2, 1, 0, 1, 0), 0,
	};

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int i = 0; i < ARRAY_SIZE(hidden); i++) {
		regs_of(3)[REG_vbar_el1] = VBAR;
		regs_of(3)[REG_elr_el2] = 0x4000;
		fake_msr(3, hidden[i], 0);
		assert_int_equal(regs_of(3)[REG_elr_el2], VBAR + 0x200);
		assert_int_equal(regs_of(3)[REG_esr_el1], ESR_IL);
		assert_int_equal(regs_of(3)[REG_elr_el1], 0x4000);
		assert_int_equal(status.cpus[3].exits[PT_EXIT_SYSREG], i + 1);
	}
	/* SGIs can be sent, not received from there; ID registers cannot be written. */
	fake_mrs(3, SYSREG(3, 0, 12, 11, 5));
	fake_msr(3, SYSREG(3, 0, 0, 4, 0), 0);
	assert_int_equal(regs_of(3)[REG_elr_el2], VBAR + 0x200);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
}

/* Whatever a program does, its cell's kernel can end it. */
static void test_program_does_not_end_its_cell(void **state)
{
	static const uint64_t traps[] = {
		ESR(EC_SYSREG) | SYSREG(3, 3, 15, 0, 0), ESR(EC_SYSREG) | SYSREG(3, 3, 11, 0, 0) | SYSREG_READ, ESR(0x3f),
	};
	static const uint64_t classes_of_aarch32[] = { 0x03, 0x04, 0x05, 0x06, 0x08, 0x0c };

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	regs_of(3)[REG_vbar_el1] = VBAR;
	for (unsigned int i = 0; i < ARRAY_SIZE(traps); i++) {
		regs_of(3)[REG_spsr_el2] = 0;
		fake_trap(3, traps[i]);
		assert_int_equal(regs_of(3)[REG_elr_el2], VBAR + 0x400);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(classes_of_aarch32); i++) {
		regs_of(3)[REG_spsr_el2] = 0x10;
		fake_trap(3, ESR(classes_of_aarch32[i]));
		assert_int_equal(regs_of(3)[REG_elr_el2], VBAR + 0x600);
	}
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
}

static void test_instructions_of_aarch32_are_skipped_as_long_as_they_are(void **state)
{
	/* IT state before and after: none, the last of a block, one of three (ITTE EQ), and what has the bits of the others' ends. */
	static const struct { uint64_t before, after; } its[] = { { 0, 0 }, { 0x08, 0 }, { 0x0a, 0x14 }, { 0x14, 0x08 }, { 0xe7, 0xee } };

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int i = 0; i < ARRAY_SIZE(its); i++)
		for (unsigned int wide = 0; wide < 2; wide++) {
			regs_of(3)[REG_elr_el2] = 0x8000;
			regs_of(3)[REG_spsr_el2] = 0xf0000030 | (its[i].before >> 2) << 10 | (its[i].before & 3) << 25;
			/* WFIT is no instruction of AArch32, but a wait that ends at once. */
			fake_trap(3, (uint64_t)EC_WFX << 26 | (wide ? ESR_IL : 0) | 2);
			assert_int_equal(regs_of(3)[REG_elr_el2], wide ? 0x8004 : 0x8002);
			assert_int_equal(regs_of(3)[REG_spsr_el2],
					 0xf0000030 | (its[i].after >> 2) << 10 | (its[i].after & 3) << 25);
		}
}

static void test_root_gets_an_undefined_instruction_instead(void **state)
{
	static const uint64_t traps[] = {
		ESR(EC_SYSREG) | SYSREG(3, 0, 1, 0, 1), ESR(EC_SYSREG) | DC(6), ESR(EC_SVE), ESR(EC_SME), ESR(EC_FP),
		ESR(EC_PAUTH), ESR(EC_UNKNOWN), ESR(0x3f), ESR(0x12), ESR(0x13),
	};
	uint64_t *regs = regs_of(1);

	for (unsigned int i = 0; i < ARRAY_SIZE(traps); i++) {
		regs[REG_vbar_el1] = VBAR;
		regs[REG_elr_el2] = 0x4000;
		regs[REG_spsr_el2] = 5;
		fake_trap(1, traps[i]);
		assert_int_equal(regs[REG_elr_el2], VBAR + 0x200);
		assert_int_equal(regs[REG_esr_el1], ESR_IL);
		assert_int_equal(regs[REG_elr_el1], 0x4000);
	}
	assert_int_equal(status.cells[0].state, PT_CELL_RUNNING);
}

static void test_cell_without_sve_can_find_out_by_trying(void **state)
{
	static const uint64_t features[] = { EC_SVE, EC_SME, EC_FP, EC_PAUTH, EC_LS64, EC_SYSREG128 };

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int i = 0; i < ARRAY_SIZE(features); i++) {
		fake_trap(3, ESR(features[i]));
		assert_int_equal(fake.cpu[3].where, IN_GUEST);
		assert_int_equal(regs_of(3)[REG_esr_el1], ESR_IL);
	}
	assert_int_equal(status.cpus[3].exits[PT_EXIT_OTHER], ARRAY_SIZE(features));
}

static void test_unknown_trap_ends_a_cell(void **state)
{
	static const uint64_t classes[] = { EC_UNKNOWN, 0x03, 0x12, 0x13, 0x1a, 0x22, EC_DABT_SAME, 0x3c, 0x3f };

	for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++) {
		board_enable(CPUS);
		cell_in_state(&small_cell, PT_CELL_RUNNING);
		fake_trap(3, ESR(classes[i]));
		assert_int_equal(fake.cpu[3].where, IN_WFE);
		assert_int_equal(status.cells[1].fault.kind, PT_FAULT_UNKNOWN);
	}
}

static void test_serror_ends_a_cell_and_is_passed_to_the_root(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	fake_serror(3);
	assert_int_equal(status.cells[1].fault.kind, PT_FAULT_SERROR);
	assert_int_equal(fake.cpu[3].where, IN_WFE);
	fake_serror(1);
	assert_int_equal(fake.cpu[1].where, IN_GUEST);
	assert_true(regs_of(1)[REG_hcr_el2] & HCR_VSE);
	assert_int_equal(status.cpus[1].exits[PT_EXIT_SERROR], 1);
}

static void test_own_interrupt_registers_pass_through(void **state)
{
	const uint64_t pmr = SYSREG(3, 0, 4, 6, 0), ctlr = SYSREG(3, 0, 12, 12, 4), rpr = SYSREG(3, 0, 12, 11, 3);

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int n = 0; n <= 3; n += 3) {
		const uint64_t pc = regs_of(n)[REG_elr_el2];

		fake_msr(n, pmr, 0xf0);
		assert_int_equal(regs_of(n)[REG_icc_pmr_el1], 0xf0);
		assert_int_equal(fake_mrs(n, pmr), 0xf0);
		fake_msr(n, ctlr, 2);
		assert_int_equal(fake_mrs(n, ctlr), 4 << 8 | 2);
		regs_of(n)[REG_icc_rpr_el1] = 0x60;
		assert_int_equal(fake_mrs(n, rpr), 0x60);
		assert_int_equal(regs_of(n)[REG_elr_el2], pc + 5 * 4);
		/* XZR: writes zero, and a read goes nowhere. */
		fake.cpu[n].x[30] = 0x1234;
		fake_trap(n, ESR(EC_SYSREG) | pmr | 31 << 5);
		assert_int_equal(regs_of(n)[REG_icc_pmr_el1], 0);
		fake_trap(n, ESR(EC_SYSREG) | ctlr | 31 << 5 | SYSREG_READ);
		assert_int_equal(fake.cpu[n].x[30], 0x1234);
		assert_int_equal(status.cpus[n].exits[PT_EXIT_SYSREG], 7);
	}
}

static void test_idling_waits_in_el2_and_goes_on_after_the_instruction(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	fake_trap(3, ESR(EC_WFX));
	assert_int_equal(fake.cpu[3].where, IN_WFI);
	assert_false(gic_signalled(3));
	/* The cell's own timer ends it, and the cell takes it itself. */
	gic.redistributor[3].bank.enabled = gic.redistributor[3].bank.pending = 1u << 27;
	assert_true(gic_signalled(3));
	fake_settle();
	assert_int_equal(regs_of(3)[REG_elr_el2], small_cell.entry + 4);
	assert_false(regs_of(3)[REG_hcr_el2] & HCR_IMO);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_WFI], 1);
	/* With a time limit it ends at once. */
	fake_trap(3, ESR(EC_WFX) | 2);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
	assert_int_equal(regs_of(3)[REG_elr_el2], small_cell.entry + 8);
}

static void test_running_cell_is_counted_per_reason(void **state)
{
	struct pt_cpu_status *s = &status.cpus[3];
	uint64_t value, sum = 0;

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int r = 0; r < PT_EXIT_REASONS; r++)	/* nothing of the root's time */
		assert_int_equal(s->exits[r], 0);
	fake_load(3, GICD_PA + 4, 4, &value);
	fake_load(3, GICR_PA + 3 * GICR_SIZE + 8, 8, &value);
	fake_hvc(3, PT_HC_UID, 0, 0, 0);
	fake_smc(3, 0x84000000, 0, 0, 0);
	fake_msr(3, SYSREG(3, 0, 12, 11, 5), 1 << 3);
	fake_mrs(3, SYSREG(3, 0, 4, 6, 0));
	fake_trap(3, ESR(EC_WFX) | 2);
	fake_trap(3, ESR(EC_SVE));
	for (unsigned int r = 0; r < PT_EXIT_CAUSES; r++)
		sum += s->exits[r];
	assert_int_equal(sum, 8);
	assert_int_equal(s->exits[PT_EXIT_GICD], 1);
	assert_int_equal(s->exits[PT_EXIT_GICR], 1);
	assert_int_equal(s->exits[PT_EXIT_SGI], 1);
	assert_int_equal(s->exits[PT_EXIT_OTHER], 1);
}

TESTS(
	ENABLED(test_injected_exception_arrives_as_in_hardware),
	ENABLED(test_injected_exception_obeys_pan_and_ssbs),
	ENABLED(test_root_retries_what_is_its_own),
	BARE(test_cell_that_touches_what_it_does_not_own_ends_alone),
	ENABLED(test_permission_fault_is_recorded_with_its_address),
	BARE(test_cell_that_uses_foreign_registers_ends),
	ENABLED(test_set_way_flushes_all_memory_of_the_cell_by_address),
	ENABLED(test_flush_begins_anew_with_each_start),
	ENABLED(test_registers_that_are_hidden_are_undefined),
	ENABLED(test_program_does_not_end_its_cell),
	ENABLED(test_instructions_of_aarch32_are_skipped_as_long_as_they_are),
	ENABLED(test_root_gets_an_undefined_instruction_instead),
	ENABLED(test_cell_without_sve_can_find_out_by_trying),
	BARE(test_unknown_trap_ends_a_cell),
	ENABLED(test_serror_ends_a_cell_and_is_passed_to_the_root),
	ENABLED(test_own_interrupt_registers_pass_through),
	ENABLED(test_idling_waits_in_el2_and_goes_on_after_the_instruction),
	ENABLED(test_running_cell_is_counted_per_reason)
)
