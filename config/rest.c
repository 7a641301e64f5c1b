// SPDX-License-Identifier: GPL-2.0-only
/*
 * devices = "rest": a cell that takes what nobody else named. A device that shares something with
 * one that stays behind has to stay as well, so they are tried until nothing changes any more. What
 * the cell names itself is never taken away from it.
 */
#include <stdlib.h>
#include <string.h>
#include "devices.h"

struct rest {
	struct cell *cell;
	const struct system *s;
	const struct board *b;
	struct messages *m;
	struct place at;
	uint32_t named;		/* devices that the cell has by name */
	uint32_t left;
};

static bool is_named(const struct system *s, uint32_t node)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (cell_has_node(&s->cells[i], node))
			return true;
	return false;
}

static void mark(const struct rest *r, bool *wanted, uint32_t node)
{
	wanted[node] = tree_available(&r->b->tree, node) && !is_named(r->s, node);
}

/* All that could be asked for, in the order of the tree. */
static bool take_all(struct rest *r)
{
	bool *wanted = calloc(r->b->tree.count, sizeof(*wanted));
	bool done = wanted;

	if (!wanted)
		messages_error(r->m, "out of memory");
	for (uint32_t i = 0; done && i < r->b->register_count; i++)
		mark(r, wanted, r->b->registers[i].node);
	for (uint32_t i = 0; done && i < r->b->spi_count; i++)
		mark(r, wanted, r->b->spis[i].node);
	for (uint32_t node = 0; done && node < r->b->tree.count; node++)
		if (wanted[node])
			done = device_append(r->cell, r->b, node, r->m);
	free(wanted);
	return done;
}

/* Without the "cell 'x': " that it begins with. */
static const char *reason(const struct rest *r, const struct messages *why)
{
	return why->count ? why->parts[0].text + strlen("cell '': ") + strlen(r->cell->name) :
			    "out of memory";
}

static void leave(struct rest *r, uint32_t i, const struct messages *why)
{
	struct cell_device *d = &r->cell->devices[i];

	messages_note_at(r->m, r->at, "cell '%s': \"rest\" leaves to Linux: %s", r->cell->name,
			 reason(r, why));
	r->left++;
	memmove(d, d + 1, (r->cell->device_count - i - 1) * sizeof(*d));
	r->cell->device_count--;
}

/* What a device that is left took meanwhile is given back. */
static bool try_device(struct rest *r, uint32_t i)
{
	const struct cell before = *r->cell;
	struct messages why;
	bool fits;

	messages_init(&why, "");
	device_resolve(r->cell, &r->cell->devices[i], r->s, r->b, &why);
	fits = i < r->named || !why.errors;
	if (!fits) {
		*r->cell = before;
		leave(r, i, &why);
	}
	messages_free(&why);
	return fits;
}

/* True if every device could be given. */
static bool try_all(struct rest *r)
{
	bool all = true;

	r->cell->region_count = 0;
	r->cell->spi_count = 0;
	for (uint32_t i = 0; i < r->cell->device_count;) {
		if (try_device(r, i))
			i++;
		else
			all = false;
	}
	return all;
}

void devices_take_rest(struct cell *cell, const struct system *s, const struct board *b,
		       struct messages *m)
{
	struct rest r = { .cell = cell, .s = s, .b = b, .m = m, .named = cell->device_count };

	r.at = messages_place(m, cell->name, "devices");
	if (!take_all(&r))
		return;
	while (!try_all(&r))
		;
	messages_warn_at(m, r.at,
			 "cell '%s': \"rest\" takes %u devices; %u are left to Linux%s",
			 cell->name, cell->device_count - r.named, r.left,
			 r.left && !m->verbose ? "; --verbose says why" : "");
}
