// SPDX-License-Identifier: GPL-2.0-only
/* What the root may see and change of a cell whose blob allows it, and how it halts one. */
#include <string.h>
#include "test.h"

#define PSCI_CPU_OFF	0x84000002
#define PSCI_CPU_ON	0xc4000003
#define SECOND		5u		/* of the other cell, beside CPU 4 */
#define MDCR_TDE	BIT(8)
#define MDSCR_SS	BIT(0)

static struct cell_spec spec;
static unsigned int id;

static int64_t call(uint64_t function, uint64_t x2, uint64_t x3, uint64_t x4)
{
	fake.cpu[0].x[4] = x4;
	return fake_hvc(0, function, id, x2, x3);
}

static int64_t control(enum pt_debug verb)
{
	return call(PT_HC_CELL_DEBUG, verb, 0, 0);
}

static int64_t halt(void)
{
	int64_t answer;

	while ((answer = control(PT_DEBUG_HALT)) == PT_AGAIN)
		fake_settle();
	return answer;
}

static struct pt_vcpu *vcpu_page(void)
{
	return (struct pt_vcpu *)hypercall_page;
}

static void begin(uint32_t flags)
{
	board_enable(CPUS);
	spec = other_cell;
	spec.flags = flags;
	id = cell_in_state(&spec, PT_CELL_RUNNING);
	assert_int_equal(fake_smc(4, PSCI_CPU_ON, board_mpidr[SECOND], spec.entry, 7), 0);
	fake_settle();
	assert_int_equal(fake.cpu[SECOND].where, IN_GUEST);
}

static void test_running_cell_is_neither_read_nor_written(void **state)
{
	begin(PT_CELL_DEBUG | PT_CELL_DUMP);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 0), PT_ESTATE);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 1), PT_ESTATE);
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_ESTATE);
	fake_check();
}

static void test_cell_that_does_not_allow_it_is_neither_halted_nor_dumped(void **state)
{
	begin(0);
	assert_int_equal(control(PT_DEBUG_HALT), PT_EPERM);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_ESTATE);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 0), PT_EPERM);
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_EPERM);
}

static void test_one_permission_is_not_the_other(void **state)
{
	begin(PT_CELL_DUMP);
	assert_int_equal(control(PT_DEBUG_HALT), PT_EPERM);
	begin(PT_CELL_DEBUG);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 0), PT_EPERM);
}

static void test_cells_have_no_business_here(void **state)
{
	begin(PT_CELL_DEBUG | PT_CELL_DUMP);
	assert_int_equal(fake_hvc(4, PT_HC_CELL_DEBUG, id, PT_DEBUG_HALT, 0), PT_EPERM);
	assert_int_equal(fake_hvc(4, PT_HC_CELL_INSPECT, id, spec.entry, 8), PT_EPERM);
	assert_int_equal(fake_hvc(4, PT_HC_CELL_VCPU, id, 4, 0), PT_EPERM);
}

static void test_registers_and_memory_of_a_failed_cell_are_kept(void **state)
{
	const uint64_t value = 0x1122334455667788;

	begin(PT_CELL_DUMP);
	memcpy(fake_memory(spec.regions[0].pa + 0x100), &value, sizeof(value));
	fake.cpu[4].x[20] = 0x2020;
	fake.cpu[4].regs[REG_ttbr0_el1] = 0x77000;
	fake.cpu[4].v[31][1] = 0x3131;
	fake.cpu[SECOND].x[29] = 0x2929;
	fake.cpu[SECOND].regs[REG_sp_el1] = 0x5000;
	fake_store_to(4, ARENA_BASE, 4, 1);
	fake_settle();
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_OK);
	assert_true(vcpu_page()->flags & PT_VCPU_KEPT);
	assert_int_equal(vcpu_page()->x[20], 0x2020);
	assert_int_equal(vcpu_page()->pc, status.cells[id].fault.pc);
	assert_int_equal(vcpu_page()->ttbr0_el1, 0x77000);
	assert_int_equal(vcpu_page()->v[31][1], 0x3131);
	assert_int_equal(call(PT_HC_CELL_VCPU, SECOND, 0, 0), PT_OK);
	assert_int_equal(vcpu_page()->x[29], 0x2929);
	assert_int_equal(vcpu_page()->sp_el1, 0x5000);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry + 0x100, sizeof(value), 0), PT_OK);
	assert_memory_equal(hypercall_page, &value, sizeof(value));
	/* To be looked at, not to be changed. */
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry + 0x100, sizeof(value), 1), PT_ESTATE);
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 1, 0), PT_ESTATE);
	fake_check();
}

