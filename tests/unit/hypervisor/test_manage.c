// SPDX-License-Identifier: GPL-2.0-only
/* Cells that manage others: what they may do, what they see, and what nobody else does. */
#include <string.h>
#include <core/console.h>
#include <lib/pool.h>
#include "test.h"

#define BOSS		6u	/* its CPU, where the root has CPU 0 */
#define WINDOW(id)	(MANAGE + PT_MANAGE_COMM + (id) * PT_MANAGE_COMM_STEP)

static struct cell_spec boss;
static unsigned int boss_id, small_id, guest_id, other_id;

static void make_boss(void)
{
	boss = manager_cell;
	boss.cpus[0] = BOSS;
	boss_id = cell_in_state(&boss, PT_CELL_RUNNING);
}

static void make_others(void)
{
	small_id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	guest_id = cell_in_state(&uart_cell, PT_CELL_RUNNING);
	other_id = cell_in_state(&other_cell, PT_CELL_LOADABLE);
}

static void make_all(void)
{
	make_others();
	make_boss();
	fake_check();
}

static int64_t call(uint64_t function, unsigned int id)
{
	return fake_hvc(BOSS, function, id, 0, 0);
}

static uint32_t state_of(unsigned int id)
{
	return status.cells[id].state;
}

static void test_right_is_over_its_cell_and_for_its_verb(void **state)
{
	make_all();
	for (uint64_t function = PT_HC_CELL_CREATE; function <= PT_HC_LEAVE; function++) {
		const bool starts = function == PT_HC_CELL_START;
		const bool stops = function == PT_HC_CELL_SHUTDOWN || function == PT_HC_CELL_STOP;

		assert_int_equal(call(function, other_id), PT_EPERM);
		assert_int_equal(call(function, boss_id), PT_EPERM);
		assert_int_equal(call(function, small_id), starts ? PT_ESTATE : PT_EPERM);
		assert_int_equal(call(function, 0), starts || stops ? PT_ENOCELL : PT_EPERM);
		assert_int_equal(call(function, 15), starts || stops ? PT_ENOCELL : PT_EPERM);
		if (!starts && !stops)
			assert_int_equal(call(function, guest_id), PT_EPERM);
	}
	assert_int_equal(state_of(small_id), PT_CELL_RUNNING);
	assert_int_equal(state_of(other_id), PT_CELL_LOADABLE);
	assert_int_equal(call(PT_HC_CELL_SHUTDOWN, guest_id), PT_OK);
	assert_int_equal(((struct pt_info *)cells[guest_id].comm)->request, PT_REQUEST_SHUTDOWN);
	assert_int_equal(call(PT_HC_CELL_STOP, guest_id), PT_AGAIN);
	fake_settle();
	assert_int_equal(call(PT_HC_CELL_STOP, guest_id), PT_OK);
	assert_int_equal(state_of(guest_id), PT_CELL_SHUT_DOWN);
	fake_check();
}

static void test_typing_is_a_right_of_its_own(void **state)
{
	make_all();
	/* Its FIFO is off. */
	assert_int_equal(fake_hvc(BOSS, PT_HC_UART_INPUT, guest_id, 3, 0x636261), 1);
	assert_int_equal(cells[guest_id].uart.state.received, 1);
	assert_int_equal(fake_hvc(BOSS, PT_HC_UART_INPUT, small_id, 3, 0x636261), PT_EPERM);
	assert_int_equal(fake_hvc(BOSS, PT_HC_UART_INPUT, other_id, 3, 0x636261), PT_EPERM);
	assert_int_equal(fake_hvc(3, PT_HC_UART_INPUT, guest_id, 3, 0x636261), PT_EPERM);
	assert_int_equal(fake_hvc(1, PT_HC_UART_INPUT, guest_id, 3, 0x636261), PT_EPERM);
	assert_int_equal(cells[guest_id].uart.state.received, 1);
}

static void test_who_has_no_rights_keeps_nobody_waiting(void **state)
{
	make_all();
	/* A management call of the root is on its way. */
	root_finish(PT_HC_CELL_STOP, guest_id);
	fake.dawdle_in = 5;
	while (fake.cpu[0].where == IN_GUEST)
		root_call(PT_HC_CELL_DESTROY, guest_id);
	assert_int_equal(fake.cpu[0].where, IN_WFI);
	assert_int_equal(call(PT_HC_CELL_START, small_id), PT_EBUSY);
	assert_int_equal(call(PT_HC_CELL_DESTROY, small_id), PT_EPERM);
	for (uint64_t function = PT_HC_CELL_CREATE; function <= PT_HC_LEAVE; function++)
		assert_int_equal(fake_hvc(3, function, guest_id, 0, 0), PT_EPERM);
	fake_wake(0);
	root_finish(PT_HC_CELL_DESTROY, guest_id);
	fake_check();
}

