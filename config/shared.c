// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading the nodes of shared memory. One that is not shared is no error, but hardly what was
 * meant.
 */
#include <string.h>
#include <libfdt.h>
#include "cell.h"
#include "numbers.h"
#include "shared.h"
#include "words.h"

#define COMPATIBLE "partita,memory-v1"

/* Each error begins with the line of the property and the name of the memory. */
#define SAY(m, s, property, format, ...)                                                     \
	m, messages_place(m, (s)->name, property), "shared memory '%s': " format, (s)->name, \
		##__VA_ARGS__

bool shared_is_node(const struct tree *t, uint32_t node)
{
	return tree_compatible(t, node, COMPATIBLE);
}

static void read_size(struct shared_memory *s, const char *value, int length, struct messages *m)
{
	if (!is_text(value, length)) {
		messages_error_at(SAY(m, s, "size",
				      "'size' must be one size, like \"64K\" or "
				      "\"64K@0x70000000\""));
	} else if (!parse_placed_size(value, &s->size, &s->address)) {
		messages_error_at(SAY(
			m, s, "size",
			"size \"%s\" has no address behind its @ (0 is none); "
			"write it like \"64K@0x70000000\", or leave the @ out to have one chosen",
			value));
		s->address = 0;
	} else if (!s->size || s->size % PT_PAGE_SIZE || s->size > PT_ADDRESS_LIMIT) {
		messages_error_at(SAY(m, s, "size",
				      "size \"%s\" is not a size in whole 4 KiB pages; "
				      "write it like \"64K\" or \"1M\"",
				      value));
		s->size = 0;
	}
}

static void read_guest_address(struct shared_memory *s, const void *value, int length,
			       const struct board *b, struct messages *m)
{
	const char *const property = "guest-address";

	s->has_guest_address = read_address(value, length, &s->guest_address);
	if (!s->has_guest_address)
		messages_error_at(SAY(m, s, property,
				      "'guest-address' must be one address, like "
				      "<0x50000000> or /bits/ 64 <0x100000000>"));
	else if (s->guest_address % PT_PAGE_SIZE || s->guest_address >= PT_ADDRESS_LIMIT ||
		 s->size > PT_ADDRESS_LIMIT - s->guest_address)
		messages_error_at(SAY(m, s, property,
				      "guest-address 0x%llx is not on a 4 KiB page, or "
				      "the memory would end beyond 40-bit addresses",
				      (unsigned long long)s->guest_address));
	else if (s->size && board_covers_gic(b, s->guest_address, s->size))
		messages_error_at(SAY(m, s, property,
				      "guest-address 0x%llx would cover the interrupt "
				      "controller, which each cell sees at its own address",
				      (unsigned long long)s->guest_address));
}

static void read_name(struct shared_memory *s, const char *name, struct messages *m)
{
	strncpy(s->name, name, PT_NAME_SIZE - 1);
	if (!cell_name_ok(name))
		messages_error_at(
			m, messages_place(m, name, NULL),
			"shared memory '%s': not a name: up to 31 of A-Z a-z 0-9 . _ - and "
			"not only digits",
			name);
	else if (!strcmp(name, BOARD_ROOT_NAME))
		messages_error_at(SAY(m, s, NULL, "that is the name of the running Linux itself"));
}

static void refuse_unknown_properties(const struct shared_memory *s, const struct tree *t,
				      uint32_t node, struct messages *m)
{
	static const char *const known[] = {"compatible", "size", "guest-address"};
	int at;

	fdt_for_each_property_offset(at, t->fdt, t->nodes[node].offset)
	{
		const char *name = NULL;
		size_t i = 0;

		fdt_getprop_by_offset(t->fdt, at, &name, NULL);
		while (name && i < sizeof(known) / sizeof(known[0]) && strcmp(name, known[i]) != 0)
			i++;
		if (name && i == sizeof(known) / sizeof(known[0]) && !is_dtc_property(name))
			messages_error_at(SAY(m, s, name,
					      "unknown property '%s'; there are compatible, "
					      "size and guest-address",
					      name));
	}
}

void shared_read(struct shared_memory *shared, const struct tree *t, uint32_t node,
		 const struct board *b, struct messages *m)
{
	const void *value;
	int length;

	read_name(shared, tree_name(t, node), m);
	value = tree_property(t, node, "size", &length);
	if (value)
		read_size(shared, value, length, m);
	else
		messages_error_at(SAY(m, shared, NULL, "property 'size' is missing"));
	value = tree_property(t, node, "guest-address", &length);
	if (value)
		read_guest_address(shared, value, length, b, m);
	refuse_unknown_properties(shared, t, node, m);
}

/* The one that @name was meant to be, or NULL. */
static const struct shared_memory *guess(const struct system *s, const char *name)
{
	const struct shared_memory *best = NULL;
	unsigned int closest = 3;

	for (uint32_t i = 0; i < s->memory_count; i++) {
		const unsigned int far = words_distance(name, s->memories[i].name);

		if (far < closest) {
			closest = far;
			best = &s->memories[i];
		}
	}
	return best;
}

static const struct shared_memory *find(const struct system *s, const char *name)
{
	for (uint32_t i = 0; i < s->memory_count; i++)
		if (!strcmp(s->memories[i].name, name))
			return &s->memories[i];
	return NULL;
}

bool cell_shares(const struct cell *cell, const struct shared_memory *shared)
{
	for (uint32_t i = 0; i < cell->shared_count; i++)
		if (cell->shared[i] == shared)
			return true;
	return false;
}

static void refuse_unknown(const struct cell *cell, const struct system *s, const char *name,
			   struct messages *m)
{
	const struct place at = messages_place(m, cell->name, "shared-memory");
	const struct shared_memory *meant = guess(s, name);

	if (meant)
		messages_error_at(m, at,
				  "cell '%s': there is no shared memory '%s'; did you mean '%s'?",
				  cell->name, name, meant->name);
	else
		messages_error_at(
			m, at,
			"cell '%s': there is no shared memory '%s'; describe it in a node "
			"of that name with compatible = \"" COMPATIBLE "\"",
			cell->name, name);
}

void shared_add(struct cell *cell, const struct system *s, const char *name, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, "shared-memory");
	const struct shared_memory *shared = find(s, name);

	if (!shared)
		refuse_unknown(cell, s, name, m);
	else if (cell_shares(cell, shared))
		messages_error_at(m, at, "cell '%s': shared memory '%s' is named twice", cell->name,
				  name);
	else if (cell->shared_count == PT_MAX_REGIONS - 1)
		messages_error_at(
			m, at,
			"cell '%s': shared memory '%s' is one too many: a cell has at most "
			"%d",
			cell->name, name, PT_MAX_REGIONS - 1);
	else
		cell->shared[cell->shared_count++] = shared;
}

void shared_check_users(const struct system *s, struct messages *m)
{
	for (uint32_t i = 0; i < s->memory_count; i++) {
		const struct shared_memory *shared = &s->memories[i];
		const char *user = NULL;
		uint32_t users = 0;

		for (uint32_t j = 0; j < s->count; j++)
			if (cell_shares(&s->cells[j], shared) && !users++)
				user = s->cells[j].name;
		if (!users)
			messages_warn_at(SAY(m, shared, NULL,
					     "no cell names it; name it in "
					     "'shared-memory' of those that shall have it"));
		else if (users == 1)
			messages_warn_at(SAY(m, shared, NULL,
					     "only cell '%s' names it here; name it in "
					     "'shared-memory' of another one, too",
					     user));
	}
}
