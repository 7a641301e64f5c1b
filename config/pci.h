/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions in a board's tree, by the PCI Bus Binding to IEEE 1275: nodes below a host bridge, with
 * the addresses that Linux gave them in `assigned-addresses`. The firmware's tree has none; the command adds
 * them from what Linux tells (linux/cli/pci_facts.c).
 */
#ifndef CONFIG_PCI_H
#define CONFIG_PCI_H

#include "tree.h"

#define PCI_BUS_SIZE	(1ull << 20)	/* of the ECAM */
#define PCI_NAME_SIZE	16	/* "0000:00:03.0" */
/* Linux lets it raise no interrupt by its pin, as a rule since it sends messages. */
#define PCI_PIN_OFF	"partita,intx-disabled"

struct pci_function {
	uint32_t host;		/* node of the host bridge, one with ECAM */
	uint32_t bus;
	uint32_t devfn;		/* device << 3 | function */
	uint64_t config;	/* its page of the ECAM, an address of the CPU's */
};

/* One memory BAR that has an address. */
struct pci_bar {
	uint32_t number;
	uint32_t space;		/* of the binding: 2 for 32-bit, 3 for 64-bit addresses */
	uint64_t bus;		/* on the bus; as the CPU has it in .cpu */
	struct tree_range cpu;
};

bool pci_is_host(const struct tree *t, uint32_t node);
/* Is @node a function that could be given away, and which? */
bool pci_function(const struct tree *t, uint32_t node, struct pci_function *f);
bool pci_is_function(const struct tree *t, uint32_t node);
/* False: it has no BAR of that index, counting from 0 those of memory. */
bool pci_bar(const struct tree *t, uint32_t node, uint32_t index, struct pci_bar *bar);
/* As tree_reg(): its page of configuration space, then its BARs. */
enum tree_reg pci_reg(const struct tree *t, uint32_t node, uint32_t index, struct tree_range *out);
/* struct pt_region.bars */
uint32_t pci_bars(const struct tree *t, uint32_t node);

/* As Linux calls it, in @name; returned. And the way back, or TREE_NONE. */
char *pci_name(const struct tree *t, const struct pci_function *f, char name[PCI_NAME_SIZE]);
uint32_t pci_find(const struct tree *t, const char *name);

/*
 * The interrupt pin of @node as the host bridge sees it, behind bridges that turn it by their device's number: *@pin
 * changes, and the node that the host's interrupt-map knows is returned.
 */
uint32_t pci_root_pin(const struct tree *t, uint32_t node, uint32_t *pin);

#endif
