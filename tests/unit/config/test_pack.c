// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed images: what was put in is read back, the same input gives the same bytes, and no image of which a byte is
 * wrong, missing or too many is taken for a good one. The hypervisor in them is a made-up one: nothing here runs it.
 */
#include <core/blob.h>
#include <partita/image.h>
#include <config/crc.h>
#include <config/pack.h>
#include <config/packed.h>
#include <config/show.h>
#include "trees.h"

#define MIB		(1ull << 20)
#define CORE_SIZE	0x4000u
#define FILE_SIZE	0x800u
#define IMAGE_SIZE	1000u	/* of a cell's program; no multiple of 16 */

static const char two_cells[] =
	"/ { compatible = \"partita,system-v1\"; rescue = \"reset\";\n"
	"loop { compatible = \"partita,cell-v1\"; cpus = <1>; memory = \"2M\"; start = \"first\"; };\n"
	"shell { compatible = \"partita,cell-v1\"; cpus = <0>; memory = \"2M\"; start = \"no\";\n"
	"	may-start = \"loop\"; may-stop = \"*\"; devices = \"/pl011@9040000\"; console = \"/pl011@9040000\"; }; };";

/* A second PL011, as the board has with a second serial port. */
static const char second_uart[] =
	"/ { pl011@9040000 { compatible = \"arm,pl011\", \"arm,primecell\"; reg = <0 0x9040000 0 0x1000>;\n"
	"interrupts = <0 8 4>; }; };";

static struct test_tree board_tree;
static struct board board;
static uint64_t hypervisor[FILE_SIZE / 8];
static uint8_t program[IMAGE_SIZE];

static int open_board(void **state)
{
	const struct board_facts facts = { .boots = true };
	struct pt_image_header *h = (void *)((uint8_t *)hypervisor + PT_IMAGE_HEADER);
	struct messages m;

	(void)state;
	memset(hypervisor, 0x5a, sizeof(hypervisor));
	memset(hypervisor, 0, PT_IMAGE_HEADER);
	*h = (struct pt_image_header){
		.magic = PT_IMAGE_MAGIC,
		.version = PT_ABI_VERSION,
		.file_size = FILE_SIZE,
		.core_size = CORE_SIZE,
		.percpu_size = 0x3000,
		.pool_size = 0x10000,
		.system_offset = 0x2000,
		.boot_offset = 0x1000,
	};
	memset(program, 0x11, sizeof(program));
	board_tree = virt_with(NULL, NULL, second_uart);
	messages_init(&m, "board");
	assert_true(board_read(&board, board_tree.fdt, board_tree.size, &facts, &m));
	return 0;
}

static int close_board(void **state)
{
	(void)state;
	board_free(&board);
	free(board_tree.fdt);
	return 0;
}

/* A system packed as the command does it, each cell with the program and the second with a tree of 64 bytes behind it. */
struct packing {
	struct system s;
	struct placement memory;
	struct firmware firmware;
	struct blob blobs[PT_MAX_CELLS];
	struct messages m;
	void *image;
	size_t size;
};

static bool pack(struct packing *k, const char *source)
{
	struct test_tree t = tree_from(source);
	struct pack p = {
		.hypervisor = hypervisor, .hypervisor_size = sizeof(hypervisor), .b = &board,
		.firmware = &k->firmware, .s = &k->s, .memory = &k->memory,
	};
	bool done;

	*k = (struct packing){ 0 };
	messages_init(&k->m, "rt.dts");
	done = system_read(&k->s, &board, t.fdt, t.size, &k->m) && memory_place(&k->memory, &k->s, &board, &k->m) &&
	       firmware_read(&k->firmware, &board, &k->m);
	for (uint32_t i = 0; done && i < k->s.count; i++) {
		const struct pt_cell *c = (const void *)k->blobs[i].words;

		done = cell_compile(&k->s.cells[i], &board, k->memory.address[i], NULL, &k->blobs[i], &k->m);
		p.cells[i].blob = &k->blobs[i];
		p.cells[i].parts[0] = (struct pack_part){ program, IMAGE_SIZE, c->entry };
		if (i)
			p.cells[i].parts[2] = (struct pack_part){ board_tree.fdt, 64, c->entry + 0x1008 };
	}
	done = done && pack_write(&p, &k->image, &k->size, &k->m);
	free(t.fdt);
	return done;
}

static void unpack(struct packing *k)
{
	free(k->image);
	system_free(&k->s);
	messages_free(&k->m);
}

