/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory functions that the compiler may call and we use, with their standard meanings. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

void *memset(void *to, int byte, size_t size);
void *memcpy(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
