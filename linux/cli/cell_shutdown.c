// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell shutdown: ask a cell to finish, and tell what it did about it. Never forces
 * anything.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "progress.h"

#define DEFAULT_TIMEOUT_S	5
#define LONGEST_TIMEOUT_S	86400
#define LOOK_AGAIN_MS		50	/* the cell's answer comes without an event */

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until an event or a moment passes. An event is consumed, so that the next poll waits again. */
static void wait_a_moment(int device)
{
	struct pollfd p = { .fd = device, .events = POLLIN };
	struct pt_event event;

	if (poll(&p, 1, LOOK_AGAIN_MS) > 0 && (p.revents & POLLIN) &&
	    read(device, &event, sizeof(event)) == (ssize_t)sizeof(event))
		return;
	if (p.revents & (POLLERR | POLLHUP | POLLNVAL))
		usleep(LOOK_AGAIN_MS * 1000);
}

/* Not over yet is also one that has asked for a reset: with what was loaded it goes on. */
static bool still_runs(const struct cell_view *asked, struct cell_view *now)
{
	return read_cell(asked->id, now) && now->starts == asked->starts &&
	       (!strcmp(now->state, "running") || !strcmp(now->state, "reset"));
}

static int say_end(const struct cell_view *asked, const struct cell_view *now)
{
	char kind[96] = "a fault";

	if (!strcmp(now->state, "shut down")) {
		printf("%s: has shut down\n", asked->name);
		return EXIT_DONE;
	}
	if (now->starts != asked->starts)
		return fail("cell '%s' has not shut down but started again by a reset; end it by "
			    "force: partita cell stop %s", asked->name, asked->name);
	if (!strcmp(now->state, "failed")) {
		fault_value(now, "kind", kind, sizeof(kind));
		return fail("cell '%s' failed while shutting down (%s); partita cell stats %s "
			    "tells more",
			    asked->name, kind, asked->name);
	}
	return fail("cell '%s' was destroyed meanwhile", asked->name);
}

static int say_timeout(const struct cell_view *now, unsigned long seconds)
{
	const char *what = "did not answer";

	if (!strcmp(now->state, "reset")) {
		printf("%s: has ended, and asks in vain to be started again\n", now->name);
		return EXIT_DONE;
	}
	if (!strcmp(now->answer, "yes"))
		what = "agreed to shut down but has not finished";
	else if (!strcmp(now->answer, "no"))
		what = "refuses to shut down";
	else if (!strcmp(now->answer, "invalid"))
		what = "gave an answer that means nothing";
	return fail("cell '%s' %s within %lu s and runs on; wait longer with --timeout, "
		    "or end it by force: partita cell stop %s",
		    now->name, what, seconds, now->name);
}

static int wait_for_end(int device, const struct cell_view *cell, unsigned long seconds)
{
	const int64_t end = now_ms() + (int64_t)seconds * 1000;
	struct cell_view now;
	bool runs;

	progress_begin("waiting for the cell to shut down");
	while ((runs = still_runs(cell, &now)) && now_ms() < end)
		wait_a_moment(device);
	progress_end();
	return runs ? say_timeout(&now, seconds) : say_end(cell, &now);
}

static int ask(const char *name, unsigned long seconds)
{
	struct cell_view cell;
	int device = device_open();
	int result = EXIT_FAILED;

	if (device < 0)
		return EXIT_FAILED;
	if (find_cell(name, &cell)) {
		if (!strcmp(cell.state, "shut down")) {
			printf("%s: is shut down already\n", cell.name);
			result = EXIT_DONE;
		} else if (cell_call(device, PT_IOC_CELL_SHUTDOWN, &cell, "shut down") ==
			   EXIT_DONE) {
			result = wait_for_end(device, &cell, seconds);
		}
	}
	close(device);
	return result;
}

static bool parse_timeout(const char *text, unsigned long *seconds)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*seconds = strtoul(text, &end, 10);
	return (!*end || !strcmp(end, "s")) && *seconds <= LONGEST_TIMEOUT_S;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {{"timeout", required_argument, NULL, 't'}, {0}};
	unsigned long seconds = DEFAULT_TIMEOUT_S;
	int option;

	while ((option = getopt_long(argc, argv, "t:", options, NULL)) == 't') {
		if (parse_timeout(optarg, &seconds))
			continue;
		fail("'%s' is not a timeout: seconds, at most %d", optarg, LONGEST_TIMEOUT_S);
		return EXIT_USAGE;
	}
	if (option != -1 || optind != argc - 1)
		return usage_error(&cell_shutdown_verb);
	return ask(argv[optind], seconds);
}

const struct verb cell_shutdown_verb = {
	.group = "cell",
	.name = "shutdown",
	.arguments = "CELL [--timeout SECONDS]",
	.summary = "ask a cell to finish, and wait for it",
	.help =
	"The cell may agree, refuse or not answer; you are told which. Nothing is forced:\n"
	"`partita cell stop` does that.\n\n"
	"  -t, --timeout SECONDS   wait so long, instead of 5\n",
	.run = run,
};
