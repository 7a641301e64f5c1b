// SPDX-License-Identifier: GPL-2.0-only
/* PSCI and the other SMCs: for the cell's own CPUs, and what may reach the firmware. */
#include <string.h>
#include "test.h"

#define PSCI_VERSION		0x84000000
#define PSCI_CPU_SUSPEND	0x84000001
#define PSCI_CPU_OFF		0x84000002
#define PSCI_CPU_ON		0x84000003
#define PSCI_AFFINITY_INFO	0x84000004
#define PSCI_MIGRATE_TYPE	0x84000006
#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_SYSTEM_RESET	0x84000009
#define PSCI_FEATURES		0x8400000a
#define PSCI_SYSTEM_RESET2	0x84000012
#define SMC64			0x40000000

#define NOT_SUPPORTED		(-1)
#define INVALID_PARAMETERS	(-2)
#define DENIED			(-3)
#define ALREADY_ON		(-4)
#define ON_PENDING		(-5)
#define INVALID_ADDRESS		(-9)

static void test_smc_is_skipped_and_counted(void **state)
{
	const uint64_t pc = fake.cpu[1].regs[REG_elr_el2];

	assert_int_equal(fake_smc(1, PSCI_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(fake.cpu[1].regs[REG_elr_el2], pc + 4);
	assert_int_equal(status.cpus[1].exits[PT_EXIT_SMC], 1);
	assert_int_equal(fake.firmware_calls, 0);
}

static void test_features_name_what_there_is(void **state)
{
	static const uint64_t there[] = {
		PSCI_VERSION, PSCI_CPU_SUSPEND, PSCI_CPU_SUSPEND | SMC64, PSCI_CPU_OFF, PSCI_CPU_ON, PSCI_CPU_ON | SMC64,
		PSCI_AFFINITY_INFO, PSCI_AFFINITY_INFO | SMC64, PSCI_MIGRATE_TYPE, PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET,
		PSCI_FEATURES, PSCI_SYSTEM_RESET2, PSCI_SYSTEM_RESET2 | SMC64, 0x80000000,
	};

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (uint64_t function = PSCI_VERSION; function < PSCI_VERSION + 0x20; function++)
		for (unsigned int smc64 = 0; smc64 <= SMC64; smc64 += SMC64) {
			bool is_there = false;

			for (unsigned int i = 0; i < ARRAY_SIZE(there); i++)
				is_there |= there[i] == (function | smc64);
			assert_int_equal(fake_smc(3, PSCI_FEATURES, function | smc64, 0, 0), is_there ? 0 : NOT_SUPPORTED);
			if (!is_there)
				assert_int_equal(fake_smc(3, function | smc64, 0, 0, 0), NOT_SUPPORTED);
			if (is_there && (function != PSCI_SYSTEM_RESET2))
				assert_int_equal(fake_smc(0, PSCI_FEATURES, function | smc64, 0, 0), 0);
		}
	assert_int_equal(fake_smc(3, PSCI_FEATURES, 0x80000000, 0, 0), 0);
	assert_int_equal(fake_smc(3, PSCI_FEATURES, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(fake_smc(3, PSCI_MIGRATE_TYPE, 0, 0, 0), 2);
	assert_int_equal(fake.firmware_calls, 0);
	/* Optional for firmware, and the root's is the firmware's. */
	fake_smc(0, PSCI_FEATURES, PSCI_SYSTEM_RESET2, 0, 0);
	assert_int_equal(fake.firmware_calls, 1);
}

static void test_architecture_features_name_what_there_is(void **state)
{
	static const uint64_t workarounds[] = { 0x80003fff, 0x80007fff, 0x80008000 };

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int n = 0; n <= 3; n += 3) {
		fake.firmware_calls = 0;
		assert_int_equal(fake_smc(n, 0x80000000, 0, 0, 0), 0x10002);
		assert_int_equal(fake_smc(n, 0x80000001, 0x80000000, 0, 0), 0);
		assert_int_equal(fake_smc(n, 0x80000001, 0x80000001, 0, 0), 0);
		assert_int_equal(fake_smc(n, 0x80000001, PSCI_VERSION, 0, 0), NOT_SUPPORTED);
		assert_int_equal(fake_smc(n, 0x80000001, 0x80000003, 0, 0), NOT_SUPPORTED);
		assert_int_equal(fake.firmware_calls, 0);
		for (unsigned int i = 0; i < ARRAY_SIZE(workarounds); i++)
			fake_smc(n, 0x80000001, workarounds[i], 0, 0);
		assert_int_equal(fake.firmware_calls, 3);
		/* SOC_ID is the root's. */
		fake_smc(n, 0x80000001, 0x80000002, 0, 0);
		assert_int_equal(fake.firmware_calls, n ? 3 : 4);
	}
	assert_int_equal(fake.cpu[3].x[0], (uint64_t)NOT_SUPPORTED);
}

static void test_hypervisor_names_itself_by_either_conduit(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal((uint32_t)fake_smc(3, PT_HC_UID, 0, 0, 0), PT_UID_0);
	assert_int_equal(fake.cpu[3].x[3], PT_UID_3);
	assert_int_equal(fake_smc(3, PT_HC_REVISION, 0, 0, 0), PT_ABI_VERSION);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_SMC], 2);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_HVC], 0);
	/* Management goes by HVC alone. */
	assert_int_equal(fake_smc(0, PT_HC_CELL_STOP, 1, 0, 0), NOT_SUPPORTED);
	assert_int_equal(status.cells[1].state, PT_CELL_RUNNING);
}

