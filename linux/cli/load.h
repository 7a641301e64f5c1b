/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting an image into a cell's memory; shared by `cell load` and `cell create`.
 */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "file.h"
#include "sysfs.h"

#define LOAD_AT_START	UINT64_MAX

/*
 * Cut IMAGE@ADDRESS into its parts; without a number there, all of it is the name and *@ipa is
 * LOAD_AT_START. False after saying that the number is no address.
 */
bool split_address(char *argument, uint64_t *ipa);

/* Says on standard error what went wrong; returns what the command exits with. */
int load_image(int device, const struct cell_view *cell, const char *name,
	       const struct buffer *image, uint64_t ipa);

#endif
