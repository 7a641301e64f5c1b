// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a user's system: its root, its cells and the memory they share, and what they want of
 * each other. All errors are gathered before anything is refused; a system with one is never handed
 * on.
 */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include "cell.h"
#include "devices.h"
#include "dma.h"
#include "placement.h"
#include "rights.h"
#include "shared.h"
#include "view.h"

const char *const rescue_words[PT_RESCUES] = { "halt", "reset", "restart" };
const char *const exit_action_words[PT_EXITS_ACTIONS] = { "fault", "throttle" };

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
	if (taken == board_system(b)->cpus.count && !b->boots)
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

/*
 * Devices that are off may be one under two names: neither hindered the other when it was resolved.
 */
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

/* Node @i of all: cells, then shared memory. */
static const char *name_of(const struct system *s, uint32_t i)
{
	return i < s->count ? s->cells[i].name : s->memories[i - s->count].name;
}

/* dtc lets no two nodes have one name, but a blob may come from elsewhere. */
static void check_names(const struct system *s, struct messages *m)
{
	for (uint32_t i = 0; i < s->count + s->memory_count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(name_of(s, i), name_of(s, j)))
				messages_error_at(m, messages_place(m, name_of(s, i), NULL),
						  "%s '%s': there are two of this name; rename one",
						  i < s->count ? "cell" : "shared memory",
						  name_of(s, i));
}

uint64_t cell_memory_seen(const struct cell *cell)
{
	return cell->memory_size - cell->image_part;
}

/*
 * Devices with DMA see memory where it physically is, so that the cell must do the same. And what
 * it shares, it may see where that is, which may be between two pieces. Each piece is a region, and
 * the one in which the image's part begins is two.
 */
uint32_t cell_pieces_allowed(const struct cell *cell)
{
	const uint32_t others = cell->region_count + cell->shared_count + (cell->image_part != 0);
	const uint32_t room = others < PT_MAX_REGIONS ? PT_MAX_REGIONS - others : 1;

	if (cell->unconfined_count || (cell->shared_count && !cell->has_guest_address))
		return 1;
	return room < CELL_PIECES_MAX ? room : CELL_PIECES_MAX;
}

bool cell_memory_ipa(const struct cell *cell, uint64_t *ipa)
{
	*ipa = cell->has_guest_address ? cell->guest_address : cell->memory_address;
	return cell->has_guest_address || cell->memory_address;
}

bool cell_has_uart(const struct cell *cell)
{
	return !strncmp(cell->console, CONSOLE_PL011, strlen(CONSOLE_PL011));
}

uint32_t cell_uart_spi(const struct cell *cell, const struct board *b)
{
	return board_spare_spi(b, 1 + cell->cpus[0]);
}

uint32_t cell_event_spi(const struct cell *cell, const struct board *b)
{
	return board_spare_spi(b, 1 + board_system(b)->cpus.count + cell->cpus[0]);
}

static void check_uart(const struct cell *c, const struct board *b, struct messages *m)
{
	if (!cell_uart_spi(c, b))
		messages_error_at(m, messages_place(m, c->name, "console"),
				  "cell '%s': no interrupt of this board is left for the UART; write "
				  "\"ring\", or name one of its devices", c->name);
	else if (c->spi_count == PT_MAX_SPIS)
		messages_error_at(m, messages_place(m, c->name, "console"),
				  "cell '%s': its devices have %d interrupts already, as many as a "
				  "cell can have; the UART needs one more", c->name, PT_MAX_SPIS);
}

static void check_console(const struct cell *c, const struct board *b, struct messages *m)
{
	uint32_t i = 0;

	if (cell_has_uart(c))
		check_uart(c, b, m);
	if (!c->console[0] || cell_has_uart(c))
		return;
	while (i < c->device_count && strcmp(c->devices[i].path, c->console) != 0)
		i++;
	if (i == c->device_count)
		messages_error_at(m, messages_place(m, c->name, "console"),
				  "cell '%s': console '%s' is none of its devices; name it in "
				  "'devices' too, or write \"ring\" or \"pl011\"", c->name, c->console);
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
	check_names(s, m);
	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t j = 0; j < i; j++)
			if (!check_devices(&s->cells[i], &s->cells[j], m))
				check_twins(&s->cells[i], &s->cells[j], m);
	give_rest(s, b, m);
	for (uint32_t i = 0; i < s->count; i++) {
		view_check(&s->cells[i], b, s->cells[i].memory_address, m);
		check_console(&s->cells[i], b, m);
		dma_check_accepted(&s->cells[i], b, m);
	}
	rights_check(s, b, m);
	view_check_pages(s, m);
	memory_check(s, b, m);
	/* A misspelt name would leave a memory without users. */
	if (!m->errors)
		shared_check_users(s, m);
}

