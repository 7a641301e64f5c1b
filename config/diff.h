/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes for whom between two systems of one board.
 */
#ifndef CONFIG_DIFF_H
#define CONFIG_DIFF_H

#include "system.h"

/*
 * One thing that changes. Texts are as the systems and the board's tree have them: maybe not
 * printable.
 */
struct change {
	const char *kind;	/* of what: "cell", "shared memory", "cpu", "device"; "system", "image" and "board" have no name */
	char *name;		/* which one: its name, number or path */
	const char
		*property; /* of a cell or memory; NULL: it is new or gone, or has another owner */
	char *from, *to;	/* what it was and is, in words; NULL: nothing, or not there */
	char *text;		/* all of it as a sentence */
};

struct changes {
	struct change *list;
	uint32_t count;
	bool failed;		/* out of memory: some are missing */
};

/* In the order of the systems and of the board. */
void systems_diff(struct changes *c, const struct board *b, const struct system *before,
		  const struct system *after);
void changes_free(struct changes *c);

/* What a cell or memory is called in sentences and for programs. */
struct subject {
	struct changes *changes;
	const char *kind, *name;
};

/* One more change of it. @from and @to may be NULL. */
__attribute__((format(printf, 5, 6)))
void change_add(const struct subject *s, const char *property, const char *from, const char *to,
		const char *format, ...);

#endif
