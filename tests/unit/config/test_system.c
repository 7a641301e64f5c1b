// SPDX-License-Identifier: GPL-2.0-only
/*
 * Systems as users write them, on QEMU's virt board: what is understood, and what is refused with
 * which words. A misspelt property is never silence.
 */
#include <config/numbers.h>
#include "trees.h"

#define SYSTEM(cells)	"/ { compatible = \"partita,system-v1\"; " cells " };"
#define CELL(name, properties)	\
	name " { compatible = \"partita,cell-v1\"; " properties " };"
#define GOOD	"cpus = <3>; memory = \"16M\";"

static struct test_tree board_tree;
static struct board board;

struct fixture {
	struct test_tree source;
	struct system system;
	struct messages m;
	bool good;
};

static int open_board(void **state)
{
	struct messages m;

	(void)state;
	board_tree = virt_with(
		NULL, NULL,
		"/ { timer@9100000 { reg = <0 0x9100000 0 0x20>; interrupts = <0 60 4>; };"
		" shared@9100020 { reg = <0 0x9100020 0 0x20>; interrupts = <0 61 4>; };"
		" line-a@9200000 { reg = <0 0x9200000 0 0x1000>; interrupts = <0 62 4>; };"
		" line-b@9201000 { reg = <0 0x9201000 0 0x1000>; interrupts = <0 62 4>; };"
		" twin-a@9300000 { reg = <0 0x9300000 0 0x1000>; };"
		" twin-b@9300000 { reg = <0 0x9300000 0 0x1000>; status = \"disabled\"; };"
		" gpio: gpio@9400000 { reg = <0 0x9400000 0 0x1000>; interrupt-controller;"
		"  #interrupt-cells = <2>; interrupts = <0 63 4>; };"
		" button@9500000 { reg = <0 0x9500000 0 0x1000>; interrupt-parent = <&gpio>;"
		"  interrupts = <1 2>; };"
		" ppi@9600000 { reg = <0 0x9600000 0 0x1000>; interrupts = <1 5 4>; };"
		" espi@9700000 { reg = <0 0x9700000 0 0x1000>; interrupts = <2 5 4>; };"
		" carveout@50000000 { reg = <0 0x50000000 0 0x1000>; };"
		" far@ffff { reg = <0x200 0x0 0 0x1000>; };"
		" ethernet@9800000 { reg = <0 0x9800000 0 0x1000>; };"
		" rga@9806000 { reg = <0 0x9806000 0 0x1000>; };"
		" copied@9801000 { reg = <0 0x9801000 0 0x1000>; dmas = <&copier 1>; };"
		" copier: copier { #dma-cells = <1>; };"
		" nexus: nexus { #address-cells = <1>; #interrupt-cells = <2>;"
		"  interrupt-map-mask = <0 0xff 0>;"
		"  interrupt-map = <0 2 0 &{/intc@8000000} 0 0 0 80 4>,"
		"                  <0 3 0 &{/intc@8000000} 0 0 0 81 4>; };"
		" mapped@9802000 { reg = <0 0x9802000 0 0x1000>; interrupt-parent = <&nexus>;"
		"  interrupts = <3 7>; };"
		" route-c@9803000 { reg = <0 0x9803000 0 0x1000>; interrupts-extended = <&nexus 2 "
		"1>; };"
		" route-d@9804000 { reg = <0 0x9804000 0 0x1000>; interrupts-extended = <&nexus 2 "
		"1>; };"
		" lost@9805000 { reg = <0 0x9805000 0 0x1000>; interrupts-extended = <&nexus 4 1>; "
		"};"
		" nothing { }; aliases { little = \"/cpus/cpu@2\"; }; };");
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

static void read_fixture(struct fixture *f, const char *source)
{
	f->source = tree_from(source);
	messages_init(&f->m, "rt.dts");
	f->good = system_read(&f->system, &board, f->source.fdt, f->source.size, &f->m);
}

static void release(struct fixture *f)
{
	if (f->good)
		system_free(&f->system);
	messages_free(&f->m);
	free(f->source.fdt);
}

static void assert_refused(const char *source, const char *text)
{
	struct fixture f;

	read_fixture(&f, source);
	assert_false(f.good);
	assert_says(&f.m, text);
	release(&f);
}

static void assert_device_refused(const char *device, const char *text)
{
	char *source;

	assert_true(asprintf(&source, SYSTEM(CELL("a", GOOD "devices = \"%s\";")), device) > 0);
	assert_refused(source, text);
	free(source);
}

static void test_a_system_is_read_as_written(void **state)
{
	const struct cell *c;
	struct fixture f;

	(void)state;
	read_fixture(
		&f,
		SYSTEM(CELL(
			"control-loop",
			"cpus = <3 1>; memory = \"16M\"; "
			"devices = \"/pl011@9040000\", \"/pl031@9010000\"; "
			"image = \"control-loop.bin\"; trusted-idle; guest-address = <0x70000000>;")
			       CELL("b", "cpus = <2>; memory = \"512K\";")));
	assert_true(f.good);
	assert_int_equal(f.m.count, 0);
	assert_int_equal(f.system.count, 2);
	c = &f.system.cells[0];
	assert_string_equal(c->name, "control-loop");
	assert_int_equal(c->cpu_count, 2);
	assert_int_equal(c->cpus[0], 3);
	assert_int_equal(c->memory_size, 16 << 20);
	assert_int_equal(c->flags, PT_CELL_TRUSTED_IDLE);
	assert_string_equal(c->image, "control-loop.bin");
	assert_int_equal(c->guest_address, 0x70000000);
	assert_int_equal(c->region_count, 2);
	assert_int_equal(c->regions[0].base, 0x9040000);
	assert_int_equal(c->regions[1].base, 0x9010000);
	assert_int_equal(c->spi_count, 2);
	assert_int_equal(c->spis[0], 32 + 8);
	assert_int_equal(f.system.cells[1].memory_size, 512 << 10);
	assert_null(f.system.cells[1].image);
	release(&f);
}

static void test_devices_go_by_alias_and_label_too(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", GOOD "devices = \"serial1\", \"gpio\";")));
	assert_true(f.good);
	assert_string_equal(f.system.cells[0].devices[0].path, "/pl011@9040000");
	assert_string_equal(f.system.cells[0].devices[1].path, "/gpio@9400000");
	release(&f);
}

