// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of a cell. The hypervisor gives away whole pages and whole interrupts, so whatever lies
 * in the same page or on the same line must belong to the same cell, or the device cannot be given
 * at all.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "devices.h"

/* Starts each message: where the cell names its devices, the cell, and the device. */
#define SAY(m, cell, device, format, ...)                                                 \
	m, messages_place(m, (cell)->name, "devices"), "cell '%s': device '%s': " format, \
		(cell)->name, (device)->path, ##__VA_ARGS__

bool cell_has_node(const struct cell *cell, uint32_t node)
{
	for (uint32_t i = 0; i < cell->device_count; i++)
		if (cell->devices[i].node == node)
			return true;
	return false;
}

static void explain_unknown(const struct cell *cell, const struct board *b, const char *name,
			    struct messages *m)
{
	const uint32_t guess = name[0] == '/' ? tree_guess(&b->tree, name) : TREE_NONE;
	const struct place at = messages_place(m, cell->name, "devices");
	char path[TREE_PATH_MAX];

	if (guess != TREE_NONE)
		messages_error_at(m, at,
				  "cell '%s': the board has no device '%s'; did you mean '%s'?",
				  cell->name, name, tree_path(&b->tree, guess, path));
	else
		messages_error_at(m, at,
				  "cell '%s': the board has no device '%s'; its tree is under "
				  "/sys/firmware/devicetree/base",
				  cell->name, name);
}

bool device_append(struct cell *cell, const struct board *b, uint32_t node, struct messages *m)
{
	struct cell_device *devices =
		realloc(cell->devices, (cell->device_count + 1) * sizeof(*devices));

	if (!devices) {
		messages_error(m, "out of memory");
		return false;
	}
	cell->devices = devices;
	devices[cell->device_count].node = node;
	tree_path(&b->tree, node, devices[cell->device_count++].path);
	return true;
}

static bool is_device(const struct tree *t, uint32_t node)
{
	static const char *const signs[] = {"reg", "interrupts", "interrupts-extended"};
	int length;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (tree_property(t, node, signs[i], &length))
			return true;
	return false;
}

/* A star stands for anything within one part of the path. */
static void add_matches(struct cell *cell, const struct board *b, const char *pattern,
			struct messages *m)
{
	bool found = false;
	char path[TREE_PATH_MAX];

	for (uint32_t node = 1; node < b->tree.count; node++) {
		if (!is_device(&b->tree, node) || fnmatch(pattern, tree_path(&b->tree, node, path),
							  FNM_PATHNAME | FNM_NOESCAPE) != 0)
			continue;
		found = true;
		if (!cell_has_node(cell, node) && !device_append(cell, b, node, m))
			return;
	}
	if (!found)
		messages_error_at(m, messages_place(m, cell->name, "devices"),
				  "cell '%s': no device of the board matches '%s'; a pattern is a "
				  "full path, where * stands for anything but /",
				  cell->name, pattern);
}

void device_add(struct cell *cell, const struct board *b, const char *name, struct messages *m)
{
	uint32_t node;

	if (strchr(name, '*')) {
		add_matches(cell, b, name, m);
		return;
	}
	node = tree_find(&b->tree, name);
	if (node == TREE_NONE)
		explain_unknown(cell, b, name, m);
	else if (cell_has_node(cell, node))
		messages_error_at(m, messages_place(m, cell->name, "devices"),
				  "cell '%s': device '%s' is named twice", cell->name, name);
	else
		device_append(cell, b, node, m);
}

static bool same_range(struct tree_range a, struct tree_range b)
{
	return a.base == b.base && a.size == b.size;
}

/* Is @other the window of a bus around @node? The pages in there are its children's. */
static bool is_window(const struct tree *t, const struct board_registers *other, uint32_t node)
{
	uint32_t above = t->nodes[node].parent;
	int length;

	while (above != TREE_NONE && above != other->node)
		above = t->nodes[above].parent;
	return above != TREE_NONE && tree_property(t, above, "ranges", &length);
}

/*
 * Another user of these pages. A disabled node of the very same registers is this device by another
 * name.
 */
