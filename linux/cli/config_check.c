// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config check: all that is wrong with a system, before anybody makes its cells. Compiles
 * it and throws the result away, so that what the hypervisor would refuse is found as well.
 */
#include <getopt.h>
#include <stdlib.h>
#include "cli.h"
#include "config_system.h"
#include "terminal.h"

static int check(const char *file, const struct board *b, bool elsewhere, bool verbose)
{
	struct compiled *c = malloc(sizeof(*c));
	struct messages m;
	bool fine;

	if (!c)
		return fail("out of memory");
	messages_init(&m, file);
	m.verbose = verbose;
	fine = config_compile(c, file, b, elsewhere, NULL, 0, &m);
	messages_print(&m, stderr);
	if (fine) {
		terminal_text(file, stdout);
		printf(": %u %s, fine\n", c->system.count, c->system.count == 1 ? "cell" : "cells");
	}
	messages_free(&m);
	compiled_free(c);
	free(c);
	return fine ? EXIT_DONE : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "board", required_argument, NULL, 'b' },
		{ "verbose", no_argument, NULL, 'v' },
		{ 0 }
	};
	struct running_board b;
	const char *dtb = NULL;
	bool verbose = false;
	int option, result;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'b')
			dtb = optarg;
		else if (option == 'v')
			verbose = true;
		else
			return usage_error(&config_check_verb);
	}
	if (argc - optind != 1)
		return usage_error(&config_check_verb);
	if (!config_board_read(&b, dtb))
		return EXIT_FAILED;
	result = check(argv[optind], &b.board, dtb, verbose);
	running_board_free(&b);
	return result;
}

const struct verb config_check_verb = {
	.group = "config",
	.name = "check",
	.arguments = "FILE [--board DTB] [--verbose]",
	.summary = "tell all that is wrong with a description of cells",
	.help =
	"FILE is device tree source, or a blob of it; partita-system(5) tells what may stand\n"
	"there. Changes nothing, and needs neither the driver nor the hypervisor.\n\n"
	"  --board DTB   the board's device tree, instead of " BOARD_TREE "\n"
	"  --verbose     say of each device that \"rest\" leaves to Linux why\n",
	.run = run,
};