static void test_devices_that_share_a_page_come_together(void **state)
{
	struct fixture f;

	(void)state;
	assert_device_refused("/timer@9100000",
			      "cell 'a': device '/timer@9100000': its registers at 0x9100000 "
			      "share a 4 KiB page with '/shared@9100020'");
	read_fixture(&f,
		     SYSTEM(CELL("a", GOOD "devices = \"/timer@9100000\", \"/shared@9100020\";")));
	assert_true(f.good);
	assert_int_equal(f.system.cells[0].region_count, 1);
	assert_int_equal(f.system.cells[0].regions[0].size, 4096);
	assert_int_equal(f.system.cells[0].spi_count, 2);
	release(&f);
}

static void test_devices_that_share_an_interrupt_come_together(void **state)
{
	struct fixture f;

	(void)state;
	assert_device_refused("/line-a@9200000",
			      "shares interrupt 94 (SPI 62) with '/line-b@9201000'");
	read_fixture(&f,
		     SYSTEM(CELL("a", GOOD "devices = \"/line-a@9200000\", \"/line-b@9201000\";")));
	assert_true(f.good);
	assert_int_equal(f.system.cells[0].spi_count, 1);
	release(&f);
}

static void test_a_disabled_twin_does_not_count(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f,
		     SYSTEM(CELL("a", GOOD "devices = \"/twin-a@9300000\", \"/ppi@9600000\";")));
	assert_true(f.good);
	assert_int_equal(f.system.cells[0].spi_count, 0);
	release(&f);
}

static void test_devices_that_cannot_be_given_are_refused_by_name(void **state)
{
	(void)state;
	assert_device_refused("/nix", "the board has no device '/nix'; 'partita config init' lists");
	assert_device_refused("/pl011",
			      "the board has no device '/pl011'; did you mean '/pl011@9000000'?");
	assert_device_refused("pl011@9000000", "did you mean '/pl011@9000000'?");
	assert_device_refused("/soc/pl011@9000000", "did you mean '/pl011@9000000'?");
	assert_device_refused("/pl011@900000", "did you mean '/pl011@9000000'?");
	assert_device_refused("/a, /b", "each stands in quotes of its own");
	assert_device_refused("eth7", "its tree has no such alias, nor label");
	assert_device_refused("/intc@8000000", "is needed by the hypervisor itself");
	assert_device_refused("/intc@8000000/its@8080000", "is needed by the hypervisor itself");
	assert_device_refused("/smmuv3@9050000", "is needed by the hypervisor itself");
	assert_device_refused("/pcie@10000000", "is a bus with devices behind it");
	assert_device_refused("/cpus/cpu@1", "is a CPU; 'cpus' gives CPUs");
	assert_device_refused("/memory@40000000", "is memory, not registers");
	assert_device_refused("/carveout@50000000", "is memory, not registers");
	assert_device_refused("/button@9500000", "its interrupt passes through '/gpio@9400000'");
	assert_device_refused("/espi@9700000", "an interrupt of kind 2 number 5");
	assert_device_refused("/far@ffff", "beyond 40-bit addresses");
	assert_device_refused("/nothing", "neither registers nor interrupts");
	assert_refused(SYSTEM(CELL("a", GOOD "devices = \"serial1\", \"/pl011@9040000\";")),
		       "is named twice");
	assert_refused(SYSTEM(CELL("a", GOOD "devices = <1>;")), "'devices' must be paths");
}

