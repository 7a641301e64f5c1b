// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI functions of sysfs become nodes of the board's tree, where the compiler finds them; and who has a driver is in use.
 * What Linux tells is taken apart with care: it may say less, or something else, than expected.
 */
#include <linux/cli/file.h>
#include <linux/cli/in_use.h>
#include <linux/cli/pci_facts.h>
#include <config/board.h>
#include <config/pci.h>
#include "../config/trees.h"

static char root[] = "/tmp/partita-pci-XXXXXX";

/*
 * A disk at 00:01.0 with a driver, whose pin is off since it sends messages; a bridge at 00:02.0 with a network function
 * behind; and one behind a host bridge that the tree does not have.
 */
static const char script[] =
	"set -e; cd $ROOT; mkdir -p sys/bus/pci/devices sys/bus/pci/drivers/virtio-pci\n"
	"touch sys/bus/pci/drivers/virtio-pci/unbind\n"
	"host=sys/devices/platform/4010000000.pcie; mkdir -p $host\n"
	"mkdir -p sys/firmware/devicetree/base/pcie@10000000\n"
	"ln -s ../../../firmware/devicetree/base/pcie@10000000 $host/of_node\n"
	"add() {	# directory, name, configuration space, resources\n"
	"	mkdir -p $1/$2; printf \"$3\" >$1/$2/config; truncate -s 64 $1/$2/config\n"
	"	printf \"$4\" >$1/$2/resource; ln -s ../../../../$1/$2 sys/bus/pci/devices/$2; }\n"
	"pin='\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000'\n"
	"disk='\\364\\032\\102\\020\\006\\004\\020\\000\\001\\000\\000\\001\\000\\000\\000\\000'\n"
	"bars='\\001\\300\\000\\000\\000\\020\\000\\020\\000\\000\\000\\000\\000\\000\\000\\000\\014\\100\\000\\000\\200\\000\\000\\000'\n"
	"none='0x0 0x0 0x0\\n'\n"
	"add $host/pci0000:00 0000:00:01.0 \"$disk$bars$pin\\001\" "
	"\"0xc000 0xc07f 0x40101\\n0x10001000 0x10001fff 0x40200\\n${none}${none}"
	"0x8000004000 0x8000007fff 0x14220c\\n$none\"\n"
	"add $host/pci0000:00 0000:00:02.0 '\\066\\033\\014\\000\\007\\000\\020\\000\\000\\000\\004\\006' \"$none\"\n"
	"add $host/pci0000:00/0000:00:02.0 0000:01:00.0 "
	"'\\206\\200\\323\\020\\007\\000\\020\\000\\000\\000\\000\\002\\000\\000\\000\\000\\000\\000\\040\\020' "
	"'0x10200000 0x1021ffff 0x40200\\n'\n"
	"add sys/devices/pci0001:00 0001:00:00.0 \"$disk\" \"$none\"\n"
	"add $host/pci0000:00 0000:00:03.0 '\\364\\032' \"\"\n"
	"add $host/pci0000:00 0000:00:04.0 \"$disk\" 'nothing that is a number'\n"
	"ln -s ../../../../../bus/pci/drivers/virtio-pci $host/pci0000:00/0000:00:01.0/driver\n"
	"ln -s nowhere sys/bus/pci/devices/0000:00:05.0\n"
	"mkdir sys/bus/pci/devices/odd; rm $host/pci0000:00/0000:00:03.0/resource\n";

static int make_files(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	setenv("PARTITA_ROOT", root, 1);
	setenv("ROOT", root, 1);
	setenv("SCRIPT", script, 1);
	return system("bash -c \"$SCRIPT\"");
}

