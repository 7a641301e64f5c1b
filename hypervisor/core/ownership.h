/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns which memory, CPU and interrupt right now. The root owns what nobody else does. */
#ifndef CORE_OWNERSHIP_H
#define CORE_OWNERSHIP_H

#include <core/cell.h>

struct board {
	const struct pt_system *system;	/* checked blob */
	uint64_t hypervisor;		/* physical address and size of EL2's own memory */
	uint64_t hypervisor_size;
};

extern struct board board;

/*
 * Is the page at physical @pa the root's? For a root CPU that faulted: where the answer is yes, the entry was just being
 * changed and the access can be retried. Without locks, from any CPU, bounded by the tables' sizes.
 */
bool ownership_root_has(uint64_t pa);

/* Is @pa PCI configuration space of the board, and does a cell have the function there? From any CPU, bounded as above. */
bool ownership_in_ecam(uint64_t pa);
bool ownership_has_function(uint64_t pa);

/* Does @cell have the shared region @r among its own? Management calls only. */
bool ownership_shares(const struct cell *cell, const struct pt_region *r);

/*
 * Can a cell be made of the checked @blob? Everything it names must be the root's, its CPUs parked; but what it
 * shares may be other cells' that share the same.
 * PT_EOWNED and PT_ECPU come with the offset of the field in the blob.
 */
enum pt_error ownership_check(const struct pt_cell *blob, uint64_t *offset) __must_check;

/* Move CPUs and interrupts of @cell->blob from the root to @cell, and back. Management calls only. */
void ownership_claim(struct cell *cell);
void ownership_release(struct cell *cell);

#endif
