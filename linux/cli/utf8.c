// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each character has one spelling: overlong sequences, surrogates and what is beyond Unicode are
 * refused.
 */
#include "utf8.h"

unsigned int utf8_length(unsigned char first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

bool utf8_decode(const unsigned char *s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned int length = utf8_length(s[0]);

	*code = length ? s[0] & (0x7fu >> length) : 0;
	for (unsigned int i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return false;
		*code = *code << 6 | (s[i] & 0x3fu);
	}
	return length && *code >= least[length] && *code <= 0x10ffff &&
	       (*code < 0xd800 || *code > 0xdfff);
}
