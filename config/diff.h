/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes for whom between two systems of one board.
 */
#ifndef CONFIG_DIFF_H
#define CONFIG_DIFF_H

#include <stdio.h>
#include "system.h"

/*
 * One line a change on @out, and nothing where there is none. Paths of devices are written as the
 * board has them.
 */
void systems_diff(const struct board *b, const struct system *before, const struct system *after,
		  FILE *out);

#endif
