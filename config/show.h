/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A blob in words, for people; and whether the hypervisor would take it.
 */
#ifndef CONFIG_SHOW_H
#define CONFIG_SHOW_H

#include <stdio.h>
#include "blobs.h"

/*
 * What the hypervisor's own check says of @blob, a system's or a cell's. Without a @board, a cell
 * is judged by itself, as if the board had all that it names.
 */
enum pt_blob_reason blob_judge(const struct blob *blob, const struct pt_system *board,
			       uint32_t *offset);

/* Only for a blob that blob_judge() found fine. */
void blob_show(const struct blob *blob, FILE *out);

/* A line of it: "label  first-last, size", without its end. */
void show_range(const char *label, uint64_t base, uint64_t size, FILE *out);
/* When a packed image starts the cell, by PT_BOOT_*. */
void show_start(uint32_t flags, FILE *out);
const char *start_words(uint32_t flags);

/* Bytes without loss, in the largest unit that fits: "16 MiB". In @words of 32 bytes; returned. */
char *size_exactly(uint64_t bytes, char *words);

#endif
