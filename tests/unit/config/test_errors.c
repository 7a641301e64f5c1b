// SPDX-License-Identifier: GPL-2.0-only
/*
 * Systems with something wrong, tests/config/errors/NAME.dts, each with all that is to be said
 * about it in NAME.expected: files, lines, words and order. They go the way of `partita`'s own
 * files, dtc included. The board is QEMU's virt with the devices of board.dtsi, so that there is
 * something to be wrong about. A file without its expectation is a failure, and so is one without
 * an error, but for those called warn-*.dts. GOLDEN=write in the environment writes the
 * expectations anew; read the difference.
 */
#include <glob.h>
#include <linux/cli/dtc.h>
#include <unistd.h>
#include "trees.h"

#define FOLDER	"tests/config/errors"
#define HEADER	"# SPDX-License-Identifier: GPL-2.0-only\n"

static struct test_tree board_tree;
static struct board board;

static char *text_of(const char *path)
{
	struct buffer file;

	if (!file_read(path, &file))
		return NULL;
	return file.bytes;
}

/* The rest of the test is where the examples are: messages name files as they were given. */
static int open_board(void **state)
{
	char *odd = text_of(FOLDER "/board.dtsi");
	struct messages m;
	bool done;

	(void)state;
	assert_non_null(odd);
	board_tree = virt_with(NULL, NULL, odd);
	free(odd);
	messages_init(&m, "board");
	done = board_read(&board, board_tree.fdt, board_tree.size, NULL, &m) && !chdir(FOLDER);
	messages_print(&m, stderr);
	messages_free(&m);
	return !done;
}

static int close_board(void **state)
{
	(void)state;
	board_free(&board);
	free(board_tree.fdt);
	return chdir("../../..");
}

static char *all_said(const struct messages *m)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	messages_print(m, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *messages_about(const char *path)
{
	struct buffer blob;
	struct messages m;
	struct system s;
	char *said;
	bool good;

	messages_init(&m, path);
	m.verbose = true;
	assert_true(tree_file_read(path, &blob, &m.source));
	good = system_read(&s, &board, blob.bytes, blob.size, &m);
	if (good)
		system_free(&s);
	assert_int_equal(good, !strncmp(path, "warn-", strlen("warn-")));
	assert_true(m.count > 0);
	said = all_said(&m);
	messages_free(&m);
	free(blob.bytes);
	return said;
}

static void keep(const char *name, const char *said)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fprintf(f, HEADER "%s", said);
	assert_int_equal(fclose(f), 0);
}

static void test_an_example(void **state)
{
	const char *path = *state;
	char *said = messages_about(path), *expected, name[256];

	snprintf(name, sizeof(name), "%.*s.expected", (int)(strlen(path) - strlen(".dts")), path);
	if (getenv("GOLDEN"))
		keep(name, said);
	expected = text_of(name);
	if (!expected || strncmp(expected, HEADER, strlen(HEADER)) != 0 ||
	    strcmp(expected + strlen(HEADER), said) != 0)
		fail_msg("%s does not hold what is said:\n%s", name, said);
	free(expected);
	free(said);
}

static int run_examples(char **paths, size_t count)
{
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	int failed;

	if (!tests)
		return 1;
	for (size_t i = 0; i < count; i++)
		tests[i] = (struct CMUnitTest){ .name = strrchr(paths[i], '/') + 1,
						.test_func = test_an_example,
						.initial_state = strrchr(paths[i], '/') + 1 };
	failed = _cmocka_run_group_tests("errors", tests, count, open_board, close_board);
	free(tests);
	return failed;
}

int main(void)
{
	glob_t examples;
	int failed;

	if (glob(FOLDER "/*.dts", 0, NULL, &examples) || examples.gl_pathc < 80)
		return 1;
	failed = run_examples(examples.gl_pathv, examples.gl_pathc);
	globfree(&examples);
	return failed;
}
