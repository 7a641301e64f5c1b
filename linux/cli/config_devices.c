// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trying each device of a board alone. There are no rules of its own here: the compiler is asked,
 * and what it says is the reason. Reasons are grouped by their words; addresses, numbers and the
 * other device's path make no difference.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <config/devices.h>
#include <config/dma.h>
#include "config_devices.h"
#include "in_use.h"

#define CONSOLE_REASON	"is the console of Linux ('stdout-path' of its tree)"

/* Below /cpus, or in /reserved-memory: no device. */
static bool is_elsewhere(const struct tree *t, uint32_t node)
{
	for (uint32_t at = node; at != TREE_NONE && at; at = t->nodes[at].parent) {
		const char *name = tree_name(t, at);

		if (t->nodes[at].parent == 0 &&
		    (!strcmp(name, "cpus") || !strcmp(name, "reserved-memory")))
			return true;
	}
	return false;
}

/* Something with a kind and with registers that the CPU sees. */
static bool is_device(const struct tree *t, uint32_t node)
{
	const char *type = tree_string(t, node, "device_type");
	struct tree_range r;

	return tree_string(t, node, "compatible") && !(type && !strcmp(type, "memory")) &&
	       tree_reg(t, node, 0, &r) == TREE_REG_FINE && r.size && !is_elsewhere(t, node);
}

static bool is_console(const struct tree *t, uint32_t node)
{
	const uint32_t chosen = tree_find(t, "/chosen");
	const char *path = chosen == TREE_NONE ? NULL : tree_string(t, chosen, "stdout-path");
	char name[TREE_PATH_MAX];

	if (!path)
		return false;
	/* Options follow after a colon. */
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, ":"), path);
	return tree_find(t, name) == node;
}

static bool begins_number(const char *text, const char *at)
{
	return isdigit((unsigned char)*at) && (at == text || !isalnum((unsigned char)at[-1]));
}

/* Numbers and quoted paths become one character each. */
static char *key_of(const char *reason)
{
	char *key = malloc(strlen(reason) + 1), *to = key;
	const char *from = reason;

	while (key && *from) {
		const char *end = *from == '\'' && from[1] == '/' ? strchr(from + 1, '\'') : NULL;

		if (end)
			from = end + 1;
		else if (begins_number(reason, from))
			while (isalnum((unsigned char)*from))
				from++;
		else {
			*to++ = *from++;
			continue;
		}
		*to++ = '#';
	}
	if (key)
		*to = '\0';
	return key;
}

/* What a message says behind the device that it is about. */
static const char *after_device(const char *line, const char *path)
{
	char device[TREE_PATH_MAX + 16];
	const char *found;

	snprintf(device, sizeof(device), "device '%s'", path);
	found = strstr(line, device);
	if (!found)
		return line;
	found += strlen(device);
	return found + strspn(found, ": ");
}

/* The first error of those that were found. */
static bool take_reason(struct candidate *c, const struct messages *m)
{
	char *text = NULL, *rest, *line;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return false;
	messages_print(m, out);
	if (fclose(out)) {
		free(text);
		return false;
	}
	rest = text;
	while (!c->reason && (line = strsep(&rest, "\n")))
		if (*line && !strstr(line, "warning: "))
			c->reason = strdup(after_device(line, c->path));
	free(text);
	return c->reason;
}

static bool try_device(struct candidate *c, const struct board *b, bool running)
{
	struct messages m;
	bool done = true;

	messages_init(&m, "board");
	strcpy(c->cell.name, "cell");
	/* By its node: a path could be taken for a pattern. */
	if (device_append(&c->cell, b, c->node, &m)) {
		c->dma = dma_sign(&b->tree, c->node);
		/* What the user may accept is no reason against it. */
		c->cell.unconfined = &c->node;
		c->cell.unconfined_count = 1;
		devices_resolve(&c->cell, b, &m);
	}
	if (running)
		refuse_devices_in_use(&c->cell, &b->tree, &m);
	if (m.errors)
		done = take_reason(c, &m);
	else if (!running && is_console(&b->tree, c->node))
		done = (c->reason = strdup(CONSOLE_REASON));
	if (c->reason)
		done = (c->key = key_of(c->reason));
	messages_free(&m);
	return done;
}

bool candidates_find(struct candidates *found, const struct board *b, bool running)
{
	bool done = true;

	*found = (struct candidates){ 0 };
	found->list = calloc(b->tree.count, sizeof(*found->list));
	if (!found->list)
		return false;
	for (uint32_t node = 0; node < b->tree.count && done; node++) {
		struct candidate *c = &found->list[found->count];

		if (!is_device(&b->tree, node))
			continue;
		c->node = node;
		tree_path(&b->tree, node, c->path);
		found->count++;
		done = try_device(c, b, running);
	}
	if (!done)
		candidates_free(found);
	return done;
}

void candidates_free(struct candidates *found)
{
	for (uint32_t i = 0; i < found->count; i++) {
		free(found->list[i].cell.devices);
		free(found->list[i].reason);
		free(found->list[i].key);
	}
	free(found->list);
	*found = (struct candidates){ 0 };
}

static bool is_first(const struct candidates *found, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (found->list[i].key && !strcmp(found->list[i].key, found->list[index].key))
			return false;
	return true;
}

static uint32_t count_of(const struct candidates *found, const char *key)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < found->count; i++)
		count += found->list[i].key && !strcmp(found->list[i].key, key);
	return count;
}

/* Keeps @reasons sorted; the last one falls out where there is no room. */
static uint32_t insert(struct reason *reasons, uint32_t count, uint32_t max, struct reason r)
{
	uint32_t at = count;

	while (at && reasons[at - 1].count < r.count)
		at--;
	if (at == max)
		return count;
	if (count == max)
		count--;
	memmove(&reasons[at + 1], &reasons[at], (count - at) * sizeof(*reasons));
	reasons[at] = r;
	return count + 1;
}

uint32_t reasons_list(const struct candidates *found, struct reason *reasons, uint32_t max,
		      uint32_t *others)
{
	uint32_t count = 0, refused = 0;

	for (uint32_t i = 0; i < found->count; i++) {
		const struct candidate *c = &found->list[i];

		if (!c->key)
			continue;
		refused++;
		if (is_first(found, i))
			count = insert(reasons, count, max,
				       (struct reason){ c, count_of(found, c->key) });
	}
	for (uint32_t i = 0; i < count; i++)
		refused -= reasons[i].count;
	*others = refused;
	return count;
}
