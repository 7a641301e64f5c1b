// SPDX-License-Identifier: GPL-2.0-only
/*
 * A JSON writer with no memory but how deep it is and whether a comma is due.
 */
#include <stdio.h>
#include "json.h"
#include "utf8.h"

static unsigned int depth;
static bool comma;

/* One character; returns what follows it. */
static const char *put_character(const char *text)
{
	const unsigned char c = (unsigned char)*text;
	const unsigned int length = utf8_length(c);
	uint32_t code;

	if (c == '"' || c == '\\')
		printf("\\%c", c);
	else if (c < ' ' || c == 0x7f)
		printf("\\u%04x", c);
	else if (c < 0x80)
		putchar(c);
	else if (!utf8_decode((const unsigned char *)text, &code))
		fputs("\\ufffd", stdout);
	else {
		fwrite(text, 1, length, stdout);
		return text + length;
	}
	return text + 1;
}

static void put_quoted(const char *text)
{
	putchar('"');
	while (*text)
		text = put_character(text);
	putchar('"');
}

static void begin(const char *key)
{
	if (comma)
		putchar(',');
	if (depth)
		printf("\n%*s", (int)depth * 2, "");
	if (key) {
		put_quoted(key);
		fputs(": ", stdout);
	}
	comma = true;
}

void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	depth++;
	comma = false;
}

void json_close(char bracket)
{
	depth--;
	if (comma)
		printf("\n%*s", (int)depth * 2, "");
	putchar(bracket);
	comma = depth > 0;
	if (!depth)
		putchar('\n');
}

void json_string(const char *key, const char *value)
{
	begin(key);
	put_quoted(value);
}

void json_number(const char *key, uint64_t value)
{
	begin(key);
	printf("%llu", (unsigned long long)value);
}

void json_bool(const char *key, bool value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
}

void json_null(const char *key)
{
	begin(key);
	fputs("null", stdout);
}
