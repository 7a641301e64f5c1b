// SPDX-License-Identifier: GPL-2.0-only
/*
 * Being the terminal of a cell with a UART. Keys go to the cell as they are, but for the one that
 * leaves, and what the cell writes is obeyed as any program's output is. The terminal is put back
 * on every way out that a process can take.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "console.h"
#include "device.h"
#include "manager.h"

#define ESCAPE		0x1d	/* Ctrl-], as with telnet and virsh */
#define ESCAPE_WORDS	"Ctrl-]"
#define LOOK_AGAIN_MS	20
#define TRY_AGAIN_MS	1	/* some bytes of a UART's time */
#define STALL_MS	500	/* a cell that takes nothing for so long does not read at all */

/* What was typed and not yet taken by the cell. */
struct input {
	char bytes[16384];
	size_t count;
	int64_t taken_ms;	/* when it last took some, or there was none to take */
};

/*
 * The terminal as it was, and as we have it; for the handlers, which do it all themselves: the
 * command may be in a write that waits for the terminal for ever.
 */
static struct termios cooked, raw;

/* In the background the terminal is another's, and touching it would stop us. */
static void set_terminal(const struct termios *mode)
{
	const pid_t foreground = tcgetpgrp(STDIN_FILENO);

	if (foreground < 0 || foreground == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, mode);
}

/* It comes as soon as the handler returns. */
static void on_end(int number)
{
	set_terminal(&cooked);
	signal(number, SIG_DFL);
	raise(number);
}

/* Stopped from outside: the shell gets its terminal as it was, and we ours when we go on. */
static void on_stop(int number)
{
	const int error = errno;

	(void)number;
	set_terminal(&cooked);
	raise(SIGSTOP);
	errno = error;
}

/* After a stop that nobody can catch, too. In the background this stops us until it is our turn. */
static void on_continue(int number)
{
	const int error = errno;

	(void)number;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	errno = error;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* One call: bytes taken, or -1 with the hypervisor's answer, or 0 for an errno, in @error. */
static ssize_t type(const struct reader *r, const char *bytes, size_t size, int *error)
{
	struct pt_ioc_console_write call = {
		.cell = r->cell->id,
		.data = (uintptr_t)bytes,
		.size = size,
	};

	*error = 0;
	if (device_call(r->device, PT_IOC_CONSOLE_WRITE, &call) == 0)
		return (ssize_t)call.size;
	*error = errno == EREMOTEIO ? call.error : 0;
	return -1;
}

bool can_attach(const struct reader *r)
{
	int error;

	if (type(r, NULL, 0, &error) == 0)
		return true;
	/* What it writes can be read nevertheless. */
	if (error == PT_EPERM)
		no_right("type into", r->cell);
	return false;
}

/* False where the cell does not run. */
static bool send_input(const struct reader *r, struct input *in)
{
	int error;
	const ssize_t taken = type(r, in->bytes, in->count, &error);

	if (taken < 0)
		return false;
	memmove(in->bytes, in->bytes + taken, in->count - (size_t)taken);
	in->count -= (size_t)taken;
	if (taken || !in->count)
		in->taken_ms = now_ms();
	return true;
}

/*
 * False when the user leaves. As long as the cell takes its time, keys wait in the terminal; when
 * it takes nothing at all they are refused with a bell, all but the one that leaves.
 */
static bool read_keys(struct input *in)
{
	const size_t room = sizeof(in->bytes) - in->count;
	char refused[256], *keys = room ? in->bytes + in->count : refused;
	const ssize_t got = read(STDIN_FILENO, keys, room ? room : sizeof(refused));
	const char *escape = got > 0 ? memchr(keys, ESCAPE, (size_t)got) : NULL;

	if (got < 0)
		return errno == EINTR || errno == EAGAIN;
	if (room)
		in->count += escape ? (size_t)(escape - keys) : (size_t)got;
	else if (!escape)
		putchar('\a');
	return got && !escape;
}

static bool wait_for_keys(const struct input *in)
{
	const bool stalled = now_ms() - in->taken_ms > STALL_MS;
	struct pollfd keys = {
		.fd = STDIN_FILENO,
		.events = in->count < sizeof(in->bytes) || stalled ? POLLIN : 0,
	};

	return poll(&keys, 1, in->count && !stalled ? TRY_AGAIN_MS : LOOK_AGAIN_MS) > 0;
}

/* One that has reset itself is like a machine that boots: it may be off for a moment. */
static bool starts_again(const struct reader *r)
{
	struct cell_view now;

	return read_cell(r->cell->id, &now) &&
	       (!strcmp(now.state, "reset") || !strcmp(now.state, "loadable") ||
		!strcmp(now.state, "running"));
}

/* True where the cell has ended. */
static bool converse(struct reader *r)
{
	struct input in = { .taken_ms = now_ms() };

	for (;;) {
		/* In this order: what a cell wrote before its end is read after it. */
		const bool runs = send_input(r, &in);

		if (read_ring(r) < 0)
			return true;
		if (fflush(stdout))
			break;
		if (!runs) {
			if (!starts_again(r))
				return true;
			/* What is typed to a machine that is off is lost. */
			in = (struct input){ .taken_ms = now_ms() };
		}
		if (wait_for_keys(&in) && !read_keys(&in))
			break;
	}
	send_input(r, &in);
	return false;
}

static void catch_signals(void)
{
	static const struct { int number; void (*handler)(int); } signals[] = {
		{ SIGINT, on_end }, { SIGTERM, on_end }, { SIGHUP, on_end }, { SIGQUIT, on_end },
		{ SIGTSTP, on_stop }, { SIGCONT, on_continue },
	};
	struct sigaction action, catch = { .sa_flags = SA_RESTART };

	signal(SIGPIPE, SIG_IGN);
	/* One at a time. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&catch.sa_mask, signals[i].number);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		catch.sa_handler = signals[i].handler;
		if (sigaction(signals[i].number, NULL, &action) == 0 &&
		    action.sa_handler != SIG_IGN)
			sigaction(signals[i].number, &catch, NULL);
	}
}

int attach(struct reader *r)
{
	struct cell_view cell = *r->cell;
	bool ended;

	if (tcgetattr(STDIN_FILENO, &cooked) < 0)
		return fail("the terminal cannot be set up: %s", strerror(errno));
	fprintf(stderr, "partita: this is cell '%s'; %s leaves\n", cell.name, ESCAPE_WORDS);
	raw = cooked;
	cfmakeraw(&raw);
	catch_signals();
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	r->to_terminal = false;
	ended = converse(r);
	signal(SIGCONT, SIG_DFL);
	tcsetattr(STDIN_FILENO, TCSANOW, &cooked);
	if (!ended)
		fprintf(stderr, "\npartita: left cell '%s'\n", cell.name);
	else if (read_cell(r->cell->id, &cell))
		fprintf(stderr, "\npartita: cell '%s' is %s\n", cell.name, cell.state);
	else
		fprintf(stderr, "\npartita: '%s' is gone\n", cell.name);
	return EXIT_DONE;
}
