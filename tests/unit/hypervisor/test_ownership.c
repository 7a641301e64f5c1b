// SPDX-License-Identifier: GPL-2.0-only
/* What changes hands when a cell is made and unmade, and what a refused blob leaves as it was. */
#include <string.h>
#include <core/blob.h>
#include <lib/pool.h>
#include <machine/gic_regs.h>
#include "test.h"

/* All that a refused or undone call must leave alone. */
struct before {
	unsigned int pool, changes;
	uint64_t map, cpus;
	uint32_t states[CPUS];
	uint32_t spis[32];
	struct gic gic;
};

static struct before take(void)
{
	struct before b = { pool_used(), status.changes, fake_map_hash(&cells[0].stage2), cells[0].cpus, { 0 }, { 0 }, gic };

	for (unsigned int n = 0; n < CPUS; n++)
		b.states[n] = status.cpus[n].state;
	memcpy(b.spis, cells[0].spis, sizeof(b.spis));
	return b;
}

static void expect_same(const struct before *b)
{
	fake_check();
	assert_int_equal(pool_used(), b->pool);
	assert_int_equal(fake_map_hash(&cells[0].stage2), b->map);
	assert_int_equal(cells[0].cpus, b->cpus);
	for (unsigned int n = 0; n < CPUS; n++)
		assert_int_equal(status.cpus[n].state, b->states[n]);
	assert_memory_equal(cells[0].spis, b->spis, sizeof(b->spis));
	assert_memory_equal(&gic, &b->gic, offsetof(struct gic, told));
}

static void refused(const struct cell_spec *spec, int64_t error, uint64_t reason, size_t offset)
{
	const struct before b = take();
	const int64_t result = root_create(spec);

	assert_int_equal(result, error);
	assert_int_equal(fake.cpu[0].x[1], reason);
	assert_int_equal(fake.cpu[0].x[2], offset);
	assert_int_equal(status.changes, b.changes);
	expect_same(&b);
}

static size_t region_at(const struct cell_spec *spec, uint32_t i)
{
	const struct pt_cell *blob = (void *)hypercall_page;

	board_cell_blob(hypercall_page, spec);
	return blob->regions.offset + i * sizeof(struct pt_region);
}

static size_t spi_at(const struct cell_spec *spec, uint32_t i)
{
	board_cell_blob(hypercall_page, spec);
	return ((const struct pt_cell *)hypercall_page)->spis.offset + i * 4;
}

static size_t cpu_at(const struct cell_spec *spec, uint32_t i)
{
	board_cell_blob(hypercall_page, spec);
	return ((const struct pt_cell *)hypercall_page)->cpus.offset + i * 8;
}

static void test_cpu_still_in_use_is_refused(void **state)
{
	refused(&small_cell, PT_ECPU, PT_BLOB_TAKEN, cpu_at(&small_cell, 0));
	root_offline(4);
	refused(&other_cell, PT_ECPU, PT_BLOB_TAKEN, cpu_at(&other_cell, 1));
}

static void test_cpu_of_another_cell_is_refused(void **state)
{
	struct cell_spec spec = other_cell;

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	root_offline(4);
	spec.cpus[1] = 3;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, cpu_at(&spec, 1));
}

static void test_cpu_that_never_entered_is_refused(void **state)
{
	board_enable(3);
	refused(&small_cell, PT_ECPU, PT_BLOB_TAKEN, cpu_at(&small_cell, 0));
}

static void test_memory_of_another_cell_is_refused(void **state)
{
	static const enum pt_cell_state states[] = { PT_CELL_CREATED, PT_CELL_LOADABLE, PT_CELL_RUNNING };

	for (unsigned int i = 0; i < 3; i++) {
		struct cell_spec spec = other_cell;

		board_enable(CPUS);
		cell_in_state(&small_cell, states[i]);
		root_offline(4);
		root_offline(5);
		spec.regions[1].pa = small_cell.regions[0].pa + 0xf000;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
		spec.regions[1].pa = small_cell.regions[0].pa - 0x1000;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
		spec.regions[1] = small_cell.regions[1];	/* the device */
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
	}
}

