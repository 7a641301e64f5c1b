// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell's own device tree: it promises what the cell has, at the cell's addresses, and refers to
 * nothing that is not in it. libfdt reads it back and dtc judges it, neither of which knows how it
 * was made.
 */
#include <glob.h>
#include <unistd.h>
#include <core/blob.h>
#include <libfdt.h>
#include <partita/info.h>
#include <config/blobs.h>
#include <config/guest_tree.h>
#include "trees.h"

#define MIB		(1ull << 20)
#define CELL_MEMORY	(16 * MIB)

/* A board, a system of it, and the tree of its first cell. */
struct scene {
	struct test_tree source;
	struct board board;
	struct system system;
	struct blob blob;
	struct messages m;
	void *fdt;
	size_t size;
};

static void open_board(struct scene *s, struct test_tree source, const struct board_facts *facts)
{
	*s = (struct scene){ .source = source };
	messages_init(&s->m, "rt.dts");
	if (!board_read(&s->board, source.fdt, source.size, facts, &s->m)) {
		messages_print(&s->m, stderr);
		fail_msg("the board cannot be read");
	}
	messages_free(&s->m);
}

static void close_system(struct scene *s)
{
	free(s->fdt);
	s->fdt = NULL;
	system_free(&s->system);
	messages_free(&s->m);
}

static void close_board(struct scene *s)
{
	board_free(&s->board);
	free(s->source.fdt);
}

static uint64_t memory_for(const struct board *b, uint64_t size)
{
	const struct pt_range *ram = blob_entries(board_system(b), board_system(b)->ram);

	return ram[0].base + ram[0].size - size;
}

/* False where the board does not let the cell have its devices. */
static bool compile_cell(struct scene *s, const void *dtb, size_t size)
{
	const struct cell *cell;

	messages_init(&s->m, "rt.dts");
	if (!system_read(&s->system, &s->board, dtb, size, &s->m))
		return false;
	cell = &s->system.cells[0];
	return cell_compile(cell, &s->board, memory_for(&s->board, cell->memory_size), NULL, &s->blob,
			    &s->m);
}

static bool write_tree(struct scene *s, const struct guest_tree_options *options)
{
	return guest_tree_write(&s->system.cells[0], &s->board, &s->blob, options, &s->fdt,
				&s->size, &s->m);
}

#define CELL(name, more)							\
	name " { compatible = \"partita,cell-v1\"; memory = \"16M\"; " more " }; "
#define SYSTEM(cells)	"/ { compatible = \"partita,system-v1\"; " cells "};"

/* Fails the test when anything is wrong. */
static void open_scene(struct scene *s, struct test_tree board, const char *system,
		       const struct guest_tree_options *options)
{
	const struct test_tree t = tree_from(system);

	open_board(s, board, NULL);
	if (!compile_cell(s, t.fdt, t.size) || !write_tree(s, options)) {
		messages_print(&s->m, stderr);
		fail_msg("no tree");
	}
	free(t.fdt);
}

static void close_scene(struct scene *s)
{
	close_system(s);
	close_board(s);
}

static void open_uart(struct scene *s, const struct guest_tree_options *options)
{
	open_scene(s, virt_with(NULL, NULL, NULL),
		   SYSTEM(CELL("rt", "cpus = <3 1>; devices = \"/pl011@9040000\";")), options);
}

/* ------------------------------------------------------------------ reading a tree */

static int node_of(const struct scene *s, const char *path)
{
	const int node = fdt_path_offset(s->fdt, path);

	if (node < 0)
		fail_msg("the tree has no '%s'", path);
	return node;
}

static bool has_node(const struct scene *s, const char *path)
{
	return fdt_path_offset(s->fdt, path) >= 0;
}

static const void *property_of(const struct scene *s, const char *path, const char *name,
			       int *length)
{
	return fdt_getprop(s->fdt, node_of(s, path), name, length);
}

static uint32_t cell_of(const void *cells, unsigned int i)
{
	return fdt32_ld((const fdt32_t *)cells + i);
}