static uint32_t page_sharer(const struct cell *cell, uint32_t node, const struct board *b,
			    struct tree_range exact, struct tree_range pages)
{
	for (uint32_t i = 0; i < b->register_count; i++) {
		const struct board_registers *other = &b->registers[i];
		struct tree_range r = other->range;

		if (!range_to_pages(&r) || r.base >= pages.base + pages.size ||
		    pages.base >= r.base + r.size || cell_has_node(cell, other->node))
			continue;
		if (same_range(other->range, exact) && !tree_available(&b->tree, other->node))
			continue;
		if (is_window(&b->tree, other, node))
			continue;
		return other->node;
	}
	return TREE_NONE;
}

/* The cell's regions may not overlap: devices of one cell that share a page share a region. */
static bool add_region(struct cell *cell, struct tree_range r)
{
	uint32_t i = 0;

	while (i < cell->region_count) {
		const struct pt_range have = cell->regions[i];
		const uint64_t end = r.base + r.size, have_end = have.base + have.size;

		if (r.base >= have_end || have.base >= end) {
			i++;
			continue;
		}
		r.base = r.base < have.base ? r.base : have.base;
		r.size = (end > have_end ? end : have_end) - r.base;
		memmove(&cell->regions[i], &cell->regions[i + 1],
			(cell->region_count - i - 1) * sizeof(have));
		cell->region_count--;
		i = 0;
	}
	/* One region is the memory. */
	if (cell->region_count == PT_MAX_REGIONS - 1)
		return false;
	cell->regions[cell->region_count++] = (struct pt_range){ r.base, r.size };
	return true;
}

static void resolve_register(struct cell *cell, const struct cell_device *d, const struct board *b,
			     struct tree_range exact, struct messages *m)
{
	const unsigned long long at = exact.base;
	struct tree_range pages = exact;
	char path[TREE_PATH_MAX];
	uint32_t sharer;

	if (!range_to_pages(&pages)) {
		messages_error_at(
			SAY(m, cell, d, "its registers at 0x%llx lie beyond 40-bit addresses", at));
		return;
	}
	if (board_touches_ram(b, pages.base, pages.size)) {
		messages_error_at(SAY(m, cell, d,
				      "at 0x%llx is memory, not registers; "
				      "'memory' gives memory to a cell",
				      at));
		return;
	}
	sharer = page_sharer(cell, d->node, b, exact, pages);
	if (sharer != TREE_NONE)
		messages_error_at(SAY(m, cell, d,
				      "its registers at 0x%llx share a 4 KiB page with '%s'; "
				      "name both in 'devices' of this cell, or neither",
				      at, tree_path(&b->tree, sharer, path)));
	else if (!add_region(cell, pages))
		messages_error_at(SAY(m, cell, d,
				      "is one too many: a cell has at most %d areas of registers",
				      PT_MAX_REGIONS - 1));
}

static uint32_t resolve_registers(struct cell *cell, const struct cell_device *d,
				  const struct board *b, struct messages *m)
{
	struct tree_range exact;
	enum tree_reg found;
	uint32_t i;

	for (i = 0; (found = tree_reg(&b->tree, d->node, i, &exact)) != TREE_REG_END; i++) {
		if (found == TREE_REG_UNMAPPED)
			messages_error_at(
				SAY(m, cell, d,
				    "its registers are not at an address of the CPU's "
				    "(a device behind another one); name that one instead"));
		else if (exact.size)
			resolve_register(cell, d, b, exact, m);
	}
	return i;
}

static uint32_t spi_sharer(const struct cell *cell, const struct board *b, uint32_t intid)
{
	for (uint32_t i = 0; i < b->spi_count; i++)
		if (b->spis[i].intid == intid && !cell_has_node(cell, b->spis[i].node) &&
		    tree_available(&b->tree, b->spis[i].node))
			return b->spis[i].node;
	return TREE_NONE;
}

static bool has_spi(const struct cell *cell, uint32_t intid)
{
	for (uint32_t i = 0; i < cell->spi_count; i++)
		if (cell->spis[i] == intid)
			return true;
	return false;
}

