// SPDX-License-Identifier: GPL-2.0-only
/*
 * Choosing physical memory from the board's tree alone. Linux starts at the bottom of the memory,
 * so cells are put at its top. Never handed out is what the firmware reserves
 * (/reserved-memory, /memreserve/) or what another cell has. Who names an address may name it in
 * reserved memory that Linux does not map: that is what such a node is for.
 */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include <core/blob.h>
#include "placement.h"
#include "show.h"
#include "view.h"

#define LARGE_PAGE	(2ull << 20)

#define OWNER_SIZE	(TREE_PATH_MAX + PLACE_WORDS_SIZE + 16)

/* Somebody's memory. */
struct claim {
	uint64_t base, size;
	enum {
		CLAIM_TAKEN,
		CLAIM_MAPPED,	/* a node of reserved memory that Linux maps all the same */
		CLAIM_NO_MAP,	/* one that is kept from Linux, for whoever names it */
	} kind;
	char owner[OWNER_SIZE];	/* in words */
};

struct claims {
	struct claim *list;
	uint32_t count;
	bool failed;		/* out of memory: some are missing */
};

/* Memory that somebody wants, and how it is called in messages. */
struct want {
	uint64_t base, size;
	const char *kind, *name;
	struct place at;
};

static struct want want_of_cell(const struct cell *cell, uint64_t base, const struct messages *m)
{
	return (struct want){ base, cell->memory_size, "cell", cell->name,
			      messages_place(m, cell->name, "memory") };
}

static struct want want_of_shared(const struct shared_memory *s, const struct messages *m)
{
	return (struct want){ s->address, s->size, "shared memory", s->name,
			      messages_place(m, s->name, "size") };
}

static struct claim *claim(struct claims *c, uint64_t base, uint64_t size)
{
	struct claim *list;

	if (!size)
		return NULL;
	list = realloc(c->list, (c->count + 1) * sizeof(*list));
	if (!list) {
		c->failed = true;
		return NULL;
	}
	c->list = list;
	list[c->count] = (struct claim){ .base = base, .size = size };
	return &list[c->count++];
}

static void claim_wanted(struct claims *c, const struct want *w)
{
	struct claim *claimed = claim(c, w->base, w->size);
	char there[PLACE_WORDS_SIZE];

	if (claimed)
		snprintf(claimed->owner, OWNER_SIZE, "%s '%s'%s", w->kind, w->name,
			 place_words(w->at, there));
}

static void claim_reserved_nodes(struct claims *c, const struct tree *t)
{
	const uint32_t parent = tree_find(t, "/reserved-memory");
	char path[TREE_PATH_MAX];
	struct tree_range r;
	int length;

	for (uint32_t node = 0; parent != TREE_NONE && node < t->count; node++)
		for (uint32_t i = 0; t->nodes[node].parent == parent &&
				     tree_reg(t, node, i, &r) == TREE_REG_FINE; i++) {
			struct claim *claimed = claim(c, r.base, r.size);

			if (!claimed)
				continue;
			claimed->kind = tree_property(t, node, "no-map", &length) ? CLAIM_NO_MAP :
										    CLAIM_MAPPED;
			snprintf(claimed->owner, OWNER_SIZE, "'%s'", tree_path(t, node, path));
		}
}

static void claim_reserved(struct claims *c, const struct tree *t)
{
	const int count = fdt_num_mem_rsv(t->fdt);
	uint64_t base, size;

	for (int i = 0; i < count; i++) {
		struct claim *claimed = fdt_get_mem_rsv(t->fdt, i, &base, &size) ?
						NULL : claim(c, base, size);

		if (claimed)
			strcpy(claimed->owner, "'/memreserve/'");
	}
	claim_reserved_nodes(c, t);
}

/* One that wraps around reaches to the end of all addresses. */
static bool overlaps(const struct claim *other, uint64_t base, uint64_t size)
{
	const uint64_t end = other->base + other->size;

	return base + size > other->base && (base < end || end < other->base);
}

static bool lies_inside(const struct claim *other, uint64_t base, uint64_t size)
{
	return base >= other->base && size <= other->size &&
	       base - other->base <= other->size - size;
}

static const struct claim *claimed(const struct claims *c, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (overlaps(&c->list[i], base, size))
			return &c->list[i];
	return NULL;
}

static bool in_ram(const struct pt_system *s, uint64_t base, uint64_t size)
{
	const struct pt_range *ram = blob_entries(s, s->ram);

	for (uint32_t i = 0; i < s->ram.count; i++)
		if (base >= ram[i].base && size <= ram[i].size &&
		    base - ram[i].base <= ram[i].size - size)
			return true;
	return false;
}

