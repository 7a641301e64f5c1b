// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell's device tree, the machine's part: what the hypervisor shows to every cell. All addresses
 * are read from the compiled cell, so that the tree can never promise what the cell has not.
 */
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include <partita/info.h>
#include "guest_tree_parts.h"

#define GIC_CELLS	3
#define GIC_SPI		0
#define GIC_FIRST_SPI	32
#define GIC_EDGE_RISING	1

static bool cell_has_below(const struct tree *t, const struct cell *cell, uint32_t node)
{
	for (uint32_t i = 0; i < cell->device_count; i++)
		for (uint32_t at = node; at != TREE_NONE; at = t->nodes[at].parent)
			if (cell->devices[i].node == at)
				return true;
	return false;
}

const struct cell *other_owner(const struct guest *g, uint32_t node)
{
	const struct system *s = g->options->system;

	for (uint32_t i = 0; s && i < s->count; i++)
		if (strcmp(s->cells[i].name, g->cell->name) != 0 &&
		    cell_has_below(g->t, &s->cells[i], node))
			return &s->cells[i];
	return NULL;
}

const char *owner_words(const struct guest *g, uint32_t node, char *words)
{
	const struct cell *owner = other_owner(g, node);

	if (owner)
		snprintf(words, 64, "belongs to cell '%s'", owner->name);
	else
		snprintf(words, 64, "stays with Linux");
	return words;
}

static bool is_cpu_of(const struct tree *t, uint32_t node, uint64_t mpidr)
{
	const uint32_t parent = t->nodes[node].parent;
	const char *type = tree_string(t, node, "device_type");
	int length;
	const void *reg;
	uint32_t cells;

	if (parent == TREE_NONE || !type || strcmp(type, "cpu") != 0 ||
	    strcmp(tree_name(t, parent), "cpus") != 0)
		return false;
	cells = t->nodes[parent].address_cells;
	reg = tree_property(t, node, "reg", &length);
	if (!reg || !cells || cells > 2 || length < (int)(4 * cells))
		return false;
	return ((cells == 2 ? fdt64_ld(reg) : fdt32_ld(reg)) & PT_MPIDR_MASK) == mpidr;
}

static uint32_t cpu_node(const struct tree *t, uint64_t mpidr)
{
	for (uint32_t node = 0; node < t->count; node++)
		if (is_cpu_of(t, node, mpidr))
			return node;
	return TREE_NONE;
}

/* What is true of a CPU whoever has it, and refers to no other node. */
static bool describes_cpu(const char *name)
{
	static const char *const starts[] = {
		"compatible", "capacity-dmips-mhz", "cache-",
		"i-cache-", "d-cache-", "i-tlb-", "d-tlb-",
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* A phandle that two nodes claim is the first one's, as for everyone who looks for it. */
void write_phandle(struct guest *g, uint32_t node)
{
	const uint32_t phandle = g->t->nodes[node].phandle;

	if (phandle && tree_find_phandle(g->t, phandle) == node)
		write_u32(g, "phandle", phandle);
}

static void copy_description(struct guest *g, uint32_t node)
{
	int property;

	fdt_for_each_property_offset(property, g->t->fdt, g->t->nodes[node].offset) {
		const char *name;
		int length;
		const void *value = fdt_getprop_by_offset(g->t->fdt, property, &name, &length);

		if (value && describes_cpu(name))
			write_bytes(g, name, value, (size_t)length);
	}
}

static void write_cpu(struct guest *g, uint64_t mpidr)
{
	const uint32_t node = cpu_node(g->t, mpidr);
	char name[NODE_NAME_MAX];

	snprintf(name, sizeof(name), "cpu@%llx", (unsigned long long)mpidr);
	write_begin(g, name);
	write_string(g, "device_type", "cpu");
	write_u64(g, "reg", mpidr);
	write_string(g, "enable-method", "psci");
	if (node != TREE_NONE) {
		copy_description(g, node);
		write_phandle(g, node);
	}
	write_end(g);
}

static void write_cpus(struct guest *g)
{
	const uint64_t *cpus = blob_entries(g->blob, g->blob->cpus);

	write_begin(g, "cpus");
	write_u32(g, "#address-cells", 2);
	write_u32(g, "#size-cells", 0);
	for (uint32_t i = 0; i < g->blob->cpus.count; i++)
		write_cpu(g, cpus[i]);
	write_end(g);
}

static void write_psci(struct guest *g)
{
	/* 1.1 has no name of its own: whoever finds 1.0 asks for the version. */
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	write_begin(g, "psci");
	write_bytes(g, "compatible", compatible, sizeof(compatible));
	write_string(g, "method", "smc");
	write_end(g);
}

/*
 * One, as the cell sees it, whatever pieces it is in: boot loaders read no more than the first. The
 * part with the image is to that what flash is on a board, nothing to allocate from.
 */
static void write_memory(struct guest *g)
{
	const struct pt_region *first = blob_entries(g->blob, g->blob->regions);
	struct cells reg = { 0 };
	char name[NODE_NAME_MAX];

	snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)first->ipa);
	write_begin(g, name);
	write_string(g, "device_type", "memory");
	cells_add_range(g, &reg, first->ipa, cell_memory_seen(g->cell));
	write_cells(g, "reg", &reg);
	write_end(g);
}