#define assert_cells(s, path, name, ...)						\
	assert_cells_(s, path, name, (const uint32_t[]){ __VA_ARGS__ },			\
		      sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void assert_cells_(const struct scene *s, const char *path, const char *name,
			  const uint32_t *expected, size_t count)
{
	int length;
	const void *cells = property_of(s, path, name, &length);

	if (!cells)
		fail_msg("'%s' has no '%s'", path, name);
	assert_int_equal(length, 4 * count);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(cell_of(cells, i), expected[i]);
}

static void assert_text(const struct scene *s, const char *path, const char *name, const char *text)
{
	const char *value = property_of(s, path, name, NULL);

	if (!value)
		fail_msg("'%s' has no '%s'", path, name);
	assert_string_equal(value, text);
}

static void assert_absent(const struct scene *s, const char *path, const char *name)
{
	if (property_of(s, path, name, NULL))
		fail_msg("'%s' has '%s'", path, name);
}

/* ------------------------------------------------------------------ what is true of every tree */

/* References as the bindings define them; the compiler has a list of its own. */
static const struct {
	const char *name, *cells;
} references[] = {
	{ "clocks", "#clock-cells" },
	{ "assigned-clocks", "#clock-cells" },
	{ "assigned-clock-parents", "#clock-cells" },
	{ "power-domains", "#power-domain-cells" },
	{ "resets", "#reset-cells" },
	{ "dmas", "#dma-cells" },
	{ "iommus", "#iommu-cells" },
	{ "phys", "#phy-cells" },
	{ "mboxes", "#mbox-cells" },
	{ "pwms", "#pwm-cells" },
	{ "io-channels", "#io-channel-cells" },
	{ "interconnects", "#interconnect-cells" },
	{ "thermal-sensors", "#thermal-sensor-cells" },
	{ "sound-dai", "#sound-dai-cells" },
	{ "mux-controls", "#mux-control-cells" },
	{ "interrupts-extended", "#interrupt-cells" },
	{ "reset-gpios", "#gpio-cells" },
	{ "cs-gpios", "#gpio-cells" },
	{ "cd-gpios", "#gpio-cells" },
	{ "wp-gpios", "#gpio-cells" },
	{ "interrupt-parent", NULL },
	{ "interrupt-affinity", NULL },
	{ "pinctrl-0", NULL },
	{ "pinctrl-1", NULL },
	{ "vmmc-supply", NULL },
	{ "vqmmc-supply", NULL },
	{ "vdd-supply", NULL },
	{ "vin-supply", NULL },
	{ "memory-region", NULL },
	{ "nvmem-cells", NULL },
	{ "phy-handle", NULL },
	{ "remote-endpoint", NULL },
	{ "operating-points-v2", NULL },
	{ "mmc-pwrseq", NULL },
};

static void assert_references(const void *fdt, int node, const char *name, const char *cells_name)
{
	int length;
	const void *cells = fdt_getprop(fdt, node, name, &length);

	for (unsigned int at = 0; cells && at < (unsigned int)length / 4;) {
		const uint32_t phandle = cell_of(cells, at++);
		const int target = phandle ? fdt_node_offset_by_phandle(fdt, phandle) : 0;
		const void *count;

		if (target < 0)
			fail_msg("'%s' has '%s', which names nothing",
				 fdt_get_name(fdt, node, NULL), name);
		count = phandle && cells_name ? fdt_getprop(fdt, target, cells_name, NULL) : NULL;
		if (phandle && cells_name)
			assert_non_null(count);
		at += count ? cell_of(count, 0) : 0;
		assert_true(at <= (unsigned int)length / 4);
	}
}

static bool has_spi(const struct pt_cell *c, uint32_t intid)
{
	const uint32_t *spis = blob_entries(c, c->spis);

	for (uint32_t i = 0; i < c->spis.count; i++)
		if (spis[i] == intid)
			return true;
	return false;
}

/* All the GIC's, and all the cell's. */
static void assert_interrupts(const struct scene *s, int node)
{
	const struct pt_cell *c = (const struct pt_cell *)s->blob.words;
	const int gic = fdt_node_offset_by_compatible(s->fdt, -1, "arm,gic-v3");
	int length;
	const void *cells = fdt_getprop(s->fdt, node, "interrupts", &length), *parent;

	if (!cells)
		return;
	parent = fdt_getprop(s->fdt, node, "interrupt-parent", NULL);
	assert_non_null(parent);
	assert_int_equal(cell_of(parent, 0), fdt_get_phandle(s->fdt, gic));
	assert_int_equal(length % 12, 0);
	for (unsigned int at = 0; at < (unsigned int)length / 4; at += 3) {
		assert_in_range(cell_of(cells, at), 0, 1);
		if (cell_of(cells, at) == 0)
			assert_true(has_spi(c, cell_of(cells, at + 1) + 32));
	}
}

static void assert_own_phandle(const void *fdt, int node)
{
	const uint32_t phandle = fdt_get_phandle(fdt, node);

	if (phandle)
		assert_int_equal(fdt_node_offset_by_phandle(fdt, phandle), node);
}

static bool touches_region(const struct pt_cell *c, uint64_t base, uint64_t size)
{
	const struct pt_region *r = blob_entries(c, c->regions);

	for (uint32_t i = 0; i < c->regions.count; i++)
		if (base >= r[i].ipa && base + size <= r[i].ipa + r[i].size)
			return true;
	return false;
}

/* At the root, where addresses are the cell's: are they its own, or the machine's? */
static void assert_registers(const struct scene *s, int node)
{
	const struct pt_cell *c = (const struct pt_cell *)s->blob.words;
	int length;
	const void *cells = fdt_getprop(s->fdt, node, "reg", &length);

	if (!cells || !fdt_node_check_compatible(s->fdt, node, "arm,gic-v3") ||
	    !fdt_node_check_compatible(s->fdt, node, "partita,comm-v1"))
		return;
	assert_int_equal(length % 16, 0);
	for (unsigned int at = 0; at < (unsigned int)length / 4; at += 4) {
		const uint64_t base = fdt64_ld((const fdt64_t *)cells + at / 2);
		const uint64_t size = fdt64_ld((const fdt64_t *)cells + at / 2 + 1);

		if (size && !(c->uart && base == c->uart && size == PT_PAGE_SIZE))
			assert_true(touches_region(c, base, size));
	}
}

static void assert_sound(const struct scene *s)
{
	int node, depth = 0;

	assert_int_equal(fdt_check_full(s->fdt, s->size), 0);
	for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(s->fdt, node, &depth)) {
		for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++)
			assert_references(s->fdt, node, references[i].name, references[i].cells);
		assert_own_phandle(s->fdt, node);
		assert_interrupts(s, node);
		if (depth == 1)
			assert_registers(s, node);
	}
	/* No two have one name. */
	fdt_for_each_subnode(node, s->fdt, 0)
		assert_int_equal(fdt_subnode_offset(s->fdt, 0, fdt_get_name(s->fdt, node, NULL)),
				 node);
}

/* dtc's complaints, but those about unit addresses; "" where there are none. To be freed. */
static char *dtc_says(const struct scene *s)
{
	char path[] = "/tmp/partita-test-XXXXXX", command[256], line[512];
	char *said = strdup("");
	const int fd = mkstemp(path);
	FILE *dtc;

	assert_true(fd >= 0 && said);
	assert_int_equal(write(fd, s->fdt, s->size), s->size);
	close(fd);
	snprintf(command, sizeof(command), "dtc -I dtb -O dts -o /dev/null %s 2>&1", path);
	dtc = popen(command, "r");
	assert_non_null(dtc);
	while (fgets(line, sizeof(line), dtc)) {
		char *more;

		if (strstr(line, "unit_address"))
			continue;
		assert_true(asprintf(&more, "%s%s", said, line) > 0);
		free(said);
		said = more;
	}
	assert_int_equal(pclose(dtc), 0);
	unlink(path);
	return said;
}

static void assert_dtc_is_content(const struct scene *s)
{
	char *said = dtc_says(s);

	assert_string_equal(said, "");
	free(said);
}

