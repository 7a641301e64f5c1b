// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images and initrds: what is a kernel, where its parts go, and what is said of those that cannot run.
 */
#include <stdio.h>
#include <unistd.h>
#include <core/blob.h>
#include <partita/info.h>
#include <libfdt.h>
#include <linux/cli/cell_files.h>
#include "trees.h"

#define MIB	(1ull << 20)
#define START	0x60000000ull

static struct test_tree board_tree;
static struct board board;
static char folder[] = "/tmp/partita-files-XXXXXX";
static char system_file[64], image_file[64], initrd_file[64];
static struct cell_files files;
static struct cell cell;
static struct messages m;

static int open_board(void **state)
{
	(void)state;
	board_tree = virt_with(NULL, NULL, NULL);
	messages_init(&m, "board");
	if (!mkdtemp(folder) || !board_read(&board, board_tree.fdt, board_tree.size, NULL, &m))
		return -1;
	snprintf(system_file, sizeof(system_file), "%s/rt.dts", folder);
	snprintf(image_file, sizeof(image_file), "%s/image", folder);
	snprintf(initrd_file, sizeof(initrd_file), "%s/initrd", folder);
	return 0;
}

static int close_board(void **state)
{
	(void)state;
	unlink(image_file);
	unlink(initrd_file);
	rmdir(folder);
	board_free(&board);
	free(board_tree.fdt);
	return 0;
}

static void write_file(const char *path, const void *start, size_t start_size, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(start, 1, start_size, f), start_size);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(ftruncate(fileno(f), (off_t)size), 0);
	fclose(f);
}

/* The header of an arm64 Image (Linux, Documentation/arch/arm64/booting.rst), by its offsets. */
static void write_kernel(uint64_t offset, uint64_t wants, uint64_t flags, size_t size)
{
	uint64_t header[8] = { 0x1459a3fa405a4d, offset, wants, flags, 0, 0, 0, 0x644d5241 };

	write_file(image_file, header, sizeof(header), size);
}

static int begin(void **state)
{
	(void)state;
	unlink(image_file);
	unlink(initrd_file);
	cell = (struct cell){
		.name = "linux", .cpus = { 3 }, .cpu_count = 1, .memory_size = 64 * MIB,
		.image = (char *)"image",
	};
	messages_init(&m, system_file);
	return 0;
}

static int end(void **state)
{
	(void)state;
	cell_files_free(&files);
	messages_free(&m);
	return 0;
}

static bool read_files(void)
{
	return cell_files_read(&files, &cell, system_file, false, &m);
}

static void assert_refused(const char *text)
{
	assert_false(read_files());
	assert_says(&m, text);
	cell_files_free(&files);
	messages_free(&m);
	messages_init(&m, system_file);
}

static void test_a_kernel_its_initrd_and_its_tree_lie_behind_each_other(void **state)
{
	const struct layout *l;

	(void)state;
	write_kernel(0, 33 * MIB + 5, 0xa, 31 * MIB);
	write_file(initrd_file, "x", 1, 3 * MIB);
	cell.initrd = (char *)"initrd";
	assert_true(read_files());
	assert_int_equal(m.count, 0);
	l = cell_files_layout(&files);
	assert_non_null(l);
	assert_int_equal(l->image, 0);
	assert_int_equal(l->initrd, 34 * MIB);
	assert_int_equal(l->tree, 38 * MIB);
}

static void test_a_kernel_wants_its_offset_and_an_old_one_has_no_size(void **state)
{
	(void)state;
	write_kernel(0x80000, 4 * MIB, 2, MIB);
	assert_true(read_files());
	assert_int_equal(cell_files_layout(&files)->image, 0x80000);
	assert_int_equal(cell_files_layout(&files)->tree, 6 * MIB);
	cell_files_free(&files);
	write_kernel(0, 0, 0, MIB);
	assert_true(read_files());
	assert_int_equal(cell_files_layout(&files)->image, 0x80000);
	assert_int_equal(cell_files_layout(&files)->tree, 2 * MIB);
}

