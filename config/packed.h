/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading a packed image (abi/partita/boot.h). It may be anything: cut off, damaged, made to deceive. What is opened
 * has been checked to the last byte, by all that the hypervisor checks and more.
 */
#ifndef CONFIG_PACKED_H
#define CONFIG_PACKED_H

#include <stdio.h>
#include <partita/boot.h>
#include <partita/image.h>
#include "diff.h"

/* All pointers go into its bytes. */
struct packed {
	const uint8_t *bytes;
	const struct pt_image_header *header;
	const struct pt_boot *boot;
	const struct pt_system *system;
	const struct pt_boot_cpu *cpus;		/* boot->cpus.count, as many as the system has */
	const struct pt_boot_cell *boot_cells;	/* boot->cells.count */
	const struct pt_cell *cells[PT_MAX_CELLS];
	const struct pt_piece *pieces;
};

#define PACKED_PROBLEM_SIZE	192

/* Could @bytes be meant to be one? Else it is another kind of file. */
bool packed_looks_so(const void *bytes, size_t size);

/* @bytes, aligned to 16, outlive @p. False: @problem says which part is wrong, and how: "'…' PROBLEM". */
bool packed_open(struct packed *p, const void *bytes, size_t size, char problem[PACKED_PROBLEM_SIZE]);

/* Of the hypervisor's code, whatever it is packed with. */
uint32_t packed_hypervisor(const struct packed *p);

void packed_show(const struct packed *p, FILE *out);

/* How CPUs are turned on, for each enum pt_conduit: "PSCI (SMC)". */
extern const char *const conduit_words[PT_CONDUITS];

/* A copy of one that has been checked. */
void blob_of(struct blob *blob, const struct pt_blob_header *header);

/* What changes from one image to the other. */
void packed_diff(struct changes *c, const struct packed *before, const struct packed *after);

#endif
