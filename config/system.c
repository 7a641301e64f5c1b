// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a user's system: its root, its cells, and what they want of each other. Errors of all
 * cells are gathered before anything is refused; a system with one is never handed on.
 */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include "cell.h"
#include "devices.h"

static void check_guest_address(const struct cell *c, const struct board *b, struct messages *m)
{
	const struct place here = messages_place(m, c->name, "guest-address");
	const unsigned long long at = c->guest_address;

	if (!c->has_guest_address || !c->memory_size)
		return;
	if (at % PT_PAGE_SIZE || at >= PT_ADDRESS_LIMIT || c->memory_size > PT_ADDRESS_LIMIT - at) {
		messages_error_at(m, here,
				  "cell '%s': guest-address 0x%llx is not on a 4 KiB page, or the "
				  "memory would end beyond 40-bit addresses",
				  c->name, at);
		return;
	}
	if (board_covers_gic(b, at, c->memory_size))
		messages_error_at(m, here,
				  "cell '%s': memory at guest-address 0x%llx would cover the "
				  "interrupt controller, which each cell sees at its own address",
				  c->name, at);
	for (uint32_t i = 0; i < c->region_count; i++)
		if (at < c->regions[i].base + c->regions[i].size &&
		    c->regions[i].base < at + c->memory_size)
			messages_error_at(m, here,
					  "cell '%s': memory at guest-address 0x%llx would cover "
					  "the cell's own device at 0x%llx",
					  c->name, at, (unsigned long long)c->regions[i].base);
}

static void refuse_cpu(const struct cell *c, uint32_t cpu, const struct cell *other,
		       struct messages *m)
{
	const struct place here = messages_place(m, c->name, "cpus");
	char there[PLACE_WORDS_SIZE];

	if (c == other)
		messages_error_at(m, here, "cell '%s': CPU %u is named twice", c->name, cpu);
	else
		messages_error_at(m, here,
				  "cell '%s': CPU %u also belongs to cell '%s'%s; "
				  "remove it from one of them", c->name, cpu, other->name,
				  place_words(messages_place(m, other->name, "cpus"), there));
}

static void check_cpus(const struct system *s, const struct board *b, struct messages *m)
{
	const struct cell *owner[PT_MAX_CPUS] = { NULL };
	uint32_t taken = 0;

	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t j = 0; j < s->cells[i].cpu_count; j++) {
			const struct cell *c = &s->cells[i];
			const struct cell **of = &owner[c->cpus[j]];

			if (*of)
				refuse_cpu(c, c->cpus[j], *of, m);
			else
				taken++;
			*of = c;
		}
	if (taken == board_system(b)->cpus.count)
		messages_error_at(m, messages_place(m, NULL, NULL),
				  "the cells take all %u CPUs; one at least must be left to Linux",
				  taken);
}

/* Returns whether something was said. */
static bool check_devices(const struct cell *c, const struct cell *other, struct messages *m)
{
	const unsigned int errors = m->errors;
	char there[PLACE_WORDS_SIZE];

	for (uint32_t i = 0; i < c->device_count; i++)
		if (cell_has_node(other, c->devices[i].node))
			messages_error_at(m, messages_place(m, c->name, "devices"),
					  "cell '%s': device '%s' also belongs to cell '%s'%s; "
					  "remove it from one of them",
					  c->name, c->devices[i].path, other->name,
					  place_words(messages_place(m, other->name, "devices"),
						      there));
	return m->errors != errors;
}

/* Devices that are off may be one under two names: neither hindered the other when it was resolved. */
static void check_twins(const struct cell *c, const struct cell *other, struct messages *m)
{
	char there[PLACE_WORDS_SIZE];

	place_words(messages_place(m, other->name, "devices"), there);
	for (uint32_t i = 0; i < c->region_count; i++)
		for (uint32_t j = 0; j < other->region_count; j++) {
			const struct pt_range *a = &c->regions[i], *b = &other->regions[j];

			if (a->base < b->base + b->size && b->base < a->base + a->size)
				messages_error_at(m, messages_place(m, c->name, "devices"),
						  "cell '%s': registers at 0x%llx also belong to "
						  "cell '%s'%s; remove their device from one of "
						  "them",
						  c->name, (unsigned long long)a->base, other->name,
						  there);
		}
	for (uint32_t i = 0; i < c->spi_count; i++)
		for (uint32_t j = 0; j < other->spi_count; j++)
			if (c->spis[i] == other->spis[j])
				messages_error_at(m, messages_place(m, c->name, "devices"),
						  "cell '%s': interrupt %u also belongs to cell "
						  "'%s'%s; remove its device from one of them",
						  c->name, c->spis[i], other->name, there);
}

/* dtc lets no two nodes have one name, but a blob may come from elsewhere. */
static void check_names(const struct cell *c, const struct cell *other, struct messages *m)
{
	if (!strcmp(c->name, other->name))
		messages_error_at(m, messages_place(m, c->name, NULL),
				  "cell '%s': there are two of this name; rename one", c->name);
}

static void check_console(const struct cell *c, struct messages *m)
{
	uint32_t i = 0;

	if (!c->console[0])
		return;
	while (i < c->device_count && strcmp(c->devices[i].path, c->console) != 0)
		i++;
	if (i == c->device_count)
		messages_error_at(m, messages_place(m, c->name, "console"),
				  "cell '%s': console '%s' is none of its devices; name it in "
				  "'devices' too, or write \"ring\"", c->name, c->console);
}

