// SPDX-License-Identifier: GPL-2.0-only
/*
 * A JSON writer with no memory but how deep it is and whether a comma is due.
 */
#include <stdio.h>
#include "json.h"

static unsigned int depth;
static bool comma;

static void put_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c == 0x7f)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
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
