// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell's device tree, the devices' part: nodes of the board's tree with their properties, at the
 * root, since the buses in between stay behind. Registers and interrupts are written anew, for the
 * cell's addresses and its GIC; nothing that the cell has not may be named.
 */
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include "guest_tree_parts.h"
#include "pci.h"

/* What is written anew, or means nothing without the buses and controllers left behind. */
static const char *const never_copied[] = {
	"phandle", "linux,phandle", "status", "interrupt-parent", "interrupts",
	"interrupts-extended", "clocks", "dma-ranges", "iommu-map", "iommu-map-mask", "msi-map",
	"msi-map-mask", "interrupt-map", "interrupt-map-mask", "ppi-partitions",
};

static bool is_device_of(const struct cell *cell, uint32_t node)
{
	for (uint32_t i = 0; i < cell->device_count; i++)
		if (cell->devices[i].node == node)
			return true;
	return false;
}

/* Do its registers lie at addresses of the root, in the cell's tree as well? */
static bool has_addresses(const struct guest *g, uint32_t node)
{
	for (; g->parts[node] == PART_CHILD; node = g->t->nodes[node].parent)
		if (!node_has(g->t, g->t->nodes[node].parent, "ranges"))
			return false;
	return true;
}

static bool is_bus(const struct guest *g, uint32_t node)
{
	return node_has(g->t, node, "ranges") && has_addresses(g, node);
}

static const struct pt_region *region_of(const struct guest *g, struct tree_range r)
{
	const struct pt_region *regions = blob_entries(g->blob, g->blob->regions);

	for (uint32_t i = 0; i < g->blob->regions.count; i++)
		if (r.base >= regions[i].pa && r.base - regions[i].pa < regions[i].size &&
		    r.size <= regions[i].size - (r.base - regions[i].pa))
			return &regions[i];
	return NULL;
}

static bool owns_registers(const struct guest *g, uint32_t node)
{
	struct tree_range r;
	enum tree_reg found;

	for (uint32_t i = 0; (found = tree_reg(g->t, node, i, &r)) != TREE_REG_END; i++)
		if (found == TREE_REG_UNMAPPED || (r.size && !region_of(g, r)))
			return false;
	return true;
}

/* Is it part of the device above it, which is the cell's? */
static bool belongs(struct guest *g, uint32_t node)
{
	const uint32_t parent = g->t->nodes[node].parent;
	char path[TREE_PATH_MAX];

	if (is_device_of(g->cell, node))
		return true;
	if (!tree_available(g->t, node))
		return false;
	if (!is_bus(g, parent) || owns_registers(g, node))
		return true;
	messages_warn_at(g->m, messages_place(g->m, g->cell->name, "devices"),
			 SAY(g, tree_path(g->t, node, path),
			     "is left out although the device above it is the cell's, because its "
			     "registers are not; if it is wanted, name it in 'devices' too"));
	return false;
}

void devices_mark(struct guest *g)
{
	for (uint32_t node = 1; node < g->t->count; node++) {
		const uint8_t parent = g->parts[g->t->nodes[node].parent];

		if (g->parts[node] == PART_MACHINE || pci_is_function(g->t, node))
			continue;
		if (parent > PART_MACHINE && belongs(g, node))
			g->parts[node] = PART_CHILD;
		else if (is_device_of(g->cell, node))
			g->parts[node] = PART_DEVICE;
	}
}

/* Its address in the cell, of register @index. */
static bool address_of(const struct guest *g, uint32_t node, uint32_t index, struct tree_range *r)
{
	const struct pt_region *region;

	if (!has_addresses(g, node) || tree_reg(g->t, node, index, r) != TREE_REG_FINE)
		return false;
	region = region_of(g, *r);
	if (region)
		r->base = region->ipa + (r->base - region->pa);
	return true;
}

/* The node's name before the address. */
static int base_length(const struct guest *g, uint32_t node)
{
	return (int)strcspn(tree_name(g->t, node), "@");
}

/*
 * Devices of two buses may have had one name. Those without registers are told apart by a number,
 * which the nodes that are written anew, all at the root, cannot have taken.
 */
static uint32_t namesakes(const struct guest *g, uint32_t node)
{
	static const char *const taken[] = {
		"aliases", "chosen", "cpus", "psci", "timer",
		"memory", "interrupt-controller", "partita",
	};
	const int length = base_length(g, node);
	const char *name = tree_name(g->t, node);
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (length == (int)strlen(taken[i]) && !strncmp(name, taken[i], (size_t)length))
			count++;
	for (uint32_t other = 0; other < node; other++)
		if (g->parts[other] == PART_DEVICE && base_length(g, other) == length &&
		    !strncmp(tree_name(g->t, other), name, (size_t)length))
			count++;
	return count;
}

