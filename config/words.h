/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a misspelt name was meant to be.
 */
#ifndef CONFIG_WORDS_H
#define CONFIG_WORDS_H

/*
 * How many letters to add, drop or change make one of the other (Levenshtein). UINT_MAX where one
 * is too long to be a name.
 */
unsigned int words_distance(const char *a, const char *b);

#endif
