/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The partition map as a picture: the whole board on one sheet, each cell in a colour, pattern and
 * letter of its own.
 */
#ifndef CONFIG_DRAW_H
#define CONFIG_DRAW_H

#include <stdio.h>
#include "owners.h"

/*
 * An SVG 1.1 document, 1200 pixels wide, the same bytes for the same board and system. @memory has
 * an entry for each cell of @s, or is NULL while nothing is allocated. False: memory ran out, or
 * @out cannot be written; errno says which.
 */
bool draw_svg(FILE *out, const struct board *b, const struct system *s,
	      const struct draw_memory *memory);

#endif
