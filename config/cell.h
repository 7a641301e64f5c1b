/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One cell of a system, as its node is written. What concerns other cells is system.c's.
 */
#ifndef CONFIG_CELL_H
#define CONFIG_CELL_H

#include "system.h"

/* Into @cell, which is all 0, with every error that there is. */
void cell_read(struct cell *cell, const struct tree *t, uint32_t node, const struct board *b,
	       struct messages *m);

/* dtc adds these by itself. */
bool is_dtc_property(const char *name);

#endif
