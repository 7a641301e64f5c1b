// SPDX-License-Identifier: GPL-2.0-only
/* A packed image on a board without Linux: who gets what, in which order, and what is said when something is not as it should be. */
#include <string.h>
#include <core/blob.h>
#include <lib/pool.h>
#include <machine/gic_regs.h>
#include "test.h"

#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_SYSTEM_RESET	0x84000009

static const struct cell_spec *const all[] = { &small_cell, &other_cell, &reader_cell, &writer_cell, &manager_cell };
static struct pt_boot *const boot = (void *)board_boot;

static struct pt_boot_cell *cell_of(unsigned int n)
{
	return (struct pt_boot_cell *)(board_boot + boot->cells.offset) + n;
}

static struct pt_piece *piece_of(unsigned int n)
{
	return (struct pt_piece *)(board_boot + boot->pieces.offset) + n;
}

static uint32_t state_of(const char *name)
{
	const struct cell *cell = board_cell(name);

	return cell ? cell->status->state : PT_CELL_NONE;
}

static bool said(const char *words)
{
	return strstr(fake.said, words);
}

static void pack(void)
{
	board_pack(all, ARRAY_SIZE(all), PT_RESCUE_HALT);
}

static void start(void)
{
	board_sign(boot);
	board_power_on();
	board_settle();
	fake_check();
}

static void expect_running(const struct cell_spec *spec)
{
	const struct cell *cell = board_cell(spec->name);

	assert_non_null(cell);
	assert_int_equal(cell->status->state, PT_CELL_RUNNING);
	assert_int_equal(fake.cpu[spec->cpus[0]].where, IN_GUEST);
	assert_int_equal(fake.cpu[spec->cpus[0]].regs[REG_elr_el2], spec->entry);
	assert_int_equal(fake.cpu[spec->cpus[0]].x[0], spec->comm + PT_COMM_INFO);
	for (uint32_t i = 1; i < spec->cpu_count; i++)
		assert_int_equal(status.cpus[spec->cpus[i]].state, PT_CPU_PARKED);
	for (uint32_t i = 0; i < spec->piece_count; i++)
		assert_true(board_is_loaded(spec, i));
}

static void test_board_starts_all_its_cells(void **state)
{
	for (fake_gic_version = 3; fake_gic_version >= 2; fake_gic_version--) {
		pack();
		start();
		for (unsigned int i = 0; i < ARRAY_SIZE(all); i++)
			expect_running(all[i]);
		assert_string_equal(fake.said, "");
		assert_int_equal(status.booted, 1);
		assert_int_equal(status.cells[0].state, PT_CELL_NONE);
		assert_int_equal(fake.call_count, CPUS - 1);
	}
	fake_gic_version = 3;
}


static void test_cpus_of_the_first_cells_are_called_first_and_all_are(void **state)
{
	static const unsigned int expected[] = { 3, 6, 2, 4, 5, 1, 7 };

	pack();
	for (unsigned int i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i] == &small_cell || all[i] == &writer_cell)
			cell_of(i)->flags |= PT_BOOT_FIRST;
	start();
	assert_int_equal(fake.call_count, ARRAY_SIZE(expected));
	assert_memory_equal(fake.called, expected, sizeof(expected));
}

static void test_cell_that_is_not_to_be_started_waits_for_who_may(void **state)
{
	pack();
	cell_of(0)->flags = cell_of(1)->flags = 0;
	start();
	assert_int_equal(state_of("small"), PT_CELL_CREATED);
	assert_int_equal(state_of("other"), PT_CELL_CREATED);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_START, board_cell("other")->id, 0, 0), PT_EPERM);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_START, board_cell("small")->id, 0, 0), PT_OK);
	board_settle();
	expect_running(&small_cell);
	assert_int_equal(state_of("other"), PT_CELL_CREATED);
	fake_check();
}

