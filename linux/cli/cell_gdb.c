// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell gdb: be the server that gdb connects to, for one debugger and one cell. On every way out that a process can
 * take, the cell goes on; but for SIGKILL without the breakpoints that were in its memory.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "file.h"
#include "gdb_server.h"
#include "manager.h"

#define DEFAULT_PORT	"1234"
#define LOOK_AGAIN_MS	50	/* the driver wakes us; this is for what it does not know */

static volatile sig_atomic_t ended;

static void on_end(int number)
{
	(void)number;
	ended = 1;
}

static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = on_end };

	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static bool send_frame(int out, const struct gdb_server *s)
{
	char frame[GDB_FRAME_MAX];

	return fd_write(out, frame, gdb_frame(s->reply, s->reply_size, frame));
}

/* False where the stream has ended. */
static bool receive(struct gdb_server *s, struct gdb_input *in, int from, int to)
{
	char bytes[4096];
	const ssize_t got = read(from, bytes, sizeof(bytes));

	if (got <= 0)
		return got < 0 && errno == EINTR;
	for (ssize_t i = 0; i < got && !s->over; i++) {
		bool answers = false, acknowledges = !s->silent;

		switch (gdb_input(in, bytes[i])) {
		case GDB_PACKET:
			if (acknowledges && !fd_write(to, "+", 1))
				return false;
			answers = gdb_server_packet(s, in->payload, in->size);
			break;
		case GDB_BROKEN:
			if (acknowledges && !fd_write(to, "-", 1))
				return false;
			break;
		case GDB_INTERRUPT:
			answers = gdb_server_interrupt(s);
			break;
		default:
			break;
		}
		if (answers && !send_frame(to, s))
			return false;
	}
	return true;
}

/* An event of any cell; it is consumed, so that the next poll waits again. */
static void take_event(int device, short events)
{
	struct pt_event event;

	if ((events & POLLIN) && read(device, &event, sizeof(event)) < 0)
		usleep(LOOK_AGAIN_MS * 1000);
}

static void serve(struct gdb_server *s, int from, int to)
{
	struct gdb_input *in = calloc(1, sizeof(*in));

	while (in && !s->over && !ended) {
		struct pollfd p[] = {
			{ .fd = from, .events = POLLIN },
			{ .fd = s->target.device, .events = POLLIN },
		};

		if (poll(p, 2, s->runs ? LOOK_AGAIN_MS : -1) < 0 && errno != EINTR)
			break;
		if (p[0].revents && !receive(s, in, from, to))
			break;
		take_event(s->target.device, p[1].revents);
		if (gdb_server_look(s) && !send_frame(to, s))
			break;
	}
	free(in);
}

static int refused(const struct cell_view *cell, int error)
{
	if (error == PT_EPERM)
		return fail("cell '%s' may not be debugged: put 'debug;' into its node of the system file and create "
			    "it anew", cell->name);
	if (error == EBUSY)
		return fail("cell '%s' is being debugged already", cell->name);
	if (error == PT_ESTATE)
		return fail("cell '%s' is %s, not running; what is left of one that has ended: partita cell dump %s",
			    cell->name, cell->state, cell->name);
	if (error == ETIMEDOUT)
		return fail("cell '%s' does not halt: a CPU of it sleeps with all interrupts masked, as it may with "
			    "'trusted-idle'", cell->name);
	errno = error > 0 ? error : EREMOTEIO;
	return cell_refused(cell, "debug", error < 0 ? error : 0);
}

static int debug(struct gdb_server *s, const struct cell_view *cell, int from, int to)
{
	struct cell_view now;
	const int problem = gdb_server_begin(s);

	if (problem)
		return refused(cell, problem);
	serve(s, from, to);
	if (!s->over && s->runs)
		gdb_target_halt(&s->target);
	if (!s->over)
		gdb_target_detach(&s->target);
	if (!read_cell(cell->id, &now) || strcmp(now.state, "running") != 0 || now.starts != cell->starts)
		return fail("cell '%s' has ended (%s)", cell->name, now.state);
	return EXIT_DONE;
}