static void test_cpu_that_waits_for_an_interrupt_is_kept_too(void **state)
{
	begin(PT_CELL_DUMP);
	fake.cpu[SECOND].x[19] = 0x1919;
	fake_trap(SECOND, ESR(EC_WFX));
	assert_int_equal(fake.cpu[SECOND].where, IN_WFI);
	fake_store_to(4, ARENA_BASE, 4, 1);
	fake_settle();
	assert_int_equal(call(PT_HC_CELL_VCPU, SECOND, 0, 0), PT_OK);
	assert_true(vcpu_page()->flags & PT_VCPU_KEPT);
	assert_int_equal(vcpu_page()->x[19], 0x1919);
}

static void test_cpu_that_was_off_has_no_registers(void **state)
{
	begin(PT_CELL_DUMP);
	fake_smc(SECOND, PSCI_CPU_OFF, 0, 0, 0);
	fake_store_to(4, ARENA_BASE, 4, 1);
	fake_settle();
	assert_int_equal(call(PT_HC_CELL_VCPU, SECOND, 0, 0), PT_OK);
	assert_false(vcpu_page()->flags & PT_VCPU_KEPT);
}

static void test_nothing_is_shown_of_what_is_being_scrubbed(void **state)
{
	begin(PT_CELL_DUMP);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 0), PT_OK);
	assert_int_equal(root_call(PT_HC_CELL_LOADABLE, id), PT_AGAIN);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 0), PT_ESTATE);
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 0), PT_ESTATE);
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_ESTATE);
}

static void test_only_memory_of_the_cell_is_shown(void **state)
{
	static const struct { uint64_t ipa, size; } none[] = {
		{ 0, 8 }, { 0x80000000 - 8, 8 }, { 0x80000000 + 0x203000, 8 }, { 0x80000ff8, 16 }, { 0x80000000, 4097 },
		{ ~0ULL, 8 }, { 0x80000000, ~0ULL }, { 0x1000, 8 },
	};

	begin(PT_CELL_DUMP);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	for (unsigned int i = 0; i < ARRAY_SIZE(none); i++)
		assert_int_equal(call(PT_HC_CELL_INSPECT, none[i].ipa, none[i].size, 0), PT_EINVAL);
	assert_int_equal(call(PT_HC_CELL_INSPECT, 0x80000000, 8, 2), PT_EINVAL);
	assert_int_equal(call(PT_HC_CELL_VCPU, 3, 0, 0), PT_EINVAL);
	assert_int_equal(call(PT_HC_CELL_VCPU, 64, 0, 0), PT_EINVAL);
	assert_int_equal(call(PT_HC_CELL_DEBUG, 4, 0, 0), PT_EINVAL);
}

static void test_halted_cell_goes_on_as_it_was(void **state)
{
	uint64_t pc, value;

	begin(PT_CELL_DEBUG);
	for (unsigned int n = 4; n <= SECOND; n++)
		for (unsigned int i = 0; i < 31; i++)
			fake.cpu[n].x[i] = 100 * n + i;
	pc = fake.cpu[4].regs[REG_elr_el2];
	assert_int_equal(halt(), PT_OK);
	for (unsigned int n = 4; n <= SECOND; n++)
		assert_int_equal(fake.cpu[n].where, IN_WFE);
	/* It is still its own master's: its CPUs are not parked. */
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
	assert_int_equal(status.cpus[4].state, PT_CPU_RUNNING);
	assert_int_equal(control(PT_DEBUG_DETACH), PT_OK);
	fake_settle();
	for (unsigned int n = 4; n <= SECOND; n++) {
		assert_int_equal(fake.cpu[n].where, IN_GUEST);
		for (unsigned int i = 0; i < 31; i++)
			assert_int_equal(fake.cpu[n].x[i], 100 * n + i);
		assert_false(fake.cpu[n].regs[REG_mdcr_el2] & MDCR_TDE);
	}
	assert_int_equal(fake.cpu[4].regs[REG_elr_el2], pc);
	assert_int_equal(fake_load(4, spec.entry, 8, &value), REACHED);
	fake_check();
}

