/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses as types that do not mix, and the few macros that every room uses. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A physical address. EL2 cannot use it without a map. */
typedef struct { uint64_t pa; } paddr_t;

/* An intermediate physical address: what a cell takes for physical, before stage 2. */
typedef struct { uint64_t ipa; } ipaddr_t;

#define PA(value)	((paddr_t){ (value) })
#define IPA(value)	((ipaddr_t){ (value) })

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1ULL << (n))
/* Bits high..low of a register, as the manuals write them. */
#define MASK(high, low)	((~0ULL >> (63 - (high))) & (~0ULL << (low)))
#define FIELD(value, high, low)	(((value) & MASK(high, low)) >> (low))

#define __must_check	__attribute__((warn_unused_result))
#define __noreturn	__attribute__((noreturn))
#define __noinline	__attribute__((noinline))
#define __aligned(n)	__attribute__((aligned(n)))
#define __section(name)	__attribute__((section(name)))

/* Out of the way of the paths that are counted (docs/budgets.md). */
#define unlikely(condition)	__builtin_expect(condition, 0)

/* For words that another CPU, the root or a cell may read or write at the same time. */
#define load_relaxed(p)		__atomic_load_n(p, __ATOMIC_RELAXED)
#define load_acquire(p)		__atomic_load_n(p, __ATOMIC_ACQUIRE)
/* An aligned store is single (DDI0487 B2.2.1); said in this way it costs no instruction for its address. */
#define store_relaxed(p, v)	((void)(*(volatile __typeof__(*(p)) *)(p) = (v)))
#define store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

/* Write @to to *@p if it holds @from; tells whether it did. Orders like a lock and an unlock. */
static inline bool compare_and_swap(uint32_t *p, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(p, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

#endif
