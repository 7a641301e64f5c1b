// SPDX-License-Identifier: GPL-2.0-only
/* The states of a cell, every move between them, and what each move does to memory and CPUs. */
#include <stdlib.h>
#include <string.h>
#include <lib/pool.h>
#include "test.h"

#define RAM		(small_cell.regions[0].pa)
#define PSCI_CPU_OFF	0x84000002
#define PSCI_CPU_ON	0xc4000003
#define PSCI_SYSTEM_OFF	0x84000008
#define PSCI_SYSTEM_RESET	0x84000009

static const uint64_t moves[] = {
	PT_HC_CELL_LOADABLE, PT_HC_CELL_START, PT_HC_CELL_SHUTDOWN, PT_HC_CELL_STOP, PT_HC_CELL_DESTROY,
};

static uint32_t state_of(unsigned int id)
{
	return status.cells[id].state;
}

static struct pt_info *info_of(unsigned int id)
{
	return (void *)cells[id].comm;
}

static bool all_zero(uint64_t pa, uint64_t size)
{
	const unsigned char *p = fake_memory(pa);

	for (uint64_t i = 0; i < size; i++)
		if (p[i])
			return false;
	return true;
}

/* The small cell, ended in one of the ways that there are. */
static unsigned int ended_cell(enum pt_cell_state state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);

	if (state == PT_CELL_FAILED)
		fake_store_to(3, ARENA_BASE, 4, 1);
	else
		fake_smc(3, state == PT_CELL_RESET ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(state_of(id), state);
	return id;
}

static unsigned int cell_in(enum pt_cell_state state)
{
	board_enable(CPUS);
	if (state == PT_CELL_NONE)
		return 1;
	return state >= PT_CELL_SHUT_DOWN ? ended_cell(state) : cell_in_state(&small_cell, state);
}

static void test_each_move_from_each_state_has_its_answer(void **state)
{
	/* First answer, and the state in the end if it is not an error. */
	static const struct { int64_t answer; uint32_t state; } want[PT_CELL_STATES][ARRAY_SIZE(moves)] = {
		[PT_CELL_NONE] = { { PT_ENOCELL, 0 }, { PT_ENOCELL, 0 }, { PT_ENOCELL, 0 }, { PT_ENOCELL, 0 }, { PT_ENOCELL, 0 } },
		[PT_CELL_CREATED] = { { PT_AGAIN, PT_CELL_LOADABLE }, { PT_ESTATE, 0 }, { PT_ESTATE, 0 },
				      { PT_ESTATE, 0 }, { PT_AGAIN, PT_CELL_NONE } },
		[PT_CELL_LOADABLE] = { { PT_OK, PT_CELL_LOADABLE }, { PT_OK, PT_CELL_RUNNING }, { PT_ESTATE, 0 },
				       { PT_ESTATE, 0 }, { PT_OK, PT_CELL_NONE } },
		[PT_CELL_RUNNING] = { { PT_ESTATE, 0 }, { PT_ESTATE, 0 }, { PT_OK, PT_CELL_RUNNING },
				      { PT_AGAIN, PT_CELL_SHUT_DOWN }, { PT_ESTATE, 0 } },
		[PT_CELL_SHUT_DOWN] = { { PT_AGAIN, PT_CELL_LOADABLE }, { PT_ESTATE, 0 }, { PT_ESTATE, 0 },
					{ PT_OK, PT_CELL_SHUT_DOWN }, { PT_AGAIN, PT_CELL_NONE } },
		[PT_CELL_RESET] = { { PT_AGAIN, PT_CELL_LOADABLE }, { PT_ESTATE, 0 }, { PT_ESTATE, 0 },
				    { PT_AGAIN, PT_CELL_SHUT_DOWN }, { PT_AGAIN, PT_CELL_NONE } },
		[PT_CELL_FAILED] = { { PT_AGAIN, PT_CELL_LOADABLE }, { PT_ESTATE, 0 }, { PT_ESTATE, 0 },
				     { PT_OK, PT_CELL_FAILED }, { PT_AGAIN, PT_CELL_NONE } },
	};

	for (uint32_t from = 0; from < PT_CELL_STATES; from++)
		for (unsigned int m = 0; m < ARRAY_SIZE(moves); m++) {
			unsigned int id = cell_in(from), changes = status.changes;
			uint64_t map = fake_map_hash(&cells[0].stage2);
			int64_t answer = root_call(moves[m], id);

			if (answer != want[from][m].answer)
				fail_msg("state %u, move %u: %ld", from, m, answer);
			fake_check();
			if (answer < 0) {
				assert_int_equal(state_of(id), from);
				assert_int_equal(status.changes, changes);
				assert_int_equal(fake_map_hash(&cells[0].stage2), map);
				continue;
			}
			if (answer == PT_AGAIN)
				assert_int_equal(root_finish(moves[m], id), PT_OK);
			assert_int_equal(state_of(id), want[from][m].state);
			fake_check();
		}
}

