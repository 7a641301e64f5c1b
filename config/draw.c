// SPDX-License-Identifier: GPL-2.0-only
/*
 * The sheet: title, style, and its parts one below the other. The parts are drawn first, into
 * memory, since the height of the sheet stands at its beginning. Colours are those of Okabe and
 * Ito, which colour-blind people tell apart; patterns and letters say the same in grey.
 */
#include <stdlib.h>
#include <string.h>
#include "draw.h"
#include "draw_parts.h"

static const struct { const char *fill, *shade; } palette[] = {
	{ "#0072b2", "#4d9dcb" }, { "#e69f00", "#f6cd74" }, { "#009e73", "#66c9ae" },
	{ "#d55e00", "#ec9a5c" }, { "#56b4e9", "#a5d8f5" }, { "#cc79a7", "#e7b9d2" },
	{ "#f0e442", "#b3a916" },
};

/* Tiles of 8 by 8 pixels, in the order in which they are given to cells. */
static const char *const patterns[] = {
	"",
	"M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4",
	"M0,4 h8",
	"M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4",
	"M4,0 v8",
	"M4,3 v2 M0,7 v2 M8,7 v2 M0,-1 v2 M8,-1 v2",
	"M0,4 h8 M4,0 v8",
};

#define COLOURS		(sizeof(palette) / sizeof(palette[0]))
#define PATTERNS	(sizeof(patterns) / sizeof(patterns[0]))

static const char style[] =
	"<style type=\"text/css\">\n"
	"text { font-family: \"DejaVu Sans\", Verdana, Arial, sans-serif; fill: #1c1c1c }\n"
	".paper { fill: #fcfcf9 }\n"
	".title { font-size: 26px; font-weight: bold }\n"
	".heading { font-size: 17px; font-weight: bold }\n"
	".name { font-size: 18px; font-weight: bold }\n"
	".text { font-size: 13px }\n"
	".small { font-size: 12px; fill: #4a4a4a }\n"
	".mono { font-family: \"DejaVu Sans Mono\", \"Liberation Mono\", monospace;"
	" font-size: 12px }\n"
	".address { font-family: \"DejaVu Sans Mono\", \"Liberation Mono\", monospace;"
	" font-size: 12px; fill: #4a4a4a; text-anchor: end }\n"
	".tick { font-size: 11px; fill: #4a4a4a; text-anchor: middle }\n"
	".start { font-size: 11px; fill: #4a4a4a }\n"
	".before { font-size: 12px; fill: #4a4a4a; text-anchor: end }\n"
	".number { font-size: 20px; font-weight: bold; text-anchor: middle }\n"
	".model { font-size: 11px; text-anchor: middle }\n"
	".tiny { font-size: 9px; text-anchor: middle }\n"
	".letter { font-size: 12px; font-weight: bold; text-anchor: middle }\n"
	".initial { font-size: 10px; font-weight: bold; text-anchor: middle }\n"
	".capital { font-size: 26px; font-weight: bold; text-anchor: middle }\n"
	".plate { fill: #ffffff; stroke: #1c1c1c; stroke-width: 1 }\n"
	".card { fill: #ffffff; stroke: #9a9a94; stroke-width: 1 }\n"
	".rule { stroke: #9a9a94; stroke-width: 1; fill: none }\n"
	".grid { stroke: #e2e2dc; stroke-width: 1; fill: none }\n"
	".hole { fill: none; stroke: #9a9a94; stroke-width: 1; stroke-dasharray: 3,3 }\n"
	".unplaced { stroke: #1c1c1c; stroke-width: 1.5; stroke-dasharray: 4,3 }\n"
	".set-aside { fill: #6b6b66 }\n";

const char *owner_class(unsigned int owner, char *words)
{
	snprintf(words, 8, "o%u", owner);
	return words;
}

char cell_letter(unsigned int owner)
{
	return (char)('A' + owner - OWNER_FIRST_CELL);
}

const char *owner_name(const struct owners *o, unsigned int owner)
{
	switch (owner) {
	case OWNER_LINUX:
		return "Linux";
	case OWNER_HYPERVISOR:
		return "the hypervisor";
	case OWNER_LINUX_ONLY:
		return "Linux, never a cell";
	case OWNER_NOBODY:
		return "nobody";
	default:
		return is_shared(owner) ? o->s->memories[owner - OWNER_FIRST_SHARED].name :
					  o->s->cells[owner - OWNER_FIRST_CELL].name;
	}
}

const char *sharers_in_words(const struct owners *o, uint32_t i, char words[WORDS_MAX])
{
	size_t used = 0;

	words[0] = '\0';
	/* 15 letters with commas do fit. */
	for (uint32_t cell = 0; cell < o->s->count; cell++)
		if (owners_shares(o, cell, i))
			used += (size_t)snprintf(words + used, WORDS_MAX - used, "%s%c",
						 used ? ", " : "",
						 cell_letter(OWNER_FIRST_CELL + cell));
	return used ? words : "nobody";
}

void badge(FILE *f, unsigned int owner, int x, int y)
{
	if (!is_cell(owner))
		return;
	svg_rect(f, "plate", x, y, 16, 16);
	svg_text(f, "letter", x + 8, y + 12, "%c", cell_letter(owner));
}