/* The reader exists in each state; the writer wants other memory, or the same in another way. */
static void test_shared_memory_is_shared_by_those_who_say_the_same(void **state)
{
	static const enum pt_cell_state states[] = { PT_CELL_CREATED, PT_CELL_LOADABLE, PT_CELL_RUNNING };
	const size_t at = region_at(&writer_cell, 0);

	for (unsigned int i = 0; i < 3; i++) {
		struct cell_spec spec = writer_cell;
		struct pt_region *r = &spec.regions[0];

		board_enable(CPUS);
		cell_in_state(&reader_cell, states[i]);
		root_offline(6);
		r->flags &= ~(uint32_t)PT_REGION_SHARED;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, at);
		*r = writer_cell.regions[0];
		r->size += PT_PAGE_SIZE;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, at);
		r->size -= 2 * PT_PAGE_SIZE;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, at);
		*r = writer_cell.regions[0];
		r->pa -= PT_PAGE_SIZE;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, at);
		/* What the reader has for itself cannot be shared with it. */
		r->pa = reader_cell.regions[0].pa;
		r->size = reader_cell.regions[0].size;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, at);
		r->pa = HYPERVISOR;
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, at);
		assert_int_equal(root_create(&writer_cell), 2);
		fake_check();
	}
}

/* Memory that the first has already is left with it, whatever the second fails of. */
static void test_pool_empty_while_a_neighbour_shares_leaves_it_shared(void **state)
{
	struct cell_spec spec = writer_cell;
	unsigned int fail = 1;
	struct before b;
	uint64_t value;

	/* Beside the memory that is shared, and after it, one that needs tables of its own. */
	spec.regions[2] = (struct pt_region){ ARENA_BASE + 0x1001000, 0x50000000, 0x1000, PT_REGION_READ, 0 };
	spec.region_count = 3;
	cell_in_state(&reader_cell, PT_CELL_RUNNING);
	root_offline(6);
	for (;; fail++) {
		int64_t result;

		b = take();
		fake.pool_fails_in = fail;
		result = root_create(&spec);
		fake.pool_fails_in = 0;
		if (result > 0)
			break;
		assert_int_equal(result, PT_ENOMEM);
		expect_same(&b);
		assert_int_equal(fake_load(0, SHARED_PA, 4, &value), INJECTED);
		assert_int_equal(fake_load(2, reader_cell.regions[1].ipa, 4, &value), REACHED);
	}
	assert_true(fail > 8);
	fake_check();
}

static void test_pool_empty_gives_shared_memory_back_that_is_nobodys(void **state)
{
	struct cell_spec spec = writer_cell;
	unsigned int fail = 1;
	uint64_t value;

	spec.regions[2] = (struct pt_region){ ARENA_BASE + 0x1001000, 0x50000000, 0x1000, PT_REGION_READ, 0 };
	spec.region_count = 3;
	root_offline(6);
	assert_int_equal(root_create(&spec), 1);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
	for (;; fail++) {
		const struct before b = take();
		int64_t result;

		fake.pool_fails_in = fail;
		result = root_create(&spec);
		fake.pool_fails_in = 0;
		if (result > 0)
			break;
		assert_int_equal(result, PT_ENOMEM);
		expect_same(&b);
		assert_int_equal(fake_load(0, SHARED_PA, 4, &value), REACHED);
	}
	assert_true(fail > 8);
	fake_check();
}

static void test_blob_overlapping_hypervisor_is_refused_and_changes_nothing(void **state)
{
	static const uint64_t places[] = {
		HYPERVISOR, HYPERVISOR - 0x1000, HYPERVISOR + HYPERVISOR_SIZE - 0x1000, HYPERVISOR + 0x200000,
	};
	struct cell_spec spec = other_cell;

	root_offline(4);
	root_offline(5);
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		spec.regions[1].pa = places[i];
		refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
	}
	spec.regions[1].pa = HYPERVISOR - 0x2000;
	assert_int_equal(root_create(&spec), 1);
}

