// SPDX-License-Identifier: GPL-2.0-only
/*
 * A card for each owner: what a cell has, in full; what Linux has, by kind; what the hypervisor
 * keeps; what is nobody's. The cards are the legend of the sheet. Text is drawn before the card's
 * frame is, since only then its height is known.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include "draw_parts.h"
#include "rights.h"

#define GAP		20
#define WIDTH		((SHEET_RIGHT - SHEET_LEFT - GAP) / 2)
#define BAND		52
#define TEXT		(BAND + 16)
#define LINE		17
/* Characters in a line; the largest font is of 13 pixels. */
#define COLUMNS		((WIDTH - TEXT - 12) * 100 / (13 * SVG_MONO_WIDTH))

struct card {
	const struct owners *o;
	unsigned int owner;
	FILE *f;
	char *body;
	size_t size;
	int y;
};

static void line(struct card *c, const char *class, const char *text)
{
	c->y = svg_wrap(c->f, class, TEXT, c->y, LINE, COLUMNS, text);
}

static void title(struct card *c, const char *name, const char *what)
{
	svg_text(c->f, "name", TEXT, 30, "%s", name);
	c->y = 52;
	line(c, "small", what);
	c->y += 4;
}

static const struct cell *cell_of(const struct card *c)
{
	return &c->o->s->cells[c->owner - OWNER_FIRST_CELL];
}

static void cell_cpus(struct card *c)
{
	const struct cell *cell = cell_of(c);
	char all[WORDS_MAX], *words;

	cpus_in_words(c->o, c->owner, all);
	if (asprintf(&words, cell->cpu_count == 1 ? "CPU %s" : "CPUs %s; it starts on %u", all,
		     cell->cpus[0]) < 0)
		return;
	line(c, "text", words);
	free(words);
}

static void cell_memory(struct card *c)
{
	const struct cell *cell = cell_of(c);
	char place[64] = "", seen[64] = "", size[32], words[192];
	uint64_t base;

	if (owners_memory(c->o, c->owner - OWNER_FIRST_CELL, &base))
		snprintf(place, sizeof(place), " at 0x%" PRIx64, base);
	else
		snprintf(place, sizeof(place), " from Linux");
	if (cell->has_guest_address)
		snprintf(seen, sizeof(seen), ", seen by the cell at 0x%" PRIx64,
			 cell->guest_address);
	snprintf(words, sizeof(words), "%s of memory%s%s",
		 size_in_words(cell->memory_size, size), place, seen);
	line(c, "text", words);
}

/* Each memory with those who have it, too. */
static void cell_shared(struct card *c)
{
	const struct cell *cell = cell_of(c);

	for (uint32_t i = 0; i < cell->shared_count; i++) {
		const struct shared_memory *s = cell->shared[i];
		char sharers[WORDS_MAX], place[64] = " from Linux", seen[64] = "", size[32], *words;

		if (s->address)
			snprintf(place, sizeof(place), " at 0x%" PRIx64, s->address);
		if (s->has_guest_address)
			snprintf(seen, sizeof(seen), ", seen by the cell at 0x%" PRIx64,
				 s->guest_address);
		if (asprintf(&words, "%s of memory '%s'%s%s, which %s share",
			     size_in_words(s->size, size), s->name, place, seen,
			     sharers_in_words(c->o, (uint32_t)(s - c->o->s->memories), sharers)) <
		    0)
			return;
		line(c, "text", words);
		free(words);
	}
}

static void write_range(FILE *f, unsigned int first, unsigned int last, const char *behind)
{
	if (first == last)
		fprintf(f, " %u%s", first, behind);
	else
		fprintf(f, " %u-%u%s", first, last, behind);
}

/* The board's list has a device's interrupts together. */
static bool has_more(const struct board *b, uint32_t i)
{
	return i + 1 < b->spi_count && b->spis[i + 1].node == b->spis[i].node;
}

/* Neighbours in the tree's list that follow on each other are written as a range. */
static void device_interrupts(FILE *f, const struct board *b, uint32_t node, const char *between)
{
	unsigned int count = 0, first = 0, last = 0;

	for (uint32_t i = 0; i < b->spi_count; i++) {
		const unsigned int intid = b->spis[i].intid;

		if (b->spis[i].node != node)
			continue;
		if (count++ && intid == last + 1) {
			last = intid;
			continue;
		}
		if (count > 1)
			write_range(f, first, last, ",");
		else
			fprintf(f, "%sinterrupt%s", between, has_more(b, i) ? "s" : "");
		first = last = intid;
	}
	if (!count)
		return;
	write_range(f, first, last, "");
	if (count == 1)
		fprintf(f, " (SPI %u)", first - OWNERS_FIRST_SPI);
}