/* A host bridge (unit address, ECAM in two cells, its size, window) and a function behind it. */
#define HOST										\
	"/ { pcie@%x { compatible = \"pci-host-ecam-generic\"; device_type = \"pci\";"	\
	" #address-cells = <3>; #size-cells = <2>; reg = <0x%x 0x%x 0 0x%x>;"		\
	" ranges = <0x2000000 0 0x10000000 0 0x%x 0 0x1000>;"				\
	" nic@1 { reg = <0x800 0 0 0 0>;"						\
	"  assigned-addresses = <0x82000810 0 0x10000000 0 0x1000>; }; }; };"

/* Is the function behind the one at @path refused with @text, or given away if that is NULL? */
static void assert_function(const char *hosts, const char *path, const char *text)
{
	struct test_tree cells, tree = virt_with(NULL, NULL, hosts);
	struct board other;
	struct messages m;
	struct system s;
	char *source;

	messages_init(&m, "rt.dts");
	assert_true(board_read(&other, tree.fdt, tree.size, NULL, &m));
	assert_true(asprintf(&source,
			     SYSTEM(CELL("a", GOOD "devices = \"%s/nic@1\";"
					 "unconfined-dma = \"%s/nic@1\";")), path, path) > 0);
	cells = tree_from(source);
	assert_int_equal(system_read(&s, &other, cells.fdt, cells.size, &m), !text);
	if (text)
		assert_says(&m, text);
	else
		system_free(&s);
	free(cells.fdt);
	free(source);
	messages_free(&m);
	board_free(&other);
	free(tree.fdt);
}

static void test_a_pci_function_that_the_hypervisor_would_not_filter_is_refused(void **state)
{
	char hosts[32768] = "", *end = hosts;

	(void)state;
	/* With virt's own the last is the 33rd. */
	for (unsigned int i = 1; i <= PT_MAX_RANGES; i++)
		end += sprintf(end, HOST, i, 0x50, i * 0x200000, 0x100000, 0xb000000 + i * 0x1000);
	assert_function(hosts, "/pcie@1f", NULL);
	assert_function(hosts, "/pcie@20",
			"cell 'a': device '/pcie@20/nic@1': its configuration space at "
			"0x5004008000 is none that the hypervisor can filter: it does so for 32 "
			"host bridges at most, and below 1 TiB; leave it to Linux");
	/* Half of it is beyond. */
	sprintf(hosts, HOST, 1, 0xff, 0xfff00000, 0x200000, 0xb000000);
	assert_function(hosts, "/pcie@1", "is none that the hypervisor can filter");
}