static void test_a_kernel_starts_at_its_image_with_its_tree(void **state)
{
	const struct pt_cell *c;
	struct blob blob;
	void *fdt;
	size_t size;
	int chosen;

	(void)state;
	write_kernel(0x80000, 4 * MIB, 0xa, MIB);
	write_file(initrd_file, "x", 1, 12345);
	cell.initrd = (char *)"initrd";
	cell.command_line = (char *)"quiet";
	assert_true(read_files());
	assert_true(cell_compile(&cell, &board, START, cell_files_layout(&files), &blob, &m));
	c = (const struct pt_cell *)blob.words;
	assert_int_equal(c->entry, START + 0x80000);
	assert_int_equal(c->argument, START + 8 * MIB);
	assert_true(cell_files_tree(&files, &cell, NULL, &board, &blob, &fdt, &size, &m));
	chosen = fdt_path_offset(fdt, "/chosen");
	assert_int_equal(fdt64_ld(fdt_getprop(fdt, chosen, "linux,initrd-start", NULL)),
			 START + 6 * MIB);
	assert_int_equal(fdt64_ld(fdt_getprop(fdt, chosen, "linux,initrd-end", NULL)),
			 START + 6 * MIB + 12345);
	assert_string_equal(fdt_getprop(fdt, chosen, "bootargs", NULL), "quiet");
	free(fdt);
	/* Memory that physically begins elsewhere than on 2 MiB would have to be seen elsewhere. */
	assert_false(cell_compile(&cell, &board, START + MIB, cell_files_layout(&files), &blob, &m));
	assert_says(&m, "cell 'linux': a kernel wants its memory to begin at a multiple of 2 MiB, and "
		    "it begins at 0x60100000; choose it with 'guest-address'");
	cell.has_guest_address = true;
	cell.guest_address = 0x40000000;
	assert_true(cell_compile(&cell, &board, START + MIB, cell_files_layout(&files), &blob, &m));
	assert_int_equal(c->entry, 0x40080000);
}

static void test_a_program_starts_at_its_first_byte_with_the_information_page(void **state)
{
	const struct pt_cell *c;
	struct blob blob;

	(void)state;
	write_file(image_file, "program", 7, 4096);
	assert_true(read_files());
	assert_int_equal(cell_files_layout(&files)->image, 0);
	assert_false(cell_files_layout(&files)->has_tree);
	assert_true(cell_compile(&cell, &board, START, cell_files_layout(&files), &blob, &m));
	c = (const struct pt_cell *)blob.words;
	assert_int_equal(c->entry, START);
	assert_int_equal(c->argument, c->comm + PT_COMM_INFO);
}

static void see_memory_at(uint64_t address)
{
	cell.has_guest_address = true;
	cell.guest_address = address;
}

static void want_image_at(uint64_t address)
{
	cell.has_image_address = true;
	cell.image_address = address;
}

static void want_tree_at(uint64_t address)
{
	cell.has_tree_address = true;
	cell.tree_address = address;
}

static void test_a_program_lies_and_finds_its_tree_where_the_cell_says(void **state)
{
	const struct pt_cell *c;
	struct blob blob;
	void *fdt;
	size_t size;

	(void)state;
	write_file(image_file, "program", 7, MIB);
	see_memory_at(0x40000000);
	want_image_at(0x40200000);
	want_tree_at(0x40000000);
	assert_true(read_files());
	assert_int_equal(cell.image_part, 0);
	assert_true(cell_compile(&cell, &board, START, cell_files_layout(&files), &blob, &m));
	c = (const struct pt_cell *)blob.words;
	assert_int_equal(c->entry, 0x40200000);
	assert_int_equal(c->argument, 0x40000000);
	assert_int_equal(c->regions.count, 1);
	/* Up to the image there is room for the tree. */
	assert_int_equal(cell_files_layout(&files)->tree_room, 2 * MIB);
	cell_files_free(&files);
	want_tree_at(0x401fff00);
	assert_true(read_files());
	assert_true(cell_compile(&cell, &board, START, cell_files_layout(&files), &blob, &m));
	assert_false(cell_files_tree(&files, &cell, NULL, &board, &blob, &fdt, &size, &m));
	assert_says(&m, "does not fit at device-tree-address 0x401fff00, where 256 are free; "
			"choose another");
}

