// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config diff: what changes for whom from one system to another. Both must be right on the
 * board, since what is wrong has no owner.
 */
#include <getopt.h>
#include <stdlib.h>
#include <config/diff.h>
#include "cli.h"
#include "config_system.h"
#include "terminal.h"

static bool read_one(struct system *s, const char *file, const struct board *b)
{
	struct messages m;
	bool done;

	messages_init(&m, file);
	done = config_system_read(s, file, b, &m);
	messages_print(&m, stderr);
	messages_free(&m);
	return done;
}

/* File names of images and paths of devices hold what their authors liked. */
static int print_harmless(const struct board *b, const struct system *before,
			  const struct system *after)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int result = EXIT_DONE;

	if (!out)
		return fail("out of memory");
	systems_diff(b, before, after, out);
	if (fclose(out))
		result = fail("out of memory");
	else
		terminal_text(text, stdout);
	free(text);
	return result;
}

static int compare(const char *old_file, const char *new_file, const struct board *b)
{
	struct system before = { 0 }, after = { 0 };
	const bool first = read_one(&before, old_file, b);
	const bool second = read_one(&after, new_file, b);
	const int result = first && second ? print_harmless(b, &before, &after) : EXIT_FAILED;

	if (first)
		system_free(&before);
	if (second)
		system_free(&after);
	return result;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "board", required_argument, NULL, 'b' }, { 0 } };
	struct running_board b;
	const char *dtb = NULL;
	int option, result;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'b')
			return usage_error(&config_diff_verb);
		dtb = optarg;
	}
	if (argc - optind != 2)
		return usage_error(&config_diff_verb);
	if (!config_board_read(&b, dtb))
		return EXIT_FAILED;
	result = compare(argv[optind], argv[optind + 1], &b.board);
	running_board_free(&b);
	return result;
}

const struct verb config_diff_verb = {
	.group = "config",
	.name = "diff",
	.arguments = "OLD NEW [--board DTB]",
	.summary = "tell what changes for whom",
	.help =
	"OLD and NEW are descriptions of cells, as for `partita config check`. One line for each\n"
	"cell, CPU, device or property that changes; nothing where nothing does.\n\n"
	"  --board DTB   the board's device tree, instead of " BOARD_TREE "\n",
	.run = run,
};
