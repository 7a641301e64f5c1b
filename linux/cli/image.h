/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's image file.
 */
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

#include <partita/image.h>
#include "file.h"

#define HYPERVISOR_IMAGE	"/usr/lib/firmware/partita/partita-arm64.bin"

/* What is wrong with the image, or NULL. */
const char *image_problem(const struct buffer *image);
/* Read and check; says on standard error what is wrong. The caller frees image->bytes. */
bool image_read(const char *path, struct buffer *image);
/* Bytes that the hypervisor takes on a board of @cpus CPUs. */
uint64_t image_memory(const struct buffer *image, unsigned int cpus);

#endif
