/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tick's handler, which is assembly, shares with C. */
#ifndef BENCH_TICK_H
#define BENCH_TICK_H

#define TICK_PERIOD	100000		/* counter ticks: 10 kHz at 1 GHz */

#define TICK_COUNT	0
#define TICK_INTID	8

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct tick {
	uint64_t count;
	uint32_t intid;
};

_Static_assert(offsetof(struct tick, count) == TICK_COUNT && offsetof(struct tick, intid) == TICK_INTID,
	       "vectors.S has other offsets");

extern volatile struct tick tick __attribute__((visibility("hidden")));
#endif

#endif
