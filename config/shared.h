/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that cells share: its own node of the system, and the cells that name it.
 */
#ifndef CONFIG_SHARED_H
#define CONFIG_SHARED_H

#include "system.h"

#define SHARED_MAX 64 /* memories of one system */

/* Is the node such memory? All others are cells. */
bool shared_is_node(const struct tree *t, uint32_t node);

/* Into @shared, which is all 0, with every error that there is. */
void shared_read(struct shared_memory *shared, const struct tree *t, uint32_t node,
		 const struct board *b, struct messages *m);

/* @cell names that memory of @s. */
void shared_add(struct cell *cell, const struct system *s, const char *name, struct messages *m);

bool cell_shares(const struct cell *cell, const struct shared_memory *shared);

/* Does each have its users? */
void shared_check_users(const struct system *s, struct messages *m);

#endif
