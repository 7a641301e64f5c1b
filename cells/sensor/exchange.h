/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What sensor and controller share: a slot for each direction, with one writer each. Neither waits for the
 * other, and neither believes it: a slot that is being written, or whose check is wrong, is left for
 * the next period.
 */
#ifndef SENSOR_EXCHANGE_H
#define SENSOR_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#define PERIOD_NS	1000000
#define LINE_PERIODS	1000

struct slot {
	uint64_t sequence;	/* odd while it is written */
	uint64_t period;	/* of the sensor that it is about */
	int64_t value;		/* millionths */
	uint64_t check;
} __attribute__((aligned(64)));

struct exchange {
	struct slot measured;	/* sensor writes */
	struct slot wanted;	/* controller writes */
};

static inline uint64_t slot_check(uint64_t period, int64_t value)
{
	return (period + 1) * 0x9e3779b97f4a7c15ULL ^ (uint64_t)value;
}

/* The fence keeps the fields behind the odd number, the release keeps them before the even one. */
static inline void slot_write(struct slot *s, uint64_t period, int64_t value)
{
	const uint64_t sequence = __atomic_load_n(&s->sequence, __ATOMIC_RELAXED) | 1;

	__atomic_store_n(&s->sequence, sequence, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&s->period, period, __ATOMIC_RELAXED);
	__atomic_store_n(&s->value, value, __ATOMIC_RELAXED);
	__atomic_store_n(&s->check, slot_check(period, value), __ATOMIC_RELAXED);
	__atomic_store_n(&s->sequence, sequence + 1, __ATOMIC_RELEASE);
}

enum slot_state { SLOT_EMPTY, SLOT_BUSY, SLOT_WRONG, SLOT_FINE };

static inline enum slot_state slot_read(const struct slot *s, uint64_t *period, int64_t *value)
{
	const uint64_t sequence = __atomic_load_n(&s->sequence, __ATOMIC_ACQUIRE);
	uint64_t check;

	if (!sequence)
		return SLOT_EMPTY;
	*period = __atomic_load_n(&s->period, __ATOMIC_RELAXED);
	*value = __atomic_load_n(&s->value, __ATOMIC_RELAXED);
	check = __atomic_load_n(&s->check, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if ((sequence & 1) || __atomic_load_n(&s->sequence, __ATOMIC_RELAXED) != sequence)
		return SLOT_BUSY;
	return check == slot_check(*period, *value) ? SLOT_FINE : SLOT_WRONG;
}

#endif