static void test_memory_is_clean_but_for_what_the_image_has(void **state)
{
	const struct pt_region *r = &other_cell.regions[0];
	const struct pt_piece *p = &other_cell.pieces[0];
	const unsigned char *ram;

	pack();
	memset(fake_arena, 0xa5, 0x1000000);
	start();
	ram = fake_memory(r->pa);
	for (uint64_t i = 0; i < r->size; i++)
		if ((i < p->pa - r->pa || i >= p->pa - r->pa + p->size) && ram[i])
			fail_msg("byte %lx is %x", i, ram[i]);
	for (uint64_t i = 0; i < SHARED_SIZE; i++)
		assert_int_equal(((unsigned char *)fake_memory(SHARED_PA))[i], 0);
}

static void test_damaged_piece_fails_its_cell_only_and_says_so(void **state)
{
	pack();
	piece_of(cell_of(1)->first_piece)->checksum ^= 1;
	start();
	assert_int_equal(state_of("other"), PT_CELL_FAILED);
	assert_int_equal(board_cell("other")->status->fault.kind, PT_FAULT_CONTENTS);
	assert_true(said("cell other: part 1"));
	assert_false(said("no cell could be started"));
	expect_running(&small_cell);
	expect_running(&manager_cell);
	/* Nothing of it is to be run. */
	assert_int_equal(fake.cpu[4].where, IN_WFE);
}

static void damage_all(void)
{
	for (unsigned int i = 0; i < boot->pieces.count; i++)
		piece_of(i)->checksum ^= 0x80000000;
}

static void test_rescue_is_told_when_no_cell_can_be_started(void **state)
{
	for (uint32_t rescue = 0; rescue < PT_RESCUES; rescue++) {
		const unsigned int resets = rescue == PT_RESCUE_RESET;

		board_pack(all, ARRAY_SIZE(all), rescue);
		damage_all();
		start();
		assert_true(said("no cell could be started"));
		assert_int_equal(fake.resets, resets);
		/* One that was never to be started at boot is not missed. */
		board_pack(all, ARRAY_SIZE(all), rescue);
		damage_all();
		cell_of(4)->flags = 0;
		start();
		assert_true(said("no cell could be started"));
		/* And one that runs is enough. */
		board_pack(all, ARRAY_SIZE(all), rescue);
		damage_all();
		piece_of(cell_of(3)->first_piece)->checksum ^= 0x80000000;
		start();
		assert_false(said("no cell could be started"));
		assert_int_equal(fake.resets, 0);
		expect_running(&writer_cell);
	}
}

static void test_damaged_blob_costs_its_cell_only(void **state)
{
	for (unsigned int bit = 0; bit < 8; bit++) {
		pack();
		((uint8_t *)fake_memory(HYPERVISOR + cell_of(0)->offset))[bit * 23] ^= 1 << bit;
		start();
		assert_null(board_cell("small"));
		assert_true(said("cell 1 of the image is refused"));
		expect_running(&other_cell);
	}
}

static void test_wrong_type_of_cpu_is_refused(void **state)
{
	struct pt_boot_cpu *types;

	pack();
	types = (void *)(board_boot + boot->cpus.offset);
	types[3].midr = 0x4100d030;
	start();
	assert_true(said("CPU 3 is of type 0x4100d080, not 0x4100d030"));
	assert_null(board_cell("small"));
	expect_running(&other_cell);

	/* The first one's is the board's. */
	pack();
	types[0].midr = 0x4100d030;
	start();
	assert_true(said("CPU 0 is of type"));
	assert_int_equal(fake.call_count, 0);
	assert_null(board_cell("other"));
	/* And not known is not wrong. */
	pack();
	types[0].midr = types[3].midr = 0;
	start();
	expect_running(&small_cell);
}

static void test_missing_memory_is_refused(void **state)
{
	for (unsigned int resets = 0; resets < 2; resets++) {
		board_pack(all, ARRAY_SIZE(all), resets ? PT_RESCUE_RESET : PT_RESCUE_HALT);
		fake.ram_wraps = ARENA_BASE + 0x2000000;
		start();
		assert_true(said("no memory at 0x40fffff8: this is not the board"));
		assert_int_equal(fake.call_count, 0);
		assert_int_equal(fake.resets, resets);
	}
}

