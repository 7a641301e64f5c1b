/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the compiler has to say about a file: errors and warnings, collected so that a user sees all
 * of them at once, in the order of the file's lines. Text that came out of a file is made harmless
 * for a terminal on its way in.
 */
#ifndef CONFIG_MESSAGES_H
#define CONFIG_MESSAGES_H

#include <stdio.h>
#include "source.h"

enum message_kind { MESSAGE_ERROR, MESSAGE_WARNING, MESSAGE_NOTE };

/* What a line is made of. */
struct message {
	enum message_kind kind;
	struct place at;
	const char *text;	/* in the line, behind the place and the kind */
};

struct messages {
	const char *file;	/* named in front of each line */
	struct source source;	/* its lines, where they are known */
	bool verbose;		/* also what is neither error nor warning */
	char **lines;		/* ordered */
	struct message *parts;	/* of each */
	unsigned int count;
	unsigned int errors;
};

/* @file must outlive @m. Who knows the lines of the file sets m->source, which is freed here. */
void messages_init(struct messages *m, const char *file);
void messages_free(struct messages *m);

/*
 * Where a property of a cell stands, or the cell (@property NULL), or something of the root (@cell
 * NULL). Lives as long as @m.
 */
struct place messages_place(const struct messages *m, const char *cell, const char *property);

#define PLACE_WORDS_SIZE	256

/* " (rt.dts:12)", to follow the name of another party; nothing where the line is not known. */
const char *place_words(struct place at, char words[PLACE_WORDS_SIZE]);

/* About the file as a whole, or what is not in it. */
__attribute__((format(printf, 2, 3)))
void messages_error(struct messages *m, const char *format, ...);
__attribute__((format(printf, 2, 3)))
void messages_warn(struct messages *m, const char *format, ...);

/* About a line of it. */
__attribute__((format(printf, 3, 4)))
void messages_error_at(struct messages *m, struct place at, const char *format, ...);
__attribute__((format(printf, 3, 4)))
void messages_warn_at(struct messages *m, struct place at, const char *format, ...);
/* Kept only where m->verbose asks for it. */
__attribute__((format(printf, 3, 4)))
void messages_note_at(struct messages *m, struct place at, const char *format, ...);

void messages_print(const struct messages *m, FILE *out);

#endif