static void look(uint64_t ipa, uint64_t value)
{
	uint64_t found;

	assert_int_equal(fake_load(BOSS, ipa, 8, &found), REACHED);
	assert_int_equal(found, value);
}

static void look_at_all(void)
{
	const uint64_t heartbeat = PT_COMM_REPORT + offsetof(struct pt_report, heartbeat);

	look(MANAGE + PT_MANAGE_STATUS, PT_STATUS_MAGIC | (uint64_t)PT_ABI_VERSION << 32);
	look(MANAGE + PT_MANAGE_CONSOLE, *(uint64_t *)console_ring);
	assert_int_equal(fake_store_to(3, small_cell.comm + heartbeat, 8, 0x1122), REACHED);
	look(WINDOW(small_id) + heartbeat, 0x1122);
	assert_int_equal(fake_store_to(1, uart_cell.comm + heartbeat, 8, 0x3344), REACHED);
	look(WINDOW(guest_id) + heartbeat, 0x3344);
	cells[guest_id].comm[PT_COMM_CONSOLE] = 'x';
	look(WINDOW(guest_id) + PT_COMM_CONSOLE, 'x');
	assert_int_equal(status.cells[small_id].managers, 1u << boss_id);
	assert_int_equal(status.cells[guest_id].managers, 1u << boss_id);
	assert_int_equal(status.cells[other_id].managers, 0);
	assert_int_equal(status.cells[boss_id].managers, 0);
}

static void test_manager_sees_what_it_manages_whoever_came_first(void **state)
{
	make_all();
	look_at_all();
	board_enable(CPUS);
	make_boss();
	fake_check();
	make_others();
	fake_check();
	look_at_all();
}

static void test_manager_writes_nothing_and_sees_no_other(void **state)
{
	static const uint64_t seen[] = { PT_MANAGE_STATUS, PT_MANAGE_CONSOLE + PT_CONSOLE_SIZE - 8, PT_MANAGE_COMM + PT_MANAGE_COMM_STEP };
	uint64_t value;

	for (unsigned int i = 0; i < ARRAY_SIZE(seen); i++) {
		board_enable(CPUS);
		make_all();
		assert_int_equal(small_id, 1);
		assert_int_equal(fake_load(BOSS, MANAGE + seen[i], 8, &value), REACHED);
		assert_int_equal(fake_store_to(BOSS, MANAGE + seen[i], 8, 1), ENDED);
		assert_int_equal(state_of(boss_id), PT_CELL_FAILED);
	}
	for (unsigned int i = 0; i < 4; i++) {
		board_enable(CPUS);
		make_all();
		assert_int_equal(fake_load(BOSS, (uint64_t[]){
			WINDOW(other_id), WINDOW(small_id) + PT_COMM_SIZE, WINDOW(0), WINDOW(PT_MAX_CELLS) }[i], 8, &value), ENDED);
	}
	assert_int_equal(state_of(small_id), PT_CELL_RUNNING);
	fake_check();
}

static void test_window_closes_when_its_cell_goes(void **state)
{
	uint64_t value;

	make_all();
	assert_int_equal(fake_load(BOSS, WINDOW(small_id), 8, &value), REACHED);
	root_finish(PT_HC_CELL_STOP, small_id);
	assert_int_equal(fake_load(BOSS, WINDOW(small_id), 8, &value), REACHED);
	root_finish(PT_HC_CELL_DESTROY, small_id);
	fake_check();
	assert_int_equal(status.cells[small_id].managers, 0);
	assert_int_equal(fake_load(BOSS, WINDOW(guest_id), 8, &value), REACHED);
	/* Another cell that gets its number is not seen for that. */
	root_finish(PT_HC_CELL_DESTROY, other_id);
	assert_int_equal(cell_in_state(&other_cell, PT_CELL_CREATED), small_id);
	fake_check();
	assert_int_equal(fake_load(BOSS, WINDOW(small_id), 8, &value), ENDED);
	root_finish(PT_HC_CELL_DESTROY, boss_id);
	assert_int_equal(status.cells[guest_id].managers, 0);
	fake_check();
}