/* ------------------------------------------------------------------ the virt board */

static void test_the_machine_is_as_the_hypervisor_shows_it(void **state)
{
	const char *const gic = "/interrupt-controller@8000000";
	struct scene s;

	(void)state;
	open_uart(&s, NULL);
	assert_cells(&s, "/", "#address-cells", 2);
	assert_text(&s, "/", "compatible", "partita,cell");
	assert_text(&s, "/", "model", "Partita cell rt on linux,dummy-virt");
	assert_cells(&s, "/", "interrupt-parent", fdt_get_phandle(s.fdt, node_of(&s, gic)));
	assert_text(&s, "/psci", "compatible", "arm,psci-1.0");
	assert_text(&s, "/psci", "method", "smc");
	assert_text(&s, "/timer", "compatible", "arm,armv8-timer");
	assert_cells(&s, "/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	assert_text(&s, gic, "compatible", "arm,gic-v3");
	assert_cells(&s, gic, "reg", 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000);
	assert_cells(&s, gic, "#interrupt-cells", 3);
	assert_int_equal(fdt_first_subnode(s.fdt, node_of(&s, gic)), -FDT_ERR_NOTFOUND);
	close_scene(&s);
}

static void test_cpus_are_the_cells_and_start_by_psci(void **state)
{
	struct scene s;

	(void)state;
	open_uart(&s, NULL);
	assert_cells(&s, "/cpus/cpu@3", "reg", 0, 3);
	assert_cells(&s, "/cpus/cpu@1", "reg", 0, 1);
	assert_text(&s, "/cpus/cpu@1", "device_type", "cpu");
	assert_text(&s, "/cpus/cpu@1", "enable-method", "psci");
	assert_text(&s, "/cpus/cpu@1", "compatible", "arm,cortex-a72");
	assert_false(has_node(&s, "/cpus/cpu@0"));
	assert_false(has_node(&s, "/cpus/cpu@2"));
	close_scene(&s);
}

static void test_what_describes_a_cpu_is_copied_and_no_reference(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s,
		   virt_with("reg = <0x03>;",
			     "reg = <0x03>; capacity-dmips-mhz = <1024>; d-cache-size = <32768>; "
			     "next-level-cache = <0x8004>; clocks = <0x8000>; "
			     "cpu-supply = <0x8000>;",
			     NULL),
		   SYSTEM(CELL("rt", "cpus = <3>;")), NULL);
	assert_cells(&s, "/cpus/cpu@3", "capacity-dmips-mhz", 1024);
	assert_cells(&s, "/cpus/cpu@3", "d-cache-size", 32768);
	assert_absent(&s, "/cpus/cpu@3", "next-level-cache");
	assert_absent(&s, "/cpus/cpu@3", "clocks");
	assert_absent(&s, "/cpus/cpu@3", "cpu-supply");
	close_scene(&s);
}

static void assert_blob_addresses(const struct scene *s)
{
	const struct pt_cell *c = (const struct pt_cell *)s->blob.words;
	const struct pt_region *memory = blob_entries(c, c->regions);
	const uint32_t high = (uint32_t)(c->comm >> 32), low = (uint32_t)c->comm;
	char path[64];

	snprintf(path, sizeof(path), "/memory@%llx", (unsigned long long)memory->ipa);
	assert_text(s, path, "device_type", "memory");
	assert_cells(s, path, "reg", (uint32_t)(memory->ipa >> 32), (uint32_t)memory->ipa, 0,
		     CELL_MEMORY);
	snprintf(path, sizeof(path), "/partita@%llx", (unsigned long long)c->comm);
	assert_text(s, path, "compatible", "partita,comm-v1");
	assert_cells(s, path, "reg", high, low, 0, PT_PAGE_SIZE, high, low + PT_COMM_REPORT, 0,
		     PT_PAGE_SIZE, high, low + PT_COMM_CONSOLE, 0, PT_CONSOLE_SIZE);
}

static void test_memory_and_communication_area_are_those_of_the_blob(void **state)
{
	struct scene s;

	(void)state;
	open_uart(&s, NULL);
	assert_true(has_node(&s, "/memory@bf000000"));
	assert_blob_addresses(&s);
	close_scene(&s);
	open_scene(&s, virt_with(NULL, NULL, NULL),
		   SYSTEM(CELL("rt", "cpus = <1>; guest-address = <0x10 0x0>;")), NULL);
	assert_true(has_node(&s, "/memory@1000000000"));
	assert_blob_addresses(&s);
	close_scene(&s);
}

static void test_a_device_keeps_what_it_needs(void **state)
{
	struct scene s;
	int length, clock;
	const void *clocks;

	(void)state;
	open_uart(&s, NULL);
	assert_cells(&s, "/pl011@9040000", "reg", 0, 0x9040000, 0, 0x1000);
	assert_cells(&s, "/pl011@9040000", "interrupts", 0, 8, 4);
	assert_text(&s, "/pl011@9040000", "compatible", "arm,pl011");
	clocks = property_of(&s, "/pl011@9040000", "clocks", &length);
	assert_int_equal(length, 8);
	assert_int_equal(cell_of(clocks, 0), cell_of(clocks, 1));
	clock = fdt_node_offset_by_phandle(s.fdt, cell_of(clocks, 0));
	assert_true(clock >= 0);
	assert_int_equal(fdt_node_check_compatible(s.fdt, clock, "fixed-clock"), 0);
	assert_int_equal(cell_of(fdt_getprop(s.fdt, clock, "clock-frequency", NULL), 0), 24000000);
	assert_text(&s, "/pl011@9040000", "clock-names", "uartclk");
	/* The root of the board's tree says so for all of it. */
	assert_non_null(property_of(&s, "/pl011@9040000", "dma-coherent", NULL));
	assert_false(has_node(&s, "/pl011@9000000"));
	assert_int_equal(s.m.count, 0);
	assert_sound(&s);
	assert_dtc_is_content(&s);
	close_scene(&s);
}

