// SPDX-License-Identifier: GPL-2.0-only
/* PCI functions of cells: what their owner, the root and others see of them, and what nobody can do to them. */
#include <core/pci.h>
#include <string.h>
#include <guest/guest.h>
#include "test.h"

#define OWN	(ECAM_PA + (FUNCTION << 12))
#define COMMAND	pci.functions[FUNCTION].words[PCI_COMMAND / 4]

static uint64_t load(unsigned int cpu, uint64_t address, unsigned int size)
{
	uint64_t value;

	assert_int_equal(fake_load(cpu, address, size, &value), SERVED);
	return value;
}

static uint32_t get(uint64_t offset)
{
	return (uint32_t)load(4, OWN + offset, 4);
}

static void put(uint64_t offset, uint64_t value)
{
	assert_int_equal(fake_store_to(4, OWN + offset, 4, value), SERVED);
}

static unsigned int id;

static int begin(void **state)
{
	begin_enabled(state);
	id = cell_in_state(&pci_cell, PT_CELL_RUNNING);
	return 0;
}

static int check(void **state)
{
	fake_check();
	return 0;
}

static void test_cell_sees_its_function_and_no_other(void **state)
{
	assert_int_equal(get(0), 0x10411af4 + (FUNCTION << 16));
	assert_int_equal(load(4, OWN + 2, 2), (0x10411af4 + (FUNCTION << 16)) >> 16);
	assert_int_equal(load(4, OWN + 1, 1), 0x1a);
	assert_int_equal(get(0x40), 0x11);
	for (uint64_t at = ECAM_PA; at < ECAM_PA + ECAM_SIZE; at += 0x1000) {
		if (at == OWN)
			continue;
		assert_int_equal(load(4, at, 4), 0xffffffff);
		assert_int_equal(load(4, at + 0xffe, 2), 0xffff);
		assert_int_equal(fake_store_to(4, at + PCI_COMMAND, 4, 7), SERVED);
		assert_int_equal(fake_store_to(4, at + 0x18, 4, 0x020100), SERVED);	/* of a bridge, buses */
	}
}

static void test_configuration_space_ends_where_the_board_says(void **state)
{
	uint64_t value;

	assert_int_equal(fake_load(4, ECAM_PA - 4, 4, &value), ENDED);
}

static void test_cell_without_functions_has_no_configuration_space(void **state)
{
	uint64_t value;

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal(fake_load(3, OWN, 4, &value), ENDED);
}

static void test_odd_accesses_reach_nothing(void **state)
{
	assert_true(load(4, OWN, 8) == ~0ULL);
	assert_int_equal(load(4, OWN + 1, 2), 0xffff);
	assert_int_equal(load(4, OWN + 2, 4), 0xffffffff);
	assert_int_equal(fake_store_to(4, OWN + PCI_COMMAND, 8, ~0ULL), SERVED);
	assert_int_equal(fake_store_to(4, OWN + PCI_COMMAND - 2, 4, ~0ULL), SERVED);
	assert_int_equal(fake_store_to(4, OWN + PCI_COMMAND + 1, 2, ~0ULL), SERVED);
	assert_int_equal(COMMAND & 0xffff, PCI_COMMAND_INTX_OFF);
}

static void test_function_is_silent_until_its_cell_wakes_it(void **state)
{
	assert_int_equal(COMMAND, 0x20100000 | PCI_COMMAND_INTX_OFF);
	put(PCI_COMMAND, ~0u);
	assert_int_equal(COMMAND, 0x20100000 | PCI_COMMAND_INTX_OFF | PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	assert_int_equal(fake_store_to(4, OWN + PCI_COMMAND, 1, PCI_COMMAND_MASTER), SERVED);
	assert_int_equal(COMMAND, 0x20100000 | PCI_COMMAND_INTX_OFF | PCI_COMMAND_MASTER);
	assert_int_equal(fake_store_to(4, OWN + PCI_COMMAND + 1, 1, 0), SERVED);
	assert_int_equal(COMMAND, 0x20100000 | PCI_COMMAND_MASTER);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(COMMAND, 0x20100000 | PCI_COMMAND_INTX_OFF);
}

static void test_function_is_silent_before_memory_is_scrubbed(void **state)
{
	put(PCI_COMMAND, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	fake.scrubbed = 0;
	while (!fake.scrubbed && root_call(PT_HC_CELL_DESTROY, id) == PT_AGAIN)
		fake_settle();
	assert_int_equal(COMMAND, 0x20100000 | PCI_COMMAND_INTX_OFF);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
}

static void test_writes_move_nothing_and_enable_nothing(void **state)
{
	static struct function before;

	before = pci.functions[FUNCTION];
	/* The fake ends the program at a write that must not be. */
	for (uint64_t offset = 0; offset < 0x1000; offset += 4) {
		if (offset == PCI_COMMAND || offset == PCI_CACHE_LINE || offset == PCI_INTERRUPT)
			continue;
		put(offset, ~0u);
		put(offset, 0x90000000);
		put(offset, 0);
		for (unsigned int lane = 0; lane < 4; lane++)
			assert_int_equal(fake_store_to(4, OWN + offset + lane, 1, 0xff), SERVED);
	}
	assert_memory_equal(&before, &pci.functions[FUNCTION], sizeof(before));
}

static void test_what_is_only_a_note_can_be_written(void **state)
{
	put(PCI_CACHE_LINE, 0xffff2010);
	assert_int_equal(get(PCI_CACHE_LINE), 0x80802010);
	put(PCI_INTERRUPT, 0xffffff23);
	assert_int_equal(get(PCI_INTERRUPT), 0x123);
}

/* As Linux' pci_read_bases() and U-Boot's pciauto do it. */
static uint32_t size_bar(uint32_t n)
{
	const uint32_t before = get(PCI_BAR + 4 * n);
	uint32_t mask;

	put(PCI_BAR + 4 * n, ~0u);
	mask = get(PCI_BAR + 4 * n);
	put(PCI_BAR + 4 * n, before);
	assert_int_equal(get(PCI_BAR + 4 * n), before);
	return mask;
}

static void test_bars_tell_their_size_and_stay_where_they_are(void **state)
{
	assert_int_equal(get(PCI_BAR), 0);		/* ports are not the cell's */
	assert_int_equal(size_bar(0), 0);
	assert_int_equal(get(PCI_BAR + 4), 0x10001000);
	assert_int_equal(size_bar(1), 0xfffff000);
	assert_int_equal(size_bar(2), 0);
	assert_int_equal(size_bar(3), 0);
	assert_int_equal(get(PCI_BAR + 16), 0x8000400c);
	assert_int_equal(size_bar(4), 0xffffc00c);
	assert_int_equal(get(PCI_BAR + 20), 0x84);
	assert_int_equal(size_bar(5), 0xffffffff);
	assert_int_equal(get(PCI_ROM), 0);
	assert_int_equal(size_bar(8), 0);		/* the ROM */
	/* Elsewhere is not heard of. */
	put(PCI_BAR + 4, 0x20000000);
	assert_int_equal(get(PCI_BAR + 4), 0x10001000);
	/* What one life has begun does not confuse the next. */
	put(PCI_BAR + 4, ~0u);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_START, id), PT_OK);
	fake_settle();
	assert_int_equal(get(PCI_BAR + 4), 0x10001000);
}

