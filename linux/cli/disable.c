// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita disable: take the hypervisor away. Linux has every CPU, page and interrupt again.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "manager.h"
#include "progress.h"

static int explain(int error)
{
	struct cell_view cell;

	if (!error && (errno == ENODEV || errno == ENXIO))
		return fail("the hypervisor is not enabled");
	if (error == PT_ELOCKED)
		return fail("cannot disable the hypervisor: it is %s", error_words(error));
	if ((error == PT_EBUSY || errno == EBUSY) && next_cell(PT_ROOT_CELL + 1, &cell))
		return fail("cell '%s' exists; destroy it first: partita cell destroy %s",
			    cell.name, cell.name);
	if (!error && errno == ETIMEDOUT)
		return fail("cannot disable the hypervisor: an offline CPU does not switch off; "
			    "see dmesg; repeat: partita disable");
	return fail("cannot disable the hypervisor: %s",
		    error ? error_words(error) : strerror(errno));
}

static int run(int argc, char **argv)
{
	struct pt_ioc_cell call = { 0 };
	int device, result, error;

	(void)argv;
	if (argc != 1)
		return usage_error(&disable_verb);
	if (!require_root("disable", "To be without the hypervisor, boot the board another way."))
		return EXIT_FAILED;
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (!hypervisor_enabled()) {
		close(device);
		return fail("the hypervisor is not enabled");
	}
	progress_begin("disabling the hypervisor");
	result = device_call(device, PT_IOC_DISABLE, &call);
	error = errno;
	progress_end();
	close(device);
	errno = error;
	if (result < 0)
		return explain(error == EREMOTEIO ? call.error : 0);
	puts("partita: disabled; Linux has the board to itself again");
	return EXIT_DONE;
}

const struct verb disable_verb = {
	.name = "disable",
	.arguments = "",
	.summary = "take the hypervisor away again",
	.help = "All cells must have been destroyed.\n",
	.run = run,
};