/* As the command adds them from what Linux tells, below pcie@10000000. */
#define FUNCTIONS								\
"/ { pcie@10000000 {"								\
"	pci1af4,1042@1 { reg = <0x800 0 0 0 0>; interrupts = <1>;"		\
"		assigned-addresses = <0x82000814 0 0x10001000 0 0x800"		\
"				      0x83000820 0x80 0x4000 0 0x4000>; };"	\
"	bridge: pcib36,c@2 { device_type = \"pci\"; reg = <0x1000 0 0 0 0>;"	\
"		#address-cells = <3>; #size-cells = <2>;"			\
"		pci8086,10d3@1 { reg = <0x10800 0 0 0 0>; interrupts = <2>;"	\
"			assigned-addresses = <0x82010810 0 0x10200000 0 0x20000>; }; }; }; };"

static void test_a_pci_function_is_behind_a_host_bridge_of_its_own(void **state)
{
	const struct pt_region *r;
	const struct pt_cell *c;
	struct scene s;

	(void)state;
	open_scene(&s, virt_with(NULL, NULL, FUNCTIONS),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"0000:00:01.0\"; "
			       "unconfined-dma = \"0000:00:01.0\";")), NULL);
	c = (const struct pt_cell *)s.blob.words;
	r = blob_entries(c, c->regions);
	assert_int_equal(c->regions.count, 4);
	assert_int_equal(r[1].pa, 0x4010008000);
	assert_int_equal(r[1].flags, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE | PT_REGION_PCI);
	assert_int_equal(r[1].bars, 1 << 5 | 3 << 20 | PT_BAR_UPPER << 25);
	assert_int_equal(r[2].pa, 0x10001000);
	assert_int_equal(r[2].size, 0x1000);
	assert_int_equal(r[3].pa, 0x8000004000);
	assert_int_equal(r[3].bars, 0);
	assert_int_equal(c->spis.count, 1);
	assert_int_equal(((const uint32_t *)blob_entries(c, c->spis))[0], 32 + 4);
	assert_text(&s, "/pcie@4010000000", "device_type", "pci");
	assert_cells(&s, "/pcie@4010000000", "reg", 0x40, 0x10000000, 0, 0x100000);
	assert_cells(&s, "/pcie@4010000000", "ranges", 0x02000000, 0, 0x10001000, 0, 0x10001000, 0, 0x1000,
		     0x03000000, 0x80, 0x4000, 0x80, 0x4000, 0, 0x4000);
	assert_cells(&s, "/pcie@4010000000", "interrupt-map", 0x800, 0, 0, 1, 0x8005, 0, 4, 4);
	assert_non_null(property_of(&s, "/pcie@4010000000", "dma-coherent", NULL));
	assert_null(property_of(&s, "/pcie@4010000000", "msi-map", NULL));
	assert_cells(&s, "/chosen", "linux,pci-probe-only", 1);
	assert_int_equal(s.m.count, 0);
	assert_dtc_is_content(&s);
	close_scene(&s);
}

/* On bus 1: its pin B at device 1 is pin C of the bridge, which is device 2: SPI 3 of virt's four. */
static void test_a_pci_function_behind_a_bridge_has_the_pin_that_the_bridge_turns(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, virt_with(NULL, NULL, FUNCTIONS),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"0000:01:01.0\"; "
			       "unconfined-dma = \"0000:01:01.0\";")), NULL);
	assert_cells(&s, "/pcie@4010100000", "bus-range", 1, 1);
	assert_cells(&s, "/pcie@4010100000", "interrupt-map", 0x10800, 0, 0, 2, 0x8005, 0, 3, 4);
	assert_int_equal(s.m.count, 0);
	assert_dtc_is_content(&s);
	close_scene(&s);
}

static void open_function(struct scene *s, struct test_tree board)
{
	open_scene(s, board, SYSTEM(CELL("rt", "cpus = <1>; devices = \"0000:01:01.0\"; "
					 "unconfined-dma = \"0000:01:01.0\";")), NULL);
}

/* What is before a function on the board is not in the cell's tree, as with other devices. */
static void test_what_a_pci_function_needs_of_its_host_bridge_is_said(void **state)
{
	struct scene s;

	(void)state;
	open_function(&s, virt_with(NULL, NULL, FUNCTIONS
		"&{/pcie@10000000} { dma-ranges = <0x2000000 0 0 0 0x40000000 0 0x40000000>;"
		"	power-domains = <&ctl>; };"
		"/ { ctl: ctl@d000000 { reg = <0 0xd000000 0 0x1000>; #power-domain-cells = <0>; }; };"));
	assert_says(&s.m, "cell 'rt': device '/pcie@10000000/pcib36,c@2/pci8086,10d3@1': the bus "
			  "'/pcie@10000000' before it needs '/ctl@d000000' ('power-domains')");
	assert_says(&s.m, "the bus '/pcie@10000000' before it shifts the addresses of DMA ('dma-ranges')");
	assert_int_equal(s.m.count, 2);
	close_scene(&s);
	/* The kind of space is no part of the address. */
	open_function(&s, virt_with(NULL, NULL, FUNCTIONS
		"&{/pcie@10000000} { dma-ranges = <0x2000000 0 0x40000000 0 0x40000000 0 0x40000000"
		"				   0x43000000 1 0 1 0 1 0>; };"));
	assert_int_equal(s.m.count, 0);
	close_scene(&s);
}

/* As Linux has it: the first word counts, of the host bridge or of what is above it. */
static void test_pci_functions_are_coherent_if_something_above_them_is(void **state)
{
	static const struct {
		const char *host, *root;
		bool coherent;
	} boards[] = {
		{ "", "dma-coherent;", true },
		{ "dma-noncoherent;", "dma-coherent;", false },
		{ "dma-coherent;", "dma-noncoherent;", true },
		{ "", "", false },
	};
	struct scene s;
	char *more;

	(void)state;
	for (size_t i = 0; i < sizeof(boards) / sizeof(boards[0]); i++) {
		assert_true(asprintf(&more, FUNCTIONS "/ { /delete-property/ dma-coherent; };"
				     "&{/pcie@10000000} { /delete-property/ dma-coherent; };"
				     "/ { %s pcie@10000000 { %s }; };", boards[i].root,
				     boards[i].host) > 0);
		open_function(&s, virt_with(NULL, NULL, more));
		free(more);
		assert_int_equal(property_of(&s, "/pcie@4010100000", "dma-coherent", NULL) != NULL,
				 boards[i].coherent);
		close_scene(&s);
	}
}

