// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading device trees: addresses, interrupts and names as the Devicetree Specification has them,
 * and no harm from trees that are broken.
 */
#include <libfdt.h>
#include "trees.h"

static const char buses[] =
	"/ { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>;\n"
	"  aliases { serial7 = \"/bus@40000000/inner@1000/uart@20\"; };\n"
	"  gic: gic { #interrupt-cells = <3>; interrupt-controller; };\n"
	"  msi: msi { #interrupt-cells = <1>; #address-cells = <0>; interrupt-controller; };\n"
	"  bus@40000000 { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>;\n"
	"    ranges = <0x0 0x0 0x40000000 0x10000 0x20000 0x1 0x0 0x1000>;\n"
	"    inner@1000 { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0x1000 0x100>;\n"
	"      u: uart@20 { reg = <0x20 0x10>, <0xf8 0x10>; interrupts = <0 5 4>, <0 9 4>; }; };\n"
	"    far@20000 { reg = <0x20000 0x1000>; };\n"
	"    same@3000 { #address-cells = <1>; #size-cells = <1>; ranges;\n"
	"      leaf@3000 { reg = <0x3000 0x4>; }; };\n"
	"    i2c@4000 { reg = <0x4000 0x10>; #address-cells = <1>; #size-cells = <0>;\n"
	"      eeprom@50 { reg = <0x50>; interrupts-extended = <&msi 3>, <0>, <&gic 0 7 4>; }; };\n"
	"  };\n"
	"  top@8 { reg = <0x2 0x8 0x0 0x4>; };\n"
	"  wrap@0 { reg = <0xffffffff 0xfffff000 0x0 0x2000>; };\n"
	"  broken { interrupts-extended = <99 1>; };\n"
	"  pci { #address-cells = <3>; #size-cells = <2>; #interrupt-cells = <1>;\n"
	"    interrupt-map = <0 0 0 1 &gic 0 20 4>, <0 0 0 2 &msi 6>; };\n"
	/* A nexus that looks at addresses, behind it one that does not, and a circle. */
	"  outer: outer { #address-cells = <2>; #interrupt-cells = <2>;\n"
	"    interrupt-map-mask = <0x0 0xf000 0xff 0x0>;\n"
	"    interrupt-map = <0x0 0x1000 0x3 0x0 &gic 0 30 4>, <0x0 0x2000 0x3 0x0 &gic 0 31 4>; "
	"};\n"
	"  inner: inner { #address-cells = <0>; #interrupt-cells = <1>;\n"
	"    interrupt-map = <7 &outer 0x0 0x2000 3 9>, <8 &round 1>, <9 &driven 5>; };\n"
	"  round: round { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map = <1 &round "
	"1>; };\n"
	"  cut { #address-cells = <0>; #interrupt-cells = <1>; interrupt-map-mask = <>;\n"
	"    interrupt-map = <1 &gic 0 40>; phandle = <77>; };\n"
	"  driven: driven { interrupt-controller; #address-cells = <0>; #interrupt-cells = <1>;\n"
	"    interrupt-map = <5 &gic 0 41 4>; };\n"
	"  seen@1234 { reg = <0x0 0x1234 0x0 0x4>; interrupt-parent = <&outer>;\n"
	"    interrupts = <0x103 5>, <0x4 5>; };\n"
	"  unseen { interrupts-extended = <&outer 3 5>; };\n"
	"  mixed@2 { reg = <0x0 0x2 0x0 0x1>; interrupts-extended = <&gic 0 50 4>, <&inner 7>, "
	"<&inner 8>,\n"
	"    <77 1>, <&inner 9>, <&driven 5>, <&gic 0 51 4>; };\n"
	"};\n";

static struct test_tree source;
static struct tree tree;

static int open_buses(void **state)
{
	(void)state;
	source = tree_from(buses);
	return tree_open(&tree, source.fdt, source.size) != NULL;
}

static int close_buses(void **state)
{
	(void)state;
	tree_close(&tree);
	free(source.fdt);
	return 0;
}

