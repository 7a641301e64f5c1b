/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing blobs: fixed part, then tables, in the order they are added. The same input gives the
 * same bytes.
 */
#ifndef CONFIG_BLOBS_H
#define CONFIG_BLOBS_H

#include "board.h"

void blob_begin(struct blob *blob, size_t fixed_size);
/* False when the blob would outgrow a page. */
bool blob_add(struct blob *blob, struct pt_table *table, const void *entries, uint32_t count,
	      size_t entry_size);
void blob_finish(struct blob *blob, uint32_t magic);

/*
 * What lies at @offset, as a reader of blob.h would say it: "regions[2].ipa". @size bytes at
 * @words; returns @words.
 */
char *blob_field_words(const struct blob *blob, uint32_t offset, char *words, size_t size);
const char *blob_reason_words(enum pt_blob_reason reason);

#endif
