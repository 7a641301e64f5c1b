// SPDX-License-Identifier: GPL-2.0-only
/*
 * What can fail in a cell's life does, at each point at which it can: the pool is empty, the interrupt controller never answers,
 * the firmware refuses, a CPU never comes. Each failure is told to who asked, and leaves the state that was there before.
 */
#include <string.h>
#include <lib/pool.h>
#include "test.h"

static const struct cell_spec *const specs[] = { &small_cell, &other_cell, &uart_cell, &pci_cell, &reader_cell, &writer_cell };

/* Everything that a call which fails must leave alone. */
struct before {
	uint64_t maps[PT_MAX_CELLS];
	struct gic gic;
	struct fake_cpu cpu[CPUS];
};

static void note(struct before *b)
{
	fake_note();
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
		b->maps[i] = cells[i].stage2.root ? fake_map_hash(&cells[i].stage2) : 0;
	b->gic = gic;
	memcpy(b->cpu, fake.cpu, sizeof(fake.cpu));
}

/* @slot: the cell that came to nothing; 0: it was there before. What is left in a place that is free is nothing to anybody. */
static void expect_same(const struct before *b, unsigned int slot)
{
	const struct span but[] = {
		{ hypercall_page, sizeof(hypercall_page) },
		{ status.cpus[0].exits, sizeof(status.cpus[0].exits) },
		{ &cells[slot], slot ? sizeof(cells[slot]) : 0 },
		{ &status.cells[slot], slot ? sizeof(status.cells[slot]) : 0 },
	};
	const void *changed = fake_changed(but, ARRAY_SIZE(but));

	if (changed)
		fail_msg("the word at %p has changed: cells are at %p, the status at %p", changed, (void *)cells, (void *)&status);
	if (slot) {
		assert_false(cell_exists(&cells[slot]));
		assert_null(cells[slot].blob);
		assert_null(cells[slot].comm);
		assert_null(cells[slot].stage2.root);
		assert_int_equal(cells[slot].cpus, 0);
		assert_int_equal(cells[slot].region_count, 0);
		assert_int_equal(cells[slot].event_spi, 0);
		assert_int_equal(status.cells[slot].managers, 0);
	}
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
		assert_int_equal(b->maps[i], cells[i].stage2.root ? fake_map_hash(&cells[i].stage2) : 0);
	assert_memory_equal(&b->gic, &gic, offsetof(struct gic, told));
	for (unsigned int n = 1; n < CPUS; n++)
		assert_memory_equal(&b->cpu[n], &fake.cpu[n], offsetof(struct fake_cpu, private));
	fake_check();
}

/* Beside a neighbour that runs, and one more that shares memory with two of them. */
static void test_creation_that_finds_the_pool_empty_changes_nothing(void **state)
{
	static struct before b;

	for (unsigned int i = 0; i < ARRAY_SIZE(specs); i++) {
		const struct cell_spec *spec = specs[i];
		int64_t id = PT_ENOMEM;

		board_enable(CPUS);
		if (spec != &reader_cell)
			cell_in_state(&reader_cell, PT_CELL_RUNNING);
		/* Once, so that the root has the tables for its views of communication areas. */
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, cell_in_state(spec, PT_CELL_CREATED)), PT_OK);
		for (unsigned int fail = 1; id == PT_ENOMEM; fail++) {
			const unsigned int slot = spec == &reader_cell ? 1 : 2;

			note(&b);
			fake.pool_fails_in = fail;
			id = root_create(spec);
			fake.pool_fails_in = 0;
			assert_true(id == PT_ENOMEM || (id == slot && fail > 4));
			if (id == PT_ENOMEM)
				expect_same(&b, slot);
		}
		assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, (uint64_t)id), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_START, (uint64_t)id), PT_OK);
		fake_settle();
		fake_check();
	}
}

static void test_moves_of_a_cell_need_no_memory(void **state)
{
	static const uint64_t moves[] = { PT_HC_CELL_LOADABLE, PT_HC_CELL_START, PT_HC_CELL_STOP, PT_HC_CELL_LOADABLE,
					  PT_HC_CELL_START, PT_HC_CELL_STOP, PT_HC_CELL_DESTROY };

	for (unsigned int i = 0; i < ARRAY_SIZE(specs); i++) {
		unsigned int id, used;

		board_enable(CPUS);
		id = cell_in_state(specs[i], PT_CELL_CREATED);
		used = pool_used();
		fake.pool_fails_in = 1;
		for (unsigned int m = 0; m < ARRAY_SIZE(moves); m++) {
			assert_int_equal(root_finish(moves[m], id), PT_OK);
			assert_true(pool_used() <= used);
			fake_check();
		}
		fake.pool_fails_in = 0;
	}
}

/* Writes that are always pending (RWP), a redistributor that never wakes: it takes longer, by so many looks. */
static void test_interrupt_controller_that_never_answers_delays_and_hangs_nobody(void **state)
{
	unsigned int id;

	gic.stuck = true;
	for (unsigned int life = 0; life < 2; life++) {
		id = cell_in_state(&small_cell, PT_CELL_RUNNING);
		fake_trap(3, ESR(EC_WFX));
		assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
		fake_check();
	}
	gic.looks = 0;
	root_offline(4);
	assert_in_range(gic.looks, 1, 4 * 100000);
}

static void test_cpu_that_the_firmware_keeps_on_delays_the_end_only(void **state)
{
	root_offline(3);
	fake.firmware_keeps = true;
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(fake_hvc(0, PT_HC_DISABLE, 0, 0, 0), PT_AGAIN);
		fake_settle();
	}
	assert_int_equal(fake.cpu[0].where, IN_GUEST);
	fake.firmware_keeps = false;
	fake_settle();
	assert_int_equal(fake_hvc(0, PT_HC_DISABLE, 0, 0, 0), PT_OK);
}

/* A cell that is trusted to idle sleeps with everything masked: nobody can wake it. */
static void test_cpu_that_never_comes_keeps_its_own_cell_only(void **state)
{
	struct cell_spec spec = other_cell;
	unsigned int id, small;
	uint64_t value;

	id = cell_in_state(&spec, PT_CELL_RUNNING);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(root_call(PT_HC_CELL_STOP, id), PT_AGAIN);	/* no fetch in between */
	assert_int_equal(root_call(PT_HC_CELL_LOADABLE, id), PT_AGAIN);
	assert_int_equal(root_call(PT_HC_CELL_START, id), PT_ESTATE);
	assert_int_equal(root_call(PT_HC_CELL_DESTROY, id), PT_AGAIN);
	assert_int_equal(fake.scrubbed, spec.regions[0].size + spec.regions[1].size);
	assert_int_equal(fake_load(0, spec.regions[0].pa, 4, &value), INJECTED);
	assert_int_equal(fake_hvc(0, PT_HC_DISABLE, 0, 0, 0), PT_EBUSY);
	small = cell_in_state(&small_cell, PT_CELL_RUNNING);	/* everything settles here: it comes */
	assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, small), PT_OK);
	fake_check();
}

TESTS(
	BARE(test_creation_that_finds_the_pool_empty_changes_nothing),
	BARE(test_moves_of_a_cell_need_no_memory),
	ENABLED(test_interrupt_controller_that_never_answers_delays_and_hangs_nobody),
	ENABLED(test_cpu_that_the_firmware_keeps_on_delays_the_end_only),
	ENABLED(test_cpu_that_never_comes_keeps_its_own_cell_only)
)
