// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stage 2 tables against a model of what each page should be, through a TLB that keeps whatever was not flushed. The fake
 * machine itself ends the test when an entry changes without break-before-make or a table is freed too early.
 */
#include <stdlib.h>
#include <string.h>
#include <lib/pool.h>
#include <machine/stage2.h>
#include "test.h"

#define KIB		1024ULL
#define MIB		(1024 * KIB)
#define GIB		(1024 * MIB)
#define PAGE		((uint64_t)PT_PAGE_SIZE)
#define LIMIT		(1ULL << 40)

/* The model looks at the pages around a boundary of 1 GiB, where all levels meet. */
#define PAGES		4096u
#define BASE		(GIB - PAGES / 2 * PAGE)

struct page {
	bool mapped;
	uint64_t pa;
	unsigned int access;
};

static struct page model[PAGES];
static struct stage2 s2;

static void expect_page(uint64_t ipa, const struct page *want)
{
	struct leaf leaf;
	const bool mapped = fake_translate(0, &s2, ipa, &leaf);

	if (mapped != want->mapped)
		fail_msg("%lx is %s", ipa, mapped ? "mapped" : "not mapped");
	if (!mapped)
		return;
	assert_int_equal(leaf.pa + (ipa - leaf.ipa), want->pa);
	assert_int_equal(leaf.write, !!(want->access & STAGE2_WRITE));
	assert_int_equal(leaf.exec, !!(want->access & STAGE2_EXEC));
	assert_int_equal(leaf.device, !!(want->access & STAGE2_DEVICE));
}

static void expect_model(void)
{
	for (unsigned int i = 0; i < PAGES; i++)
		expect_page(BASE + i * PAGE, &model[i]);
	assert_int_equal(pool_used(), fake_tables(&s2));
}

static void model_set(uint64_t ipa, uint64_t size, bool mapped, uint64_t pa, unsigned int access)
{
	for (uint64_t at = 0; at < size; at += PAGE)
		if (ipa + at >= BASE && ipa + at < BASE + PAGES * PAGE)
			model[(ipa + at - BASE) / PAGE] = (struct page){ mapped, pa + at, access };
}

static void map(uint64_t ipa, uint64_t pa, uint64_t size, unsigned int access)
{
	assert_true(stage2_map(&s2, IPA(ipa), PA(pa), size, access));
	model_set(ipa, size, true, pa, access);
}

static void unmap(uint64_t ipa, uint64_t size)
{
	assert_true(stage2_unmap(&s2, IPA(ipa), size));
	model_set(ipa, size, false, 0, 0);
}

static void restore(uint64_t ipa, uint64_t size)
{
	stage2_restore_identity(&s2, IPA(ipa), size);
	model_set(ipa, size, true, ipa, STAGE2_WRITE | STAGE2_EXEC);
}

static void begin(void)
{
	memset(model, 0, sizeof(model));
	s2 = (struct stage2){ 0 };
	assert_true(stage2_init(&s2, 7));
}

/* As the root's: everything, one to one. */
static void begin_identity(void)
{
	begin();
	map(0, 0, LIMIT, STAGE2_WRITE | STAGE2_EXEC);
}

static void test_new_map_reaches_nothing(void **state)
{
	struct leaf leaf;

	begin();
	assert_int_equal(s2.vttbr >> 48, 7);
	assert_int_equal(s2.vttbr % (2 * PAGE), 0);
	assert_int_equal(fake_leaves(&s2, &leaf, 1), 0);
	assert_int_equal(fake_tables(&s2), 2);
}

static void test_whole_address_space_takes_no_table_but_the_root(void **state)
{
	static struct leaf leaves[1025];

	begin_identity();
	assert_int_equal(fake_leaves(&s2, leaves, 1025), 1024);
	assert_int_equal(fake_tables(&s2), 2);
	expect_model();
	expect_page(0, &(struct page){ true, 0, STAGE2_WRITE | STAGE2_EXEC });
	expect_page(LIMIT - PAGE, &(struct page){ true, LIMIT - PAGE, STAGE2_WRITE | STAGE2_EXEC });
}