static bool same_address(const struct guest *g, uint32_t node, uint64_t base)
{
	struct tree_range r;

	for (uint32_t other = 0; other < node; other++)
		if (g->parts[other] == PART_DEVICE && address_of(g, other, 0, &r) && r.base == base)
			return true;
	return false;
}

/* In @name of NODE_NAME_MAX. */
static void device_name(const struct guest *g, uint32_t node, char *name)
{
	const bool top = g->parts[node] == PART_DEVICE;
	const char *old = tree_name(g->t, node);
	const int length = base_length(g, node);
	struct tree_range r;
	char number[16] = "";
	bool addressed;

	if (!has_addresses(g, node)) {
		snprintf(name, NODE_NAME_MAX, "%s", old);
		return;
	}
	addressed = address_of(g, node, 0, &r);
	if (top && (!addressed || same_address(g, node, r.base)) && namesakes(g, node))
		snprintf(number, sizeof(number), "-%u", namesakes(g, node));
	if (addressed)
		snprintf(name, NODE_NAME_MAX, "%.*s%s@%llx", length, old, number,
			 (unsigned long long)r.base);
	else if (top)
		snprintf(name, NODE_NAME_MAX, "%.*s%s", length, old, number);
	else
		snprintf(name, NODE_NAME_MAX, "%s", old);
}

char *device_path(const struct guest *g, uint32_t node, char *path)
{
	char tail[TREE_PATH_MAX], name[NODE_NAME_MAX];

	path[0] = '\0';
	for (;; node = g->t->nodes[node].parent) {
		memcpy(tail, path, sizeof(tail));
		device_name(g, node, name);
		if (strlen(name) + strlen(tail) + 1 < TREE_PATH_MAX)
			sprintf(path, "/%s%s", name, tail);
		if (g->parts[node] != PART_CHILD)
			return path;
	}
}

static bool may_copy(struct guest *g, uint32_t node, const char *name)
{
	for (size_t i = 0; i < sizeof(never_copied) / sizeof(never_copied[0]); i++)
		if (!strcmp(name, never_copied[i]))
			return false;
	if (has_addresses(g, node) && !strcmp(name, "reg"))
		return false;
	if (is_bus(g, node) && (!strcmp(name, "ranges") || !strcmp(name, "#address-cells") ||
				!strcmp(name, "#size-cells")))
		return false;
	return reference_survives(g, node, name);
}

static bool has_spi(const struct guest *g, uint32_t intid)
{
	const uint32_t *spis = blob_entries(g->blob, g->blob->spis);

	for (uint32_t i = 0; i < g->blob->spis.count; i++)
		if (spis[i] == intid)
			return true;
	return false;
}

/* Will the cell get it? */
static bool reaches_cell(const struct guest *g, const struct tree_interrupt *irq)
{
	uint32_t intid;

	if (irq->controller == TREE_NONE)
		return true;	/* a gap */
	if (irq->controller != g->b->gic)
		return g->parts[irq->controller] > PART_MACHINE &&
		       g->t->nodes[irq->controller].phandle;
	if (board_spi_of(irq, &intid))
		return has_spi(g, intid);
	return irq->count >= 3 && irq->cells[0] == 1;	/* a CPU's own */
}

static void warn_of_interrupt(struct guest *g, uint32_t node, const struct tree_interrupt *irq)
{
	const struct place at = messages_place(g->m, g->cell->name, "devices");
	char path[TREE_PATH_MAX], controller[TREE_PATH_MAX], owner[64];

	tree_path(g->t, node, path);
	if (irq->controller == TREE_NONE)
		messages_warn_at(g->m, at, SAY(g, path, "its interrupts cannot be read; they are "
					       "left out of the cell's tree"));
	else if (irq->controller == g->b->gic)
		messages_warn_at(g->m, at,
				 SAY(g, path, "its interrupts are not the cell's and are left out "
				     "of its tree; name it in 'devices' too"));
	else
		messages_warn_at(g->m, at,
				 SAY(g, path, "its interrupt passes through '%s', which %s; it is "
				     "left out of the cell's tree",
				     tree_path(g->t, irq->controller, controller),
				     owner_words(g, irq->controller, owner)));
}

/* False where some interrupt is lost: @irq tells which. *@plain: all go straight to the GIC. */
static bool interrupts_known(const struct guest *g, uint32_t node, bool *plain,
			     struct tree_interrupt *irq)
{
	enum tree_irq found;

	*plain = true;
	for (uint32_t i = 0; (found = tree_irq(g->t, node, i, irq)) == TREE_IRQ_FINE; i++) {
		*plain = *plain && irq->controller == g->b->gic;
		if (!reaches_cell(g, irq))
			return false;
	}
	irq->controller = TREE_NONE;
	return found == TREE_IRQ_END;
}