/* Not a system's to allocate from, so not memory to it. The blob holds them in the order of the cell. */
static void write_shared(struct guest *g)
{
	const struct pt_region *r = blob_entries(g->blob, g->blob->regions);
	uint32_t n = 0;

	for (uint32_t i = 0; i < g->blob->regions.count && n < g->cell->shared_count; i++) {
		struct cells reg = { 0 };
		char name[NODE_NAME_MAX];

		if (!(r[i].flags & PT_REGION_SHARED))
			continue;
		snprintf(name, sizeof(name), "shared-memory@%llx", (unsigned long long)r[i].ipa);
		write_begin(g, name);
		write_string(g, "compatible", "partita,memory-v1");
		write_string(g, "label", g->cell->shared[n++]->name);
		cells_add_range(g, &reg, r[i].ipa, r[i].size);
		write_cells(g, "reg", &reg);
		write_end(g);
	}
}

/*
 * GICv2: distributor and CPU interface, as on the board. GICv3: all redistributor regions of the board: a cell may read what identifies each of them, and finds
 * its own by that. An ITS is none of a cell's.
 */
static void write_gic(struct guest *g)
{
	const struct pt_system *s = board_system(g->b);
	const struct pt_range *gicr = blob_entries(s, s->gicr);
	struct cells reg = { 0 };
	char name[NODE_NAME_MAX];

	snprintf(name, sizeof(name), "interrupt-controller@%llx", (unsigned long long)s->gicd.base);
	write_begin(g, name);
	write_string(g, "compatible", g->b->gic_name);
	write_bytes(g, "interrupt-controller", NULL, 0);
	write_u32(g, "#interrupt-cells", GIC_CELLS);
	write_u32(g, "#address-cells", 0);
	cells_add_range(g, &reg, s->gicd.base, s->gicd.size);
	if (s->gicc.size)
		cells_add_range(g, &reg, s->gicc.base, s->gicc.size);
	for (uint32_t i = 0; i < s->gicr.count; i++)
		cells_add_range(g, &reg, gicr[i].base, gicr[i].size);
	write_cells(g, "reg", &reg);
	if (s->gicr.count > 1)
		write_u32(g, "#redistributor-regions", s->gicr.count);
	write_u32(g, "phandle", g->gic_phandle);
	write_end(g);
}

/* The ring of a cell with a UART is not the cell's to see. */
static void write_comm(struct guest *g)
{
	static const char names[] = "info\0report\0console";
	const size_t names_size = g->blob->uart ? sizeof("info\0report") : sizeof(names);
	const uint64_t comm = g->blob->comm;
	struct cells reg = { 0 };
	char name[NODE_NAME_MAX];

	snprintf(name, sizeof(name), "partita@%llx", (unsigned long long)comm);
	write_begin(g, name);
	write_string(g, "compatible", "partita,comm-v1");
	cells_add_range(g, &reg, comm + PT_COMM_INFO, PT_PAGE_SIZE);
	cells_add_range(g, &reg, comm + PT_COMM_REPORT, PT_PAGE_SIZE);
	if (!g->blob->uart)
		cells_add_range(g, &reg, comm + PT_COMM_CONSOLE, PT_CONSOLE_SIZE);
	write_cells(g, "reg", &reg);
	write_bytes(g, "reg-names", names, names_size);
	write_end(g);
}