static void give_rest(struct system *s, const struct board *b, struct messages *m)
{
	struct cell *first = NULL;
	char there[PLACE_WORDS_SIZE];

	for (uint32_t i = 0; i < s->count; i++) {
		struct cell *c = &s->cells[i];

		if (first && c->takes_rest)
			messages_error_at(m, messages_place(m, c->name, "devices"),
					  "cell '%s': \"rest\" belongs to cell '%s'%s already; "
					  "name the devices of one of them", c->name, first->name,
					  place_words(messages_place(m, first->name, "devices"),
						      there));
		else if (c->takes_rest)
			first = c;
	}
	if (first)
		devices_take_rest(first, s, b, m);
}

/*
 * What concerns more than one property or cell. Shared pages and interrupts were found with the
 * devices.
 */
static void check_system(struct system *s, const struct board *b, struct messages *m)
{
	check_cpus(s, b, m);
	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t j = 0; j < i; j++) {
			check_names(&s->cells[i], &s->cells[j], m);
			if (!check_devices(&s->cells[i], &s->cells[j], m))
				check_twins(&s->cells[i], &s->cells[j], m);
		}
	give_rest(s, b, m);
	for (uint32_t i = 0; i < s->count; i++) {
		check_guest_address(&s->cells[i], b, m);
		check_console(&s->cells[i], m);
	}
}

/* False: this is another kind of tree, where every node would be a misspelt cell. */
static bool check_root(const struct tree *t, struct messages *m)
{
	static const char *const known[] = {"compatible", "model", "#address-cells", "#size-cells"};
	int at;

	if (!tree_compatible(t, 0, "partita,system-v1")) {
		messages_error_at(m, messages_place(m, NULL, "compatible"),
				  "its root is not compatible = \"partita,system-v1\": "
				  "not a description of cells");
		return false;
	}
	fdt_for_each_property_offset(at, t->fdt, 0) {
		const char *name = NULL;
		size_t i = 0;

		fdt_getprop_by_offset(t->fdt, at, &name, NULL);
		while (name && i < sizeof(known) / sizeof(known[0]) &&
		       strcmp(name, known[i]) != 0)
			i++;
		if (name && i == sizeof(known) / sizeof(known[0]) && !is_dtc_property(name))
			messages_error_at(
				m, messages_place(m, NULL, name),
				"unknown property '%s' beside the cells; it belongs into one",
				name);
	}
	return true;
}

static bool is_dtc_node(const char *name)
{
	return !strcmp(name, "__symbols__") || !strcmp(name, "__fixups__") ||
	       !strcmp(name, "__local_fixups__");
}

static bool is_cell_node(const struct tree *t, uint32_t node)
{
	return t->nodes[node].parent == 0 && !is_dtc_node(tree_name(t, node));
}

static void refuse_inner_node(const struct tree *t, uint32_t node, struct messages *m)
{
	const char *cell = tree_name(t, t->nodes[node].parent), *name = tree_name(t, node);
	char path[TREE_PATH_MAX];
	const struct place at = source_find(&m->source, tree_path(t, node, path), NULL);

	if (!strcmp(name, "channels"))
		messages_error_at(m, at,
				  "cell '%s': 'channels' between cells are not yet there in this "
				  "version of Partita; remove the node", cell);
	else
		messages_error_at(m, at,
				  "cell '%s': has a node '%s'; a cell has properties only", cell,
				  name);
}

static void read_cells(struct system *s, const struct board *b, const struct tree *t,
		       struct messages *m)
{
	uint32_t count = 0;

	for (uint32_t node = 1; node < t->count; node++)
		count += is_cell_node(t, node);
	if (!count)
		messages_error_at(m, messages_place(m, NULL, NULL), "describes no cell");
	if (count >= PT_MAX_CELLS) {
		messages_error_at(m, messages_place(m, NULL, NULL),
				  "describes %u cells; the hypervisor holds %d beside Linux", count,
				  PT_MAX_CELLS - 1);
		return;
	}
	s->cells = calloc(count ? count : 1, sizeof(*s->cells));
	if (!s->cells) {
		messages_error(m, "out of memory");
		return;
	}
	for (uint32_t node = 1; node < t->count; node++) {
		if (is_cell_node(t, node))
			cell_read(&s->cells[s->count++], t, node, b, m);
		else if (t->nodes[node].parent && is_cell_node(t, t->nodes[node].parent))
			refuse_inner_node(t, node, m);
	}
}

bool system_read(struct system *s, const struct board *b, const void *fdt, size_t size,
		 struct messages *m)
{
	struct tree t;
	const char *problem = tree_open(&t, fdt, size);

	*s = (struct system){ 0 };
	if (problem) {
		messages_error(m, "is not a device tree: %s", problem);
		return false;
	}
	if (check_root(&t, m))
		read_cells(s, b, &t, m);
	if (s->cells)
		check_system(s, b, m);
	tree_close(&t);
	if (m->errors)
		system_free(s);
	return !m->errors;
}

void system_free(struct system *s)
{
	for (uint32_t i = 0; i < s->count; i++) {
		free(s->cells[i].image);
		free(s->cells[i].initrd);
		free(s->cells[i].command_line);
		free(s->cells[i].devices);
	}
	free(s->cells);
	*s = (struct system){ 0 };
}