/* The GIC's specifiers have three cells here, whatever a fourth means on the board. */
static void add_interrupt(struct guest *g, struct cells *c, const struct tree_interrupt *irq,
			  bool plain)
{
	const bool gic = irq->controller == g->b->gic;

	if (irq->controller == TREE_NONE) {
		cells_add(g, c, 0);
		return;
	}
	if (!plain)
		cells_add(g, c, gic ? g->gic_phandle : g->t->nodes[irq->controller].phandle);
	for (uint32_t i = 0; i < irq->count && (!gic || i < 3); i++)
		cells_add(g, c, irq->cells[i]);
}

static void write_interrupts(struct guest *g, uint32_t node)
{
	struct tree_interrupt irq;
	struct cells c = { 0 };
	bool plain;

	if (!interrupts_known(g, node, &plain, &irq)) {
		warn_of_interrupt(g, node, &irq);
		return;
	}
	for (uint32_t i = 0; tree_irq(g->t, node, i, &irq) == TREE_IRQ_FINE; i++)
		add_interrupt(g, &c, &irq, plain);
	if (!c.count)
		return;
	if (plain)
		write_u32(g, "interrupt-parent", g->gic_phandle);
	write_cells(g, plain ? "interrupts" : "interrupts-extended", &c);
}

static void write_reg(struct guest *g, uint32_t node)
{
	struct cells c = { 0 };
	struct tree_range r;

	if (!has_addresses(g, node))
		return;
	for (uint32_t i = 0; address_of(g, node, i, &r); i++)
		cells_add_range(g, &c, r.base, r.size);
	if (c.count)
		write_cells(g, "reg", &c);
}

bool is_coherent(const struct guest *g, uint32_t node)
{
	for (uint32_t at = node; at != TREE_NONE; at = g->t->nodes[at].parent) {
		if (node_has(g->t, at, "dma-noncoherent"))
			return false;
		if (node_has(g->t, at, "dma-coherent"))
			return true;
	}
	return false;
}

static void write_coherence(struct guest *g, uint32_t node)
{
	if (!node_has(g->t, node, "dma-coherent") && is_coherent(g, node))
		write_bytes(g, "dma-coherent", NULL, 0);
}

/* What is rewritten rather than copied. */
static void write_own(struct guest *g, uint32_t node)
{
	write_reg(g, node);
	if (is_bus(g, node)) {
		write_u32(g, "#address-cells", 2);
		write_u32(g, "#size-cells", 2);
		write_bytes(g, "ranges", NULL, 0);
	}
	write_interrupts(g, node);
	clocks_write(g, node);
	write_phandle(g, node);
}

static void write_content(struct guest *g, uint32_t node)
{
	struct tree_interrupt irq;
	bool plain;
	const bool interrupts = interrupts_known(g, node, &plain, &irq);
	int property;

	fdt_for_each_property_offset(property, g->t->fdt, g->t->nodes[node].offset) {
		const char *name;
		int length;
		const void *value = fdt_getprop_by_offset(g->t->fdt, property, &name, &length);

		if (value && may_copy(g, node, name) &&
		    (interrupts || strcmp(name, "interrupt-names") != 0))
			write_bytes(g, name, value, (size_t)length);
	}
	write_own(g, node);
}

/* A device and its children: the node is closed when one comes that is not below it. */
static void write_device(struct guest *g, uint32_t device)
{
	char name[NODE_NAME_MAX];
	uint32_t open = device;

	device_name(g, device, name);
	write_begin(g, name);
	write_content(g, device);
	write_coherence(g, device);
	for (uint32_t node = device + 1; node < g->t->count; node++) {
		if (g->parts[node] != PART_CHILD)
			continue;
		while (open != device && open != g->t->nodes[node].parent) {
			write_end(g);
			open = g->t->nodes[open].parent;
		}
		if (g->t->nodes[node].parent != open)
			break;
		device_name(g, node, name);
		write_begin(g, name);
		write_content(g, node);
		open = node;
	}
	for (; open != device; open = g->t->nodes[open].parent)
		write_end(g);
	write_end(g);
}

void devices_write(struct guest *g)
{
	for (uint32_t node = 0; node < g->t->count; node++) {
		/* The timer is there already. */
		if (g->parts[node] != PART_DEVICE || tree_compatible(g->t, node, "arm,armv8-timer"))
			continue;
		write_device(g, node);
		warn_of_buses(g, node);
	}
}

/* As the board has it, at the root; its interrupts are each CPU's own. */
void timer_write(struct guest *g)
{
	const uint32_t node = tree_find_compatible(g->t, TREE_NONE, "arm,armv8-timer");

	if (node == TREE_NONE) {
		messages_error(g->m, "cell '%s': the board's tree has no timer ('arm,armv8-timer') "
			       "that the cell's could have", g->cell->name);
		return;
	}
	write_begin(g, "timer");
	write_content(g, node);
	write_end(g);
}
