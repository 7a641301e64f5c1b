// SPDX-License-Identifier: GPL-2.0-only
/* partita hardware tree: the board's tree with what Linux has found, for a look at it elsewhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "board_facts.h"
#include "cli.h"

static int run(int argc, char **argv)
{
	struct running_board b;
	struct messages m;
	int result = EXIT_FAILED;

	(void)argv;
	if (argc != 1)
		return usage_error(&hardware_tree_verb);
	if (isatty(STDOUT_FILENO))
		return fail("a device tree blob is nothing for a terminal; write it to a file: partita "
			    "hardware tree > board.dtb");
	messages_init(&m, BOARD_TREE);
	/* What is wrong with the board is told to who asks what to do with it. */
	if (running_board_read(&b, &m)) {
		result = EXIT_DONE;
		if (fwrite(b.tree.bytes, 1, b.tree.size, stdout) != b.tree.size || fflush(stdout))
			result = fail("cannot write: %s", strerror(errno));
		running_board_free(&b);
	}
	messages_free(&m);
	return result;
}

const struct verb hardware_tree_verb = {
	.group = "hardware",
	.name = "tree",
	.arguments = "",
	.summary = "write the board's device tree, with its PCI functions",
	.help =
	"What `partita config --board` wants, to standard output: the tree of the firmware, and in it\n"
	"the PCI functions that Linux has found, with their addresses.\n",
	.run = run,
};
