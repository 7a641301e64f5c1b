/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device tree, read-only, indexed once so that parents, phandles and addresses are found without
 * walking it again. libfdt does the parsing; nothing here trusts a length, a count or a reference
 * in the tree.
 */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libfdt.h>

#define TREE_NONE	UINT32_MAX	/* no such node */
#define TREE_PATH_MAX	512

/*
 * Nodes are numbered in the order of the tree; 0 is the root and a parent comes before its
 * children.
 */
struct tree_node {
	int offset;			/* libfdt's */
	uint32_t parent;
	uint32_t phandle;		/* 0: none */
	uint32_t address_cells;		/* of its children */
	uint32_t size_cells;
};

struct tree {
	const void *fdt;
	struct tree_node *nodes;
	uint32_t count;
};

struct tree_range {
	uint64_t base;
	uint64_t size;
};

enum tree_reg {
	TREE_REG_FINE,
	TREE_REG_END,		/* no register of this index */
	TREE_REG_UNMAPPED,	/* not reachable at an address of the root, or malformed */
};

#define TREE_CELLS_MAX	8	/* of an address or a specifier */

struct tree_interrupt {
	uint32_t controller;	/* node */
	uint32_t nexus;		/* the last node whose interrupt-map led there, or TREE_NONE */
	uint32_t count;
	uint32_t cells[TREE_CELLS_MAX];
};

enum tree_irq {
	TREE_IRQ_FINE,
	TREE_IRQ_END,		/* no interrupt of this index */
	TREE_IRQ_BROKEN,	/* malformed, or without a controller */
};

/* What a property says of another node: who it is, and how it is to serve. */
struct tree_reference {
	uint32_t provider;	/* node; TREE_NONE: a gap that keeps the numbering */
	uint32_t phandle;
	uint32_t count;
	const fdt32_t *cells;
};

/*
 * What libfdt says against the @size bytes at @fdt (aligned to 8, outliving @t), or NULL when all
 * is well.
 */
const char *tree_open(struct tree *t, const void *fdt, size_t size);
void tree_close(struct tree *t);

/* Number @index of an array of cells, which need not be aligned. */
static inline uint32_t tree_cell(const void *cells, uint32_t index)
{
	const uint8_t *c = (const uint8_t *)cells + (size_t)index * 4;

	return (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 | (uint32_t)c[2] << 8 | c[3];
}

const void *tree_property(const struct tree *t, uint32_t node, const char *name, int *length);
bool tree_u32(const struct tree *t, uint32_t node, const char *name, uint32_t *value);
/* The property's first string, or NULL where it is absent or not one. */
const char *tree_string(const struct tree *t, uint32_t node, const char *name);
bool tree_compatible(const struct tree *t, uint32_t node, const char *compatible);
/* May the system use it (its status is absent, "okay" or "ok")? */
bool tree_available(const struct tree *t, uint32_t node);
const char *tree_name(const struct tree *t, uint32_t node);
/* The full path, in @path of TREE_PATH_MAX bytes; returns @path. */
char *tree_path(const struct tree *t, uint32_t node, char *path);

/*
 * The reference at cell *@at of @total; moves *@at behind it. @cells_name says how many cells
 * follow the phandle (NULL, or absent from the provider: @fixed). False where it cannot be read.
 */
bool tree_next_reference(const struct tree *t, const fdt32_t *cells, uint32_t total, uint32_t *at,
			 const char *cells_name, uint32_t fixed, struct tree_reference *r);

uint32_t tree_find_compatible(const struct tree *t, uint32_t after, const char *compatible);
uint32_t tree_find_phandle(const struct tree *t, uint32_t phandle);
/*
 * By full path, by label (/__symbols__), by alias, or as Linux names a PCI function ("0000:00:03.0"). A
 * path without its unit address finds nothing.
 */
uint32_t tree_find(const struct tree *t, const char *name);
/* The node that an imprecise path may have meant, or TREE_NONE. */
uint32_t tree_guess(const struct tree *t, const char *name);

/* Registers as the CPU sees them: `reg` translated through each bus' `ranges`; for PCI functions see pci_reg(). */
enum tree_reg tree_reg(const struct tree *t, uint32_t node, uint32_t index, struct tree_range *out);
/*
 * `interrupts` or `interrupts-extended`, as given to the controller at the end of all interrupt
 * maps in between. Where a nexus' map leads nowhere, it is itself the controller.
 */
enum tree_irq tree_irq(const struct tree *t, uint32_t node, uint32_t index,
		       struct tree_interrupt *out);
/* Entry @index of the nexus' `interrupt-map`, the same way. */
enum tree_irq tree_irq_map(const struct tree *t, uint32_t nexus, uint32_t index,
			   struct tree_interrupt *out);

#endif
