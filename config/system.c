// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a user's system. A property that is not known is an error that names it: a misspelt word
 * must not be silence. Errors of all cells are gathered before anything is refused.
 */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include "devices.h"
#include "numbers.h"

/* One cell's node while it is read. */
struct reading {
	const struct tree *t;
	uint32_t node;
	struct cell *cell;
	const struct board *b;
	struct messages *m;
};

bool cell_name_ok(const char *name)
{
	const size_t length = strlen(name);
	const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return length && length < PT_NAME_SIZE && strspn(name, alphabet) == length &&
	       strspn(name, "0123456789") != length;
}

static bool is_text(const char *value, int length)
{
	return length > 1 && !value[length - 1] && strlen(value) + 1 == (size_t)length;
}

static void read_cpus(struct reading *r, const void *value, int length)
{
	const uint32_t board_cpus = board_system(r->b)->cpus.count;
	struct cell *cell = r->cell;

	if (length < 4 || length % 4) {
		messages_error(r->m, "cell '%s': 'cpus' must be CPU numbers, like <2 3>",
			       cell->name);
		return;
	}
	for (int i = 0; i < length / 4; i++) {
		const uint32_t cpu = fdt32_ld((const fdt32_t *)value + i);

		if (cpu >= board_cpus)
			messages_error(r->m, "cell '%s': CPU %u: this board has CPUs 0 to %u",
				       cell->name, cpu, board_cpus - 1);
		else if (cell->cpu_count < PT_MAX_CPUS)
			cell->cpus[cell->cpu_count++] = cpu;
	}
}

static void read_memory(struct reading *r, const void *value, int length)
{
	struct cell *cell = r->cell;

	if (!is_text(value, length)) {
		messages_error(r->m, "cell '%s': 'memory' must be one size, like \"16M\"",
			       cell->name);
		return;
	}
	cell->memory_size = parse_size(value);
	if (!cell->memory_size || cell->memory_size % PT_PAGE_SIZE ||
	    cell->memory_size > PT_ADDRESS_LIMIT) {
		messages_error(r->m,
			       "cell '%s': memory \"%s\" is not a size in whole 4 KiB pages; "
			       "write it like \"512K\", \"16M\" or \"1G\"",
			       cell->name, (const char *)value);
		cell->memory_size = PT_PAGE_SIZE;
	}
}

static void read_devices(struct reading *r, const void *value, int length)
{
	const int offset = r->t->nodes[r->node].offset;
	const int count = fdt_stringlist_count(r->t->fdt, offset, "devices");

	(void)value;
	if (length == 0)
		return;
	if (count < 0) {
		messages_error(
			r->m,
			"cell '%s': 'devices' must be paths, labels or aliases of the board's "
			"tree, like \"/pl011@9040000\"",
			r->cell->name);
		return;
	}
	for (int i = 0; i < count; i++)
		device_add(r->cell, r->b, fdt_stringlist_get(r->t->fdt, offset, "devices", i, NULL),
			   r->m);
}

static void read_image(struct reading *r, const void *value, int length)
{
	if (!is_text(value, length)) {
		messages_error(r->m, "cell '%s': 'image' must be one file name", r->cell->name);
		return;
	}
	r->cell->image = strdup(value);
	if (!r->cell->image)
		messages_error(r->m, "out of memory");
}

static void read_trusted_idle(struct reading *r, const void *value, int length)
{
	(void)value;
	if (length)
		messages_error(r->m,
			       "cell '%s': 'trusted-idle' takes no value; leave it out to say no",
			       r->cell->name);
	r->cell->flags |= PT_CELL_TRUSTED_IDLE;
}

static void read_guest_address(struct reading *r, const void *value, int length)
{
	struct cell *cell = r->cell;

	if (length != 4 && length != 8) {
		messages_error(r->m, "cell '%s': 'guest-address' must be one address, like "
			       "<0x40000000> or /bits/ 64 <0x100000000>", cell->name);
		return;
	}
	cell->guest_address = length == 8 ? fdt64_ld(value) : fdt32_ld(value);
	cell->has_guest_address = true;
}

static void read_compatible(struct reading *r, const void *value, int length)
{
	(void)value;
	(void)length;
	if (!tree_compatible(r->t, r->node, "partita,cell-v1"))
		messages_error(r->m, "cell '%s': its compatible is not \"partita,cell-v1\"",
			       r->cell->name);
}

static const struct property {
	const char *name;
	void (*read)(struct reading *r, const void *value, int length);
	bool required;
} properties[] = {
	{ "compatible", read_compatible, true },
	{ "cpus", read_cpus, true },
	{ "memory", read_memory, true },
	{ "devices", read_devices, false },
	{ "image", read_image, false },
	{ "trusted-idle", read_trusted_idle, false },
	{ "guest-address", read_guest_address, false },
};

#define PROPERTY_COUNT	(sizeof(properties) / sizeof(properties[0]))
#define KNOWN_WORDS	"compatible, cpus, memory, devices, image, trusted-idle and guest-address"

/* dtc adds these by itself. */
static bool is_dtc_property(const char *name)
{
	return !strcmp(name, "phandle") || !strcmp(name, "linux,phandle") || !strcmp(name, "name");
}

static void refuse_unknown_properties(const struct reading *r)
{
	const void *fdt = r->t->fdt;
	int at;

	fdt_for_each_property_offset(at, fdt, r->t->nodes[r->node].offset) {
		const char *name = NULL;
		size_t i = 0;

		fdt_getprop_by_offset(fdt, at, &name, NULL);
		while (name && i < PROPERTY_COUNT && strcmp(name, properties[i].name) != 0)
			i++;
		if (name && i == PROPERTY_COUNT && !is_dtc_property(name))
			messages_error(r->m, "cell '%s': unknown property '%s'; there are %s",
				       r->cell->name, name, KNOWN_WORDS);
	}
}