static void open_packed(struct packed *p, const struct packing *k)
{
	char problem[PACKED_PROBLEM_SIZE] = "";
	const bool fine = packed_open(p, k->image, k->size, problem);

	if (!fine)
		fail_msg("%s", problem);
}

static void test_what_was_packed_is_read_back(void **state)
{
	struct packing k;
	struct packed p;

	(void)state;
	assert_true(pack(&k, two_cells));
	open_packed(&p, &k);
	assert_int_equal(p.boot->size, k.size);
	assert_int_equal(p.boot->rescue, PT_RESCUE_RESET);
	assert_int_equal(p.boot->conduit, PT_CONDUIT_SMC);
	assert_int_equal(p.boot->uart_kind, PT_UART_PL011);
	assert_int_equal(p.boot->uart, 0x9000000);
	assert_int_equal(p.cpus[3].midr, 0x4100d080);
	assert_int_equal(p.boot->cells.count, 2);
	assert_string_equal(p.cells[0]->name, "loop");
	assert_int_equal(p.boot_cells[0].flags, PT_BOOT_START | PT_BOOT_FIRST);
	assert_int_equal(p.boot_cells[0].piece_count, 1);
	assert_int_equal(p.pieces[0].pa, k.memory.address[0]);
	assert_memory_equal(p.bytes + p.pieces[0].offset, program, IMAGE_SIZE);
	assert_int_equal(p.boot_cells[1].flags, 0);
	assert_int_equal(p.boot_cells[1].piece_count, 2);
	/* From 8 bytes behind a multiple of 16: those 8 are zero, as the memory is. */
	assert_int_equal(p.pieces[2].pa, k.memory.address[1] + 0x1000);
	assert_memory_equal(p.bytes + p.pieces[2].offset, "\0\0\0\0\0\0\0\0", 8);
	assert_memory_equal(p.bytes + p.pieces[2].offset + 8, board_tree.fdt, 64);
	unpack(&k);
}

static void test_loaders_put_the_image_where_it_wants_to_be(void **state)
{
	struct packing k;
	struct packed p;
	uint64_t text_offset, image_size;

	(void)state;
	assert_true(pack(&k, two_cells));
	open_packed(&p, &k);
	memcpy(&text_offset, p.bytes + 8, 8);
	memcpy(&image_size, p.bytes + 16, 8);
	assert_memory_equal(p.bytes + 56, "ARM\x64", 4);
	assert_int_equal(0x40000000 + text_offset, p.boot->base);
	assert_int_equal(image_size, p.header->memory_size);
	/* QEMU adds 2 MiB to what is less than a page, and U-Boot counts from 2 MiB on. */
	assert_true(text_offset >= 2 * MIB);
	assert_int_equal(p.boot->base % (2 * MIB), 0);
	unpack(&k);
}

static void test_the_image_lies_beside_all_cells(void **state)
{
	static const char at_the_bottom[] =
		"/ { compatible = \"partita,system-v1\";\n"
		"a { compatible = \"partita,cell-v1\"; cpus = <0>; memory = \"4M@0x40200000\"; };\n"
		"b { compatible = \"partita,cell-v1\"; cpus = <1>; memory = \"2M@0x40600000\"; }; };";
	struct packing k;
	struct packed p;

	(void)state;
	assert_true(pack(&k, at_the_bottom));
	open_packed(&p, &k);
	assert_int_equal(p.boot->base, 0x40800000);
	unpack(&k);
	assert_false(pack(&k, "/ { compatible = \"partita,system-v1\";\n"
			      "a { compatible = \"partita,cell-v1\"; cpus = <0>; memory = \"2046M\"; }; };"));
	assert_says(&k.m, "no free piece of memory");
	unpack(&k);
}

/* One page after another is what the hypervisor takes: none may be missing at boot. */
static void test_its_pool_grows_with_the_cells(void **state)
{
	static const char incongruent[] =
		"/ { compatible = \"partita,system-v1\";\n"
		"a { compatible = \"partita,cell-v1\"; cpus = <0>; memory = \"512M@0x60000000\";\n"
		"	guest-address = <0x80001000>; }; };";
	struct packing k;
	struct packed p;
	uint64_t pool;

	(void)state;
	assert_true(pack(&k, incongruent));
	open_packed(&p, &k);
	pool = p.header->memory_size - p.header->percpu_offset - 4 * p.header->percpu_size;
	/* A table for each of 256 times 2 MiB, since none of them is mapped as a whole. */
	assert_true(pool >= 256 * 4096);
	unpack(&k);
}