const char *size_in_words(uint64_t bytes, char *words)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int unit = 0;
	uint64_t tenths;

	/* Small numbers of a large unit only where they are exact. */
	while (unit + 1 < sizeof(units) / sizeof(units[0]) && bytes >> (10 * (unit + 1)) &&
	       (bytes >> (10 * (unit + 1)) >= 10 || !(bytes & ((1ULL << (10 * (unit + 1))) - 1))))
		unit++;
	tenths = unit ? (bytes >> (10 * (unit - 1))) % 1024 * 10 / 1024 : 0;
	if (tenths)
		snprintf(words, 32, "%llu.%llu %s", (unsigned long long)(bytes >> (10 * unit)),
			 (unsigned long long)tenths, units[unit]);
	else
		snprintf(words, 32, "%llu %s", (unsigned long long)(bytes >> (10 * unit)),
			 units[unit]);
	return words;
}

const char *cpus_in_words(const struct owners *o, unsigned int owner, char words[WORDS_MAX])
{
	const uint32_t count = board_system(o->b)->cpus.count;
	size_t used = 0;

	words[0] = '\0';
	for (uint32_t cpu = 0, last; cpu < count; cpu = last + 1) {
		last = cpu;
		if (o->cpus[cpu] != owner)
			continue;
		while (last + 1 < count && o->cpus[last + 1] == owner)
			last++;
		/* 64 numbers of two digits with commas do fit. */
		used += (size_t)snprintf(words + used, WORDS_MAX - used, "%s%u", used ? ", " : "",
					 cpu);
		if (last > cpu)
			used += (size_t)snprintf(words + used, WORDS_MAX - used, "-%u", last);
	}
	return words;
}

/* A name without its unit address, and how many devices have it. */
struct kind {
	const char *name;
	int length;
	unsigned int count;
};

static int by_name(const void *left, const void *right)
{
	const struct kind *a = left, *b = right;
	const int shorter = a->length < b->length ? a->length : b->length;
	const int order = memcmp(a->name, b->name, (size_t)shorter);

	return order ? order : a->length - b->length;
}

static int by_count(const void *left, const void *right)
{
	const struct kind *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return by_name(left, right);
}

static unsigned int list_kinds(const struct owners *o, const bool *chosen, struct kind *kinds)
{
	const struct tree *t = &o->b->tree;
	unsigned int nodes = 0, count = 0;

	for (uint32_t node = 0; node < t->count; node++)
		if (chosen[node]) {
			const char *name = tree_name(t, node);

			kinds[nodes++] = (struct kind){ name, (int)strcspn(name, "@"), 1 };
		}
	qsort(kinds, nodes, sizeof(*kinds), by_name);
	for (unsigned int i = 0; i < nodes; i++) {
		if (count && !by_name(&kinds[count - 1], &kinds[i]))
			kinds[count - 1].count++;
		else
			kinds[count++] = kinds[i];
	}
	qsort(kinds, count, sizeof(*kinds), by_count);
	return count;
}

void kinds_in_words(const struct owners *o, const bool *chosen, char *words, size_t size)
{
	static const size_t rest = sizeof(", and 4294967295 other kinds");
	struct kind *kinds = calloc(o->b->tree.count, sizeof(*kinds));
	const unsigned int count = kinds ? list_kinds(o, chosen, kinds) : 0;
	size_t used = 0;

	words[0] = '\0';
	for (unsigned int i = 0; i < count; i++) {
		char kind[64];
		const int length = snprintf(kind, sizeof(kind), "%s%u %.*s", i ? ", " : "",
					    kinds[i].count,
					    kinds[i].length < 40 ? kinds[i].length : 40,
					    kinds[i].name);

		if (used + (size_t)length + rest > size) {
			snprintf(words + used, size - used, "%s%u other kinds", i ? ", and " : "",
				 count - i);
			break;
		}
		memcpy(words + used, kind, (size_t)length + 1);
		used += (size_t)length;
	}
	free(kinds);
}

void heading(struct sheet *d, const char *title, const char *hint)
{
	svg_line(d->f, "rule", SHEET_LEFT, d->y, SHEET_RIGHT, d->y);
	svg_text(d->f, "heading", SHEET_LEFT, d->y + 28, "%s", title);
	svg_text(d->f, "small", SHEET_LEFT, d->y + 48, "%s", hint);
	d->y += 64;
}

static const char *board_name(const struct board *b)
{
	const char *model = tree_string(&b->tree, 0, "model");

	if (!model || !*model)
		model = tree_string(&b->tree, 0, "compatible");
	return model && *model ? model : "a board without a name";
}

static uint64_t ram_size(const struct owners *o)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < o->area_count; i++)
		size += o->areas[i].ram ? o->areas[i].size : 0;
	return size;
}