/* "PORT" or "ADDRESS:PORT", in digits; without an address, for this machine only. */
static bool parse_address(const char *text, struct sockaddr_in *address)
{
	const char *colon = strrchr(text, ':');
	char host[INET_ADDRSTRLEN] = "127.0.0.1", *end;
	const char *port = colon ? colon + 1 : text;
	unsigned long value;

	if (colon && colon != text) {
		if ((size_t)(colon - text) >= sizeof(host))
			return false;
		memcpy(host, text, (size_t)(colon - text));
		host[colon - text] = '\0';
	}
	if (!strcmp(host, "localhost"))
		strcpy(host, "127.0.0.1");
	value = strtoul(port, &end, 10);
	if (*port < '0' || *port > '9' || *end || value > 65535)
		return false;
	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)value) };
	return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

/* The connection of the first debugger that comes; -1 after saying why not. */
static int await_debugger(const struct sockaddr_in *address)
{
	const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
	struct sockaddr_in bound = *address;
	socklen_t size = sizeof(bound);
	char host[INET_ADDRSTRLEN];
	int connection = -1;

	if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
	    bind(listener, (const struct sockaddr *)address, sizeof(*address)) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&bound, &size) < 0) {
		fail("cannot listen: %s", strerror(errno));
	} else {
		inet_ntop(AF_INET, &bound.sin_addr, host, sizeof(host));
		fprintf(stderr, "partita: waiting for a debugger: target remote %s:%u\n", host,
			ntohs(bound.sin_port));
		connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (connection < 0 && !ended)
			fail("no debugger: %s", strerror(errno));
	}
	if (listener >= 0)
		close(listener);
	if (connection >= 0)
		setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	return connection;
}

static int debug_by_socket(struct gdb_server *s, const struct cell_view *cell, const struct sockaddr_in *address)
{
	const int connection = await_debugger(address);
	int result;

	if (connection < 0)
		return EXIT_FAILED;
	result = debug(s, cell, connection, connection);
	close(connection);
	return result;
}

static int debug_by_name(const char *name, const struct sockaddr_in *address)
{
	struct gdb_server *s = calloc(1, sizeof(*s));
	struct cell_view cell;
	int result = EXIT_FAILED;

	if (!s)
		return fail("out of memory");
	s->target.device = device_open();
	if (s->target.device >= 0 && find_cell(name, &cell)) {
		s->target.cell = cell.id;
		s->target.starts = cell.starts;
		catch_signals();
		result = address ? debug_by_socket(s, &cell, address)
				 : debug(s, &cell, STDIN_FILENO, STDOUT_FILENO);
	}
	if (s->target.device >= 0)
		close(s->target.device);
	free(s);
	return result;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "stdio", no_argument, NULL, 's' },
		{ 0 },
	};
	const char *where = NULL;
	struct sockaddr_in address;
	bool stdio = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'l')
			where = optarg;
		else if (option == 's')
			stdio = true;
		else
			return usage_error(&cell_gdb_verb);
	}
	if (optind != argc - 1 || (where && stdio))
		return usage_error(&cell_gdb_verb);
	if (!parse_address(where ? where : DEFAULT_PORT, &address)) {
		fail("'%s' is not where to listen; write PORT or ADDRESS:PORT, in digits", where);
		return EXIT_USAGE;
	}
	if (!require_root("cell gdb", "Cell %s is not for this one to debug.", argv[optind]))
		return EXIT_FAILED;
	return debug_by_name(argv[optind], stdio ? NULL : &address);
}

const struct verb cell_gdb_verb = {
	.group = "cell",
	.name = "gdb",
	.arguments = "CELL [--listen [ADDRESS:]PORT | --stdio]",
	.summary = "serve gdb, to debug a running cell",
	.help =
	"The cell's node of the system file says 'debug;'. As soon as a debugger connects, all CPUs\n"
	"of the cell halt; other cells notice nothing. When the debugger goes away the cell goes on.\n\n"
	"  gdb-multiarch loop.elf -ex 'target remote | partita cell gdb loop --stdio'\n\n"
	"Whoever can connect can do everything with the cell. One debugger is served, then the\n"
	"command ends.\n\n"
	"  --listen [ADDRESS:]PORT   wait there for a debugger; 127.0.0.1:1234 where neither is said\n"
	"  --stdio                   speak through standard input and output\n",
	.run = run,
};
