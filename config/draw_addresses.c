// SPDX-License-Identifier: GPL-2.0-only
/*
 * All registers and memory in order of their addresses. A device of a cell always has a line of its
 * own; neighbours that Linux has are drawn as one, so that the largest boards stay readable.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "draw_parts.h"

/* A line for each run of areas of one owner. */
#define BAR_LEFT	150
#define BAR_WIDTH	300
#define LABEL_LEFT	(BAR_LEFT + BAR_WIDTH + 20)
#define ROW		25
#define LABEL_COLUMNS	((SHEET_RIGHT - LABEL_LEFT) * 100 / (12 * SVG_MONO_WIDTH))
#define FIRST_POWER	12		/* 4 KiB */
#define WIDE_HOLE	(1ULL << 20)	/* worth a line between two owners */
#define SPLIT_HOLE	(256ULL << 20)	/* worth a line inside what one owner has */

struct run {
	uint32_t first, behind;		/* areas */
	uint64_t base, end;
};

static int log2_up(uint64_t size)
{
	int power = 0;

	while (power < 63 && size > 1ULL << power)
		power++;
	return power;
}

/* Of Linux what adjoins; of a cell each device. */
static bool continues(const struct run *r, const struct area *first, const struct area *a)
{
	if (first->ram || a->ram || first->owner == OWNER_LINUX_ONLY)
		return false;
	if (is_cell(first->owner) || first->owner == OWNER_HYPERVISOR)
		return false;
	/* A hole among what is disabled matters to nobody. */
	if (first->owner == OWNER_NOBODY && a[-1].owner == OWNER_NOBODY &&
	    a->owner == OWNER_NOBODY)
		return true;
	/* What is disabled lies scattered among what Linux drives. */
	if (a->owner != OWNER_LINUX && a->owner != OWNER_NOBODY)
		return false;
	return a->base < r->end || a->base - r->end < SPLIT_HOLE;
}

static struct run next_run(const struct owners *o, uint32_t first)
{
	const struct area *a = o->areas;
	struct run r = { first, first + 1, a[first].base, range_end(a[first].base, a[first].size) };

	while (r.behind < o->area_count && continues(&r, &a[first], &a[r.behind])) {
		const uint64_t end = range_end(a[r.behind].base, a[r.behind].size);

		r.end = end > r.end ? end : r.end;
		r.behind++;
	}
	return r;
}

static int bar_width(uint64_t size, int last_power)
{
	const int power = log2_up(size);
	const int steps = last_power - FIRST_POWER + 1;

	return power <= FIRST_POWER ? BAR_WIDTH / steps :
				      (power - FIRST_POWER + 1) * BAR_WIDTH / steps;
}

static void size_axis(struct sheet *d, int last_power, int bottom)
{
	const int step = last_power - FIRST_POWER > 12 ? 6 : 4;
	char size[32];

	for (int power = FIRST_POWER; power <= last_power; power += step) {
		const int x = BAR_LEFT + bar_width(1ULL << power, last_power);

		svg_line(d->f, "grid", x, d->y, x, bottom);
		svg_text(d->f, "tick", x, d->y - 6, "%s", size_in_words(1ULL << power, size));
	}
}

static unsigned int mark_devices(const struct owners *o, const struct run *r, bool *chosen,
				 unsigned int owner)
{
	unsigned int count = 0;

	for (uint32_t i = r->first; i < r->behind; i++) {
		const struct area *a = &o->areas[i];

		if (a->owner != owner || chosen[a->node])
			continue;
		chosen[a->node] = true;
		count++;
	}
	return count;
}

/* "Linux: 3 i2c, 1 rtc; disabled: 2 spi" */
static void run_in_words(const struct owners *o, const struct run *r, char *words, size_t size)
{
	bool *chosen = calloc(o->b->tree.count, sizeof(*chosen));
	size_t used;

	snprintf(words, size, "Linux");
	if (!chosen)
		return;
	if (mark_devices(o, r, chosen, OWNER_LINUX)) {
		used = (size_t)snprintf(words, size, "Linux: ");
		kinds_in_words(o, chosen, words + used, size * 2 / 3 - used);
	} else {
		snprintf(words, size, "nobody's");
	}
	memset(chosen, 0, o->b->tree.count);
	if (mark_devices(o, r, chosen, OWNER_NOBODY)) {
		used = strlen(words);
		used += (size_t)snprintf(words + used, size - used, "; disabled: ");
		kinds_in_words(o, chosen, words + used, size - used);
	}
	free(chosen);
}

