/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a kernel, its initrd and its device tree lie in a cell's memory, as the arm64 boot protocol wants it
 * (Linux, Documentation/arch/arm64/booting.rst). Any program with that header is started so; all others lie at
 * the start of the memory and begin there.
 */
#ifndef CONFIG_LAYOUT_H
#define CONFIG_LAYOUT_H

#include "system.h"

/* Offsets from the start of the memory. */
struct layout {
	uint64_t image;
	uint64_t initrd;	/* meaningless without one */
	uint64_t tree;		/* what is behind it is free for it, LAYOUT_TREE_MAX at most */
};

#define LAYOUT_TREE_MAX	(2ull << 20)	/* as the protocol has it */

/* Does @image begin with the header of an arm64 kernel? Any @size. */
bool is_kernel(const void *image, size_t size);

/*
 * @image is_kernel(), @initrd_size may be 0. False after an error in @m that names the cell: it does
 * not fit, or this kernel cannot run where it would lie.
 */
bool layout_choose(const struct cell *cell, const void *image, size_t size, uint64_t initrd_size,
		   struct layout *layout, struct messages *m);

#endif