static void test_dma_without_confinement_is_accepted_by_name_only(void **state)
{
	struct fixture f;

	(void)state;
	assert_device_refused("/fw-cfg@9020000", "cell 'a': device '/fw-cfg@9020000': can do DMA");
	assert_device_refused("/ethernet@9800000",
			      "can do DMA ('ethernet'), and nothing confines it");
	assert_device_refused("/rga@9806000", "can do DMA ('rga'), and nothing confines it");
	read_fixture(&f,
		     SYSTEM(CELL("a", GOOD "devices = \"/fw-cfg@9020000\", \"/copied@9801000\"; "
					   "unconfined-dma = \"/fw-cfg@9020000\";")));
	assert_true(f.good);
	assert_int_equal(f.m.count, 0);
	assert_int_equal(f.system.cells[0].unconfined_count, 1);
	release(&f);
	assert_refused(
		SYSTEM(CELL("a", GOOD "devices = \"serial1\"; unconfined-dma = \"serial1\";")),
		"'unconfined-dma' names '/pl011@9040000', which does no DMA");
	/* The device would write where the cell's addresses are others' memory. */
	assert_refused(
		SYSTEM(CELL("a", GOOD "devices = \"/fw-cfg@9020000\"; "
				      "guest-address = <0x60000000>; unconfined-dma = \"/fw-cfg@9020000\";")),
		"cell 'a': device '/fw-cfg@9020000' does DMA to physical addresses, and the cell "
		"would see its memory at others; leave guest-address out, or name the same one "
		"behind 'memory', like \"16M@0x60000000\"");
	read_fixture(&f, SYSTEM(CELL("a", "cpus = <3>; memory = \"16M@0x60000000\"; "
					  "devices = \"/fw-cfg@9020000\"; guest-address = <0x60000000>; "
					  "unconfined-dma = \"/fw-cfg@9020000\";")));
	assert_true(f.good);
	release(&f);
	assert_refused(SYSTEM(CELL("a", GOOD "unconfined-dma = \"/fw-cfg@9020000\";")),
		       "which is none of its devices");
}

static void test_an_interrupt_map_leads_to_the_gic(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", GOOD "devices = \"/mapped@9802000\";")));
	assert_true(f.good);
	assert_int_equal(f.system.cells[0].spi_count, 1);
	assert_int_equal(f.system.cells[0].spis[0], 32 + 81);
	release(&f);
	/* A line that two reach over the nexus goes with both. */
	assert_device_refused("/route-c@9803000",
			      "shares interrupt 112 (SPI 80) with '/route-d@9804000'");
	assert_device_refused("/lost@9805000", "the 'interrupt-map' of '/nexus' does not lead on");
}

static void test_memory_may_have_an_address(void **state)
{
	const struct system *s;
	struct fixture f;

	(void)state;
	read_fixture(&f,
		     SYSTEM(CELL("a", "cpus = <3>; memory = \"16M@0x70000000\"; "
				      "shared-memory = \"y\", \"x\";")
				    CELL("b", "cpus = <2>; memory = \"1M\"; shared-memory = \"x\", "
					      "\"y\";") "x { compatible = \"partita,memory-v1\"; "
							"size = \"64K@0x71000000\"; };"
							"y { compatible = \"partita,memory-v1\"; "
							"size = \"4K\"; "
							"    guest-address = <0x10 0x5000>; };"));
	assert_true(f.good);
	assert_int_equal(f.m.count, 0);
	s = &f.system;
	assert_int_equal(s->cells[0].memory_address, 0x70000000);
	assert_int_equal(s->cells[0].memory_size, 16 << 20);
	assert_int_equal(s->cells[1].memory_address, 0);
	assert_int_equal(s->memory_count, 2);
	assert_int_equal(s->memories[0].address, 0x71000000);
	assert_int_equal(s->memories[0].size, 64 << 10);
	assert_false(s->memories[0].has_guest_address);
	assert_int_equal(s->memories[1].guest_address, 0x1000005000);
	assert_int_equal(s->cells[0].shared_count, 2);
	assert_ptr_equal(s->cells[0].shared[0], &s->memories[1]);
	assert_ptr_equal(s->cells[1].shared[0], &s->memories[0]);
	release(&f);
}

static void test_a_misspelt_property_is_named(void **state)
{
	(void)state;
	assert_refused(SYSTEM(CELL("a", GOOD "memroy = \"1M\";")),
		       "rt.dts: cell 'a': unknown property 'memroy'");
	assert_refused(SYSTEM("cpus = <1>; " CELL("a", GOOD)),
		       "unknown property 'cpus' beside the cells");
	assert_refused(SYSTEM(CELL("a", GOOD "inner { };")), "cell 'a': has a node 'inner'");
}

static void test_what_is_missing_is_named(void **state)
{
	(void)state;
	assert_refused(SYSTEM(CELL("a", "memory = \"1M\";")),
		       "cell 'a': property 'cpus' is missing");
	assert_refused(SYSTEM(CELL("a", "cpus = <1>;")), "cell 'a': property 'memory' is missing");
	assert_refused(SYSTEM("a { " GOOD " };"), "property 'compatible' is missing");
	assert_refused(SYSTEM("a { compatible = \"x\"; " GOOD " };"), "not \"partita,cell-v1\"");
	assert_refused(SYSTEM(""), "describes no cell");
	assert_refused("/ { compatible = \"linux,dummy-virt\"; a { }; };",
		       "not a description of cells");
}

