// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the driver's files (docs/sysfs.md) from a made-up tree of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include <linux/cli/sysfs.h>

#define CLASS	"/sys/class/misc/partita/"

static char root[] = "/tmp/partita-state-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s" CLASS "%s", root, name);
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_files(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	setenv("PARTITA_ROOT", root, 1);
	put("enabled", "1\n");
	put("cells/0/name", "root\n");
	put("cells/0/state", "running\n");
	put("cells/2/name", "control-loop\n");
	put("cells/2/state", "failed\n");
	put("cells/2/cpus", "1-2,7\n");
	put("cells/2/memory", "16777216\n");
	put("cells/2/regions", "0x9040000 0x9040000 4096 rwd\n"
	    "0x20000000 0x50000000 65536 rws\n0x0 0x60000000 16777216 rwx\n");
	put("cells/2/fault", "kind access to memory it does not own\ncpu 3\nx0 0x0\n");
	put("cells/11/name", "late\n");
	put("cells/12/name", "large\n");
	put("cells/12/regions", "0x40000000 0x40000000 4194304 rwx\n0x40400000 0x60000000 2097152 rwx\n"
	    "0x40600000 0x80000000 65536 rws\n0x50000000 0x50000000 4096 rwx\n");
	put("cpus/cpu1/state", "parked\n");
	put("cpus/cpu2/state", "starting\n");
	put("cpus/cpu7/state", "running\n");
	return 0;
}