static void test_halted_cell_is_read_and_changed(void **state)
{
	const uint32_t brk = 0xd4200000;
	uint64_t pc;

	begin(PT_CELL_DEBUG);
	pc = fake.cpu[4].regs[REG_elr_el2];
	assert_int_equal(halt(), PT_OK);
	memcpy(hypercall_page, &brk, sizeof(brk));
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry + 0x20, sizeof(brk), 1), PT_OK);
	assert_memory_equal(fake_memory(spec.regions[0].pa + 0x20), &brk, sizeof(brk));
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_OK);
	vcpu_page()->x[3] = 0x33;
	vcpu_page()->pc += 0x40;
	vcpu_page()->v[2][0] = 0x22;
	vcpu_page()->flags = PT_VCPU_LOAD_FP;
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 1, 0), PT_OK);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_OK);
	fake_settle();
	assert_int_equal(fake.cpu[4].x[3], 0x33);
	assert_int_equal(fake.cpu[4].regs[REG_elr_el2], pc + 0x40);
	assert_int_equal(fake.cpu[4].v[2][0], 0x22);
}

static void test_root_cannot_send_a_cpu_to_el2(void **state)
{
	begin(PT_CELL_DEBUG);
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_OK);
	vcpu_page()->pstate = 0x3c9;		/* EL2h */
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 1, 0), PT_OK);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_OK);
	fake_settle();
	assert_int_equal(fake.cpu[4].regs[REG_spsr_el2] & SPSR_M_MASK, SPSR_EL1H_MASKED & SPSR_M_MASK);
}

static void test_breakpoint_halts_all_cpus_and_tells_the_root(void **state)
{
	uint32_t changes;

	begin(PT_CELL_DEBUG);
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_OK);
	fake_settle();
	assert_true(fake.cpu[4].regs[REG_mdcr_el2] & MDCR_TDE);
	changes = status.changes;
	fake_trap(4, ESR(EC_BRK));
	fake_settle();
	assert_int_equal(fake.cpu[4].where, IN_WFE);
	assert_int_equal(fake.cpu[SECOND].where, IN_WFE);
	assert_true(status.changes > changes);
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_OK);
	assert_int_equal(ESR_EC(vcpu_page()->esr), EC_BRK);
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_NONE);
}

static void test_cpu_that_has_hit_something_is_seen_while_others_are_on_their_way(void **state)
{
	begin(PT_CELL_DEBUG);
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_OK);
	fake_settle();
	fake_trap(4, ESR(EC_BRK));
	assert_int_equal(fake.cpu[SECOND].where, IN_GUEST);
	assert_int_equal(call(PT_HC_CELL_VCPU, 4, 0, 0), PT_OK);
	assert_int_equal(call(PT_HC_CELL_VCPU, SECOND, 0, 0), PT_ESTATE);
	assert_int_equal(call(PT_HC_CELL_INSPECT, spec.entry, 8, 0), PT_ESTATE);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_ESTATE);
}

static void test_one_cpu_steps_while_another_is_held(void **state)
{
	begin(PT_CELL_DEBUG);
	assert_int_equal(halt(), PT_OK);
	for (unsigned int n = 4; n <= SECOND; n++) {
		assert_int_equal(call(PT_HC_CELL_VCPU, n, 0, 0), PT_OK);
		vcpu_page()->flags = n == 4 ? PT_VCPU_STEP : PT_VCPU_HOLD;
		vcpu_page()->points.bvr[1] = 0x1230;
		vcpu_page()->points.bcr[1] = 0x1e7;
		assert_int_equal(call(PT_HC_CELL_VCPU, n, 1, 0), PT_OK);
	}
	assert_int_equal(control(PT_DEBUG_RESUME), PT_OK);
	fake_settle();
	assert_int_equal(fake.cpu[4].where, IN_GUEST);
	assert_true(fake.cpu[4].regs[REG_mdscr_el1] & MDSCR_SS);
	assert_int_equal(fake.cpu[4].regs[REG_dbgbcr1_el1], 0x1e7);
	assert_int_equal(fake.cpu[SECOND].where, IN_WFE);
	fake_trap(4, ESR(EC_STEP));
	assert_int_equal(fake.cpu[4].where, IN_WFE);
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(control(PT_DEBUG_DETACH), PT_OK);
	fake_settle();
	assert_int_equal(fake.cpu[SECOND].where, IN_GUEST);
	assert_int_equal(fake.cpu[4].regs[REG_dbgbcr1_el1], 0);
	assert_int_equal(fake.cpu[4].regs[REG_mdscr_el1], 0);
}

