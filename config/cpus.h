/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs by the names of their nodes in the board's tree, for those who do not want to count.
 */
#ifndef CONFIG_CPUS_H
#define CONFIG_CPUS_H

#include "board.h"

#define CPU_NONE	UINT32_MAX

/* Linux's number of the CPU with this path, label or alias. */
uint32_t cpu_named(const struct board *b, const char *name);
/* The node of that CPU, or TREE_NONE. */
uint32_t cpu_node_of(const struct board *b, uint32_t cpu);

#endif