/* What a cell with rights sees of those that it manages. */
static void write_manage(struct guest *g)
{
	struct cells reg = { 0 }, interrupts = { 0 };
	char name[NODE_NAME_MAX];

	if (!g->blob->manage)
		return;
	snprintf(name, sizeof(name), "partita@%llx", (unsigned long long)g->blob->manage);
	write_begin(g, name);
	write_string(g, "compatible", "partita,manager-v1");
	cells_add_range(g, &reg, g->blob->manage, PT_MANAGE_SIZE);
	write_cells(g, "reg", &reg);
	write_u32(g, "interrupt-parent", g->gic_phandle);
	cells_add(g, &interrupts, GIC_SPI);
	cells_add(g, &interrupts, g->blob->event_spi - GIC_FIRST_SPI);
	cells_add(g, &interrupts, GIC_EDGE_RISING);
	write_cells(g, "interrupts", &interrupts);
	write_end(g);
}

static void copy_aliases(struct guest *g, uint32_t book)
{
	char path[TREE_PATH_MAX];
	int property;

	fdt_for_each_property_offset(property, g->t->fdt, g->t->nodes[book].offset) {
		const char *name = NULL, *value;
		uint32_t node;

		if (!fdt_getprop_by_offset(g->t->fdt, property, &name, NULL) || !name)
			continue;
		value = tree_string(g->t, book, name);
		node = value && value[0] == '/' ? tree_find(g->t, value) : TREE_NONE;
		if (node != TREE_NONE && g->parts[node] > PART_MACHINE)
			write_string(g, name, device_path(g, node, path));
	}
}

/* Drivers number their devices by these, and some refuse a device that has none. */
static void write_aliases(struct guest *g)
{
	const uint32_t book = tree_find(g->t, "/aliases");

	if (book == TREE_NONE && !g->blob->uart)
		return;
	write_begin(g, "aliases");
	uart_alias_write(g, book);
	if (book != TREE_NONE)
		copy_aliases(g, book);
	write_end(g);
}

/* The option, else the cell's first UART in the order that the user wrote; not the hypervisor's, which comes before it. */
static uint32_t find_stdout(struct guest *g)
{
	const char *named = g->options->stdout_path;
	uint32_t node = named ? tree_find(g->t, named) : TREE_NONE;

	if (named && (node == TREE_NONE || g->parts[node] <= PART_MACHINE)) {
		messages_error_at(g->m, messages_place(g->m, g->cell->name, NULL),
				  "cell '%s': the console '%s' is not among its devices; "
				  "name it in 'devices' of this cell", g->cell->name, named);
		return TREE_NONE;
	}
	for (uint32_t i = 0; !named && !g->blob->uart && node == TREE_NONE &&
	     i < g->cell->device_count; i++)
		if (is_uart(g->t, g->cell->devices[i].node))
			node = g->cell->devices[i].node;
	return node;
}

static void write_chosen(struct guest *g)
{
	const struct guest_tree_options *o = g->options;
	const uint32_t console = find_stdout(g);
	char path[TREE_PATH_MAX];

	write_begin(g, "chosen");
	if (console != TREE_NONE)
		write_string(g, "stdout-path", device_path(g, console, path));
	else if (g->blob->uart)
		write_string(g, "stdout-path", uart_path(g, path));
	if (o->bootargs)
		write_string(g, "bootargs", o->bootargs);
	/* Their addresses are fixed: Linux does not even try to move them. */
	if (pci_is_in_tree(g))
		write_u32(g, "linux,pci-probe-only", 1);
	if (o->initrd_end) {
		write_u64(g, "linux,initrd-start", o->initrd_start);
		write_u64(g, "linux,initrd-end", o->initrd_end);
	}
	write_end(g);
}

