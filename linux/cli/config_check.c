// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config check: all that is wrong with a system, before anybody makes its cells. Compiles
 * it and throws the result away, so that what the hypervisor would refuse is found as well.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "config_options.h"
#include "config_system.h"
#include "json.h"
#include "terminal.h"

/* Every message about a cell begins with "cell 'NAME': ". */
static void put_cell(const char *text)
{
	static const char start[] = "cell '";
	const char *name = strncmp(text, start, strlen(start)) ? NULL : text + strlen(start);
	const char *end = name ? strchr(name, '\'') : NULL;
	char *copy = end ? strndup(name, (size_t)(end - name)) : NULL;

	if (copy)
		json_string("cell", copy);
	else
		json_null("cell");
	free(copy);
}

static void put_message(const struct messages *m, unsigned int i)
{
	const struct message *said = &m->parts[i];

	json_open(NULL, '{');
	json_string("file", said->at.line ? said->at.file : m->file);
	if (said->at.line)
		json_number("line", said->at.line);
	else
		json_null("line");
	put_cell(said->text);
	json_string("text", said->text);
	json_close('}');
}

static void put_messages(const struct messages *m, const char *key, enum message_kind kind)
{
	json_open(key, '[');
	for (unsigned int i = 0; i < m->count; i++)
		if (m->parts[i].kind == kind)
			put_message(m, i);
	json_close(']');
}

static void print_json(const struct messages *m, bool fine)
{
	json_open(NULL, '{');
	json_bool("ok", fine);
	put_messages(m, "errors", MESSAGE_ERROR);
	put_messages(m, "warnings", MESSAGE_WARNING);
	if (m->verbose)
		put_messages(m, "notes", MESSAGE_NOTE);
	json_close('}');
}

static void print_words(const struct messages *m, const struct system *s, bool fine)
{
	messages_print(m, stderr);
	if (!fine)
		return;
	terminal_text(m->file, stdout);
	printf(": %u %s, fine\n", s->count, s->count == 1 ? "cell" : "cells");
}

static int check(const char *file, const struct board *b, const struct config_options *o)
{
	struct compiled *c = malloc(sizeof(*c));
	struct messages m;
	bool fine;

	if (!c)
		return fail("out of memory");
	messages_init(&m, file);
	m.verbose = o->verbose;
	fine = config_compile(c, file, b, o->dtb, NULL, 0, &m);
	/* What no message tells, like a source that dtc does not take, went to standard error. */
	if (o->json && (fine || m.count))
		print_json(&m, fine);
	else
		print_words(&m, &c->system, fine);
	messages_free(&m);
	compiled_free(c);
	free(c);
	return fine ? EXIT_DONE : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	struct config_options o;
	struct running_board b;
	int result;

	if (!config_options_read(&o, argc, argv, "bBjv", 1))
		return usage_error(&config_check_verb);
	if (!config_board_read(&b, o.dtb, o.boots))
		return EXIT_FAILED;
	result = check(argv[optind], &b.board, &o);
	running_board_free(&b);
	return result;
}

const struct verb config_check_verb = {
	.group = "config",
	.name = "check",
	.arguments = "FILE [--board DTB] [--boot] [--verbose] [--json]",
	.summary = "tell all that is wrong with a description of cells",
	.help =
	"FILE is device tree source, or a blob of it; partita-system(5) tells what may stand\n"
	"there. Changes nothing, and needs neither the driver nor the hypervisor.\n\n"
	"  --board DTB   the board's device tree, instead of " BOARD_TREE ";\n"
	"                `partita hardware tree` writes it with the PCI functions\n"
	"  --boot        as for `partita pack`, without Linux on the board\n"
	"  --verbose     say of each device that \"rest\" leaves to Linux why\n"
	"  --json        for programs: errors and warnings on standard output\n",
	.run = run,
};
