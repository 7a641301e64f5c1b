// SPDX-License-Identifier: GPL-2.0-only
/*
 * A workload whose result is known: one process per CPU computes, touches fresh memory,
 * switches contexts through pipes and does floating point, round after round. Every
 * round of every process must give the same digest; anything that Partita changes under
 * Linux (memory, registers, FP state) shows as a wrong one.
 *
 *	work ROUNDS [PROCESSES]     prints "DIGEST"; ROUNDS 0 means until SIGTERM
 *
 * Exit 0 and the digest if all agreed, 1 otherwise.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_BYTES	(4u << 20)
#define PIPE_TRIPS	50

static volatile sig_atomic_t stop;

static pid_t leader;

/* Whoever ends the first process ends them all, each after the round that it is in. */
static void on_term(int signal)
{
	if (!stop && getpid() == leader) {
		stop = 1;
		kill(0, signal);
	}
	stop = 1;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash ^= value + 0x9e3779b97f4a7c15ull + (hash << 6) + (hash >> 2);
	return hash * 0xff51afd7ed558ccdull;
}

static uint64_t memory_digest(uint64_t hash)
{
	uint64_t *words = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (words == MAP_FAILED)
		exit(1);
	for (size_t i = 0; i < MEMORY_BYTES / sizeof(*words); i++) {
		/* Fresh anonymous memory is zero, or someone else's page came in. */
		hash += words[i];
		words[i] = i * 0x2545f4914f6cdd1dull;
	}
	for (size_t i = 0; i < MEMORY_BYTES / sizeof(*words); i += 7)
		hash = mix(hash, words[i]);
	munmap(words, MEMORY_BYTES);
	return hash;
}

static uint64_t float_digest(uint64_t hash)
{
	double sum = 1.0;
	uint64_t bits;

	for (int i = 1; i < 20000; i++)
		sum = sum * 1.0000001 + 1.0 / i;
	memcpy(&bits, &sum, sizeof(bits));
	return mix(hash, bits);
}

/* A child echoes back what it gets: two context switches and two wake-ups a trip. */
static uint64_t pipe_digest(uint64_t hash)
{
	int to[2], from[2];
	uint64_t value;
	pid_t child;

	if (pipe(to) || pipe(from))
		exit(1);
	child = fork();
	if (child < 0)
		exit(1);
	if (!child) {
		close(to[1]);
		while (read(to[0], &value, sizeof(value)) == sizeof(value)) {
			value = mix(value, 1);
			if (write(from[1], &value, sizeof(value)) != sizeof(value))
				_exit(1);
		}
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	for (int i = 0; i < PIPE_TRIPS; i++) {
		value = hash;
		if (write(to[1], &value, sizeof(value)) != sizeof(value) ||
		    read(from[0], &value, sizeof(value)) != sizeof(value))
			exit(1);
		hash = mix(hash, value);
	}
	close(to[1]);
	close(from[0]);
	waitpid(child, NULL, 0);
	return hash;
}

static uint64_t round_digest(void)
{
	return pipe_digest(float_digest(memory_digest(42)));
}

static int work(unsigned long rounds, int report)
{
	uint64_t first = round_digest();
	unsigned long done = 1;

	while (!stop && (rounds == 0 || done < rounds)) {
		uint64_t again = round_digest();

		done++;
		if (again != first) {
			printf("round %lu gave %016llx instead of %016llx\n", done,
			       (unsigned long long)again, (unsigned long long)first);
			return 1;
		}
	}
	if (write(report, &first, sizeof(first)) != sizeof(first))
		return 1;
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	long processes = argc > 2 ? atol(argv[2]) : sysconf(_SC_NPROCESSORS_ONLN);
	struct sigaction action = { .sa_handler = on_term, .sa_flags = SA_RESTART };
	uint64_t digest, first = 0;
	int report[2], failed = 0;

	leader = getpid();
	if (setpgid(0, 0) && getpgrp() != leader)
		return 1;
	sigaction(SIGTERM, &action, NULL);
	if (pipe(report))
		return 1;
	for (long i = 0; i < processes; i++)
		if (fork() == 0)
			exit(work(rounds, report[1]));
	close(report[1]);
	for (long i = 0; i < processes; i++) {
		if (read(report[0], &digest, sizeof(digest)) != sizeof(digest)) {
			failed = 1;
			break;
		}
		if (i == 0)
			first = digest;
		failed |= digest != first;
	}
	for (int status; wait(&status) > 0;)
		failed |= status;
	if (failed) {
		printf("wrong results\n");
		return 1;
	}
	printf("%016llx\n", (unsigned long long)first);
	return 0;
}
