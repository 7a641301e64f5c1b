/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few functions of C's <string.h> that the compiler itself may call, and two that samples want.
 * No locale, no allocation.
 */
#ifndef CELL_STRING_H
#define CELL_STRING_H

#include <stddef.h>
#include <stdint.h>

void *memset(void *to, int byte, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/* Decimal, or hexadecimal after 0x. *end, if not NULL, is the first character that is no digit. */
uint64_t cell_parse_number(const char *text, const char **end);

#endif