static void test_tables_of_the_roots_lpis_cannot_be_a_cells(void **state)
{
	const uint64_t config = ARENA_BASE + 0x600000, pending = ARENA_BASE + 0x610000;
	struct cell_spec spec = other_cell;

	board_enable(0);
	gic.redistributor[2].ctlr = GICR_CTLR_ENABLE_LPIS;
	gic.redistributor[2].propbaser = config | 15 << 7 | 13;		/* 14 bits of INTID: 16 KiB */
	gic.redistributor[2].pendbaser = pending | 15 << 7;
	board_enter(CPUS);
	root_offline(4);
	root_offline(5);
	spec.regions[0].size = 0x1000;
	spec.regions[1].pa = config - 0x1000;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
	spec.regions[1].pa = config + 0x3000;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
	spec.regions[1].pa = pending - 0x1000;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
	spec.regions[1].pa = pending;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
	spec.regions[1].pa = config + 0x4000;
	assert_int_equal(root_create(&spec), 1);
}

static void test_memory_beyond_what_the_cpu_can_address_is_refused(void **state)
{
	struct cell_spec spec = other_cell;

	root_offline(4);
	root_offline(5);
	fake.cpu[0].regs[REG_id_aa64mmfr0_el1] = 1;	/* 36 bits */
	spec.regions[1].ipa = 0x1000000000;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
	spec = other_cell;
	spec.comm = 0x1000000000 - PT_PAGE_SIZE;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, offsetof(struct pt_cell, comm));
	spec = small_cell;
	root_offline(3);
	spec.regions[1].pa = 0x1000000000;
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, region_at(&spec, 1));
}

static void test_interrupt_of_another_cell_or_of_none_is_refused(void **state)
{
	struct cell_spec spec = other_cell;

	cell_in_state(&small_cell, PT_CELL_CREATED);
	root_offline(4);
	root_offline(5);
	spec.spis[1] = small_cell.spis[0];
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, spi_at(&spec, 1));
	spec.spis[1] = SPI_LIMIT;	/* the board has no such */
	refused(&spec, PT_EOWNED, PT_BLOB_TAKEN, spi_at(&spec, 1));
}

static void test_bad_blob_is_refused_with_the_field_named(void **state)
{
	struct cell_spec spec = small_cell;
	struct before b;
	uint32_t length;

	root_offline(3);
	spec.entry = 0x10000;
	refused(&spec, PT_EBLOB, PT_BLOB_ENTRY, offsetof(struct pt_cell, entry));
	spec = small_cell;
	spec.regions[1].pa = ITS_PA;
	refused(&spec, PT_EBLOB, PT_BLOB_TAKEN, region_at(&spec, 1));

	b = take();
	length = board_cell_blob(hypercall_page, &small_cell);
	for (uint32_t size = 0; size < length; size++)
		assert_int_equal(fake_hvc(0, PT_HC_CELL_CREATE, size, 0, 0), PT_EBLOB);
	assert_int_equal(fake.cpu[0].x[1], PT_BLOB_LENGTH);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_CREATE, PT_BLOB_MAX + 1, 0, 0), PT_EINVAL);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_CREATE, ~0ULL, 0, 0), PT_EINVAL);
	expect_same(&b);
	assert_int_equal(fake_hvc(0, PT_HC_CELL_CREATE, PT_BLOB_MAX, 0, 0), 1);
}

static void test_name_can_be_used_once(void **state)
{
	struct cell_spec spec = other_cell;

	cell_in_state(&small_cell, PT_CELL_CREATED);
	root_offline(4);
	root_offline(5);
	spec.name = "small";
	refused(&spec, PT_EEXIST, PT_BLOB_FINE, 0);
	spec.name = "root";
	refused(&spec, PT_EEXIST, PT_BLOB_FINE, 0);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
	spec.name = "small";
	assert_int_equal(root_create(&spec), 1);
}

static void test_table_of_cells_can_be_full(void **state)
{
	root_offline(3);
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		status.cells[i].state = PT_CELL_CREATED;
	assert_int_equal(root_create(&small_cell), PT_ELIMIT);
	status.cells[9].state = PT_CELL_NONE;
	assert_int_equal(root_create(&small_cell), 9);
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		if (i != 9)
			status.cells[i].state = PT_CELL_NONE;
	fake_check();
}

