/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The head of the hypervisor's image file (partita-arm64.bin), and how to launch it late. How it boots: boot.h.
 *
 * The file begins with an arm64 Image header of 64 bytes (Linux, Documentation/arch/arm64/booting.rst), which only a packed image
 * fills in; struct pt_image_header follows at PT_IMAGE_HEADER.
 *
 * The launcher takes physically contiguous memory, page aligned, of at least
 * core_size + CPUs * percpu_size + pool_size bytes, zeroes it, copies the file to its start, writes
 * memory_size and percpu_offset, copies the system blob to system_offset, and cleans and invalidates all of it to the point of
 * coherency. Then on each CPU, one after another and with interrupts masked: HVC_RESET_VECTORS, and
 * HVC_SOFT_RESTART to base + entry_offset (no arguments; x0-x18 are clobbered). It returns to the caller
 * with x0 = enum pt_error, x1 = physical address of struct pt_status, x2 = enum pt_blob_reason and x3 = offset with PT_EBLOB.
 * A CPU for which x0 is not PT_OK is as it was before.
 */
#ifndef PARTITA_IMAGE_H
#define PARTITA_IMAGE_H

#include "types.h"

#define PT_IMAGE_HEADER	64		/* where struct pt_image_header is in the file */
#define PT_IMAGE_MAGIC	0x34366d7261545950ULL	/* "PYTarm64", little-endian */

struct pt_image_header {
	uint64_t magic;
	uint32_t version;		/* PT_ABI_VERSION */
	uint32_t entry_offset;		/* of the late entry, bytes from the start of the image */
	uint64_t file_size;		/* bytes of the image file */
	uint64_t core_size;		/* bytes from the start to the end of .bss, page aligned */
	uint64_t percpu_size;		/* bytes for each CPU, page aligned */
	uint64_t pool_size;		/* bytes for page tables and communication areas, page aligned */
	uint32_t system_offset;		/* where the system blob goes; PT_BLOB_MAX bytes */
	uint32_t boot_offset;		/* where struct pt_boot goes, likewise; 0 there: launched late */
	uint64_t memory_size;		/* written by the launcher; of a packed image, by partita pack */
	uint64_t percpu_offset;		/* where the CPUs' memory and then the pool begin: core_size, or behind what was packed */
};

#endif