/* As firmware in flash: the memory's end is what it lies in, and no memory to its system. */
static void test_an_image_outside_of_the_memory_has_a_part_of_it(void **state)
{
	const struct pt_region *regions;
	const struct pt_cell *c;
	struct blob blob;
	void *fdt;
	size_t size;

	(void)state;
	write_file(image_file, "program", 7, 2 * MIB + 1);
	see_memory_at(0x40000000);
	want_image_at(0);
	want_tree_at(0x40000000);
	assert_true(read_files());
	assert_int_equal(cell.image_part, 4 * MIB);
	assert_true(cell_compile(&cell, &board, START, cell_files_layout(&files), &blob, &m));
	c = (const struct pt_cell *)blob.words;
	assert_int_equal(c->entry, 0);
	assert_int_equal(c->regions.count, 2);
	regions = blob_entries(c, c->regions);
	assert_int_equal(regions[0].pa, START);
	assert_int_equal(regions[0].ipa, 0x40000000);
	assert_int_equal(regions[0].size, 60 * MIB);
	assert_int_equal(regions[1].pa, START + 60 * MIB);
	assert_int_equal(regions[1].ipa, 0);
	assert_int_equal(regions[1].size, 4 * MIB);
	assert_int_equal(regions[1].flags, regions[0].flags);
	assert_true(cell_files_tree(&files, &cell, NULL, &board, &blob, &fdt, &size, &m));
	assert_true(fdt_path_offset(fdt, "/memory@40000000") >= 0);
	assert_true(fdt_path_offset(fdt, "/memory@0") < 0);
	free(fdt);
	cell_files_free(&files);
	/* Not on 2 MiB, it is as small as pages are. */
	want_image_at(0x1004);
	write_file(image_file, "program", 7, 0x1000);
	assert_true(read_files());
	assert_int_equal(cell.image_part, 0x2000);
	assert_true(cell_compile(&cell, &board, START, cell_files_layout(&files), &blob, &m));
	assert_int_equal(c->entry, 0x1004);
	regions = blob_entries(c, c->regions);
	assert_int_equal(regions[1].ipa, 0x1000);
	assert_int_equal(cell_files_layout(&files)->image, (int64_t)0x1004 - 0x40000000);
}

static int memory_nodes(const void *fdt)
{
	int node, count = 0;

	fdt_for_each_subnode(node, fdt, 0)
		count += !strncmp(fdt_get_name(fdt, node, NULL), "memory@", strlen("memory@"));
	return count;
}

/* One node, since firmware reads no more than the first; and no part of the image in it. */
static void assert_one_memory(uint64_t base, uint64_t size)
{
	struct blob blob;
	const fdt64_t *reg;
	char path[32];
	size_t tree_size;
	void *fdt;
	int length;

	assert_true(cell_compile(&cell, &board, START, cell_files_layout(&files), &blob, &m));
	assert_true(cell_files_tree(&files, &cell, NULL, &board, &blob, &fdt, &tree_size, &m));
	assert_int_equal(memory_nodes(fdt), 1);
	snprintf(path, sizeof(path), "/memory@%llx", (unsigned long long)base);
	reg = fdt_getprop(fdt, fdt_path_offset(fdt, path), "reg", &length);
	assert_non_null(reg);
	assert_int_equal(length, 16);
	assert_int_equal(fdt64_ld(&reg[0]), base);
	assert_int_equal(fdt64_ld(&reg[1]), size);
	free(fdt);
}

static void test_memory_in_pieces_is_one_in_the_tree(void **state)
{
	static const struct pt_range pieces[] = { { START, 4 * MIB }, { START + 64 * MIB, 60 * MIB } };

	(void)state;
	memcpy(cell.pieces, pieces, sizeof(pieces));
	cell.piece_count = 2;
	write_kernel(0, 2 * MIB, 0xa, MIB);
	assert_true(read_files());
	assert_one_memory(START, 64 * MIB);
	cell_files_free(&files);
	see_memory_at(0x40000000);
	want_tree_at(0x40000000);
	want_image_at(0);
	/* The image's part in one piece, and in two. */
	write_file(image_file, "program", 7, 2 * MIB);
	assert_true(read_files());
	assert_one_memory(0x40000000, 62 * MIB);
	cell_files_free(&files);
	write_file(image_file, "program", 7, 61 * MIB);
	assert_true(read_files());
	assert_int_equal(cell.image_part, 62 * MIB);
	assert_one_memory(0x40000000, 2 * MIB);
}

/* Where no whole 2 MiB are left, pages have to do. */
static void test_an_image_outside_of_little_memory_is_in_pages(void **state)
{
	(void)state;
	cell.memory_size = 2 * MIB;
	write_file(image_file, "program", 7, 0x10000);
	see_memory_at(0x40000000);
	want_image_at(0);
	assert_true(read_files());
	assert_int_equal(cell.image_part, 0x10000);
	cell_files_free(&files);
	cell.memory_size = 4 * MIB;
	write_file(image_file, "program", 7, 2 * MIB + 1);
	assert_true(read_files());
	assert_int_equal(cell.image_part, 2 * MIB + 0x1000);
	cell_files_free(&files);
	cell.memory_size = 3 * MIB;
	write_file(image_file, "program", 7, 0x10000);
	assert_true(read_files());
	assert_int_equal(cell.image_part, MIB);
}