/* Who has to give way to memory whose address is named. */
static void refuse_overlaps(const struct claims *c, const struct want *w, struct messages *m)
{
	static const char *const remedies[] = {
		[CLAIM_TAKEN] = "",
		[CLAIM_MAPPED] = ", or give that node 'no-map'",
		[CLAIM_NO_MAP] = ", or one inside of it",
	};

	for (uint32_t i = 0; i < c->count; i++) {
		const struct claim *other = &c->list[i];
		const bool inside = lies_inside(other, w->base, w->size);

		if (!overlaps(other, w->base, w->size) || (other->kind == CLAIM_NO_MAP && inside))
			continue;
		messages_error_at(
			m, w->at,
			"%s '%s': memory at 0x%llx: overlaps that of %s at 0x%llx; choose "
			"another address%s",
			w->kind, w->name, (unsigned long long)w->base, other->owner,
			(unsigned long long)other->base, remedies[other->kind]);
	}
}

static void check_address(struct claims *c, const struct want *w, const struct board *b,
			  struct messages *m)
{
	if (w->base % PT_PAGE_SIZE) {
		messages_error_at(m, w->at,
				  "%s '%s': memory at 0x%llx: not the start of a 4 KiB page",
				  w->kind, w->name, (unsigned long long)w->base);
		return;
	}
	if (!in_ram(board_system(b), w->base, w->size)) {
		messages_error_at(m, w->at,
				  "%s '%s': memory at 0x%llx: the board has no memory of that size "
				  "there; leave the address out to have one chosen",
				  w->kind, w->name, (unsigned long long)w->base);
		return;
	}
	refuse_overlaps(c, w, m);
	claim_wanted(c, w);
}

static void warn_of_small_pages(const struct want *w, struct messages *m)
{
	const unsigned long long low = w->base & ~(LARGE_PAGE - 1);

	if (w->size >= LARGE_PAGE && w->base % LARGE_PAGE)
		messages_warn_at(
			m, w->at,
			"%s '%s': memory at 0x%llx: not a multiple of 2 MiB, so that it is "
			"mapped in 4 KiB pages, at least its ends, which costs time; choose "
			"0x%llx or 0x%llx",
			w->kind, w->name, (unsigned long long)w->base, low, low + LARGE_PAGE);
}

static void check_named(struct claims *c, const struct want *w, const struct board *b, bool quiet,
			struct messages *m)
{
	const unsigned int errors = m->errors;

	check_address(c, w, b, m);
	if (m->errors == errors && !quiet)
		warn_of_small_pages(w, m);
}

/* The highest place in one piece of memory: each step goes below what is in the way. */
static bool fit_range(const struct claims *c, const struct pt_range *ram, uint64_t size,
		      uint64_t *address)
{
	const uint64_t align = size < LARGE_PAGE ? PT_PAGE_SIZE : LARGE_PAGE;
	uint64_t end = ram->base + ram->size;

	while (end >= size && end - size >= ram->base) {
		const uint64_t base = (end - size) & ~(align - 1);
		const struct claim *other;

		if (base < ram->base)
			return false;
		other = claimed(c, base, size);
		if (!other) {
			*address = base;
			return true;
		}
		end = other->base;
	}
	return false;
}

static bool fit(const struct claims *c, const struct pt_system *s, uint64_t size, uint64_t *address)
{
	const struct pt_range *ram = blob_entries(s, s->ram);

	/* The board's ranges are sorted. */
	for (uint32_t i = s->ram.count; i-- > 0;)
		if (fit_range(c, &ram[i], size, address))
			return true;
	return false;
}

static void choose(struct claims *c, struct want w, const struct board *b, uint64_t *address,
		   struct messages *m)
{
	char words[32];

	if (fit(c, board_system(b), w.size, &w.base)) {
		*address = w.base;
		claim_wanted(c, &w);
		return;
	}
	messages_error_at(
		m, w.at,
		"%s '%s': the board has no free piece of memory of %s; ask for less with '%s'",
		w.kind, w.name, size_exactly(w.size, words),
		strcmp(w.kind, "cell") != 0 ? "size" : "memory");
}

