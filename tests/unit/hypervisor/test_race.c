// SPDX-License-Identifier: GPL-2.0-only
/*
 * A management call is stopped at each of its stores in turn, and another CPU does something in that very moment. (Two
 * CPUs never run at once here: what a weaker order of memory accesses could do on top is not seen.)
 */
#include <lib/pool.h>
#include "test.h"

#define PSCI_CPU_OFF	0x84000002
#define PSCI_CPU_ON	0xc4000003
#define PSCI_SYSTEM_OFF	0x84000008

/*
 * CPU 0 calls; at its @moment-th store @meanwhile happens, then the call goes on. Returns false if the call was over before.
 * Its answer is in CPU 0's x0.
 */
static bool interrupted(uint64_t function, uint64_t x1, unsigned int moment, void (*meanwhile)(void))
{
	fake.dawdle_in = moment;
	fake_hvc(0, function, x1, 0, 0);
	fake.dawdle_in = 0;
	if (fake.cpu[0].where != IN_WFI)
		return false;
	meanwhile();
	fake_wake(0);
	assert_int_equal(fake.cpu[0].where, IN_GUEST);
	return true;
}

static int64_t other_answer;

static void turn_cpu_3_on(void)
{
	other_answer = fake_smc(1, PSCI_CPU_ON, board_mpidr[3], ARENA_BASE + 0x1000000, 0);
	fake_wake(3);
}

static void test_cpu_turned_on_while_a_cell_takes_it_has_one_owner(void **state)
{
	unsigned int moment, won = 0;

	for (moment = 1;; moment++) {
		const uint32_t length = (board_enable(CPUS), board_cell_blob(hypercall_page, &small_cell));
		int64_t answer;
		bool more;

		root_offline(3);
		more = interrupted(PT_HC_CELL_CREATE, length, moment, turn_cpu_3_on);
		answer = (int64_t)fake.cpu[0].x[0];
		fake_check();
		if (!more)
			break;
		if (other_answer == 0) {
			assert_int_equal(answer, PT_ECPU);
			assert_int_equal(cpus[3].cell->id, PT_ROOT_CELL);
			assert_int_equal(fake.cpu[3].where, IN_GUEST);
			won++;
			continue;
		}
		assert_int_equal(answer, 1);
		assert_int_equal(status.cpus[3].state, PT_CPU_PARKED);
		if (moment % 16)
			continue;
		assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, 1), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_START, 1), PT_OK);
		fake_settle();
		assert_int_equal(fake.cpu[3].regs[REG_elr_el2], small_cell.entry);
	}
	assert_true(moment > 20);
	assert_true(won > 0);
}

/* The other root CPUs' memory: what lies beside the cell's must always be there, at most after a retry. */
static const uint64_t neighbours[] = {
	ARENA_BASE + 0xf000, ARENA_BASE + 0x20000, ARENA_BASE + 0x1ff000, ARENA_BASE + 0x200000,
	0xfffffff000, ITS_PA,
};
static unsigned int retries;

static void root_uses_its_memory(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(neighbours); i++) {
		uint64_t value;
		enum outcome outcome = fake_load(1, neighbours[i], 8, &value);

		if (outcome != REACHED && outcome != RETRIED)
			fail_msg("%lx: outcome %d", neighbours[i], outcome);
		retries += outcome == RETRIED;
	}
}

/* Walk through a cell's life, with the other root CPU at work at each moment of each call. */
static void test_root_never_misses_its_own_memory(void **state)
{
	static const uint64_t calls[] = {
		PT_HC_CELL_CREATE, PT_HC_CELL_LOADABLE, PT_HC_CELL_LOADABLE, PT_HC_CELL_START, PT_HC_CELL_STOP, PT_HC_CELL_STOP,
		PT_HC_CELL_DESTROY, PT_HC_CELL_DESTROY,
	};

	unsigned int seen = 0;

	for (unsigned int c = 0; c < ARRAY_SIZE(calls); c++)
		for (unsigned int moment = 1;; moment++) {
			uint64_t x1 = 1;
			bool more;

			board_enable(CPUS);
			root_offline(3);
			for (unsigned int before = 0; before < c; before++) {
				fake_hvc(0, calls[before], before ? 1 : board_cell_blob(hypercall_page, &small_cell), 0, 0);
				fake_settle();
			}
			if (c == 0)
				x1 = board_cell_blob(hypercall_page, &small_cell);
			more = interrupted(calls[c], x1, moment, root_uses_its_memory);
			assert_true((int64_t)fake.cpu[0].x[0] >= 0);
			seen += retries;
			retries = 0;
			root_uses_its_memory();
			assert_int_equal(retries, 0);
			if (!more)
				break;
		}
	assert_true(seen > 0);
}

