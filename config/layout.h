/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a kernel, its initrd and its device tree lie in a cell's memory, as the arm64 boot protocol wants it
 * (Linux, Documentation/arch/arm64/booting.rst). Any program with that header is started so; all others lie, and get a tree,
 * where the cell says, or else at the start of the memory and without one.
 */
#ifndef CONFIG_LAYOUT_H
#define CONFIG_LAYOUT_H

#include "system.h"

/* Offsets from where the cell sees the start of its memory. */
struct layout {
	int64_t image;		/* of a program whose image has a part of the memory elsewhere: negative, or beyond the rest */
	uint64_t initrd;	/* meaningless without one */
	uint64_t tree;		/* X0 has its address; meaningless without one */
	uint64_t tree_room;	/* bytes that are free for it */
	bool has_tree;
	bool kernel;		/* as the boot protocol wants it: the memory begins on 2 MiB */
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

/*
 * The same for a program that is no kernel, of @size bytes, or 0 if that is not known. Decides @cell->image_part. Where the
 * cell sees its memory must be known, if it has an address for its image or its tree.
 */
bool layout_program(struct cell *cell, size_t size, struct layout *layout, struct messages *m);

#endif
