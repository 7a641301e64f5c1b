/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The virtual timer of each CPU: time, one-shot and periodic deadlines. Nothing here is an exit but
 * the first arming on a CPU, which enables the timer's interrupt. /
 */
#ifndef CELL_TIMER_H
#define CELL_TIMER_H

#include <stdint.h>

/*
 * Runs as an interrupt handler (see gic.h). deadline is what was programmed, now is when the
 * handler began, both in ticks; missed counts whole periods that passed unseen before this one. /
 */
typedef void cell_timer_fn(uint64_t deadline, uint64_t now, uint64_t missed, void *arg);

uint64_t cell_now(void);			/* ticks; not read ahead of earlier code */
uint64_t cell_ticks(uint64_t ns);		/* rounded down; exact for any ns */
uint64_t cell_ns(uint64_t ticks);

/*
 * At the absolute time deadline, at once if it is past. Replaces what was armed on this CPU before.
 */
void cell_timer_once(uint64_t deadline, cell_timer_fn *fn, void *arg);

/*
 * At first, first + period, first + 2 * period...: each deadline is computed from the one before,
 * so lateness does not accumulate. Deadlines that are already past when the handler runs are
 * skipped and counted. /
 */
void cell_timer_periodic(uint64_t first, uint64_t period, cell_timer_fn *fn, void *arg);

void cell_timer_stop(void);

#endif
