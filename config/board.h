/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The board as its device tree tells it: CPUs, memory, interrupt controller, and which device has
 * which registers and interrupts. Compiles to the system blob. What is not supported is refused in
 * words.
 */
#ifndef CONFIG_BOARD_H
#define CONFIG_BOARD_H

#include <partita/blob.h>
#include "messages.h"
#include "tree.h"

#define BOARD_ROOT_NAME	"root"	/* the running Linux, as a cell */

/*
 * A blob and room for the largest. The words are always in the blob's own byte order, little-
 * endian.
 */
struct blob {
	uint64_t words[PT_BLOB_MAX / sizeof(uint64_t)];
	uint32_t size;
};

/* What the running Linux knows better than the tree. All of it may be left 0. */
struct board_facts {
	const char
		*boot_cpu; /* path of the CPU that Linux calls 0; the others follow in tree order */
	const struct tree_range *ram;	/* memory, for trees that leave it to the firmware */
	uint32_t ram_count;
	bool boots;			/* no Linux: a packed image is to start it */
};

/* Registers, exactly as the tree gives them. */
struct board_registers {
	struct tree_range range;
	uint32_t node;
};

struct board_spi {
	uint32_t intid;
	uint32_t node;
	bool route;	/* in the node's interrupt-map, for others to use */
};

struct board {
	struct tree tree;
	struct blob blob;
	bool boots;			/* as its facts say: no CPU need be left to Linux */
	uint32_t gic;			/* node */
	const char *gic_name;		/* the word of its `compatible` by which it is known */
	struct board_registers *registers;
	uint32_t register_count;
	struct board_spi *spis;
	uint32_t spi_count;
};

/* Both print to @m. False: @b holds nothing. @fdt is aligned to 8 and outlives @b. */
bool board_read(struct board *b, const void *fdt, size_t size, const struct board_facts *facts,
		struct messages *m);
void board_free(struct board *b);

static inline const struct pt_system *board_system(const struct board *b)
{
	return (const struct pt_system *)b->blob.words;
}

/* The board's interrupt controller: its version, or 0 for none that is known; its node and the name it is known by. */
uint32_t board_gic_version(const struct tree *t, uint32_t *node, const char **name);
/* Does a device specifier name a shared peripheral interrupt? Then *@intid is its number. */
bool board_spi_of(const struct tree_interrupt *irq, uint32_t *intid);
/* Number @n, from 0, of the SPIs that no device uses; 0 is for events. Returns 0 where there are not so many. */
uint32_t board_spare_spi(const struct board *b, uint32_t n);
/* Does the hypervisor keep this device for itself (interrupt controller, ITS, IOMMU)? */
bool board_keeps_node(const struct board *b, uint32_t node);
/* Is the address range one that cells may not have, or that carries the interrupt controller? */
bool board_covers_gic(const struct board *b, uint64_t base, uint64_t size);
bool board_touches_ram(const struct board *b, uint64_t base, uint64_t size);
/* Is it PCI configuration space, a page for each function? */
bool board_touches_ecam(const struct board *b, uint64_t base, uint64_t size);
/* Where memory and interrupt controller end, whichever is higher; 0 for a board that is none. */
uint64_t board_end(const struct board *b);

/* Grow @r to whole pages. False where it leaves the address space of the hypervisor. */
bool range_to_pages(struct tree_range *r);

#endif