static void test_cells_that_are_none_are_refused(void **state)
{
	static const uint64_t none[] = { PT_ROOT_CELL, 2, PT_MAX_CELLS, 1ULL << 32 | 1, ~0ULL };

	cell_in_state(&small_cell, PT_CELL_CREATED);
	for (unsigned int m = 0; m < ARRAY_SIZE(moves); m++)
		for (unsigned int i = 0; i < ARRAY_SIZE(none); i++)
			assert_int_equal(root_call(moves[m], none[i]), PT_ENOCELL);
	fake_check();
}

static void test_cell_starts_as_its_blob_says(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);

	assert_int_equal(fake.cpu[3].where, IN_GUEST);
	assert_int_equal(fake.cpu[3].regs[REG_elr_el2], small_cell.entry);
	assert_int_equal(fake.cpu[3].x[0], small_cell.comm);
	for (unsigned int i = 1; i < 31; i++)
		assert_int_equal(fake.cpu[3].x[i], 0);
	assert_int_equal(fake.cpu[3].regs[REG_vttbr_el2], cells[id].stage2.vttbr);
	assert_int_equal(status.cpus[3].cell, id);
	assert_int_equal(status.cpus[3].state, PT_CPU_RUNNING);
	assert_int_equal(status.cells[id].cpus, 1 << 3);
	assert_int_equal(status.cells[0].cpus, 0xff & ~(1 << 3));
}

static void test_cell_starts_with_the_argument_of_its_blob(void **state)
{
	struct pt_cell *blob = (void *)hypercall_page;
	uint32_t size;

	root_offline(3);
	size = board_cell_blob(hypercall_page, &small_cell);
	blob->argument = ~0ULL - 5;
	board_sign(hypercall_page);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_CREATE, size, 0, 0), 1);
	for (unsigned int starts = 0; starts < 2; starts++) {
		assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, 1), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_START, 1), PT_OK);
		fake_settle();
		assert_int_equal(fake.cpu[3].x[0], ~0ULL - 5);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
	}
}

static void test_cell_reaches_what_it_owns_and_nothing_else(void **state)
{
	static const uint64_t foreign[] = {
		0x10000, 0xfffff000, ARENA_BASE, ARENA_BASE + 0x20000, HYPERVISOR, ITS_PA, UART_PA + 0x1000,
		1ULL << 39,
	};
	uint64_t value, id;

	for (unsigned int i = 0; i < ARRAY_SIZE(foreign); i++)
		for (unsigned int write = 0; write < 2; write++) {
			id = cell_in(PT_CELL_RUNNING);
			assert_int_equal(fake_access(3, 0xfff8, 8, write, &value), REACHED);
			assert_int_equal(fake_access(3, UART_PA, 4, write, &value), REACHED);
			assert_int_equal(fake_access(3, small_cell.comm + PT_COMM_CONSOLE, 4, write, &value), REACHED);
			assert_int_equal(fake_access(3, foreign[i], 4, write, &value), ENDED);
			assert_int_equal(state_of((unsigned int)id), PT_CELL_FAILED);
			assert_int_equal(status.cells[id].fault.ipa, foreign[i]);
			fake_check();
		}
}

static void test_info_page_tells_the_cell_who_it_is(void **state)
{
	unsigned int id = cell_in_state(&other_cell, PT_CELL_RUNNING);
	uint64_t value;

	assert_int_equal(info_of(id)->magic, PT_INFO_MAGIC);
	assert_int_equal(info_of(id)->version, PT_ABI_VERSION);
	assert_int_equal(info_of(id)->cell, id);
	assert_int_equal(info_of(id)->starts, 1);
	assert_string_equal(info_of(id)->name, "other");
	assert_int_equal(info_of(id)->cpu_count, 2);
	assert_int_equal(info_of(id)->cpus[1].mpidr, board_mpidr[5]);
	assert_int_equal(info_of(id)->cpus[1].gicr, GICR_PA + 5 * GICR_SIZE);
	assert_int_equal(info_of(id)->region_count, 2);
	assert_int_equal(info_of(id)->regions[1].ipa, 0xa0000000);
	assert_int_equal(info_of(id)->regions[1].flags, PT_REGION_READ);
	assert_int_equal(info_of(id)->spi_count, 2);
	assert_int_equal(info_of(id)->spis[1], 63);
	assert_int_equal(info_of(id)->gicd, GICD_PA);
	assert_int_equal(info_of(id)->console_size, PT_CONSOLE_SIZE);
	/* The cell sees the same, and cannot change it. */
	assert_int_equal(fake_load(4, other_cell.comm, 4, &value), REACHED);
	assert_int_equal(value, PT_INFO_MAGIC);
	assert_int_equal(fake_store_to(4, other_cell.comm, 4, 0), ENDED);
}

