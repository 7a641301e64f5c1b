// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell's device tree: the host bridge that a cell with PCI functions sees. It has the one bus that they are
 * on, at the board's addresses, and windows for just their BARs, which stay where they are.
 */
#include "guest_tree_parts.h"
#include "pci.h"

#define DEVICE_MASK	0xf800
#define PIN_MASK	7

static bool next_function(const struct guest *g, uint32_t *i, uint32_t *node, struct pci_function *f)
{
	for (; *i < g->cell->device_count; (*i)++) {
		*node = g->cell->devices[*i].node;
		if (pci_function(g->t, *node, f)) {
			(*i)++;
			return true;
		}
	}
	return false;
}

bool pci_is_in_tree(const struct guest *g)
{
	struct pci_function f;
	uint32_t i = 0, node;

	return next_function(g, &i, &node, &f);
}

static void add_window(struct guest *g, struct cells *c, const struct pci_bar *bar)
{
	const uint64_t size = (bar->cpu.size + PT_PAGE_SIZE - 1) & ~(uint64_t)(PT_PAGE_SIZE - 1);

	cells_add(g, c, bar->space << 24);
	cells_add(g, c, (uint32_t)(bar->bus >> 32));
	cells_add(g, c, (uint32_t)bar->bus);
	cells_add_range(g, c, bar->cpu.base, size);
}

/* Of this function: its pin, wherever bridges of the board have led it. */
static void add_interrupt(struct guest *g, struct cells *c, uint32_t node, const struct pci_function *f)
{
	struct tree_interrupt irq;
	uint32_t pin;

	if (!tree_u32(g->t, node, "interrupts", &pin) ||
	    tree_irq(g->t, node, 0, &irq) != TREE_IRQ_FINE || irq.controller != g->b->gic)
		return;
	cells_add(g, c, f->bus << 16 | f->devfn << 8);
	cells_add(g, c, 0);
	cells_add(g, c, 0);
	cells_add(g, c, pin);
	cells_add(g, c, g->gic_phandle);
	for (uint32_t i = 0; i < 3; i++)
		cells_add(g, c, irq.cells[i]);
}

static void write_functions(struct guest *g)
{
	struct cells ranges = { 0 }, map = { 0 }, mask = { 0 };
	struct pci_function f;
	struct pci_bar bar;
	uint32_t i = 0, node;

	while (next_function(g, &i, &node, &f)) {
		for (uint32_t n = 0; pci_bar(g->t, node, n, &bar); n++)
			add_window(g, &ranges, &bar);
		add_interrupt(g, &map, node, &f);
		warn_of_buses(g, node);
	}
	write_cells(g, "ranges", &ranges);
	if (!map.count)
		return;
	write_u32(g, "#interrupt-cells", 1);
	cells_add(g, &mask, DEVICE_MASK);
	cells_add(g, &mask, 0);
	cells_add(g, &mask, 0);
	cells_add(g, &mask, PIN_MASK);
	write_cells(g, "interrupt-map-mask", &mask);
	write_cells(g, "interrupt-map", &map);
}

void pci_write(struct guest *g)
{
	struct cells reg = { 0 }, buses = { 0 };
	struct pci_function f;
	uint32_t i = 0, node;
	char name[NODE_NAME_MAX];
	uint64_t bus;

	if (!next_function(g, &i, &node, &f))
		return;
	bus = f.config & ~(PCI_BUS_SIZE - 1);
	snprintf(name, sizeof(name), "pcie@%llx", (unsigned long long)bus);
	write_begin(g, name);
	write_string(g, "compatible", "pci-host-ecam-generic");
	write_string(g, "device_type", "pci");
	cells_add_range(g, &reg, bus, PCI_BUS_SIZE);
	write_cells(g, "reg", &reg);
	cells_add(g, &buses, f.bus);
	cells_add(g, &buses, f.bus);
	write_cells(g, "bus-range", &buses);
	write_u32(g, "#address-cells", 3);
	write_u32(g, "#size-cells", 2);
	if (is_coherent(g, f.host))
		write_bytes(g, "dma-coherent", NULL, 0);
	write_functions(g);
	write_end(g);
}
