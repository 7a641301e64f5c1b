// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell destroy: remove a cell; its memory is erased and goes back to Linux with its CPUs
 * and devices.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "progress.h"

/* A cell that ends by itself at this very moment cannot be stopped any more, and need not be. */
static int stop(int device, const struct cell_view *cell)
{
	struct pt_ioc_cell call = { .cell = cell->id };

	if (device_call(device, PT_IOC_CELL_STOP, &call) == 0 ||
	    (errno == EREMOTEIO && call.error == PT_ESTATE))
		return EXIT_DONE;
	return cell_refused(cell, "stop", errno == EREMOTEIO ? call.error : 0);
}

static int destroy(int device, const struct cell_view *cell, bool force)
{
	int result;

	if (!strcmp(cell->state, "running")) {
		if (!force)
			return fail(
				"cell '%s' is running; let it finish first: partita cell shutdown "
				"%s, "
				"or stop and destroy it by force: partita cell destroy --force %s",
				cell->name, cell->name, cell->name);
		result = stop(device, cell);
		if (result != EXIT_DONE)
			return result;
	}
	return cell_call(device, PT_IOC_CELL_DESTROY, cell, "destroy");
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "force", no_argument, NULL, 'f' }, { 0 } };
	struct cell_view cell;
	int option, device, result = EXIT_FAILED;
	bool force = false;

	while ((option = getopt_long(argc, argv, "f", options, NULL)) == 'f')
		force = true;
	if (option != -1 || optind != argc - 1)
		return usage_error(&cell_destroy_verb);
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (find_cell(argv[optind], &cell)) {
		progress_begin("erasing the cell's memory");
		result = destroy(device, &cell, force);
		progress_end();
	}
	close(device);
	if (result == EXIT_DONE)
		printf("%s: destroyed; Linux has %s %s and the memory back\n", cell.name,
		       cpu_word(cell.cpus), cell.cpus);
	return result;
}

const struct verb cell_destroy_verb = {
	.group = "cell",
	.name = "destroy",
	.arguments = "CELL [--force]",
	.summary = "remove a cell and give everything back to Linux",
	.help =
	"Memory is erased before it goes back.\n\n"
	"  -f, --force   stop the cell first if it runs\n",
	.run = run,
};
