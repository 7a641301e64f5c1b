// SPDX-License-Identifier: GPL-2.0-only
/*
 * The picture of a board: each cell's card says what the cell has, once; whatever a name holds, the
 * result is well-formed; nothing lies beside the sheet; the same input gives the same bytes.
 */
#include <ctype.h>
#include <config/draw.h>
#include "trees.h"

#define SYSTEM(cells)	"/ { compatible = \"partita,system-v1\"; " cells " };"
#define CELL(name, properties)	\
	name " { compatible = \"partita,cell-v1\"; " properties " };"
#define TWO_CELLS							\
	SYSTEM(CELL("control-loop", "cpus = <3>; memory = \"64M\"; image = \"rt.bin\"; "	\
		    "devices = \"/pl011@9040000\", \"/pl031@9010000\";")	\
	       CELL("gateway", "cpus = <2 1>; memory = \"128M\"; guest-address = <0x70000000>;"))

struct fixture {
	struct test_tree board_source, system_source;
	struct board board;
	struct system system;
	struct messages m;
};

static void open_fixture(struct fixture *f, struct test_tree board, const char *system)
{
	messages_init(&f->m, "test");
	f->board_source = board;
	f->system_source = tree_from(system);
	if (!board_read(&f->board, board.fdt, board.size, NULL, &f->m) ||
	    !system_read(&f->system, &f->board, f->system_source.fdt, f->system_source.size,
			 &f->m)) {
		messages_print(&f->m, stderr);
		fail();
	}
}

static void close_fixture(struct fixture *f)
{
	system_free(&f->system);
	board_free(&f->board);
	messages_free(&f->m);
	free(f->board_source.fdt);
	free(f->system_source.fdt);
}

static char *drawn(const struct fixture *f, const struct draw_memory *memory)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_true(draw_svg(out, &f->board, &f->system, memory));
	fclose(out);
	return text;
}

static unsigned int count_of(const char *text, const char *wanted)
{
	unsigned int count = 0;

	for (text = strstr(text, wanted); text; text = strstr(text + 1, wanted))
		count++;
	return count;
}

/* What the card of @owner holds; to be freed. */
static char *card_of(const char *svg, unsigned int owner)
{
	char start[32], *card;
	const char *from, *to;

	snprintf(start, sizeof(start), "<g id=\"owner-%u\"", owner);
	from = strstr(svg, start);
	assert_non_null(from);
	to = strstr(from, "</g>");
	assert_non_null(to);
	card = strndup(from, (size_t)(to - from));
	assert_non_null(card);
	return card;
}

static void assert_once(const char *card, const char *wanted)
{
	if (count_of(card, wanted) != 1)
		fail_msg("not once but %u times: %s", count_of(card, wanted), wanted);
}

