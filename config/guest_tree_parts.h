/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the makers of a cell's device tree share: the tree as far as it is written, and which nodes
 * of the board's are in it. An error sticks: what is written after it goes nowhere.
 */
#ifndef CONFIG_GUEST_TREE_PARTS_H
#define CONFIG_GUEST_TREE_PARTS_H

#include <libfdt.h>
#include "guest_tree.h"

#define NODE_NAME_MAX	128

/* What a node of the board's tree is in the cell's. */
enum part {
	PART_ABSENT,
	PART_MACHINE,	/* written anew, with the board's phandle: CPU, interrupt controller */
	PART_DEVICE,	/* copied, below the root */
	PART_CHILD,	/* copied, below its parent on the board */
};

/* A clock that the cell cannot see, as a fixed one. */
struct stand_in {
	uint32_t provider;
	uint32_t count;
	fdt32_t cells[8];	/* of the specifier */
	uint32_t hz;
	uint32_t phandle;
};

struct guest {
	const struct cell *cell;
	const struct board *b;
	const struct tree *t;		/* the board's */
	const struct pt_cell *blob;
	const struct guest_tree_options *options;
	struct messages *m;
	uint8_t *parts;			/* enum part of each node of the board */
	void *fdt;
	int room;			/* bytes at fdt */
	int error;			/* of libfdt */
	uint32_t gic_phandle;
	uint32_t next_phandle;
	struct stand_in *clocks;
	uint32_t clock_count;
};

/* A value that grows cell by cell. */
struct cells {
	fdt32_t *at;
	uint32_t count;
};

void write_begin(struct guest *g, const char *name);
void write_end(struct guest *g);
void write_bytes(struct guest *g, const char *name, const void *bytes, size_t size);
void write_string(struct guest *g, const char *name, const char *value);
void write_u32(struct guest *g, const char *name, uint32_t value);
void write_u64(struct guest *g, const char *name, uint64_t value);
/* The board's, of @node. */
void write_phandle(struct guest *g, uint32_t node);

void cells_add(struct guest *g, struct cells *c, uint32_t value);
void cells_add_range(struct guest *g, struct cells *c, uint64_t base, uint64_t size);
/* Writes and releases. */
void write_cells(struct guest *g, const char *name, struct cells *c);
/* After the root's end; nothing can be written after it. */
void write_finish(struct guest *g);

/* One that no node of the board has; 0 where there is none left. */
uint32_t new_phandle(struct guest *g);
/* The other cell that has @node, or NULL: it is this one's, or Linux'. */
const struct cell *other_owner(const struct guest *g, uint32_t node);
/* "stays with Linux", or with which cell; in @words of 64 bytes; returned. */
const char *owner_words(const struct guest *g, uint32_t node, char *words);

static inline bool node_has(const struct tree *t, uint32_t node, const char *property)
{
	return tree_property(t, node, property, NULL);
}

/* Starts each message: the cell and the node. */
#define SAY(g, path, format, ...)						\
	"cell '%s': device '%s': " format, (g)->cell->name, path, ##__VA_ARGS__

/* Decide what of the board's tree will be in the cell's. */
void devices_mark(struct guest *g);
void devices_write(struct guest *g);
/*
 * By its own word or, as Linux looks for it, by the next one above, of which nothing is left in the
 * cell's tree.
 */
bool is_coherent(const struct guest *g, uint32_t node);
/* Where @node, which is in it, is in the cell's tree; in @path of TREE_PATH_MAX; returned. */
char *device_path(const struct guest *g, uint32_t node, char *path);
void timer_write(struct guest *g);

/* The UART that the hypervisor makes, where the cell has it; in @path of TREE_PATH_MAX; returned. */
void uart_write(struct guest *g);
char *uart_path(const struct guest *g, char *path);
/* The first name of a serial port that the board's book of aliases (or TREE_NONE) leaves. */
void uart_alias_write(struct guest *g, uint32_t book);

/* The host bridge of its PCI functions, where the cell has such. */
void pci_write(struct guest *g);
bool pci_is_in_tree(const struct guest *g);

/*
 * May the property be copied as it is: does it, and what it gives names to, refer only to what is
 * in the cell's tree? Warns if not.
 */
bool reference_survives(struct guest *g, uint32_t node, const char *name);
/* About devices of Linux that need one of the cell's. Those of cells are told of by their own. */
void warn_of_dependants(struct guest *g);
/* About what the buses before a device need. */
void warn_of_buses(struct guest *g, uint32_t device);

/* The `clocks` of @node, with stand-ins for what is not the cell's. False: they cannot be read. */
bool clocks_readable(const struct guest *g, uint32_t node);
void clocks_write(struct guest *g, uint32_t node);
/* Does it run from the moment that there is power, with nobody to look after it? */
bool clock_is_fixed(const struct tree *t, const struct tree_reference *r);
void stand_ins_write(struct guest *g);
bool is_uart(const struct tree *t, uint32_t node);

#endif