static void assert_reg(const char *path, uint32_t index, uint64_t base, uint64_t size)
{
	struct tree_range r;

	assert_int_equal(tree_reg(&tree, tree_find(&tree, path), index, &r), TREE_REG_FINE);
	assert_int_equal(r.base, base);
	assert_int_equal(r.size, size);
}

static enum tree_reg reg(const char *path, uint32_t index)
{
	struct tree_range r;

	return tree_reg(&tree, tree_find(&tree, path), index, &r);
}

static void test_registers_are_translated_through_every_bus(void **state)
{
	(void)state;
	assert_reg("/top@8", 0, 0x200000008, 4);
	assert_reg("/bus@40000000/inner@1000/uart@20", 0, 0x40001020, 0x10);
	assert_reg("/bus@40000000/far@20000", 0, 0x100000000, 0x1000);
	assert_reg("/bus@40000000/same@3000/leaf@3000", 0, 0x40003000, 4);
	assert_int_equal(reg("/top@8", 1), TREE_REG_END);
	assert_int_equal(reg("/aliases", 0), TREE_REG_END);
}

static void test_registers_outside_the_buses_window_are_unmapped(void **state)
{
	(void)state;
	assert_int_equal(reg("/bus@40000000/inner@1000/uart@20", 1), TREE_REG_UNMAPPED);
	assert_int_equal(reg("/bus@40000000/i2c@4000/eeprom@50", 0), TREE_REG_UNMAPPED);
	assert_int_equal(reg("/bus@40000000/i2c@4000/eeprom@50", 1), TREE_REG_END);
	assert_int_equal(reg("/wrap@0", 0), TREE_REG_UNMAPPED);
}

