// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts in a device tree, by chapter 2.4 of the Devicetree Specification: a device names a
 * controller, or a nexus whose interrupt-map translates. Where boards differ from it, as Linux
 * does. Every cell is bounds-checked before it is read, and no map leads in a circle for ever.
 */
#include "pci.h"
#include "tree.h"

#define MAX_NEXUSES 8 /* one behind the other; real boards have two at most */

/*
 * A nexus' map. An entry: child's address and specifier, parent's phandle, address and specifier.
 */
struct map {
	uint32_t nexus;
	const void *cells;
	uint32_t total;
	uint32_t address; /* cells of the child's address */
	uint32_t child;	  /* of address and specifier */
};

/* What to look for in a map: unit address, then specifier. */
struct request {
	uint32_t cells[2 * TREE_CELLS_MAX];
	uint32_t address; /* how many are the address */
};

/*
 * The controller of a node's `interrupts`: its own interrupt-parent, else that of whoever is above.
 */
static uint32_t interrupt_parent(const struct tree *t, uint32_t node)
{
	uint32_t phandle, cells;

	for (uint32_t at = node; at != TREE_NONE; at = t->nodes[at].parent) {
		if (at != node && tree_u32(t, at, "#interrupt-cells", &cells))
			return at;
		if (tree_u32(t, at, "interrupt-parent", &phandle))
			return tree_find_phandle(t, phandle);
	}
	return TREE_NONE;
}

/* The specifier for out->controller at cell @at of @cells; sets out->count. */
static bool read_specifier(const struct tree *t, const void *cells, uint32_t total, uint32_t at,
			   struct tree_interrupt *out)
{
	if (out->controller == TREE_NONE ||
	    !tree_u32(t, out->controller, "#interrupt-cells", &out->count) || !out->count ||
	    out->count > TREE_CELLS_MAX || at > total || out->count > total - at)
		return false;
	for (uint32_t i = 0; i < out->count; i++)
		out->cells[i] = tree_cell(cells, at + i);
	return true;
}

static enum tree_irq irq_extended(const struct tree *t, const void *cells, uint32_t total,
				  uint32_t index, struct tree_interrupt *out)
{
	for (uint32_t at = 0; at < total; at += out->count) {
		const uint32_t phandle = tree_cell(cells, at++);

		/* An entry of phandle 0 is a gap that keeps the numbering. */
		out->count = 0;
		out->controller = tree_find_phandle(t, phandle);
		if (phandle && !read_specifier(t, cells, total, at, out))
			return TREE_IRQ_BROKEN;
		if (!index--)
			return TREE_IRQ_FINE;
	}
	return TREE_IRQ_END;
}

static enum tree_irq irq_plain(const struct tree *t, uint32_t node, uint32_t index,
			       struct tree_interrupt *out)
{
	int length;
	const void *cells = tree_property(t, node, "interrupts", &length);

	if (!cells)
		return TREE_IRQ_END;
	out->controller = interrupt_parent(t, node);
	if (!read_specifier(t, cells, (uint32_t)length / 4, 0, out))
		return TREE_IRQ_BROKEN;
	if (index >= (uint32_t)length / 4 / out->count)
		return TREE_IRQ_END;
	read_specifier(t, cells, (uint32_t)length / 4, index * out->count, out);
	return TREE_IRQ_FINE;
}

static enum tree_irq open_map(const struct tree *t, uint32_t nexus, struct map *map)
{
	uint32_t specifier = 0;
	int length;

	*map = (struct map){.nexus = nexus, .address = t->nodes[nexus].address_cells};
	map->cells = tree_property(t, nexus, "interrupt-map", &length);
	map->total = map->cells ? (uint32_t)length / 4 : 0;
	if (!map->total)
		return TREE_IRQ_END;
	tree_u32(t, nexus, "#interrupt-cells", &specifier);
	if (specifier > TREE_CELLS_MAX || map->address > TREE_CELLS_MAX)
		return TREE_IRQ_BROKEN;
	map->child = map->address + specifier;
	return TREE_IRQ_FINE;
}

/*
 * The entry at cell *@at, which moves behind it. In @up what to look for in the parent's own map.
 */
static enum tree_irq next_entry(const struct tree *t, const struct map *map, uint32_t *at,
				struct tree_interrupt *out, struct request *up)
{
	const uint32_t parent = *at + map->child + 1;

