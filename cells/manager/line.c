/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The line that is being typed. What a terminal sends is taken apart here, and nothing but printable
 * characters gets into the line.
 */
#include <cell/string.h>

#include "shell.h"

#define ESC		0x1b
#define BELL		"\a"
#define ERASE_LINE	"\r\033[K"

static void print(const char *text)
{
	cell_console_write(text, strlen(text));
}

void line_show(const struct line *line)
{
	cell_printf("%s> ", line->name);
	cell_console_write(line->text, line->length);
}

void line_hide(const struct line *line)
{
	(void)line;
	print(ERASE_LINE);
}

static void clear(struct line *line)
{
	line->length = 0;
	line->text[0] = '\0';
}

void line_begin(struct line *line)
{
	clear(line);
	line_show(line);
}

static void replace(struct line *line, const char *text)
{
	line->length = strlen(text);
	memmove(line->text, text, line->length + 1);
	line_hide(line);
	line_show(line);
}

static void insert(struct line *line, char c)
{
	if (line->length == LINE_SIZE - 1) {
		print(BELL);
		return;
	}
	line->text[line->length++] = c;
	line->text[line->length] = '\0';
	cell_console_write(&c, 1);
}

static void erase(struct line *line)
{
	if (!line->length)
		return;
	line->text[--line->length] = '\0';
	print("\b \b");
}

static void complete(struct line *line)
{
	char more[PT_NAME_SIZE];

	command_complete(line->text, more);
	if (!*more)
		print(BELL);
	for (const char *c = more; *c; c++)
		insert(line, *c);
}

static bool finish(struct line *line)
{
	print("\n");
	if (line->length)
		memmove(line->before, line->text, line->length + 1);
	return true;
}

/* ESC [ A and ESC O A are the key "up"; the others do nothing. Parameters lie below 0x40. */
static void continue_escape(struct line *line, int key)
{
	if (line->escape == 1 && (key == '[' || key == 'O')) {
		line->escape = 2;
		return;
	}
	if (line->escape == 2 && key < 0x40 && key >= ' ')
		return;
	if (line->escape == 2 && key == 'A')
		replace(line, line->before);
	line->escape = 0;
}

bool line_key(struct line *line, int key)
{
	const bool same_key = key == '\n' && line->carriage_return;

	line->carriage_return = key == '\r';
	if (line->escape) {
		continue_escape(line, key);
		return false;
	}
	switch (key) {
	case '\r':
		return finish(line);
	case '\n':
		return !same_key && finish(line);
	case '\b':
	case 0x7f:
		erase(line);
		break;
	case CTRL('u'):
		replace(line, "");
		break;
	case CTRL('p'):
		replace(line, line->before);
		break;
	case CTRL('c'):
		print("^C\n");
		line_begin(line);
		break;
	case '\t':
		complete(line);
		break;
	case ESC:
		line->escape = 1;
		break;
	default:
		if (key >= ' ' && key < 0x7f)
			insert(line, (char)key);
	}
	return false;
}