static void one_in_words(const struct owners *o, const struct area *a, char *words, size_t size)
{
	const char *owner = owner_name(o, a->owner);
	char length[32], sharers[WORDS_MAX];

	size_in_words(a->size, length);
	if (is_shared(a->owner))
		snprintf(words, size, "%s: memory that %s share, %s", owner,
			 sharers_in_words(o, a->owner - OWNER_FIRST_SHARED, sharers), length);
	else if (a->ram)
		snprintf(words, size, "%s: memory, %s", owner, length);
	else if (a->owner == OWNER_HYPERVISOR)
		snprintf(words, size, "the hypervisor, for all: %s, %s",
			 tree_name(&o->b->tree, a->node), length);
	else
		snprintf(words, size, "%s: %s, %s", owner, tree_name(&o->b->tree, a->node), length);
}

static void run_row(struct sheet *d, const struct run *r, int last_power)
{
	const struct area *a = &d->o->areas[r->first];
	unsigned int owner = a->owner;
	char words[WORDS_MAX], class[8];
	int bottom;

	if (owner == OWNER_LINUX || owner == OWNER_NOBODY)
		for (uint32_t i = r->first; i < r->behind; i++)
			owner = a[i - r->first].owner == OWNER_LINUX ? OWNER_LINUX : owner;
	if (a->ram || (owner != OWNER_LINUX && owner != OWNER_NOBODY))
		one_in_words(d->o, a, words, sizeof(words));
	else
		run_in_words(d->o, r, words, LABEL_COLUMNS * 4);
	svg_text(d->f, "address", BAR_LEFT - 10, d->y + 15, "0x%" PRIx64, r->base);
	svg_rect(d->f, owner_class(owner, class), BAR_LEFT, d->y,
		 bar_width(r->end - r->base, last_power), ROW - 4);
	badge(d->f, owner, LABEL_LEFT - 4, d->y + 2);
	bottom = svg_wrap(d->f, "mono", LABEL_LEFT + (is_cell(owner) ? 18 : -4), d->y + 15, 15,
			  LABEL_COLUMNS - 2, words);
	d->y = bottom - 15 + 10 > d->y + ROW ? bottom - 15 + 10 : d->y + ROW;
}

static void hole_row(struct sheet *d, uint64_t from, uint64_t size, int last_power)
{
	char words[32];

	svg_text(d->f, "address", BAR_LEFT - 10, d->y + 13, "0x%" PRIx64, from);
	svg_rect(d->f, "hole", BAR_LEFT, d->y + 2, bar_width(size, last_power), ROW - 10);
	svg_text(d->f, "small", LABEL_LEFT - 4, d->y + 13, "%s without registers or memory",
		 size_in_words(size, words));
	d->y += ROW - 2;
}

/* Calls for each line, in order; with @draw false only looks for the longest. */
static int each_row(struct sheet *d, bool draw, int last_power)
{
	const struct owners *o = d->o;
	uint64_t end = o->area_count ? o->areas[0].base : 0;
	int longest = FIRST_POWER;
	struct run r;

	for (uint32_t i = 0; i < o->area_count; i = r.behind) {
		uint64_t hole;

		r = next_run(o, i);
		hole = r.base > end ? r.base - end : 0;
		if (hole >= WIDE_HOLE)
			longest = log2_up(hole) > longest ? log2_up(hole) : longest;
		longest = log2_up(r.end - r.base) > longest ? log2_up(r.end - r.base) : longest;
		if (draw && hole >= WIDE_HOLE)
			hole_row(d, end, hole, last_power);
		if (draw)
			run_row(d, &r, last_power);
		end = r.end > end ? r.end : end;
	}
	return longest;
}

void draw_addresses(struct sheet *d)
{
	const int last_power = each_row(d, false, 0);
	FILE *const sheet = d->f;
	char *rows = NULL;
	size_t size = 0;
	int top, bottom;

	heading(d, "All addresses, in order",
		"A bar's length is the logarithm of its size. Neighbours that Linux has are one "
		"bar; each device of a cell has its own.");
	d->y += 14;
	top = d->y;
	d->f = open_memstream(&rows, &size);
	if (!d->f) {
		d->f = sheet;
		return;
	}
	each_row(d, true, last_power);
	bottom = d->y;
	if (fclose(d->f)) {
		free(rows);
		rows = NULL;
	}
	/* The grid lies behind the bars, and its length is known only now. */
	d->f = sheet;
	d->y = top;
	size_axis(d, last_power, bottom);
	fputs(rows ? rows : "", sheet);
	free(rows);
	d->y = bottom + 14;
}