/* False: this is another kind of tree, where every node would be a misspelt cell. */
static bool check_root(const struct tree *t, struct messages *m)
{
	static const char *const known[] = {"compatible", "model", "rescue", "locked", "#address-cells", "#size-cells"};
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

static void read_rescue(struct system *s, const struct tree *t, struct messages *m)
{
	int length;
	const char *value = tree_property(t, 0, "rescue", &length);

	if (!value)
		return;
	s->rescue = 0;
	while (s->rescue < PT_RESCUES && !(is_text(value, length) && !strcmp(value, rescue_words[s->rescue])))
		s->rescue++;
	if (s->rescue == PT_RESCUES)
		messages_error_at(m, messages_place(m, NULL, "rescue"),
				  "'rescue' must be \"halt\", \"reset\" or \"restart\"");
}

static void read_locked(struct system *s, const struct tree *t, struct messages *m)
{
	int length;

	s->locked = tree_property(t, 0, "locked", &length);
	if (s->locked && length)
		messages_error_at(m, messages_place(m, NULL, "locked"),
				  "'locked' takes no value; leave it out to say no");
}

static bool is_dtc_node(const char *name)
{
	return !strcmp(name, "__symbols__") || !strcmp(name, "__fixups__") ||
	       !strcmp(name, "__local_fixups__");
}

static bool is_own_node(const struct tree *t, uint32_t node)
{
	return t->nodes[node].parent == 0 && !is_dtc_node(tree_name(t, node));
}

static void refuse_inner_node(const struct tree *t, uint32_t node, struct messages *m)
{
	const uint32_t parent = t->nodes[node].parent;
	const char *outer = tree_name(t, parent), *name = tree_name(t, node);
	char path[TREE_PATH_MAX];
	const struct place at = source_find(&m->source, tree_path(t, node, path), NULL);

	if (shared_is_node(t, parent))
		messages_error_at(m, at,
				  "shared memory '%s': has a node '%s'; it has properties only",
				  outer, name);
	else if (!strcmp(name, "channels"))
		messages_error_at(m, at,
				  "cell '%s': 'channels' between cells are not yet there in this "
				  "version of Partita; remove the node", outer);
	else
		messages_error_at(m, at,
				  "cell '%s': has a node '%s'; a cell has properties only", outer,
				  name);
}

static void read_nodes(struct system *s, const struct board *b, const struct tree *t,
		       struct messages *m)
{
	/* A cell names its memories wherever they are written. */
	for (uint32_t node = 1; node < t->count; node++)
		if (is_own_node(t, node) && shared_is_node(t, node))
			shared_read(&s->memories[s->memory_count++], t, node, b, m);
	for (uint32_t node = 1; node < t->count; node++) {
		if (is_own_node(t, node) && !shared_is_node(t, node))
			cell_read(&s->cells[s->count++], s, t, node, b, m);
		else if (t->nodes[node].parent && is_own_node(t, t->nodes[node].parent))
			refuse_inner_node(t, node, m);
	}
	devices_resolve_all(s, b, m);
}

static void read_system(struct system *s, const struct board *b, const struct tree *t,
			struct messages *m)
{
	const struct place root = messages_place(m, NULL, NULL);
	uint32_t cells = 0, memories = 0;

	for (uint32_t node = 1; node < t->count; node++)
		if (is_own_node(t, node) && shared_is_node(t, node))
			memories++;
		else
			cells += is_own_node(t, node);
	if (!cells)
		messages_error_at(m, root, "describes no cell");
	if (cells >= PT_MAX_CELLS)
		messages_error_at(m, root,
				  "describes %u cells; the hypervisor holds %d beside Linux", cells,
				  PT_MAX_CELLS - 1);
	if (memories > SHARED_MAX)
		messages_error_at(m, root, "describes %u shared memories; there can be %d",
				  memories, SHARED_MAX);
	if (cells >= PT_MAX_CELLS || memories > SHARED_MAX)
		return;
	s->cells = calloc(cells + 1, sizeof(*s->cells));
	s->memories = calloc(memories + 1, sizeof(*s->memories));
	if (s->cells && s->memories)
		read_nodes(s, b, t, m);
	else
		messages_error(m, "out of memory");
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
	if (check_root(&t, m)) {
		read_rescue(s, &t, m);
		read_locked(s, &t, m);
		read_system(s, b, &t, m);
	}
	if (s->cells && s->memories)
		check_system(s, b, m);
	tree_close(&t);
	if (m->errors)
		system_free(s);
	return !m->errors;
}

void system_free(struct system *s)
{
	for (uint32_t i = 0; s->cells && i < s->count; i++) {
		free(s->cells[i].image);
		free(s->cells[i].initrd);
		free(s->cells[i].command_line);
		free(s->cells[i].devices);
		free(s->cells[i].unconfined);
	}
	free(s->cells);
	free(s->memories);
	*s = (struct system){ 0 };
}