/* Programs for a machine without EL2 call so. The root has its firmware's conduit. */
static void test_cell_calls_psci_by_either_conduit(void **state)
{
	const unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	const uint64_t pc = fake.cpu[3].regs[REG_elr_el2];

	assert_int_equal(fake_hvc(3, PSCI_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(fake_hvc(3, PSCI_AFFINITY_INFO | SMC64, board_mpidr[3], 0, 0), 0);
	assert_int_equal(fake_hvc(3, 0x80000000, 0, 0, 0), 0x10002);	/* SMCCC_VERSION */
	assert_int_equal(fake.cpu[3].regs[REG_elr_el2], pc + 3 * 4);	/* not skipped twice */
	assert_int_equal(status.cpus[3].exits[PT_EXIT_HVC], 3);
	assert_int_equal((int64_t)fake_hvc(0, PSCI_VERSION, 0, 0, 0), PT_ENOSYS);
	assert_int_equal((int64_t)fake_hvc(3, 0x82000000, 0, 0, 0), PT_ENOSYS);
	fake_hvc(3, PSCI_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(status.cells[id].state, PT_CELL_SHUT_DOWN);
}

/* A kernel that has found SMCCC 1.3 says with every call whether SVE registers hold something. */
static void test_sve_hint_means_nothing(void **state)
{
	assert_int_equal(fake_smc(0, PSCI_VERSION | 0x10000, 0, 0, 0), 0x10001);
	fake_smc(7, PSCI_CPU_OFF | 0x10000, 0, 0, 0);
	assert_int_equal(fake_smc(0, (PSCI_AFFINITY_INFO | SMC64 | 0x10000), board_mpidr[7], 0, 0), 1);
	assert_int_equal(fake_smc(0, (PSCI_CPU_ON | SMC64 | 0x10000), board_mpidr[7], ARENA_BASE, 0), 0);
	assert_int_equal(fake.firmware_calls, 0);
	fake_smc(0, 0x80018000, 0, 0, 0);
	assert_int_equal(fake.firmware[0], 0x80018000);
}

static void test_cpu_goes_off_and_comes_back_on(void **state)
{
	assert_int_equal(fake_smc(0, PSCI_AFFINITY_INFO | SMC64, board_mpidr[7], 0, 0), 0);
	root_offline(7);
	assert_int_equal(status.cpus[7].state, PT_CPU_PARKED);
	assert_int_equal(fake_smc(0, PSCI_AFFINITY_INFO | SMC64, board_mpidr[7], 0, 0), 1);
	assert_int_equal(fake_smc(0, PSCI_CPU_ON | SMC64, board_mpidr[7], ARENA_BASE + 0x1000, 0x1234), 0);
	assert_int_equal(fake_smc(0, PSCI_AFFINITY_INFO | SMC64, board_mpidr[7], 0, 0), 2);
	assert_int_equal(fake_smc(1, PSCI_CPU_ON | SMC64, board_mpidr[7], ARENA_BASE + 0x2000, 0), ON_PENDING);
	fake_wake(7);
	assert_int_equal(fake.cpu[7].where, IN_GUEST);
	assert_int_equal(fake.cpu[7].regs[REG_elr_el2], ARENA_BASE + 0x1000);
	assert_int_equal(fake.cpu[7].x[0], 0x1234);
	assert_int_equal(fake_smc(0, PSCI_AFFINITY_INFO | SMC64, board_mpidr[7], 0, 0), 0);
	assert_int_equal(fake_smc(0, PSCI_CPU_ON | SMC64, board_mpidr[7], 0, 0), ALREADY_ON);
	/* A root CPU again as every other, also after it was away. */
	assert_int_equal(fake.cpu[7].regs[REG_hcr_el2], fake.cpu[1].regs[REG_hcr_el2]);
	assert_int_equal(fake.cpu[7].regs[REG_vttbr_el2], fake.cpu[1].regs[REG_vttbr_el2]);
	assert_int_equal(fake.firmware_calls, 0);
}

static void test_mpidr_is_compared_without_its_other_bits(void **state)
{
	/* RES1, U and MT, and what lies above the affinities. */
	static const uint64_t other_bits[] = { 1ULL << 31, 1ULL << 30, 1ULL << 24, 0xffffff0000000000, 0xffffff00ff000000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(other_bits); i++) {
		root_offline(6);
		assert_int_equal(fake_smc(0, PSCI_AFFINITY_INFO | SMC64, board_mpidr[6] | other_bits[i], 0, 0), 1);
		assert_int_equal(fake_smc(0, PSCI_CPU_ON | SMC64, board_mpidr[6] | other_bits[i], ARENA_BASE, 0), 0);
		fake_settle();
		assert_int_equal(fake.cpu[6].where, IN_GUEST);
	}
}

static void test_smc32_calls_look_at_the_lower_halves(void **state)
{
	root_offline(3);
	assert_int_equal(fake_smc(0, PSCI_AFFINITY_INFO, 0xdeadbeef00000003, 0xffffffff00000000, 0), 1);
	assert_int_equal(fake_smc(0, PSCI_CPU_ON, 0xdeadbeef00000003, 0xdeadbeef40000000, 0xdeadbeef00000007), 0);
	fake_settle();
	assert_int_equal(fake.cpu[3].regs[REG_elr_el2], 0x40000000);
	assert_int_equal(fake.cpu[3].x[0], 7);
	assert_int_equal(fake_smc(0, 0xdeadbeef00000000 | PSCI_VERSION, 0, 0, 0), 0x10001);
}

static void test_foreign_cpus_do_not_exist(void **state)
{
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	root_offline(5);
	for (unsigned int n = 0; n <= 3; n += 3) {
		const uint64_t foreign = board_mpidr[n ? 5 : 3];

		assert_int_equal(fake_smc(n, PSCI_CPU_ON | SMC64, foreign, ARENA_BASE, 0), INVALID_PARAMETERS);
		assert_int_equal(fake_smc(n, PSCI_AFFINITY_INFO | SMC64, foreign, 0, 0), INVALID_PARAMETERS);
		assert_int_equal(fake_smc(n, PSCI_CPU_ON | SMC64, 0x77, ARENA_BASE, 0), INVALID_PARAMETERS);
	}
	assert_int_equal(status.cpus[5].state, PT_CPU_PARKED);
	assert_int_equal(fake.cpu[5].where, IN_WFE);
}

static void test_bad_arguments_are_refused(void **state)
{
	root_offline(5);
	assert_int_equal(fake_smc(0, PSCI_CPU_ON | SMC64, board_mpidr[5], ARENA_BASE + 2, 0), INVALID_ADDRESS);
	assert_int_equal(fake_smc(0, PSCI_AFFINITY_INFO | SMC64, board_mpidr[5], 1, 0), INVALID_PARAMETERS);
	assert_int_equal(status.cpus[5].state, PT_CPU_PARKED);
}

static void test_cell_starts_its_further_cpus_itself(void **state)
{
	cell_in_state(&other_cell, PT_CELL_RUNNING);
	assert_int_equal(fake.cpu[5].where, IN_WFE);
	assert_int_equal(fake_smc(4, PSCI_CPU_ON | SMC64, board_mpidr[5] | 1ULL << 31, other_cell.entry + 8, 0x99), 0);
	fake_settle();
	assert_int_equal(fake.cpu[5].regs[REG_elr_el2], other_cell.entry + 8);
	assert_int_equal(fake.cpu[5].x[0], 0x99);
	assert_int_equal(fake.cpu[5].regs[REG_vttbr_el2], cells[1].stage2.vttbr);
	/* Off and on again, by either. */
	fake_smc(5, PSCI_CPU_OFF, 0, 0, 0);
	assert_int_equal(fake_smc(4, PSCI_AFFINITY_INFO | SMC64, board_mpidr[5], 0, 0), 1);
	assert_int_equal(fake_smc(4, PSCI_CPU_ON | SMC64, board_mpidr[5], other_cell.entry, 0), 0);
	fake_settle();
	fake_smc(4, PSCI_CPU_OFF, 0, 0, 0);
	assert_int_equal(fake_smc(5, PSCI_CPU_ON | SMC64, board_mpidr[4], other_cell.entry, 0), 0);
	fake_settle();
	assert_int_equal(fake.cpu[4].where, IN_GUEST);
	assert_int_equal(status.cells[1].state, PT_CELL_RUNNING);
}

static void test_last_cpu_of_the_root_stays(void **state)
{
	for (unsigned int n = 1; n < CPUS; n++)
		root_offline(n);
	assert_int_equal(fake_smc(0, PSCI_CPU_OFF, 0, 0, 0), DENIED);
	assert_int_equal(fake.cpu[0].where, IN_GUEST);
	fake_smc(0, PSCI_CPU_ON | SMC64, board_mpidr[1], ARENA_BASE, 0);
	fake_settle();
	root_offline(1);
}

static void test_suspend_is_a_wait_that_any_interrupt_ends(void **state)
{
	for (unsigned int smc64 = 0; smc64 < 2; smc64++) {
		const uint64_t pc = fake.cpu[2].regs[REG_elr_el2];

		fake_smc(2, PSCI_CPU_SUSPEND | (smc64 ? SMC64 : 0), 0x10000, ARENA_BASE, 0);
		assert_int_equal(fake.cpu[2].where, IN_WFI);
		fake_wake(2);
		assert_int_equal(fake.cpu[2].where, IN_GUEST);
		assert_int_equal(fake.cpu[2].x[0], 0);
		assert_int_equal(fake.cpu[2].regs[REG_elr_el2], pc + 4);
	}
}

static void test_system_off_of_a_cell_ends_the_cell_only(void **state)
{
	static const uint64_t ways[] = { PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_SYSTEM_RESET2, PSCI_SYSTEM_RESET2 | SMC64 };

	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++) {
		board_enable(CPUS);
		cell_in_state(&other_cell, PT_CELL_RUNNING);
		fake_smc(4, PSCI_CPU_ON | SMC64, board_mpidr[5], other_cell.entry, 0);
		fake_settle();
		fake_smc(5, ways[i], 0, 0, 0);
		assert_int_equal(fake.cpu[5].where, IN_WFE);
		assert_int_equal(status.cells[1].state, i ? PT_CELL_RESET : PT_CELL_SHUT_DOWN);
		assert_int_equal(fake.firmware_calls, 0);
		fake_settle();
		assert_int_equal(fake.cpu[4].where, IN_WFE);
		fake_check();
		/* The root's is the board's. */
		fake_smc(0, ways[i], 1, 2, 3);
		assert_int_equal(fake.firmware_calls, 1);
		assert_int_equal(fake.firmware[0], ways[i]);
		assert_int_equal(fake.firmware[3], 3);
	}
}

static void test_bad_power_states_and_reset_types_are_refused(void **state)
{
	static const uint64_t power_states[] = { BIT(17), BIT(23), BIT(26), BIT(31) };

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int i = 0; i < ARRAY_SIZE(power_states); i++)
		assert_int_equal(fake_smc(3, PSCI_CPU_SUSPEND, power_states[i], 0, 0), INVALID_PARAMETERS);
	assert_int_equal(fake_smc(3, PSCI_SYSTEM_RESET2, 1, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(fake_smc(3, PSCI_SYSTEM_RESET2 | SMC64, BIT(31), 0, 0), INVALID_PARAMETERS);
	assert_int_equal(status.cells[1].state, PT_CELL_RUNNING);
	fake_smc(3, PSCI_SYSTEM_RESET2 | SMC64, 0xdeadbeef00000000, 0, 0);
	assert_int_equal(status.cells[1].state, PT_CELL_RESET);
}

/* Everything that there is in SMC functions, as far as 16 bits of number in each of their owners' ranges go. */
static void test_only_listed_calls_reach_the_firmware(void **state)
{
	static const uint64_t anyone[] = { 0x80003fff, 0x80007fff, 0x80008000 };
	static const uint64_t root_only[] = {
		0x80000002, 0x84000050, 0x84000051, 0x84000052, 0x84000053, 0xc4000053,
		PSCI_SYSTEM_OFF, PSCI_SYSTEM_RESET, PSCI_SYSTEM_RESET2, PSCI_SYSTEM_RESET2 | SMC64,
	};
	static const uint64_t owners[] = { 0x00000000, 0x80000000, 0x81000000, 0x82000000, 0x83000000, 0x84000000, 0x86000000,
					   0xb2000000, 0xbf000000, 0xc0000000, 0xc4000000, 0xc6000000, 0xff000000 };

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	for (unsigned int o = 0; o < ARRAY_SIZE(owners); o++)
		for (uint64_t number = 0; number < 0x10000; number += number < 0x60 || number > 0x3ff0 ? 1 : 0x51) {
			const uint64_t function = owners[o] | number;
			bool root = false, cell = false;

			for (unsigned int i = 0; i < ARRAY_SIZE(anyone); i++)
				root = cell |= anyone[i] == function;
			for (unsigned int i = 0; i < ARRAY_SIZE(root_only); i++)
				root |= root_only[i] == function;
			if (function == PSCI_CPU_OFF || (function & ~(uint64_t)SMC64) == PSCI_CPU_SUSPEND)
				continue;
			fake.firmware_calls = 0;
			fake_smc(0, function, 0xfff, 0, 0);
			assert_int_equal(fake.firmware_calls, root);
			if (function == PSCI_SYSTEM_OFF || function == PSCI_SYSTEM_RESET ||
			    (function & ~(uint64_t)SMC64) == PSCI_SYSTEM_RESET2)
				continue;
			fake.firmware_calls = 0;
			fake_smc(3, function, 0xfff, 0, 0);
			assert_int_equal(fake.firmware_calls, cell);
		}
	assert_int_equal(status.cells[1].state, PT_CELL_RUNNING);
}

static void test_firmware_serves_the_cells_that_may_ask(void **state)
{
	static const uint64_t served[] = {
		0x80000002, 0x84000050, 0x84000051, 0x84000052, 0x84000053, 0xc4000053,
	};
	struct cell_spec spec = small_cell;

	spec.flags = PT_CELL_FIRMWARE_SERVICES;
	cell_in_state(&spec, PT_CELL_RUNNING);
	for (unsigned int i = 0; i < ARRAY_SIZE(served); i++) {
		fake.firmware_calls = 0;
		assert_int_equal(fake_smc(3, served[i], 0, 0, 0), 0xf1000000);
		assert_int_equal(fake.firmware_calls, 1);
	}
	assert_int_equal(fake_smc(3, 0x80000001, 0x80000002, 0, 0), 0xf1000000);
	assert_int_equal(fake.firmware[1], 0x80000002);
	/* No others with it. */
	fake.firmware_calls = 0;
	assert_int_equal(fake_smc(3, 0x84000054, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(fake_smc(3, 0x82000000, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(fake.firmware_calls, 0);
}

static void test_forwarded_calls_carry_four_registers(void **state)
{
	fake.cpu[0].x[4] = 44;
	assert_int_equal(fake_smc(0, 0x84000053, 1, 2, 3), 0xf1000000);
	assert_memory_equal(fake.firmware, ((uint64_t[4]){ 0x84000053, 1, 2, 3 }), sizeof(fake.firmware));
	assert_int_equal(fake.cpu[0].x[3], 0xf1000003);
	assert_int_equal(fake.cpu[0].x[4], 44);
}

TESTS(
	ENABLED(test_smc_is_skipped_and_counted),
	ENABLED(test_features_name_what_there_is),
	ENABLED(test_architecture_features_name_what_there_is),
	ENABLED(test_hypervisor_names_itself_by_either_conduit),
	ENABLED(test_cell_calls_psci_by_either_conduit),
	ENABLED(test_sve_hint_means_nothing),
	ENABLED(test_bad_power_states_and_reset_types_are_refused),
	ENABLED(test_cpu_goes_off_and_comes_back_on),
	ENABLED(test_mpidr_is_compared_without_its_other_bits),
	ENABLED(test_smc32_calls_look_at_the_lower_halves),
	ENABLED(test_foreign_cpus_do_not_exist),
	ENABLED(test_bad_arguments_are_refused),
	ENABLED(test_cell_starts_its_further_cpus_itself),
	ENABLED(test_last_cpu_of_the_root_stays),
	ENABLED(test_suspend_is_a_wait_that_any_interrupt_ends),
	BARE(test_system_off_of_a_cell_ends_the_cell_only),
	ENABLED(test_only_listed_calls_reach_the_firmware),
	ENABLED(test_firmware_serves_the_cells_that_may_ask),
	ENABLED(test_forwarded_calls_carry_four_registers)
)
