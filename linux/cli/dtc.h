/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device tree source through dtc, where it is installed.
 */
#ifndef CLI_DTC_H
#define CLI_DTC_H

#include "file.h"

/*
 * The tree in @path, source or blob, as a blob; false after saying why not. The caller frees
 * out->bytes.
 */
bool tree_file_read(const char *path, struct buffer *out);

#endif
