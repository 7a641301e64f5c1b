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
#include "file.h"
#include "manager.h"
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

/* *@cpu_lost: the cell is gone, but a CPU that was taken for it does not come back online. */
static int destroy(int device, const struct cell_view *cell, bool force, bool *cpu_lost)
{
	struct pt_ioc_cell call = { .cell = cell->id };
	int result;

	if (!strcmp(cell->state, "running") && !force)
		return fail("cell '%s' is running; let it finish first: partita cell shutdown %s, "
			    "or stop and destroy it by force: partita cell destroy --force %s",
			    cell->name, cell->name, cell->name);
	/* Whatever it is just doing: one that resets itself may run again by now. */
	result = force ? stop(device, cell) : EXIT_DONE;
	if (result != EXIT_DONE)
		return result;
	if (device_call(device, PT_IOC_CELL_DESTROY, &call) == 0)
		return EXIT_DONE;
	*cpu_lost = errno == EREMOTEIO && call.error == PT_ECPU;
	if (*cpu_lost)
		return EXIT_DONE;
	return cell_refused(cell, "destroy", errno == EREMOTEIO ? call.error : 0);
}

/* A CPU that was offline when the cell was made is left so; one that was taken must be back. */
static int say_destroyed(const struct cell_view *cell, bool cpu_lost)
{
	char online[256] = "", back[256] = "", offline[256] = "";

	file_read_line("/sys/devices/system/cpu/online", online, sizeof(online));
	for (unsigned int cpu = 0; cpu < PT_MAX_CPUS; cpu++)
		if (in_cpu_list(cell->cpus, cpu)) {
			const bool is_back = in_cpu_list(online, cpu);

			add_to_cpu_list(is_back ? back : offline, sizeof(back), cpu);
		}
	if (*back)
		printf("%s: destroyed; Linux has %s %s and the memory back\n", cell->name,
		       cpu_word(back), back);
	else
		printf("%s: destroyed; Linux has the memory back\n", cell->name);
	if (!*offline)
		return EXIT_DONE;
	if (cpu_lost)
		return fail("%s %s did not come back online (dmesg tells why); try for each: "
			    "echo 1 > /sys/devices/system/cpu/cpuN/online",
			    cpu_word(offline), offline);
	printf("%s: still offline: %s %s; bring each back: "
	       "echo 1 > /sys/devices/system/cpu/cpuN/online\n",
	       cell->name, cpu_word(offline), offline);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "force", no_argument, NULL, 'f' }, { 0 } };
	struct cell_view cell;
	int option, device, result = EXIT_FAILED;
	bool force = false, cpu_lost = false;

	while ((option = getopt_long(argc, argv, "f", options, NULL)) == 'f')
		force = true;
	if (option != -1 || optind != argc - 1)
		return usage_error(&cell_destroy_verb);
	if (!require_root("cell destroy", "A cell stays until the board is booted another way; to end "
			  "it: partita cell stop %s", argv[optind]))
		return EXIT_FAILED;
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (find_cell(argv[optind], &cell)) {
		progress_begin("erasing the cell's memory");
		result = destroy(device, &cell, force, &cpu_lost);
		progress_end();
	}
	close(device);
	if (result == EXIT_DONE)
		result = say_destroyed(&cell, cpu_lost);
	return result;
}

const struct verb cell_destroy_verb = {
	.group = "cell",
	.name = "destroy",
	.arguments = "CELL [--force]",
	.summary = "remove a cell and give everything back to Linux",
	.help =
	"Memory is erased before it goes back. A CPU that was offline when the cell was made is\n"
	"left so; exits with 1 if one that was taken does not come back.\n\n"
	"  -f, --force   stop the cell first if it runs\n",
	.run = run,
};
