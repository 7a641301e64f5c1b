/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The board as the running Linux has it: its tree from the firmware, and what the kernel decided
 * beyond it.
 */
#ifndef CLI_BOARD_FACTS_H
#define CLI_BOARD_FACTS_H

#include <config/board.h>
#include "file.h"

#define BOARD_TREE	"/sys/firmware/fdt"

/* A board and the tree that it reads from. */
struct running_board {
	struct board board;
	struct buffer tree;
};

/*
 * Reads it into @b, what is wrong with the board into @m. Without a board, @b still holds the tree
 * that was read. @boots: for an image that starts this board without Linux. False, with errno, where
 * the tree cannot be had at all; the other one also says so.
 */
bool running_board_read_quietly(struct running_board *b, bool boots, struct messages *m);
bool running_board_read(struct running_board *b, struct messages *m);
void running_board_free(struct running_board *b);

/* The node of CPU @cpu in the board's tree as a path; false where the kernel does not tell. */
bool cpu_node_path(unsigned int cpu, char *path, size_t size);

#endif
