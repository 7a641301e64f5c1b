/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may manage whom, and what a manager sees of it. The root may do all and sees all at its physical address; a cell with
 * rights has a window in its own address space (PT_MANAGE_* in abi/partita/blob.h).
 */
#ifndef CORE_MANAGE_H
#define CORE_MANAGE_H

#include <core/trace.h>

/* May @cell do @verb (PT_MAY_*) with @target? Both exist. From any CPU of @cell. */
bool manage_may(const struct cell *cell, const struct cell *target, uint32_t verb);

/*
 * @cell has come: whoever manages it sees its communication area, and it sees what it manages. False: the pool is empty, and what
 * was shown is to be hidden again. Management calls only, as manage_hide().
 */
bool manage_show(struct cell *cell) __must_check;

/* Before the communication area of @cell goes. False: who manages it may still see it, which therefore must stay what it is. */
bool manage_hide(const struct cell *cell) __must_check;

/* PT_HC_LOCK. Management calls only. */
int64_t manage_lock(void);

/* May nobody create, change, look into or destroy a cell, nor disable? Then that stays so until the board is reset. */
static inline bool manage_is_locked(void)
{
	return load_acquire(&status.locked);
}

#endif