static void test_largest_blocks_are_used(void **state)
{
	static struct leaf leaves[16];

	begin();
	map(GIB - 2 * MIB - PAGE, 5 * GIB - 2 * MIB - PAGE, GIB + 4 * MIB + 2 * PAGE, STAGE2_WRITE);
	assert_int_equal(fake_leaves(&s2, leaves, 16), 5);
	assert_int_equal(leaves[0].size, PAGE);
	assert_int_equal(leaves[1].size, 2 * MIB);
	assert_int_equal(leaves[2].size, GIB);
	assert_int_equal(leaves[3].size, 2 * MIB);
	assert_int_equal(leaves[4].size, PAGE);
	expect_model();
}

static void test_blocks_need_both_addresses_aligned(void **state)
{
	static struct leaf leaves[600];

	begin();
	map(GIB, 3 * GIB + PAGE, 2 * MIB, 0);
	assert_int_equal(fake_leaves(&s2, leaves, 600), 512);
	expect_model();
}

static void test_access_is_what_was_asked_for(void **state)
{
	begin();
	for (unsigned int access = 0; access < 8; access++)
		if ((access & (STAGE2_EXEC | STAGE2_DEVICE)) != (STAGE2_EXEC | STAGE2_DEVICE))
			map(BASE + access * PAGE, access * PAGE, PAGE, access);
	expect_model();
}

static void test_one_page_is_cut_out_of_a_gigabyte_and_healed(void **state)
{
	uint64_t before;

	begin_identity();
	before = fake_map_hash(&s2);
	unmap(GIB + 5 * PAGE, PAGE);
	assert_int_equal(fake_tables(&s2), 4);
	expect_model();
	restore(GIB + 5 * PAGE, PAGE);
	assert_int_equal(fake_tables(&s2), 2);
	assert_int_equal(fake_map_hash(&s2), before);
	expect_model();
}

static void test_hole_is_healed_in_any_order_of_its_parts(void **state)
{
	static const uint64_t parts[4][2] = {
		{ GIB - 3 * MIB, MIB }, { GIB - 2 * MIB, 3 * MIB + PAGE }, { GIB + MIB + PAGE, MIB - PAGE },
		{ GIB + 4 * MIB, 2 * MIB },
	};

	begin_identity();
	for (unsigned int order = 0; order < 24; order++) {
		unsigned int left[4] = { 0, 1, 2, 3 }, code = order;

		for (unsigned int i = 0; i < 4; i++)
			unmap(parts[i][0], parts[i][1]);
		expect_model();
		for (unsigned int n = 4; n; n--) {
			unsigned int pick = code % n;

			code /= n;
			restore(parts[left[pick]][0], parts[left[pick]][1]);
			left[pick] = left[n - 1];
			expect_model();
		}
		assert_int_equal(fake_tables(&s2), 2);
	}
}

static void test_edges_of_the_address_space_can_be_unmapped(void **state)
{
	begin_identity();
	unmap(0, PAGE);
	unmap(LIMIT - PAGE, PAGE);
	expect_page(0, &(struct page){ 0 });
	expect_page(LIMIT - PAGE, &(struct page){ 0 });
	expect_model();
	restore(LIMIT - PAGE, PAGE);
	restore(0, PAGE);
	unmap(0, LIMIT);
	assert_int_equal(fake_tables(&s2), 2);
	expect_page(LIMIT / 2, &(struct page){ 0 });
	restore(0, LIMIT);
	expect_model();
}

static void test_unmapping_what_is_not_mapped_is_harmless(void **state)
{
	begin();
	unmap(BASE, 16 * MIB);
	map(BASE + 3 * PAGE, 9 * PAGE, 2 * PAGE, STAGE2_WRITE);
	unmap(BASE + 4 * PAGE, 16 * MIB - 4 * PAGE);
	unmap(BASE + 4 * PAGE, 16 * MIB - 4 * PAGE);
	expect_model();
}

static void test_unmapped_memory_is_gone_from_every_cpu_at_once(void **state)
{
	struct leaf leaf;

	begin_identity();
	for (unsigned int n = 0; n < CPUS; n++)
		assert_true(fake_translate(n, &s2, GIB, &leaf));
	unmap(GIB, 2 * MIB);
	for (unsigned int n = 0; n < CPUS; n++)
		assert_false(fake_translate(n, &s2, GIB, &leaf));
}

