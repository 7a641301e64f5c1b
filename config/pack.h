/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a packed image (abi/partita/boot.h): the hypervisor, a system and what its cells start from as one file that
 * firmware starts. The same input gives the same bytes.
 */
#ifndef CONFIG_PACK_H
#define CONFIG_PACK_H

#include "firmware.h"
#include "placement.h"

#define PACK_PARTS_MAX	3	/* image, initrd, device tree */

/* Something that a cell finds in its memory when it starts. */
struct pack_part {
	const void *bytes;
	size_t size;		/* 0: nothing */
	uint64_t ipa;
};

struct pack_cell {
	const struct blob *blob;
	struct pack_part parts[PACK_PARTS_MAX];
};

struct pack {
	const void *hypervisor;	/* its image file, which has been checked */
	size_t hypervisor_size;
	const struct board *b;
	const struct firmware *firmware;
	const struct system *s;
	const struct placement *memory;
	struct pack_cell cells[PT_MAX_CELLS];	/* by the cell's place in the system */
};

/* False after an error in @m; else *@image is the caller's to free. */
bool pack_write(const struct pack *p, void **image, size_t *size, struct messages *m);

/*
 * The head that loaders read, into the PT_IMAGE_HEADER bytes at @header, of which PACK_CODE_SIZE are the hypervisor's code: where
 * the image wants to be, counted from the start of memory on 2 MiB, and how much of it there.
 */
#define PACK_CODE_SIZE	8
void pack_loader_header(uint8_t *header, const struct pt_system *s, uint64_t base, uint64_t memory_size);

#endif