static void test_the_hypervisors_uart_is_a_pl011_and_the_console(void **state)
{
	struct scene s;
	const struct pt_cell *c;
	char path[64];
	const void *clocks;
	int length, clock;

	(void)state;
	open_scene(&s, virt_with(NULL, NULL, NULL),
		   SYSTEM(CELL("rt", "cpus = <1>; console = \"pl011\"; devices = \"serial1\";")),
		   NULL);
	c = (const struct pt_cell *)s.blob.words;
	snprintf(path, sizeof(path), "/pl011@%llx", (unsigned long long)c->uart);
	assert_cells(&s, path, "reg", c->uart >> 32, c->uart & 0xffffffff, 0, 0x1000);
	assert_cells(&s, path, "interrupts", 0, c->uart_spi - 32, 4);
	assert_memory_equal(property_of(&s, path, "compatible", &length),
			    "arm,pl011\0arm,primecell", 24);
	assert_memory_equal(property_of(&s, path, "clock-names", &length), "uartclk\0apb_pclk", 17);
	clocks = property_of(&s, path, "clocks", &length);
	assert_int_equal(length, 8);
	clock = fdt_node_offset_by_phandle(s.fdt, cell_of(clocks, 1));
	assert_true(clock >= 0 && cell_of(clocks, 0) == cell_of(clocks, 1));
	assert_int_equal(fdt_node_check_compatible(s.fdt, clock, "fixed-clock"), 0);
	/* Before the UART of the board that it has as well, which keeps its number. */
	assert_text(&s, "/chosen", "stdout-path", path);
	assert_text(&s, "/aliases", "serial0", path);
	assert_text(&s, "/aliases", "serial1", "/pl011@9040000");
	/* The ring is not the cell's. */
	snprintf(path, sizeof(path), "/partita@%llx", (unsigned long long)c->comm);
	assert_memory_equal(property_of(&s, path, "reg-names", &length), "info\0report", 12);
	assert_int_equal(length, 12);
	property_of(&s, path, "reg", &length);
	assert_int_equal(length, 32);
	assert_int_equal(s.m.count, 0);
	assert_sound(&s);
	assert_dtc_is_content(&s);
	close_scene(&s);
	open_scene(&s, virt_with(NULL, NULL, NULL),
		   SYSTEM(CELL("rt", "cpus = <1>; console = \"pl011\"; devices = \"serial0\";")),
		   NULL);
	assert_text(&s, "/aliases", "serial0", "/pl011@9000000");
	assert_non_null(property_of(&s, "/aliases", "serial1", NULL));
	close_scene(&s);
}

static void test_the_console_is_the_first_uart_or_the_one_that_is_named(void **state)
{
	struct guest_tree_options options = { .stdout_path = "serial0" };
	struct scene s;

	(void)state;
	open_uart(&s, NULL);
	assert_text(&s, "/chosen", "stdout-path", "/pl011@9040000");
	assert_text(&s, "/aliases", "serial1", "/pl011@9040000");
	assert_absent(&s, "/aliases", "serial0");
	assert_absent(&s, "/chosen", "bootargs");
	assert_absent(&s, "/chosen", "linux,initrd-start");
	free(s.fdt);
	s.fdt = NULL;
	assert_false(write_tree(&s, &options));
	assert_says(&s.m, "cell 'rt': the console 'serial0' is not among its devices; name it in");
	close_scene(&s);
	options.stdout_path = "/pl011@9040000";
	open_scene(&s, virt_with(NULL, NULL, NULL),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"serial0\", \"serial1\";")), &options);
	assert_text(&s, "/chosen", "stdout-path", "/pl011@9040000");
	close_scene(&s);
}

static void test_what_is_chosen_is_passed_on(void **state)
{
	const struct guest_tree_options options = {
		.bootargs = "earlycon root=/dev/vda",
		.initrd_start = 0x1bf800000,
		.initrd_end = 0x1bf900000,
	};
	struct scene s;

	(void)state;
	open_uart(&s, &options);
	assert_text(&s, "/chosen", "bootargs", "earlycon root=/dev/vda");
	assert_cells(&s, "/chosen", "linux,initrd-start", 1, 0xbf800000);
	assert_cells(&s, "/chosen", "linux,initrd-end", 1, 0xbf900000);
	close_scene(&s);
}

static void test_the_same_input_gives_the_same_bytes(void **state)
{
	struct scene a, b;

	(void)state;
	open_uart(&a, NULL);
	open_uart(&b, NULL);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.fdt, b.fdt, a.size);
	close_scene(&a);
	close_scene(&b);
}

/* Longer than the room that the writer starts with. */
static void test_long_command_lines_fit(void **state)
{
	struct guest_tree_options options = { 0 };
	char *line = malloc(100000);
	struct scene s;

	(void)state;
	assert_non_null(line);
	memset(line, 'x', 99999);
	line[99999] = '\0';
	options.bootargs = line;
	open_uart(&s, &options);
	assert_text(&s, "/chosen", "bootargs", line);
	assert_sound(&s);
	close_scene(&s);
	free(line);
}

/* ------------------------------------------------------------------ dependencies */

