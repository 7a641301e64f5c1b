/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the victim tells of itself in pt_report.user[]. Each word is stored whole; a reader that
 * sees ROUNDS and ALIENS move knows that the victim runs and what has happened to it. /
 */
#ifndef VICTIM_FIGURES_H
#define VICTIM_FIGURES_H

#define VICTIM_MAGIC	0x31304d4954434956ULL	/* "VICTIM01" in memory order */

enum victim_word {
	VICTIM_WORD_MAGIC	= 0,	/* VICTIM_MAGIC, stored when the memory is filled */
	VICTIM_WORD_BYTES	= 1,	/* of memory watched */
	VICTIM_WORD_ROUNDS	= 2,	/* times all of it was read */
	VICTIM_WORD_DAMAGE	= 3,	/* words that were not as written: always 0 */
	VICTIM_WORD_ALIENS	= 4,	/* interrupts that nobody may have sent: always 0 */
	VICTIM_WORD_GAP_MAX	= 5,	/* longest between two looks at the clock, ns */
};

#endif
