// SPDX-License-Identifier: GPL-2.0-only
/*
 * Choosing physical memory from the board's tree alone. Linux starts at the bottom of the memory,
 * so cells are put at its top. Never handed out is what the firmware reserves
 * (/reserved-memory, /memreserve/) or what another cell has.
 */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include <core/blob.h>
#include "placement.h"

#define LARGE_PAGE	(2ull << 20)

/* Somebody's memory. */
struct claim {
	uint64_t base, size;
	char owner[TREE_PATH_MAX];
};

struct claims {
	struct claim *list;
	uint32_t count;
	bool failed;		/* out of memory: some are missing */
};

static void claim(struct claims *c, uint64_t base, uint64_t size, const char *owner)
{
	struct claim *list;

	if (!size)
		return;
	list = realloc(c->list, (c->count + 1) * sizeof(*list));
	if (!list) {
		c->failed = true;
		return;
	}
	c->list = list;
	list[c->count] = (struct claim){ .base = base, .size = size };
	strncpy(list[c->count++].owner, owner, TREE_PATH_MAX - 1);
}

static void claim_reserved_nodes(struct claims *c, const struct tree *t)
{
	const uint32_t parent = tree_find(t, "/reserved-memory");
	char path[TREE_PATH_MAX];
	struct tree_range r;

	for (uint32_t node = 0; parent != TREE_NONE && node < t->count; node++)
		for (uint32_t i = 0; t->nodes[node].parent == parent &&
				     tree_reg(t, node, i, &r) == TREE_REG_FINE; i++)
			claim(c, r.base, r.size, tree_path(t, node, path));
}

static void claim_reserved(struct claims *c, const struct tree *t)
{
	const int count = fdt_num_mem_rsv(t->fdt);
	uint64_t base, size;

	for (int i = 0; i < count; i++)
		if (!fdt_get_mem_rsv(t->fdt, i, &base, &size))
			claim(c, base, size, "/memreserve/");
	claim_reserved_nodes(c, t);
}

static const struct claim *claimed(const struct claims *c, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < c->count; i++) {
		const struct claim *other = &c->list[i];
		const uint64_t end = other->base + other->size;

		/* One that wraps around reaches to the end of all addresses. */
		if (base + size > other->base && (base < end || end < other->base))
			return other;
	}
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

static void check_named(struct claims *c, const struct cell *cell, const struct board *b,
			uint64_t base, struct messages *m)
{
	const struct claim *other;

	if (base % PT_PAGE_SIZE) {
		messages_error(m, "cell '%s': memory at 0x%llx: not the start of a 4 KiB page",
			       cell->name, (unsigned long long)base);
		return;
	}
	if (!in_ram(board_system(b), base, cell->memory_size)) {
		messages_error(m,
			       "cell '%s': memory at 0x%llx: the board has no memory of that size "
			       "there; leave the address out to have one chosen",
			       cell->name, (unsigned long long)base);
		return;
	}
	other = claimed(c, base, cell->memory_size);
	if (other)
		messages_error(m,
			       "cell '%s': memory at 0x%llx: overlaps that of '%s' at 0x%llx; "
			       "choose another address",
			       cell->name, (unsigned long long)base, other->owner,
			       (unsigned long long)other->base);
	claim(c, base, cell->memory_size, cell->name);
}

/* The highest place in one piece of memory: each step goes below what is in the way. */
static bool fit_range(const struct claims *c, const struct pt_range *ram, uint64_t size,
		      uint64_t *address)
{
	const uint64_t align = size % LARGE_PAGE ? PT_PAGE_SIZE : LARGE_PAGE;
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

static void choose(struct claims *c, const struct cell *cell, const struct board *b,
		   uint64_t *address, struct messages *m)
{
	if (fit(c, board_system(b), cell->memory_size, address))
		claim(c, *address, cell->memory_size, cell->name);
	else
		messages_error_at(m, messages_place(m, cell->name, "memory"),
				  "cell '%s': the board has no free piece of memory of %llu KiB; "
				  "ask for less with 'memory'",
				  cell->name, (unsigned long long)cell->memory_size / 1024);
}

bool memory_place(struct placement *p, const struct system *s, const struct board *b,
		  struct messages *m)
{
	const unsigned int errors = m->errors;
	struct claims c = { 0 };

	claim_reserved(&c, &b->tree);
	for (uint32_t i = 0; i < s->count; i++)
		if (p->named[i])
			check_named(&c, &s->cells[i], b, p->address[i], m);
	for (uint32_t i = 0; i < s->count; i++)
		if (!p->named[i])
			choose(&c, &s->cells[i], b, &p->address[i], m);
	if (c.failed)
		messages_error(m, "out of memory");
	free(c.list);
	return m->errors == errors;
}
