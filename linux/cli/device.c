// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way to the driver. Every refusal that can be foreseen is given with its remedy.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "manager.h"

int device_open(void)
{
	char path[PATH_MAX];
	const int device = open(system_path("/dev/partita", path), O_RDWR | O_CLOEXEC);

	if (device >= 0)
		return device;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		fail("the driver is not loaded (no %s); do so first: modprobe partita", path);
	else if (errno == EACCES || errno == EPERM)
		fail("%s: permission denied; run it as root", path);
	else
		fail("%s: %s", path, strerror(errno));
	return -1;
}

int device_call(int device, unsigned long request, void *argument)
{
	int result;

	do {
		result = ioctl(device, request, argument);
	} while (result < 0 && errno == EINTR);
	return result;
}

const char *error_words(int error)
{
#define WORDS(code, value, words)	case code: return words;
	switch (error) {
	PT_ERRORS(WORDS)
	default: return "an error that this command does not know";
	}
#undef WORDS
}

struct remedy {
	const char *verb;
	const char *state;
	const char *words;	/* %s: the cell */
	bool of_root;		/* for a Linux that makes cells */
};

/*
 * What to do when a cell's state does not allow a verb. Anything else needs no explanation but the
 * state.
 */
static const struct remedy remedies[] = {
	{"start", "created", "it has no image yet: partita cell load %s IMAGE", true},
	{"start", "shut down", "nothing was ever loaded into it: partita cell load %s IMAGE", true},
	{"start", "reset", "nothing was ever loaded into it: partita cell load %s IMAGE", true},
	{"start", "failed", "nothing was ever loaded into it: partita cell load %s IMAGE", true},
	{"start", "loadable", "its CPU is loading it", false},
	{"start", "running", "it runs already; see: partita cell stats %s", false},
	{"load", "running", "let it finish first: partita cell shutdown %s", true},
	{"load", "reset", "it is about to start again; end it first: partita cell stop %s", true},
	{"shut down", "created",
	 "only a running cell can shut down; partita cell destroy %s removes it", true},
	{"shut down", "loadable",
	 "only a running cell can shut down; partita cell destroy %s removes it", true},
	{"shut down", "reset",
	 "it has ended and may be about to start again; end it by force: partita cell stop %s", false},
	{"shut down", "failed", "it has stopped by a fault: partita cell stats %s", false},
	{"destroy", "running", "let it finish first: partita cell shutdown %s", true},
};

static int refused_by_state(const struct cell_view *cell, const char *verb)
{
	struct cell_view now;
	char words[160] = "";

	if (!read_cell(cell->id, &now))
		return fail("cannot %s cell '%s': it is gone", verb, cell->name);
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++)
		if (!strcmp(remedies[i].verb, verb) && !strcmp(remedies[i].state, now.state) &&
		    !(remedies[i].of_root && is_manager()))
			snprintf(words, sizeof(words), remedies[i].words, now.name);
	return fail("cannot %s cell '%s' while it is %s%s%s", verb, now.name,
		    strcmp(now.state, "none") ? now.state : "being destroyed", *words ? "; " : "",
		    words);
}

static int timed_out(const struct cell_view *cell, const char *verb)
{
	struct cell_view now;
	unsigned int cpu;

	if (strcmp(verb, "start") == 0 && read_cell(cell->id, &now) && !strcmp(now.state, "running"))
		return fail("cannot start cell '%s': its first CPU does not enter it; stop the cell "
			    "and see the kernel's log", cell->name);
	if (cell_busy_cpu(cell, &cpu))
		return fail("cannot %s cell '%s': CPU %u does not stop; repeat the command. A cell "
			    "with 'trusted-idle' can sleep so that only a reset of the board stops "
			    "it", verb, cell->name, cpu);
	return fail("cannot %s cell '%s': its CPUs took long to stop; repeat the command", verb,
		    cell->name);
}

int cell_refused(const struct cell_view *cell, const char *verb, int error)
{
	if (error == PT_ESTATE)
		return refused_by_state(cell, verb);
	if (error == PT_EPERM && is_manager())
		return no_right(verb, cell);
	if (error == PT_ENOCELL)
		return fail("cannot %s cell '%s': it is gone", verb, cell->name);
	if (error == PT_EBUSY)
		return fail("cannot %s cell '%s': another change is under way; try again", verb,
			    cell->name);
	if (error)
		return fail("cannot %s cell '%s': %s", verb, cell->name, error_words(error));
	if (errno == ENODEV || errno == ENXIO)
		return fail("cannot %s cell '%s': the hypervisor is not enabled; do so first: "
			    "partita enable",
			    verb, cell->name);
	if (errno == EBADMSG)
		return fail("cannot %s cell '%s': what the packed image has for it is damaged; pack "
			    "it anew and write it to the board again", verb, cell->name);
	if (errno == ETIMEDOUT)
		return timed_out(cell, verb);
	if (errno == ENOMEM && !strcmp(verb, "load"))
		return fail("cannot load cell '%s': Linux has no memory left for the copy that each "
			    "start of the cell is made from (MemAvailable in /proc/meminfo)",
			    cell->name);
	return fail("cannot %s cell '%s': %s", verb, cell->name, strerror(errno));
}

int cell_call(int device, unsigned long request, const struct cell_view *cell, const char *verb)
{
	struct pt_ioc_cell call = { .cell = cell->id };

	if (device_call(device, request, &call) == 0)
		return EXIT_DONE;
	return cell_refused(cell, verb, errno == EREMOTEIO ? call.error : 0);
}
