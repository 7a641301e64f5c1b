// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita hardware check: every precondition of `partita enable`, each with what was found and,
 * where it is missing, what to do. Changes nothing.
 */
#include <getopt.h>
#include <stdlib.h>
#include <unistd.h>
#include "cli.h"
#include "image.h"
#include "json.h"
#include "manager.h"
#include "memory.h"
#include "preconditions.h"
#include "terminal.h"

static void print_finding(const struct finding *f, bool colour)
{
	static const char *const words[] = { "ok", "missing", "unknown" };
	static const char *const colours[] = { "\033[32m", "\033[31m", "\033[33m" };

	printf("%s%-8s%s %-21s ", colour ? colours[f->verdict] : "", words[f->verdict],
	       colour ? "\033[0m" : "", f->name);
	terminal_text(f->found, stdout);
	if (*f->remedy) {
		printf("\n%-30s -> ", "");
		terminal_text(f->remedy, stdout);
	}
	putchar('\n');
}

static void print_text(const struct check *c)
{
	static const char *const sums[] = {
		"This board is fit: partita enable",
		"Something is missing.",
		"Nothing is missing so far, but not all could be told: run it as root, with the "
		"driver loaded",
	};
	const bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	for (unsigned int i = 0; i < c->count; i++)
		print_finding(&c->findings[i], colour);
	if (c->enabled)
		memory_print();
	else
		puts(sums[overall(c)]);
}

static void print_json(const struct check *c)
{
	static const char *const words[] = { "ok", "missing", "unknown" };

	json_open(NULL, '{');
	if (overall(c) == UNKNOWN)
		json_null("fit");
	else
		json_bool("fit", overall(c) == OK);
	json_bool("enabled", c->enabled);
	json_open("checks", '[');
	for (unsigned int i = 0; i < c->count; i++) {
		json_open(NULL, '{');
		json_string("name", c->findings[i].name);
		json_string("verdict", words[c->findings[i].verdict]);
		json_string("found", c->findings[i].found);
		if (*c->findings[i].remedy)
			json_string("remedy", c->findings[i].remedy);
		json_close('}');
	}
	json_close(']');
	if (c->enabled)
		memory_put_json("hypervisor");
	json_close('}');
}

/* Somebody else has seen to it that the board is fit. */
static int tell_manager(bool json)
{
	struct cell_view self;

	read_cell(this_cell(), &self);
	if (json) {
		json_open(NULL, '{');
		json_null("fit");
		json_bool("enabled", true);
		json_string("cell", self.name);
		json_open("checks", '[');
		json_close(']');
		memory_put_json("hypervisor");
		json_close('}');
		return EXIT_DONE;
	}
	printf("This Linux is itself a cell ('%s') and manages others: partita cell list\n", self.name);
	memory_print();
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' }, { "image", required_argument, NULL, 'i' }, { 0 }
	};
	struct check c = { 0 };
	const char *image = HYPERVISOR_IMAGE;
	bool json = false;
	enum verdict verdict;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			json = true;
		else if (option == 'i')
			image = optarg;
		else
			return usage_error(&hardware_check_verb);
	}
	if (optind != argc)
		return usage_error(&hardware_check_verb);
	if (is_manager())
		return tell_manager(json);
	preconditions_check(&c, image);
	if (json)
		print_json(&c);
	else
		print_text(&c);
	verdict = overall(&c);
	preconditions_free(&c);
	return verdict == OK ? EXIT_DONE : EXIT_FAILED;
}

const struct verb hardware_check_verb = {
	.group = "hardware",
	.name = "check",
	.arguments = "[--json] [--image FILE]",
	.summary = "tell whether this board and its Linux are fit",
	.help =
	"One line for each thing that `partita enable` needs, with the remedy where it is missing.\n"
	"Exits with 1 if something is missing or could not be told. While enabled, also the\n"
	"hypervisor's memory. In a Linux that is a cell itself, only its name and that memory.\n\n"
	"  --image FILE   the hypervisor, instead of " HYPERVISOR_IMAGE "\n"
	"  --json         for programs\n",
	.run = run,
};