/* A device behind a bus with all that a device can need, and those who have it. */
#define BUS_BOARD								\
	"&{/} {"								\
	"	ctl: ctl@d000000 { compatible = \"x,ctl\"; reg = <0 0xd000000 0 0x1000>;"	\
	"		#clock-cells = <1>; #reset-cells = <1>; #power-domain-cells = <0>;"	\
	"		assigned-clocks = <&ctl 7>; assigned-clock-rates = <48000000>; };"	\
	"	half: half { compatible = \"fixed-factor-clock\"; #clock-cells = <0>;"	\
	"		clocks = <0x8000>; clock-mult = <1>; clock-div = <2>; };"	\
	"	soc { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>;"	\
	"		ranges = <0 0 0xd100000 0x100000>; power-domains = <&ctl>;"	\
	"		dma-ranges = <0xc0000000 0 0x40000000 0x10000000>;"		\
	"		dev: dev@1000 { compatible = \"x,dev\"; reg = <0x1000 0x1000>;"	\
	"			interrupts = <0 90 4>; interrupt-names = \"all\";"	\
	"			clocks = <&ctl 7>, <0>, <&ctl 8>, <&half>;"		\
	"			clock-names = \"a\", \"b\", \"c\", \"d\";"		\
	"			resets = <&ctl 1>; reset-names = \"core\";"		\
	"			power-domains = <&ctl>; iommus = <0x8007 0x10005>;"		\
	"			pinctrl-0 = <&ctl>; pinctrl-names = \"default\";"	\
	"			reset-gpios = <0x8008 1 0>; self-supply = <&reg>;"	\
	"			vendor,mode = <5>; status = \"okay\";"			\
	"			reg: regulator { compatible = \"x,reg\"; };"		\
	"			off { status = \"disabled\"; };"			\
	"			child { interrupts-extended = <0x8008 2 4>; };"		\
	"			hog { gpio-hog; gpios = <3 0>; pinctrl-0 = <&ctl>; };"	\
	"		};"								\
	"	};"									\
	"};"									\
	"&{/pl061@9030000} { interrupt-controller; #interrupt-cells = <2>; };"

static void test_what_stays_elsewhere_is_named_and_left_out(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, virt_with(NULL, NULL, BUS_BOARD),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"dev\"; unconfined-dma = \"dev\";")
			  CELL("gateway", "cpus = <2>; devices = \"/pl061@9030000\";")),
		   &(struct guest_tree_options){ .system = NULL });
	assert_cells(&s, "/dev@d101000", "reg", 0, 0xd101000, 0, 0x1000);
	assert_cells(&s, "/dev@d101000", "vendor,mode", 5);
	assert_text(&s, "/dev@d101000", "interrupt-names", "all");
	assert_absent(&s, "/dev@d101000", "resets");
	assert_absent(&s, "/dev@d101000", "reset-names");
	assert_absent(&s, "/dev@d101000", "power-domains");
	assert_absent(&s, "/dev@d101000", "pinctrl-names");
	assert_absent(&s, "/dev@d101000", "iommus");
	assert_absent(&s, "/dev@d101000", "status");
	assert_non_null(property_of(&s, "/dev@d101000", "self-supply", NULL));
	assert_false(has_node(&s, "/dev@d101000/off"));
	assert_absent(&s, "/dev@d101000/child", "interrupts-extended");
	assert_cells(&s, "/dev@d101000/hog", "gpios", 3, 0);
	assert_absent(&s, "/dev@d101000/hog", "pinctrl-0");
	assert_says(&s.m, "cell 'rt': device '/soc/dev@1000': its reset line ('resets') is "
			  "'/ctl@d000000', which stays with Linux; ");
	assert_says(&s.m, "its power domain ('power-domains') is '/ctl@d000000'");
	assert_says(&s.m, "its choice of pins ('pinctrl-0') is '/ctl@d000000'");
	assert_says(&s.m, "the bus '/soc' before it needs '/ctl@d000000' ('power-domains')");
	assert_says(&s.m, "the bus '/soc' before it shifts the addresses of DMA ('dma-ranges')");
	assert_says(&s.m, "'/soc/dev@1000/child': its interrupt passes through '/pl061@9030000'");
	assert_false(says(&s.m, "its other end"));
	assert_sound(&s);
	free(s.fdt);
	s.fdt = NULL;
	assert_true(write_tree(&s, &(struct guest_tree_options){ .system = &s.system }));
	assert_says(&s.m, "its GPIO ('reset-gpios') is '/pl061@9030000', which belongs to cell "
			  "'gateway'; ");
	close_scene(&s);
}

static uint32_t clock_hz(const struct scene *s, const char *path, unsigned int index)
{
	int length, clock;
	const void *clocks = property_of(s, path, "clocks", &length);

	assert_non_null(clocks);
	assert_true((int)index < length / 4);
	clock = fdt_node_offset_by_phandle(s->fdt, cell_of(clocks, index));
	assert_true(clock >= 0);
	assert_int_equal(fdt_node_check_compatible(s->fdt, clock, "fixed-clock"), 0);
	return cell_of(fdt_getprop(s->fdt, clock, "clock-frequency", NULL), 0);
}

static void test_clocks_keep_their_places_and_known_frequencies(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, virt_with(NULL, NULL, BUS_BOARD),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"dev\"; unconfined-dma = \"dev\";")), NULL);
	assert_int_equal(clock_hz(&s, "/dev@d101000", 0), 48000000);
	assert_int_equal(cell_of(property_of(&s, "/dev@d101000", "clocks", NULL), 1), 0);
	assert_int_equal(clock_hz(&s, "/dev@d101000", 2), 0);
	assert_int_equal(clock_hz(&s, "/dev@d101000", 3), 12000000);
	assert_says(&s.m, "device '/soc/dev@1000': its clock comes from '/ctl@d000000', which "
			  "stays with Linux; its frequency is not known");
	assert_false(says(&s.m, "its clock comes from '/half'"));
	close_scene(&s);
}

static void test_what_the_cell_has_itself_is_referred_to(void **state)
{
	const char *const dev = "/dev@d101000";
	struct scene s;
	uint32_t ctl;

	(void)state;
	open_scene(&s, virt_with(NULL, NULL, BUS_BOARD),
		   SYSTEM(CELL("rt", "cpus = <1>; "
			       "devices = \"dev\", \"ctl\", \"/pl061@9030000\"; "
			       "unconfined-dma = \"dev\";")),
		   NULL);
	ctl = fdt_get_phandle(s.fdt, node_of(&s, "/ctl@d000000"));
	assert_true(ctl);
	assert_cells(&s, dev, "resets", ctl, 1);
	assert_text(&s, dev, "reset-names", "core");
	assert_int_equal(cell_of(property_of(&s, dev, "clocks", NULL), 0), ctl);
	assert_cells(&s, "/ctl@d000000", "assigned-clock-rates", 48000000);
	assert_cells(&s, dev, "reset-gpios", 0x8008, 1, 0);
	assert_cells(&s, "/dev@d101000/child", "interrupts-extended", 0x8008, 2, 4);
	assert_false(says(&s.m, "its reset line"));
	assert_sound(&s);
	close_scene(&s);
}