static void test_root_reads_the_communication_area_and_cannot_write_it(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	const uint64_t comm = status.cells[id].comm;
	uint64_t value;

	fake_store_to(3, small_cell.comm + PT_COMM_CONSOLE, 4, 0x6f6c6c65);
	for (uint64_t page = 0; page < PT_COMM_SIZE; page += PT_PAGE_SIZE) {
		assert_int_equal(fake_load(0, comm + page, 4, &value), REACHED);
		assert_int_equal(fake_store_to(0, comm + page, 4, 0), INJECTED);
	}
	fake_load(0, comm + PT_COMM_CONSOLE, 4, &value);
	assert_int_equal(value, 0x6f6c6c65);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	assert_int_equal(fake_load(0, comm, 4, &value), INJECTED);
	assert_int_equal(status.cells[id].comm, 0);
}

static void test_root_loads_and_the_cell_finds_it(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_CREATED);
	uint64_t value;

	assert_int_equal(fake_store_to(0, RAM, 8, 1), INJECTED);
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(fake_store_to(0, RAM + 0x123 * 8, 8, 0x1122334455667788), REACHED);
	assert_int_equal(fake_store_to(0, UART_PA, 4, 1), INJECTED);	/* devices are not lent */
	assert_int_equal(root_call(PT_HC_CELL_START, id), PT_OK);
	/* Gone from the root before the first instruction. */
	assert_int_equal(fake_load(0, RAM, 8, &value), INJECTED);
	fake_settle();
	assert_int_equal(fake_load(3, 0x123 * 8, 8, &value), REACHED);
	assert_int_equal(value, 0x1122334455667788);
}

static void test_memory_is_scrubbed_before_the_cell_gets_it(void **state)
{
	memset(fake_memory(RAM), 0x55, 0x10000);
	cell_in_state(&small_cell, PT_CELL_LOADABLE);
	assert_true(all_zero(RAM, 0x10000));
}

static void test_read_only_memory_is_scrubbed_too(void **state)
{
	memset(fake_memory(other_cell.regions[1].pa), 0x55, 0x2000);
	cell_in_state(&other_cell, PT_CELL_LOADABLE);
	assert_true(all_zero(other_cell.regions[1].pa, 0x2000));
}

static void test_destroyed_cell_memory_is_scrubbed(void **state)
{
	static const enum pt_cell_state ends[] = { PT_CELL_SHUT_DOWN, PT_CELL_FAILED, PT_CELL_RESET };

	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		unsigned int id;

		board_enable(CPUS);
		memset(fake_memory(RAM - 0x1000), 0x55, 0x12000);
		id = cell_in_state(&small_cell, PT_CELL_RUNNING);
		for (uint64_t at = 0; at < 0x10000; at += 8)
			assert_int_equal(fake_store_to(3, at, 8, at ^ 0x5ec4e7), REACHED);
		if (ends[i] == PT_CELL_FAILED)
			fake_serror(3);
		else if (ends[i] == PT_CELL_RESET)
			fake_smc(3, PSCI_SYSTEM_RESET, 0, 0, 0);
		else
			assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
		assert_int_equal(state_of(id), ends[i]);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
		assert_true(all_zero(RAM, 0x10000));
		for (uint64_t at = 0; at < 0x1000; at++) {	/* and not a byte more */
			assert_int_equal(*(unsigned char *)fake_memory(RAM - 1 - at), 0x55);
			assert_int_equal(*(unsigned char *)fake_memory(RAM + 0x10000 + at), 0x55);
		}
	}
}

static void test_restarted_cell_finds_nothing_of_its_former_life(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	struct pt_report *report;
	uint64_t value;

	fake_store_to(3, 0x8000, 8, 7);
	fake_store_to(3, small_cell.comm + PT_COMM_REPORT, 4, PT_ANSWER_NO);
	fake_store_to(3, small_cell.comm + PT_COMM_CONSOLE + 8, 8, 9);
	root_call(PT_HC_CELL_SHUTDOWN, id);
	fake_store_to(3, 0x7fffffff000, 4, 1);
	assert_int_equal(state_of(id), PT_CELL_FAILED);
	assert_int_not_equal(status.cells[id].fault.kind, PT_FAULT_NONE);
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_START, id), PT_OK);
	fake_settle();
	assert_int_equal(fake_load(3, 0x8000, 8, &value), REACHED);
	assert_int_equal(value, 0);
	report = (void *)(cells[id].comm + PT_COMM_REPORT);
	assert_int_equal(report->answer, PT_ANSWER_NONE);
	assert_true(all_zero(pool_pa(cells[id].comm).pa + PT_COMM_REPORT, PT_COMM_SIZE - PT_COMM_REPORT));
	assert_int_equal(info_of(id)->request, PT_REQUEST_NONE);
	assert_int_equal(info_of(id)->starts, 2);
	assert_int_equal(status.cells[id].starts, 2);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_NONE);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_STAGE2], 0);
}

