/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for cells that is too large for CMA: Linux is made to leave it.
 */
#ifndef CLI_VACATE_H
#define CLI_VACATE_H

#include <signal.h>
#include <stdbool.h>
#include "../uapi/partita.h"
#include "linux_memory.h"

/*
 * Get memory->size bytes in one piece and fill in the address. One of @interrupts that is pending ends it. False with errno
 * set: EINTR that; ENOMEM there is no such piece, @sums tell why; ENOSPC Linux would be short of memory->missing bytes. Nothing
 * is had then. The progress line tells how far it is.
 */
bool vacate(int device, struct pt_ioc_memory *memory, const sigset_t *interrupts,
	    struct memory_sums *sums);

/* Is one of @signals, which are blocked, pending? */
bool signal_pending(const sigset_t *signals);

#endif