/* A buffer in the part that has the image would be looked for where the cell sees it. */
static void test_no_device_does_dma_beside_an_image_outside_of_the_memory(void **state)
{
	(void)state;
	write_file(image_file, "program", 7, 4096);
	cell.memory_size = 66 * MIB;
	cell.memory_address = 0x70000000;
	cell.unconfined_count = 1;
	want_image_at(0);
	assert_refused("cell 'linux': image-address 0x0 is not in its memory, and its devices with DMA would "
		       "not see there what the cell sees; choose one in its memory");
	want_image_at(0x70000000);
	assert_true(read_files());
	assert_int_equal(cell.image_part, 0);
	cell.unconfined_count = 0;
}

/* It is an area more, which has to be said before Linux gives up any memory. */
static void test_an_image_outside_of_the_memory_counts_as_an_area(void **state)
{
	(void)state;
	write_file(image_file, "program", 7, 4096);
	see_memory_at(0x40000000);
	want_image_at(0);
	cell.shared_count = 1;
	cell.region_count = PT_MAX_REGIONS - 3;
	assert_true(read_files());
	cell_files_free(&files);
	cell.region_count++;
	assert_refused("cell 'linux': image-address 0x0 is not in its memory, which makes two areas of that, "
		       "and 30 of devices and shared memory fit beside them, not 31; choose one in its "
		       "memory, or name fewer devices");
	want_image_at(0x40000000);
	assert_true(read_files());
}

static void test_places_that_cannot_be_are_refused(void **state)
{
	(void)state;
	write_file(image_file, "program", 7, 2 * MIB);
	see_memory_at(0x40000000);
	want_image_at(0x43f00000);
	assert_refused("cell 'linux': its image (2048 KiB) at image-address 0x43f00000 reaches beyond the "
		       "end of its memory (0x43ffffff); give it more, or another image-address");
	want_image_at(0x40100000);
	want_tree_at(0x40200000);
	assert_refused("cell 'linux': device-tree-address 0x40200000 lies in its image (0x40100000 to "
		       "0x402fffff); choose another");
	want_image_at(0);
	want_tree_at(0x43e00000);
	assert_refused("cell 'linux': device-tree-address 0x43e00000 is not in the memory that is left at "
		       "guest-address 0x40000000 (63488 KiB); choose a lower one");
	cell.has_tree_address = false;
	cell.memory_size = 2 * MIB;
	assert_refused("cell 'linux': its image (2048 KiB) lies outside of the rest of its memory, which "
		       "has 2048 KiB with it, so that nothing is left; give it more");
	cell.memory_size = 64 * MIB;
	cell.image = NULL;
	assert_refused("cell 'linux': image-address 0x0 is not in its memory, and without 'image' nobody "
		       "knows how much of that to move there; name the image");
}

static void test_a_kernel_lies_where_its_header_wants_it(void **state)
{
	(void)state;
	write_kernel(0, 4 * MIB, 0xa, MIB);
	see_memory_at(0x40000000);
	want_image_at(0x40200000);
	assert_refused("cell 'linux': 'image-address' is for programs, and its image is an arm64 kernel, "
		       "which lies where its header wants it; remove it");
	cell.has_image_address = false;
	want_tree_at(0x40000000);
	assert_refused("cell 'linux': 'device-tree-address' is for programs");
}

/* Its size decides how much memory goes with it, so a guess is not enough to be written. */
static void test_an_image_elsewhere_that_has_its_own_memory_is_a_guess(void **state)
{
	(void)state;
	see_memory_at(0x40000000);
	want_image_at(0);
	assert_true(cell_files_read(&files, &cell, system_file, true, &m));
	assert_true(cell_files_missing(&files, &cell));
	cell_files_free(&files);
	want_image_at(0x40000000);
	assert_true(cell_files_read(&files, &cell, system_file, true, &m));
	assert_false(cell_files_missing(&files, &cell));
}