static void test_manager_that_begins_anew_sees_what_there_is(void **state)
{
	make_all();
	root_finish(PT_HC_CELL_STOP, boss_id);
	root_finish(PT_HC_CELL_STOP, small_id);
	root_finish(PT_HC_CELL_DESTROY, small_id);
	fake_check();
	small_id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	root_finish(PT_HC_CELL_LOADABLE, boss_id);
	root_finish(PT_HC_CELL_START, boss_id);
	fake_settle();
	fake_check();
	look_at_all();
}

static bool told(void)
{
	const bool pending = gic.spis[80 / 32].pending & BIT(80 % 32);

	gic.spis[80 / 32].pending = 0;
	return pending;
}

static void test_manager_is_told_of_changes_while_it_runs(void **state)
{
	make_all();
	told();
	fake_store_to(3, 0x5000000, 8, 0);
	assert_int_equal(state_of(small_id), PT_CELL_FAILED);
	assert_true(told());
	assert_false(told());
	root_finish(PT_HC_CELL_STOP, boss_id);
	told();
	root_finish(PT_HC_CELL_LOADABLE, small_id);
	assert_false(told());
}

static void test_two_managers_of_each_other(void **state)
{
	struct cell_spec deputy = reader_cell;
	unsigned int id;
	uint64_t value;

	deputy.manage = MANAGE;
	deputy.right_count = 2;
	strcpy(deputy.rights[0].name, "boss");
	deputy.rights[0].verbs = PT_MAY_STOP;
	strcpy(deputy.rights[1].name, deputy.name);	/* itself: it may, and needs no right to end */
	deputy.rights[1].verbs = PT_MAY_START;
	make_all();
	id = cell_in_state(&deputy, PT_CELL_RUNNING);
	fake_check();
	assert_int_equal(status.cells[boss_id].managers, 1u << id);
	assert_int_equal(fake_load(2, WINDOW(boss_id), 8, &value), REACHED);
	assert_int_equal(fake_hvc(2, PT_HC_CELL_START, boss_id, 0, 0), PT_EPERM);
	assert_int_equal(fake_hvc(2, PT_HC_CELL_START, id, 0, 0), PT_ESTATE);
	assert_int_equal(fake_hvc(2, PT_HC_CELL_STOP, boss_id, 0, 0), PT_AGAIN);
	fake_settle();
	assert_int_equal(fake_hvc(2, PT_HC_CELL_STOP, boss_id, 0, 0), PT_OK);
	fake_check();
}

static void test_failed_creation_closes_all_windows(void **state)
{
	for (unsigned int fail = 1;; fail++) {
		int64_t result;

		board_enable(CPUS);
		make_boss();
		root_offline(small_cell.cpus[0]);
		fake.pool_fails_in = fail;
		result = root_create(&small_cell);
		fake.pool_fails_in = 0;
		fake_check();
		if (result > 0)
			break;
		assert_int_equal(result, PT_ENOMEM);
		assert_int_equal(status.cells[2].managers, 0);
	}
}

static void test_window_beyond_what_the_cpu_can_map_is_refused(void **state)
{
	boss = manager_cell;
	boss.cpus[0] = BOSS;
	boss.manage = PT_ADDRESS_LIMIT / 16 - PT_PAGE_SIZE;
	for (unsigned int n = 0; n < CPUS; n++)
		fake.cpu[n].regs[REG_id_aa64mmfr0_el1] &= ~0xeULL;	/* 36 bits */
	root_offline(BOSS);
	assert_int_equal(root_create(&boss), PT_EOWNED);
	assert_int_equal(fake.cpu[0].x[2], offsetof(struct pt_cell, manage));
}

TESTS(
	ENABLED(test_right_is_over_its_cell_and_for_its_verb),
	ENABLED(test_typing_is_a_right_of_its_own),
	ENABLED(test_who_has_no_rights_keeps_nobody_waiting),
	ENABLED(test_manager_sees_what_it_manages_whoever_came_first),
	ENABLED(test_manager_writes_nothing_and_sees_no_other),
	ENABLED(test_window_closes_when_its_cell_goes),
	ENABLED(test_manager_that_begins_anew_sees_what_there_is),
	ENABLED(test_manager_is_told_of_changes_while_it_runs),
	ENABLED(test_two_managers_of_each_other),
	ENABLED(test_failed_creation_closes_all_windows),
	ENABLED(test_window_beyond_what_the_cpu_can_map_is_refused)
)
