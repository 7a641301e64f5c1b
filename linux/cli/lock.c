// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita lock: from now on until the board is reset, nobody creates, loads or destroys cells, and
 * nobody disables. Not even who did this.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libfdt.h>
#include <config/messages.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "dtc.h"
#include "json.h"
#include "manager.h"

static int explain(int error)
{
	struct cell_view cell = { 0 };
	bool found = false;

	if (error == PT_ESTATE)
		for (uint32_t id = PT_ROOT_CELL + 1; !found && next_cell(id, &cell); id = cell.id + 1)
			found = !strcmp(cell.state, "loadable");
	if (found)
		return fail("cannot lock while cell '%s' is loadable: this Linux could still write its "
			    "memory; start it first, or destroy it", cell.name);
	if (error == PT_ESTATE)
		return fail("cannot lock while a cell is debugged; let `partita cell gdb` end first");
	return fail("cannot lock: %s", error ? error_words(error) : strerror(errno));
}

static int lock(void)
{
	struct pt_ioc_cell call = { 0 };
	int device, result, error;

	if (!require_root("lock", "It is locked from the beginning if the system file says so: locked;"))
		return EXIT_FAILED;
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (!require_enabled()) {
		close(device);
		return EXIT_FAILED;
	}
	result = device_call(device, PT_IOC_LOCK, &call);
	error = errno;
	close(device);
	errno = error;
	if (result < 0)
		return explain(error == EREMOTEIO ? call.error : 0);
	puts("partita: locked until the board is reset");
	return EXIT_DONE;
}

/* Does the file of a system ask for it? What else stands there was checked when its cells were made. */
static int lock_if_wanted(const char *file)
{
	struct messages m;
	struct buffer tree;
	bool read, wanted;

	messages_init(&m, file);
	read = tree_file_read(file, &tree, &m.source);
	messages_free(&m);
	if (!read)
		return EXIT_FAILED;
	wanted = tree.size >= sizeof(struct fdt_header) && !fdt_check_full(tree.bytes, tree.size) &&
		 fdt_getprop(tree.bytes, 0, "locked", NULL);
	free(tree.bytes);
	return wanted ? lock() : EXIT_DONE;
}

static int show(bool json)
{
	const bool locked = sysfs_number("hypervisor/locked");

	if (!require_enabled())
		return EXIT_FAILED;
	if (json) {
		json_open(NULL, '{');
		json_bool("locked", locked);
		json_close('}');
	} else {
		puts(locked ? "locked until the board is reset" : "not locked");
	}
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "show", no_argument, NULL, 's' }, { "json", no_argument, NULL, 'j' }, { 0 }
	};
	bool wants_show = false, json = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		wants_show |= option == 's';
		json |= option == 'j';
		if (option != 's' && option != 'j')
			return usage_error(&lock_verb);
	}
	if (argc - optind > (wants_show ? 0 : 1) || (json && !wants_show))
		return usage_error(&lock_verb);
	if (wants_show)
		return show(json);
	return optind < argc ? lock_if_wanted(argv[optind]) : lock();
}

const struct verb lock_verb = {
	.name = "lock",
	.arguments = "[SYSTEM | --show [--json]]",
	.summary = "keep everybody from changing cells until the board is reset",
	.help =
	"From then on nobody creates, loads, looks into or destroys a cell, or disables the hypervisor,\n"
	"root included. Cells run, stop and start as before, as far as nothing has to be loaded for it. A\n"
	"reboot resets the board, and so does kexec. A cell that is loadable has to be started first.\n\n"
	"  SYSTEM   only if this system file says 'locked'\n"
	"  --show   tell whether it is so, and change nothing\n"
	"  --json   for programs\n",
	.run = run,
};