static void test_blob_is_copied_before_it_is_believed(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_CREATED);

	memset(hypercall_page, 0xff, sizeof(hypercall_page));
	assert_int_equal(root_finish(PT_HC_CELL_LOADABLE, id), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_START, id), PT_OK);
	fake_settle();
	assert_int_equal(fake.cpu[3].regs[REG_elr_el2], small_cell.entry);
	assert_int_equal(cells[id].regions[0].pa, small_cell.regions[0].pa);
}

static void test_pool_empty_at_any_allocation_leaves_everything_as_it_was(void **state)
{
	unsigned int fail = 1;

	root_offline(3);
	root_offline(4);
	root_offline(5);
	/* Once, so that the root's map has the tables for its window on communication areas. */
	assert_int_equal(root_create(&small_cell), 1);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
	for (;; fail++) {
		const struct before b = take();
		int64_t result;

		fake.pool_fails_in = fail;
		result = root_create(&other_cell);
		fake.pool_fails_in = 0;
		if (result > 0)
			break;
		assert_int_equal(result, PT_ENOMEM);
		assert_int_equal(status.cells[1].state, PT_CELL_NONE);
		assert_int_equal(status.comm_size, 0);
		expect_same(&b);
	}
	assert_true(fail > 8);
	fake_check();
}

static void test_start_needs_no_memory(void **state)
{
	const unsigned int id = cell_in_state(&other_cell, PT_CELL_LOADABLE);

	fake.pool_fails_in = 1;
	assert_int_equal(root_call(PT_HC_CELL_START, id), PT_OK);
	fake.pool_fails_in = 0;
	fake_settle();
	fake_check();
}

static void test_failed_start_shows_the_root_no_device(void **state)
{
	struct cell_spec spec = other_cell, neighbour = small_cell;
	unsigned int id, fail;
	uint64_t value;

	/* The device comes first, so that it is passed before the pool is found empty. */
	spec.regions[2] = spec.regions[1];
	spec.regions[1] = spec.regions[0];
	spec.regions[0] = small_cell.regions[1];
	spec.region_count = 3;
	/* A neighbour beside its memory, which gives back the tables that were kept for its start. */
	neighbour.regions[0].pa = ARENA_BASE + 0x606000;
	neighbour.regions[0].size = 0x1000;
	neighbour.region_count = 1;
	neighbour.spi_count = 0;
	id = cell_in_state(&neighbour, PT_CELL_CREATED);
	assert_int_not_equal(cell_in_state(&spec, PT_CELL_LOADABLE), id);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	id = 3 - id;
	for (fail = 1;; fail++) {
		const uint64_t map = fake_map_hash(&cells[0].stage2);
		const unsigned int used = pool_used();
		int64_t result;

		fake.pool_fails_in = fail;
		result = root_call(PT_HC_CELL_START, id);
		fake.pool_fails_in = 0;
		if (result == PT_OK)
			break;
		assert_int_equal(result, PT_ENOMEM);
		assert_int_equal(status.cells[id].state, PT_CELL_LOADABLE);
		assert_int_equal(fake_map_hash(&cells[0].stage2), map);
		assert_int_equal(pool_used(), used);
		assert_int_equal(fake_load(0, UART_PA, 4, &value), INJECTED);
		fake_check();
	}
	assert_true(fail > 1);
	fake_settle();
	fake_check();
}

static void test_interrupt_is_silent_and_as_after_reset_when_handed_over(void **state)
{
	struct irq_bank *b = &gic.spis[40 / 32];
	const uint32_t bit = 1u << 40 % 32;

	b->enabled = b->pending = b->active = ~0u;
	memset(b->priority, 0x20, 32);
	gic.route[40] = board_mpidr[2];
	cell_in_state(&small_cell, PT_CELL_CREATED);
	assert_int_equal(b->enabled, ~bit);
	assert_int_equal(b->pending, ~bit);
	assert_int_equal(b->active, ~bit);
	assert_int_equal(b->group, ~0u);
	assert_int_equal(b->priority[8], 0xa0);
	assert_int_equal(b->priority[7], 0x20);
	assert_int_equal(b->priority[9], 0x20);
	assert_int_equal(gic.route[40], board_mpidr[3]);
	assert_true(cell_owns_spi(&cells[1], 40));
	assert_false(cell_owns_spi(&cells[0], 40));
}