static void test_revoked_map_reaches_nothing_and_comes_back(void **state)
{
	struct leaf leaf;
	uint64_t before;

	begin();
	map(BASE, 8 * GIB, 16 * MIB, STAGE2_WRITE);
	map(2 * GIB, 2 * GIB, 3 * GIB, STAGE2_EXEC);
	before = fake_map_hash(&s2);
	expect_model();
	for (unsigned int i = 0; i < 2; i++) {	/* also twice */
		stage2_revoke(&s2);
		assert_int_equal(fake_leaves(&s2, &leaf, 1), 0);
		assert_false(fake_translate(0, &s2, BASE, &leaf));
		assert_false(fake_translate(5, &s2, 2 * GIB, &leaf));
	}
	stage2_reinstate(&s2);
	assert_int_equal(fake_map_hash(&s2), before);
	expect_model();
}

static void test_freeing_gives_every_table_back(void **state)
{
	begin();
	map(BASE + PAGE, 8 * GIB, 8 * MIB, STAGE2_WRITE);
	map(300 * GIB + PAGE, PAGE, PAGE, 0);
	stage2_revoke(&s2);
	stage2_free(&s2);
	assert_int_equal(pool_used(), 0);
	stage2_free(&s2);	/* nothing there */
	assert_int_equal(pool_used(), 0);
}

static void test_empty_pool_leaves_an_identity_map_as_it_was(void **state)
{
	static const uint64_t holes[][2] = {
		{ GIB + 5 * PAGE, PAGE }, { GIB - PAGE, 2 * PAGE }, { GIB - PAGE, 2 * GIB + 2 * PAGE },
		{ GIB - 2 * MIB, PAGE }, { GIB, 3 * MIB },
	};

	begin_identity();
	for (unsigned int h = 0; h < ARRAY_SIZE(holes); h++) {
		for (unsigned int fail = 1;; fail++) {
			bool done;

			fake.pool_fails_in = fail;
			done = stage2_unmap(&s2, IPA(holes[h][0]), holes[h][1]);
			fake.pool_fails_in = 0;
			if (done)
				break;
			expect_model();
			assert_int_equal(fake_tables(&s2), 2);
		}
		model_set(holes[h][0], holes[h][1], false, 0, 0);
		expect_model();
		fake.pool_fails_in = 1;	/* healing needs nothing */
		restore(holes[h][0], holes[h][1]);
		fake.pool_fails_in = 0;
		expect_model();
		assert_int_equal(fake_tables(&s2), 2);
	}
}

static void test_empty_pool_refuses_a_map_without_losing_pages(void **state)
{
	begin();
	for (unsigned int fail = 1; fail <= 5; fail++) {
		bool done;

		fake.pool_fails_in = fail;
		done = stage2_map(&s2, IPA(GIB - PAGE), PA(4 * GIB - PAGE), 2 * PAGE, 0);
		fake.pool_fails_in = 0;
		assert_int_equal(pool_used(), fake_tables(&s2));
		stage2_free(&s2);
		assert_int_equal(pool_used(), 0);
		assert_int_equal(done, fail == 5);	/* two tables on either side */
		assert_true(stage2_init(&s2, 7));
	}
	stage2_free(&s2);
	assert_int_equal(pool_used(), 0);
	fake.pool_fails_in = 1;
	assert_false(stage2_init(&s2, 3));
	assert_int_equal(pool_used(), 0);
}

/* A size that makes all levels happen: pages, blocks, and what is neither. */
static uint64_t random_size(void)
{
	switch (random() % 4) {
	case 0:
		return PAGE;
	case 1:
		return (1 + (uint64_t)random() % 700) * PAGE;
	case 2:
		return (1 + (uint64_t)random() % 4) * 2 * MIB;
	default:
		return ((uint64_t)random() % 3) * 2 * MIB + (1 + (uint64_t)random() % 20) * PAGE;
	}
}

static uint64_t random_ipa(uint64_t size)
{
	uint64_t ipa = BASE + (uint64_t)random() % PAGES * PAGE;

	if (random() % 2)
		ipa &= ~(2 * MIB - 1);
	return ipa + size > BASE + PAGES * PAGE ? BASE : ipa;
}

static void test_random_maps_follow_the_model(void **state)
{
	begin();
	srandom(2);
	for (unsigned int step = 0; step < 1500; step++) {
		uint64_t size = random_size(), ipa = random_ipa(size);
		uint64_t pa = (uint64_t)random() % 8 * GIB + (random() % 2 ? ipa : (uint64_t)random() % 512 * PAGE);

		if (size > 16 * MIB)
			continue;
		switch (random() % 8) {
		case 0 ... 3:
			map(ipa, pa, size, (unsigned int)random() % 4);
			break;
		case 4 ... 6:
			unmap(ipa, size);
			break;
		default:
			stage2_revoke(&s2);
			stage2_reinstate(&s2);
		}
		expect_model();
	}
	stage2_free(&s2);
	assert_int_equal(pool_used(), 0);
}