static void test_values_of_the_wrong_kind_are_refused(void **state)
{
	(void)state;
	assert_refused(SYSTEM(CELL("a", "cpus = \"3\"; memory = \"1M\";")),
		       "the board has no CPU '3'; 'cpus' must be CPU numbers");
	assert_refused(SYSTEM(CELL("a", "cpus = <4>; memory = \"1M\";")),
		       "CPU 4: this board has CPUs 0 to 3");
	assert_refused(SYSTEM(CELL("a", "cpus = <1>; memory = <0x100000>;")),
		       "'memory' must be one size");
	assert_refused(SYSTEM(CELL("a", "cpus = <1>; memory = \"1M\", \"2M\";")),
		       "'memory' must be one size");
	assert_refused(SYSTEM(CELL("a", "cpus = <1>; memory = \"lots\";")),
		       "memory \"lots\" is not a size");
	assert_refused(SYSTEM(CELL("a", "cpus = <1>; memory = \"100\";")),
		       "memory \"100\" is not a size");
	assert_refused(SYSTEM(CELL("a", "cpus = <1>; memory = \"0\";")), "is not a size");
	assert_refused(SYSTEM(CELL("a", GOOD "image = <1>;")), "'image' must be one file name");
	assert_refused(SYSTEM(CELL("a", GOOD "trusted-idle = <0>;")),
		       "'trusted-idle' takes no value");
	assert_refused(SYSTEM(CELL("a", GOOD "guest-address = \"1\";")),
		       "'guest-address' must be one address");
	assert_refused(SYSTEM(CELL("root", GOOD)), "the name of the running Linux");
	assert_refused(SYSTEM(CELL("12", GOOD)), "not a name for a cell");
	assert_refused(SYSTEM(CELL("a,b", GOOD)), "not a name for a cell");
	assert_refused(SYSTEM(CELL("a-name-that-is-one-too-long-to-be", GOOD)),
		       "not a name for a cell");
}

static void test_the_guest_address_covers_nothing_else_of_the_cell(void **state)
{
	(void)state;
	assert_refused(SYSTEM(CELL("a", GOOD "guest-address = <0x7001000>;")),
		       "would cover the interrupt controller");
	assert_refused(
		SYSTEM(CELL("a", "cpus = <1>; memory = \"128K\"; guest-address = <0x9030000>; "
				 "devices = \"serial1\";")),
		"would cover the cell's own device at 0x9040000");
	assert_refused(SYSTEM(CELL("a", GOOD "guest-address = <0x100>;")), "not on a 4 KiB page");
	assert_refused(SYSTEM(CELL("a", GOOD "guest-address = <0x0ff 0xff800000>;")),
		       "beyond 40-bit");
}

static void test_cells_do_not_share(void **state)
{
	(void)state;
	assert_refused(SYSTEM(CELL("a", GOOD) CELL("b", GOOD)),
		       "cell 'b': CPU 3 also belongs to cell 'a'; remove it from one of them");
	assert_refused(SYSTEM(CELL("a", "cpus = <1 1>; memory = \"1M\";")),
		       "cell 'a': CPU 1 is named twice");
	assert_refused(SYSTEM(CELL("a", GOOD "devices = \"serial1\";") CELL(
			       "b", "cpus = <2>; memory = \"1M\"; devices = \"/pl011@9040000\";")),
		       "cell 'b': device '/pl011@9040000' also belongs to cell 'a'");
	assert_refused(SYSTEM(CELL("a", "cpus = <0 1>; memory = \"1M\";")
				      CELL("b", "cpus = <2 3>; memory = \"1M\";")),
		       "one at least must be left to Linux");
}

static void test_what_is_not_yet_there_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	assert_refused(SYSTEM(CELL("a", GOOD "on-fault = \"restart\";")), "not yet");
	assert_refused(SYSTEM(CELL("a", GOOD "interrupt-mode = \"virtual\";")), "not yet");
	assert_refused(SYSTEM(CELL("a", GOOD "channels = \"b\";")), "not yet");
	read_fixture(&f, SYSTEM(CELL("a", GOOD "on-fault = \"stop\"; interrupt-mode = \"direct\"; "
					  "console = \"ring\";")));
	assert_true(f.good);
	assert_int_equal(f.m.count, 0);
	assert_string_equal(f.system.cells[0].console, "");
	release(&f);
}