static int remove_files(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static void test_cells_are_found_by_name_and_id(void **state)
{
	struct cell_view v;

	(void)state;
	assert_true(find_cell("control-loop", &v));
	assert_int_equal(v.id, 2);
	assert_string_equal(v.state, "failed");
	assert_int_equal(v.memory, 16 << 20);
	assert_true(find_cell("11", &v));
	assert_string_equal(v.name, "late");
	assert_false(find_cell("1", &v));
	assert_false(find_cell("control", &v));
	assert_false(find_cell("", &v));
}

static void test_the_root_is_seen_but_not_managed(void **state)
{
	struct cell_view v;

	(void)state;
	assert_true(find_any_cell("root", &v));
	assert_false(find_cell("root", &v));
	assert_false(find_cell("0", &v));
}

static void test_a_linux_that_is_a_cell_manages_others_than_itself(void **state)
{
	struct cell_view v;

	(void)state;
	assert_int_equal(this_cell(), 0);
	put("hypervisor/this_cell", "11\n");
	assert_int_equal(this_cell(), 11);
	assert_true(find_any_cell("late", &v));
	assert_false(find_cell("late", &v));
	assert_false(find_cell("root", &v));
	assert_true(find_cell("control-loop", &v));
	put("hypervisor/this_cell", "0\n");
}

static void test_cells_come_in_the_order_of_their_ids(void **state)
{
	struct cell_view v;

	(void)state;
	assert_true(next_cell(0, &v));
	assert_true(next_cell(v.id + 1, &v));
	assert_int_equal(v.id, 2);
	assert_true(next_cell(v.id + 1, &v));
	assert_int_equal(v.id, 11);
	assert_true(next_cell(v.id + 1, &v));
	assert_int_equal(v.id, 12);
	assert_false(next_cell(v.id + 1, &v));
}

static void test_memory_is_told_from_registers(void **state)
{
	struct cell_region r;

	(void)state;
	assert_true(cell_memory_region(2, UINT64_MAX, &r));
	assert_int_equal(r.ipa, 0);
	assert_int_equal(r.pa, 0x60000000);
	assert_true(cell_memory_region(2, 0xffffff, &r));
	assert_false(cell_memory_region(2, 0x1000000, &r));
	assert_false(cell_memory_region(2, 0x9040000, &r));
	/* What it shares, nobody loads. */
	assert_false(cell_memory_region(2, 0x20000000, &r));
	assert_false(cell_memory_region(11, UINT64_MAX, &r));
}

static void test_memory_in_pieces_is_one(void **state)
{
	struct cell_region r;

	(void)state;
	assert_true(cell_memory_region(12, UINT64_MAX, &r));
	assert_int_equal(r.ipa, 0x40000000);
	assert_int_equal(r.pa, 0x40000000);
	assert_int_equal(r.size, 0x600000);
	assert_true(cell_memory_region(12, 0x40500000, &r));
	assert_int_equal(r.ipa, 0x40400000);
	assert_int_equal(r.size, 0x200000);
	assert_false(cell_memory_region(12, 0x40600000, &r));
	assert_true(cell_memory_region(12, 0x50000000, &r));
	assert_int_equal(r.size, 4096);
}

static void test_registers_are_found_by_their_physical_address(void **state)
{
	(void)state;
	assert_true(cell_has_registers(2, 0x9040000, 4096));
	assert_true(cell_has_registers(2, 0x9000000, 0x100000));
	assert_false(cell_has_registers(2, 0x9041000, 4096));
	assert_false(cell_has_registers(2, 0x903f000, 4096));
	assert_false(cell_has_registers(2, 0x60000000, 4096));
	assert_false(cell_has_registers(11, 0x9040000, 4096));
}

static void test_the_first_cpu_that_does_not_stop_is_found(void **state)
{
	struct cell_view v;
	unsigned int cpu;

	(void)state;
	assert_true(read_cell(2, &v));
	assert_true(cell_busy_cpu(&v, &cpu));
	assert_int_equal(cpu, 2);
	put("cpus/cpu2/state", "parked\n");
	assert_true(cell_busy_cpu(&v, &cpu));
	assert_int_equal(cpu, 7);
	put("cpus/cpu7/state", "off\n");
	assert_false(cell_busy_cpu(&v, &cpu));
}

static void test_cpu_lists_grow_to_their_room(void **state)
{
	char list[8] = "";

	(void)state;
	for (unsigned int cpu = 8; cpu < 64; cpu++)
		add_to_cpu_list(list, sizeof(list), cpu);
	assert_string_equal(list, "8,9,10,");
}

static void test_cpu_lists_are_understood(void **state)
{
	(void)state;
	assert_true(in_cpu_list("1-2,7", 2));
	assert_true(in_cpu_list("1-2,7", 7));
	assert_false(in_cpu_list("1-2,7", 3));
	assert_false(in_cpu_list("", 0));
	assert_false(in_cpu_list("x", 0));
	assert_true(in_cpu_list("0\n", 0));
}

static void test_fault_lines_are_found_by_their_key(void **state)
{
	struct cell_view v;
	char value[64];

	(void)state;
	assert_true(read_cell(2, &v));
	assert_true(fault_value(&v, "kind", value, sizeof(value)));
	assert_string_equal(value, "access to memory it does not own");
	assert_true(fault_value(&v, "x0", value, sizeof(value)));
	assert_string_equal(value, "0x0");
	assert_false(fault_value(&v, "x", value, sizeof(value)));
	assert_false(fault_value(&v, "pc", value, sizeof(value)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_are_found_by_name_and_id),
		cmocka_unit_test(test_the_root_is_seen_but_not_managed),
		cmocka_unit_test(test_a_linux_that_is_a_cell_manages_others_than_itself),
		cmocka_unit_test(test_cells_come_in_the_order_of_their_ids),
		cmocka_unit_test(test_memory_is_told_from_registers),
		cmocka_unit_test(test_memory_in_pieces_is_one),
		cmocka_unit_test(test_registers_are_found_by_their_physical_address),
		cmocka_unit_test(test_the_first_cpu_that_does_not_stop_is_found),
		cmocka_unit_test(test_cpu_lists_grow_to_their_room),
		cmocka_unit_test(test_cpu_lists_are_understood),
		cmocka_unit_test(test_fault_lines_are_found_by_their_key),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