static void test_a_boot_only_system_may_take_all_cpus(void **state)
{
	struct packing k;
	struct packed p;

	(void)state;
	assert_true(pack(&k, "/ { compatible = \"partita,system-v1\";\n"
			     "a { compatible = \"partita,cell-v1\"; cpus = <0 1 2 3>; memory = \"2M\"; }; };"));
	open_packed(&p, &k);
	unpack(&k);
}

static void test_rights_and_console_get_into_the_blob(void **state)
{
	const struct pt_right *rights;
	struct packing k;
	struct packed p;

	(void)state;
	assert_true(pack(&k, two_cells));
	open_packed(&p, &k);
	rights = blob_entries(p.cells[1], p.cells[1]->rights);
	assert_int_equal(p.cells[1]->rights.count, 1);
	assert_string_equal(rights[0].name, "loop");
	assert_int_equal(rights[0].verbs, PT_MAY_START | PT_MAY_STOP);
	assert_int_not_equal(p.cells[1]->manage, 0);
	assert_int_not_equal(p.cells[1]->event_spi, 0);
	assert_int_equal(p.cells[1]->serial, 0x9040000);
	assert_int_equal(p.cells[1]->serial_kind, PT_UART_PL011);
	assert_int_equal(p.cells[0]->manage, 0);
	assert_int_equal(p.cells[0]->event_spi, 0);
	unpack(&k);
}

static void test_the_same_input_gives_the_same_bytes(void **state)
{
	struct packing k, again;

	(void)state;
	assert_true(pack(&k, two_cells));
	assert_true(pack(&again, two_cells));
	assert_int_equal(k.size, again.size);
	assert_memory_equal(k.image, again.image, k.size);
	unpack(&k);
	unpack(&again);
}

static void assert_refused(const void *image, size_t size, const char *why)
{
	char problem[PACKED_PROBLEM_SIZE] = "";
	struct packed p;

	assert_false(packed_open(&p, image, size, problem));
	if (!strstr(problem, why))
		fail_msg("'%s' does not say '%s'", problem, why);
}

static void test_a_flipped_bit_is_found_wherever_it_is(void **state)
{
	struct packing k;
	uint8_t *bytes;

	(void)state;
	assert_true(pack(&k, two_cells));
	bytes = k.image;
	/* The hypervisor's first instructions are covered by nothing but what loaders do with them. */
	for (size_t i = PACK_CODE_SIZE; i < k.size; i++) {
		bytes[i] ^= 1u << i % 8;
		assert_refused(bytes, k.size, "is ");
		bytes[i] ^= 1u << i % 8;
	}
	unpack(&k);
}

static void test_a_damaged_part_is_named(void **state)
{
	struct packing k;
	struct packed p;
	uint8_t *bytes;
	static const struct {
		const char *why;
		uint32_t at;
	} parts[] = {
		{ "first 64 bytes", 16 },
		{ "no packed image", PT_IMAGE_HEADER },
		{ "the hypervisor in it fails its checksum", FILE_SIZE - 1 },
		{ "byte 0x900 is of no part", 0x900 },
		{ "its boot table fails its checksum", 0x1000 + sizeof(struct pt_blob_header) },
		{ "its description of the board fails its checksum", 0x2000 + sizeof(struct pt_blob_header) },
		{ "", 0 },
	};

	(void)state;
	assert_true(pack(&k, two_cells));
	open_packed(&p, &k);
	bytes = k.image;
	for (size_t i = 0; parts[i].at; i++) {
		bytes[parts[i].at] ^= 1;
		assert_refused(bytes, k.size, parts[i].why);
		bytes[parts[i].at] ^= 1;
	}
	bytes[p.boot_cells[1].offset + 20] ^= 1;
	assert_refused(bytes, k.size, "blob of cell 2 fails its checksum");
	bytes[p.boot_cells[1].offset + 20] ^= 1;
	bytes[p.pieces[1].offset] ^= 1;
	assert_refused(bytes, k.size, "piece 1 of cell 'shell' fails its checksum");
	unpack(&k);
}

