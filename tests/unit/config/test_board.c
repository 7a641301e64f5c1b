// SPDX-License-Identifier: GPL-2.0-only
/*
 * From board trees to system blobs: QEMU's virt as it is, and changed in every way that must be
 * refused.
 */
#include <core/blob.h>
#include "trees.h"

struct fixture {
	struct test_tree source;
	struct board board;
	struct messages m;
	bool good;
};

static void read_fixture(struct fixture *f, struct test_tree source,
			 const struct board_facts *facts)
{
	f->source = source;
	messages_init(&f->m, "board");
	f->good = board_read(&f->board, source.fdt, source.size, facts, &f->m);
}

static void release(struct fixture *f)
{
	if (f->good)
		board_free(&f->board);
	messages_free(&f->m);
	free(f->source.fdt);
}

/* virt with @from replaced by @to is refused, and a message says @text. */
static void assert_refused(const char *from, const char *to, const char *text)
{
	struct fixture f;

	read_fixture(&f, virt_with(from, to, NULL), NULL);
	assert_false(f.good);
	assert_says(&f.m, text);
	release(&f);
}

static void test_virt_compiles_to_what_it_has(void **state)
{
	const struct pt_range *ram, *reserved, *gicr;
	const struct pt_system *s;
	const uint64_t *cpus;
	struct fixture f;

	(void)state;
	read_fixture(&f, virt_with(NULL, NULL, NULL), NULL);
	assert_true(f.good);
	s = board_system(&f.board);
	assert_string_equal(s->name, "root");
	assert_int_equal(s->gicd.base, 0x8000000);
	assert_int_equal(s->gicd.size, 0x10000);
	gicr = blob_entries(s, s->gicr);
	assert_int_equal(s->gicr.count, 1);
	assert_int_equal(gicr->base, 0x80a0000);
	assert_int_equal(gicr->size, 0xf60000);
	cpus = blob_entries(s, s->cpus);
	assert_int_equal(s->cpus.count, 4);
	assert_int_equal(cpus[3], 3);
	ram = blob_entries(s, s->ram);
	assert_int_equal(s->ram.count, 1);
	assert_int_equal(ram->base, 0x40000000);
	assert_int_equal(ram->size, 0x80000000);
	reserved = blob_entries(s, s->reserved);
	assert_int_equal(s->reserved.count, 2);
	assert_int_equal(reserved[0].base, 0x8080000);	/* ITS */
	assert_int_equal(reserved[1].base, 0x9050000);	/* SMMU */
	assert_int_equal(reserved[1].size, 0x20000);
	release(&f);
}

static void test_the_event_interrupt_is_one_that_nobody_names(void **state)
{
	struct fixture f;

	(void)state;
	/* virt names SPIs 1, 2, 3-6 (PCI's map), 7, 8 and from 16 on. */
	read_fixture(&f, virt_with(NULL, NULL, NULL), NULL);
	assert_int_equal(board_system(&f.board)->event_spi, 32 + 9);
	release(&f);
	read_fixture(&f, virt_with(NULL, NULL, "/ { extra { interrupts = <0 9 4>; }; };"), NULL);
	assert_int_equal(board_system(&f.board)->event_spi, 32 + 10);
	release(&f);
	read_fixture(&f, virt_with(NULL, NULL, "/ { extra { mbi-ranges = <41 3>; }; };"), NULL);
	assert_int_equal(board_system(&f.board)->event_spi, 32 + 12);
	release(&f);
}

static void test_spare_interrupts_are_counted_and_end(void **state)
{
	struct fixture f;
	uint32_t n = 0, last = 0;

	(void)state;
	read_fixture(&f, virt_with(NULL, NULL, NULL), NULL);
	/* 7 and 8 are devices'; so is what follows from 16 on. */
	assert_int_equal(board_spare_spi(&f.board, 1), 32 + 10);
	assert_int_equal(board_spare_spi(&f.board, 6), 32 + 15);
	for (uint32_t spi = 0; (spi = board_spare_spi(&f.board, n)) != 0; n++) {
		assert_true(spi > last && spi < 1020);
		for (uint32_t i = 0; i < f.board.spi_count; i++)
			assert_int_not_equal(f.board.spis[i].intid, spi);
		last = spi;
	}
	assert_true(n > PT_MAX_CPUS);
	assert_int_equal(board_spare_spi(&f.board, n + 1), 0);
	assert_int_equal(board_spare_spi(&f.board, ~0u), 0);
	release(&f);
}

static void test_the_same_tree_gives_the_same_bytes(void **state)
{
	struct fixture a, b;

	(void)state;
	read_fixture(&a, virt_with(NULL, NULL, NULL), NULL);
	read_fixture(&b, virt_with(NULL, NULL, NULL), NULL);
	assert_int_equal(a.board.blob.size, b.board.blob.size);
	assert_memory_equal(a.board.blob.words, b.board.blob.words, sizeof(a.board.blob.words));
	release(&a);
	release(&b);
}

