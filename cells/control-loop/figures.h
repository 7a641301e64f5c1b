/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the control loop tells of itself in pt_report.user[], for tests and tools. Each word is
 * stored whole; words are not of one moment unless the cell has ended. No meaning of a word ever
 * changes: a new layout gets a new magic. /
 */
#ifndef CONTROL_LOOP_FIGURES_H
#define CONTROL_LOOP_FIGURES_H

#define LOOP_MAGIC	0x31304d4954494f4cULL	/* "LOITIM01" in memory order */
#define LOOP_BUCKETS	32

/*
 * Indices into user[]. Times are nanoseconds. Lateness: from the programmed deadline to the
 * handler's first instruction.
 */
enum loop_word {
	LOOP_WORD_MAGIC		= 0,	/* LOOP_MAGIC, stored last at start */
	LOOP_WORD_PERIOD_NS	= 1,
	LOOP_WORD_PERIODS	= 2,	/* completed */
	LOOP_WORD_MISSED	= 3,	/* deadlines that passed unseen */
	LOOP_WORD_LATE_MIN	= 4,
	LOOP_WORD_LATE_SUM	= 5,	/* mean = sum / periods */
	LOOP_WORD_LATE_MAX	= 6,
	LOOP_WORD_DONE_MAX	= 7,	/* longest from a deadline to the end of its step */
	LOOP_WORD_SETPOINT	= 8,	/* of the simulated plant, millionths */
	LOOP_WORD_OUTPUT	= 9,	/* where the plant is, millionths, signed */
	LOOP_WORD_CHECK_FAILED	= 10,	/* steps that came out differently twice: 0 */
	LOOP_WORD_BUCKETS	= 15,	/* LOOP_BUCKETS */
	LOOP_WORD_HISTOGRAM	= 16,	/* [16 + n]: late by 2^n to 2^(n+1) - 1 ns */
};

#endif
