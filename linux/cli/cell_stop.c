// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell stop: end a cell by force, whatever it does.
 */
#include <string.h>
#include <unistd.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "progress.h"

static int run(int argc, char **argv)
{
	struct cell_view cell;
	int device, result = EXIT_FAILED;

	if (argc != 2 || argv[1][0] == '-')
		return usage_error(&cell_stop_verb);
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (find_cell(argv[1], &cell)) {
		progress_begin("stopping");
		result = cell_call(device, PT_IOC_CELL_STOP, &cell, "stop");
		progress_end();
	}
	close(device);
	if (result == EXIT_DONE && (!strcmp(cell.state, "running") || !strcmp(cell.state, "reset")))
		printf("%s: stopped\n", cell.name);
	else if (result == EXIT_DONE)
		printf("%s: is not running (%s)\n", cell.name, cell.state);
	return result;
}

const struct verb cell_stop_verb = {
	.group = "cell",
	.name = "stop",
	.arguments = "CELL",
	.summary = "stop a cell by force",
	.help =
	"The cell gets no chance to finish anything; `partita cell shutdown` asks first. A cell that\n"
	"is about to start again does not. Its memory stays its own until it is started, loaded or\n"
	"destroyed.\n",
	.run = run,
};