static void resolve_spi(struct cell *cell, const struct cell_device *d, const struct board *b,
			uint32_t intid, struct messages *m)
{
	const uint32_t sharer = spi_sharer(cell, b, intid);
	char path[TREE_PATH_MAX];

	if (sharer != TREE_NONE)
		messages_error_at(SAY(m, cell, d,
				      "shares interrupt %u (SPI %u) with '%s'; "
				      "name both in 'devices' of this cell, or neither",
				      intid, intid - 32, tree_path(&b->tree, sharer, path)));
	else if (has_spi(cell, intid))
		return;
	else if (cell->spi_count == PT_MAX_SPIS)
		messages_error_at(SAY(m, cell, d,
				      "is one too many: a cell has at most %d interrupts",
				      PT_MAX_SPIS));
	else
		cell->spis[cell->spi_count++] = intid;
}

static void resolve_interrupt(struct cell *cell, const struct cell_device *d, const struct board *b,
			      const struct tree_interrupt *irq, struct messages *m)
{
	char path[TREE_PATH_MAX];
	uint32_t intid;

	if (irq->controller == TREE_NONE)
		return;
	if (irq->controller != b->gic)
		messages_error_at(SAY(m, cell, d,
				      "its interrupt passes through '%s'; this version of Partita "
				      "gives away only interrupts that go straight to the GIC",
				      tree_path(&b->tree, irq->controller, path)));
	else if (board_spi_of(irq, &intid))
		resolve_spi(cell, d, b, intid, m);
	else if (irq->count < 3 || (irq->cells[0] != 1 && irq->cells[0] != 3))
		messages_error_at(SAY(m, cell, d,
				      "has an interrupt of kind %u number %u, "
				      "which this version of Partita does not know",
				      irq->cells[0], irq->count > 1 ? irq->cells[1] : 0));
	/* What is left are private interrupts: they come with the CPU. */
}

static uint32_t resolve_interrupts(struct cell *cell, const struct cell_device *d,
				   const struct board *b, struct messages *m)
{
	struct tree_interrupt irq;
	enum tree_irq found;
	uint32_t i;

	for (i = 0; (found = tree_irq(&b->tree, d->node, i, &irq)) == TREE_IRQ_FINE; i++)
		resolve_interrupt(cell, d, b, &irq, m);
	if (found == TREE_IRQ_BROKEN)
		messages_error_at(
			SAY(m, cell, d,
			    "its interrupts cannot be read: the controller that they name is "
			    "not in the board's tree"));
	return i;
}

/* The IOMMU is not managed yet, so what a device reads and writes by itself is not confined. */
static void warn_of_dma(const struct cell *cell, const struct cell_device *d, const struct board *b,
			struct messages *m)
{
	static const char *const signs[] = { "iommus", "dma-coherent", "dmas", "dma-ranges" };
	int length;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (tree_property(&b->tree, d->node, signs[i], &length)) {
			messages_warn_at(
				SAY(m, cell, d,
				    "can do DMA ('%s'), which this version of Partita does "
				    "not confine: whoever controls it can reach all memory",
				    signs[i]));
			return;
		}
}

void device_resolve(struct cell *cell, const struct cell_device *d, const struct board *b,
		    struct messages *m)
{
	const char *type = tree_string(&b->tree, d->node, "device_type");
	uint32_t parts;
	int length;

	if (board_keeps_node(b, d->node)) {
		messages_error_at(
			SAY(m, cell, d,
			    "is needed by the hypervisor itself and can be given to no cell"));
		return;
	}
	if ((type && !strcmp(type, "pci")) ||
	    tree_property(&b->tree, d->node, "interrupt-map", &length)) {
		messages_error_at(SAY(m, cell, d,
				      "is a bus with devices behind it; "
				      "this version of Partita gives away single devices only"));
		return;
	}
	parts = resolve_registers(cell, d, b, m);
	parts += resolve_interrupts(cell, d, b, m);
	if (!parts)
		messages_error_at(
			SAY(m, cell, d,
			    "has neither registers nor interrupts that could be given away"));
	warn_of_dma(cell, d, b, m);
}

void devices_resolve(struct cell *cell, const struct board *b, struct messages *m)
{
	for (uint32_t i = 0; i < cell->device_count; i++)
		device_resolve(cell, &cell->devices[i], b, m);
}