static void test_a_uart_needs_an_interrupt_of_the_cell(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", GOOD "console = \"pl011\";")));
	assert_true(f.good);
	assert_int_equal(f.m.count, 0);
	assert_true(cell_has_uart(&f.system.cells[0]));
	release(&f);
	read_fixture(&f, SYSTEM(CELL("a", GOOD "console = \"ring\";")));
	assert_false(cell_has_uart(&f.system.cells[0]));
	release(&f);
	assert_refused(SYSTEM(CELL("a", GOOD "console = \"pl010\";")),
		       "'console' must be \"ring\", \"pl011\" or one of the cell's devices");
}

static void test_what_a_guest_is_told_is_kept(void **state)
{
	const struct cell *c;
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", GOOD "command-line = \"quiet\"; initrd = \"root.cpio\"; "
					  "devices = \"serial1\"; "
					  "console = \"/pl011@9040000\";")));
	assert_true(f.good);
	c = &f.system.cells[0];
	assert_string_equal(c->command_line, "quiet");
	assert_string_equal(c->initrd, "root.cpio");
	assert_string_equal(c->console, "/pl011@9040000");
	release(&f);
}

static void test_cpus_go_by_node_too(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", "cpus = \"/cpus/cpu@3\", \"little\"; "
					  "memory = \"1M\";")));
	assert_true(f.good);
	assert_int_equal(f.system.cells[0].cpu_count, 2);
	assert_int_equal(f.system.cells[0].cpus[0], 3);
	assert_int_equal(f.system.cells[0].cpus[1], 2);
	release(&f);
}

static void test_a_pattern_names_what_it_matches(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", GOOD "devices = \"/nix@*\";")));
	assert_false(f.good);
	assert_says(&f.m, "no device of the board matches '/nix@*'");
	release(&f);
	/* The one that is named already is no error, and the others come in the tree's order. */
	read_fixture(&f, SYSTEM(CELL("a", GOOD "devices = \"serial1\", \"/line-*\", "
					  "\"/pl011@*\";")));
	assert_true(f.good);
	assert_int_equal(f.system.cells[0].device_count, 4);
	assert_string_equal(f.system.cells[0].devices[0].path, "/pl011@9040000");
	assert_string_equal(f.system.cells[0].devices[1].path, "/line-a@9200000");
	assert_string_equal(f.system.cells[0].devices[3].path, "/pl011@9000000");
	release(&f);
}

static bool has(const struct cell *c, const char *path)
{
	for (uint32_t i = 0; i < c->device_count; i++)
		if (!strcmp(c->devices[i].path, path))
			return true;
	return false;
}

static void test_rest_is_what_nobody_named_and_can_be_given(void **state)
{
	const struct cell *c;
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", GOOD "devices = \"rest\";") CELL(
				"b", "cpus = <2>; memory = \"1M\"; devices = \"serial1\";")));
	assert_true(f.good);
	c = &f.system.cells[0];
	assert_true(has(c, "/pl011@9000000"));
	assert_true(has(c, "/timer@9100000") && has(c, "/shared@9100020"));
	assert_true(has(c, "/twin-a@9300000"));
	assert_false(has(c, "/twin-b@9300000"));
	assert_false(has(c, "/pl011@9040000"));
	assert_false(has(c, "/smmuv3@9050000"));
	assert_false(has(c, "/memory@40000000"));
	assert_false(has(c, "/espi@9700000"));
	assert_says(&f.m, "cell 'a': \"rest\" takes ");
	assert_says(&f.m, "--verbose says why");
	assert_false(has(c, "/fw-cfg@9020000"));
	assert_int_equal(f.m.count, 1);
	release(&f);
	read_fixture(&f, SYSTEM(CELL("a", GOOD "devices = \"rest\"; "
					  "unconfined-dma = \"/fw-cfg@9020000\";")));
	assert_true(f.good);
	assert_true(has(&f.system.cells[0], "/fw-cfg@9020000"));
	assert_false(has(&f.system.cells[0], "/ethernet@9800000"));
	release(&f);
}

/*
 * chain-a shares a page with chain-b, which shares a line with button; that one cannot be given, so
 * none of them can.
 */
