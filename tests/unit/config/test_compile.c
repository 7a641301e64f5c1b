// SPDX-License-Identifier: GPL-2.0-only
/*
 * From cells to blobs. What leaves the compiler passes the hypervisor's own check and gives each
 * cell what was written, at addresses that do not collide.
 */
#include <core/blob.h>
#include <partita/info.h>
#include <config/blobs.h>
#include "trees.h"

#define MEMORY	0x60000000ull

static struct test_tree board_tree;
static struct board board;

static int open_board(void **state)
{
	struct messages m;

	(void)state;
	board_tree = virt_with(NULL, NULL, NULL);
	messages_init(&m, "board");
	return !board_read(&board, board_tree.fdt, board_tree.size, NULL, &m);
}

static int close_board(void **state)
{
	(void)state;
	board_free(&board);
	free(board_tree.fdt);
	return 0;
}

static struct cell sample(void)
{
	return (struct cell){
		.name = "control-loop",
		.cpus = { 3, 1 },
		.cpu_count = 2,
		.memory_size = 16 << 20,
		.regions = { { 0x9040000, 0x1000 } },
		.region_count = 1,
		.spis = { 40 },
		.spi_count = 1,
	};
}

static const struct pt_cell *compiled(const struct cell *cell, uint64_t memory, struct blob *blob)
{
	const struct pt_system *s = (const struct pt_system *)board.blob.words;
	struct messages m;
	uint32_t offset;

	messages_init(&m, "rt.dts");
	assert_true(cell_compile(cell, &board, memory, NULL, blob, &m));
	assert_int_equal(m.count, 0);
	assert_int_equal(blob_check_cell(blob->words, blob->size, s, &offset), PT_BLOB_FINE);
	return (const struct pt_cell *)blob->words;
}

static void assert_refused(const struct cell *cell, uint64_t memory, const char *text)
{
	struct messages m;
	struct blob blob;

	messages_init(&m, "rt.dts");
	assert_false(cell_compile(cell, &board, memory, NULL, &blob, &m));
	assert_says(&m, text);
	messages_free(&m);
}

static void test_a_cell_gets_what_was_written(void **state)
{
	const struct cell cell = sample();
	const struct pt_region *regions;
	const struct pt_cell *c;
	struct blob blob;

	(void)state;
	c = compiled(&cell, MEMORY, &blob);
	regions = blob_entries(c, c->regions);
	assert_string_equal(c->name, "control-loop");
	assert_int_equal(c->entry, MEMORY);
	assert_int_equal(c->cpus.count, 2);
	assert_int_equal(((const uint64_t *)blob_entries(c, c->cpus))[0], 3);
	assert_int_equal(c->regions.count, 2);
	assert_int_equal(regions[0].pa, MEMORY);
	assert_int_equal(regions[0].ipa, MEMORY);
	assert_int_equal(regions[0].flags, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC);
	assert_int_equal(regions[1].pa, 0x9040000);
	assert_int_equal(regions[1].ipa, 0x9040000);
	assert_int_equal(regions[1].flags, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE);
	assert_int_equal(*(const uint32_t *)blob_entries(c, c->spis), 40);
}

static void test_memory_appears_at_the_guest_address(void **state)
{
	struct cell cell = sample();
	const struct pt_cell *c;
	struct blob blob;

	(void)state;
	cell.has_guest_address = true;
	cell.guest_address = 0;
	c = compiled(&cell, MEMORY, &blob);
	assert_int_equal(((const struct pt_region *)blob_entries(c, c->regions))[0].ipa, 0);
	assert_int_equal(c->entry, 0);
}