static void test_what_does_not_fit_is_refused_with_its_sizes(void **state)
{
	(void)state;
	write_kernel(0, 62 * MIB, 0xa, MIB);
	assert_true(read_files());
	cell_files_free(&files);
	/* The tree begins where the memory ends. */
	write_kernel(0, 63 * MIB, 0xa, MIB);
	assert_refused("cell 'linux': its kernel (64512 KiB with what it zeroes), initrd (0 KiB) and "
		       "device tree, on 2 MiB each, do not fit its memory (65536 KiB); give it more");
	write_kernel(0, 40 * MIB, 0xa, MIB);
	write_file(initrd_file, "x", 1, 24 * MIB);
	cell.initrd = (char *)"initrd";
	assert_refused("initrd (24576 KiB)");
	cell.initrd = NULL;
	/* Numbers whose sums would wrap around. */
	write_kernel(UINT64_MAX, 2 * MIB, 0xa, MIB);
	assert_refused("do not fit its memory");
	write_kernel(0, UINT64_MAX - 10, 0xa, MIB);
	assert_refused("its kernel (18014398509481983 KiB with what it zeroes)");
	write_kernel(4 * MIB, UINT64_MAX - 4 * MIB + 1, 0xa, MIB);
	assert_refused("do not fit its memory");
	write_file(image_file, "program", 7, 65 * MIB);
	assert_refused("cell 'linux': image '");
}

static void test_what_cannot_run_is_refused_by_what_it_is(void **state)
{
	(void)state;
	write_kernel(0, 4 * MIB, 1, MIB);
	assert_refused("cell 'linux': the kernel in its image is a big-endian one");
	write_file(image_file, "\x1f\x8b\x08", 3, MIB);
	assert_refused("is compressed (gzip) and cannot run so; unpack it first");
	write_file(image_file, "\x28\xb5\x2f\xfd", 4, MIB);
	assert_refused("is compressed (zstd)");
	write_file(image_file, "MZ\0\0zimg", 8, MIB);
	assert_refused("is compressed (EFI zboot)");
	write_file(image_file, "", 0, 0);
	assert_refused("' is empty");
	unlink(image_file);
	assert_refused("No such file or directory");
}

static void test_only_kernels_have_an_initrd_and_a_command_line(void **state)
{
	(void)state;
	write_file(image_file, "program", 7, 4096);
	cell.command_line = (char *)"quiet";
	assert_refused("cell 'linux': 'command-line' is for kernels, and its image has no arm64 "
		       "kernel's header; remove it");
	cell.command_line = NULL;
	write_file(initrd_file, "x", 1, 4096);
	cell.initrd = (char *)"initrd";
	assert_refused("cell 'linux': 'initrd' is for kernels, and its image has no");
	cell.image = NULL;
	assert_refused("cell 'linux': 'initrd' is for kernels, and the cell names no image");
}

static void test_what_is_elsewhere_is_only_warned_of(void **state)
{
	(void)state;
	cell.initrd = (char *)"initrd";
	assert_true(cell_files_read(&files, &cell, system_file, true, &m));
	assert_int_equal(m.errors, 0);
	assert_int_equal(m.count, 2);
	assert_false(cell_files_layout(&files)->has_tree);
	assert_true(cell_files_missing(&files, &cell));
	cell.initrd = NULL;
	assert_false(cell_files_missing(&files, &cell));
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_kernel_its_initrd_and_its_tree_lie_behind_each_other),
		TEST(test_a_kernel_wants_its_offset_and_an_old_one_has_no_size),
		TEST(test_a_kernel_starts_at_its_image_with_its_tree),
		TEST(test_a_program_starts_at_its_first_byte_with_the_information_page),
		TEST(test_a_program_lies_and_finds_its_tree_where_the_cell_says),
		TEST(test_an_image_outside_of_the_memory_has_a_part_of_it),
		TEST(test_memory_in_pieces_is_one_in_the_tree),
		TEST(test_an_image_outside_of_little_memory_is_in_pages),
		TEST(test_no_device_does_dma_beside_an_image_outside_of_the_memory),
		TEST(test_an_image_outside_of_the_memory_counts_as_an_area),
		TEST(test_places_that_cannot_be_are_refused),
		TEST(test_a_kernel_lies_where_its_header_wants_it),
		TEST(test_an_image_elsewhere_that_has_its_own_memory_is_a_guess),
		TEST(test_what_does_not_fit_is_refused_with_its_sizes),
		TEST(test_what_cannot_run_is_refused_by_what_it_is),
		TEST(test_only_kernels_have_an_initrd_and_a_command_line),
		TEST(test_what_is_elsewhere_is_only_warned_of),
	};

	return cmocka_run_group_tests(tests, open_board, close_board);
}
