/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fair spin lock: CPUs get it in the order in which they came, so that whoever waits, waits for at most
 * one short critical section of each other CPU. Never held across anything that a guest can stretch.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include <lib/types.h>

struct lock {
	uint32_t next;		/* ticket for the next to come */
	uint32_t serving;	/* ticket of the holder */
};

static inline void lock_take(struct lock *lock)
{
	uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	while (load_acquire(&lock->serving) != ticket)
		;
}

static inline void lock_release(struct lock *lock)
{
	store_release(&lock->serving, lock->serving + 1);
}

#endif