static void test_memory_in_pieces_is_one_to_the_cell(void **state)
{
	static const struct pt_range pieces[] = { { MEMORY, 4 << 20 },
						  { MEMORY + (64 << 20), 12 << 20 } };
	struct cell cell = sample();
	const struct pt_region *r;
	const struct pt_cell *c;
	struct blob blob;

	(void)state;
	memcpy(cell.pieces, pieces, sizeof(pieces));
	cell.piece_count = 2;
	c = compiled(&cell, MEMORY, &blob);
	r = blob_entries(c, c->regions);
	assert_int_equal(c->regions.count, 3);
	assert_int_equal(c->entry, MEMORY);
	assert_int_equal(r[0].ipa, MEMORY);
	assert_int_equal(r[0].pa, MEMORY);
	assert_int_equal(r[0].size, 4 << 20);
	assert_int_equal(r[1].ipa, MEMORY + (4 << 20));
	assert_int_equal(r[1].pa, MEMORY + (64 << 20));
	assert_int_equal(r[1].size, 12 << 20);
	assert_int_equal(r[1].flags, r[0].flags);
	assert_int_equal(c->comm, MEMORY + (16 << 20) + PT_PAGE_SIZE);
	cell.has_guest_address = true;
	cell.guest_address = 0;
	c = compiled(&cell, MEMORY, &blob);
	r = blob_entries(c, c->regions);
	assert_int_equal(r[0].ipa, 0);
	assert_int_equal(r[1].ipa, 4 << 20);
}

static void assert_memory(const struct pt_region *r, uint64_t pa, uint64_t ipa, uint64_t size)
{
	assert_int_equal(r->pa, pa);
	assert_int_equal(r->ipa, ipa);
	assert_int_equal(r->size, size);
	assert_int_equal(r->flags, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC);
}

/* The image's part is the memory's end, wherever pieces begin. */
static void test_pieces_of_memory_have_the_image_in_the_last_of_them(void **state)
{
	static const struct pt_range pieces[] = { { MEMORY, 4 << 20 },
						  { MEMORY + (64 << 20), 12 << 20 } };
	struct cell cell = sample();
	const struct pt_region *r;
	const struct pt_cell *c;
	struct blob blob;

	(void)state;
	memcpy(cell.pieces, pieces, sizeof(pieces));
	cell.piece_count = 2;
	cell.has_guest_address = cell.has_image_address = true;
	cell.guest_address = 0x40000000;
	cell.image_address = 0x1004;
	/* From within the first piece on. */
	cell.image_part = 14 << 20;
	c = compiled(&cell, MEMORY, &blob);
	r = blob_entries(c, c->regions);
	assert_int_equal(c->regions.count, 4);
	assert_memory(&r[0], MEMORY, 0x40000000, 2 << 20);
	assert_memory(&r[1], MEMORY + (2 << 20), 0x1000, 2 << 20);
	assert_memory(&r[2], MEMORY + (64 << 20), 0x1000 + (2 << 20), 12 << 20);
	/* From within the last one. */
	cell.image_part = 4 << 20;
	c = compiled(&cell, MEMORY, &blob);
	assert_int_equal(c->regions.count, 4);
	assert_memory(&r[0], MEMORY, 0x40000000, 4 << 20);
	assert_memory(&r[1], MEMORY + (64 << 20), 0x40000000 + (4 << 20), 8 << 20);
	assert_memory(&r[2], MEMORY + (72 << 20), 0x1000, 4 << 20);
	/* Just the last one. */
	cell.image_part = 12 << 20;
	c = compiled(&cell, MEMORY, &blob);
	r = blob_entries(c, c->regions);
	assert_int_equal(c->regions.count, 3);
	assert_memory(&r[0], MEMORY, 0x40000000, 4 << 20);
	assert_memory(&r[1], MEMORY + (64 << 20), 0x1000, 12 << 20);
}

/* As many as the rest of the cell leaves, and 8 at most. */
static void test_memory_is_in_no_more_pieces_than_fit_a_blob(void **state)
{
	struct cell cell = sample();
	const uint64_t piece = 1 << 20;
	struct blob blob;

	(void)state;
	cell.has_guest_address = cell.has_image_address = true;
	cell.guest_address = 0x40000000;
	assert_int_equal(cell_pieces_allowed(&cell), CELL_PIECES_MAX);
	for (cell.region_count = 0; cell.region_count < PT_MAX_REGIONS - 1; cell.region_count++) {
		cell.regions[cell.region_count] =
			(struct pt_range){ 0xa000000 + cell.region_count * 0x2000, 0x1000 };
		/* Without an image elsewhere, and with one that begins within a piece. */
		for (cell.image_part = 0; cell.image_part <= 0x1000; cell.image_part += 0x1000) {
			cell.piece_count = cell_pieces_allowed(&cell);
			assert_in_range(cell.piece_count, 1, CELL_PIECES_MAX);
			for (uint32_t i = 0; i < cell.piece_count; i++)
				cell.pieces[i] = (struct pt_range){ MEMORY + 2 * i * piece, piece };
			cell.memory_size = cell.piece_count * piece;
			assert_true(compiled(&cell, MEMORY, &blob)->regions.count <= PT_MAX_REGIONS);
		}
	}
	cell.image_part = 0;
	assert_int_equal(cell_pieces_allowed(&cell), 1);
}