static void test_destroy_gives_back_everything_with_its_settings(void **state)
{
	static const struct cell_spec *specs[] = { &small_cell, &other_cell };
	struct before b;

	/* Once, so that the root's map has the tables for its window on communication areas. */
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, cell_in_state(specs[i], PT_CELL_CREATED)), PT_OK);
	for (uint32_t intid = 32; intid < SPI_LIMIT; intid++) {
		struct irq_bank *bank = &gic.spis[intid / 32];

		bank->priority[intid % 32] = (uint8_t)(intid * 8);
		bank->config[intid / 16 % 2] |= (intid % 3 == 0 ? 2u : 0) << 2 * (intid % 16);
		if (intid % 5 == 0)
			bank->enabled |= 1u << intid % 32;
		gic.route[intid] = board_mpidr[intid % 3];
	}
	gic.spis[EVENT_SPI / 32].pending &= ~(1u << EVENT_SPI % 32);
	for (unsigned int round = 0; round < 2; round++) {
		b = take();
		for (unsigned int i = 0; i < 2; i++) {
			unsigned int id = cell_in_state(specs[i], PT_CELL_RUNNING);
			struct irq_bank *bank = &gic.spis[1];

			/* Whatever the cell does to them. */
			fake_store_to(specs[i]->cpus[0], GICD_PA + GICD_ISENABLER + 4, 4, ~0u);
			fake_store_to(specs[i]->cpus[0], GICD_PA + GICD_ICFGR + 8, 4, ~0u);
			fake_store_to(specs[i]->cpus[0], GICD_PA + GICD_IPRIORITYR + 40, 4, 0);
			bank->pending |= 1u << specs[i]->spis[0] % 32;
			bank->active |= 1u << specs[i]->spis[0] % 32;
			assert_int_equal(root_finish(PT_HC_CELL_STOP, id), PT_OK);
			fake_check();
			assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
		}
		gic.spis[EVENT_SPI / 32].pending &= ~(1u << EVENT_SPI % 32);
		for (unsigned int n = 3; n < 6; n++)	/* redistributors of parked CPUs are their own matter */
			b.gic.redistributor[n] = gic.redistributor[n];
		expect_same(&b);
	}
	assert_int_equal(status.cells[0].cpus, 0xff);
}

static void test_roots_interrupts_leave_cpus_that_are_given_away(void **state)
{
	gic.route[50] = board_mpidr[3];
	gic.route[51] = GICD_IROUTER_IRM;
	gic.route[52] = board_mpidr[2];
	gic.route[40] = board_mpidr[4];		/* the small cell's, and the root had routed it to the other's CPU */
	gic.spis[1].enabled = ~0u;
	gic.route_extended[31] = board_mpidr[3];
	cell_in_state(&small_cell, PT_CELL_CREATED);
	assert_int_equal(gic.route_extended[31], board_mpidr[0]);
	assert_int_equal(gic.route[50], board_mpidr[0]);
	assert_int_equal(gic.route[51], board_mpidr[0]);
	assert_int_equal(gic.route[52], board_mpidr[2]);
	cell_in_state(&other_cell, PT_CELL_RUNNING);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
	assert_int_equal(gic.route[40], board_mpidr[0]);
	fake_check();
}

static void test_slot_remembers_nothing_of_its_former_cell(void **state)
{
	struct cell_spec one = other_cell, two = other_cell;
	uint64_t value;

	root_finish(PT_HC_CELL_DESTROY, cell_in_state(&other_cell, PT_CELL_RUNNING - 1));
	one.region_count = 1;
	one.regions[0].size = 0x1000;
	one.cpu_count = one.spi_count = 1;
	assert_int_equal(cell_in_state(&one, PT_CELL_CREATED), 1);
	assert_true(ownership_root_has(other_cell.regions[1].pa));
	assert_int_equal(fake_load(0, other_cell.regions[1].pa, 4, &value), REACHED);
	two.name = "two";
	two.cpus[0] = 5;
	two.cpu_count = two.region_count = two.spi_count = 1;
	two.spis[0] = other_cell.spis[1];
	two.regions[0].pa = other_cell.regions[1].pa;
	two.regions[0].size = 0x2000;
	assert_int_equal(cell_in_state(&two, PT_CELL_RUNNING), 2);
	fake_check();
}