/* Ranges and interrupts of a device, as a sentence. */
static void device_parts(struct card *c, uint32_t node)
{
	const struct board *b = c->o->b;
	size_t size = 0;
	char *words = NULL;
	FILE *f = open_memstream(&words, &size);
	const char *between = "";

	if (!f)
		return;
	for (uint32_t i = 0; i < b->register_count; i++)
		if (b->registers[i].node == node) {
			char length[32];

			fprintf(f, "%s%s at 0x%" PRIx64, between,
				size_in_words(b->registers[i].range.size, length),
				b->registers[i].range.base);
			between = ", ";
		}
	device_interrupts(f, b, node, between);
	if (!fclose(f))
		line(c, "small", words);
	free(words);
}

static void device(struct card *c, uint32_t node)
{
	char path[TREE_PATH_MAX];

	c->y += 3;
	line(c, "mono", tree_path(&c->o->b->tree, node, path));
	device_parts(c, node);
}

static void cell_rights(struct card *c)
{
	const struct cell *cell = cell_of(c);
	char words[RIGHT_WORDS_SIZE + PT_NAME_SIZE + 16], verbs[RIGHT_WORDS_SIZE];

	for (uint32_t i = 0; i < cell->right_count; i++) {
		snprintf(words, sizeof(words), "may %s %s", right_words(cell->rights[i].verbs, verbs),
			 cell->rights[i].name);
		line(c, "text", words);
	}
	if (cell->boot != PT_BOOT_START)
		line(c, "text", cell->boot & PT_BOOT_START ? "starts first at boot" :
			     "waits at boot for a start");
}

static void cell_card(struct card *c)
{
	const struct cell *cell = cell_of(c);

	title(c, cell->name, cell->flags & PT_CELL_TRUSTED_IDLE ?
	      "a cell, trusted to idle by itself" : "a cell");
	cell_cpus(c);
	cell_memory(c);
	cell_shared(c);
	if (cell->image) {
		char *words;

		if (asprintf(&words, "runs %s", cell->image) >= 0) {
			line(c, "text", words);
			free(words);
		}
	}
	cell_rights(c);
	if (!cell->device_count)
		line(c, "small", "No devices but its CPUs' timers.");
	for (uint32_t i = 0; i < cell->device_count; i++)
		device(c, cell->devices[i].node);
}

/* How many devices @owner has, and of which kinds. */
static void kinds(struct card *c, const char *what)
{
	const uint32_t nodes = c->o->b->tree.count;
	bool *chosen = calloc(nodes, sizeof(*chosen));
	char words[WORDS_MAX], *text;
	unsigned int count = 0;

	if (!chosen)
		return;
	for (uint32_t node = 0; node < nodes; node++) {
		chosen[node] = c->o->devices[node] && c->o->nodes[node] == c->owner;
		count += chosen[node];
	}
	kinds_in_words(c->o, chosen, words, sizeof(words));
	if (count && asprintf(&text, "%u device%s%s: %s", count, count == 1 ? "" : "s", what,
			      words) >= 0) {
		line(c, "text", text);
		free(text);
	}
	free(chosen);
}

static void linux_card(struct card *c)
{
	char cpus[WORDS_MAX], words[WORDS_MAX + 32], left[32], taken[32];
	uint64_t ram = 0, cells = 0;

	for (uint32_t i = 0; i < c->o->area_count; i++)
		ram += c->o->areas[i].ram ? c->o->areas[i].size : 0;
	for (uint32_t i = 0; i < c->o->s->count; i++)
		cells += c->o->s->cells[i].memory_size;
	for (uint32_t i = 0; i < c->o->s->memory_count; i++)
		cells += c->o->s->memories[i].size;
	title(c, "Linux", "the rest: all that no cell names");
	cpus_in_words(c->o, OWNER_LINUX, cpus);
	snprintf(words, sizeof(words), strpbrk(cpus, ",-") ? "CPUs %s" : "CPU %s",
		 *cpus ? cpus : "none");
	line(c, "text", words);
	snprintf(words, sizeof(words), "%s of memory, after %s for the cells",
		 size_in_words(ram > cells ? ram - cells : 0, left), size_in_words(cells, taken));
	line(c, "text", words);
	kinds(c, "");
}

static void ranges(struct card *c, const struct pt_range *r, uint32_t count, const char *what)
{
	for (uint32_t i = 0; i < count; i++) {
		char size[32], words[128];

		snprintf(words, sizeof(words), "%s: %s at 0x%" PRIx64, what,
			 size_in_words(r[i].size, size), r[i].base);
		line(c, "small", words);
	}
}