static void test_what_others_see_by_its_physical_address_is_in_one_piece(void **state)
{
	struct cell cell = sample();

	(void)state;
	cell.shared_count = 1;
	assert_int_equal(cell_pieces_allowed(&cell), 1);
	cell.has_guest_address = true;
	assert_int_equal(cell_pieces_allowed(&cell), CELL_PIECES_MAX);
	cell.unconfined_count = 1;
	assert_int_equal(cell_pieces_allowed(&cell), 1);
}

static bool apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a + a_size <= b || b + b_size <= a;
}

static bool has_spi(const struct pt_cell *c, uint32_t intid)
{
	const uint32_t *spis = blob_entries(c, c->spis);

	for (uint32_t i = 0; i < c->spis.count; i++)
		if (spis[i] == intid)
			return true;
	return false;
}

static void test_a_uart_has_a_page_and_an_interrupt_of_its_own(void **state)
{
	struct cell cell = sample(), other = sample();
	const struct pt_region *regions;
	const struct pt_cell *c;
	struct blob blob;
	uint32_t spi;

	(void)state;
	assert_int_equal(compiled(&cell, MEMORY, &blob)->uart, 0);
	strcpy(cell.console, CONSOLE_PL011);
	c = compiled(&cell, MEMORY, &blob);
	regions = blob_entries(c, c->regions);
	assert_int_equal(c->uart % PT_PAGE_SIZE, 0);
	assert_true(c->uart >= c->comm + PT_COMM_SIZE || c->uart + PT_PAGE_SIZE <= c->comm);
	for (uint32_t i = 0; i < c->regions.count; i++)
		assert_true(c->uart >= regions[i].ipa + regions[i].size ||
			    c->uart + PT_PAGE_SIZE <= regions[i].ipa);
	spi = c->uart_spi;
	assert_true(has_spi(c, spi) && has_spi(c, 40));
	assert_int_not_equal(spi, board_system(&board)->event_spi);
	for (uint32_t i = 0; i < board.spi_count; i++)
		assert_int_not_equal(board.spis[i].intid, spi);
	/* No two cells have the same CPU, so none have the same interrupt, whatever file they are of. */
	strcpy(other.console, CONSOLE_PL011);
	other.cpus[0] = 2;
	assert_int_not_equal(compiled(&other, MEMORY, &blob)->uart_spi, spi);
}

static void assert_comm_is_free(const struct pt_cell *c)
{
	const struct pt_region *regions = blob_entries(c, c->regions);

	assert_int_equal(c->comm % PT_PAGE_SIZE, 0);
	assert_true(c->comm <= PT_ADDRESS_LIMIT - PT_COMM_SIZE);
	assert_true(apart(c->comm, PT_COMM_SIZE, 0x8000000, 0x10000));
	assert_true(apart(c->comm, PT_COMM_SIZE, 0x80a0000, 0xf60000));
	for (uint32_t i = 0; i < c->regions.count; i++)
		assert_true(apart(c->comm, PT_COMM_SIZE, regions[i].ipa, regions[i].size));
}

static void test_the_communication_area_lies_in_a_gap(void **state)
{
	static const uint64_t guest_addresses[] = {
		0,	     0x1000,
		0x7000000,   0x903f000 - (16 << 20) + 0x1000,
		0x100000000, PT_ADDRESS_LIMIT - (16 << 20),
	};
	struct cell cell = sample();
	struct blob blob;

	(void)state;
	assert_comm_is_free(compiled(&cell, MEMORY, &blob));
	cell.has_guest_address = true;
	for (size_t i = 0; i < sizeof(guest_addresses) / sizeof(guest_addresses[0]); i++) {
		cell.guest_address = guest_addresses[i];
		if (!board_covers_gic(&board, cell.guest_address, cell.memory_size))
			assert_comm_is_free(compiled(&cell, MEMORY, &blob));
	}
}

