/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What makes a configuration acceptable by itself. Pure functions of the blob and the board: no state, no
 * side effect, safe for any bytes. The tools link this very source to explain what EL2 would refuse. Whether
 * a resource is free right now is asked of ownership.c afterwards.
 */
#ifndef CORE_BLOB_H
#define CORE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <partita/boot.h>
#include <partita/info.h>

/*
 * Check @size bytes at @blob (8-byte aligned, not changing during the call). On anything but PT_BLOB_FINE
 * *@offset is the offset of the field that is wrong.
 */
enum pt_blob_reason blob_check_system(const void *blob, size_t size, uint32_t *offset);

/* The same for a cell's blob, on the board of @system (already checked). */
enum pt_blob_reason blob_check_cell(const void *blob, size_t size, const struct pt_system *system, uint32_t *offset);

/*
 * The table of a packed image, as far as its checksum. The image has the hypervisor in it: whoever can forge the one can forge the other,
 * and what accidents do the checksum finds. What is in it, `partita pack` and `partita config show` look at.
 */
enum pt_blob_reason blob_check_boot(const void *blob, size_t size, uint32_t *offset);

/* What the checksum field of the @length bytes at @blob, a multiple of 8, must hold (see struct pt_blob_header). */
uint32_t blob_checksum(const void *blob, uint32_t length);

/* Do [@a, +@a_size) and [@b, +@b_size), which do not wrap around, have an address in common? */
static inline bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* Entry 0 of a table of a checked blob. */
static inline const void *blob_entries(const void *blob, struct pt_table table)
{
	return (const uint8_t *)blob + table.offset;
}

#endif