static void read_cell(struct reading *r)
{
	const char *name = tree_name(r->t, r->node);

	strncpy(r->cell->name, name, PT_NAME_SIZE - 1);
	if (!cell_name_ok(name))
		messages_error(r->m,
			       "cell '%s': not a name for a cell: up to 31 of A-Z a-z 0-9 . _ - "
			       "and not only digits",
			       name);
	else if (!strcmp(name, BOARD_ROOT_NAME))
		messages_error(r->m, "cell '%s': that is the name of the running Linux itself",
			       name);
	for (size_t i = 0; i < PROPERTY_COUNT; i++) {
		int length;
		const void *value = tree_property(r->t, r->node, properties[i].name, &length);

		if (value)
			properties[i].read(r, value, length);
		else if (properties[i].required)
			messages_error(r->m, "cell '%s': property '%s' is missing", r->cell->name,
				       properties[i].name);
	}
	refuse_unknown_properties(r);
	devices_resolve(r->cell, r->b, r->m);
}

static void check_guest_address(const struct cell *c, const struct board *b, struct messages *m)
{
	const unsigned long long at = c->guest_address;

	if (!c->has_guest_address || !c->memory_size)
		return;
	if (at % PT_PAGE_SIZE || at >= PT_ADDRESS_LIMIT || c->memory_size > PT_ADDRESS_LIMIT - at) {
		messages_error(
			m,
			"cell '%s': guest-address 0x%llx is not on a 4 KiB page, or the memory "
			"would end beyond 40-bit addresses",
			c->name, at);
		return;
	}
	if (board_covers_gic(b, at, c->memory_size))
		messages_error(m,
			       "cell '%s': memory at guest-address 0x%llx would cover the "
			       "interrupt controller, "
			       "which each cell sees at its own address",
			       c->name, at);
	for (uint32_t i = 0; i < c->region_count; i++)
		if (at < c->regions[i].base + c->regions[i].size &&
		    c->regions[i].base < at + c->memory_size)
			messages_error(
				m,
				"cell '%s': memory at guest-address 0x%llx would cover the cell's "
				"own device at 0x%llx",
				c->name, at, (unsigned long long)c->regions[i].base);
}

static void check_cpus(const struct system *s, const struct board *b, struct messages *m)
{
	const char *owner[PT_MAX_CPUS] = { NULL };
	uint32_t taken = 0;

	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t j = 0; j < s->cells[i].cpu_count; j++) {
			const struct cell *c = &s->cells[i];
			const char **of = &owner[c->cpus[j]];

			if (*of && !strcmp(*of, c->name))
				messages_error(m, "cell '%s': CPU %u is named twice", c->name,
					       c->cpus[j]);
			else if (*of)
				messages_error(m,
					       "cell '%s': CPU %u also belongs to cell '%s'; "
					       "remove it from one of them",
					       c->name, c->cpus[j], *of);
			else
				taken++;
			*of = c->name;
		}
	if (taken == board_system(b)->cpus.count)
		messages_error(m, "the cells take all %u CPUs; one at least must be left to Linux",
			       taken);
}

static void check_devices(const struct cell *c, const struct cell *other, struct messages *m)
{
	for (uint32_t i = 0; i < c->device_count; i++)
		for (uint32_t j = 0; j < other->device_count; j++)
			if (c->devices[i].node == other->devices[j].node)
				messages_error(m,
					       "cell '%s': device '%s' also belongs to cell '%s'; "
					       "remove it from one of them",
					       c->name, c->devices[i].path, other->name);
}

/*
 * What concerns more than one property or cell. Shared pages and interrupts were found with the
 * devices.
 */
static void check_system(const struct system *s, const struct board *b, struct messages *m)
{
	check_cpus(s, b, m);
	for (uint32_t i = 0; i < s->count; i++) {
		check_guest_address(&s->cells[i], b, m);
		for (uint32_t j = 0; j < i; j++)
			check_devices(&s->cells[i], &s->cells[j], m);
	}
}

/* False: this is another kind of tree, where every node would be a misspelt cell. */
static bool check_root(const struct tree *t, struct messages *m)
{
	static const char *const known[] = {"compatible", "model", "#address-cells", "#size-cells"};
	int at;

	if (!tree_compatible(t, 0, "partita,system-v1")) {
		messages_error(m, "its root is not compatible = \"partita,system-v1\": "
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
			messages_error(
				m, "unknown property '%s' beside the cells; it belongs into one",
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

static void read_cells(struct system *s, const struct board *b, const struct tree *t,
		       struct messages *m)
{
	uint32_t count = 0;

	for (uint32_t node = 1; node < t->count; node++)
		count += is_cell_node(t, node);
	if (!count)
		messages_error(m, "describes no cell");
	if (count >= PT_MAX_CELLS) {
		messages_error(m, "describes %u cells; the hypervisor holds %d beside Linux", count,
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
			read_cell(&(struct reading){ t, node, &s->cells[s->count++], b, m });
		else if (t->nodes[node].parent && is_cell_node(t, t->nodes[node].parent))
			messages_error(m, "cell '%s': has a node '%s'; a cell has properties only",
				       tree_name(t, t->nodes[node].parent), tree_name(t, node));
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
		free(s->cells[i].devices);
	}
	free(s->cells);
	*s = (struct system){ 0 };
}
