/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for cells that is too large for CMA: Linux is made to leave it.
 */
#ifndef CLI_VACATE_H
#define CLI_VACATE_H

#include <signal.h>
#include <stdbool.h>
#include <config/system.h>
#include "../uapi/partita.h"
#include "linux_memory.h"

/* What became of it. */
struct vacated {
	struct pt_range pieces[CELL_PIECES_MAX];	/* in rising order */
	unsigned int count;
	/* Where it failed: */
	struct memory_sums sums;	/* what there is in Linux' memory, with what had been had counted as fixed */
	uint64_t most;			/* bytes that there are in as many pieces */
	uint64_t missing;		/* bytes that Linux would need more available */
};

/*
 * Get memory->size bytes in at most @pieces pieces. One of @interrupts that is pending ends it. False with errno set: EINTR
 * that; ENOMEM there are no such pieces; ENOSPC Linux would be short of memory. What is had then goes back when @device is
 * closed. The progress line tells how far it is.
 */
bool vacate(int device, const struct pt_ioc_memory *memory, unsigned int pieces,
	    const sigset_t *interrupts, struct vacated *out);

/* Is one of @signals, which are blocked, pending? */
bool signal_pending(const sigset_t *signals);

#endif