/* A bus that is a device itself, with devices on it. */
static void test_devices_of_a_device_lie_at_the_cells_addresses(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s,
		   virt_with(NULL, NULL,
			     "&{/} { top: top@d000000 { compatible = \"x,top\";"
			     "	reg = <0 0xd000000 0 0x1000>; #address-cells = <1>;"
			     "	#size-cells = <1>; ranges = <0x0 0x0 0xd000000 0x100000>;"
			     "	in@800 { compatible = \"x,in\"; reg = <0x800 0x100>; };"
			     "	out@4000 { compatible = \"x,out\"; reg = <0x4000 0x100>; };"
			     "}; };"),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"top\", \"/top@d000000/in@800\";")),
		   NULL);
	assert_cells(&s, "/top@d000000/in@d000800", "reg", 0, 0xd000800, 0, 0x100);
	assert_cells(&s, "/top@d000000", "#address-cells", 2);
	assert_false(has_node(&s, "/top@d000000/out@d004000"));
	assert_says(&s.m, "device '/top@d000000/out@4000': is left out although the device above "
			  "it is the cell's");
	assert_sound(&s);
	assert_dtc_is_content(&s);
	close_scene(&s);
}

/* Neither finds another one's node by its name, which libfdt takes with any address. */
static void test_devices_of_one_name_are_told_apart(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s,
		   virt_with(NULL, NULL,
			     "&{/} { a { u: timer { compatible = \"x,a\"; interrupts = <0 90 4>; };"
			     "}; b { v: timer { compatible = \"x,b\"; interrupts = <0 91 4>; }; };"
			     "w: interrupt-controller { interrupts = <0 92 4>; }; };"),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"u\", \"v\", \"w\";")), NULL);
	assert_text(&s, "/timer", "compatible", "arm,armv8-timer");
	assert_text(&s, "/timer-1", "compatible", "x,a");
	assert_text(&s, "/timer-2", "compatible", "x,b");
	assert_cells(&s, "/interrupt-controller-1", "interrupts", 0, 92, 4);
	assert_sound(&s);
	assert_dtc_is_content(&s);
	close_scene(&s);
}

static void test_broken_references_are_left_out_with_a_warning(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s,
		   virt_with(NULL, NULL,
			     "&{/} { dev@d000000 { reg = <0 0xd000000 0 0x1000>;"
			     "	clocks = <0x7777>; clock-names = \"x\"; resets = <0x8008>;"
			     "	dmas = <0x7778 1>; dma-names = \"rx\"; }; };"),
		   SYSTEM(CELL("rt", "cpus = <1>; devices = \"/dev@d000000\";")), NULL);
	assert_absent(&s, "/dev@d000000", "clocks");
	assert_absent(&s, "/dev@d000000", "clock-names");
	assert_absent(&s, "/dev@d000000", "dma-names");
	assert_says(&s.m, "device '/dev@d000000': its 'clocks' cannot be read");
	assert_says(&s.m, "device '/dev@d000000': its 'dmas' names what the board's tree has not");
	assert_sound(&s);
	close_scene(&s);
}

static void test_a_board_without_a_timer_gives_no_tree(void **state)
{
	const struct test_tree t = tree_from(SYSTEM(CELL("rt", "cpus = <1>;")));
	struct scene s;

	(void)state;
	open_board(&s, virt_with("arm,armv8-timer\\0arm,armv7-timer", "arm,armv7-timer", NULL),
		   NULL);
	assert_true(compile_cell(&s, t.fdt, t.size));
	assert_false(write_tree(&s, NULL));
	assert_null(s.fdt);
	assert_says(&s.m, "cell 'rt': the board's tree has no timer ('arm,armv8-timer')");
	free(t.fdt);
	close_scene(&s);
}

static void test_a_board_without_a_free_phandle_gives_no_tree(void **state)
{
	const struct test_tree t =
		tree_from(SYSTEM(CELL("rt", "cpus = <1>; devices = \"/pl011@9040000\";")));
	struct scene s;

	(void)state;
	open_board(&s, virt_with(NULL, NULL, "&{/pmu} { phandle = <0xfffffffe>; };"), NULL);
	assert_true(compile_cell(&s, t.fdt, t.size));
	assert_false(write_tree(&s, NULL));
	assert_says(&s.m, "cell 'rt': its device tree cannot be written: FDT_ERR_NOPHANDLES");
	free(t.fdt);
	close_scene(&s);
}

/* ------------------------------------------------------------------ every device of a board */

/* What a system's `devices` is: strings, one behind the other. */
struct device_list {
	char bytes[65536];
	size_t length;
};

static void list_add(struct device_list *l, const char *path)
{
	assert_true(l->length + strlen(path) + 1 <= sizeof(l->bytes));
	memcpy(&l->bytes[l->length], path, strlen(path) + 1);
	l->length += strlen(path) + 1;
}

/* A system of one cell, without dtc: there are many. */
static struct test_tree system_with(const struct device_list *devices)
{
	struct test_tree t = { .size = devices->length + 2048 };

	t.fdt = malloc(t.size);
	assert_non_null(t.fdt);
	assert_int_equal(fdt_create(t.fdt, (int)t.size), 0);
	fdt_finish_reservemap(t.fdt);
	fdt_begin_node(t.fdt, "");
	fdt_property_string(t.fdt, "compatible", "partita,system-v1");
	fdt_begin_node(t.fdt, "rt");
	fdt_property_string(t.fdt, "compatible", "partita,cell-v1");
	fdt_property_u32(t.fdt, "cpus", 1);
	fdt_property_string(t.fdt, "memory", "16M");
	fdt_property(t.fdt, "devices", devices->bytes, (int)devices->length);
	fdt_end_node(t.fdt);
	fdt_end_node(t.fdt);
	assert_int_equal(fdt_finish(t.fdt), 0);
	return t;
}