static void test_rest_leaves_what_hangs_on_others(void **state)
{
	static const char tree[] =
		"/ { chain-a@9a00000 { reg = <0 0x9a00000 0 0x20>; };"
		" chain-b@9a00020 { reg = <0 0x9a00020 0 0x20>; interrupts = <0 70 4>; };"
		" kept@9b00000 { reg = <0 0x9b00000 0 0x20>; interrupts = <0 70 4>, <2 1 4>; };"
		" free@9c00000 { reg = <0 0x9c00000 0 0x20>; interrupts = <0 71 4>; }; };";
	struct test_tree with_chain = virt_with(NULL, NULL, tree),
			 source = tree_from(SYSTEM(CELL("a", GOOD "devices = \"rest\";")));
	struct messages m;
	struct system s;
	struct board b;

	(void)state;
	messages_init(&m, "rt.dts");
	m.verbose = true;
	assert_true(board_read(&b, with_chain.fdt, with_chain.size, NULL, &m));
	assert_true(system_read(&s, &b, source.fdt, source.size, &m));
	assert_true(has(&s.cells[0], "/free@9c00000"));
	assert_false(has(&s.cells[0], "/chain-a@9a00000"));
	assert_says(&m, "note: cell 'a': \"rest\" leaves to Linux: device '/kept@9b00000': ");
	assert_says(&m, "note: cell 'a': \"rest\" leaves to Linux: device '/chain-a@9a00000': its "
			"registers at 0x9a00000 share a 4 KiB page with '/chain-b@9a00020'");
	for (uint32_t i = 0; i < s.cells[0].spi_count; i++)
		assert_int_not_equal(s.cells[0].spis[i], 32 + 70);
	system_free(&s);
	board_free(&b);
	messages_free(&m);
	free(source.fdt);
	free(with_chain.fdt);
}

static void test_rest_keeps_what_its_cell_names(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f, SYSTEM(CELL("a", GOOD "devices = \"serial1\", \"rest\"; "
					  "console = \"/pl031@9010000\";")));
	assert_true(f.good);
	assert_string_equal(f.system.cells[0].devices[0].path, "/pl011@9040000");
	assert_int_equal(f.system.cells[0].regions[0].base, 0x9040000);
	release(&f);
}

static void test_a_blob_of_another_maker_is_checked_too(void **state)
{
	static const char second[] = "bb", first[] = "aa";
	struct fixture f;
	char *name;

	(void)state;
	f.source = tree_from(SYSTEM(CELL("aa", GOOD) CELL("bb", "cpus = <2>; memory = \"1M\";")));
	name = memmem(f.source.fdt, f.source.size, second, sizeof(second));
	assert_non_null(name);
	memcpy(name, first, sizeof(first));
	messages_init(&f.m, "rt.dtb");
	f.good = system_read(&f.system, &board, f.source.fdt, f.source.size, &f.m);
	assert_false(f.good);
	assert_string_equal(f.m.lines[0],
			    "rt.dtb: cell 'aa': there are two of this name; rename one");
	release(&f);
	f.source = tree_from(SYSTEM(CELL("a", GOOD)));
	messages_init(&f.m, "rt.dtb");
	f.good = system_read(&f.system, &board, f.source.fdt, f.source.size / 2, &f.m);
	assert_false(f.good);
	assert_says(&f.m, "rt.dtb: is not a device tree: ");
	release(&f);
}

static void test_all_errors_are_reported_at_once(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(
		&f,
		SYSTEM(CELL("a", "cpus = <9>; memory = \"x\"; typo; devices = \"/nix\", \"/nax\";")
			       CELL("b", "cpus = <1>;")));
	assert_false(f.good);
	assert_int_equal(f.m.errors, 6);
	release(&f);
}

static void test_sizes_are_read_as_people_write_them(void **state)
{
	(void)state;
	assert_int_equal(parse_size("4096"), 4096);
	assert_int_equal(parse_size("0x2000"), 8192);
	assert_int_equal(parse_size("64k"), 64 << 10);
	assert_int_equal(parse_size("16M"), 16 << 20);
	assert_int_equal(parse_size("16 MiB"), 16 << 20);
	assert_int_equal(parse_size("2GB"), 2ull << 30);
	assert_int_equal(parse_size("1T"), 1ull << 40);
	assert_int_equal(parse_size("010M"), 10 << 20);
	assert_int_equal(parse_size("0x10M"), 16 << 20);
	assert_int_equal(parse_size("0x"), 0);
	assert_int_equal(parse_size(""), 0);
	assert_int_equal(parse_size("M"), 0);
	assert_int_equal(parse_size("-1M"), 0);
	assert_int_equal(parse_size("16Q"), 0);
	assert_int_equal(parse_size("16MM"), 0);
	assert_int_equal(parse_size("99999999999999999999"), 0);
	assert_int_equal(parse_size("99999999999T"), 0);
	assert_int_equal(parse_size("1M@0x1000"), 0);
}

