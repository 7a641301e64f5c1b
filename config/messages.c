// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of messages about one file. Running out of memory loses the text of a message but never
 * the fact that there was an error.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
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
	free(m->parts);
	source_free(&m->source);
	*m = (struct messages){ .file = m->file };
}

struct place messages_place(const struct messages *m, const char *cell, const char *property)
{
	struct place found;
	char *node;

	if (!cell)
		return source_find(&m->source, "/", property);
	if (asprintf(&node, "/%s", cell) < 0)
		return (struct place){ 0 };
	found = source_find(&m->source, node, property);
	free(node);
	return found;
}

const char *place_words(struct place at, char words[PLACE_WORDS_SIZE])
{
	words[0] = '\0';
	if (at.line)
		snprintf(words, PLACE_WORDS_SIZE, " (%s:%u)", at.file, at.line);
	return words;
}

/* A device tree may hold any byte in a string; the terminal shall see printable ASCII only. */
static void make_harmless(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* The file itself before those that it includes; what has no line comes last. */
static bool comes_before(const struct messages *m, struct place a, struct place b)
{
	if (!a.line || !b.line)
		return a.line && !b.line;
	if (!strcmp(a.file, b.file))
		return a.line < b.line;
	if (!strcmp(a.file, m->file) || !strcmp(b.file, m->file))
		return !strcmp(a.file, m->file);
	return strcmp(a.file, b.file) < 0;
}

/* Behind all that do not come after it: messages of one line stay in the order of their making. */
static bool insert(struct messages *m, char *line, struct message parts)
{
	struct message *all = realloc(m->parts, (m->count + 1) * sizeof(*all));
	char **lines = realloc(m->lines, (m->count + 1) * sizeof(*lines));
	unsigned int i = m->count;

	m->parts = all ? all : m->parts;
	m->lines = lines ? lines : m->lines;
	if (!all || !lines)
		return false;
	for (; i && comes_before(m, parts.at, all[i - 1].at); i--) {
		all[i] = all[i - 1];
		lines[i] = lines[i - 1];
	}
	all[i] = parts;
	lines[i] = line;
	m->count++;
	return true;
}

static char *line_of(const struct messages *m, struct message *parts, const char *text)
{
	static const char *const words[] = {
		[MESSAGE_ERROR] = "", [MESSAGE_WARNING] = "warning: ", [MESSAGE_NOTE] = "note: ",
	};
	const struct place at = parts->at;
	char *line;
	int length;

	if (at.line)
		length = asprintf(&line, "%s:%u: %s%s", at.file, at.line, words[parts->kind], text);
	else
		length = asprintf(&line, "%s: %s%s", m->file, words[parts->kind], text);
	if (length < 0)
		return NULL;
	parts->text = line + length - strlen(text);
	return line;
}

static void add(struct messages *m, enum message_kind kind, struct place at, const char *format,
		va_list args)
{
	struct message parts = { .kind = kind, .at = at };
	char *text = NULL, *line;

	if (vasprintf(&text, format, args) < 0)
		return;
	line = line_of(m, &parts, text);
	free(text);
	if (!line)
		return;
	make_harmless(line);
	if (!insert(m, line, parts))
		free(line);
}

void messages_error(struct messages *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(m, MESSAGE_ERROR, (struct place){ 0 }, format, args);
	va_end(args);
	m->errors++;
}

void messages_warn(struct messages *m, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(m, MESSAGE_WARNING, (struct place){ 0 }, format, args);
	va_end(args);
}

void messages_error_at(struct messages *m, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(m, MESSAGE_ERROR, at, format, args);
	va_end(args);
	m->errors++;
}

void messages_warn_at(struct messages *m, struct place at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(m, MESSAGE_WARNING, at, format, args);
	va_end(args);
}

void messages_note_at(struct messages *m, struct place at, const char *format, ...)
{
	va_list args;

	if (!m->verbose)
		return;
	va_start(args, format);
	add(m, MESSAGE_NOTE, at, format, args);
	va_end(args);
}

void messages_print(const struct messages *m, FILE *out)
{
	for (unsigned int i = 0; i < m->count; i++)
		fprintf(out, "%s\n", m->lines[i]);
	if (m->errors && !m->count)
		fprintf(out, "%s: out of memory\n", m->file);
}