/*
 * The board's own `compatible` is left out: systems that find it look for controllers of the board
 * that are not the cell's.
 */
static void write_root(struct guest *g)
{
	const char *board = tree_string(g->t, 0, "model");
	char model[TREE_PATH_MAX];

	snprintf(model, sizeof(model), "Partita cell %s on %s", g->cell->name,
		 board ? board : "a board without a name");
	write_begin(g, "");
	write_u32(g, "#address-cells", 2);
	write_u32(g, "#size-cells", 2);
	write_string(g, "model", model);
	write_string(g, "compatible", "partita,cell");
	write_u32(g, "interrupt-parent", g->gic_phandle);
	write_chosen(g);
	write_aliases(g);
	write_cpus(g);
	write_psci(g);
	timer_write(g);
	write_memory(g);
	write_gic(g);
	write_comm(g);
	write_manage(g);
	write_shared(g);
	uart_write(g);
	devices_write(g);
	pci_write(g);
	stand_ins_write(g);
	write_end(g);
}

uint32_t new_phandle(struct guest *g)
{
	if (g->next_phandle > FDT_MAX_PHANDLE) {
		g->error = -FDT_ERR_NOPHANDLES;
		return 0;
	}
	return g->next_phandle++;
}

/* Numbers of the board stay; new ones lie above all of them, so that none can be mistaken. */
static bool choose_phandles(struct guest *g)
{
	uint32_t max;

	g->error = fdt_find_max_phandle(g->t->fdt, &max);
	if (g->error)
		return false;
	g->next_phandle = max < FDT_MAX_PHANDLE ? max + 1 : FDT_MAX_PHANDLE + 1;
	g->gic_phandle = g->t->nodes[g->b->gic].phandle;
	if (tree_find_phandle(g->t, g->gic_phandle) != g->b->gic)
		g->gic_phandle = new_phandle(g);
	return !g->error;
}

static void mark_machine(struct guest *g)
{
	const uint64_t *cpus = blob_entries(g->blob, g->blob->cpus);

	g->parts[g->b->gic] = PART_MACHINE;
	for (uint32_t i = 0; i < g->blob->cpus.count; i++) {
		const uint32_t node = cpu_node(g->t, cpus[i]);

		if (node != TREE_NONE)
			g->parts[node] = PART_MACHINE;
	}
}

static void build(struct guest *g)
{
	g->room = 16384;
	g->fdt = malloc((size_t)g->room);
	g->parts = calloc(g->t->count, sizeof(*g->parts));
	if (!g->fdt || !g->parts) {
		g->error = -FDT_ERR_NOSPACE;
		return;
	}
	g->error = fdt_create(g->fdt, g->room);
	if (!g->error)
		g->error = fdt_finish_reservemap(g->fdt);
	if (g->error || !choose_phandles(g))
		return;
	mark_machine(g);
	devices_mark(g);
	write_root(g);
	write_finish(g);
	if (!g->error)
		g->error = fdt_check_full(g->fdt, (size_t)g->room);
}

bool guest_tree_write(const struct cell *cell, const struct board *b, const struct blob *compiled,
		      const struct guest_tree_options *options, void **fdt, size_t *size,
		      struct messages *m)
{
	static const struct guest_tree_options none;
	const unsigned int errors = m->errors;
	struct guest g = {
		.cell = cell,
		.b = b,
		.t = &b->tree,
		.blob = (const struct pt_cell *)compiled->words,
		.options = options ? options : &none,
		.m = m,
	};

	build(&g);
	if (!g.error)
		warn_of_dependants(&g);
	if (g.error == -FDT_ERR_NOSPACE)
		messages_error(m, "out of memory");
	else if (g.error)
		messages_error(m, "cell '%s': its device tree cannot be written: %s", cell->name,
			       fdt_strerror(g.error));
	free(g.parts);
	free(g.clocks);
	if (g.error || m->errors != errors) {
		free(g.fdt);
		return false;
	}
	*fdt = g.fdt;
	*size = fdt_totalsize(g.fdt);
	return true;
}
