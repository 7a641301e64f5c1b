/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device tree source through dtc, where it is installed.
 */
#ifndef CLI_DTC_H
#define CLI_DTC_H

#include <config/source.h>
#include "file.h"

/*
 * The tree in @path, source or blob, as a blob; false after saying why not. The caller frees
 * out->bytes. What stands where goes to @places, usually the source of the messages about @path.
 */
bool tree_file_read(const char *path, struct buffer *out, struct source *places);

#endif
