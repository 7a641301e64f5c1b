// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stamps of the generic timer's counter around what the root asks of Partita, for the benchmarks: on their board a tick
 * is an instruction, of whichever CPU. Between the two stamps this program executes nothing that could be left out.
 *
 *	stamp until SECONDS		sleeps until so long after the boot
 *	stamp run COMMAND [ARGUMENT]...	prints "stamp ticks N": from before the fork to the end of the wait
 *	stamp start ID			says "stamp holds", waits for a line of input, starts a cell, and says
 *					"stamp end STATE" when it has ended
 *	stamp asleep ID [SECONDS]	starts a cell and puts all of Linux to sleep (suspend to idle) for so long;
 *					prints "stamp ticks N", when it started
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <partita.h>

static uint64_t now(void)
{
	uint64_t ticks;

	/* Not before what comes earlier in the program has been done. */
	asm volatile("isb; mrs %0, cntvct_el0" : "=r" (ticks) :: "memory");
	return ticks;
}

static int must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static int until(const char *seconds)
{
	struct timespec when = { .tv_sec = strtol(seconds, NULL, 0) };

	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) ? 1 : 0;
}

static int run(char **argv)
{
	uint64_t before, after;
	int status;
	pid_t child;

	before = now();
	/* The child never returns here, so that it needs no copy of this process. */
	child = must(vfork(), "vfork");
	if (child == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	must(waitpid(child, &status, 0), "waitpid");
	after = now();
	printf("stamp ticks %llu\n", (unsigned long long)(after - before));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The rest of a cell's life, asleep: what Linux executes meanwhile would be counted as the cell's. */
static void await_end(const char *id)
{
	char path[64], state[32];
	struct pollfd change = { .events = POLLPRI };
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/class/misc/partita/cells/%s/state", id);
	change.fd = must(open(path, O_RDONLY), path);
	for (;;) {
		length = must((int)pread(change.fd, state, sizeof(state) - 1, 0), path);
		state[length] = '\0';
		if (strcmp(state, "running\n") != 0)
			break;
		must(poll(&change, 1, -1), "poll");
	}
	/* A cell is over before its CPUs have come to rest: a few turns for them. */
	for (int turns = 0; turns < 1000; turns++)
		asm volatile("yield");
	printf("stamp end %s", state);
}

static void put(const char *path, const char *text)
{
	int file = must(open(path, O_WRONLY), path);

	must((int)write(file, text, strlen(text)), path);
	close(file);
}

#define ALARM		"/sys/class/rtc/rtc0/wakealarm"
#define LONG_ENOUGH	"3"	/* seconds, for a bare-metal cell that measures */

static int open_device(void)
{
	return must(open("/dev/partita", O_RDWR), "/dev/partita");
}

static void start_cell(int device, const char *id)
{
	struct pt_ioc_cell call = { .cell = (uint32_t)strtoul(id, NULL, 0) };

	must(ioctl(device, PT_IOC_CELL_START, &call), "PT_IOC_CELL_START");
}

/* Until the alarm nothing of Linux runs, not even its clocks. */
static int asleep(const char *id, const char *seconds)
{
	const int device = open_device();
	uint64_t start;
	char alarm[16];

	snprintf(alarm, sizeof(alarm), "+%s", seconds);
	put(ALARM, "0");
	put(ALARM, alarm);
	start = now();
	start_cell(device, id);
	put("/sys/power/state", "freeze");
	printf("stamp ticks %llu\n", (unsigned long long)start);
	return 0;
}

/* Whoever watches from outside starts to look between the two. */
static void hold(void)
{
	puts("stamp holds");
	fflush(stdout);
	while (getchar() != '\n')
		;
}

static int start(const char *id)
{
	const int device = open_device();

	hold();
	start_cell(device, id);
	/*
	 * Where one thread emulates all CPUs by turns, a CPU that was told to start may not have had its turn yet: it gets one
	 * at once, before all that Linux does in the rest of its own.
	 */
	asm volatile("yield");
	await_end(id);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "start"))
		return start(argv[2]);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "asleep"))
		return asleep(argv[2], argc == 4 ? argv[3] : LONG_ENOUGH);
	if (argc == 3 && !strcmp(argv[1], "until"))
		return until(argv[2]);
	fprintf(stderr, "usage: stamp until SECONDS | stamp run COMMAND [ARGUMENT]... | "
		"stamp start ID | stamp asleep ID [SECONDS]\n");
	return 2;
}
