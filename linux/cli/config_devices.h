/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devices of a board a cell could have, and why not the others.
 */
#ifndef CLI_CONFIG_DEVICES_H
#define CLI_CONFIG_DEVICES_H

#include <config/system.h>

/* A device that somebody could want. */
struct candidate {
	uint32_t node;
	char path[TREE_PATH_MAX];
	struct cell cell;	/* one that has this device only */
	bool dma;		/* it can do DMA */
	char *reason;		/* why no cell can have it, or NULL */
	char *key;		/* the reason without addresses and numbers */
};

struct candidates {
	struct candidate *list;
	uint32_t count;
};

/* Devices that were refused for the same. */
struct reason {
	const struct candidate *first;
	uint32_t count;
};

/*
 * Each device of the board, tried alone by the compiler's own rules; @running: also whether Linux
 * uses it. False when out of memory.
 */
bool candidates_find(struct candidates *found, const struct board *b, bool running);
void candidates_free(struct candidates *found);

/* Up to @max reasons, the frequent ones first; in *@others how many devices have further ones. */
uint32_t reasons_list(const struct candidates *found, struct reason *reasons, uint32_t max,
		      uint32_t *others);

#endif
