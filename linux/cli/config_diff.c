// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config diff: what changes for whom from one system to another. Both must be right on the
 * board, since what is wrong has no owner.
 */
#include <getopt.h>
#include <config/diff.h>
#include "cli.h"
#include "config_options.h"
#include "config_system.h"
#include "json.h"
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

static void put_text(const char *key, const char *text)
{
	if (text)
		json_string(key, text);
	else
		json_null(key);
}

static void print_json(const struct changes *c)
{
	json_open(NULL, '{');
	json_open("changes", '[');
	for (uint32_t i = 0; i < c->count; i++) {
		json_open(NULL, '{');
		json_string("kind", c->list[i].kind);
		json_string("name", c->list[i].name);
		put_text("property", c->list[i].property);
		put_text("from", c->list[i].from);
		put_text("to", c->list[i].to);
		json_string("text", c->list[i].text);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

/* File names of images and paths of devices hold what their authors liked. */
static void print_words(const struct changes *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		terminal_text(c->list[i].text, stdout);
		putchar('\n');
	}
}

static int print(const struct board *b, const struct system *before, const struct system *after,
		 bool json)
{
	struct changes c;
	int result = EXIT_DONE;

	systems_diff(&c, b, before, after);
	if (c.failed)
		result = fail("out of memory");
	else if (json)
		print_json(&c);
	else
		print_words(&c);
	changes_free(&c);
	return result;
}

static int compare(const char *old_file, const char *new_file, const struct board *b, bool json)
{
	struct system before = { 0 }, after = { 0 };
	const bool first = read_one(&before, old_file, b);
	const bool second = read_one(&after, new_file, b);
	const int result = first && second ? print(b, &before, &after, json) : EXIT_FAILED;

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

	if (!config_options_read(&o, argc, argv, "bj", 2))
		return usage_error(&config_diff_verb);
	if (!config_board_read(&b, o.dtb, false))
		return EXIT_FAILED;
	result = compare(argv[optind], argv[optind + 1], &b.board, o.json);
	running_board_free(&b);
	return result;
}

const struct verb config_diff_verb = {
	.group = "config",
	.name = "diff",
	.arguments = "OLD NEW [--board DTB] [--json]",
	.summary = "tell what changes for whom",
	.help =
	"OLD and NEW are descriptions of cells, as for `partita config check`. One line for each\n"
	"cell, CPU, device or property that changes; nothing where nothing does.\n\n"
	"  --board DTB   the board's device tree, instead of " BOARD_TREE ";\n"
	"                `partita hardware tree` writes it with the PCI functions\n"
	"  --json        for programs\n",
	.run = run,
};