static void test_restarted_cell_finds_its_interrupts_silent(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	struct irq_bank *b = &gic.spis[40 / 32];

	fake_store_to(3, GICD_PA + 0x104, 4, 1 << 8);
	fake_store_to(3, GICD_PA + 0x428, 1, 0x10);
	fake_store_to(3, GICD_PA + 0xc08, 4, 2 << 16);
	assert_true(b->enabled & 1 << 8);
	b->pending = b->active = ~0u;
	root_finish(PT_HC_CELL_STOP, id);
	root_finish(PT_HC_CELL_LOADABLE, id);
	root_finish(PT_HC_CELL_START, id);
	assert_false((b->enabled | b->pending | b->active) & 1 << 8);
	assert_int_equal(b->priority[8], 0xa0);
	assert_int_equal(b->config[0] >> 16 & 3, 0);
	assert_int_equal(gic.route[40], board_mpidr[3]);
}

/* One call never does more than one step, whatever there is to do. */
static void test_scrubbing_is_done_in_bounded_steps(void **state)
{
	uint64_t total = 0, before;
	unsigned int id = cell_in_state(&other_cell, PT_CELL_CREATED), calls = 0;
	int64_t answer;

	do {
		before = fake.scrubbed;
		answer = root_call(PT_HC_CELL_LOADABLE, id);
		assert_true(fake.scrubbed - before <= SCRUB_STEP);
		total += fake.scrubbed - before;
		calls++;
	} while (answer == PT_AGAIN);
	assert_int_equal(answer, PT_OK);
	assert_int_equal(total, other_cell.regions[0].size + other_cell.regions[1].size);
	assert_int_equal(calls, 0x200000 / SCRUB_STEP + 3);	/* 2 MiB, its 3 pages, the 2 others, and the last */
	/* Clean memory is not scrubbed again. */
	root_finish(PT_HC_CELL_LOADABLE, id);
	assert_int_equal(fake.scrubbed, total);
}

static void test_scrubbing_half_done_goes_on_in_destroy(void **state)
{
	unsigned int id = cell_in_state(&other_cell, PT_CELL_CREATED);

	memset(fake_memory(other_cell.regions[0].pa), 1, other_cell.regions[0].size);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(root_call(PT_HC_CELL_LOADABLE, id), PT_AGAIN);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	assert_true(all_zero(other_cell.regions[0].pa, other_cell.regions[0].size));
	assert_int_equal(fake.scrubbed, other_cell.regions[0].size + other_cell.regions[1].size);
}

static void test_shutdown_asks_and_the_cell_may_take_its_time(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);
	uint64_t value;

	assert_int_equal(root_call(PT_HC_CELL_SHUTDOWN, id), PT_OK);
	assert_int_equal(fake_load(3, small_cell.comm + offsetof(struct pt_info, request), 4, &value), REACHED);
	assert_int_equal(value, PT_REQUEST_SHUTDOWN);
	assert_int_equal(state_of(id), PT_CELL_RUNNING);
	fake_smc(3, PSCI_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(state_of(id), PT_CELL_SHUT_DOWN);
	assert_int_equal(fake.firmware_calls, 0);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_NONE);
}

static void test_stop_waits_for_no_cpu_but_for_all(void **state)
{
	unsigned int id = cell_in_state(&other_cell, PT_CELL_RUNNING);

	assert_int_equal(fake_smc(4, PSCI_CPU_ON, board_mpidr[5], other_cell.entry, 5), 0);
	fake_settle();
	assert_int_equal(fake.cpu[5].where, IN_GUEST);
	for (unsigned int i = 0; i < 3; i++)	/* nobody has arrived, and nobody is waited for */
		assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
	fake_abort(5, ESR(EC_IABT_LOWER) | 7, other_cell.entry);
	assert_int_equal(fake.cpu[5].where, IN_WFE);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
	assert_int_equal(root_call(PT_HC_CELL_DESTROY, id), PT_AGAIN);
	assert_int_equal(root_call(PT_HC_CELL_LOADABLE, id), PT_AGAIN);
	fake_settle();
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_NONE);
}

static void test_cpu_that_is_just_starting_when_its_cell_ends_is_caught(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_LOADABLE);

	assert_int_equal(root_call(PT_HC_CELL_START, id), PT_OK);
	assert_int_equal(status.cpus[3].state, PT_CPU_STARTING);
	assert_int_equal(root_call(PT_HC_CELL_START, id), PT_ESTATE);
	assert_int_equal(root_call(PT_HC_CELL_DESTROY, id), PT_ESTATE);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
	assert_int_equal(root_call(PT_HC_CELL_DESTROY, id), PT_AGAIN);
	fake_wake(3);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
	fake_settle();
	assert_int_equal(fake.cpu[3].where, IN_WFE);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	fake_check();
}