static void test_the_cpu_that_linux_booted_from_is_number_0(void **state)
{
	const struct board_facts facts = { .boot_cpu = "/cpus/cpu@2" };
	const uint64_t expected[] = { 2, 0, 1, 3 };
	struct fixture f;

	(void)state;
	read_fixture(&f, virt_with(NULL, NULL, NULL), &facts);
	assert_memory_equal(blob_entries(board_system(&f.board), board_system(&f.board)->cpus),
			    expected, sizeof(expected));
	release(&f);
}

static void test_a_64_bit_mpidr_keeps_its_affinity_fields_only(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(
		&f,
		virt_with("\tcpus {\n\t\t#size-cells = <0x00>;\n\t\t#address-cells = <0x01>;",
			  "\tcpus {\n\t\t#size-cells = <0x00>;\n\t\t#address-cells = <0x02>;",
			  "/ { cpus { cpu@0 { reg = <0x1 0x81000000>; }; cpu@1 { reg = <0 1>; };"
			  " cpu@2 { reg = <0 2>; }; cpu@3 { reg = <0 3>; }; }; };"),
		NULL);
	assert_true(f.good);
	assert_int_equal(*(const uint64_t *)blob_entries(board_system(&f.board),
							 board_system(&f.board)->cpus),
			 0x100000000);
	release(&f);
}

static void test_memory_is_cut_to_pages_sorted_and_merged(void **state)
{
	struct fixture f;
	const struct pt_range *ram;

	(void)state;
	read_fixture(&f,
		     virt_with("reg = <0x00 0x40000000 0x00 0x80000000>",
			       "reg = <0x1 0x0 0x0 0x40000000>, <0x0 0x60000000 0x0 0x20000000>,"
			       " <0x0 0x40000800 0x0 0x1ffff800>, <0x0 0x10000800 0x0 0x800>",
			       NULL),
		     NULL);
	assert_true(f.good);
	ram = blob_entries(board_system(&f.board), board_system(&f.board)->ram);
	assert_int_equal(board_system(&f.board)->ram.count, 2);
	assert_int_equal(ram[0].base, 0x40001000);
	assert_int_equal(ram[0].size, 0x3ffff000);
	assert_int_equal(ram[1].base, 0x100000000);
	release(&f);
}

static void test_memory_may_come_from_linux_where_the_tree_has_none(void **state)
{
	const struct tree_range ram = { 0x50000000, 0x10000000 };
	const struct board_facts facts = { .ram = &ram, .ram_count = 1 };
	struct fixture f;

	(void)state;
	read_fixture(&f, virt_with("device_type = \"memory\";", NULL, NULL), &facts);
	assert_true(f.good);
	assert_true(board_touches_ram(&f.board, 0x50000000, 1));
	assert_false(board_touches_ram(&f.board, 0x40000000, 1));
	release(&f);
}

static void test_what_the_hypervisor_cannot_drive_is_refused_in_words(void **state)
{
	(void)state;
	assert_refused("arm,gic-v3\"", "arm,cortex-a9-gic\"", "GICv1 ('arm,cortex-a9-gic')");
	assert_refused("arm,gic-v3\"", "arm,pl390\"", "needs a GICv2 or GICv3");
	assert_refused("arm,gic-v3\"", "acme,pic\"", "no GICv3");
	assert_refused("method = \"smc\"", "method = \"hvc\"", "PSCI is called by 'hvc'");
	assert_refused("arm,psci-1.0\\0arm,psci-0.2\\0arm,psci", "arm,psci", "no PSCI 0.2");
	assert_refused("enable-method = \"psci\"", "enable-method = \"spin-table\"",
		       "'/cpus/cpu@0': is started by 'spin-table'");
	assert_refused("device_type = \"memory\";", "", "no memory in this tree");
	assert_refused("reg = <0x00 0x40000000 0x00 0x80000000>",
		       "reg = <0x100 0x0 0x0 0x40000000>", "ends above 1 TiB");
	assert_refused("#redistributor-regions = <0x01>;", "#redistributor-regions = <0x02>;",
		       "no usable redistributor registers (entry 2");
	assert_refused("#redistributor-regions = <0x01>;", "redistributor-stride = <0 0x40000>;",
		       "redistributor-stride");
	assert_refused("reg = <0x02>;", "reg = <0x01>;", "'cpus[2]' is named twice");
	assert_refused("reg = <0x00 0x8000000 ", "reg = <0x8010 0x0 ",
		       "the GIC's distributor registers at 0x801000000000 lie beyond the 40-bit");
	assert_refused("reg = <0x00 0x9050000 ", "reg = <0x8010 0x0 ",
		       "cannot be kept from cells: they lie beyond the 40-bit addresses");
	assert_refused("arm,psci-1.0\\0arm,psci-0.2\\0arm,psci", "arm,psci",
		       "on some boards (LS1028A, LS1046A) U-Boot adds the node");
}

