/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blobs and packed images for programs. Only what has been checked; each writes the members of an object that is open.
 */
#ifndef CLI_BLOB_JSON_H
#define CLI_BLOB_JSON_H

#include <config/packed.h>

void json_cell(const struct pt_cell *c);
void json_system(const struct pt_system *s);
void json_packed(const struct packed *p);
/* Text: a JSON number is not sure to hold 64 bits. */
void json_address(const char *key, uint64_t address);

#endif
