// SPDX-License-Identifier: GPL-2.0-only
/* Who enters EL2 too often in a second: what becomes of it, and what of nobody else. */
#include "test.h"

#define LIMIT	1000u
#define CPU	4u		/* the first of other_cell's; 5 is its second */

static unsigned int limited(uint32_t rate, uint32_t action)
{
	struct cell_spec spec = other_cell;

	spec.exit_rate = rate;
	spec.exit_action = action;
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	return cell_in_state(&spec, PT_CELL_RUNNING);
}

/* As many exits of CPU @n, all at one moment; it goes on where it has looked at the clock. Returns how many it made before it had to wait. */
static unsigned int storm(unsigned int n, unsigned int exits)
{
	for (unsigned int i = 0; i < exits; i++) {
		const uint64_t clock = fake.clock;

		fake_hvc(n, PT_HC_REVISION, 0, 0, 0);
		if (fake.cpu[n].where == IN_WFE)
			fake_wake(n);
		if (fake.cpu[n].where != IN_GUEST)
			return i;
		fake.clock = clock;
	}
	return exits;
}

static void next_second(void)
{
	fake.clock += CLOCK_FREQUENCY;
}

static void test_cell_beyond_its_limit_fails_alone_and_is_recorded(void **state)
{
	const unsigned int id = limited(LIMIT, PT_EXITS_FAULT);

	next_second();
	fake.cpu[CPU].x[20] = 0x1234;
	assert_int_equal(storm(CPU, 2 * LIMIT), 2 * LIMIT);
	fake_settle();
	assert_int_equal(status.cells[id].state, PT_CELL_FAILED);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_EXITS);
	assert_int_equal(status.cells[id].fault.cpu, CPU);
	assert_int_equal(status.cells[id].fault.x[20], 0x1234);
	assert_int_equal(status.cells[1].state, PT_CELL_RUNNING);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
	fake_check();
	/* And can start again, with all that it may. */
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_START, id), PT_OK);
	fake_settle();
	assert_int_equal(storm(CPU, LIMIT), LIMIT);
	fake_settle();
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
}

static void test_as_many_exits_as_allowed_may_be_made_each_second(void **state)
{
	const unsigned int id = limited(LIMIT, PT_EXITS_FAULT);

	for (unsigned int second = 0; second < 10; second++) {
		next_second();
		assert_int_equal(storm(CPU, LIMIT - TRACE_STEP), LIMIT - TRACE_STEP);
		fake_settle();
		assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
	}
}

static void test_each_cpu_has_the_limit_for_itself(void **state)
{
	const unsigned int id = limited(LIMIT, PT_EXITS_FAULT);

	assert_int_equal(fake_smc(CPU, 0xc4000003, board_mpidr[5], other_cell.entry, 0), 0);
	fake_settle();
	next_second();
	storm(CPU, LIMIT - TRACE_STEP);
	storm(5, LIMIT - TRACE_STEP);
	fake_settle();
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
	storm(5, 2 * LIMIT);
	fake_settle();
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_EXITS);
	assert_int_equal(fake.cpu[CPU].where, IN_WFE);
}

static void test_cell_without_a_limit_may_make_any_number(void **state)
{
	const unsigned int id = limited(0, 0);

	assert_int_equal(storm(CPU, 100000), 100000);
	assert_int_equal(storm(0, 100000), 100000);
	fake_settle();
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
}

static void test_throttled_cpu_waits_until_the_second_is_over(void **state)
{
	const unsigned int id = limited(LIMIT, PT_EXITS_THROTTLE);
	uint64_t waited;

	next_second();
	assert_true(storm(CPU, 2 * LIMIT) < 2 * LIMIT);
	waited = fake.clock;
	while (fake.cpu[CPU].where == IN_WFE)
		fake_wake(CPU);
	assert_true(fake.clock - waited > CLOCK_FREQUENCY / 2 && fake.clock - waited <= CLOCK_FREQUENCY + CLOCK_STEP);
	assert_int_equal(fake.cpu[CPU].where, IN_GUEST);
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
}

static void test_throttled_cpu_can_be_stopped(void **state)
{
	const unsigned int id = limited(LIMIT, PT_EXITS_THROTTLE);

	next_second();
	storm(CPU, 2 * LIMIT);
	assert_int_equal(fake.cpu[CPU].where, IN_WFE);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_true(fake.clock < 2 * CLOCK_FREQUENCY);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	fake_check();
}

TESTS(
	ENABLED(test_cell_beyond_its_limit_fails_alone_and_is_recorded),
	ENABLED(test_as_many_exits_as_allowed_may_be_made_each_second),
	ENABLED(test_each_cpu_has_the_limit_for_itself),
	ENABLED(test_cell_without_a_limit_may_make_any_number),
	ENABLED(test_throttled_cpu_waits_until_the_second_is_over),
	ENABLED(test_throttled_cpu_can_be_stopped)
)
