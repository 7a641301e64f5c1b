/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page pool: zeroed pages for page tables, blobs and communication areas. Its memory is mapped at EL2 as one piece, so
 * that a physical address and a pointer turn into each other by an offset. Used by management calls only,
 * which run one at a time: no lock, and no page is ever taken on behalf of a running cell.
 */
#ifndef LIB_POOL_H
#define LIB_POOL_H

#include <lib/types.h>

/* Give @pages pages at @va (physical @pa, page aligned, zeroed) to the pool. Once, before anything is taken. */
void pool_init(void *va, paddr_t pa, uint32_t pages);

/* @count zeroed pages in a row, aligned to @count (a power of two) pages or to 1 page otherwise; NULL if there are none. */
void *pool_take(uint32_t count) __must_check;

/* Give back what pool_take(@count) returned. NULL is allowed. */
void pool_give(void *pages, uint32_t count);

/* Pages that are taken. */
uint32_t pool_used(void);

paddr_t pool_pa(const void *va);
void *pool_va(paddr_t pa);

#endif
