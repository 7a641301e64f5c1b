/* SPDX-License-Identifier: GPL-2.0-only */
/* Every store to a shared word is seen by the fake machine first: that is how break-before-make is checked. */
#ifndef FAKE_TYPES_H
#define FAKE_TYPES_H

#include_next <lib/types.h>

void fake_store(const void *at, size_t size, uint64_t value);

#undef store_relaxed
#define store_relaxed(p, v) do {						\
	__typeof__(p) to_ = (p);						\
	__typeof__(*(p)) value_ = (__typeof__(*(p)))(v);			\
	fake_store(to_, sizeof(value_), (uint64_t)value_);			\
	__atomic_store_n(to_, value_, __ATOMIC_RELAXED);			\
} while (0)

#endif
