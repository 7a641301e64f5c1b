// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing SVG. Whatever a name holds, the result is well-formed XML in plain ASCII; running out of
 * memory shows as an error of the stream's writer, never as half a tag.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "svg.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

static void escape(FILE *f, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		const char *special = entity(text[i]);

		if (special)
			fputs(special, f);
		else
			fputc(text[i] < ' ' || text[i] > '~' ? '?' : text[i], f);
	}
}

void svg_escape(FILE *f, const char *text)
{
	escape(f, text, strlen(text));
}

static void text_line(FILE *f, const char *class, int x, int y, const char *text, size_t length)
{
	fprintf(f, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	escape(f, text, length);
	fputs("</text>\n", f);
}

void svg_text(FILE *f, const char *class, int x, int y, const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return;
	text_line(f, class, x, y, text, (size_t)length);
	free(text);
}

/* The last place in @text up to @columns where a line may end with @after, or 0. */
static size_t break_behind(const char *text, size_t columns, char after)
{
	for (size_t cut = columns; cut > columns / 3; cut--)
		if (text[cut] == ' ' && text[cut - 1] == after)
			return cut;
	return 0;
}

/* How much of @text is the next line: better up to a comma than up to a word or a slash. */
static size_t line_length(const char *text, size_t columns)
{
	const size_t length = strlen(text);
	size_t cut;

	if (length <= columns)
		return length;
	cut = break_behind(text, columns, ',');
	if (cut)
		return cut;
	for (cut = columns; cut > columns / 3; cut--)
		if (text[cut] == ' ' || text[cut] == '/')
			return cut;
	return columns;
}

int svg_wrap(FILE *f, const char *class, int x, int y, int line, int columns, const char *text)
{
	while (*text) {
		const size_t length = line_length(text, (size_t)columns);

		text_line(f, class, x, y, text, length);
		text += length;
		text += strspn(text, " ");
		y += line;
	}
	return y;
}

void svg_rect(FILE *f, const char *class, int x, int y, int width, int height)
{
	fprintf(f, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", class, x,
		y, width > 1 ? width : 1, height > 1 ? height : 1);
}

void svg_line(FILE *f, const char *class, int x1, int y1, int x2, int y2)
{
	fprintf(f, "<path class=\"%s\" d=\"M%d,%d L%d,%d\"/>\n", class, x1, y1, x2, y2);
}
