// SPDX-License-Identifier: GPL-2.0-only
/*
 * What stands behind `partita config`, under the sanitizers: memory is never placed on another's,
 * no blob makes the printer read outside of it, and each device of a board is told of once.
 */
#include <trees.h>
#include <config/placement.h>
#include <config/show.h>
#include <core/blob.h>
#include <linux/cli/config_devices.h>

#define MIB	(1ull << 20)

static struct test_tree board_tree;
static struct board board;

static void read_board(struct test_tree tree)
{
	struct messages m;

	board_tree = tree;
	messages_init(&m, "board");
	assert_true(board_read(&board, tree.fdt, tree.size, NULL, &m));
	messages_free(&m);
}

static int close_board(void **state)
{
	(void)state;
	board_free(&board);
	free(board_tree.fdt);
	board_tree = (struct test_tree){ 0 };
	return 0;
}

static bool place(struct placement *p, uint32_t count, const uint64_t *sizes, struct messages *m)
{
	static const char names[][4] = { "a", "b", "c" };
	struct cell cells[3] = { 0 };
	struct system s = { .cells = cells, .count = count };

	for (uint32_t i = 0; i < count; i++) {
		strcpy(cells[i].name, names[i]);
		cells[i].memory_size = sizes[i];
	}
	messages_init(m, "rt.dts");
	return memory_place(p, &s, &board, m);
}

static void assert_not_placed(struct placement p, uint64_t size, const char *text)
{
	struct messages m;

	assert_false(place(&p, 1, &size, &m));
	assert_int_equal(m.errors, 1);
	assert_says(&m, text);
	messages_free(&m);
}

static void test_memory_fits_to_the_last_page(void **state)
{
	const uint64_t sizes[] = { 2048 * MIB - 8192, 4096, 4096 };
	struct placement p = { 0 };
	struct messages m;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	assert_true(place(&p, 3, sizes, &m));
	assert_int_equal(p.address[0], 0x40000000);
	assert_int_equal(p.address[1], 0xbffff000);
	assert_int_equal(p.address[2], 0xbfffe000);
	assert_not_placed((struct placement){ 0 }, 2048 * MIB + 4096, "no free piece of memory");
}

/* As Linux gives it: what is no multiple of 2 MiB begins at one all the same. */
static void test_large_memory_begins_on_2_mib(void **state)
{
	const uint64_t sizes[] = { 65 * MIB, 2 * MIB - 4096 };
	struct placement p = { 0 };
	struct messages m;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	assert_true(place(&p, 2, sizes, &m));
	assert_int_equal(p.address[0], 0xbbe00000);
	assert_int_equal(p.address[1], 0xbbc01000);
	messages_free(&m);
}

static void test_named_cells_do_not_overlap(void **state)
{
	const uint64_t sizes[] = { 4 * MIB, 4 * MIB };
	struct placement p = { .named = { true, true }, .address = { 0x50000000, 0x503ff000 } };
	struct messages m;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	assert_false(place(&p, 2, sizes, &m));
	assert_says(&m, "cell 'b': memory at 0x503ff000: overlaps that of cell 'a' at 0x50000000");
	messages_free(&m);
	p.address[1] = 0x50400000;
	assert_true(place(&p, 2, sizes, &m));
	p = (struct placement){ .named = { true }, .address = { UINT64_MAX & ~0xfffull } };
	assert_not_placed(p, 4 * MIB, "the board has no memory of that size there");
}

static void test_reserved_memory_is_nobodys(void **state)
{
	static const char nothing_left[] =
		"/memreserve/ 0x40000000 0x10000000;\n"
		"/memreserve/ 0x50000000 0xffffffffb0000000;\n/ {\n";
	struct placement p = { .named = { true }, .address = { 0x60000000 } };

	(void)state;
	read_board(virt_with("/ {\n", nothing_left, NULL));
	assert_not_placed((struct placement){ 0 }, 4096, "no free piece of memory");
	assert_not_placed(p, 4096, "overlaps that of '/memreserve/' at 0x50000000");
}

static struct system system_of(struct cell *cells, uint32_t count, struct shared_memory *memories,
			       uint32_t memory_count)
{
	static const char names[][4] = { "a", "b", "c" };

	for (uint32_t i = 0; i < count; i++) {
		strcpy(cells[i].name, names[i]);
		cells[i].memory_size = 4 * MIB;
	}
	for (uint32_t i = 0; i < memory_count; i++)
		snprintf(memories[i].name, sizeof(memories[i].name), "m%u", i);
	return (struct system){ cells, count, memories, memory_count, 0, false };
}

