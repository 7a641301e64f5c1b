// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line a change, or one object.
 */
#include "changes.h"
#include "cli.h"
#include "json.h"
#include "terminal.h"

static void put_text(const char *key, const char *text)
{
	if (text)
		json_string(key, text);
	else
		json_null(key);
}

static void print_json(const struct changes *c)
{
	json_open(NULL, '{');
	json_open("changes", '[');
	for (uint32_t i = 0; i < c->count; i++) {
		json_open(NULL, '{');
		json_string("kind", c->list[i].kind);
		json_string("name", c->list[i].name);
		put_text("property", c->list[i].property);
		put_text("from", c->list[i].from);
		put_text("to", c->list[i].to);
		json_string("text", c->list[i].text);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

/* File names of images and paths of devices hold what their authors liked. */
static void print_words(const struct changes *c)
{
	for (uint32_t i = 0; i < c->count; i++) {
		terminal_text(c->list[i].text, stdout);
		putchar('\n');
	}
}

int changes_tell(struct changes *c, bool json)
{
	int result = EXIT_DONE;

	if (c->failed)
		result = fail("out of memory");
	else if (json)
		print_json(c);
	else
		print_words(c);
	changes_free(c);
	return result;
}
