// SPDX-License-Identifier: GPL-2.0-only
/*
 * The maps: CPUs, memory to scale, and interrupts. Whatever a board has, they stay within the width
 * of the sheet, and no label is written over another.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include "draw_parts.h"

/* @text cut to what fits @width pixels of a font of @size. */
static void short_text(FILE *f, const char *class, int x, int y, int width, int size,
		       const char *text)
{
	const int columns = width * 100 / (size * SVG_SANS_WIDTH);

	if ((int)strlen(text) <= columns)
		svg_text(f, class, x, y, "%s", text);
	else if (columns > 3)
		svg_text(f, class, x, y, "%.*s..", columns - 2, text);
}

/* "cortex-a57" of "arm,cortex-a57". */
static const char *cpu_model(const struct owners *o, uint32_t cpu)
{
	const uint32_t node = o->cpu_nodes[cpu];
	const char *model = node == TREE_NONE ? NULL :
			    tree_string(&o->b->tree, node, "compatible");
	const char *comma = model ? strchr(model, ',') : NULL;

	return comma ? comma + 1 : model ? model : "";
}

static void cpu_tile(struct sheet *d, uint32_t cpu, int x, int y, int width)
{
	const unsigned int owner = d->o->cpus[cpu];
	const int middle = x + width / 2;
	const bool narrow = width < 90;
	char class[8];

	svg_rect(d->f, owner_class(owner, class), x, y, width, 84);
	svg_rect(d->f, "plate", x + 4, y + 22, width - 8, 58);
	svg_text(d->f, "number", middle, y + 44, "%u", cpu);
	short_text(d->f, narrow ? "tiny" : "model", middle, y + 59, width - 8, narrow ? 9 : 11,
		   cpu_model(d->o, cpu));
	if (is_cell(owner) && narrow)
		svg_text(d->f, "letter", middle, y + 75, "%c", cell_letter(owner));
	else
		short_text(d->f, "model", middle, y + 75, width - 10, 11,
			   owner_name(d->o, owner));
}

void draw_cpus(struct sheet *d)
{
	const uint32_t count = board_system(d->o->b)->cpus.count;
	const uint32_t in_row = count < 16 ? count : 16;
	const int pitch = (SHEET_RIGHT - SHEET_LEFT + 8) / (int)in_row;
	const int width = (pitch < 150 ? pitch : 150) - 8;

	heading(d, "CPUs", "By the numbers that Linux gives them.");
	for (uint32_t cpu = 0; cpu < count; cpu++)
		cpu_tile(d, cpu, SHEET_LEFT + (int)(cpu % in_row) * (width + 8),
			 d->y + (int)(cpu / in_row) * 92, width);
	d->y += (int)((count + in_row - 1) / in_row) * 92 + 12;
}

/* Memory: the pieces of RAM side by side on one scale, breaks between them. */
#define LANE_LEFT	320
#define LANE_WIDTH	(SHEET_RIGHT - LANE_LEFT)
#define BREAK		14

struct lanes {
	const struct pt_range *ram;
	uint32_t count;
	uint64_t total;
	int width;	/* pixels for all of the memory, without breaks */
};

static struct lanes open_lanes(const struct owners *o)
{
	const struct pt_system *s = board_system(o->b);
	struct lanes l = { .ram = blob_entries(s, s->ram), .count = s->ram.count };

	for (uint32_t i = 0; i < l.count; i++)
		l.total += l.ram[i].size;
	l.width = LANE_WIDTH - BREAK * (int)(l.count - 1);
	return l;
}

static int scaled(const struct lanes *l, uint64_t size)
{
	return size < l->total ? (int)(size * (uint64_t)l->width / l->total) : l->width;
}

/* Where address @at of piece @piece is drawn. */
static int lane_x(const struct lanes *l, uint32_t piece, uint64_t at)
{
	uint64_t before = 0;

	for (uint32_t i = 0; i < piece; i++)
		before += l->ram[i].size;
	return LANE_LEFT + BREAK * (int)piece + scaled(l, before + at - l->ram[piece].base);
}

/* Draws what of @r is memory; returns how much that is. */
static uint64_t lane_range(struct sheet *d, const struct lanes *l, const char *class,
			   struct tree_range r, int y, int height)
{
	const uint64_t r_end = range_end(r.base, r.size);
	uint64_t found = 0;