static void test_a_truncated_grown_or_older_image_is_refused(void **state)
{
	struct packing k;
	void *image, *copy;

	(void)state;
	assert_true(pack(&k, two_cells));
	for (size_t size = 0; size < k.size; size += size < 256 ? 1 : 509) {
		/* An exact allocation, so that the sanitizer sees each byte too far. */
		copy = malloc(size ? size : 1);
		memcpy(copy, k.image, size);
		assert_refused(copy, size, "is ");
		free(copy);
	}
	assert_refused(k.image, k.size - 1, "is cut off: it has");
	image = calloc(1, k.size + 16);
	memcpy(image, k.image, k.size);
	assert_refused(image, k.size + 16, "has grown: 16 bytes follow its end");
	((struct pt_image_header *)((char *)image + PT_IMAGE_HEADER))->version++;
	assert_refused(image, k.size, "is of another version of Partita");
	assert_refused(hypervisor, sizeof(hypervisor), "is the hypervisor alone");
	free(image);
	unpack(&k);
}

/* Whoever can compute checksums can still not give two cells one page. */
static void test_a_made_up_image_gives_nothing_twice(void **state)
{
	struct packing k;
	struct packed p;
	struct pt_boot *boot;
	struct pt_piece *piece;

	(void)state;
	assert_true(pack(&k, two_cells));
	open_packed(&p, &k);
	boot = (struct pt_boot *)p.boot;
	piece = (struct pt_piece *)p.pieces;
	piece->pa = k.memory.address[1];
	boot->header.checksum = blob_checksum(boot, boot->header.length);
	assert_refused(k.image, k.size, "piece 1 of cell 'loop' goes to memory that is not the cell's own");
	piece->pa = k.memory.address[0];
	((struct pt_boot_cell *)p.boot_cells)[1].offset = p.boot_cells[0].offset;
	boot->header.checksum = blob_checksum(boot, boot->header.length);
	assert_refused(k.image, k.size, "is wrong: the blob of cell 2 is of another size");
	unpack(&k);
}

static bool tells(const struct changes *c, const char *text)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (strstr(c->list[i].text, text))
			return true;
	return false;
}

static void test_two_images_are_told_apart_in_words(void **state)
{
	static const char changed[] =
		"/ { compatible = \"partita,system-v1\";\n"
		"loop { compatible = \"partita,cell-v1\"; cpus = <2>; memory = \"4M\"; };\n"
		"shell { compatible = \"partita,cell-v1\"; cpus = <0>; memory = \"2M\"; may-type = \"new\"; };\n"
		"new { compatible = \"partita,cell-v1\"; cpus = <1>; memory = \"2M\"; console = \"pl011\"; }; };";
	struct packing before, after;
	struct packed old, new;
	struct changes c;

	(void)state;
	assert_true(pack(&before, two_cells));
	open_packed(&old, &before);
	packed_diff(&c, &old, &old);
	assert_int_equal(c.count, 0);
	changes_free(&c);
	program[0] ^= 1;
	assert_true(pack(&after, changed));
	program[0] ^= 1;
	open_packed(&new, &after);
	packed_diff(&c, &old, &new);
	assert_true(tells(&c, "image: rescue: halt; before: reset"));
	assert_true(tells(&c, "cell 'new' is new: 1 CPU, memory 2 MiB"));
	assert_true(tells(&c, "cell 'loop': cpus: 0x2; before: 0x1"));
	assert_true(tells(&c, "cell 'loop': memory: 4 MiB at"));
	assert_true(tells(&c, "cell 'loop': start: with the others; before: first"));
	assert_true(tells(&c, "cell 'loop': contents: 1008 bytes at"));
	assert_true(tells(&c, "cell 'shell': rights: 'new' (type); before: 'loop' (start, stop)"));
	assert_true(tells(&c, "cell 'shell': console: none; before: PL011 at 0x9040000"));
	assert_false(tells(&c, "board: "));
	assert_false(tells(&c, "hypervisor"));
	changes_free(&c);
	packed_diff(&c, &new, &old);
	assert_true(tells(&c, "cell 'new' is gone"));
	changes_free(&c);
	unpack(&before);
	unpack(&after);
}

static void wrong(const char *cells, const char *why)
{
	struct packing k;
	char *source;

	assert_true(asprintf(&source, "/ { compatible = \"partita,system-v1\"; %s };", cells) > 0);
	assert_false(pack(&k, source));
	assert_says(&k.m, why);
	unpack(&k);
	free(source);
}

#define CELL(name, cpu, more)	\
	name " { compatible = \"partita,cell-v1\"; cpus = <" #cpu ">; memory = \"2M\"; " more " }; "