static void test_status_names_owners_from_the_first_moment(void **state)
{
	assert_int_equal(status.cells[0].cpus, 0xff);
	for (unsigned int n = 0; n < CPUS; n++) {
		assert_int_equal(status.cpus[n].mpidr, board_mpidr[n]);
		assert_int_equal(status.cpus[n].cell, PT_ROOT_CELL);
	}
}

static void test_memory_figures_add_up(void **state)
{
	const uint64_t tables = status.table_size, pages = pool_used();

	cell_in_state(&small_cell, PT_CELL_CREATED);
	assert_int_equal(status.comm_size, PT_COMM_SIZE + PT_PAGE_SIZE);
	assert_int_equal(status.table_size - tables + status.comm_size, (pool_used() - pages) * PT_PAGE_SIZE);
	root_finish(PT_HC_CELL_DESTROY, 1);
	assert_int_equal(status.comm_size, 0);
}

static void test_root_is_told_the_truth_about_what_it_has(void **state)
{
	cell_in_state(&small_cell, PT_CELL_CREATED);
	assert_true(ownership_root_has(0));
	assert_true(ownership_root_has(ARENA_BASE));
	assert_true(ownership_root_has(ITS_PA));
	assert_false(ownership_root_has(small_cell.regions[0].pa + 0xffff));
	assert_true(ownership_root_has(small_cell.regions[0].pa + 0x10000));
	assert_false(ownership_root_has(UART_PA));
	assert_false(ownership_root_has(HYPERVISOR));
	assert_false(ownership_root_has(GICD_PA + 0xffff));
	assert_false(ownership_root_has(GICR_PA));
	assert_false(ownership_root_has(1ULL << 40));
	assert_false(ownership_root_has(~0ULL));
	root_finish(PT_HC_CELL_LOADABLE, 1);
	assert_true(ownership_root_has(small_cell.regions[0].pa));
	assert_false(ownership_root_has(UART_PA));
	root_finish(PT_HC_CELL_START, 1);
	assert_false(ownership_root_has(small_cell.regions[0].pa));
}

TESTS(
	ENABLED(test_cpu_still_in_use_is_refused),
	ENABLED(test_cpu_of_another_cell_is_refused),
	BARE(test_cpu_that_never_entered_is_refused),
	BARE(test_memory_of_another_cell_is_refused),
	BARE(test_shared_memory_is_shared_by_those_who_say_the_same),
	ENABLED(test_pool_empty_while_a_neighbour_shares_leaves_it_shared),
	ENABLED(test_pool_empty_gives_shared_memory_back_that_is_nobodys),
	ENABLED(test_blob_overlapping_hypervisor_is_refused_and_changes_nothing),
	BARE(test_tables_of_the_roots_lpis_cannot_be_a_cells),
	ENABLED(test_memory_beyond_what_the_cpu_can_address_is_refused),
	ENABLED(test_interrupt_of_another_cell_or_of_none_is_refused),
	ENABLED(test_bad_blob_is_refused_with_the_field_named),
	ENABLED(test_name_can_be_used_once),
	ENABLED(test_table_of_cells_can_be_full),
	ENABLED(test_blob_is_copied_before_it_is_believed),
	ENABLED(test_pool_empty_at_any_allocation_leaves_everything_as_it_was),
	ENABLED(test_start_needs_no_memory),
	ENABLED(test_failed_start_shows_the_root_no_device),
	ENABLED(test_interrupt_is_silent_and_as_after_reset_when_handed_over),
	ENABLED(test_destroy_gives_back_everything_with_its_settings),
	ENABLED(test_roots_interrupts_leave_cpus_that_are_given_away),
	ENABLED(test_slot_remembers_nothing_of_its_former_cell),
	ENABLED(test_status_names_owners_from_the_first_moment),
	ENABLED(test_memory_figures_add_up),
	ENABLED(test_root_is_told_the_truth_about_what_it_has)
)
