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

/* One piece, in all its steps; @before of @all bytes are had already. */
static bool take(int device, struct pt_ioc_memory *memory, const sigset_t *interrupts,
		 uint64_t before, uint64_t all)
{
	char done[32], wanted[32];

	while (!signal_pending(interrupts)) {
		if (device_call(device, PT_IOC_MEM_ALLOC, memory) == 0)
			return true;
		if (errno != EAGAIN)
			return false;
		progress_say("making Linux leave memory for the cell, %s of %s",
			     size_words(before + memory->vacated, done), size_words(all, wanted));
	}
	errno = EINTR;
	return false;
}

static void add_piece(struct vacated *out, struct pt_range piece)
{
	unsigned int at = out->count++;

	for (; at && out->pieces[at - 1].base > piece.base; at--)
		out->pieces[at] = out->pieces[at - 1];
	out->pieces[at] = piece;
}

/*
 * The survey finds what is had already to be fixed, so that it is not chosen again. All pieces but the highest are whole
 * blocks: what follows them lies in its 2 MiB, to the cell, as it does physically.
 */
static bool search(int device, const struct pt_ioc_memory *wanted, unsigned int pieces,
		   struct linux_memory *m, const sigset_t *interrupts, struct vacated *out)
{
	const uint64_t blocks = (wanted->size + PT_MEMORY_BLOCK - 1) / PT_MEMORY_BLOCK;
	uint64_t had = 0;

	while (had < wanted->size) {
		const uint64_t all = out->count ? blocks * PT_MEMORY_BLOCK : wanted->size;
		struct pt_ioc_memory call = *wanted;
		struct pt_range piece;

		if (!survey(device, m))
			return false;
		if (out->count == pieces ||
		    !linux_memory_choose(m, all - had, pieces - out->count,
					 out->count ? out->pieces[0].base : 0, &piece)) {
			errno = ENOMEM;
			return false;
		}
		call.flags = PT_MEMORY_VACATE;
		call.address = piece.base;
		call.size = piece.size;
		if (take(device, &call, interrupts, had, wanted->size)) {
			add_piece(out, piece);
			had += piece.size;
			continue;
		}
		out->missing = call.missing;
		if (errno != EBUSY)
			return false;
		linux_memory_refused(m, call.address);
	}
	out->pieces[out->count - 1].size -= had - wanted->size;
	return true;
}

bool vacate(int device, const struct pt_ioc_memory *memory, unsigned int pieces,
	    const sigset_t *interrupts, struct vacated *out)
{
	struct linux_memory m;
	bool had;
	int error;

	*out = (struct vacated){ 0 };
	had = linux_memory_read(&m) && search(device, memory, pieces, &m, interrupts, out);
	error = errno;
	out->sums = linux_memory_sums(&m);
	out->most = linux_memory_most(&m, pieces);
	linux_memory_free(&m);
	errno = error;
	return had;
}
