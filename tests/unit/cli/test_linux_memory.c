// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which piece of Linux' memory is asked for: where nothing is fixed, the least has to move, and what was set aside at
 * boot comes last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <config/system.h>
#include <linux/cli/linux_memory.h>

#define BLOCK	(2ull << 20)
#define START	0x40000000ull
#define AT(n)	(START + (n) * BLOCK)

static char root[] = "/tmp/partita-linux-memory-XXXXXX";

/* 16 MiB in the shape of a kernel's list; with @inside, more lines. */
static void write_list(const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc", root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/proc/iomem", root);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int make_files(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	return setenv("PARTITA_ROOT", root, 1);
}

static int remove_files(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

/* One stretch of 2 MiB blocks: '.' free, 'm' half to be moved, 'F' a page fixed. */
static struct linux_memory memory_like(const char *blocks)
{
	struct linux_memory m;
	char text[128];

	snprintf(text, sizeof(text), "%llx-%llx : System RAM\n", START, AT(strlen(blocks)) - 1);
	write_list(text);
	assert_true(linux_memory_read(&m));
	assert_int_equal(m.count, 1);
	assert_int_equal(m.stretches[0].count, strlen(blocks));
	for (size_t i = 0; i < strlen(blocks); i++) {
		struct pt_memory_block *b = &m.stretches[0].blocks[i];

		b->movable = blocks[i] == 'm' ? 256 : 0;
		b->free = (uint16_t)((blocks[i] == 'F' ? 511 : 512) - b->movable);
	}
	return m;
}

static uint64_t choice(const char *blocks, uint64_t size)
{
	struct linux_memory m = memory_like(blocks);
	struct pt_range piece;
	const bool found = linux_memory_choose(&m, size, 1, 0, &piece);

	linux_memory_free(&m);
	if (!found)
		return 0;
	assert_int_equal(piece.size, size);
	return piece.base;
}

static void test_what_has_least_to_move_is_chosen(void **state)
{
	(void)state;
	assert_int_equal(choice("m.mm..m", 2 * BLOCK), AT(4));
	assert_int_equal(choice("mmm.mmm", 3 * BLOCK), AT(2));
	assert_int_equal(choice("mmmm", BLOCK), AT(0));
}

static void test_nothing_fixed_is_in_it(void **state)
{
	(void)state;
	assert_int_equal(choice("..F..m", 3 * BLOCK), AT(3));
	assert_int_equal(choice("..F.", 3 * BLOCK), 0);
	assert_int_equal(choice("F", BLOCK), 0);
	assert_int_equal(choice("..", 3 * BLOCK), 0);
}

static void test_a_part_of_a_block_takes_all_of_it(void **state)
{
	(void)state;
	assert_int_equal(choice("..F...", 2 * BLOCK + 4096), AT(3));
	assert_int_equal(choice("F.F", 4096), AT(1));
}

static void test_of_equals_the_best_aligned_is_chosen(void **state)
{
	(void)state;
	/* Block 512 begins a GiB, block 8 16 MiB. */
	char blocks[600];

	memset(blocks, '.', sizeof(blocks));
	blocks[0] = 'F';
	blocks[sizeof(blocks) - 1] = 0;
	assert_int_equal(choice(blocks, 4 * BLOCK), AT(512));
	assert_int_equal(choice("F..........", 2 * BLOCK), AT(8));
}

static void test_what_was_refused_is_not_chosen_again(void **state)
{
	struct linux_memory m = memory_like("......");
	struct pt_range piece;

	(void)state;
	linux_memory_refused(&m, AT(2) + 4096);
	assert_true(linux_memory_choose(&m, 3 * BLOCK, 1, 0, &piece));
	assert_int_equal(piece.base, AT(3));
	linux_memory_refused(&m, AT(4));
	assert_false(linux_memory_choose(&m, 3 * BLOCK, 1, 0, &piece));
	linux_memory_free(&m);
}

static void fill(struct linux_memory *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		for (uint32_t k = 0; k < m->stretches[i].count; k++)
			m->stretches[i].blocks[k].free = 512;
}

static void test_the_kernels_list_is_understood(void **state)
{
	struct linux_memory m;

	(void)state;
	write_list("09000000-09000fff : pl011@9000000\n"
		   "  09000000-09000fff : reserved\n"
		   "40100000-409fffff : System RAM\n"
		   "  40210000-4021ffff : Kernel code\n"
		   "  40800000-40800fff : reserved\n"
		   "40a00000-40afffff : System RAM\n"
		   "880000000-8ffffffff : System RAM\n"
		   "100000000-1ffffffff : System RAM (virtio_mem)\n"
		   "8000000000-ffffffffff : pcie@10000000\n");
	assert_true(linux_memory_read(&m));
	assert_int_equal(m.count, 2);
	assert_int_equal(m.stretches[0].start, 0x40200000);
	assert_int_equal(m.stretches[0].count, 4);
	assert_int_equal(m.stretches[1].start, 0x880000000);
	assert_int_equal(m.stretches[1].count, 1024);
	fill(&m);
	assert_int_equal(linux_memory_most(&m, 1), 2ull << 30);
	linux_memory_free(&m);
}

static void test_what_was_set_aside_comes_last_and_as_a_whole(void **state)
{
	struct linux_memory m;
	struct pt_range piece;

	(void)state;
	write_list("40000000-40ffffff : System RAM\n"
		   "  40400000-409fffff : reserved\n");
	assert_true(linux_memory_read(&m));
	fill(&m);
	m.stretches[0].blocks[6] = (struct pt_memory_block){ .movable = 512 };
	assert_true(linux_memory_choose(&m, 3 * BLOCK, 1, 0, &piece));
	assert_int_equal(piece.base, AT(5));
	assert_true(linux_memory_choose(&m, 2 * BLOCK, 1, 0, &piece));
	assert_int_equal(piece.base, AT(0));
	linux_memory_refused(&m, AT(4));
	assert_true(linux_memory_choose(&m, 3 * BLOCK, 1, 0, &piece));
	assert_int_equal(piece.base, AT(5));
	assert_false(linux_memory_choose(&m, 4 * BLOCK, 1, 0, &piece));
	linux_memory_free(&m);
}

static void test_sums_tell_of_each_kind(void **state)
{
	struct linux_memory m = memory_like(".mF..");
	const struct memory_sums sums = linux_memory_sums(&m);

	(void)state;
	assert_int_equal(sums.free, (4 * 512 + 256 - 1) * 4096);
	assert_int_equal(sums.movable, 256 * 4096);
	assert_int_equal(sums.fixed, 4096);
	linux_memory_free(&m);
}

/* The next piece by its first block and blocks, "none" where there is none. */
static const char *next_piece(const struct linux_memory *m, uint64_t size, unsigned int pieces,
			      uint64_t near)
{
	static char words[32];
	struct pt_range piece;

	if (!linux_memory_choose(m, size, pieces, near, &piece))
		return "none";
	snprintf(words, sizeof(words), "%llu+%llu", (unsigned long long)((piece.base - START) / BLOCK),
		 (unsigned long long)(piece.size / BLOCK));
	return words;
}

static void test_pieces_are_the_largest_and_the_last_has_least_to_move(void **state)
{
	struct linux_memory m = memory_like("mm.F.m..F..F....m");

	(void)state;
	assert_string_equal(next_piece(&m, 5 * BLOCK, 1, 0), "12+5");
	assert_string_equal(next_piece(&m, 6 * BLOCK, 1, 0), "none");
	assert_string_equal(next_piece(&m, 6 * BLOCK, 2, 0), "12+5");
	assert_string_equal(next_piece(&m, 9 * BLOCK, 2, 0), "12+5");
	assert_string_equal(next_piece(&m, 10 * BLOCK, 2, 0), "none");
	assert_string_equal(next_piece(&m, 10 * BLOCK, 3, 0), "12+5");
	assert_string_equal(next_piece(&m, 2 * BLOCK, 2, AT(12)), "12+2");
	assert_int_equal(linux_memory_most(&m, 1), 5 * BLOCK);
	assert_int_equal(linux_memory_most(&m, 3), 12 * BLOCK);
	assert_int_equal(linux_memory_most(&m, CELL_PIECES_MAX), 14 * BLOCK);
	linux_memory_free(&m);
}

static void test_pieces_are_of_one_stretch(void **state)
{
	struct linux_memory m;

	(void)state;
	write_list("40000000-40bfffff : System RAM\n"
		   "41000000-41ffffff : System RAM\n");
	assert_true(linux_memory_read(&m));
	fill(&m);
	m.stretches[0].blocks[3].free = 0;
	m.stretches[1].blocks[4].free = 0;
	assert_string_equal(next_piece(&m, 8 * BLOCK, 8, 0), "none");
	assert_string_equal(next_piece(&m, 5 * BLOCK, 8, 0), "8+4");
	assert_string_equal(next_piece(&m, 5 * BLOCK, 8, AT(1)), "0+3");
	assert_string_equal(next_piece(&m, 4 * BLOCK, 8, AT(1)), "0+3");
	assert_string_equal(next_piece(&m, 2 * BLOCK, 8, AT(1)), "0+2");
	assert_int_equal(linux_memory_most(&m, 8), 7 * BLOCK);
	linux_memory_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_has_least_to_move_is_chosen),
		cmocka_unit_test(test_nothing_fixed_is_in_it),
		cmocka_unit_test(test_a_part_of_a_block_takes_all_of_it),
		cmocka_unit_test(test_of_equals_the_best_aligned_is_chosen),
		cmocka_unit_test(test_what_was_refused_is_not_chosen_again),
		cmocka_unit_test(test_the_kernels_list_is_understood),
		cmocka_unit_test(test_what_was_set_aside_comes_last_and_as_a_whole),
		cmocka_unit_test(test_sums_tell_of_each_kind),
		cmocka_unit_test(test_pieces_are_the_largest_and_the_last_has_least_to_move),
		cmocka_unit_test(test_pieces_are_of_one_stretch),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