static void test_the_files_addresses_count_and_shared_memory_follows(void **state)
{
	struct cell cells[2] = { { .memory_address = 0xbfc00000 } };
	struct shared_memory memories[] = {{.size = 4096}, {.size = 4096, .address = 0xbf800000}};
	const struct system s = system_of(cells, 2, memories, 2);
	struct placement p = { 0 };
	struct system copy = s;
	struct messages m;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	messages_init(&m, "rt.dts");
	assert_true(memory_place(&p, &copy, &board, &m));
	assert_int_equal(m.count, 0);
	assert_int_equal(p.address[0], 0xbfc00000);
	assert_int_equal(p.address[1], 0xbf400000);
	assert_int_equal(memories[0].address, 0xbfbff000);
	assert_int_equal(memories[1].address, 0xbf800000);
	/* --memory may agree, and nothing else. */
	assert_true(memory_place(&p, &copy, &board, &m));
	p.address[0] = 0x50000000;
	assert_false(memory_place(&p, &copy, &board, &m));
	assert_says(&m, "cell 'a': memory at 0xbfc00000: --memory names 0x50000000 for it");
	messages_free(&m);
}

static void test_a_chosen_address_is_not_where_the_cell_sees_something_else(void **state)
{
	struct cell cells[1] = { 0 };
	struct shared_memory memories[] = {
		{ .size = 4096, .has_guest_address = true, .guest_address = 0xbfc00000 },
	};
	struct system s = system_of(cells, 1, memories, 1);
	struct placement p = { 0 };
	struct messages m;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	cells[0].shared[cells[0].shared_count++] = &memories[0];
	messages_init(&m, "rt.dts");
	assert_false(memory_place(&p, &s, &board, &m));
	assert_says(&m, "cell 'a': shared memory 'm0' at guest-address 0xbfc00000 would cover its "
			"memory at 0xbfc00000");
	messages_free(&m);
}

static void test_memory_that_linux_does_not_map_is_for_who_names_it(void **state)
{
	static const char reserved[] =
		"/ { reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"
		" kept@50000000 { reg = <0 0x50000000 0 0x800000>; no-map; };"
		" mapped@60000000 { reg = <0 0x60000000 0 0x800000>; }; }; };";
	struct placement p = { .named = { true }, .address = { 0x50400000 } };
	const uint64_t size = 4 * MIB;
	struct messages m;

	(void)state;
	read_board(virt_with(NULL, NULL, reserved));
	assert_true(place(&p, 1, &size, &m));
	assert_int_equal(m.count, 0);
	p.address[0] = 0x50600000;
	assert_not_placed(p, size,
			  "overlaps that of '/reserved-memory/kept@50000000' at 0x50000000; "
			  "choose another address, or one inside of it");
	p.address[0] = 0x60000000;
	assert_not_placed(p, size,
			  "at 0x60000000; choose another address, or give that node 'no-map'");
}

static struct blob gateway(void)
{
	struct cell cell = {
		.name = "gateway",
		.cpus = { 3, 1 },
		.cpu_count = 2,
		.memory_size = 16 * MIB,
		.regions = { { 0x9040000, 0x1000 } },
		.region_count = 1,
		.spis = { 40 },
		.spi_count = 1,
	};
	struct messages m;
	struct blob blob;

	messages_init(&m, "rt.dts");
	assert_true(cell_compile(&cell, &board, 0x60000000, NULL, &blob, &m));
	return blob;
}

/* With the checksum that its bytes ask for, so that the checks behind it are reached. */
static void judge_and_show(struct blob *blob, const struct pt_system *s, FILE *out)
{
	struct pt_blob_header *h = (struct pt_blob_header *)blob->words;
	char field[64];
	uint32_t offset;

	if (h->length >= sizeof(*h) && h->length <= PT_BLOB_MAX)
		h->checksum = blob_checksum(blob->words, h->length);
	if (blob_judge(blob, s, &offset) == PT_BLOB_FINE) {
		blob_show(blob, out);
	} else {
		blob_field_words(blob, offset, field, sizeof(field));
		assert_true(offset < PT_BLOB_MAX);
	}
}

static void mutate(const struct blob *blob, const struct pt_system *s, FILE *out)
{
	static const uint32_t values[] = { 0,	   1,	  8,	      64,	  65,	   0xfff,
					   0x1000, 0xff8, 0x7fffffff, 0x80000000, ~7u,	   ~0u };

	for (uint32_t at = 0; at < blob->size; at += 4)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			struct blob bad = *blob;

			memcpy((uint8_t *)bad.words + at, &values[i], sizeof(values[i]));
			judge_and_show(&bad, s, out);
		}
	for (uint32_t size = 0; size < blob->size; size++) {
		struct blob bad = { .size = size };

		memcpy(bad.words, blob->words, size);
		judge_and_show(&bad, s, out);
	}
}

