/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the compiler has to say about a file: errors and warnings, collected so that a user sees all
 * of them at once. Text that came out of a file is made harmless for a terminal on its way in.
 */
#ifndef CONFIG_MESSAGES_H
#define CONFIG_MESSAGES_H

#include <stdio.h>

struct messages {
	const char *file;	/* named in front of each line */
	char **lines;
	unsigned int count;
	unsigned int errors;
};

/* @file must outlive @m. */
void messages_init(struct messages *m, const char *file);
void messages_free(struct messages *m);

__attribute__((format(printf, 2, 3)))
void messages_error(struct messages *m, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void messages_warn(struct messages *m, const char *format, ...);

void messages_print(const struct messages *m, FILE *out);

#endif