static const char *skip_entity(const char *at)
{
	static const char *const known[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&apos;" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strncmp(at, known[i], strlen(known[i])))
			return at + strlen(known[i]);
	fail_msg("an ampersand that is no entity: %.20s", at);
	return NULL;
}

static const char *skip_text(const char *at)
{
	while (*at && *at != '<') {
		assert_true(*at == '\n' || (*at >= ' ' && *at <= '~'));
		assert_true(*at != '>' || at[-1] == '-');
		at = *at == '&' ? skip_entity(at) : at + 1;
	}
	return at;
}

/* ` name="value"`, any number; returns what is behind, '/' or '>'. */
static const char *skip_attributes(const char *at)
{
	while (isspace((unsigned char)*at)) {
		at += strspn(at, " \n");
		at += strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789");
		assert_memory_equal(at, "=\"", 2);
		for (at += 2; *at != '"';) {
			assert_true(*at && *at != '<');
			at = *at == '&' ? skip_entity(at) : at + 1;
		}
		at++;
	}
	return at;
}

/* Each tag is closed by its like; there is one root; no character stands bare. */
static void assert_well_formed(const char *xml)
{
	struct { const char *name; size_t length; } open[16];
	unsigned int depth = 0, roots = 0;
	const char *at = strstr(xml, "?>\n");

	assert_non_null(at);
	for (at = skip_text(at + 3); *at; at = skip_text(at)) {
		const bool closes = at[1] == '/';
		const char *name = at + 1 + closes;
		const size_t length = strcspn(name, " \n/>");

		assert_true(length > 0);
		at = name + length;
		if (closes) {
			assert_true(depth > 0);
			depth--;
			assert_int_equal(length, open[depth].length);
			assert_memory_equal(name, open[depth].name, length);
		} else {
			roots += depth == 0;
			at = skip_attributes(at);
			assert_true(depth < 16);
			open[depth].name = name;
			open[depth].length = length;
			depth += *at != '/';
			at += *at == '/';
		}
		assert_int_equal(*at, '>');
		at++;
	}
	assert_int_equal(depth, 0);
	assert_int_equal(roots, 1);
}

/* Everything drawn lies on the sheet. */
static void assert_on_sheet(const char *svg)
{
	int x, y, width, height, sheet_width, sheet_height;
	const char *at = strstr(svg, "viewBox=\"0 0 ");

	assert_non_null(at);
	assert_int_equal(sscanf(at, "viewBox=\"0 0 %d %d", &sheet_width, &sheet_height), 2);
	assert_int_equal(sheet_width, 1200);
	for (at = strstr(svg, "<rect class="); at; at = strstr(at + 1, "<rect class=")) {
		assert_int_equal(sscanf(strstr(at, " x="),
					" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"", &x, &y,
					&width, &height), 4);
		assert_true(x >= 0 && y >= 0 && width > 0 && height > 0);
		assert_true(x + width <= sheet_width && y + height <= sheet_height);
	}
	for (at = strstr(svg, "<text class="); at; at = strstr(at + 1, "<text class=")) {
		assert_int_equal(sscanf(strstr(at, " x="), " x=\"%d\" y=\"%d\"", &x, &y), 2);
		assert_true(x >= 0 && x < sheet_width && y > 0 && y < sheet_height);
	}
}

static void assert_good(const char *svg)
{
	assert_well_formed(svg);
	assert_on_sheet(svg);
	assert_null(strstr(svg, "nan"));
	assert_null(strstr(svg, "(null)"));
}

static void test_a_card_says_once_what_its_cell_has(void **state)
{
	char *svg, *first, *second;
	struct fixture f;

	(void)state;
	open_fixture(&f, virt_with(NULL, NULL, NULL), TWO_CELLS);
	svg = drawn(&f, NULL);
	assert_good(svg);
	first = card_of(svg, 1);
	assert_once(first, "control-loop");
	assert_once(first, ">CPU 3<");
	assert_once(first, ">/pl011@9040000<");
	assert_once(first, "4 KiB at 0x9040000, interrupt 40 (SPI 8)");
	assert_once(first, ">/pl031@9010000<");
	assert_once(first, "64 MiB of memory from Linux<");
	assert_once(first, "runs rt.bin");
	assert_null(strstr(first, "gateway"));
	second = card_of(svg, 2);
	assert_once(second, "gateway");
	assert_once(second, "CPUs 1-2; it starts on 2");
	assert_once(second, "128 MiB of memory from Linux, seen by the cell at 0x70000000");
	assert_null(strstr(second, "pl011"));
	free(first);
	free(second);
	free(svg);
	close_fixture(&f);
}

static void test_the_rest_is_linux_s_the_hypervisor_s_or_nobody_s(void **state)
{
	struct fixture f;
	char *svg, *card;

	(void)state;
	open_fixture(&f, virt_with(NULL, NULL,
				   "/ { off@9500000 { reg = <0 0x9500000 0 0x1000>;"
				   " status = \"disabled\"; }; };"), TWO_CELLS);
	svg = drawn(&f, NULL);
	assert_good(svg);
	card = card_of(svg, OWNER_LINUX);
	assert_once(card, ">CPU 0<");
	assert_once(card, "1856 MiB of memory, after 192 MiB for the cells");
	/* The console, but not the one that a cell has. */
	assert_once(card, "1 pl011");
	assert_null(strstr(card, "pl031"));
	assert_null(strstr(card, "off"));
	free(card);
	card = card_of(svg, OWNER_HYPERVISOR);
	assert_once(card, "Distributor: 64 KiB at 0x8000000");
	free(card);
	card = card_of(svg, OWNER_LINUX_ONLY);
	assert_once(card, "/smmuv3@9050000");
	assert_once(card, "/intc@8000000/its@8080000");
	free(card);
	card = card_of(svg, OWNER_NOBODY);
	assert_once(card, "1 device disabled in the board&apos;s tree: 1 off");
	free(card);
	free(svg);
	close_fixture(&f);
}

static void test_memory_is_shown_where_it_lies(void **state)
{
	const struct draw_memory memory[] = { { true, 0x50000000 }, { false, 0 } };
	struct fixture f;
	char *svg;

	(void)state;
	open_fixture(&f, virt_with(NULL, NULL, NULL), TWO_CELLS);
	svg = drawn(&f, memory);
	assert_good(svg);
	assert_once(svg, "64 MiB of memory at 0x50000000");
	assert_once(svg, "control-loop: memory, 64 MiB");
	assert_once(svg, "128 MiB from Linux, placed when the cell is made");
	assert_null(strstr(svg, "gateway: memory"));
	free(svg);
	close_fixture(&f);
}

static void test_shared_memory_is_of_all_who_name_it(void **state)
{
	struct fixture f;
	char *svg, *card;

	(void)state;
	open_fixture(&f, virt_with(NULL, NULL, NULL),
		     SYSTEM(CELL("one", "cpus = <3>; memory = \"64M@0x50000000\"; "
				 "shared-memory = \"exchange\", \"mail\";")
			    CELL("two", "cpus = <2>; memory = \"64M\"; shared-memory = \"mail\";")
			    CELL("three", "cpus = <1>; memory = \"64M\"; "
				 "shared-memory = \"exchange\", \"mail\";")
			    "exchange { compatible = \"partita,memory-v1\"; "
			    "size = \"16M@0x60000000\"; guest-address = <0x10000000>; };"
			    "mail { compatible = \"partita,memory-v1\"; size = \"4K\"; };"));
	svg = drawn(&f, NULL);
	assert_good(svg);
	assert_once(svg, "one: memory, 64 MiB");
	assert_once(svg, "exchange: memory that A, C share, 16 MiB");
	assert_once(svg, ">exchange: A, C<");
	assert_once(svg, ">mail: A, B, C<");
	assert_once(svg, "4 KiB from Linux, placed when the cell is made");
	card = card_of(svg, 1);
	assert_once(card, "64 MiB of memory at 0x50000000<");
	assert_once(card, "16 MiB of memory &apos;exchange&apos; at 0x60000000,");
	assert_once(card, "4 KiB of memory &apos;mail&apos; from Linux,");
	free(card);
	card = card_of(svg, 2);
	assert_null(strstr(card, "exchange"));
	free(card);
	card = card_of(svg, OWNER_LINUX);
	assert_once(card, "after 208 MiB for the cells");
	free(card);
	free(svg);
	close_fixture(&f);
}

static void assert_memory_adds_up(const struct fixture *f, const struct draw_memory *memory)
{
	uint64_t total = 0, end = 0;
	struct owners o;

	assert_true(owners_find(&o, &f->board, &f->system, memory));
	for (uint32_t i = 0; i < o.area_count; i++) {
		if (!o.areas[i].ram)
			continue;
		assert_true(o.areas[i].base >= end);
		end = o.areas[i].base + o.areas[i].size;
		total += o.areas[i].size;
	}
	assert_int_equal(total, 0x80000000);
	owners_release(&o);
}

static void test_every_byte_of_memory_has_one_owner(void **state)
{
	static const uint64_t places[] = { 0x40000000, 0x44000000, 0x50000000, 0xb8000000,
					   0xbf000000, 0x1000, 0xc0000000 };
	const size_t count = sizeof(places) / sizeof(places[0]);
	struct fixture f;

	(void)state;
	open_fixture(&f, virt_with(NULL, NULL, NULL), TWO_CELLS);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			const struct draw_memory memory[] = { { true, places[i] },
							      { true, places[k] } };
			char *svg = drawn(&f, memory);

			assert_memory_adds_up(&f, memory);
			assert_good(svg);
			free(svg);
		}
	close_fixture(&f);
}

