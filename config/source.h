/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a node or a property stands in the source that a tree was made of. A blob does not know;
 * dtc tells it in comments, which this reads. Never more than help for the reader of a message:
 * what is not known here is left out there.
 */
#ifndef CONFIG_SOURCE_H
#define CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

/* A line of a file. Line 0: not known. */
struct place {
	const char *file;
	unsigned int line;
};

struct source_entry {
	char *node;		/* full path */
	char *property;		/* NULL: the node itself */
	char *file;
	unsigned int line;
};

/* All 0: a source that knows no place. */
struct source {
	struct source_entry *entries;
	unsigned int count;
};

/*
 * Read what `dtc -I dts -O dts -T` writes about the file @path. Files that @path includes are named
 * as @path is, relative to the same directory. Out of memory loses places and nothing else.
 */
void source_read(struct source *s, const char *annotated, const char *path);
void source_free(struct source *s);

/* Of the property, else of its node. The name of the file lives as long as @s. */
struct place source_find(const struct source *s, const char *node, const char *property);

#endif