/* The GIC of virt's fixture as a GICv2: distributor and CPU interface, @reg after them. */
static struct test_tree gicv2_with(const char *gicc, const char *rest, const char *more)
{
	static char compatible[1024];

	snprintf(compatible, sizeof(compatible),
		 "/ { intc@8000000 { compatible = \"arm,cortex-a15-gic\", \"arm,cortex-a9-gic\"; /delete-property/ "
		 "#redistributor-regions; reg = <0 0x8000000 0 0x1000>%s%s; }; }; %s", gicc, rest, more);
	return virt_with(NULL, NULL, compatible);
}

static void test_a_gicv2_has_a_cpu_interface_that_cells_share(void **state)
{
	const struct pt_system *s;
	struct fixture f;

	(void)state;
	read_fixture(&f, gicv2_with(", <0 0x8010000 0 0x2000>", ", <0 0x8030000 0 0x10000>, <0 0x8040000 0 0x10000>",
				    "/ { v2m@8020000 { compatible = \"arm,gic-v2m-frame\"; reg = <0 0x8020000 0 0x1000>; "
				    "arm,msi-base-spi = <41>; arm,msi-num-spis = <3>; }; };"), NULL);
	assert_true(f.good);
	s = board_system(&f.board);
	assert_int_equal(s->gic_version, 2);
	assert_int_equal(s->gicc.base, 0x8010000);
	assert_int_equal(s->gicc.size, 0x2000);
	assert_int_equal(s->gicr.count, 0);
	assert_string_equal(f.board.gic_name, "arm,cortex-a15-gic");
	assert_true(board_covers_gic(&f.board, 0x8011000, 1));
	assert_false(board_covers_gic(&f.board, 0x8012000, 1));
	/* The message frame and its interrupts: 41 would have been the first to spare. */
	assert_true(board_keeps_node(&f.board, tree_find(&f.board.tree, "/v2m@8020000")));
	assert_int_equal(s->event_spi, 44);
	release(&f);
}

static void assert_gicv2_refused(const char *gicc, const char *rest, const char *words)
{
	struct fixture f;

	read_fixture(&f, gicv2_with(gicc, rest, ""), NULL);
	assert_false(f.good);
	assert_says(&f.m, words);
	release(&f);
}

static void test_a_cpu_interface_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_gicv2_refused("", "", "no usable CPU interface registers (entry 1");
	assert_gicv2_refused(", <0 0x8010000 0 0x1000>", "", "are 0x1000 bytes at 0x8010000");
	assert_gicv2_refused(", <0 0x8010100 0 0x2000>", "", "on whole pages");
	assert_gicv2_refused(", <0 0x8010000 0 0x10000>", ", <0 0x8012000 0 0x2000>",
			     "overlap those for guests at 0x8012000");
	assert_gicv2_refused(", <0 0x8000000 0 0x2000>", "", "overlaps another range");
}

static void test_all_errors_are_reported_at_once(void **state)
{
	struct fixture f;

	(void)state;
	read_fixture(&f,
		     virt_with("method = \"smc\"", "method = \"hvc\"",
			       "/ { cpus { cpu@1 { enable-method = \"spin-table\"; }; }; };"),
		     NULL);
	assert_false(f.good);
	assert_int_equal(f.m.errors, 2);
	release(&f);
}

static void test_what_is_no_tree_is_refused(void **state)
{
	static const uint64_t nonsense[8] = { 1, 2, 3 };
	struct messages m;
	struct board b;

	(void)state;
	messages_init(&m, "board");
	assert_false(board_read(&b, nonsense, sizeof(nonsense), NULL, &m));
	assert_false(board_read(&b, nonsense, 0, NULL, &m));
	assert_says(&m, "is not a device tree");
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_virt_compiles_to_what_it_has),
		cmocka_unit_test(test_the_event_interrupt_is_one_that_nobody_names),
		cmocka_unit_test(test_spare_interrupts_are_counted_and_end),
		cmocka_unit_test(test_the_same_tree_gives_the_same_bytes),
		cmocka_unit_test(test_the_cpu_that_linux_booted_from_is_number_0),
		cmocka_unit_test(test_a_64_bit_mpidr_keeps_its_affinity_fields_only),
		cmocka_unit_test(test_memory_is_cut_to_pages_sorted_and_merged),
		cmocka_unit_test(test_memory_may_come_from_linux_where_the_tree_has_none),
		cmocka_unit_test(test_what_the_hypervisor_cannot_drive_is_refused_in_words),
		cmocka_unit_test(test_a_gicv2_has_a_cpu_interface_that_cells_share),
		cmocka_unit_test(test_a_cpu_interface_that_is_none_is_refused),
		cmocka_unit_test(test_all_errors_are_reported_at_once),
		cmocka_unit_test(test_what_is_no_tree_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
