/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between looking for what a former owner left and leaving as much as possible for the next one.
 */
#ifndef LEFTOVERS_H
#define LEFTOVERS_H

#include <cell/cell.h>

#define FP_WORDS	66	/* V0 to V31 as two words each, FPCR, FPSR */
#define FOR_EACH_V(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) \
	X(15) X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) \
	X(29) X(30) X(31)

#define PAUTH_KEYS	10	/* words of the five keys */

/* Vectors of up to 2048 bits, predicates of an eighth of that. */
struct sve {
	uint64_t z[32 * 32];
	uint64_t p[16 * 4];
	uint64_t ffr[4];
	uint64_t zcr;
};

bool has_sve(void);
/* Returns how many bytes a vector has. What lies in @sve beyond those stays as it is. */
unsigned int sve_capture(struct sve *sve);
void sve_dirty(uint64_t dirt);

bool has_pauth(void);
void pauth_read(uint64_t keys[PAUTH_KEYS]);

/* Ends the cell, with everything that can be dirty dirty. */
_Noreturn void leave_dirty(void);

#endif
