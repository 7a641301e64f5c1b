/* SPDX-License-Identifier: GPL-2.0-only */
/* One CPU, as CBMC is shown it, needs no atomic access; and each store is seen by the proof first. */
#ifndef PROVE_TYPES_H
#define PROVE_TYPES_H

#include_next <lib/types.h>

#undef load_relaxed
#undef load_acquire
#undef store_relaxed
#undef store_release
#define load_relaxed(p)		(*(p))
#define load_acquire(p)		(*(p))
#define store_release(p, v)	((void)(*(p) = (v)))
#define store_relaxed(p, v) do {			\
	fake_store(p, sizeof(*(p)), (uint64_t)(v));	\
	*(p) = (v);					\
} while (0)

#endif
