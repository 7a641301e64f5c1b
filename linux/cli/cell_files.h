/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files that a cell names, read and given their places in its memory. Shared by `cell create`
 * and `partita config`, so that both find the same wrong.
 */
#ifndef CLI_CELL_FILES_H
#define CLI_CELL_FILES_H

#include <limits.h>
#include <config/guest_tree.h>
#include <config/layout.h>
#include "file.h"

struct cell_files {
	char image_path[PATH_MAX];	/* empty: none */
	char initrd_path[PATH_MAX];
	struct buffer image, initrd;
	bool kernel;			/* it starts by the arm64 boot protocol */
	struct layout layout;
};

/*
 * @file is the one that names them. With @elsewhere, that they cannot be read here is only warned of.
 * Decides @cell->image_part. False after an error in @m; @f is to be freed all the same.
 */
bool cell_files_read(struct cell_files *f, struct cell *cell, const char *file,
		     bool elsewhere, struct messages *m);
void cell_files_free(struct cell_files *f);

/* Could a file not be read without which nobody knows where the cell's kernel starts, or what lies where? */
bool cell_files_missing(const struct cell_files *f, const struct cell *cell);

/* For cell_compile(). */
const struct layout *cell_files_layout(const struct cell_files *f);

/*
 * The cell's device tree, *fdt the caller's to free. False after an error in @m: also where one that the cell gets
 * into its memory has no room there.
 */
bool cell_files_tree(const struct cell_files *f, const struct cell *cell, const struct system *s,
		     const struct board *b, const struct blob *blob, void **fdt, size_t *size,
		     struct messages *m);

#endif
