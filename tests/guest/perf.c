// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a profiler needs of Linux: on each CPU in turn, the performance monitor counts cycles, and every so many of them its
 * interrupt takes a sample of where the CPU is.
 *
 *	perf	prints "cpu N counted CYCLES sampled TIMES" for each CPU; exit 1 where one of the two is nothing
 */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PERIOD		1000000		/* cycles between two samples */
#define WANTED		20		/* samples */
#define PATIENCE_S	20
#define PAGES		8		/* of samples */

static int bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

/* The samples of a fresh buffer: only what the interrupt's handler wrote. */
static unsigned int samples_in(const struct perf_event_mmap_page *buffer)
{
	const char *data = (const char *)buffer + getpagesize();
	uint64_t end = __atomic_load_n(&buffer->data_head, __ATOMIC_ACQUIRE), at = 0;
	unsigned int samples = 0;

	while (at + sizeof(struct perf_event_header) <= end) {
		struct perf_event_header header;

		memcpy(&header, data + at, sizeof(header));
		if (!header.size)
			break;
		samples += header.type == PERF_RECORD_SAMPLE;
		at += header.size;
	}
	return samples;
}

static int measure(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(attr), .config = PERF_COUNT_HW_CPU_CYCLES,
		.sample_period = PERIOD, .sample_type = PERF_SAMPLE_IP, .disabled = 1,
	};
	const struct perf_event_mmap_page *buffer;
	const time_t end = time(NULL) + PATIENCE_S;
	uint64_t cycles = 0;
	unsigned int samples;
	int event;

	event = (int)syscall(SYS_perf_event_open, &attr, 0, cpu, -1, 0);
	if (event < 0) {
		perror("perf_event_open");
		return 1;
	}
	buffer = mmap(NULL, (size_t)((1 + PAGES) * getpagesize()), PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
	if (buffer == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
	do
		for (volatile int i = 0; i < 1000000; i++)
			;
	while (samples_in(buffer) < WANTED && time(NULL) < end);
	ioctl(event, PERF_EVENT_IOC_DISABLE, 0);
	if (read(event, &cycles, sizeof(cycles)) != sizeof(cycles))
		perror("read");
	samples = samples_in(buffer);
	printf("cpu %d counted %llu sampled %u\n", cpu, (unsigned long long)cycles, samples);
	munmap((void *)buffer, (size_t)((1 + PAGES) * getpagesize()));
	close(event);
	/* Each sample stands for a period, which the counter must have seen. */
	return samples < WANTED || cycles < (uint64_t)(WANTED - 1) * PERIOD;
}

int main(void)
{
	int failed = 0;

	for (int cpu = 0; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++)
		if (!bind_to(cpu))
			failed |= measure(cpu);
	return failed;
}
