// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU's node and its number have the affinity (MPIDR) in common, which the board's blob lists in
 * the order of the numbers. A node outside of /cpus is never a CPU, whatever its reg says.
 */
#include <string.h>
#include <libfdt.h>
#include <core/blob.h>
#include "cpus.h"

static bool affinity(const struct tree *t, uint32_t node, uint64_t *mpidr)
{
	const uint32_t parent = t->nodes[node].parent;
	const char *type = tree_string(t, node, "device_type");
	const void *reg;
	int length;

	if (!node || t->nodes[parent].parent || strcmp(tree_name(t, parent), "cpus") != 0 ||
	    !type || strcmp(type, "cpu") != 0)
		return false;
	reg = tree_property(t, node, "reg", &length);
	if (!reg || (length != 4 && length != 8))
		return false;
	*mpidr = length == 8 ? fdt64_ld(reg) : fdt32_ld(reg);
	return true;
}

uint32_t cpu_named(const struct board *b, const char *name)
{
	const uint32_t node = tree_find(&b->tree, name);
	const struct pt_system *s = board_system(b);
	const uint64_t *cpus = blob_entries(s, s->cpus);
	uint64_t mpidr;

	if (node == TREE_NONE || !affinity(&b->tree, node, &mpidr))
		return CPU_NONE;
	for (uint32_t i = 0; i < s->cpus.count; i++)
		if (cpus[i] == (mpidr & PT_MPIDR_MASK))
			return i;
	return CPU_NONE;
}

uint32_t cpu_node_of(const struct board *b, uint32_t cpu)
{
	const struct pt_system *s = board_system(b);
	const uint64_t *cpus = blob_entries(s, s->cpus);
	uint64_t mpidr;

	for (uint32_t node = 0; node < b->tree.count; node++)
		if (affinity(&b->tree, node, &mpidr) && (mpidr & PT_MPIDR_MASK) == cpus[cpu])
			return node;
	return TREE_NONE;
}
