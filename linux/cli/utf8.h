/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is UTF-8 and what only looks like it (RFC 3629).
 */
#ifndef CLI_UTF8_H
#define CLI_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of the character that begins with @first: 2 to 4; 0 where it is ASCII or begins none. */
unsigned int utf8_length(unsigned char first);
/*
 * The character of more than one byte at @s, which is as long as its first byte says or ends with a
 * NUL. False where the bytes are none.
 */
bool utf8_decode(const unsigned char *s, uint32_t *code);

#endif