static void hypervisor_card(struct card *c)
{
	const struct pt_system *s = board_system(c->o->b);
	char words[128];

	title(c, "The hypervisor", "what all share, and memory of its own from Linux");
	line(c, "text", "Shared by all: the interrupt controller. Linux and each cell see their "
	     "own interrupts and CPUs in it, and nothing else.");
	ranges(c, &s->gicd, 1, "Distributor");
	ranges(c, &s->gicc, s->gicc.size != 0, "CPU interfaces");
	ranges(c, blob_entries(s, s->gicr), s->gicr.count, "Redistributors");
	if (!s->event_spi)
		return;
	snprintf(words, sizeof(words), "Interrupt %u (SPI %u) tells Linux of events in cells.",
		 s->event_spi, s->event_spi - OWNERS_FIRST_SPI);
	line(c, "text", words);
}

static void linux_only_card(struct card *c)
{
	title(c, "Linux, never a cell", "devices that reach into what others have");
	for (uint32_t node = 0; node < c->o->b->tree.count; node++)
		if (c->o->devices[node] && c->o->nodes[node] == OWNER_LINUX_ONLY)
			device(c, node);
}

static void nobody_card(struct card *c)
{
	unsigned int spare = 0;
	char words[128];

	for (uint32_t i = OWNERS_FIRST_SPI; i < OWNERS_SPI_END; i++)
		spare += c->o->spis[i] == OWNER_NOBODY;
	title(c, "Nobody", "what no cell names and Linux does not use");
	kinds(c, " disabled in the board's tree");
	snprintf(words, sizeof(words), "%u interrupt numbers of %d are of no device.", spare,
		 OWNERS_SPI_END - OWNERS_FIRST_SPI);
	line(c, "text", words);
}

static void write_text(struct card *c)
{
	if (is_cell(c->owner))
		cell_card(c);
	else if (c->owner == OWNER_LINUX)
		linux_card(c);
	else if (c->owner == OWNER_HYPERVISOR)
		hypervisor_card(c);
	else if (c->owner == OWNER_LINUX_ONLY)
		linux_only_card(c);
	else
		nobody_card(c);
}

static void prepare(struct card *c, const struct owners *o, unsigned int owner)
{
	*c = (struct card){ .o = o, .owner = owner };
	c->f = open_memstream(&c->body, &c->size);
	if (!c->f)
		return;
	write_text(c);
	if (fclose(c->f)) {
		free(c->body);
		c->body = NULL;
	}
}

static void place(struct sheet *d, const struct card *c, int x, int height)
{
	char class[8];

	fprintf(d->f, "<g id=\"owner-%u\" transform=\"translate(%d,%d)\">\n", c->owner, x, d->y);
	svg_rect(d->f, "card", 0, 0, WIDTH, height);
	svg_rect(d->f, owner_class(c->owner, class), 0, 0, BAND, height);
	if (is_cell(c->owner)) {
		svg_rect(d->f, "plate", 9, 14, 34, 34);
		svg_text(d->f, "capital", 26, 40, "%c", cell_letter(c->owner));
	}
	fputs(c->body ? c->body : "", d->f);
	fputs("</g>\n", d->f);
}

static bool has_card(const struct owners *o, unsigned int owner)
{
	if (is_cell(owner))
		return owner < OWNER_FIRST_CELL + o->s->count;
	if (owner != OWNER_LINUX_ONLY)
		return true;
	for (uint32_t node = 0; node < o->b->tree.count; node++)
		if (o->devices[node] && o->nodes[node] == OWNER_LINUX_ONLY)
			return true;
	return false;
}

/* What the user wrote comes first, what is left over last. */
static unsigned int list_owners(const struct owners *o, unsigned int *list)
{
	static const unsigned int others[] = {
		OWNER_LINUX, OWNER_HYPERVISOR, OWNER_LINUX_ONLY, OWNER_NOBODY,
	};
	unsigned int count = 0;

	for (unsigned int owner = OWNER_FIRST_CELL; is_cell(owner) && has_card(o, owner); owner++)
		list[count++] = owner;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (has_card(o, others[i]))
			list[count++] = others[i];
	return count;
}

void draw_cards(struct sheet *d)
{
	unsigned int list[OWNER_COUNT + 1];
	const unsigned int count = list_owners(d->o, list);

	for (unsigned int i = 0; i < count; i += 2) {
		struct card left, right = { 0 };
		int height;

		prepare(&left, d->o, list[i]);
		if (i + 1 < count)
			prepare(&right, d->o, list[i + 1]);
		height = left.y > right.y ? left.y : right.y;
		place(d, &left, SHEET_LEFT, height);
		if (i + 1 < count)
			place(d, &right, SHEET_LEFT + WIDTH + GAP, height);
		free(left.body);
		free(right.body);
		d->y += height + GAP;
	}
	d->y += 4;
}
