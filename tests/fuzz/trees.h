/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the targets of the configuration compiler share. They are apart from the fake machine: the
 * hypervisor's sources and the compiler's name different things alike.
 */
#ifndef FUZZ_TREES_H
#define FUZZ_TREES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends the program, as a finding, unless @fact is true. */
void expect(bool fact, const char *what);

/*
 * An exact copy at an address that a tree may have, so that the sanitizer sees a byte too many; to
 * be freed.
 */
void *tree_copy(const uint8_t *data, size_t size);
/* The whole file, likewise. */
void *tree_load(const char *path, size_t *size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As in fuzz.h. */
extern bool fuzz_accepted;

#endif
