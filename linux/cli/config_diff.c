// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config diff: what changes for whom from one system to another. Both must be right on the
 * board, since what is wrong has no owner.
 */
#include <getopt.h>
#include "changes.h"
#include "cli.h"
#include "config_options.h"
#include "config_system.h"

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

static int compare(const char *old_file, const char *new_file, const struct board *b, bool json)
{
	struct system before = { 0 }, after = { 0 };
	const bool first = read_one(&before, old_file, b);
	const bool second = read_one(&after, new_file, b);
	struct changes changes;
	int result = EXIT_FAILED;

	if (first && second) {
		systems_diff(&changes, b, &before, &after);
		result = changes_tell(&changes, json);
	}
	if (first)
		system_free(&before);
	if (second)
		system_free(&after);
	return result;
}

static int run(int argc, char **argv)
{
	struct config_options o;
	struct running_board b;
	int result;

	if (!config_options_read(&o, argc, argv, "bBj", 2))
		return usage_error(&config_diff_verb);
	if (!config_board_read(&b, o.dtb, o.boots))
		return EXIT_FAILED;
	result = compare(argv[optind], argv[optind + 1], &b.board, o.json);
	running_board_free(&b);
	return result;
}

const struct verb config_diff_verb = {
	.group = "config",
	.name = "diff",
	.arguments = "OLD NEW [--board DTB] [--boot] [--json]",
	.summary = "tell what changes for whom",
	.help =
	"OLD and NEW are descriptions of cells, as for `partita config check`. One line for each\n"
	"cell, CPU, device or property that changes; nothing where nothing does.\n\n"
	"  --board DTB   the board's device tree, instead of " BOARD_TREE ";\n"
	"                `partita hardware tree` writes it with the PCI functions\n"
	"  --boot        as for `partita pack`, without Linux on the board\n"
	"  --json        for programs\n",
	.run = run,
};