static void test_a_size_may_have_an_address(void **state)
{
	static const char *const wrong[] = {"1M@", "1M@0", "1M@x", "1M@0x1000 ", "1M@-1", "1M@1@2"};
	uint64_t size, address;

	(void)state;
	assert_true(parse_placed_size("16M", &size, &address));
	assert_int_equal(size, 16 << 20);
	assert_int_equal(address, 0);
	assert_true(parse_placed_size("16 MiB@0x70000000", &size, &address));
	assert_int_equal(size, 16 << 20);
	assert_int_equal(address, 0x70000000);
	assert_true(
		parse_placed_size("0x0000000000000000000000000000000001000@4096", &size, &address));
	assert_int_equal(size, 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(parse_placed_size(wrong[i], &size, &address));
}

static void test_only_dtcs_own_nodes_are_no_cells(void **state)
{
	struct fixture f;

	(void)state;
	/* tree_from() has dtc add __symbols__ for the label. */
	read_fixture(&f, SYSTEM(CELL("label: __rt", GOOD)));
	assert_true(f.good);
	assert_int_equal(f.system.count, 1);
	assert_string_equal(f.system.cells[0].name, "__rt");
	release(&f);
}

static void test_messages_are_printable(void **state)
{
	struct messages m;

	(void)state;
	messages_init(&m, "rt\x9b.dts");
	messages_error(&m, "\033]0;\177 \xc2\x9b \u202e \x80\n ~");
	assert_string_equal(m.lines[0], "rt?.dts: ?]0;? ?? ??? ?? ~");
	messages_free(&m);
}

static void test_the_board_ends_with_its_memory(void **state)
{
	const struct board none = { 0 };

	(void)state;
	assert_int_equal(board_end(&board), 0xc0000000);
	assert_int_equal(board_end(&none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_system_is_read_as_written),
		cmocka_unit_test(test_devices_go_by_alias_and_label_too),
		cmocka_unit_test(test_devices_that_share_a_page_come_together),
		cmocka_unit_test(test_devices_that_share_an_interrupt_come_together),
		cmocka_unit_test(test_a_disabled_twin_does_not_count),
		cmocka_unit_test(test_devices_that_cannot_be_given_are_refused_by_name),
		cmocka_unit_test(test_a_pci_function_that_the_hypervisor_would_not_filter_is_refused),
		cmocka_unit_test(test_dma_without_confinement_is_accepted_by_name_only),
		cmocka_unit_test(test_an_interrupt_map_leads_to_the_gic),
		cmocka_unit_test(test_memory_may_have_an_address),
		cmocka_unit_test(test_a_misspelt_property_is_named),
		cmocka_unit_test(test_what_is_missing_is_named),
		cmocka_unit_test(test_values_of_the_wrong_kind_are_refused),
		cmocka_unit_test(test_the_guest_address_covers_nothing_else_of_the_cell),
		cmocka_unit_test(test_cells_do_not_share),
		cmocka_unit_test(test_what_is_not_yet_there_is_refused),
		cmocka_unit_test(test_a_uart_needs_an_interrupt_of_the_cell),
		cmocka_unit_test(test_what_a_guest_is_told_is_kept),
		cmocka_unit_test(test_cpus_go_by_node_too),
		cmocka_unit_test(test_a_pattern_names_what_it_matches),
		cmocka_unit_test(test_rest_is_what_nobody_named_and_can_be_given),
		cmocka_unit_test(test_rest_leaves_what_hangs_on_others),
		cmocka_unit_test(test_rest_keeps_what_its_cell_names),
		cmocka_unit_test(test_a_blob_of_another_maker_is_checked_too),
		cmocka_unit_test(test_all_errors_are_reported_at_once),
		cmocka_unit_test(test_sizes_are_read_as_people_write_them),
		cmocka_unit_test(test_a_size_may_have_an_address),
		cmocka_unit_test(test_only_dtcs_own_nodes_are_no_cells),
		cmocka_unit_test(test_messages_are_printable),
		cmocka_unit_test(test_the_board_ends_with_its_memory),
	};

	return cmocka_run_group_tests(tests, open_board, close_board);
}