static void test_board_without_its_interrupt_controller_is_refused(void **state)
{
	pack();
	gic.redistributor[3].typer |= GICR_TYPER_LAST;
	start();
	assert_true(said("no interrupt controller with all"));
	assert_int_equal(fake.call_count, 0);
}

static void test_cpu_that_the_firmware_keeps_costs_its_cells_only(void **state)
{
	pack();
	fake.firmware_refuses = true;
	start();
	assert_true(said("the firmware does not turn on CPU 7: error -2"));
	expect_running(&manager_cell);
	assert_null(board_cell("small"));
}

static void test_cell_waits_a_second_for_its_other_cpus(void **state)
{
	for (unsigned int late = 0; late < 2; late++) {
		pack();
		board_sign(boot);
		board_power_on();
		fake.cpu[5].where = NOT_YET;
		for (unsigned int i = 0; i < 20; i++)
			fake_settle();
		assert_null(board_cell("other"));
		if (!late)
			fake.cpu[5].where = CALLED;
		board_settle();
		if (late)
			assert_true(said("cell 2 of the image is refused: error -"));
		else
			expect_running(&other_cell);
		expect_running(&small_cell);
		fake_check();
	}
}

static void test_cell_that_resets_itself_is_new_after_a_rest(void **state)
{
	uint64_t since;
	struct cell *cell;

	pack();
	start();
	cell = board_cell("small");
	memset(fake_memory(ARENA_BASE + 0x10000), 0x77, 0x10000);
	since = fake.clock;
	fake_smc(3, PSCI_SYSTEM_RESET, 0, 0, 0);
	while (cell->status->starts == 1 && fake.clock - since < 2000)
		fake_settle();
	assert_in_range(fake.clock - since, CLOCK_FREQUENCY / 10, CLOCK_FREQUENCY);
	board_settle();
	expect_running(&small_cell);
	assert_int_equal(cell->status->starts, 2);
	assert_int_equal(((unsigned char *)fake_memory(ARENA_BASE + 0x10000))[0xffff], 0);
	assert_int_equal(((struct pt_info *)cell->comm)->starts, 2);
	fake_check();
}

static void test_cell_that_has_ended_otherwise_is_left_so(void **state)
{
	pack();
	start();
	fake_smc(3, PSCI_SYSTEM_OFF, 0, 0, 0);
	fake_store_to(4, 0x1000, 4, 1);
	board_settle();
	assert_int_equal(state_of("small"), PT_CELL_SHUT_DOWN);
	assert_int_equal(state_of("other"), PT_CELL_FAILED);
	assert_false(said("manages"));
	/* Also when somebody stops it while it rests. */
	board_settle();
	fake_check();
}

static void test_cell_that_is_stopped_while_it_rests_stays_so(void **state)
{
	static const struct cell_spec *const two[] = { &uart_cell, &manager_cell };
	struct cell *cell;

	board_pack(two, 2, PT_RESCUE_HALT);
	start();
	cell = board_cell("guest");
	fake_smc(1, PSCI_SYSTEM_RESET, 0, 0, 0);
	fake_settle();
	assert_int_equal(cell->status->state, PT_CELL_RESET);
	while (fake_hvc(0, PT_HC_CELL_STOP, cell->id, 0, 0) == PT_AGAIN)
		fake_settle();
	board_settle();
	assert_int_equal(cell->status->state, PT_CELL_SHUT_DOWN);
	assert_int_equal(cell->status->starts, 1);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_START, cell->id, 0, 0), PT_OK);
	board_settle();
	expect_running(&uart_cell);
	assert_int_equal(cell->status->starts, 2);
	fake_check();
}