static void test_interrupts_go_to_their_controller(void **state)
{
	const uint32_t uart = tree_find(&tree, "u"), gic = tree_find(&tree, "/gic");
	struct tree_interrupt irq;

	(void)state;
	assert_int_equal(tree_irq(&tree, uart, 1, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.controller, gic);
	assert_int_equal(irq.count, 3);
	assert_int_equal(irq.cells[1], 9);
	assert_int_equal(tree_irq(&tree, uart, 2, &irq), TREE_IRQ_END);
}

static void test_extended_interrupts_name_theirs_and_may_leave_gaps(void **state)
{
	const uint32_t eeprom = tree_find(&tree, "/bus@40000000/i2c@4000/eeprom@50");
	struct tree_interrupt irq;

	(void)state;
	assert_int_equal(tree_irq(&tree, eeprom, 0, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.controller, tree_find(&tree, "msi"));
	assert_int_equal(tree_irq(&tree, eeprom, 1, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.controller, TREE_NONE);
	assert_int_equal(tree_irq(&tree, eeprom, 2, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.cells[1], 7);
	assert_int_equal(tree_irq(&tree, tree_find(&tree, "/broken"), 0, &irq), TREE_IRQ_BROKEN);
}

static void assert_leads(const char *path, uint32_t index, const char *controller, uint32_t cell,
			 uint32_t value)
{
	struct tree_interrupt irq;

	assert_int_equal(tree_irq(&tree, tree_find(&tree, path), index, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.controller, tree_find(&tree, controller));
	assert_int_equal(irq.cells[cell], value);
}

static void test_interrupts_are_led_through_maps(void **state)
{
	struct tree_interrupt irq;

	(void)state;
	/* Both masked: what the address has below and the specifier above. */
	assert_leads("/seen@1234", 0, "/gic", 1, 30);
	/* Where a map leads nowhere, it ends there. */
	assert_leads("/seen@1234", 1, "/outer", 0, 4);
	assert_leads("/unseen", 0, "/outer", 0, 3);
	assert_leads("/mixed@2", 0, "/gic", 1, 50);
	assert_leads("/mixed@2", 1, "/gic", 1, 31);
	assert_leads("/mixed@2", 2, "/inner", 0, 8);
	assert_leads("/mixed@2", 3, "/cut", 0, 1);
	assert_leads("/mixed@2", 4, "/driven", 0, 5);
	assert_leads("/mixed@2", 5, "/driven", 0, 5);
	assert_leads("/mixed@2", 6, "/gic", 1, 51);
	assert_int_equal(tree_irq(&tree, tree_find(&tree, "/mixed@2"), 7, &irq), TREE_IRQ_END);
	tree_irq(&tree, tree_find(&tree, "/mixed@2"), 1, &irq);
	assert_int_equal(irq.nexus, tree_find(&tree, "outer"));
	tree_irq(&tree, tree_find(&tree, "/mixed@2"), 0, &irq);
	assert_int_equal(irq.nexus, TREE_NONE);
	assert_int_equal(tree_irq_map(&tree, tree_find(&tree, "inner"), 0, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.controller, tree_find(&tree, "/gic"));
	assert_int_equal(irq.cells[1], 31);
}

static void test_interrupt_maps_are_read_entry_by_entry(void **state)
{
	const uint32_t pci = tree_find(&tree, "/pci");
	struct tree_interrupt irq;

	(void)state;
	/* The gic has no #address-cells here, so its parent's do not count. */
	assert_int_equal(tree_irq_map(&tree, pci, 0, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.cells[1], 20);
	assert_int_equal(tree_irq_map(&tree, pci, 1, &irq), TREE_IRQ_FINE);
	assert_int_equal(irq.cells[0], 6);
	assert_int_equal(tree_irq_map(&tree, pci, 2, &irq), TREE_IRQ_END);
}

static void test_nodes_are_found_by_path_label_and_alias(void **state)
{
	const uint32_t uart = tree_find(&tree, "/bus@40000000/inner@1000/uart@20");
	char path[TREE_PATH_MAX];

	(void)state;
	assert_int_not_equal(uart, TREE_NONE);
	assert_int_equal(tree_find(&tree, "u"), uart);
	assert_int_equal(tree_find(&tree, "serial7"), uart);
	assert_string_equal(tree_path(&tree, uart, path), "/bus@40000000/inner@1000/uart@20");
	assert_string_equal(tree_path(&tree, 0, path), "/");
	assert_int_equal(tree_find(&tree, "nothing"), TREE_NONE);
	assert_int_equal(tree_find(&tree, ""), TREE_NONE);
}

static void test_a_path_without_unit_address_finds_nothing_but_a_guess(void **state)
{
	(void)state;
	assert_int_equal(tree_find(&tree, "/top"), TREE_NONE);
	assert_int_equal(tree_guess(&tree, "/top"), tree_find(&tree, "/top@8"));
}

static void test_a_damaged_tree_is_refused_or_read_without_harm(void **state)
{
	const size_t size = source.size;
	uint8_t *copy = malloc(size);
	struct tree_interrupt irq;
	struct tree_range r;
	struct tree t;

	(void)state;
	for (size_t at = 0; at < size; at++) {
		memcpy(copy, source.fdt, size);
		copy[at] ^= (uint8_t)(1u << at % 8);
		if (tree_open(&t, copy, size))
			continue;
		for (uint32_t node = 0; node < t.count; node++)
			for (uint32_t i = 0; i < 4; i++) {
				tree_reg(&t, node, i, &r);
				tree_irq(&t, node, i, &irq);
				tree_irq_map(&t, node, i, &irq);
			}
		tree_close(&t);
	}
	for (size_t cut = 0; cut < size; cut += 3) {
		uint8_t *part = malloc(cut + 1);

		memcpy(part, source.fdt, cut);
		assert_non_null(tree_open(&t, part, cut));
		free(part);
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_are_translated_through_every_bus),
		cmocka_unit_test(test_registers_outside_the_buses_window_are_unmapped),
		cmocka_unit_test(test_interrupts_go_to_their_controller),
		cmocka_unit_test(test_extended_interrupts_name_theirs_and_may_leave_gaps),
		cmocka_unit_test(test_interrupts_are_led_through_maps),
		cmocka_unit_test(test_interrupt_maps_are_read_entry_by_entry),
		cmocka_unit_test(test_nodes_are_found_by_path_label_and_alias),
		cmocka_unit_test(test_a_path_without_unit_address_finds_nothing_but_a_guess),
		cmocka_unit_test(test_a_damaged_tree_is_refused_or_read_without_harm),
	};

	return cmocka_run_group_tests(tests, open_buses, close_buses);
}
