/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The figures of the control loop, kept where everybody can read them: in the report page. One CPU
 * writes; nothing here waits or exits. /
 */
#include <cell/cell.h>

#include "figures.h"
#include "loop.h"

#define BAR_WIDTH 40

static void set(unsigned int word, uint64_t value)
{
	__atomic_store_n(&cell_report()->user[word], value, __ATOMIC_RELAXED);
}

static uint64_t get(unsigned int word)
{
	return cell_report()->user[word];
}

static void add(unsigned int word, uint64_t value)
{
	set(word, get(word) + value);
}

static void raise(unsigned int word, uint64_t value)
{
	if (value > get(word))
		set(word, value);
}

void figures_init(uint64_t period_ns)
{
	set(LOOP_WORD_PERIOD_NS, period_ns);
	set(LOOP_WORD_LATE_MIN, UINT64_MAX);
	set(LOOP_WORD_BUCKETS, LOOP_BUCKETS);
	__atomic_store_n(&cell_report()->user[LOOP_WORD_MAGIC], LOOP_MAGIC, __ATOMIC_RELEASE);
}

static unsigned int bucket(uint64_t ns)
{
	unsigned int log2 = ns ? 63 - (unsigned int)__builtin_clzll(ns) : 0;

	return log2 < LOOP_BUCKETS ? log2 : LOOP_BUCKETS - 1;
}

void figures_late(uint64_t late_ns, uint64_t missed)
{
	add(LOOP_WORD_MISSED, missed);
	add(LOOP_WORD_LATE_SUM, late_ns);
	raise(LOOP_WORD_LATE_MAX, late_ns);
	if (late_ns < get(LOOP_WORD_LATE_MIN))
		set(LOOP_WORD_LATE_MIN, late_ns);
	add(LOOP_WORD_HISTOGRAM + bucket(late_ns), 1);
}

void figures_done(uint64_t done_ns)
{
	raise(LOOP_WORD_DONE_MAX, done_ns);
	add(LOOP_WORD_PERIODS, 1);
}

void figures_plant(int64_t output, bool same)
{
	set(LOOP_WORD_SETPOINT, (uint64_t)plant_setpoint());
	set(LOOP_WORD_OUTPUT, (uint64_t)output);
	add(LOOP_WORD_CHECK_FAILED, !same);
}

uint64_t figures_periods(void)
{
	return get(LOOP_WORD_PERIODS);
}

void figures_print_line(void)
{
	uint64_t periods = get(LOOP_WORD_PERIODS);

	cell_printf("control-loop: periods %lu missed %lu late ns min %lu mean %lu max %lu\n",
		    periods, get(LOOP_WORD_MISSED), periods ? get(LOOP_WORD_LATE_MIN) : 0,
		    periods ? get(LOOP_WORD_LATE_SUM) / periods : 0, get(LOOP_WORD_LATE_MAX));
}

static void print_bucket(unsigned int n, uint64_t most)
{
	static const char bar[BAR_WIDTH + 1] = "########################################";
	uint64_t count = get(LOOP_WORD_HISTOGRAM + n);

	if (count)
		cell_printf("%14lu ns  %10lu  %s\n", 2UL << n, count,
			    &bar[BAR_WIDTH - (count * (BAR_WIDTH - 1) / most + 1)]);
}

void figures_print_table(void)
{
	uint64_t most = 0;

	figures_print_line();
	cell_printf("control-loop: done within %lu ns of the deadline, floating point wrong %lu "
		    "times\n",
		    get(LOOP_WORD_DONE_MAX), get(LOOP_WORD_CHECK_FAILED));
	for (unsigned int i = 0; i < LOOP_BUCKETS; i++)
		if (get(LOOP_WORD_HISTOGRAM + i) > most)
			most = get(LOOP_WORD_HISTOGRAM + i);
	cell_printf("  lateness below     periods\n");
	for (unsigned int i = 0; i < LOOP_BUCKETS; i++)
		print_bucket(i, most);
}
