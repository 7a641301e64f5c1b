/* SPDX-License-Identifier: GPL-2.0-only */
/* What the targets share: a reader for the fuzzer's bytes, which gives zeros when there are no more. */
#ifndef FUZZ_H
#define FUZZ_H

#include <string.h>
#include "fake/fake.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static inline uint64_t take(struct input *in, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes && in->size; i++, in->size--)
		value |= (uint64_t)*in->data++ << (8 * i);
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Was the last input taken for good, wholly? Seeds called good* must be, or they no longer reach what they are for. */
extern bool fuzz_accepted;

#endif