static void test_hostile_names_stay_text(void **state)
{
	struct fixture f;
	char *svg;

	(void)state;
	open_fixture(&f, virt_with("model = \"linux,dummy-virt\"",
				   "model = \"</title><script>&amp;'\\\"\\x80\"",
				   "/ { }; / { x@9500000 { reg = <0 0x9500000 0 0x1000>; }; };"),
		     TWO_CELLS);
	/* No reader lets such names through; the picture does not rely on that. */
	strcpy(f.system.cells[0].name, "<&\"'>");
	free(f.system.cells[0].image);
	f.system.cells[0].image = strdup("]]></text><a b=\"\n\">&");
	svg = drawn(&f, NULL);
	assert_good(svg);
	assert_null(strstr(svg, "script>"));
	assert_null(strstr(svg, "<a "));
	assert_non_null(strstr(svg, "&lt;/title&gt;&lt;script&gt;&amp;amp;&apos;&quot;?"));
	assert_non_null(strstr(svg, ">&lt;&amp;&quot;&apos;&gt;<"));
	free(svg);
	close_fixture(&f);
}

static void test_the_same_input_gives_the_same_bytes(void **state)
{
	char *first, *second;
	struct fixture f;

	(void)state;
	open_fixture(&f, virt_with(NULL, NULL, NULL), TWO_CELLS);
	first = drawn(&f, NULL);
	close_fixture(&f);
	open_fixture(&f, virt_with(NULL, NULL, NULL), TWO_CELLS);
	second = drawn(&f, NULL);
	assert_string_equal(first, second);
	free(first);
	free(second);
	close_fixture(&f);
}