static void test_manager_that_fails_is_started_again_if_the_image_says_so(void **state)
{
	for (uint32_t rescue = 0; rescue < PT_RESCUES; rescue++) {
		struct cell *boss;

		board_pack(all, ARRAY_SIZE(all), rescue);
		start();
		boss = board_cell("boss");
		fake_store_to(0, ARENA_BASE + 0x10000, 4, 1);
		assert_int_equal(boss->status->state, PT_CELL_FAILED);
		board_settle();
		assert_true(said("cell boss, which manages others, has failed"));
		assert_int_equal(fake.resets, rescue == PT_RESCUE_RESET);
		assert_int_equal(boss->status->starts, rescue == PT_RESCUE_RESTART ? 2 : 1);
		if (rescue == PT_RESCUE_RESTART)
			expect_running(&manager_cell);
		else
			assert_int_equal(boss->status->state, PT_CELL_FAILED);
		/* Said once for each life. */
		assert_null(strstr(strstr(fake.said, "which manages") + 1, "which manages"));
		expect_running(&small_cell);
		fake_check();
	}
}

static void test_shared_memory_is_scrubbed_once_and_never_under_a_neighbour(void **state)
{
	static const struct cell_spec *const two[] = { &reader_cell, &writer_cell };
	uint64_t value;

	board_pack(two, 2, PT_RESCUE_HALT);
	start();
	assert_int_equal(fake.scrubbed, SHARED_SIZE + 0x2000);
	fake_store_to(6, 0x30000000, 8, 0x1234);
	/* The reader begins anew, the writer goes on. */
	fake_smc(2, PSCI_SYSTEM_RESET, 0, 0, 0);
	board_settle();
	expect_running(&reader_cell);
	assert_int_equal(board_cell("reader")->status->starts, 2);
	assert_int_equal(fake_load(2, 0x20000000, 8, &value), REACHED);
	assert_int_equal(value, 0x1234);
	assert_int_equal(fake.scrubbed, SHARED_SIZE + 0x2000 + 0x1000);
	fake_check();
}

static void test_management_of_a_booted_board_goes_by_rights(void **state)
{
	unsigned int id;

	pack();
	start();
	id = board_cell("small")->id;
	for (uint64_t function = PT_HC_CELL_CREATE; function <= PT_HC_UART_INPUT; function++) {
		if (function != PT_HC_CELL_START)
			assert_int_equal(fake_hvc(0, function, id, 0, 0), PT_EPERM);
		assert_int_equal(fake_hvc(3, function, board_cell("boss")->id, 0, 0), PT_EPERM);
	}
	assert_int_equal(fake_hvc(0, PT_HC_CELL_START, id, 0, 0), PT_ESTATE);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_START, 0, 0, 0), PT_ENOCELL);
	assert_int_equal(state_of("small"), PT_CELL_RUNNING);
	fake_check();
}

TESTS(
	BARE(test_board_starts_all_its_cells),
	BARE(test_cpus_of_the_first_cells_are_called_first_and_all_are),
	BARE(test_cell_that_is_not_to_be_started_waits_for_who_may),
	BARE(test_memory_is_clean_but_for_what_the_image_has),
	BARE(test_damaged_piece_fails_its_cell_only_and_says_so),
	BARE(test_rescue_is_told_when_no_cell_can_be_started),
	BARE(test_damaged_blob_costs_its_cell_only),
	BARE(test_wrong_type_of_cpu_is_refused),
	BARE(test_missing_memory_is_refused),
	BARE(test_board_without_its_interrupt_controller_is_refused),
	BARE(test_cpu_that_the_firmware_keeps_costs_its_cells_only),
	BARE(test_cell_waits_a_second_for_its_other_cpus),
	BARE(test_cell_that_resets_itself_is_new_after_a_rest),
	BARE(test_cell_that_has_ended_otherwise_is_left_so),
	BARE(test_cell_that_is_stopped_while_it_rests_stays_so),
	BARE(test_manager_that_fails_is_started_again_if_the_image_says_so),
	BARE(test_shared_memory_is_scrubbed_once_and_never_under_a_neighbour),
	BARE(test_management_of_a_booted_board_goes_by_rights)
)
