// SPDX-License-Identifier: GPL-2.0-only
/*
 * The textbook's algorithm, one row at a time. Names come from files, so their length is bounded
 * first.
 */
#include <limits.h>
#include <string.h>
#include "words.h"

#define WORD_MAX	64

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int words_distance(const char *a, const char *b)
{
	const size_t length = strnlen(b, WORD_MAX);
	unsigned int row[WORD_MAX];

	if (length == WORD_MAX || strnlen(a, WORD_MAX) == WORD_MAX)
		return UINT_MAX;
	for (unsigned int j = 0; j <= length; j++)
		row[j] = j;
	for (unsigned int i = 0; a[i]; i++) {
		unsigned int diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			const unsigned int changed = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = least(changed, 1 + least(row[j], row[j + 1]));
		}
	}
	return row[length];
}