/* Does the board let one cell have them all? Then its tree is sound. */
static bool devices_have_a_sound_tree(struct scene *s, const struct device_list *devices)
{
	const struct test_tree t = system_with(devices);
	const bool compiled = compile_cell(s, t.fdt, t.size);

	if (compiled && !write_tree(s, NULL)) {
		messages_print(&s->m, stderr);
		fail_msg("no tree for the device before '%s'", &devices->bytes[devices->length]);
	}
	if (compiled)
		assert_sound(s);
	close_system(s);
	free(t.fdt);
	return compiled;
}

/* Each device in a cell of its own, and in one cell with all before it that may be together. */
static void try_all_devices(struct scene *s, unsigned int at_least)
{
	struct device_list together = { .length = 0 };
	unsigned int alone = 0, joined = 0;
	char path[TREE_PATH_MAX];

	for (uint32_t node = 1; node < s->board.tree.count; node++) {
		struct device_list one = { .length = 0 };
		const size_t before = together.length;

		if (!tree_property(&s->board.tree, node, "compatible", NULL))
			continue;
		list_add(&one, tree_path(&s->board.tree, node, path));
		list_add(&together, path);
		alone += devices_have_a_sound_tree(s, &one);
		if (devices_have_a_sound_tree(s, &together))
			joined++;
		else
			together.length = before;
	}
	print_message("%u devices may be a cell's, %u of them together\n", alone, joined);
	assert_true(alone >= at_least && joined >= at_least);
}

static void test_each_device_of_virt_has_a_sound_tree(void **state)
{
	struct scene s;

	(void)state;
	open_board(&s, virt_with(NULL, NULL, BUS_BOARD), NULL);
	try_all_devices(&s, 6);
	close_board(&s);
}

/* In the first of the kernel packages that scripts/fetch unpacks. False where there is none. */
static bool find_board(const char *name, char *found, size_t size)
{
	char pattern[512];
	glob_t paths;
	bool have;

	snprintf(pattern, sizeof(pattern), "%s/*/usr/lib/linux-image-*/%s", BOARD_TREES, name);
	have = !glob(pattern, 0, NULL, &paths);
	if (have)
		snprintf(found, size, "%s", paths.gl_pathv[0]);
	globfree(&paths);
	return have;
}

static void try_board(const char *name, unsigned int at_least)
{
	const struct tree_range ram = { 0x80000000, 1 << 30 };
	const struct board_facts facts = { .ram = &ram, .ram_count = 1 };
	struct test_tree t = { .size = 1 << 20 };
	char path[512];
	struct scene s;
	FILE *f;

	if (!find_board(name, path, sizeof(path))) {
		print_message("%s: no kernel package to take it from\n", name);
		skip();
	}
	f = fopen(path, "r");
	t.fdt = malloc(t.size);
	assert_true(f && t.fdt);
	t.size = fread(t.fdt, 1, t.size, f);
	fclose(f);
	open_board(&s, t, &facts);
	try_all_devices(&s, at_least);
	close_board(&s);
}

static void test_each_device_of_an_imx8mp_has_a_sound_tree(void **state)
{
	(void)state;
	try_board("freescale/imx8mp-evk.dtb", 10);
}

static void test_each_device_of_an_am625_has_a_sound_tree(void **state)
{
	(void)state;
	try_board("ti/k3-am625-sk.dtb", 20);
}

static void test_each_device_of_an_rk3399_has_a_sound_tree(void **state)
{
	(void)state;
	try_board("rockchip/rk3399-rockpro64.dtb", 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_machine_is_as_the_hypervisor_shows_it),
		cmocka_unit_test(test_cpus_are_the_cells_and_start_by_psci),
		cmocka_unit_test(test_what_describes_a_cpu_is_copied_and_no_reference),
		cmocka_unit_test(test_memory_and_communication_area_are_those_of_the_blob),
		cmocka_unit_test(test_a_device_keeps_what_it_needs),
		cmocka_unit_test(test_a_pci_function_is_behind_a_host_bridge_of_its_own),
		cmocka_unit_test(test_a_pci_function_behind_a_bridge_has_the_pin_that_the_bridge_turns),
		cmocka_unit_test(test_what_a_pci_function_needs_of_its_host_bridge_is_said),
		cmocka_unit_test(test_pci_functions_are_coherent_if_something_above_them_is),
		cmocka_unit_test(test_the_hypervisors_uart_is_a_pl011_and_the_console),
		cmocka_unit_test(test_the_console_is_the_first_uart_or_the_one_that_is_named),
		cmocka_unit_test(test_what_is_chosen_is_passed_on),
		cmocka_unit_test(test_the_same_input_gives_the_same_bytes),
		cmocka_unit_test(test_long_command_lines_fit),
		cmocka_unit_test(test_what_stays_elsewhere_is_named_and_left_out),
		cmocka_unit_test(test_clocks_keep_their_places_and_known_frequencies),
		cmocka_unit_test(test_what_the_cell_has_itself_is_referred_to),
		cmocka_unit_test(test_devices_of_a_device_lie_at_the_cells_addresses),
		cmocka_unit_test(test_devices_of_one_name_are_told_apart),
		cmocka_unit_test(test_broken_references_are_left_out_with_a_warning),
		cmocka_unit_test(test_a_board_without_a_timer_gives_no_tree),
		cmocka_unit_test(test_a_board_without_a_free_phandle_gives_no_tree),
		cmocka_unit_test(test_each_device_of_virt_has_a_sound_tree),
		cmocka_unit_test(test_each_device_of_an_imx8mp_has_a_sound_tree),
		cmocka_unit_test(test_each_device_of_an_am625_has_a_sound_tree),
		cmocka_unit_test(test_each_device_of_an_rk3399_has_a_sound_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