static void draw_title(struct sheet *d)
{
	const struct owners *o = d->o;
	char ram[32];

	svg_text(d->f, "title", SHEET_LEFT, 54, "Who has what: %.50s", board_name(o->b));
	svg_text(d->f, "text", SHEET_LEFT, 82, "%u CPUs and %s of memory, shared out between "
		 "Linux and %u cell%s.", board_system(o->b)->cpus.count,
		 size_in_words(ram_size(o), ram), o->s->count, o->s->count == 1 ? "" : "s");
	svg_text(d->f, "text", SHEET_LEFT, 102, "A cell has one colour, pattern and letter "
		 "everywhere on this sheet. Grey is Linux, black the hypervisor, white nobody.");
	d->y = 124;
}

static void define_cell(FILE *out, unsigned int owner)
{
	const unsigned int i = owner - OWNER_FIRST_CELL;
	const char *fill = palette[i % COLOURS].fill, *shade = palette[i % COLOURS].shade;
	/* Cells that share a colour, 7 apart, do not share a pattern. */
	const char *pattern = patterns[(i + i / COLOURS) % PATTERNS];

	fprintf(out, "<pattern id=\"p%u\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
		"<rect width=\"8\" height=\"8\" fill=\"%s\"/><path d=\"M0,0%s\" stroke=\"%s\" "
		"stroke-width=\"2.5\" fill=\"none\"/></pattern>\n", owner, fill, pattern, shade);
	fprintf(out, "<style type=\"text/css\">.o%u { fill: url(#p%u); stroke: #1c1c1c; "
		"stroke-width: 0.6 }</style>\n", owner, owner);
}

/* Stripes in the colours of those who share it, white where nobody does. */
static void define_shared(FILE *out, const struct owners *o, uint32_t i)
{
	const unsigned int owner = OWNER_FIRST_SHARED + i;
	uint32_t count = 0;

	for (uint32_t cell = 0; cell < o->s->count; cell++)
		count += owners_shares(o, cell, i);
	fprintf(out, "<pattern id=\"p%u\" width=\"%u\" height=\"8\" "
		"patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">", owner,
		count ? 8 * count : 8);
	count = 0;
	for (uint32_t cell = 0; cell < o->s->count; cell++)
		if (owners_shares(o, cell, i))
			fprintf(out, "<rect x=\"%u\" width=\"8\" height=\"8\" fill=\"%s\"/>",
				8 * count++, palette[cell % COLOURS].fill);
	fprintf(out, "</pattern>\n<style type=\"text/css\">.o%u { fill: url(#p%u); "
		"stroke: #1c1c1c; stroke-width: 0.6 }</style>\n", owner, owner);
}

static void define_owners(FILE *out, const struct owners *o)
{
	for (uint32_t i = 0; i < o->s->count; i++)
		define_cell(out, OWNER_FIRST_CELL + i);
	for (uint32_t i = 0; i < o->s->memory_count; i++)
		define_shared(out, o, i);
	fprintf(out, "<pattern id=\"p%d\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
		"<rect width=\"8\" height=\"8\" fill=\"#cfd1cb\"/><path d=\"M0,0 l8,8 M8,0 l-8,8\" "
		"stroke=\"#55554f\" stroke-width=\"1\"/></pattern>\n", OWNER_LINUX_ONLY);
	fprintf(out, "<style type=\"text/css\">.o%d { fill: #cfd1cb; stroke: #8a8a84; "
		"stroke-width: 0.6 }\n.o%d { fill: #2b2e31 }\n.o%d { fill: url(#p%d); "
		"stroke: #55554f; stroke-width: 0.6 }\n.o%d { fill: #ffffff; stroke: #b4b4ae; "
		"stroke-width: 0.6 }</style>\n", OWNER_LINUX, OWNER_HYPERVISOR, OWNER_LINUX_ONLY,
		OWNER_LINUX_ONLY, OWNER_NOBODY);
}

static void write_sheet(FILE *out, const struct owners *o, const char *body, int height)
{
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		"height=\"%d\" viewBox=\"0 0 %d %d\">\n<title>Partition map of ", SHEET_WIDTH,
		height, SHEET_WIDTH, height);
	svg_escape(out, board_name(o->b));
	fprintf(out, "</title>\n<defs>\n%s</style>\n", style);
	define_owners(out, o);
	fputs("</defs>\n", out);
	svg_rect(out, "paper", 0, 0, SHEET_WIDTH, height);
	fputs(body, out);
	fputs("</svg>\n", out);
}

static void draw_parts(struct sheet *d)
{
	draw_title(d);
	draw_cards(d);
	draw_cpus(d);
	draw_memory_lanes(d);
	draw_addresses(d);
	draw_interrupts(d);
}

bool draw_svg(FILE *out, const struct board *b, const struct system *s,
	      const struct draw_memory *memory)
{
	struct owners o;
	struct sheet d = { .o = &o };
	char *body = NULL;
	size_t size = 0;
	bool good = false;

	if (!owners_find(&o, b, s, memory))
		return false;
	d.f = open_memstream(&body, &size);
	if (d.f) {
		draw_parts(&d);
		good = !ferror(d.f);
		good = !fclose(d.f) && good;
	}
	if (good)
		write_sheet(out, &o, body, d.y + 24);
	free(body);
	owners_release(&o);
	return good && !fflush(out) && !ferror(out);
}
