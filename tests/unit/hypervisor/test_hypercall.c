// SPDX-License-Identifier: GPL-2.0-only
/* Who may ask for what, and what a call leaves in the registers. */
#include "test.h"

static void fill(unsigned int n)
{
	for (unsigned int i = 0; i < 31; i++)
		fake.cpu[n].x[i] = 0xabc000 + i;
}

static int64_t call(unsigned int n, uint64_t function)
{
	fill(n);
	fake.cpu[n].x[0] = function;
	fake_trap(n, ESR(EC_HVC64));
	return (int64_t)fake.cpu[n].x[0];
}

/* From which on nothing has changed. */
static void expect_kept(unsigned int n, unsigned int first)
{
	for (unsigned int i = first; i < 31; i++)
		assert_int_equal(fake.cpu[n].x[i], 0xabc000 + i);
}

static void test_any_cell_can_find_out_what_it_runs_on(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int n = 0; n <= 3; n += 3) {
		assert_int_equal(call(n, PT_HC_UID), PT_UID_0);
		assert_int_equal(fake.cpu[n].x[1], PT_UID_1);
		assert_int_equal(fake.cpu[n].x[2], PT_UID_2);
		assert_int_equal(fake.cpu[n].x[3], PT_UID_3);
		expect_kept(n, 4);
		assert_int_equal(call(n, PT_HC_REVISION), PT_ABI_VERSION);
		assert_int_equal(fake.cpu[n].x[1], 0);
		expect_kept(n, 4);
	}
	assert_int_equal(status.cpus[3].exits[PT_EXIT_HVC], 2);
}

static void test_management_is_the_roots_alone(void **state)
{
	const unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	const uint64_t map = fake_map_hash(&cells[0].stage2);

	for (uint64_t function = PT_HC_CELL_CREATE; function <= PT_HC_LEAVE; function++) {
		assert_int_equal(call(3, function), PT_EPERM);
		expect_kept(3, 1);
		assert_int_equal(fake_hvc(3, function, id, 0, 0), PT_EPERM);
	}
	assert_int_equal(status.cells[id].state, PT_CELL_RUNNING);
	assert_int_equal(fake_map_hash(&cells[0].stage2), map);
	fake_check();
}

static void test_management_calls_keep_what_they_do_not_return(void **state)
{
	for (uint64_t function = PT_HC_CELL_CREATE; function < PT_HC_DISABLE; function++) {
		call(0, function);
		expect_kept(0, function == PT_HC_CELL_CREATE ? 3 : 1);
	}
	call(0, PT_HC_DISABLE);
	expect_kept(0, 1);
}

static void test_unknown_calls_do_nothing(void **state)
{
	static const uint64_t unknown[] = {
		4, PT_HC_CELL_CREATE - 1, PT_HC_UART_INPUT + 1, PT_HC_UID + 1, 0x86000000, 0xc6000100, 0x82000000, 0xffffffff,
	};

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int n = 0; n <= 3; n += 3)
		for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
			assert_int_equal(call(n, unknown[i]), PT_ENOSYS);
			expect_kept(n, 1);
		}
}

static void test_function_is_in_the_lower_half_of_x0(void **state)
{
	assert_int_equal(call(0, 0xdeadbeef00000000 | PT_HC_REVISION), PT_ABI_VERSION);
	assert_int_equal(fake_hvc(0, 1ULL << 32 | PT_HC_CELL_STOP, 1, 0, 0), PT_ENOCELL);
}

static void test_kernels_stub_calls_are_refused_as_the_stub_does(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (uint64_t stub = 0; stub < 4; stub++)
		for (unsigned int n = 0; n <= 3; n += 3) {
			const uint64_t hcr = fake.cpu[n].regs[REG_hcr_el2];

			assert_int_equal(call(n, stub), 0xbadca11);
			expect_kept(n, 1);
			assert_int_equal(fake.cpu[n].regs[REG_hcr_el2], hcr);
		}
}

static void test_kvm_is_told_that_its_half_is_gone(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal(call(0, 0xc600000e), 0);
	assert_int_equal(fake.cpu[0].x[1], 0xbadca11);
	expect_kept(0, 2);
	assert_int_equal(call(3, 0xc600000e), PT_ENOSYS);
}

/* Linux sets it in HVC calls, too, where the firmware before us was of SMCCC 1.3. */
static void test_sve_hint_means_nothing(void **state)
{
	const unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);

	assert_int_equal((uint32_t)fake_hvc(0, PT_HC_UID | 0x10000, 0, 0, 0), PT_UID_0);
	assert_int_equal((uint32_t)fake_smc(0, PT_HC_UID | 0x10000, 0, 0, 0), PT_UID_0);
	assert_int_equal(call(0, 0xc600000e | 0x10000), 0);
	assert_int_equal(fake.cpu[0].x[1], 0xbadca11);
	assert_int_equal(fake_hvc(3, PT_HC_CELL_STOP | 0x10000, id, 0, 0), PT_EPERM);
	assert_int_equal(fake_hvc(3, PT_HC_UART_INPUT | 0x10000, id, 0, 0), PT_EPERM);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_SHUTDOWN | 0x10000, id, 0, 0), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_STOP | 0x10000, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY | 0x10000, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_DISABLE | 0x10000, 0), PT_OK);
	fake_hvc(0, PT_HC_LEAVE | 0x10000, 0, 0, 0);
	assert_int_equal(fake.cpu[0].where, HAS_LEFT);
}

TESTS(
	ENABLED(test_any_cell_can_find_out_what_it_runs_on),
	ENABLED(test_management_is_the_roots_alone),
	ENABLED(test_management_calls_keep_what_they_do_not_return),
	ENABLED(test_unknown_calls_do_nothing),
	ENABLED(test_function_is_in_the_lower_half_of_x0),
	ENABLED(test_kernels_stub_calls_are_refused_as_the_stub_does),
	ENABLED(test_kvm_is_told_that_its_half_is_gone),
	ENABLED(test_sve_hint_means_nothing)
)
