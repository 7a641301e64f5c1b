// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding each thing's one owner. A device goes with what lies below it in the tree, as a bus that
 * a cell has takes its devices along; interrupts and registers go with their device.
 */
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include "owners.h"
#include "shared.h"

#define MAX_WINDOWS	16	/* of one PCI bridge */

bool owners_memory(const struct owners *o, uint32_t i, uint64_t *base)
{
	*base = o->s->cells[i].memory_address;
	if (o->memory && o->memory[i].known)
		*base = o->memory[i].base;
	return *base || (o->memory && o->memory[i].known);
}

bool owners_shares(const struct owners *o, uint32_t i, uint32_t memory)
{
	return cell_shares(&o->s->cells[i], &o->s->memories[memory]);
}

static uint8_t owner_in_system(const struct system *s, uint32_t node)
{
	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t k = 0; k < s->cells[i].device_count; k++)
			if (s->cells[i].devices[k].node == node)
				return (uint8_t)(OWNER_FIRST_CELL + i);
	return OWNER_LINUX;
}

/* Parents come before their children, so theirs is known. */
static uint8_t owner_of_node(const struct owners *o, uint32_t node)
{
	const struct tree *t = &o->b->tree;
	const uint32_t parent = t->nodes[node].parent;
	const uint8_t above = parent == TREE_NONE ? OWNER_LINUX : o->nodes[parent];
	const uint8_t named = owner_in_system(o->s, node);

	if (named != OWNER_LINUX)
		return named;
	if (node == o->b->gic)
		return OWNER_HYPERVISOR;
	if (board_keeps_node(o->b, node))
		return OWNER_LINUX_ONLY;
	if (is_cell(above))
		return above;
	return above == OWNER_NOBODY || !tree_available(t, node) ? OWNER_NOBODY : OWNER_LINUX;
}

static uint32_t cpu_node(const struct tree *t, uint64_t mpidr)
{
	for (uint32_t node = 0; node < t->count; node++) {
		const char *type = tree_string(t, node, "device_type");
		const uint32_t parent = t->nodes[node].parent;
		const uint8_t *reg;
		uint64_t value = 0;
		int length;

		if (!type || strcmp(type, "cpu") != 0 || parent == TREE_NONE)
			continue;
		reg = tree_property(t, node, "reg", &length);
		for (int i = 0; reg && i < length && i < 8; i++)
			value = value << 8 | reg[i];
		if (reg && (value & PT_MPIDR_MASK) == mpidr)
			return node;
	}
	return TREE_NONE;
}

static void find_cpus(struct owners *o)
{
	const struct pt_system *s = board_system(o->b);
	const uint64_t *mpidrs = blob_entries(s, s->cpus);

	for (uint32_t i = 0; i < s->cpus.count; i++)
		o->cpu_nodes[i] = cpu_node(&o->b->tree, mpidrs[i]);
	for (uint32_t i = 0; i < o->s->count; i++)
		for (uint32_t k = 0; k < o->s->cells[i].cpu_count; k++)
			o->cpus[o->s->cells[i].cpus[k]] = (uint8_t)(OWNER_FIRST_CELL + i);
}

static void find_spis(struct owners *o)
{
	const uint32_t event = board_system(o->b)->event_spi;

	memset(o->spis, OWNER_NOBODY, sizeof(o->spis));
	for (uint32_t i = 0; i < o->b->spi_count; i++) {
		const struct board_spi *spi = &o->b->spis[i];
		const uint8_t owner = o->nodes[spi->node];

		o->devices[spi->node] = true;
		if (spi->intid < OWNERS_SPI_END && owner != OWNER_NOBODY)
			o->spis[spi->intid] = owner;
	}
	for (uint32_t i = 0; i < o->s->count; i++)
		for (uint32_t k = 0; k < o->s->cells[i].spi_count; k++)
			o->spis[o->s->cells[i].spis[k]] = (uint8_t)(OWNER_FIRST_CELL + i);
	for (uint32_t i = 0; i < o->s->count; i++)
		if (cell_has_uart(&o->s->cells[i]))
			o->spis[cell_uart_spi(&o->s->cells[i], o->b)] =
				(uint8_t)(OWNER_FIRST_CELL + i);
	if (event)
		o->spis[event] = OWNER_HYPERVISOR;
}

static void add_area(struct owners *o, struct area a)
{
	if (a.size)
		o->areas[o->area_count++] = a;
}

/* Of number @i: cells' memories, then shared ones. Size 0 where it is not known where that is. */
static struct area memory_area(const struct owners *o, uint32_t i)
{
	struct area a = { .node = TREE_NONE, .ram = true };
	const struct shared_memory *shared;

	if (i < o->s->count) {
		a.owner = (uint8_t)(OWNER_FIRST_CELL + i);
		a.size = owners_memory(o, i, &a.base) ? o->s->cells[i].memory_size : 0;
	} else {
		shared = &o->s->memories[i - o->s->count];
		a.owner = (uint8_t)(OWNER_FIRST_SHARED + i - o->s->count);
		a.base = shared->address;
		a.size = shared->address ? shared->size : 0;
	}
	return a;
}

/* The lowest memory that begins in the range; of size 0 where there is none. */
static struct area next_memory(const struct owners *o, uint64_t base, uint64_t end)
{
	struct area lowest = { .base = end };