	for (uint32_t i = 0; i < l->count; i++) {
		const uint64_t end = l->ram[i].base + l->ram[i].size;
		const uint64_t from = r.base > l->ram[i].base ? r.base : l->ram[i].base;
		const uint64_t to = r_end < end ? r_end : end;
		int x, width;

		if (from >= to)
			continue;
		x = lane_x(l, i, from);
		width = lane_x(l, i, to) - x;
		svg_rect(d->f, class, x, y, width > 3 ? width : 3, height);
		found += to - from;
	}
	return found;
}

/* Where a piece begins, on one of two lines below it, unless both are taken there. */
static void ram_label(struct sheet *d, const struct pt_range *r, int x, int right, int *free_from)
{
	const int needed = right - x > 200 ? 200 : 96;
	const int level = x < free_from[0];
	char size[32];

	if (x < free_from[level] || x + needed > SHEET_RIGHT + 8)
		return;
	if (needed == 200)
		svg_text(d->f, "start", x, d->y + 54 + 14 * level, "0x%" PRIx64 ", %s", r->base,
			 size_in_words(r->size, size));
	else
		svg_text(d->f, "start", x, d->y + 54 + 14 * level, "0x%" PRIx64, r->base);
	free_from[level] = x + needed;
}

static void ram_lane(struct sheet *d, const struct lanes *l)
{
	int free_from[2] = { 0, 0 };
	char size[32];

	svg_text(d->f, "text", SHEET_LEFT, d->y + 26, "All memory: %s",
		 size_in_words(l->total, size));
	for (uint32_t i = 0; i < l->count; i++) {
		const struct pt_range *r = &l->ram[i];

		lane_range(d, l, "o0", (struct tree_range){ r->base, r->size }, d->y, 40);
		ram_label(d, r, lane_x(l, i, r->base), lane_x(l, i, r->base + r->size), free_from);
	}
	d->y += free_from[1] ? 82 : 68;
}

/* Size and address of what lies at @r, on that side of it where there is room. */
static void place_label(struct sheet *d, const struct lanes *l, const struct tree_range *r,
			const char *size)
{
	uint32_t piece = l->count - 1;
	int left, right;

	while (piece && l->ram[piece].base > r->base)
		piece--;
	if (r->base < l->ram[piece].base || r->base - l->ram[piece].base >= l->ram[piece].size) {
		svg_text(d->f, "small", LANE_LEFT, d->y + 14,
			 "%s at 0x%" PRIx64 ", which is no memory of this board", size, r->base);
		return;
	}
	left = lane_x(l, piece, r->base);
	right = left + scaled(l, r->size);
	if (SHEET_RIGHT - right > left - LANE_LEFT)
		svg_text(d->f, "small", right + 12, d->y + 14, "%s at 0x%" PRIx64, size, r->base);
	else
		svg_text(d->f, "before", left - 10, d->y + 14, "%s at 0x%" PRIx64, size, r->base);
}

/* What @owner has, and in the lane of all memory at @top. */
static void owner_lane(struct sheet *d, const struct lanes *l, unsigned int owner, bool known,
		       struct tree_range r, int top)
{
	const int width = scaled(l, r.size);
	char class[8], both[24], size[32];

	svg_line(d->f, "grid", LANE_LEFT, d->y + 22, SHEET_RIGHT, d->y + 22);
	owner_class(owner, class);
	size_in_words(r.size, size);
	if (known) {
		lane_range(d, l, class, r, top, 40);
		lane_range(d, l, class, r, d->y, 19);
		place_label(d, l, &r, size);
		return;
	}
	snprintf(both, sizeof(both), width > 12 ? "unplaced %s" : "%s", class);
	svg_rect(d->f, both, LANE_LEFT, d->y, width > 3 ? width : 3, 19);
	svg_text(d->f, "small", LANE_LEFT + (width > LANE_WIDTH - 420 ? 8 : width + 12), d->y + 14,
		 "%s from Linux, placed when the cell is made", size);
}

static void cell_lane(struct sheet *d, const struct lanes *l, uint32_t i, int top)
{
	const struct cell *cell = &d->o->s->cells[i];
	const unsigned int owner = OWNER_FIRST_CELL + i;
	struct tree_range r = { .size = cell->memory_size };
	const bool known = owners_memory(d->o, i, &r.base);

	badge(d->f, owner, SHEET_LEFT, d->y + 2);
	svg_text(d->f, "text", SHEET_LEFT + 24, d->y + 15, "%s", cell->name);
	owner_lane(d, l, owner, known, r, top);
}

