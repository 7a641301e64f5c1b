// SPDX-License-Identifier: GPL-2.0-only
/*
 * Look where Linux has nothing that it cannot move, let the driver make it leave the best place, and look again if
 * something was in the way all the same. Every attempt that fails excludes a block, so that this ends.
 */
#include <errno.h>
#include <stdio.h>
#include "cli.h"
#include "device.h"
#include "progress.h"
#include "vacate.h"

static bool survey(int device, struct linux_memory *m)
{
	for (uint32_t i = 0; i < m->count; i++) {
		struct pt_ioc_memory_survey call = {
			.address = m->stretches[i].start,
			.count = m->stretches[i].count,
			.blocks = (uintptr_t)m->stretches[i].blocks,
		};

		if (device_call(device, PT_IOC_MEM_SURVEY, &call) < 0)
			return false;
	}
	return true;
}

bool signal_pending(const sigset_t *signals)
{
	sigset_t pending;

	sigpending(&pending);
	sigandset(&pending, &pending, signals);
	return !sigisemptyset(&pending);
}

/* All the steps at one place. */
static bool take(int device, struct pt_ioc_memory *memory, const sigset_t *interrupts)
{
	char done[32], all[32];

	while (!signal_pending(interrupts)) {
		if (device_call(device, PT_IOC_MEM_ALLOC, memory) == 0)
			return true;
		if (errno != EAGAIN)
			return false;
		progress_say("making Linux leave memory for the cell, %s of %s",
			     size_words(memory->vacated, done), size_words(memory->size, all));
	}
	errno = EINTR;
	return false;
}

static bool search(int device, struct pt_ioc_memory *memory, struct linux_memory *m,
		   const sigset_t *interrupts)
{
	while (survey(device, m)) {
		if (!linux_memory_choose(m, memory->size, (uint64_t *)&memory->address)) {
			errno = ENOMEM;
			return false;
		}
		if (take(device, memory, interrupts))
			return true;
		if (errno != EBUSY)
			return false;
		linux_memory_refused(m, memory->address);
	}
	return false;
}

bool vacate(int device, struct pt_ioc_memory *memory, const sigset_t *interrupts,
	    struct memory_sums *sums)
{
	struct linux_memory m;
	bool had;
	int error;

	memory->flags = PT_MEMORY_VACATE;
	had = linux_memory_read(&m) && search(device, memory, &m, interrupts);
	error = errno;
	*sums = linux_memory_sums(&m);
	linux_memory_free(&m);
	errno = error;
	return had;
}
