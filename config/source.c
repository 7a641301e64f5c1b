// SPDX-License-Identifier: GPL-2.0-only
/*
 * dtc's annotated source, line by line: each line opens a node, closes one or is a property, and
 * ends in a comment that says where that came from. The values are not looked at. A line that is
 * none of these is passed over, since a place that is missing is better than a wrong one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "source.h"

#define PATH_SIZE	1024

struct scan {
	struct source *s;
	const char *path;
	char node[PATH_SIZE];	/* the open one; empty: none yet */
	unsigned int unknown;	/* open nodes too deep for @node */
};

/* The comment at the end of @line, cut off; NULL where there is none. */
static char *cut_comment(char *line)
{
	const size_t length = strlen(line);
	char *start = NULL, *at = line;

	if (length < 3 || strcmp(line + length - 3, " */") != 0)
		return NULL;
	line[length - 3] = '\0';
	while ((at = strstr(at, "/* ")))
		start = at++;
	if (!start)
		return NULL;
	*start = '\0';
	return start + 3;
}

/* "rt.dts:12, more.dtsi:3": the first of them. False where dtc itself made the thing up. */
static bool read_place(char *comment, unsigned int *line)
{
	for (char *colon = strchr(comment, ':'); colon; colon = strchr(colon + 1, ':')) {
		char *end;
		const unsigned long number = strtoul(colon + 1, &end, 10);

		if (end == colon + 1 || (*end && *end != ','))
			continue;
		*colon = '\0';
		*line = (unsigned int)number;
		return number > 0;
	}
	return false;
}

/* dtc names files relative to the directory of the one that it was given. */
static char *file_name(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *joined;

	if (name[0] == '/' || !slash)
		return strdup(name);
	if (asprintf(&joined, "%.*s/%s", (int)(slash - path), path, name) < 0)
		return NULL;
	return joined;
}

static void forget(struct source_entry *e)
{
	free(e->node);
	free(e->property);
	free(e->file);
}

static void add(struct scan *c, const char *property, char *comment)
{
	struct source_entry e = { 0 }, *entries;

	if (!comment || !read_place(comment, &e.line))
		return;
	e.node = strdup(c->node);
	e.property = property ? strdup(property) : NULL;
	e.file = file_name(c->path, comment);
	entries = NULL;
	if (e.node && e.file && (e.property || !property))
		entries = realloc(c->s->entries, (c->s->count + 1) * sizeof(e));
	if (!entries) {
		forget(&e);
		return;
	}
	c->s->entries = entries;
	entries[c->s->count++] = e;
}

static void open_node(struct scan *c, const char *name, char *comment)
{
	const size_t more = strlen(name) + 1;
	size_t length = strlen(c->node);

	if (c->unknown || length + 1 + more > PATH_SIZE) {
		c->unknown++;
		return;
	}
	/* The root is "/"; all others have one in front. */
	if (length != 1)
		c->node[length++] = '/';
	if (length == 1 && !strcmp(name, "/"))
		c->node[1] = '\0';
	else
		memcpy(c->node + length, name, more);
	add(c, NULL, comment);
}

static void close_node(struct scan *c)
{
	char *slash = strrchr(c->node, '/');

	if (c->unknown)
		c->unknown--;
	else if (slash == c->node && slash[1])
		slash[1] = '\0';
	else if (slash)
		*slash = '\0';
}

/* The name behind any labels, ended; NULL where there is none. */
static char *name_of(char *text)
{
	while (*text) {
		const size_t length = strcspn(text, " ;");
		const bool label = length && text[length - 1] == ':';

		if (!label) {
			text[length] = '\0';
			return length ? text : NULL;
		}
		text += length;
		text += strspn(text, " ");
	}
	return NULL;
}

static void read_line(struct scan *c, char *line)
{
	char *comment = cut_comment(line), *name;
	size_t length;

	line += strspn(line, "\t ");
	length = strlen(line);
	while (length && line[length - 1] == ' ')
		line[--length] = '\0';
	if (!strcmp(line, "};")) {
		close_node(c);
		return;
	}
	name = name_of(line);
	if (!name)
		return;
	if (line[length - 1] == '{')
		open_node(c, name, comment);
	else if (c->node[0] && !c->unknown)
		add(c, name, comment);
}

void source_read(struct source *s, const char *annotated, const char *path)
{
	struct scan c = { .s = s, .path = path };
	char *text = strdup(annotated), *rest = text, *line;

	*s = (struct source){ 0 };
	while (text && (line = strsep(&rest, "\n")))
		read_line(&c, line);
	free(text);
}

void source_free(struct source *s)
{
	for (unsigned int i = 0; i < s->count; i++)
		forget(&s->entries[i]);
	free(s->entries);
	*s = (struct source){ 0 };
}

struct place source_find(const struct source *s, const char *node, const char *property)
{
	struct place found = { 0 };

	for (unsigned int i = 0; i < s->count; i++) {
		const struct source_entry *e = &s->entries[i];

		if (strcmp(e->node, node) != 0)
			continue;
		if (!e->property)
			found = (struct place){ e->file, e->line };
		else if (property && !strcmp(e->property, property))
			return (struct place){ e->file, e->line };
	}
	return found;
}