static void test_debug_registers_of_a_debugged_cell_are_not_its_own(void **state)
{
	const uint64_t mdscr = SYSREG(2, 0, 0, 2, 2);
	uint64_t pc;

	begin(PT_CELL_DEBUG);
	pc = fake.cpu[4].regs[REG_elr_el2];
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_OK);
	fake_settle();
	fake.cpu[4].x[5] = 1;
	assert_int_equal(fake_mrs(4, mdscr), 0);
	fake_msr(4, mdscr, 0x8001);
	assert_int_equal(fake.cpu[4].where, IN_GUEST);
	assert_int_equal(fake.cpu[4].regs[REG_elr_el2], pc + 8);
}

static void test_cpu_turned_on_meanwhile_is_debugged_too(void **state)
{
	begin(PT_CELL_DEBUG);
	fake_smc(SECOND, PSCI_CPU_OFF, 0, 0, 0);
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_OK);
	fake_settle();
	assert_int_equal(fake_smc(4, PSCI_CPU_ON, board_mpidr[SECOND], spec.entry, 7), 0);
	fake_settle();
	assert_int_equal(fake.cpu[SECOND].where, IN_GUEST);
	assert_true(fake.cpu[SECOND].regs[REG_mdcr_el2] & MDCR_TDE);
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(fake.cpu[SECOND].where, IN_WFE);
}

static void test_halted_cell_is_stopped_destroyed_and_comes_again(void **state)
{
	uint64_t map;

	board_enable(CPUS);
	map = fake_map_hash(&cells[PT_ROOT_CELL].stage2);
	begin(PT_CELL_DEBUG);
	assert_int_equal(halt(), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(status.cpus[4].state, PT_CPU_PARKED);
	assert_int_equal(control(PT_DEBUG_RESUME), PT_ESTATE);
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(root_call(PT_HC_CELL_START, id), PT_OK);
	fake_settle();
	assert_int_equal(fake.cpu[4].where, IN_GUEST);
	/* It is nobody's to debug until somebody halts it anew. */
	assert_false(fake.cpu[4].regs[REG_mdcr_el2] & MDCR_TDE);
	assert_int_equal(control(PT_DEBUG_DETACH), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	assert_int_equal(fake_map_hash(&cells[PT_ROOT_CELL].stage2), map);
	fake_check();
}

static void test_debug_exceptions_of_others_are_faults_as_before(void **state)
{
	begin(0);
	fake_trap(4, ESR(EC_BRK));
	assert_int_equal(status.cells[id].state, PT_CELL_FAILED);
}

static void test_creation_that_fails_leaves_no_page_behind(void **state)
{
	spec = other_cell;
	spec.flags = PT_CELL_DUMP;
	for (unsigned int fail = 1;; fail++) {
		int64_t result;

		board_enable(CPUS);
		root_offline(4);
		root_offline(SECOND);
		fake.pool_fails_in = fail;
		result = root_create(&spec);
		fake.pool_fails_in = 0;
		fake_check();
		if (result > 0)
			break;
		assert_int_equal(result, PT_ENOMEM);
	}
}

TESTS(ENABLED(test_running_cell_is_neither_read_nor_written),
      ENABLED(test_cell_that_does_not_allow_it_is_neither_halted_nor_dumped),
      ENABLED(test_one_permission_is_not_the_other),
      ENABLED(test_cells_have_no_business_here),
      ENABLED(test_registers_and_memory_of_a_failed_cell_are_kept),
      ENABLED(test_cpu_that_waits_for_an_interrupt_is_kept_too),
      ENABLED(test_cpu_that_was_off_has_no_registers),
      ENABLED(test_nothing_is_shown_of_what_is_being_scrubbed),
      ENABLED(test_only_memory_of_the_cell_is_shown),
      ENABLED(test_halted_cell_goes_on_as_it_was),
      ENABLED(test_halted_cell_is_read_and_changed),
      ENABLED(test_root_cannot_send_a_cpu_to_el2),
      ENABLED(test_breakpoint_halts_all_cpus_and_tells_the_root),
      ENABLED(test_cpu_that_has_hit_something_is_seen_while_others_are_on_their_way),
      ENABLED(test_one_cpu_steps_while_another_is_held),
      ENABLED(test_debug_registers_of_a_debugged_cell_are_not_its_own),
      ENABLED(test_cpu_turned_on_meanwhile_is_debugged_too),
      ENABLED(test_halted_cell_is_stopped_destroyed_and_comes_again),
      ENABLED(test_debug_exceptions_of_others_are_faults_as_before),
      ENABLED(test_creation_that_fails_leaves_no_page_behind))