static void shared_lane(struct sheet *d, const struct lanes *l, uint32_t i, int top)
{
	const struct shared_memory *s = &d->o->s->memories[i];
	char sharers[WORDS_MAX], words[WORDS_MAX + PT_NAME_SIZE + 8];

	snprintf(words, sizeof(words), "%s: %s", s->name, sharers_in_words(d->o, i, sharers));
	short_text(d->f, "text", SHEET_LEFT + 24, d->y + 15, LANE_LEFT - SHEET_LEFT - 32, 13,
		   words);
	owner_lane(d, l, OWNER_FIRST_SHARED + i, s->address,
		   (struct tree_range){ s->address, s->size }, top);
}

/* Memory that the tree sets aside: firmware's and drivers', out of Linux's part. */
static void set_aside_lane(struct sheet *d, const struct lanes *l)
{
	const struct tree *t = &d->o->b->tree;
	unsigned int count = 0;
	uint64_t bytes = 0;
	char size[32];

	for (uint32_t i = 0; i < d->o->b->register_count; i++) {
		const struct board_registers *r = &d->o->b->registers[i];
		const char *type = tree_string(t, r->node, "device_type");
		uint64_t found;

		if (type && !strcmp(type, "memory"))
			continue;
		found = lane_range(d, l, "set-aside", r->range, d->y, 19);
		bytes += found;
		count += found != 0;
	}
	if (!count)
		return;
	svg_text(d->f, "text", SHEET_LEFT + 24, d->y + 15, "Linux: %u set aside, %s", count,
		 size_in_words(bytes, size));
	svg_line(d->f, "grid", LANE_LEFT, d->y + 22, SHEET_RIGHT, d->y + 22);
	d->y += 26;
}

void draw_memory_lanes(struct sheet *d)
{
	const struct lanes l = open_lanes(d->o);
	int top;

	heading(d, "Memory, to scale",
		"Left to right by address; a gap where addresses jump. Below, each one's share on "
		"the same scale. What no cell has is Linux's.");
	top = d->y;
	ram_lane(d, &l);
	for (uint32_t i = 0; i < d->o->s->count; i++, d->y += 26)
		cell_lane(d, &l, i, top);
	for (uint32_t i = 0; i < d->o->s->memory_count; i++, d->y += 26)
		shared_lane(d, &l, i, top);
	set_aside_lane(d, &l);
	d->y += 14;
}

/* Interrupts: a square each. */
#define SQUARE		16
#define PITCH		17
#define IN_ROW		64
#define SQUARES_LEFT	(SHEET_RIGHT - IN_ROW * PITCH)

static void interrupt_row(struct sheet *d, uint32_t first)
{
	svg_text(d->f, "address", SQUARES_LEFT - 8, d->y + 13, "%u", first);
	for (uint32_t i = 0; i < IN_ROW && first + i < OWNERS_SPI_END; i++) {
		const unsigned int owner = d->o->spis[first + i];
		const int x = SQUARES_LEFT + (int)i * PITCH;
		char class[8];

		svg_rect(d->f, owner_class(owner, class), x, d->y, SQUARE, SQUARE);
		if (!is_cell(owner))
			continue;
		svg_rect(d->f, "plate", x + 3, d->y + 2, SQUARE - 6, SQUARE - 4);
		svg_text(d->f, "initial", x + SQUARE / 2, d->y + 12, "%c", cell_letter(owner));
	}
	d->y += PITCH + 2;
}

void draw_interrupts(struct sheet *d)
{
	uint32_t last = OWNERS_SPI_END - 1;
	char words[WORDS_MAX];

	while (last > OWNERS_FIRST_SPI && d->o->spis[last] == OWNER_NOBODY)
		last--;
	snprintf(words, sizeof(words), "A square each, %d in a row, from number %d; those above %u "
		 "are of no device. The 32 private ones come with each CPU.", IN_ROW,
		 OWNERS_FIRST_SPI, last);
	heading(d, "Interrupts", words);
	for (uint32_t first = OWNERS_FIRST_SPI; first <= last; first += IN_ROW)
		interrupt_row(d, first);
}