static int remove_files(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static struct buffer read_tree(struct messages *m)
{
	const struct test_tree virt = virt_with(NULL, NULL, NULL);
	struct buffer tree = { .bytes = virt.fdt, .size = virt.size };

	messages_init(m, "board");
	pci_facts_add(&tree, m);
	return tree;
}

static void test_functions_are_where_the_compiler_looks(void **state)
{
	struct pci_function f;
	struct messages m;
	struct pci_bar bar;
	struct tree t;
	uint32_t node, pin;
	struct buffer tree = read_tree(&m);

	(void)state;
	assert_int_equal(m.count, 0);
	assert_null(tree_open(&t, tree.bytes, tree.size));
	node = tree_find(&t, "0000:00:01.0");
	assert_int_not_equal(node, TREE_NONE);
	assert_string_equal(tree_name(&t, node), "pci1af4,1042@1");
	assert_true(tree_compatible(&t, node, "pciclass,010000"));
	assert_true(pci_function(&t, node, &f));
	assert_int_equal(f.config, 0x4010008000);
	assert_true(pci_bar(&t, node, 0, &bar));
	assert_int_equal(bar.number, 1);
	assert_int_equal(bar.cpu.base, 0x10001000);
	assert_int_equal(bar.cpu.size, 0x1000);
	assert_true(pci_bar(&t, node, 1, &bar));
	assert_int_equal(bar.number, 4);
	assert_int_equal(bar.space, 3);
	assert_int_equal(bar.cpu.base, 0x8000004000);
	assert_int_equal(bar.cpu.size, 0x4000);
	assert_false(pci_bar(&t, node, 2, &bar));
	assert_true(tree_u32(&t, node, "interrupts", &pin));
	assert_int_equal(pin, 1);
	assert_non_null(tree_property(&t, node, PCI_PIN_OFF, NULL));
	node = tree_find(&t, "0000:01:00.0");
	assert_int_not_equal(node, TREE_NONE);
	assert_string_equal(tree_name(&t, t.nodes[node].parent), "pci1b36,c@2");
	assert_true(pci_function(&t, node, &f));
	assert_int_equal(f.config, 0x4010100000);
	/* Bridges, and what cannot be read or is behind a bridge that nobody knows. */
	assert_int_equal(tree_find(&t, "0000:00:02.0"), TREE_NONE);
	assert_int_equal(tree_find(&t, "0000:00:03.0"), TREE_NONE);
	assert_int_equal(tree_find(&t, "0000:00:05.0"), TREE_NONE);
	assert_int_equal(tree_find(&t, "0001:00:00.0"), TREE_NONE);
	node = tree_find(&t, "0000:00:04.0");
	assert_int_not_equal(node, TREE_NONE);
	assert_false(pci_bar(&t, node, 0, &bar));
	tree_close(&t);
	free(tree.bytes);
}

static void test_a_function_with_a_driver_is_refused_with_the_way_to_free_it(void **state)
{
	struct messages m;
	struct tree t;
	struct buffer tree = read_tree(&m);
	struct cell_device device = { 0 };
	const struct cell cell = { .name = "a", .devices = &device, .device_count = 1 };

	(void)state;
	assert_null(tree_open(&t, tree.bytes, tree.size));
	device.node = tree_find(&t, "0000:00:01.0");
	refuse_devices_in_use(&cell, &t, &m);
	assert_int_equal(m.errors, 1);
	assert_says(&m, "in use by driver 'virtio-pci'; unbind it first: echo 0000:00:01.0 > "
			"/sys/bus/pci/drivers/virtio-pci/unbind");
	device.node = tree_find(&t, "0000:01:00.0");
	refuse_devices_in_use(&cell, &t, &m);
	assert_int_equal(m.errors, 1);
	messages_free(&m);
	tree_close(&t);
	free(tree.bytes);
}

static void test_what_is_no_tree_stays_as_it_is(void **state)
{
	struct buffer tree = { .bytes = strdup("no tree at all, and none that could be one"), .size = 42 };
	char *before = tree.bytes;
	struct messages m;

	(void)state;
	messages_init(&m, "board");
	pci_facts_add(&tree, &m);
	assert_ptr_equal(tree.bytes, before);
	assert_int_equal(m.count, 0);
	free(tree.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions_are_where_the_compiler_looks),
		cmocka_unit_test(test_a_function_with_a_driver_is_refused_with_the_way_to_free_it),
		cmocka_unit_test(test_what_is_no_tree_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
