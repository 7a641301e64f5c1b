/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `partita enable` needs of a board and its Linux.
 */
#ifndef CLI_PRECONDITIONS_H
#define CLI_PRECONDITIONS_H

#include "board_facts.h"
#include "file.h"

#define MAX_FINDINGS	16

enum verdict { OK, MISSING, UNKNOWN };

struct finding {
	const char *name;
	enum verdict verdict;
	char found[256];
	char remedy[256];
};

struct check {
	struct finding findings[MAX_FINDINGS];
	unsigned int count;
	bool enabled;
	struct running_board board;
	bool has_tree; /* board.tree is a device tree, though perhaps not of a fit board */
	struct tree tree;
	struct buffer image;		/* empty where it is missing */
};

/* Fill @c; @image is the hypervisor's image file. */
void preconditions_check(struct check *c, const char *image);
void preconditions_free(struct check *c);
/* MISSING if anything is; else UNKNOWN if anything is. */
enum verdict overall(const struct check *c);

#endif
