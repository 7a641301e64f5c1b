/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing JSON (RFC 8259) to standard output, as it comes; commas and escapes are seen to, and a
 * byte that is not UTF-8 becomes U+FFFD. @key is NULL inside an array.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

void json_open(const char *key, char bracket);	/* '{' or '[' */
void json_close(char bracket);			/* '}' or ']'; the last one ends the line */
void json_string(const char *key, const char *value);
void json_number(const char *key, uint64_t value);
void json_bool(const char *key, bool value);
void json_null(const char *key);

#endif
