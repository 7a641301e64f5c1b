/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting an image into a cell's memory; shared by `cell load` and `cell create`.
 */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "file.h"
#include "sysfs.h"

#define LOAD_AT_START	UINT64_MAX

/* Says on standard error what went wrong; returns what the command exits with. */
int load_image(int device, const struct cell_view *cell, const char *name,
	       const struct buffer *image, uint64_t ipa);

#endif