static void test_cells_other_cpu_turned_on_while_the_cell_ends_is_caught(void **state)
{
	unsigned int id = cell_in_state(&other_cell, PT_CELL_RUNNING);

	fake_smc(4, PSCI_CPU_ON, board_mpidr[5], other_cell.entry, 0);
	assert_int_equal(status.cpus[5].state, PT_CPU_STARTING);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
	fake_abort(4, ESR(EC_IABT_LOWER) | 7, other_cell.entry);
	assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(fake.cpu[5].where, IN_WFE);
}

static void test_neighbour_runs_through_it_all_undisturbed(void **state)
{
	struct pt_cpu_status counters;
	struct fake_cpu before;
	unsigned int id;

	cell_in_state(&other_cell, PT_CELL_RUNNING);
	before = fake.cpu[4];
	counters = status.cpus[4];
	fake.sgi_count = 0;
	for (unsigned int round = 0; round < 3; round++) {
		id = cell_in_state(&small_cell, PT_CELL_RUNNING);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_START, id), PT_OK);
		fake_settle();
		fake_store_to(3, ITS_PA, 4, 0);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	}
	assert_memory_equal(&fake.cpu[4], &before, sizeof(before));
	assert_memory_equal(&status.cpus[4], &counters, sizeof(counters));
	for (unsigned int i = 0; i < fake.sgi_count; i++)	/* kicks go to CPU 3 alone */
		assert_int_equal(fake.sgis[i].value & ~(0xfULL << 24), 1 << 3);
	/* And the root's other CPUs have not been in EL2 either. */
	for (unsigned int r = 0; r < PT_EXIT_REASONS; r++)
		assert_int_equal(status.cpus[1].exits[r], 0);
}

static void test_every_change_is_told_to_the_root(void **state)
{
	const uint32_t bit = 1u << EVENT_SPI % 32;
	unsigned int changes = 0;

#define TOLD() do {								\
	assert_true(status.changes > changes);					\
	changes = status.changes;						\
	assert_true(gic.spis[EVENT_SPI / 32].pending & bit);			\
	gic.spis[EVENT_SPI / 32].pending = 0;					\
} while (0)
	cell_in_state(&small_cell, PT_CELL_CREATED);
	TOLD();
	root_finish(PT_HC_CELL_LOADABLE, 1);
	TOLD();
	root_finish(PT_HC_CELL_START, 1);
	TOLD();
	fake_settle();
	fake_serror(3);
	TOLD();
	root_finish(PT_HC_CELL_DESTROY, 1);
	TOLD();
}

/* For whoever wakes up at the last change, the record is there. */
static void test_failed_cell_is_told_with_its_fault_recorded(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING), changes;
	struct fake_cpu *cpu = &fake.cpu[3];

	for (unsigned int i = 0; i < 31; i++)
		cpu->x[i] = 0x100 + i;
	cpu->regs[REG_elr_el2] = 0x1000;
	cpu->regs[REG_spsr_el2] = 0x3c4;
	changes = status.changes;
	fake_abort(3, ESR_DABT | ABT_WNR, 0x123456789abc);
	assert_true(status.changes > changes);
	assert_int_equal(gic.told[id].state, PT_CELL_FAILED);
	assert_int_equal(gic.told[id].fault, PT_FAULT_MEMORY);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_MEMORY);
	assert_int_equal(status.cells[id].fault.cpu, 3);
	assert_int_equal(status.cells[id].fault.esr, ESR_DABT | ABT_WNR);
	assert_int_equal(status.cells[id].fault.far, 0x123456789abc);
	assert_int_equal(status.cells[id].fault.ipa, 0x123456789abc);
	assert_int_equal(status.cells[id].fault.pc, 0x1000);
	assert_int_equal(status.cells[id].fault.pstate, 0x3c4);
	for (unsigned int i = 0; i < 31; i++)
		assert_int_equal(status.cells[id].fault.x[i], 0x100 + i);
}

static void test_first_fault_is_the_one_recorded(void **state)
{
	unsigned int id = cell_in_state(&other_cell, PT_CELL_RUNNING);

	fake_smc(4, PSCI_CPU_ON, board_mpidr[5], other_cell.entry, 0);
	fake_settle();
	fake_abort(4, ESR_DABT, 0x777000);
	/* CPU 5 runs into the revoked map, and has an SError on the way. */
	fake_serror(5);
	assert_int_equal(fake.cpu[5].where, IN_WFE);
	assert_int_equal(status.cells[id].fault.cpu, 4);
	assert_int_equal(status.cells[id].fault.ipa, 0x777000);
	assert_int_equal(state_of(id), PT_CELL_FAILED);
}