static void test_wrong_rights_are_refused_in_words(void **state)
{
	(void)state;
	wrong(CELL("a", 0, "may-stop = \"bb\";") CELL("b", 1, ""),
	      "cell 'a': 'may-stop': there is no cell 'bb'; did you mean 'b'?");
	wrong(CELL("a", 0, "may-start = \"a\";"), "cell 'a': 'may-start' names the cell itself");
	wrong(CELL("a", 0, "may-start = \"*\";"), "cell 'a': 'may-start' is over all others, and there are none");
	wrong(CELL("a", 0, "may-type = <1>;"), "cell 'a': 'may-type' must be names of cells");
	wrong(CELL("a", 0, "may-type = \"root\", \"no one\";"), "names 'no one', which no cell can be called");
	wrong(CELL("a", 0, "start = \"last\";"), "cell 'a': 'start' must be \"first\" or \"no\"");
	wrong("rescue = \"pray\"; " CELL("a", 0, ""), "'rescue' must be \"halt\", \"reset\" or \"restart\"");
}

/* A board of another kind: its console, and how its CPUs are turned on. */
static bool firmware_of(struct firmware *f, const char *from, const char *to, const char *appended, struct messages *m)
{
	const struct board_facts facts = { .boots = true };
	struct test_tree t = virt_with(from, to, appended);
	struct board b;
	bool done;

	messages_init(m, "board");
	assert_true(board_read(&b, t.fdt, t.size, &facts, m));
	done = firmware_read(f, &b, m);
	board_free(&b);
	free(t.fdt);
	return done;
}

static void test_boards_boot_as_their_trees_say(void **state)
{
	static const char spin_table[] =
		"/ { cpus { cpu@0 { enable-method = \"spin-table\"; cpu-release-addr = <0 0xd8>; };\n"
		"cpu@1 { enable-method = \"spin-table\"; cpu-release-addr = <0 0xe0>; };\n"
		"cpu@2 { enable-method = \"spin-table\"; cpu-release-addr = <0 0xe8>; };\n"
		"cpu@3 { enable-method = \"spin-table\"; %s }; }; };";
	struct firmware f;
	struct messages m;
	char *text;

	(void)state;
	assert_false(firmware_of(&f, "method = \"smc\"", "method = \"hvc\"", NULL, &m));
	messages_free(&m);
	assert_true(asprintf(&text, spin_table, "cpu-release-addr = <0 0xf0>;") > 0);
	assert_true(firmware_of(&f, NULL, NULL, text, &m));
	assert_int_equal(f.conduit, PT_CONDUIT_NONE);
	assert_int_equal(f.cpus[3].release, 0xf0);
	messages_free(&m);
	free(text);
	assert_true(asprintf(&text, spin_table, "") > 0);
	assert_false(firmware_of(&f, NULL, NULL, text, &m));
	assert_says(&m, "has no 'cpu-release-addr'");
	messages_free(&m);
	free(text);
	assert_true(firmware_of(&f, NULL, NULL, "/ { chosen { stdout-path = \"/rtc\"; }; rtc { reg = <0 0 0 0>; }; };", &m));
	assert_int_equal(f.uart_kind, PT_UART_NONE);
	assert_says(&m, "is no UART that the hypervisor can drive");
	messages_free(&m);
	assert_true(firmware_of(&f, NULL, NULL,
				"/ { chosen { stdout-path = \"serial0:115200n8\"; };\n"
				"pl011@9000000 { compatible = \"snps,dw-apb-uart\"; reg-shift = <2>; reg-io-width = <4>; }; };", &m));
	assert_int_equal(f.uart_kind, PT_UART_8250);
	assert_int_equal(f.uart, 0x9000000);
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_packed_is_read_back),
		cmocka_unit_test(test_loaders_put_the_image_where_it_wants_to_be),
		cmocka_unit_test(test_the_image_lies_beside_all_cells),
		cmocka_unit_test(test_its_pool_grows_with_the_cells),
		cmocka_unit_test(test_a_boot_only_system_may_take_all_cpus),
		cmocka_unit_test(test_rights_and_console_get_into_the_blob),
		cmocka_unit_test(test_the_same_input_gives_the_same_bytes),
		cmocka_unit_test(test_a_flipped_bit_is_found_wherever_it_is),
		cmocka_unit_test(test_a_damaged_part_is_named),
		cmocka_unit_test(test_a_truncated_grown_or_older_image_is_refused),
		cmocka_unit_test(test_a_made_up_image_gives_nothing_twice),
		cmocka_unit_test(test_two_images_are_told_apart_in_words),
		cmocka_unit_test(test_wrong_rights_are_refused_in_words),
		cmocka_unit_test(test_boards_boot_as_their_trees_say),
	};

	return cmocka_run_group_tests(tests, open_board, close_board);
}