	for (uint32_t i = 0; i < o->s->count + o->s->memory_count; i++) {
		const struct area a = memory_area(o, i);

		if (a.size && a.base >= base && a.base < lowest.base)
			lowest = a;
	}
	return lowest;
}

/* What the cells leave of a piece of RAM is Linux's. */
static void add_ram(struct owners *o, const struct pt_range *ram)
{
	struct area rest = { .node = TREE_NONE, .ram = true, .owner = OWNER_LINUX }, a;
	const uint64_t end = ram->base + ram->size;

	rest.base = ram->base;
	while ((a = next_memory(o, rest.base, end)).size) {
		rest.size = a.base - rest.base;
		add_area(o, rest);
		a.size = a.size < end - a.base ? a.size : end - a.base;
		add_area(o, a);
		rest.base = a.base + a.size;
	}
	rest.size = end - rest.base;
	add_area(o, rest);
}

static void add_registers(struct owners *o, const struct board_registers *r)
{
	struct area a = { r->range.base, r->range.size, r->node, o->nodes[r->node], false };

	if (a.owner == OWNER_HYPERVISOR && !board_covers_gic(o->b, a.base, a.size))
		a.owner = OWNER_LINUX_ONLY;
	if (board_touches_ram(o->b, a.base, a.size))
		return;
	o->devices[r->node] = true;
	add_area(o, a);
}

/* Are addresses below @bus those of the CPU? */
static bool reaches_root(const struct tree *t, uint32_t bus)
{
	for (; t->nodes[bus].parent != TREE_NONE; bus = t->nodes[bus].parent) {
		int length;

		if (!tree_property(t, bus, "ranges", &length) || length)
			return false;
	}
	return true;
}

static bool is_pci(const struct tree *t, uint32_t node)
{
	const char *type = tree_string(t, node, "device_type");

	return type && !strcmp(type, "pci") && t->nodes[node].parent != TREE_NONE &&
	       t->nodes[node].address_cells == 3 && t->nodes[node].size_cells == 2;
}

static uint64_t number(const uint8_t *cells, uint32_t count)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < count * 4; i++)
		value = value << 8 | cells[i];
	return value;
}

/* Through the windows of a PCI bridge the CPU reaches the devices behind it. */
static void add_windows(struct owners *o, uint32_t bridge)
{
	const struct tree *t = &o->b->tree;
	const uint32_t parent = t->nodes[bridge].parent;
	const uint32_t cells = t->nodes[parent].address_cells, entry = 4 * (3 + cells + 2);
	struct area a = { .node = bridge, .owner = o->nodes[bridge] };
	int length;
	const uint8_t *ranges = tree_property(t, bridge, "ranges", &length);
	uint32_t left = ranges ? (uint32_t)length / entry : 0;

	if (!cells || cells > 2 || !reaches_root(t, parent))
		return;
	for (left = left < MAX_WINDOWS ? left : MAX_WINDOWS; left; left--, ranges += entry) {
		a.base = number(ranges + 12, cells);
		a.size = number(ranges + 12 + 4 * cells, 2);
		if (a.size <= UINT64_MAX - a.base && !board_touches_ram(o->b, a.base, a.size))
			add_area(o, a);
	}
}

/* A piece of RAM, and each memory that is not Linux's, end at most one area of Linux's each. */
static uint32_t most_areas(const struct board *b, const struct system *s)
{
	uint32_t count = b->register_count + PT_MAX_RANGES + 2 * (s->count + s->memory_count);

	for (uint32_t node = 0; node < b->tree.count; node++)
		count += is_pci(&b->tree, node) ? MAX_WINDOWS : 0;
	return count;
}

static int by_address(const void *left, const void *right)
{
	const struct area *a = left, *b = right;

	if (a->base != b->base)
		return a->base < b->base ? -1 : 1;
	/* The longer one first, then as in the tree: the order never depends on qsort(). */
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

static void find_areas(struct owners *o)
{
	const struct pt_system *s = board_system(o->b);
	const struct pt_range *ram = blob_entries(s, s->ram);

	for (uint32_t i = 0; i < s->ram.count; i++)
		add_ram(o, &ram[i]);
	for (uint32_t i = 0; i < o->b->register_count; i++)
		add_registers(o, &o->b->registers[i]);
	for (uint32_t node = 0; node < o->b->tree.count; node++)
		if (is_pci(&o->b->tree, node))
			add_windows(o, node);
	qsort(o->areas, o->area_count, sizeof(o->areas[0]), by_address);
}

bool owners_find(struct owners *o, const struct board *b, const struct system *s,
		 const struct draw_memory *memory)
{
	*o = (struct owners){ .b = b, .s = s, .memory = memory };
	o->nodes = calloc(b->tree.count, sizeof(*o->nodes));
	o->devices = calloc(b->tree.count, sizeof(*o->devices));
	o->areas = calloc(most_areas(b, s), sizeof(*o->areas));
	if (!o->nodes || !o->devices || !o->areas) {
		owners_release(o);
		return false;
	}
	for (uint32_t node = 0; node < b->tree.count; node++)
		o->nodes[node] = owner_of_node(o, node);
	find_cpus(o);
	find_spis(o);
	find_areas(o);
	return true;
}

void owners_release(struct owners *o)
{
	free(o->nodes);
	free(o->devices);
	free(o->areas);
	*o = (struct owners){ 0 };
}