static void test_cell_without_cpus_left_can_be_stopped(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_RUNNING);

	fake_smc(3, PSCI_CPU_OFF, 0, 0, 0);
	assert_int_equal(fake.cpu[3].where, IN_WFE);
	assert_int_equal(state_of(id), PT_CELL_RUNNING);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	fake_check();
}

/* Whatever the cell has done to its own view of interrupts, the kick wakes its CPU. */
static void test_cell_asleep_with_everything_masked_is_stopped(void **state)
{
	for (unsigned int trick = 0; trick < 128; trick++) {
		uint64_t *regs = fake.cpu[3].regs;
		unsigned int id;

		board_enable(CPUS);
		id = cell_in_state(&small_cell, PT_CELL_RUNNING);
		regs[REG_icc_pmr_el1] = 0;
		regs[REG_icc_igrpen1_el1] = 0;
		if (trick & 1)
			regs[REG_icc_ap1r0_el1] = 1;	/* the highest priority is active */
		if (trick & 2)
			fake_msr(3, SYSREG(3, 0, 12, 8, 4), 1);		/* ICC_AP0R0_EL1 */
		if (trick & 4)	/* SGI 0 is active already */
			fake_store_to(3, GICR_PA + 3 * GICR_SIZE + 0x10300, 4, 1);
		if (trick & 8)	/* disabled, lowest priority */
			fake_store_to(3, GICR_PA + 3 * GICR_SIZE + 0x10180, 4, ~0u);
		if (trick & 16)
			fake_store_to(3, GICR_PA + 3 * GICR_SIZE + 0x10400, 1, 0xff);
		if (trick & 32)	/* the redistributor sleeps */
			fake_store_to(3, GICR_PA + 3 * GICR_SIZE + 0x14, 4, 2);
		if (trick & 64)	/* another group */
			fake_store_to(3, GICR_PA + 3 * GICR_SIZE + 0x10080, 4, 0);
		fake_trap(3, ESR(EC_WFX));
		assert_int_equal(fake.cpu[3].where, IN_WFI);
		assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);
		if (!gic_signalled(3))
			fail_msg("trick %u keeps the CPU asleep", trick);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	}
}

static void test_wait_leaves_the_cells_interrupt_state_as_it_was(void **state)
{
	static const enum fake_register kept[] = {
		REG_icc_pmr_el1, REG_icc_igrpen1_el1, REG_hcr_el2, REG_icc_ctlr_el1,
		REG_icc_ap1r0_el1, REG_icc_ap1r1_el1, REG_icc_ap1r2_el1, REG_icc_ap1r3_el1,
	};
	uint64_t *regs = fake.cpu[3].regs, values[ARRAY_SIZE(kept)];

	for (uint64_t bits = 4; bits < 7; bits++) {	/* of priority, less one */
		board_enable(CPUS);
		regs[REG_icc_ctlr_el1] = bits << 8;
		cell_in_state(&small_cell, PT_CELL_RUNNING);
		regs[REG_icc_pmr_el1] = 0x50;
		for (unsigned int i = 4; i < ARRAY_SIZE(kept); i++)
			regs[kept[i]] = fake_has(3, kept[i]) ? 0x100 + i : 0;
		for (unsigned int i = 0; i < ARRAY_SIZE(kept); i++)
			values[i] = regs[kept[i]];
		fake_trap(3, ESR(EC_WFX));
		for (unsigned int i = 4; i < ARRAY_SIZE(kept); i++)
			assert_int_equal(regs[kept[i]], 0);
		fake_wake(3);
		assert_int_equal(fake.cpu[3].where, IN_GUEST);
		assert_int_equal(regs[REG_elr_el2], small_cell.entry + 4);
		for (unsigned int i = 0; i < ARRAY_SIZE(kept); i++)
			assert_int_equal(regs[kept[i]], values[i]);
	}
}

static void test_cells_come_and_go_fifty_times_without_losing_anything(void **state)
{
	unsigned int used = 0;
	uint64_t map = fake_map_hash(&cells[0].stage2);

	for (unsigned int round = 0; round < 50; round++) {
		unsigned int a = cell_in_state(&small_cell, round % 5), b = cell_in_state(&other_cell, PT_CELL_RUNNING);

		fake_check();
		if (a && status.cells[a].state == PT_CELL_RUNNING)
			root_finish(PT_HC_CELL_STOP, a);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, a), PT_OK);
		root_finish(PT_HC_CELL_STOP, b);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, b), PT_OK);
		fake_check();
		if (!round)
			used = pool_used();
		assert_int_equal(pool_used(), used);
		assert_int_equal(fake_map_hash(&cells[0].stage2), map);
	}
}

#define SHARED		((unsigned char *)fake_memory(SHARED_PA))
#define ROOTS		0x55
#define CELLS		0xaa

