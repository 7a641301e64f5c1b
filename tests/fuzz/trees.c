// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the targets of the configuration compiler share, and how one of them says that it found
 * something.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "trees.h"

/* The one thing that replay.c asks of the fake machine. */
__attribute__((noreturn, format(printf, 1, 2))) void fake_bug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

void expect(bool fact, const char *what)
{
	if (!fact)
		fake_bug("accepted, although not: %s", what);
}

void *tree_copy(const uint8_t *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	if (!copy)
		fake_bug("out of memory");
	if (size)
		memcpy(copy, data, size);
	return copy;
}

void *tree_load(const char *path, size_t *size)
{
	static uint8_t bytes[1 << 20];
	FILE *file = fopen(path, "rb");

	*size = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	if (!*size || *size == sizeof(bytes))
		fake_bug("%s: cannot be read", path);
	fclose(file);
	return tree_copy(bytes, *size);
}
