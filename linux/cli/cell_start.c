// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell start: let a cell run, from what was loaded into it.
 */
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
		return usage_error(&cell_start_verb);
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (find_cell(argv[1], &cell)) {
		/* A cell that has run is scrubbed first. */
		progress_begin("starting");
		result = cell_call(device, PT_IOC_CELL_START, &cell, "start");
		progress_end();
	}
	close(device);
	if (result == EXIT_DONE)
		printf("%s: started on %s %s\n", cell.name, cpu_word(cell.cpus), cell.cpus);
	return result;
}

const struct verb cell_start_verb = {
	.group = "cell",
	.name = "start",
	.arguments = "CELL",
	.summary = "start a loaded cell",
	.help =
	"CELL is a name or an id. Its memory holds what was loaded, and zeros, also when it has run\n"
	"before. From its first instruction on, Linux cannot see it.\n",
	.run = run,
};
