/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a cell sees at which address: its memory, what it shares, its devices. No two may overlap.
 */
#ifndef CONFIG_VIEW_H
#define CONFIG_VIEW_H

#include "system.h"

/*
 * Errors for what overlaps, as far as addresses are known. @memory: where the cell's memory
 * physically is, or 0 where it is not known yet.
 */
void view_check(const struct cell *cell, const struct board *b, uint64_t memory,
		struct messages *m);

/* Warnings for memory that is mapped in small pages though it is large. Once a system. */
void view_check_pages(const struct system *s, struct messages *m);

#endif
