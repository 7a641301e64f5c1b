// SPDX-License-Identifier: GPL-2.0-only
/* After the lock nobody changes a cell, whatever else he may; cells go on, stop and start. */
#include <string.h>
#include <core/manage.h>
#include "test.h"

static const uint64_t locked_out[] = {
	PT_HC_CELL_CREATE, PT_HC_CELL_LOADABLE, PT_HC_CELL_DESTROY, PT_HC_DISABLE, PT_HC_LEAVE,
};

static void test_nobody_changes_a_cell_after_the_lock(void **state)
{
	const unsigned int small = cell_in_state(&small_cell, PT_CELL_RUNNING);
	const unsigned int guest = cell_in_state(&uart_cell, PT_CELL_CREATED);
	uint64_t map;

	root_offline(4);
	root_offline(5);
	assert_false(manage_is_locked());
	assert_int_equal(root_call(PT_HC_LOCK, 0), PT_OK);
	assert_true(manage_is_locked());
	assert_int_equal(status.locked, 1);
	map = fake_map_hash(&cells[0].stage2);
	for (unsigned int i = 0; i < ARRAY_SIZE(locked_out); i++)
		for (unsigned int id = 0; id < PT_MAX_CELLS; id++)
			assert_int_equal(root_call(locked_out[i], id), PT_ELOCKED);
	assert_int_equal(root_create(&other_cell), PT_ELOCKED);
	assert_int_equal(fake_map_hash(&cells[0].stage2), map);
	assert_int_equal(status.cells[small].state, PT_CELL_RUNNING);
	assert_int_equal(status.cells[guest].state, PT_CELL_CREATED);
	/* Again is as good as once, and there is no way back. */
	assert_int_equal(root_call(PT_HC_LOCK, 0), PT_OK);
	assert_int_equal(root_call(PT_HC_CELL_DESTROY, small), PT_ELOCKED);
	fake_check();
}

static void test_cells_are_stopped_after_the_lock(void **state)
{
	const unsigned int small = cell_in_state(&small_cell, PT_CELL_RUNNING);

	assert_int_equal(root_call(PT_HC_LOCK, 0), PT_OK);
	assert_int_equal(root_call(PT_HC_CELL_SHUTDOWN, small), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, small), PT_OK);
	assert_int_equal(status.cells[small].state, PT_CELL_SHUT_DOWN);
	/* What it starts from would have to be loaded by the root. */
	assert_int_equal(root_call(PT_HC_CELL_LOADABLE, small), PT_ELOCKED);
	assert_int_equal(root_call(PT_HC_CELL_START, small), PT_ESTATE);
	fake_check();
}

static void test_no_lock_while_the_root_may_write_a_cells_memory(void **state)
{
	const unsigned int small = cell_in_state(&small_cell, PT_CELL_LOADABLE);

	assert_int_equal(root_call(PT_HC_LOCK, 0), PT_ESTATE);
	assert_false(manage_is_locked());
	assert_int_equal(root_finish(PT_HC_CELL_START, small), PT_OK);
	assert_int_equal(root_call(PT_HC_LOCK, 0), PT_OK);
}

static void test_lock_is_the_roots(void **state)
{
	struct cell_spec boss = manager_cell;

	boss.cpus[0] = 6;
	cell_in_state(&boss, PT_CELL_RUNNING);
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal(fake_hvc(3, PT_HC_LOCK, 0, 0, 0), PT_EPERM);
	assert_int_equal(fake_hvc(6, PT_HC_LOCK, 0, 0, 0), PT_EPERM);
	assert_false(manage_is_locked());
}

static void test_packed_image_is_locked_if_it_says_so(void **state)
{
	const struct cell_spec *const all[] = { &manager_cell, &small_cell };

	for (uint32_t locked = 0; locked < 2; locked++) {
		struct pt_boot *boot = (void *)board_boot;

		board_pack(all, ARRAY_SIZE(all), PT_RESCUE_HALT);
		boot->locked = locked;
		board_sign(boot);
		board_power_on();
		board_settle();
		assert_int_equal(manage_is_locked(), locked);
		/* Managers stop and start what they may in any case. */
		assert_int_equal(board_cell("small")->status->state, PT_CELL_RUNNING);
	}
}

TESTS(
	ENABLED(test_nobody_changes_a_cell_after_the_lock),
	ENABLED(test_cells_are_stopped_after_the_lock),
	ENABLED(test_no_lock_while_the_root_may_write_a_cells_memory),
	ENABLED(test_lock_is_the_roots),
	BARE(test_packed_image_is_locked_if_it_says_so)
)
