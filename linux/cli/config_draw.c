// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config draw: the board as a picture, a colour a cell. Nothing is drawn of a system with
 * errors; the picture goes to standard output, like any other that is to be looked at.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <config/draw.h>
#include "cli.h"
#include "config_options.h"
#include "config_system.h"

static int draw(const char *file, const struct board *b)
{
	struct messages m;
	struct system system;
	bool read;
	int result = EXIT_FAILED;

	messages_init(&m, file);
	read = config_system_read(&system, file, b, &m);
	messages_print(&m, stderr);
	messages_free(&m);
	if (!read)
		return EXIT_FAILED;
	if (draw_svg(stdout, b, &system, NULL) && fflush(stdout) == 0)
		result = EXIT_DONE;
	else
		fail("cannot write the picture: %s", strerror(errno));
	system_free(&system);
	return result;
}

static int run(int argc, char **argv)
{
	struct config_options o;
	struct running_board b;
	int result;

	if (!config_options_read(&o, argc, argv, "bB", 1))
		return usage_error(&config_draw_verb);
	if (!config_board_read(&b, o.dtb, o.boots))
		return EXIT_FAILED;
	result = draw(argv[optind], &b.board);
	running_board_free(&b);
	return result;
}

const struct verb config_draw_verb = {
	.group = "config",
	.name = "draw",
	.arguments = "FILE [--board DTB] [--boot] >PICTURE.svg",
	.summary = "draw who has what of the board, as an SVG picture",
	.help =
	"FILE is device tree source, or a blob of it; partita-system(5) tells what may stand\n"
	"there. The picture shows CPUs, memory, registers and interrupts, a colour a cell.\n\n"
	"  --board DTB   the board's device tree, instead of " BOARD_TREE ";\n"
	"                `partita hardware tree` writes it with the PCI functions\n"
	"  --boot        as for `partita pack`, without Linux on the board\n",
	.run = run,
};