static void test_cells_see_what_they_share_and_the_root_does_not(void **state)
{
	const unsigned int reader = cell_in_state(&reader_cell, PT_CELL_LOADABLE);
	uint64_t value;

	/* Not even while it is loaded. */
	assert_int_equal(fake_load(0, SHARED_PA, 4, &value), INJECTED);
	assert_int_equal(fake_load(0, reader_cell.regions[0].pa, 4, &value), REACHED);
	assert_false(ownership_root_has(SHARED_PA));
	fake_check();
	assert_int_equal(root_finish(PT_HC_CELL_START, reader), PT_OK);
	fake_settle();
	cell_in_state(&writer_cell, PT_CELL_RUNNING);
	assert_int_equal(fake_store_to(6, 0x30000000 + SHARED_SIZE - 8, 8, 0x77), REACHED);
	assert_int_equal(fake_load(2, 0x20000000 + SHARED_SIZE - 8, 8, &value), REACHED);
	assert_int_equal(value, 0x77);
	assert_int_equal(info_of(reader)->regions[1].flags, PT_REGION_READ | PT_REGION_SHARED);
	fake_check();
	/* Each has it with its own permissions. */
	assert_int_equal(fake_store_to(2, 0x20000000, 8, 1), ENDED);
	assert_int_equal(state_of(reader), PT_CELL_FAILED);
	fake_check();
}

static void test_reloaded_cell_leaves_alone_what_its_neighbour_works_with(void **state)
{
	const unsigned int reader = cell_in_state(&reader_cell, PT_CELL_RUNNING);
	const unsigned int writer = cell_in_state(&writer_cell, PT_CELL_RUNNING);
	uint64_t scrubbed, value;

	memset(SHARED, CELLS, SHARED_SIZE);
	memset(fake_memory(reader_cell.regions[0].pa), CELLS, PT_PAGE_SIZE);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, reader), PT_OK);
	scrubbed = fake.scrubbed;
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, reader), PT_OK);
	assert_int_equal(fake.scrubbed - scrubbed, PT_PAGE_SIZE);
	assert_int_equal(root_finish(PT_HC_CELL_START, reader), PT_OK);
	fake_settle();
	assert_int_equal(fake_load(2, 0x20000000, 1, &value), REACHED);
	assert_int_equal(value, CELLS);
	/* Nor does the one that goes wipe what the other still has. */
	assert_int_equal(root_finish(PT_HC_CELL_STOP, writer), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, writer), PT_OK);
	assert_int_equal(fake_load(2, 0x20000000 + SHARED_SIZE - 1, 1, &value), REACHED);
	assert_int_equal(value, CELLS);
	assert_int_equal(fake_load(0, SHARED_PA, 1, &value), INJECTED);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, reader), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, reader), PT_OK);
	assert_int_equal(fake_load(0, SHARED_PA, 1, &value), REACHED);
	assert_true(all_zero(SHARED_PA, SHARED_SIZE));
}

/* It has what a former cell left there, although nothing of its own must be wiped. */
static void test_loadable_cell_that_is_the_last_scrubs_what_was_shared(void **state)
{
	const unsigned int reader = cell_in_state(&reader_cell, PT_CELL_LOADABLE);
	const unsigned int writer = cell_in_state(&writer_cell, PT_CELL_RUNNING);

	memset(SHARED, CELLS, SHARED_SIZE);
	memset(fake_memory(reader_cell.regions[0].pa), ROOTS, PT_PAGE_SIZE);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, writer), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, writer), PT_OK);
	assert_int_equal(SHARED[0], CELLS);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, reader), PT_OK);
	assert_true(all_zero(SHARED_PA, SHARED_SIZE));
	assert_int_equal(*(unsigned char *)fake_memory(reader_cell.regions[0].pa), ROOTS);
}

/* Who has passed memory that its neighbour works with, and then is alone with it, looks at it again. */
static void test_neighbour_that_goes_while_one_is_destroyed_leaves_nothing(void **state)
{
	for (unsigned int steps = 0; steps < 6; steps++) {
		unsigned int reader, writer;

		board_enable(CPUS);
		/* The writer has the shared memory first, and something else to scrub afterwards. */
		writer = cell_in_state(&writer_cell, PT_CELL_RUNNING);
		reader = cell_in_state(&reader_cell, PT_CELL_RUNNING);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, writer), PT_OK);
		for (unsigned int i = 0; i < steps && state_of(writer); i++)
			root_call(PT_HC_CELL_DESTROY, writer);
		memset(SHARED, CELLS, SHARED_SIZE);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, reader), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, reader), PT_OK);
		if (state_of(writer))
			assert_int_equal(root_finish(PT_HC_CELL_DESTROY, writer), PT_OK);
		assert_true(all_zero(SHARED_PA, SHARED_SIZE));
		fake_check();
	}
}