static void test_bars_of_any_description_are_sized_within_bounds(void **state)
{
	struct pt_region *r = &cells[id].regions[2];

	for (unsigned int code = 0; code < 32; code++) {
		r->bars = 0;
		for (unsigned int n = 0; n < PT_BARS; n++)
			r->bars |= code << PT_BAR_BITS * n;
		for (unsigned int n = 0; n < PT_BARS; n++)
			size_bar(n);
	}
	r->bars = 30 | PT_BAR_UPPER << 5;		/* 2 TiB */
	put(PCI_BAR, ~0u);
	put(PCI_BAR + 4, ~0u);
	assert_int_equal(get(PCI_BAR), 1);
	assert_int_equal(get(PCI_BAR + 4), 0xfffffe00);
}

static void test_root_sees_no_function_that_a_cell_has(void **state)
{
	uint64_t value;

	assert_int_equal(load(0, OWN, 4), 0xffffffff);
	assert_int_equal(load(0, OWN + 8, 1), 0xff);
	assert_int_equal(fake_store_to(0, OWN + PCI_COMMAND, 2, 7), SERVED);
	assert_int_equal(fake_store_to(0, OWN + PCI_BAR, 4, 0x40000000), SERVED);
	assert_int_equal(COMMAND & 0xffff, PCI_COMMAND_INTX_OFF);
	assert_int_equal(fake_load(0, OWN - 4, 4, &value), REACHED);
	assert_int_equal(fake_load(0, OWN + 0x1000, 4, &value), REACHED);
	assert_int_equal(fake_load(0, 0x10001000, 4, &value), INJECTED);	/* its BAR */
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(load(0, OWN, 4), 0xffffffff);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	assert_int_equal(fake_load(0, OWN, 4, &value), REACHED);
	assert_int_equal(fake_load(0, 0x10001000, 4, &value), REACHED);
}

static void test_function_belongs_to_one_cell(void **state)
{
	struct cell_spec second = small_cell;

	second.regions[1] = pci_cell.regions[2];
	root_offline(3);
	assert_int_equal(root_create(&second), PT_EOWNED);
	second.regions[1].pa += PT_PAGE_SIZE;
	second.regions[1].ipa += PT_PAGE_SIZE;
	assert_true(root_create(&second) > 0);
	assert_int_equal(load(0, OWN + PT_PAGE_SIZE, 4), 0xffffffff);
}

static void test_access_without_syndrome_is_not_guessed(void **state)
{
	assert_int_equal(fake_abort(4, ESR_DABT, OWN), ENDED);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_DECODE);
	assert_int_equal(fake_abort(0, ESR_DABT, OWN), INJECTED);
}

#define RUNNING(test)	cmocka_unit_test_setup_teardown(test, begin, check)

TESTS(
	RUNNING(test_cell_sees_its_function_and_no_other),
	RUNNING(test_configuration_space_ends_where_the_board_says),
	RUNNING(test_cell_without_functions_has_no_configuration_space),
	RUNNING(test_odd_accesses_reach_nothing),
	RUNNING(test_function_is_silent_until_its_cell_wakes_it),
	RUNNING(test_function_is_silent_before_memory_is_scrubbed),
	RUNNING(test_writes_move_nothing_and_enable_nothing),
	RUNNING(test_what_is_only_a_note_can_be_written),
	RUNNING(test_bars_tell_their_size_and_stay_where_they_are),
	RUNNING(test_bars_of_any_description_are_sized_within_bounds),
	RUNNING(test_root_sees_no_function_that_a_cell_has),
	RUNNING(test_function_belongs_to_one_cell),
	RUNNING(test_access_without_syndrome_is_not_guessed)
)
