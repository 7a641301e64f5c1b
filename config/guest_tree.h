/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The device tree that a cell gets: the machine as the hypervisor shows it, and the cell's devices
 * as the board describes them. For Linux, U-Boot and whoever else reads a tree.
 */
#ifndef CONFIG_GUEST_TREE_H
#define CONFIG_GUEST_TREE_H

#include "system.h"

/* All of it may be left 0. */
struct guest_tree_options {
	const struct system *system;	/* to tell which cell has what this one lacks */
	const char *bootargs;
	const char *stdout_path;	/* a device of the cell: path, label or alias */
	uint64_t initrd_start;		/* in the cell's addresses; no initrd where end is 0 */
	uint64_t initrd_end;
};

/*
 * Make the tree of @cell, whose addresses are those of @compiled, out of cell_compile(). The same
 * input gives the same bytes. What a device needs of others that are not the cell's is replaced or
 * left out, with a warning in @m. False after an error in @m; else *@fdt is the caller's to free.
 */
bool guest_tree_write(const struct cell *cell, const struct board *b, const struct blob *compiled,
		      const struct guest_tree_options *options, void **fdt, size_t *size,
		      struct messages *m);

#endif