static void test_no_blob_leads_out_of_itself(void **state)
{
	FILE *out = fopen("/dev/null", "w");
	struct blob cell;

	(void)state;
	assert_non_null(out);
	read_board(virt_with(NULL, NULL, NULL));
	cell = gateway();
	mutate(&cell, NULL, out);
	mutate(&cell, board_system(&board), out);
	mutate(&board.blob, NULL, out);
	fclose(out);
}

static void test_a_cell_is_judged_by_itself_or_on_a_board(void **state)
{
	struct pt_system *s;
	struct blob cell;
	uint32_t offset;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	cell = gateway();
	s = (struct pt_system *)board.blob.words;
	assert_int_equal(blob_judge(&cell, NULL, &offset), PT_BLOB_FINE);
	assert_int_equal(blob_judge(&cell, s, &offset), PT_BLOB_FINE);
	s->event_spi = 40;
	assert_int_equal(blob_judge(&cell, s, &offset), PT_BLOB_TAKEN);
	assert_int_equal(blob_judge(&cell, NULL, &offset), PT_BLOB_FINE);
}

static const struct candidate *candidate_of(const struct candidates *found, const char *path)
{
	for (uint32_t i = 0; i < found->count; i++)
		if (!strcmp(found->list[i].path, path))
			return &found->list[i];
	fail_msg("not told of: %s", path);
	return NULL;
}

static void test_each_device_is_assignable_or_has_a_reason(void **state)
{
	struct candidates found;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	assert_true(candidates_find(&found, &board, false));
	assert_null(candidate_of(&found, "/pl011@9040000")->reason);
	assert_int_equal(candidate_of(&found, "/pl011@9040000")->cell.spis[0], 40);
	assert_true(candidate_of(&found, "/fw-cfg@9020000")->dma);
	assert_non_null(strstr(candidate_of(&found, "/pl011@9000000")->reason, "console of Linux"));
	assert_non_null(strstr(candidate_of(&found, "/pcie@10000000")->reason, "is a bus"));
	for (uint32_t i = 0; i < found.count; i++) {
		assert_false(strstr(found.list[i].path, "memory") ||
			     strstr(found.list[i].path, "cpu"));
		assert_true(!found.list[i].reason == !found.list[i].key);
	}
	candidates_free(&found);
}

static void test_reasons_are_few_and_none_is_lost(void **state)
{
	uint32_t refused = 0, told, others;
	struct reason reasons[2];
	struct candidates found;

	(void)state;
	read_board(virt_with(NULL, NULL, NULL));
	assert_true(candidates_find(&found, &board, false));
	for (uint32_t i = 0; i < found.count; i++)
		refused += found.list[i].reason != NULL;
	assert_int_equal(reasons_list(&found, reasons, 2, &others), 2);
	assert_true(reasons[0].count >= reasons[1].count);
	told = reasons[0].count + reasons[1].count;
	assert_true(others > 0);
	assert_int_equal(told + others, refused);
	candidates_free(&found);
}

static void test_sizes_lose_nothing(void **state)
{
	char words[32];

	(void)state;
	assert_string_equal(size_exactly(0, words), "0 bytes");
	assert_string_equal(size_exactly(1023, words), "1023 bytes");
	assert_string_equal(size_exactly(0xf60000, words), "15744 KiB");
	assert_string_equal(size_exactly(1ull << 41, words), "2 TiB");
	assert_string_equal(size_exactly(UINT64_MAX, words), "18446744073709551615 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_memory_fits_to_the_last_page, close_board),
		cmocka_unit_test_teardown(test_large_memory_begins_on_2_mib, close_board),
		cmocka_unit_test_teardown(test_named_cells_do_not_overlap, close_board),
		cmocka_unit_test_teardown(test_reserved_memory_is_nobodys, close_board),
		cmocka_unit_test_teardown(
			test_the_files_addresses_count_and_shared_memory_follows, close_board),
		cmocka_unit_test_teardown(
			test_a_chosen_address_is_not_where_the_cell_sees_something_else,
			close_board),
		cmocka_unit_test_teardown(test_memory_that_linux_does_not_map_is_for_who_names_it,
					  close_board),
		cmocka_unit_test_teardown(test_no_blob_leads_out_of_itself, close_board),
		cmocka_unit_test_teardown(test_a_cell_is_judged_by_itself_or_on_a_board,
					  close_board),
		cmocka_unit_test_teardown(test_each_device_is_assignable_or_has_a_reason,
					  close_board),
		cmocka_unit_test_teardown(test_reasons_are_few_and_none_is_lost, close_board),
		cmocka_unit_test(test_sizes_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