static void cell_turns_itself_off(void)
{
	if (fake.cpu[3].where == IN_GUEST)
		fake_smc(3, PSCI_SYSTEM_OFF, 0, 0, 0);
}

static void cell_faults(void)
{
	if (fake.cpu[3].where == IN_GUEST)
		fake_abort(3, ESR_DABT, 0x555000);
}

static void cell_idles(void)
{
	if (fake.cpu[3].where == IN_GUEST)
		fake_trap(3, ESR(EC_WFX));
}

static void test_cell_that_ends_while_it_is_stopped_ends_once(void **state)
{
	static void (*const ways[])(void) = { cell_turns_itself_off, cell_faults, cell_idles };

	for (unsigned int way = 0; way < ARRAY_SIZE(ways); way++)
		for (unsigned int moment = 1;; moment++) {
			uint32_t end;

			board_enable(CPUS);
			cell_in_state(&small_cell, PT_CELL_RUNNING);
			if (!interrupted(PT_HC_CELL_STOP, 1, moment, ways[way]))
				break;
			end = status.cells[1].state;
			assert_true(end == PT_CELL_SHUT_DOWN || end == PT_CELL_FAILED);
			assert_int_equal(end == PT_CELL_FAILED, status.cells[1].fault.kind != PT_FAULT_NONE);
			assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
			assert_int_equal(status.cells[1].state, end);
			assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
			fake_check();
		}
}

static void cell_turns_cpu_5_on(void)
{
	if (fake.cpu[4].where == IN_GUEST)
		fake_smc(4, PSCI_CPU_ON, board_mpidr[5], other_cell.entry, 0);
}

static void test_cpu_turned_on_while_its_cell_is_stopped_is_caught(void **state)
{
	for (unsigned int moment = 1;; moment++) {
		board_enable(CPUS);
		cell_in_state(&other_cell, PT_CELL_RUNNING);
		if (!interrupted(PT_HC_CELL_STOP, 1, moment, cell_turns_cpu_5_on))
			break;
		assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
		assert_int_equal(fake.cpu[4].where, IN_WFE);
		assert_int_equal(fake.cpu[5].where, IN_WFE);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
		fake_check();
	}
}

/* The cell's CPU is the one that is stopped in the middle; the root goes on managing. */
static void test_cpu_held_up_while_it_leaves_holds_up_its_own_cell_only(void **state)
{
	for (unsigned int moment = 1;; moment++) {
		board_enable(CPUS);
		cell_in_state(&other_cell, PT_CELL_RUNNING);
		fake.dawdle_in = moment;
		fake_abort(4, ESR_DABT, 0x555000);
		fake.dawdle_in = 0;
		if (fake.cpu[4].where != IN_WFI)
			break;
		assert_int_equal(cell_in_state(&small_cell, PT_CELL_RUNNING), 2);
		assert_int_equal(root_call(PT_HC_CELL_STOP, 1), PT_AGAIN);
		assert_true(root_call(PT_HC_CELL_DESTROY, 1) != PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, 2), PT_OK);
		fake_wake(4);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
		fake_check();
	}
}

/* CPU 4 is about to disable what CPU 5, asleep with everything masked, is woken by. */
static void test_kick_undone_by_a_sibling_is_repeated(void **state)
{
	cell_in_state(&other_cell, PT_CELL_RUNNING);
	fake_smc(4, PSCI_CPU_ON, board_mpidr[5], other_cell.entry, 0);
	fake_settle();
	fake_trap(5, ESR(EC_WFX));
	fake.dawdle_in = 1;
	fake_store_to(4, GICR_PA + 5 * GICR_SIZE + 0x10180, 4, ~0u);
	assert_int_equal(fake.cpu[4].where, IN_WFI);	/* in EL2, just before it does so */
	assert_int_equal(root_call(PT_HC_CELL_STOP, 1), PT_AGAIN);
	assert_true(gic_signalled(5));
	fake_wake(4);
	assert_false(gic_signalled(5));
	assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
	assert_int_equal(fake.cpu[5].where, IN_WFE);
}

TESTS(
	BARE(test_cpu_turned_on_while_a_cell_takes_it_has_one_owner),
	BARE(test_root_never_misses_its_own_memory),
	BARE(test_cell_that_ends_while_it_is_stopped_ends_once),
	BARE(test_cpu_turned_on_while_its_cell_is_stopped_is_caught),
	ENABLED(test_kick_undone_by_a_sibling_is_repeated),
	BARE(test_cpu_held_up_while_it_leaves_holds_up_its_own_cell_only)
)
