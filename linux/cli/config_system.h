/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the `partita config` verbs share: a board, which may be another machine's, and a system on
 * it.
 */
#ifndef CLI_CONFIG_SYSTEM_H
#define CLI_CONFIG_SYSTEM_H

#include <config/guest_tree.h>
#include <config/placement.h>
#include "board_facts.h"
#include "cell_files.h"

/* A system compiled to the last byte, and nothing of it written anywhere yet. */
struct compiled {
	struct system system;
	struct placement memory;
	struct blob blobs[PT_MAX_CELLS];	/* by the cell's place in the system */
	struct guest_tree {
		void *fdt;
		size_t size;
	} trees[PT_MAX_CELLS];
	struct cell_files files[PT_MAX_CELLS];
	bool guessed[PT_MAX_CELLS];	/* files of a kernel are missing */
};

/* A cell's address that the user named: CELL=ADDRESS. */
struct named_memory {
	const char *cell;
	size_t cell_length;
	uint64_t address;
};

/*
 * The board of the device tree blob @dtb, or the running one for NULL. @boots: a packed image is to
 * start it, without Linux. Prints what is wrong with it; false then, and there is nothing to free.
 */
bool config_board_read(struct running_board *b, const char *dtb, bool boots);

/* The system in @file, with all that is wrong in @m. False: there is nothing to free. */
bool config_system_read(struct system *s, const char *file, const struct board *b,
			struct messages *m);

/*
 * Compile @file, with the @count addresses that were named. @elsewhere: the board is not this
 * machine, so that images may be elsewhere, too. False after errors in @m; compiled_free() is due
 * in any case.
 */
bool config_compile(struct compiled *c, const char *file, const struct board *b, bool elsewhere,
		    const struct named_memory *named, unsigned int count, struct messages *m);
void compiled_free(struct compiled *c);

#endif