static void test_a_page_separates_memory_and_communication_area(void **state)
{
	const struct cell cell = sample();
	struct blob blob;

	(void)state;
	assert_int_equal(compiled(&cell, MEMORY, &blob)->comm, MEMORY + (16 << 20) + PT_PAGE_SIZE);
}

static void test_the_largest_cell_fits_a_blob(void **state)
{
	struct cell cell = sample();
	struct blob blob;

	(void)state;
	cell.region_count = 0;
	while (cell.region_count < PT_MAX_REGIONS - 1) {
		cell.regions[cell.region_count] =
			(struct pt_range){0xa000000 + cell.region_count * 0x2000, 0x1000};
		cell.region_count++;
	}
	for (cell.spi_count = 0; cell.spi_count < PT_MAX_SPIS; cell.spi_count++)
		cell.spis[cell.spi_count] = 100 + cell.spi_count;
	assert_int_equal(compiled(&cell, MEMORY, &blob)->regions.count, PT_MAX_REGIONS);
}

static void test_the_same_cell_gives_the_same_bytes(void **state)
{
	const struct cell cell = sample();
	struct blob a, b;

	(void)state;
	memset(&a, 0x55, sizeof(a));
	memset(&b, 0xaa, sizeof(b));
	compiled(&cell, MEMORY, &a);
	compiled(&cell, MEMORY, &b);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void test_what_el2_would_refuse_never_leaves(void **state)
{
	struct cell cell = sample();

	(void)state;
	assert_refused(&cell, 0x8000000,
		       "cell 'control-loop': the hypervisor would refuse it: 'regions[0].pa'");
	assert_refused(&cell, MEMORY + 1, "is not aligned");
	assert_refused(&cell, 0xbf800000,
		       "'regions[0].pa' is RAM named as a device, or the reverse");
	cell.spis[0] = 41;	/* the board's event interrupt */
	assert_refused(&cell, MEMORY, "'spis[0]' belongs to the hypervisor");
	cell = sample();
	cell.cpus[1] = 3;
	assert_refused(&cell, MEMORY, "'cpus[1]' is named twice");
}

static void test_fields_of_blobs_have_names(void **state)
{
	const struct cell cell = sample();
	struct blob blob;
	const struct pt_cell *c = compiled(&cell, MEMORY, &blob);
	char words[64];

	(void)state;
	assert_string_equal(blob_field_words(&blob, 12, words, sizeof(words)), "checksum");
	assert_string_equal(
		blob_field_words(&blob, offsetof(struct pt_cell, entry), words, sizeof(words)),
		"entry");
	assert_string_equal(blob_field_words(&blob,
					     c->regions.offset + sizeof(struct pt_region) + 8,
					     words, sizeof(words)),
			    "regions[1].ipa");
	assert_string_equal(blob_field_words(&blob, c->spis.offset, words, sizeof(words)),
			    "spis[0]");
	assert_string_equal(blob_field_words(&blob, 4000, words, sizeof(words)), "byte 4000");
	assert_string_equal(blob_field_words(&board.blob, offsetof(struct pt_system, gicd) + 8,
					     words, sizeof(words)),
			    "gicd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cell_gets_what_was_written),
		cmocka_unit_test(test_memory_appears_at_the_guest_address),
		cmocka_unit_test(test_a_uart_has_a_page_and_an_interrupt_of_its_own),
		cmocka_unit_test(test_the_communication_area_lies_in_a_gap),
		cmocka_unit_test(test_a_page_separates_memory_and_communication_area),
		cmocka_unit_test(test_the_largest_cell_fits_a_blob),
		cmocka_unit_test(test_memory_in_pieces_is_one_to_the_cell),
		cmocka_unit_test(test_pieces_of_memory_have_the_image_in_the_last_of_them),
		cmocka_unit_test(test_memory_is_in_no_more_pieces_than_fit_a_blob),
		cmocka_unit_test(test_what_others_see_by_its_physical_address_is_in_one_piece),
		cmocka_unit_test(test_the_same_cell_gives_the_same_bytes),
		cmocka_unit_test(test_what_el2_would_refuse_never_leaves),
		cmocka_unit_test(test_fields_of_blobs_have_names),
	};

	return cmocka_run_group_tests(tests, open_board, close_board);
}
