// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs ask of a Linux kernel, timed by the generic timer's counter, which user space can read: on the bench's
 * board a tick is an instruction, of the kernel's too. The same binary runs under a Linux that has the board and
 * under one in a cell. Prints lines as the benchmark cell does (../image.py), all at the end: printing is part of no figure.
 *
 *	programs stamp METRIC			the counter, now
 *	programs run				getpid, pipe, switch and fork
 *	programs time METRIC ROUNDS COMMAND…	from before the fork to after the end
 *	programs nothing			ends: what is started and waited for
 */
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct samples {
	uint64_t min, sum, max, count;
};

static uint64_t now(void)
{
	uint64_t ticks;

	/* Not before what comes earlier in the program has been done. */
	asm volatile("isb; mrs %0, cntvct_el0" : "=r" (ticks) :: "memory");
	return ticks;
}

static void add(struct samples *s, uint64_t ticks)
{
	if (!s->count || ticks < s->min)
		s->min = ticks;
	if (ticks > s->max)
		s->max = ticks;
	s->sum += ticks;
	s->count++;
}

static void print(const char *metric, const struct samples *s)
{
	printf("result %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", metric, s->min, s->sum, s->max, s->count);
}

static long must(long result, const char *what)
{
	if (result < 0) {
		printf("failed: ");
		fflush(stdout);
		perror(what);
		exit(1);
	}
	return result;
}

static void getpids(struct samples *s, unsigned int rounds)
{
	while (rounds--) {
		const uint64_t start = now();

		syscall(SYS_getpid);
		add(s, now() - start);
	}
}

/* A byte goes to another process and comes back: two wake-ups, two switches, four system calls. */
static void pipes(struct samples *s, unsigned int rounds)
{
	int to[2], from[2];
	char byte = 0;
	pid_t child;

	must(pipe(to), "pipe");
	must(pipe(from), "pipe");
	child = (pid_t)must(fork(), "fork");
	if (!child) {
		close(to[1]);
		while (read(to[0], &byte, 1) == 1)
			must(write(from[1], &byte, 1), "write");
		_exit(0);
	}
	close(to[0]);
	while (rounds--) {
		const uint64_t start = now();

		must(write(to[1], &byte, 1), "write");
		must(read(from[0], &byte, 1), "read");
		add(s, now() - start);
	}
	close(to[1]);
	must(waitpid(child, NULL, 0), "waitpid");
}

/* The CPU goes to another process that wants it, and comes back: in real time, where to yield means just that. */
static void switches(struct samples *s, unsigned int rounds)
{
	const struct sched_param real_time = { .sched_priority = 1 }, ordinary = { 0 };
	volatile int *turn = mmap(NULL, sizeof(*turn), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	if (turn == MAP_FAILED)
		must(-1, "mmap");
	must(sched_setscheduler(0, SCHED_FIFO, &real_time), "sched_setscheduler");
	child = (pid_t)must(fork(), "fork");
	if (!child) {
		while (*turn >= 0) {
			*turn = 0;
			sched_yield();
		}
		_exit(0);
	}
	while (rounds--) {
		const uint64_t start = now();

		*turn = 1;
		while (*turn)
			sched_yield();
		add(s, now() - start);
	}
	*turn = -1;
	must(waitpid(child, NULL, 0), "waitpid");
	must(sched_setscheduler(0, SCHED_OTHER, &ordinary), "sched_setscheduler");
}

static void execute(struct samples *s, unsigned int rounds, char *const command[])
{
	while (rounds--) {
		const uint64_t start = now();
		pid_t child = (pid_t)must(fork(), "fork");
		int status;

		if (!child) {
			execv(command[0], command);
			_exit(127);
		}
		must(waitpid(child, &status, 0), "waitpid");
		add(s, now() - start);
		if (status) {
			printf("failed: %s, status %#x\n", command[0], (unsigned int)status);
			exit(1);
		}
	}
}

static int run(char *self)
{
	char *const nothing[] = { self, "nothing", NULL };
	struct samples getpid = { 0 }, pipe = { 0 }, yield = { 0 }, fork = { 0 };

	getpids(&getpid, 20000);
	pipes(&pipe, 2000);
	switches(&yield, 2000);
	execute(&fork, 200, nothing);
	print("linux-getpid", &getpid);
	print("linux-pipe", &pipe);
	print("linux-switch", &yield);
	print("linux-fork", &fork);
	return 0;
}

int main(int argc, char **argv)
{
	const uint64_t start = now();

	if (argc == 3 && !strcmp(argv[1], "stamp")) {
		printf("result %s %" PRIu64 " %" PRIu64 " %" PRIu64 " 1\n", argv[2], start, start, start);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc == 2 && !strcmp(argv[1], "run"))
		return run(argv[0]);
	if (argc > 4 && !strcmp(argv[1], "time")) {
		struct samples s = { 0 };

		execute(&s, (unsigned int)strtoul(argv[3], NULL, 0), argv + 4);
		print(argv[2], &s);
		return 0;
	}
	fprintf(stderr, "usage: programs stamp METRIC | run | time METRIC ROUNDS COMMAND [ARGUMENT]... | nothing\n");
	return 2;
}