/* 64 CPUs, 300 more devices in odd places, and as many cells as there can be. */
static void test_the_largest_board_fits_the_sheet(void **state)
{
	char *added = NULL, *system = NULL, *svg;
	size_t added_size = 0, system_size = 0;
	FILE *more = open_memstream(&added, &added_size);
	FILE *cells = open_memstream(&system, &system_size);
	struct fixture f;

	(void)state;
	fputs("/ { cpus { ", more);
	for (int i = 4; i < PT_MAX_CPUS; i++)
		fprintf(more, "cpu@%x { device_type = \"cpu\"; compatible = \"a,very-long-name-of-"
			"a-cpu\"; reg = <0x%x>; enable-method = \"psci\"; }; ", i << 8, i << 8);
	fputs("}; ", more);
	for (int i = 0; i < 300; i++)
		fprintf(more, "kind-%d@a1%04x000 { reg = <0xa1 0x%04x000 0 0x%x>; interrupts = "
			"<0 %d 4>; }; ", i / 3, i * 7, i * 7, 0x10 << i % 10, 100 + i);
	fputs("last@ffffffffffffff00 { reg = <0xffffffff 0xffffff00 0 0xff>; }; };", more);
	fputs("/ { compatible = \"partita,system-v1\"; ", cells);
	for (int i = 1; i < PT_MAX_CELLS; i++)
		fprintf(cells, "a-name-of-thirty-one-character%x { compatible = "
			"\"partita,cell-v1\"; cpus = <%d %d>; memory = \"%dM\"; "
			"shared-memory = \"common\", \"memory-of-thirty-one-character%x\"; "
			"devices = \"/kind-%d@a1%04x000\"; }; ",
			i, i, 64 - i, 1 << i % 8, i & ~1, i * 19 / 3, i * 19 * 7);
	for (int i = 0; i < PT_MAX_CELLS; i += 2)
		fprintf(cells, "memory-of-thirty-one-character%x { compatible = "
			"\"partita,memory-v1\"; size = \"%dM\"; }; ", i, 1 << i % 8);
	fputs("common { compatible = \"partita,memory-v1\"; size = \"1M@0x41000000\"; };", cells);
	fputs(" };", cells);
	fclose(more);
	fclose(cells);
	open_fixture(&f, virt_with(NULL, NULL, added), system);
	svg = drawn(&f, NULL);
	assert_good(svg);
	assert_int_equal(count_of(svg, "<text class=\"number\""), PT_MAX_CPUS);
	assert_int_equal(count_of(svg, "<text class=\"capital\""), PT_MAX_CELLS - 1);
	free(svg);
	free(added);
	free(system);
	close_fixture(&f);
}

static void test_a_full_disk_is_not_success(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct fixture f;

	(void)state;
	assert_non_null(full);
	open_fixture(&f, virt_with(NULL, NULL, NULL), TWO_CELLS);
	assert_false(draw_svg(full, &f.board, &f.system, NULL));
	fclose(full);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_card_says_once_what_its_cell_has),
		cmocka_unit_test(test_the_rest_is_linux_s_the_hypervisor_s_or_nobody_s),
		cmocka_unit_test(test_memory_is_shown_where_it_lies),
		cmocka_unit_test(test_shared_memory_is_of_all_who_name_it),
		cmocka_unit_test(test_every_byte_of_memory_has_one_owner),
		cmocka_unit_test(test_hostile_names_stay_text),
		cmocka_unit_test(test_the_same_input_gives_the_same_bytes),
		cmocka_unit_test(test_the_largest_board_fits_the_sheet),
		cmocka_unit_test(test_a_full_disk_is_not_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
