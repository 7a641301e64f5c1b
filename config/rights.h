/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a cell may do with others: "may-start", "may-stop" and "may-type" of its node, each a list of names. A cell
 * with such rights is a manager; what the hypervisor then shows and tells it comes with them.
 */
#ifndef CONFIG_RIGHTS_H
#define CONFIG_RIGHTS_H

#include "system.h"

/* The property that grants @verb (PT_MAY_*). */
const char *right_property(uint32_t verb);

/* The cell may @verb the one of this name; "*": all others of the system. Errors in @m. */
void right_add(struct cell *cell, uint32_t verb, const char *name, struct messages *m);

/* As soon as all cells are known: "*" becomes their names, and names must be those of cells. */
void rights_check(struct system *s, const struct board *b, struct messages *m);

/* The verbs of @cell over the cell of this name; 0: none. */
uint32_t right_over(const struct cell *cell, const char *name);

/* "start, stop", in @words of RIGHT_WORDS_SIZE; returned. */
#define RIGHT_WORDS_SIZE	32
char *right_words(uint32_t verbs, char *words);

#endif
