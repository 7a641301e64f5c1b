/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packed image inside of a FIT, the format whose checksums and signatures U-Boot checks.
 */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include <stdint.h>
#include "file.h"

/*
 * @image, which lies at @base, and the board's @tree, which boot loaders pass on to whatever they start: as @path, and beside
 * it what it is made of, @path.its, @path.img and @path.dtb, for who signs it. Returns what the command returns.
 */
int fit_write(const char *path, const struct buffer *image, const struct buffer *tree, uint64_t base);

#endif