	if (*at >= map->total)
		return TREE_IRQ_END;
	if (map->child >= map->total - *at)
		return TREE_IRQ_BROKEN;
	out->nexus = map->nexus;
	out->controller = tree_find_phandle(t, tree_cell(map->cells, *at + map->child));
	/* Here, unlike for reg, an absent #address-cells means none. */
	up->address = 0;
	if (out->controller != TREE_NONE)
		tree_u32(t, out->controller, "#address-cells", &up->address);
	if (up->address > TREE_CELLS_MAX ||
	    !read_specifier(t, map->cells, map->total, parent + up->address, out))
		return TREE_IRQ_BROKEN;
	for (uint32_t i = 0; i < up->address; i++)
		up->cells[i] = tree_cell(map->cells, parent + i);
	*at = parent + up->address + out->count;
	return TREE_IRQ_FINE;
}

/* Without a mask, all bits count. */
static bool matches(const struct tree *t, const struct map *map, uint32_t at,
		    const struct request *wanted)
{
	int length;
	const void *mask = tree_property(t, map->nexus, "interrupt-map-mask", &length);

	if (mask && (uint32_t)length / 4 < map->child)
		return false;
	for (uint32_t i = 0; i < map->child; i++)
		if ((tree_cell(map->cells, at + i) ^ wanted->cells[i]) &
		    (mask ? tree_cell(mask, i) : UINT32_MAX))
			return false;
	return true;
}

/* One step up, from the nexus that @irq is given to. */
static bool pass_nexus(const struct tree *t, struct tree_interrupt *irq, struct request *request)
{
	struct tree_interrupt out = {0};
	struct request up = {0};
	uint32_t at = 0, next = 0;
	struct map map;

	if (open_map(t, irq->controller, &map) != TREE_IRQ_FINE || request->address < map.address ||
	    map.child - map.address != irq->count)
		return false;
	for (uint32_t i = 0; i < irq->count; i++)
		request->cells[map.address + i] = irq->cells[i];
	for (; next_entry(t, &map, &next, &out, &up) == TREE_IRQ_FINE; at = next)
		if (matches(t, &map, at, request)) {
			*irq = out;
			*request = up;
			return true;
		}
	return false;
}

/*
 * What has registers to steer interrupts with is no mere nexus, whatever maps it has for its
 * driver.
 */
static bool is_nexus(const struct tree *t, uint32_t node)
{
	int length;

	return node != TREE_NONE && tree_property(t, node, "interrupt-map", &length) &&
	       !tree_property(t, node, "interrupt-controller", &length);
}

/* Through all maps, or not at all. */
static void follow(const struct tree *t, struct tree_interrupt *irq, struct request *request)
{
	struct tree_interrupt at = *irq;
	uint32_t passed = 0;

	while (is_nexus(t, at.controller))
		if (passed++ == MAX_NEXUSES || !pass_nexus(t, &at, request))
			return;
	*irq = at;
}

/* A nexus knows its children by the address in their `reg`, which is one of their bus. */
static struct request unit_address(const struct tree *t, uint32_t node)
{
	const uint32_t parent = t->nodes[node].parent;
	struct request r = {0};
	int length;
	const void *reg = tree_property(t, node, "reg", &length);

	if (!reg || parent == TREE_NONE)
		return r;
	while (r.address < (uint32_t)length / 4 && r.address < TREE_CELLS_MAX) {
		r.cells[r.address] = tree_cell(reg, r.address);
		r.address++;
	}
	return r;
}

enum tree_irq tree_irq(const struct tree *t, uint32_t node, uint32_t index,
		       struct tree_interrupt *out)
{
	int length;
	const void *cells = tree_property(t, node, "interrupts-extended", &length);
	struct request request;
	enum tree_irq found;

	*out = (struct tree_interrupt){.controller = TREE_NONE, .nexus = TREE_NONE};
	found = cells ? irq_extended(t, cells, (uint32_t)length / 4, index, out)
		      : irq_plain(t, node, index, out);
	if (found != TREE_IRQ_FINE)
		return found;
	request = unit_address(t, out->count == 1 ? pci_root_pin(t, node, out->cells) : node);
	follow(t, out, &request);
	return found;
}

enum tree_irq tree_irq_map(const struct tree *t, uint32_t nexus, uint32_t index,
			   struct tree_interrupt *out)
{
	struct request request = {0};
	struct map map;
	enum tree_irq found = open_map(t, nexus, &map);
	uint32_t at = 0;

	*out = (struct tree_interrupt){.controller = TREE_NONE, .nexus = TREE_NONE};
	if (found != TREE_IRQ_FINE)
		return found;
	do
		found = next_entry(t, &map, &at, out, &request);
	while (found == TREE_IRQ_FINE && index--);
	if (found == TREE_IRQ_FINE)
		follow(t, out, &request);
	return found;
}
