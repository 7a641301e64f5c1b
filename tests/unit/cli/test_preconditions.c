// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check of the hardware and the board behind it, from made-up files of another machine.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/cli/preconditions.h>
#include "../config/trees.h"

static char root[] = "/tmp/partita-preconditions-XXXXXX";

static FILE *create(const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	return f;
}

static void put(const char *name, const char *text)
{
	FILE *f = create(name);

	fputs(text, f);
	fclose(f);
}

static void put_tree(struct test_tree tree)
{
	FILE *f = create("sys/firmware/fdt");

	assert_int_equal(fwrite(tree.fdt, 1, tree.size, f), tree.size);
	fclose(f);
	free(tree.fdt);
}

static int make_root(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	setenv("PARTITA_ROOT", root, 1);
	put("proc/1/comm", "init\n");
	put_tree(virt_with(NULL, NULL, NULL));
	return 0;
}

static int remove_root(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static struct finding look(const char *name)
{
	struct finding found = { 0 };
	struct check c = { 0 };

	preconditions_check(&c, "/nonexistent");
	for (unsigned int i = 0; i < c.count; i++)
		if (!strcmp(c.findings[i].name, name))
			found = c.findings[i];
	preconditions_free(&c);
	assert_non_null(found.name);
	return found;
}

static void test_what_is_unknown_is_not_fit(void **state)
{
	struct check c = { .findings = { { .verdict = OK }, { .verdict = OK } }, .count = 2 };

	(void)state;
	assert_int_equal(overall(&c), OK);
	c.findings[0].verdict = UNKNOWN;
	assert_int_equal(overall(&c), UNKNOWN);
	c.findings[1].verdict = MISSING;
	assert_int_equal(overall(&c), MISSING);
}

static void test_a_cpu_of_a_guest_is_a_guest(void **state)
{
	char path[512];

	(void)state;
	put("proc/42/comm", "qemu\n");
	put("proc/42/fd/none", "");
	assert_int_not_equal(look("KVM").verdict, MISSING);
	snprintf(path, sizeof(path), "%s/proc/42/fd/9", root);
	assert_int_equal(symlink("anon_inode:kvm-vcpu:0", path), 0);
	assert_int_equal(look("KVM").verdict, MISSING);
	assert_string_equal(look("KVM").found, "process 42 (qemu) runs a guest");
	unlink(path);
	assert_int_equal(symlink("anon_inode:kvm-vm", path), 0);
	assert_int_equal(look("KVM").verdict, MISSING);
	unlink(path);
	assert_int_equal(symlink("anon_inode:[eventpoll]", path), 0);
	assert_int_not_equal(look("KVM").verdict, MISSING);
}

/* virt's memory ends at 0xc0000000. */
static void test_addresses_need_to_reach_what_the_board_has(void **state)
{
	(void)state;
	put("sys/class/misc/partita/pa_bits", "40\n");
	assert_int_equal(look("physical addresses").verdict, OK);
	put("sys/class/misc/partita/pa_bits", "32\n");
	assert_int_equal(look("physical addresses").verdict, OK);
	put("sys/class/misc/partita/pa_bits", "31\n");
	assert_int_equal(look("physical addresses").verdict, MISSING);
}

/* @count pieces that touch. */
static void put_iomem(unsigned int count)
{
	FILE *f = create("proc/iomem");

	for (unsigned int i = 0; i < count; i++)
		fprintf(f, "%08x-%08x : System RAM\n  %08x-%08x : reserved\n",
			0x40000000 + i * 0x10000, 0x4000ffff + i * 0x10000,
			0x40000000 + i * 0x10000, 0x40000fff + i * 0x10000);
	fclose(f);
}

static void test_memory_in_many_pieces_is_one(void **state)
{
	struct running_board b;
	struct messages m;

	(void)state;
	put_tree(virt_with("device_type = \"memory\";", "", NULL));
	put_iomem(1024);
	messages_init(&m, "board");
	assert_true(running_board_read_quietly(&b, false, &m));
	assert_int_equal(m.errors, 0);
	assert_int_equal(board_system(&b.board)->ram.count, 1);
	assert_int_equal(board_end(&b.board), 0x40000000 + 1024 * 0x10000);
	running_board_free(&b);

	put_iomem(1025);
	assert_true(running_board_read_quietly(&b, false, &m));
	assert_says(&m, "memory is in more than 1024 pieces");
	running_board_free(&b);
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_unknown_is_not_fit),
		cmocka_unit_test(test_a_cpu_of_a_guest_is_a_guest),
		cmocka_unit_test(test_addresses_need_to_reach_what_the_board_has),
		cmocka_unit_test(test_memory_in_many_pieces_is_one),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
