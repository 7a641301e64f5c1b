/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packed image: the hypervisor, a system and all that its cells start from, in one file that firmware starts as it starts a
 * Linux kernel (arm64 boot protocol: at EL2, MMU off, the image clean in memory). From offset 0:
 *
 *	the hypervisor's image file; in it, written by partita pack:
 *		arm64 Image header: text_offset, image_size = memory_size, flags 2 (little-endian, 4 KiB pages, near the start of RAM)
 *		struct pt_image_header: memory_size, percpu_offset
 *	at system_offset the system blob, at boot_offset struct pt_boot; otherwise zeros as far as core_size
 *	cell blobs and contents, in any order, each from a multiple of 16 bytes on
 *	behind the file: percpu_offset, page aligned, where the CPUs' memory and the pool of the hypervisor begin; up to memory_size
 *
 * No cell's memory lies in [base, base + memory_size): what a cell starts from stays there for its next start.
 */
#ifndef PARTITA_BOOT_H
#define PARTITA_BOOT_H

#include "blob.h"

#define PT_BOOT_MAGIC	0x42595450u	/* "PTYB" */

/* How CPUs are turned on, and whether there is PSCI. */
enum pt_conduit {
	PT_CONDUIT_NONE,	/* spin table */
	PT_CONDUIT_SMC,		/* by HVC nobody is called from EL2: that leads to EL2 itself */
	PT_CONDUITS
};

/* What to do when no cell can be started, or a cell with rights has failed. It is said on the UART in any case. */
enum pt_rescue {
	PT_RESCUE_HALT,		/* nothing: cells that run go on */
	PT_RESCUE_RESET,	/* reset the board through PSCI */
	PT_RESCUE_RESTART,	/* start the failed cell again; HALT if none could be started at all */
	PT_RESCUES
};

struct pt_boot_cpu {
	uint32_t midr;		/* implementer and part number of MIDR_EL1 that the CPU must have; 0: not known */
	uint32_t reserved0;
	uint64_t release;	/* PT_CONDUIT_NONE: physical address where it waits for an address to go to; else 0 */
};
#define PT_MIDR_MASK	0xff00fff0u	/* Implementer, PartNum */

enum {
	PT_BOOT_START = 1 << 0,		/* start it at boot; else it waits for a start by who may */
	PT_BOOT_FIRST = 1 << 1,		/* turn its CPUs on before those of others */
	PT_BOOT_FLAGS = PT_BOOT_START | PT_BOOT_FIRST,
};

struct pt_boot_cell {
	uint64_t offset;	/* of its blob in the image, a multiple of 16 */
	uint64_t cpus;		/* bit n: CPU n of the board is one of its blob's */
	uint32_t size;		/* bytes of the blob */
	uint32_t flags;		/* PT_BOOT_* */
	uint32_t first_cpu;	/* the board's number of the first CPU of its blob, which makes and loads it */
	uint32_t reserved0;
	uint32_t first_piece;	/* its contents: pieces[first_piece, + piece_count) */
	uint32_t piece_count;
};

#define PT_MAX_PIECES	64	/* of all cells */

/* A part of what a cell starts from. */
struct pt_piece {
	uint64_t offset;	/* in the image, a multiple of 16 */
	uint64_t size;		/* bytes, a multiple of 16, not 0: filled up with zeros */
	uint64_t pa;		/* where it goes, a multiple of 16, in memory of the cell that it shares with nobody */
	uint32_t checksum;	/* CRC-32 as in struct pt_blob_header, of the whole piece */
	uint32_t reserved0;
};

struct pt_boot {
	struct pt_blob_header header;	/* PT_BOOT_MAGIC */
	uint64_t base;			/* physical address that the image must be started at, a multiple of 4096 */
	uint64_t size;			/* bytes of the file */
	uint32_t checksum;		/* CRC-32 of the hypervisor's part of the file, [PT_IMAGE_HEADER, file_size) as it lies in this image */
	uint32_t uart_kind;		/* where a boot that fails says so: enum pt_uart_kind */
	uint64_t uart;			/* physical address */
	uint32_t conduit;		/* enum pt_conduit */
	uint32_t rescue;		/* enum pt_rescue */
	struct pt_table cpus;		/* struct pt_boot_cpu, as many as the system blob has and in its order */
	struct pt_table ram;		/* struct pt_range: memory of all cells, looked for before it is given away */
	struct pt_table cells;		/* struct pt_boot_cell, 1 to PT_MAX_CELLS - 1, one of them to be started */
	struct pt_table pieces;		/* struct pt_piece, at most PT_MAX_PIECES */
	uint32_t locked;		/* 1: as after PT_HC_LOCK, from the beginning */
	uint32_t reserved0;
};

#endif
