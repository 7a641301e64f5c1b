// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bitmap of pages and a first-fit search. The pool is a few hundred pages and is asked only by management
 * calls: a search is bounded by POOL_PAGES_MAX bits.
 */
#include <partita/types.h>
#include <lib/pool.h>
#include <lib/string.h>

#define POOL_PAGES_MAX	1024

static struct {
	uint8_t *va;
	paddr_t pa;
	uint32_t pages;
	uint32_t taken;
	uint64_t used[POOL_PAGES_MAX / 64];
} pool;

void pool_init(void *va, paddr_t pa, uint32_t pages)
{
	pool.va = va;
	pool.pa = pa;
	pool.pages = pages < POOL_PAGES_MAX ? pages : POOL_PAGES_MAX;
	pool.taken = 0;
	memset(pool.used, 0, sizeof(pool.used));
}

static bool page_used(uint32_t page)
{
	return pool.used[page / 64] & BIT(page % 64);
}

static bool run_free(uint32_t first, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (page_used(first + i))
			return false;
	return true;
}

void *pool_take(uint32_t count)
{
	uint32_t step = (count & (count - 1)) ? 1 : count;
	/* The physical address decides about alignment. */
	uint32_t first = (uint32_t)((0 - (pool.pa.pa / PT_PAGE_SIZE)) & (step - 1));

	for (; first + count <= pool.pages; first += step) {
		if (!run_free(first, count))
			continue;
		for (uint32_t i = first; i < first + count; i++)
			pool.used[i / 64] |= BIT(i % 64);
		pool.taken += count;
		return memset(pool.va + (size_t)first * PT_PAGE_SIZE, 0, (size_t)count * PT_PAGE_SIZE);
	}
	return NULL;
}

void pool_give(void *pages, uint32_t count)
{
	uint32_t first;

	if (!pages)
		return;
	first = (uint32_t)(((uint8_t *)pages - pool.va) / PT_PAGE_SIZE);
	for (uint32_t i = first; i < first + count; i++)
		pool.used[i / 64] &= ~BIT(i % 64);
	pool.taken -= count;
}

uint32_t pool_used(void)
{
	return pool.taken;
}

paddr_t pool_pa(const void *va)
{
	return PA(pool.pa.pa + (uint64_t)((const uint8_t *)va - pool.va));
}

void *pool_va(paddr_t pa)
{
	return pool.va + (pa.pa - pool.pa.pa);
}