/* Holes come and go as cells do: they never overlap, and are healed as they were cut. */
static void test_random_holes_follow_the_model(void **state)
{
	struct { uint64_t ipa, size; } holes[12] = { 0 };
	uint64_t before;

	begin_identity();
	before = fake_map_hash(&s2);
	srandom(3);
	for (unsigned int step = 0; step < 1500; step++) {
		unsigned int h = (unsigned int)random() % 12;
		uint64_t size = random_size(), ipa = random_ipa(size);
		bool free_space = true;

		if (holes[h].size) {
			fake.pool_fails_in = 1;
			restore(holes[h].ipa, holes[h].size);
			fake.pool_fails_in = 0;
			holes[h].size = 0;
			expect_model();
			continue;
		}
		for (unsigned int i = 0; i < 12; i++)
			if (ipa < holes[i].ipa + holes[i].size && holes[i].ipa < ipa + size)
				free_space = false;
		if (!free_space)
			continue;
		fake.pool_fails_in = (unsigned int)random() % 4;
		if (stage2_unmap(&s2, IPA(ipa), size)) {
			holes[h].ipa = ipa;
			holes[h].size = size;
			model_set(ipa, size, false, 0, 0);
		}
		fake.pool_fails_in = 0;
		expect_model();
	}
	for (unsigned int h = 0; h < 12; h++)
		if (holes[h].size)
			restore(holes[h].ipa, holes[h].size);
	expect_model();
	assert_int_equal(fake_map_hash(&s2), before);
	assert_int_equal(fake_tables(&s2), 2);
}

static void test_flush_for_another_cell_leaves_this_cpu_as_it_was(void **state)
{
	fake.cpu[0].regs[REG_vttbr_el2] = 1ULL << 48 | 0x1000;
	fake.cpu[0].regs[REG_tcr_el1] = 0x1234;
	begin_identity();
	unmap(GIB, PAGE);
	assert_int_equal(fake.cpu[0].regs[REG_vttbr_el2], 1ULL << 48 | 0x1000);
	assert_int_equal(fake.cpu[0].regs[REG_tcr_el1], 0x1234);
}

static void test_address_limit_is_what_the_cpu_has_but_at_most_40_bits(void **state)
{
	static const uint64_t limits[] = { 1ULL << 32, 1ULL << 36, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT };

	for (unsigned int range = 0; range < ARRAY_SIZE(limits); range++) {
		fake.cpu[0].regs[REG_id_aa64mmfr0_el1] = range;
		assert_int_equal(stage2_limit(), limits[range]);
		/* T0SZ, SL0 = 1, write-back walks, PS. */
		assert_int_equal(stage2_vtcr(), 0x80003540 | (range < 2 ? range : 2) << 16 |
				 (64 - (uint64_t)__builtin_ctzll(limits[range])));
	}
	assert_int_equal(stage2_vtcr(), 0x80023558);
}

TESTS(
	BARE(test_new_map_reaches_nothing),
	BARE(test_whole_address_space_takes_no_table_but_the_root),
	BARE(test_largest_blocks_are_used),
	BARE(test_blocks_need_both_addresses_aligned),
	BARE(test_access_is_what_was_asked_for),
	BARE(test_one_page_is_cut_out_of_a_gigabyte_and_healed),
	BARE(test_hole_is_healed_in_any_order_of_its_parts),
	BARE(test_edges_of_the_address_space_can_be_unmapped),
	BARE(test_unmapping_what_is_not_mapped_is_harmless),
	BARE(test_unmapped_memory_is_gone_from_every_cpu_at_once),
	BARE(test_revoked_map_reaches_nothing_and_comes_back),
	BARE(test_freeing_gives_every_table_back),
	BARE(test_empty_pool_leaves_an_identity_map_as_it_was),
	BARE(test_empty_pool_refuses_a_map_without_losing_pages),
	BARE(test_random_maps_follow_the_model),
	BARE(test_random_holes_follow_the_model),
	BARE(test_flush_for_another_cell_leaves_this_cpu_as_it_was),
	BARE(test_address_limit_is_what_the_cpu_has_but_at_most_40_bits)
)
