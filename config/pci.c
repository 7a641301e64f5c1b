// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a board's tree says of PCI functions. Only functions below a host bridge with ECAM as the standard has it are
 * seen: of others it is not known that their configuration space is a page for each function.
 */
#include <stdio.h>
#include <string.h>
#include <partita/blob.h>
#include "pci.h"

#define REG_CELLS	5u		/* of reg and assigned-addresses: three of address, two of size */
#define FIRST_BAR	0x10u

/* phys.hi of the binding: npt000ss bbbbbbbb dddddfff rrrrrrrr */
static uint32_t bus_of(uint32_t hi)
{
	return hi >> 16 & 0xff;
}

static uint32_t devfn_of(uint32_t hi)
{
	return hi >> 8 & 0xff;
}

static uint32_t space_of(uint32_t hi)
{
	return hi >> 24 & 3;
}

static uint64_t number(const void *cells, uint32_t index)
{
	return (uint64_t)tree_cell(cells, index) << 32 | tree_cell(cells, index + 1);
}

/* One that is itself a function of another is none: nobody asks for its addresses, and so on up the tree. */
bool pci_is_host(const struct tree *t, uint32_t node)
{
	int length;

	return tree_compatible(t, node, "pci-host-ecam-generic") && tree_available(t, node) &&
	       !tree_property(t, node, "assigned-addresses", &length);
}

static bool is_bridge(const struct tree *t, uint32_t node)
{
	const char *type = tree_string(t, node, "device_type");

	return type && !strcmp(type, "pci");
}

static uint32_t host_of(const struct tree *t, uint32_t node)
{
	uint32_t at = t->nodes[node].parent;

	while (at != TREE_NONE && is_bridge(t, at) && !pci_is_host(t, at))
		at = t->nodes[at].parent;
	return at != TREE_NONE && pci_is_host(t, at) ? at : TREE_NONE;
}

static uint32_t first_bus(const struct tree *t, uint32_t host)
{
	uint32_t bus = 0;

	tree_u32(t, host, "bus-range", &bus);
	return bus;
}

bool pci_function(const struct tree *t, uint32_t node, struct pci_function *f)
{
	struct tree_range ecam;
	uint32_t hi, first;
	int length;

	if (node == TREE_NONE || !tree_property(t, node, "assigned-addresses", &length) ||
	    !tree_u32(t, node, "reg", &hi))
		return false;
	f->host = host_of(t, node);
	if (f->host == TREE_NONE || tree_reg(t, f->host, 0, &ecam) != TREE_REG_FINE)
		return false;
	f->bus = bus_of(hi);
	f->devfn = devfn_of(hi);
	first = first_bus(t, f->host);
	f->config = ecam.base + ((uint64_t)(f->bus - first) << 20 | f->devfn << 12);
	return f->bus >= first && f->config - ecam.base < ecam.size;
}

bool pci_is_function(const struct tree *t, uint32_t node)
{
	struct pci_function f;

	return pci_function(t, node, &f);
}

/* From the bus to the CPU, by the host's `ranges`; no bridge in between translates. */
static bool translate(const struct tree *t, uint32_t host, struct pci_bar *bar)
{
	const uint32_t above = t->nodes[host].parent;
	const uint32_t pna = above == TREE_NONE ? 0 : t->nodes[above].address_cells;
	const uint32_t entry = 3 + pna + 2;
	int length;
	const void *ranges = tree_property(t, host, "ranges", &length);

	if (!ranges || !pna || pna > 2)
		return false;
	for (uint32_t i = 0; i + entry <= (uint32_t)length / 4; i += entry) {
		const uint64_t child = number(ranges, i + 1), size = number(ranges, i + 3 + pna);

		if (space_of(tree_cell(ranges, i)) < 2 || bar->bus < child || bar->bus - child >= size ||
		    bar->cpu.size > size - (bar->bus - child))
			continue;
		bar->cpu.base = (pna == 2 ? number(ranges, i + 3) : tree_cell(ranges, i + 3)) +
				(bar->bus - child);
		return true;
	}
	return false;
}

bool pci_bar(const struct tree *t, uint32_t node, uint32_t index, struct pci_bar *bar)
{
	struct pci_function f;
	int length;
	const void *cells = tree_property(t, node, "assigned-addresses", &length);

	if (!cells || !pci_function(t, node, &f))
		return false;
	for (uint32_t i = 0; i + REG_CELLS <= (uint32_t)length / 4; i += REG_CELLS) {
		const uint32_t hi = tree_cell(cells, i);

		*bar = (struct pci_bar){ .number = ((hi & 0xff) - FIRST_BAR) / 4, .space = space_of(hi),
					 .bus = number(cells, i + 1), .cpu.size = number(cells, i + 3) };
		if (bar->number < PT_BARS && bar->space >= 2 && bar->cpu.size &&
		    translate(t, f.host, bar) && !index--)
			return true;
	}
	return false;
}

enum tree_reg pci_reg(const struct tree *t, uint32_t node, uint32_t index, struct tree_range *out)
{
	struct pci_function f;
	struct pci_bar bar;

	if (!index && pci_function(t, node, &f)) {
		*out = (struct tree_range){ f.config, PT_PAGE_SIZE };
		return TREE_REG_FINE;
	}
	if (!index || !pci_bar(t, node, index - 1, &bar))
		return TREE_REG_END;
	*out = bar.cpu;
	return TREE_REG_FINE;
}

/* A region is whole pages, and so is what the cell sees of a smaller BAR. */
static uint32_t size_code(uint64_t size)
{
	uint32_t code = 1;

	while (code < PT_BAR_UPPER - 1 && size > (uint64_t)PT_PAGE_SIZE << (code - 1))
		code++;
	return code;
}

uint32_t pci_bars(const struct tree *t, uint32_t node)
{
	struct pci_bar bar;
	uint32_t bars = 0;

	for (uint32_t i = 0; pci_bar(t, node, i, &bar); i++) {
		bars |= size_code(bar.cpu.size) << PT_BAR_BITS * bar.number;
		if (bar.space == 3 && bar.number + 1 < PT_BARS)
			bars |= PT_BAR_UPPER << PT_BAR_BITS * (bar.number + 1);
	}
	return bars;
}

char *pci_name(const struct tree *t, const struct pci_function *f, char name[PCI_NAME_SIZE])
{
	uint32_t domain = 0;

	tree_u32(t, f->host, "linux,pci-domain", &domain);
	snprintf(name, PCI_NAME_SIZE, "%04x:%02x:%02x.%x", domain & 0xffff, f->bus & 0xff,
		 f->devfn >> 3 & 0x1f, f->devfn & 7);
	return name;
}

uint32_t pci_find(const struct tree *t, const char *name)
{
	struct pci_function f;
	char found[PCI_NAME_SIZE];

	for (uint32_t node = 1; strchr(name, ':') && node < t->count; node++)
		if (pci_function(t, node, &f) && !strcmp(pci_name(t, &f, found), name))
			return node;
	return TREE_NONE;
}

uint32_t pci_root_pin(const struct tree *t, uint32_t node, uint32_t *pin)
{
	uint32_t hi, parent = t->nodes[node].parent;
	int length;

	if (!pci_is_function(t, node))
		return node;
	/* A bridge with a map of its own is found as the controller, and nothing is turned. */
	for (; !pci_is_host(t, parent) && !tree_property(t, parent, "interrupt-map", &length);
	     node = parent, parent = t->nodes[node].parent)
		if (tree_u32(t, node, "reg", &hi))
			*pin = (*pin - 1 + (devfn_of(hi) >> 3)) % 4 + 1;
	return node;
}