void memory_check(const struct system *s, const struct board *b, struct messages *m)
{
	struct claims c = { 0 };

	claim_reserved(&c, &b->tree);
	for (uint32_t i = 0; i < s->count; i++) {
		const struct want w = want_of_cell(&s->cells[i], s->cells[i].memory_address, m);

		if (w.base)
			check_named(&c, &w, b, false, m);
	}
	for (uint32_t i = 0; i < s->memory_count; i++) {
		const struct want w = want_of_shared(&s->memories[i], m);

		if (w.base && w.size)
			check_named(&c, &w, b, false, m);
	}
	if (c.failed)
		messages_error(m, "out of memory");
	free(c.list);
}

/* The file has the last word on where a cell lies; --memory may only agree. */
static void name_addresses(struct placement *p, const struct system *s, struct messages *m)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct cell *cell = &s->cells[i];

		if (!cell->memory_address)
			continue;
		if (p->named[i] && p->address[i] != cell->memory_address)
			messages_error_at(
				m, messages_place(m, cell->name, "memory"),
				"cell '%s': memory at 0x%llx: --memory names 0x%llx for it; "
				"leave one of them out",
				cell->name, (unsigned long long)cell->memory_address,
				(unsigned long long)p->address[i]);
		p->named[i] = true;
		p->address[i] = cell->memory_address;
	}
}

/* What the file names was right when it was read; its warning is not said a second time. */
static void place_named(struct claims *c, const struct placement *p, const struct system *s,
			const struct board *b, struct messages *m)
{
	for (uint32_t i = 0; i < s->memory_count; i++) {
		const struct want w = want_of_shared(&s->memories[i], m);

		if (w.base)
			claim_wanted(c, &w);
	}
	for (uint32_t i = 0; i < s->count; i++) {
		const struct want w = want_of_cell(&s->cells[i], p->address[i], m);

		if (p->named[i])
			check_named(c, &w, b, s->cells[i].memory_address, m);
	}
}

bool memory_place(struct placement *p, struct system *s, const struct board *b, struct messages *m)
{
	const unsigned int errors = m->errors;
	struct claims c = { 0 };

	claim_reserved(&c, &b->tree);
	name_addresses(p, s, m);
	place_named(&c, p, s, b, m);
	for (uint32_t i = 0; i < s->count; i++)
		if (!p->named[i])
			choose(&c, want_of_cell(&s->cells[i], 0, m), b, &p->address[i], m);
	for (uint32_t i = 0; i < s->memory_count; i++)
		if (!s->memories[i].address)
			choose(&c, want_of_shared(&s->memories[i], m), b, &s->memories[i].address,
			       m);
	for (uint32_t i = 0; m->errors == errors && i < s->count; i++)
		view_check(&s->cells[i], b, p->address[i], m);
	if (c.failed)
		messages_error(m, "out of memory");
	free(c.list);
	return m->errors == errors;
}

/* The lowest place from @lowest on: each step goes above what is in the way. */
static bool fit_low(const struct claims *c, const struct pt_range *ram, uint64_t lowest, uint64_t size, uint64_t *base)
{
	const uint64_t end = ram->base + ram->size;
	uint64_t at = lowest > ram->base ? lowest : ram->base;

	for (;;) {
		const struct claim *other;

		at = (at + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
		if (at >= end || size > end - at)
			return false;
		other = claimed(c, at, size);
		if (!other) {
			*base = at;
			return true;
		}
		/* One that wraps around leaves nothing behind it. */
		if (other->base + other->size < other->base)
			return false;
		at = other->base + other->size;
	}
}

bool memory_place_image(const struct placement *p, const struct system *s, const struct board *b, uint64_t size,
			uint64_t *base, struct messages *m)
{
	const struct pt_system *board = board_system(b);
	const struct pt_range *ram = blob_entries(board, board->ram);
	struct claims c = { 0 };
	bool found = false;
	char words[32];

	claim_reserved(&c, &b->tree);
	for (uint32_t i = 0; i < s->memory_count; i++)
		claim(&c, s->memories[i].address, s->memories[i].size);
	for (uint32_t i = 0; i < s->count; i++)
		claim(&c, p->address[i], s->cells[i].memory_size);
	for (uint32_t i = 0; i < board->ram.count && !found && !c.failed; i++)
		found = fit_low(&c, &ram[i], ram->base + LARGE_PAGE, size, base);
	if (c.failed)
		messages_error(m, "out of memory");
	else if (!found)
		messages_error(m, "the board has no free piece of memory of %s for the hypervisor and what its cells start "
			       "from, beside their memory; give them less, or place it higher",
			       size_exactly(size, words));
	free(c.list);
	return found;
}
