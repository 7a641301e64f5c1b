// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita console: what a cell, or the hypervisor, has written to its ring. Reading takes nothing
 * away and costs the writer nothing; a writer that is too fast loses its own oldest bytes. A cell
 * with a UART can be typed into as well (attach.c).
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>
#include <partita/error.h>
#include <partita/info.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "console.h"
#include "device.h"

#define LOOK_AGAIN_US	50000

static void write_out(struct reader *r, const char *bytes, size_t size)
{
	if (r->to_terminal)
		terminal_write(&r->terminal, bytes, size, stdout);
	else
		fwrite(bytes, 1, size, stdout);
}

/*
 * What was overwritten before we looked the first time is the rule for a ring, not a loss while
 * reading.
 */
static void say_lost(const struct reader *r, uint64_t lost)
{
	fflush(stdout);
	if (r->begun)
		fprintf(stderr,
			"partita: %llu bytes lost here: '%s' wrote faster than they could be "
			"read\n",
			(unsigned long long)lost, r->cell->name);
	else
		fprintf(stderr, "partita: %llu earlier bytes are no longer in the ring\n",
			(unsigned long long)lost);
}

/* One call: bytes got, or -1 with errno. */
static ssize_t read_some(struct reader *r)
{
	char bytes[PT_CONSOLE_SIZE];
	struct pt_ioc_console call = {
		.cell = r->cell->id,
		.cursor = r->cursor,
		.data = (uintptr_t)bytes,
		.size = sizeof(bytes),
	};

	if (device_call(r->device, PT_IOC_CONSOLE, &call) < 0)
		return -1;
	if (call.lost)
		say_lost(r, call.lost);
	write_out(r, bytes, call.size);
	r->begun = true;
	r->cursor = call.cursor;
	return (ssize_t)call.size;
}

/* A ring that wraps while it is read hands out more with each call: one ring's worth is enough. */
ssize_t read_ring(struct reader *r)
{
	ssize_t got = 1, all = 0;

	while (got > 0 && all < PT_CONSOLE_SIZE) {
		got = read_some(r);
		all += got > 0 ? got : 0;
	}
	return got < 0 ? -1 : all;
}

static int show(struct reader *r, bool follow)
{
	ssize_t got;
	int error;

	while ((got = read_ring(r)) >= 0 && follow && !ferror(stdout)) {
		if (fflush(stdout))
			break;
		if (!got)
			usleep(LOOK_AGAIN_US);
	}
	error = errno;
	if (r->to_terminal)
		terminal_end(&r->terminal, stdout);
	fflush(stdout);
	if (got >= 0)
		return EXIT_DONE;
	/* Whoever follows a cell to its end has seen it all. */
	if (follow && r->begun && (error == ENOENT || error == ENODEV)) {
		fprintf(stderr, "partita: '%s' is gone\n", r->cell->name);
		return EXIT_DONE;
	}
	if (error == EACCES)
		return fail("this Linux sees nothing of cell '%s': its own cell has no right over it "
			    "(may-start, may-stop or may-type in the system file)", r->cell->name);
	return fail("cannot read the console of '%s': %s", r->cell->name, strerror(error));
}

static bool choose(const char *name, struct cell_view *cell)
{
	if (name)
		return find_cell(name, cell);
	*cell = (struct cell_view){ .id = PT_ROOT_CELL, .name = "hypervisor" };
	return require_enabled();
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "follow", no_argument, NULL, 'f' }, { 0 } };
	struct cell_view cell;
	struct reader r = { .cell = &cell, .to_terminal = isatty(STDOUT_FILENO) };
	const bool interactive = r.to_terminal && isatty(STDIN_FILENO);
	bool follow = false;
	int option, result = EXIT_FAILED;

	while ((option = getopt_long(argc, argv, "f", options, NULL)) == 'f')
		follow = true;
	if (option != -1 || argc - optind > 1)
		return usage_error(&console_verb);
	r.device = device_open();
	if (r.device < 0)
		return EXIT_FAILED;
	if (choose(argv[optind], &cell))
		result = interactive && !follow && can_attach(&r) ? attach(&r) : show(&r, follow);
	close(r.device);
	return result;
}

const struct verb console_verb = {
	.name = "console",
	.arguments = "[-f] [CELL]",
	.summary = "show what a cell, or the hypervisor, has printed; type into a cell",
	.help =
	"Without CELL: the hypervisor's own messages. On a terminal, control characters are shown\n"
	"(^X, \\xNN) and not obeyed; into a file or pipe, bytes go as they are.\n\n"
	"A running cell with console = \"pl011\" or \"pl011@ADDRESS\" has the terminal as its own, and\n"
	"obeyed: what is typed goes to the cell, until Ctrl-] or the end of the cell; its own reset\n"
	"is none.\n\n"
	"  -f, --follow   only show, and go on with what is printed from now on, until interrupted\n",
	.run = run,
};
