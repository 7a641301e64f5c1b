// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctl_race SECONDS CELL: all calls of /dev/partita from many threads at once, with random
 * arguments that other threads change while they are read; but for disabling, and for CELL, which
 * somebody watches. Prints how many were made. Nothing but refusals and harmless answers may come of
 * it; whether that is so, others see.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <partita.h>
#include <partita/blob.h>

#define THREADS 8

static const unsigned long requests[] = {
	PT_IOC_ENABLE, PT_IOC_MEM_ALLOC, PT_IOC_MEM_SURVEY, PT_IOC_CELL_CREATE, PT_IOC_CELL_LOAD,
	PT_IOC_CELL_START, PT_IOC_CELL_SHUTDOWN, PT_IOC_CELL_STOP, PT_IOC_CELL_DESTROY, PT_IOC_CONSOLE,
	PT_IOC_CONSOLE_WRITE, _IOWR('p', 0xff, char[64]),
};

static time_t end;
static uint32_t watched;
static uint64_t calls;
/* What all threads point their calls at, and write to. */
static union {
	struct pt_cell blob;
	uint64_t words[PT_BLOB_MAX / 8];
} shared;

static uint64_t random_of(uint64_t *state)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return *state >> 20;
}

static uint32_t some_cell(uint64_t *state)
{
	const uint32_t cell = random_of(state) % 4 ? random_of(state) % 5 : (uint32_t)random_of(state);

	return cell == watched ? 0 : cell;
}

static void one_call(int file, uint64_t *state)
{
	const unsigned long request = requests[random_of(state) % (sizeof(requests) / sizeof(requests[0]))];
	union {
		struct pt_ioc_enable enable;
		struct pt_ioc_memory memory;
		struct pt_ioc_memory_survey survey;
		struct pt_ioc_cell_create create;
		struct pt_ioc_cell_load load;
		struct pt_ioc_cell cell;
		struct pt_ioc_console console;
		struct pt_ioc_console_write write;
		uint64_t words[16];
	} call;

	for (unsigned int i = 0; i < 16; i++)
		call.words[i] = random_of(state) % 3 ? random_of(state) % 8192 : random_of(state) << 20;
	switch (request) {
	case PT_IOC_MEM_ALLOC:
		memset(&call, 0, sizeof(call));
		call.memory.size = random_of(state) % 16 << 12;
		break;
	case PT_IOC_MEM_SURVEY:
		call.survey.blocks = (uintptr_t)&shared;
		break;
	case PT_IOC_CELL_CREATE:
		call.create.blob = (uintptr_t)&shared;
		call.create.size = random_of(state) % 2 ? sizeof(struct pt_cell) + 64 : random_of(state) % 5000;
		break;
	case PT_IOC_CELL_LOAD:
		call.load.cell = some_cell(state);
		call.load.data = (uintptr_t)&shared;
		break;
	case PT_IOC_CONSOLE:
		call.console.data = (uintptr_t)malloc(8192);
		call.console.size = random_of(state) % 8192;
		break;
	default:
		call.cell.cell = some_cell(state);
	}
	ioctl(file, request, &call);
	if (request == PT_IOC_CONSOLE)
		free((void *)(uintptr_t)call.console.data);
	__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
}

static void *race(void *number)
{
	uint64_t state = (uintptr_t)number;
	volatile uint64_t *words = shared.words;
	int file = open("/dev/partita", O_RDWR);

	while (time(NULL) < end) {
		one_call(file, &state);
		words[random_of(&state) % (sizeof(shared) / 8)] ^= random_of(&state);
		shared.blob.header.magic = PT_CELL_MAGIC;
		shared.blob.header.version = PT_ABI_VERSION;
		if (random_of(&state) % 64)
			continue;
		close(file);
		file = open("/dev/partita", O_RDWR);
	}
	close(file);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];

	if (argc != 3)
		return 2;
	end = time(NULL) + atoi(argv[1]);
	watched = (uint32_t)atoi(argv[2]);
	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, race, (void *)(i + 1)))
			return 1;
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%llu attempts\n", (unsigned long long)calls);
	return 0;
}
