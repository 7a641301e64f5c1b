// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of messages about one file. Running out of memory loses the text of a message but never
 * the fact that there was an error.
 */
#include <stdarg.h>
#include <stdlib.h>
#include "messages.h"

void messages_init(struct messages *m, const char *file)
{
	*m = (struct messages){ .file = file };
}

void messages_free(struct messages *m)
{
	for (unsigned int i = 0; i < m->count; i++)
		free(m->lines[i]);
	free(m->lines);
	*m = (struct messages){ .file = m->file };
}

/* A device tree may hold any byte in a string; the terminal shall see printable ASCII only. */
static void make_harmless(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void add(struct messages *m, const char *kind, const char *format, va_list args)
{
	char *text = NULL, *line = NULL;
	char **lines;

	if (vasprintf(&text, format, args) < 0)
		return;
	if (asprintf(&line, "%s: %s%s", m->file, kind, text) < 0)
		line = NULL;
	free(text);
	lines = line ? realloc(m->lines, (m->count + 1) * sizeof(*lines)) : NULL;
	if (!lines) {
		free(line);
		return;
	}
	make_harmless(line);
	m->lines = lines;
	m->lines[m->count++] = line;
}

void messages_error(struct messages *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(m, "", format, args);
	va_end(args);
	m->errors++;
}

void messages_warn(struct messages *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(m, "warning: ", format, args);
	va_end(args);
}

void messages_print(const struct messages *m, FILE *out)
{
	for (unsigned int i = 0; i < m->count; i++)
		fprintf(out, "%s\n", m->lines[i]);
	if (m->errors && !m->count)
		fprintf(out, "%s: out of memory\n", m->file);
}