/* One step of a walk: a call about any of the cells, fit for its state or not. At ebb they only go. */
static void walk_step(const struct cell_spec *specs, unsigned int *ids, bool ebb)
{
	const unsigned int i = (unsigned int)rand() % 3;
	const unsigned int move = (unsigned int)rand() % ARRAY_SIZE(moves);

	if (ids[i] && state_of(ids[i]))
		root_call(moves[ebb ? 3 + move % 2 : move], ids[i]);
	else if (!ebb)
		ids[i] = (unsigned int)root_create(&specs[i]);
	fake_settle();
}

static bool one_of(const unsigned int *ids, uint32_t state)
{
	for (unsigned int i = 0; i < 3; i++)
		if (ids[i] && state_of(ids[i]) && (!state || state_of(ids[i]) == state))
			return true;
	return false;
}

/* Calls about three cells in any order, each but one step: nobody gets to see what is not meant for it. */
static void test_shared_memory_is_clean_in_whatever_order_cells_come_and_go(void **state)
{
	struct cell_spec specs[3] = { reader_cell, writer_cell, reader_cell };
	unsigned int ids[3] = { 0 }, went = 0, wrote = 0;
	bool held = false, written = false;

	specs[2].name = "third";
	specs[2].cpus[0] = 7;
	specs[2].regions[0].pa += 0x2000;
	specs[2].regions[1].flags |= PT_REGION_WRITE;
	root_offline(2);
	root_offline(6);
	root_offline(7);
	srand(1);
	memset(SHARED, ROOTS, SHARED_SIZE);
	for (unsigned int step = 0; step < 6000; step++) {
		const bool worked_with = one_of(ids, PT_CELL_RUNNING);

		walk_step(specs, ids, step % 128 >= 96);
		fake_check();
		if (worked_with && one_of(ids, PT_CELL_RUNNING))
			assert_int_equal(written, SHARED[0] == CELLS && SHARED[SHARED_SIZE - 1] == CELLS);
		if (one_of(ids, PT_CELL_RUNNING)) {
			assert_null(memchr(SHARED, ROOTS, SHARED_SIZE));
			written = rand() % 4 == 0;
			wrote += written;
			memset(SHARED, written ? CELLS : 0, SHARED_SIZE);
		}
		if (held && !one_of(ids, 0)) {
			assert_null(memchr(SHARED, CELLS, SHARED_SIZE));
			memset(SHARED, ROOTS, SHARED_SIZE);
			went++;
		}
		held = one_of(ids, 0);
	}
	assert_true(went > 20 && wrote > 100);
}

TESTS(
	BARE(test_each_move_from_each_state_has_its_answer),
	ENABLED(test_cells_that_are_none_are_refused),
	ENABLED(test_cell_starts_as_its_blob_says),
	ENABLED(test_cell_starts_with_the_argument_of_its_blob),
	BARE(test_cell_reaches_what_it_owns_and_nothing_else),
	ENABLED(test_info_page_tells_the_cell_who_it_is),
	ENABLED(test_root_reads_the_communication_area_and_cannot_write_it),
	ENABLED(test_root_loads_and_the_cell_finds_it),
	ENABLED(test_memory_is_scrubbed_before_the_cell_gets_it),
	ENABLED(test_read_only_memory_is_scrubbed_too),
	BARE(test_destroyed_cell_memory_is_scrubbed),
	ENABLED(test_restarted_cell_finds_nothing_of_its_former_life),
	ENABLED(test_restarted_cell_finds_its_interrupts_silent),
	ENABLED(test_scrubbing_is_done_in_bounded_steps),
	ENABLED(test_scrubbing_half_done_goes_on_in_destroy),
	ENABLED(test_shutdown_asks_and_the_cell_may_take_its_time),
	ENABLED(test_stop_waits_for_no_cpu_but_for_all),
	ENABLED(test_cpu_that_is_just_starting_when_its_cell_ends_is_caught),
	ENABLED(test_cells_other_cpu_turned_on_while_the_cell_ends_is_caught),
	ENABLED(test_neighbour_runs_through_it_all_undisturbed),
	ENABLED(test_every_change_is_told_to_the_root),
	ENABLED(test_failed_cell_is_told_with_its_fault_recorded),
	ENABLED(test_first_fault_is_the_one_recorded),
	ENABLED(test_cell_without_cpus_left_can_be_stopped),
	BARE(test_cell_asleep_with_everything_masked_is_stopped),
	BARE(test_wait_leaves_the_cells_interrupt_state_as_it_was),
	ENABLED(test_cells_come_and_go_fifty_times_without_losing_anything),
	ENABLED(test_cells_see_what_they_share_and_the_root_does_not),
	ENABLED(test_reloaded_cell_leaves_alone_what_its_neighbour_works_with),
	ENABLED(test_loadable_cell_that_is_the_last_scrubs_what_was_shared),
	BARE(test_neighbour_that_goes_while_one_is_destroyed_leaves_nothing),
	ENABLED(test_shared_memory_is_clean_in_whatever_order_cells_come_and_go)
)
