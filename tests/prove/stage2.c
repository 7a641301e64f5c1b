// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CBMC proves of stage 2: the real source, of which only the number of entries of a table is another one, over a pool that
 * gives pages of that size or, where it is to, none. Ranges, addresses and accesses are any that there are; so is the page that
 * is looked at afterwards, by a walk of this file's own. Each store is looked at on its way: break-before-make, and no table that
 * was given back or that a CPU may still walk.
 */
#include <lib/pool.h>

#include SOURCE /* hypervisor/arch/arm64/machine/stage2.c with small tables, or broken on purpose */

#define PAGES	(ROOT_PAGES * ENTRIES * ENTRIES * ENTRIES) /* that can be mapped */
#define POOL	(ROOT_PAGES + ROOT_PAGES * ENTRIES + ROOT_PAGES * ENTRIES * ENTRIES)
#define POOL_PA 0x40000000ULL

bool nondet_bool(void);
uint32_t nondet_u32(void);

static uint64_t pool[POOL * ENTRIES];
static bool taken[POOL];
static bool exhaustible; /* a page asked for may be one too many */
static bool stale;	 /* a CPU may still use an entry that was cleared */

static uint32_t page_of(const uint64_t *at)
{
	return (uint32_t)(at - pool) / ENTRIES;
}

void *pool_take(uint32_t count)
{
	uint32_t first = 0;

	__CPROVER_assert(count == 1, "one page, a root too");
	if (exhaustible && nondet_bool())
		return NULL;
	while (first < POOL && taken[first])
		first++;
	if (first == POOL)
		return NULL;
	taken[first] = true;
	for (uint32_t i = 0; i < ENTRIES; i++)
		pool[first * ENTRIES + i] = 0;
	return &pool[first * ENTRIES];
}

void pool_give(void *pages, uint32_t count)
{
	const uint32_t first = page_of(pages);

	__CPROVER_assert(count == 1 && taken[first], "what is given back was taken");
	taken[first] = false;
	__CPROVER_assert(!stale, "no CPU walks a table that is given back");
}

paddr_t pool_pa(const void *va)
{
	return PA(POOL_PA + (uint64_t)page_of(va) * PT_PAGE_SIZE);
}

void *pool_va(paddr_t pa)
{
	const uint64_t page = (pa.pa - POOL_PA) / PT_PAGE_SIZE;

	__CPROVER_assert(page < POOL && taken[page], "an entry leads to a table that there is");
	return &pool[page * ENTRIES];
}

static uint32_t pool_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < POOL; i++)
		count += taken[i];
	return count;
}

void tlb_flush_vmid(uint64_t vttbr)
{
	(void)vttbr;
	stale = false;
}

uint64_t fake_read(enum fake_register reg)
{
	(void)reg;
	return 0;
}

/* Before each store to a shared word. */
void fake_store(const void *at, size_t size, uint64_t value)
{
	const uint64_t old = *(const uint64_t *)at;

	(void)size;
	__CPROVER_assert(taken[page_of(at)], "no table is written that was given back");
	__CPROVER_assert(!(old & value & PTE_VALID) || old == value, "break-before-make");
	__CPROVER_assert(!(value & PTE_VALID) || !stale, "make only after the flush");
	if ((old & PTE_VALID) && !(value & PTE_VALID))
		stale = true;
}

/* What a CPU makes of a page: the entry that it would use, as one of level 3; 0: it faults. */
static uint64_t walk(const struct stage2 *s2, uint32_t page)
{
	const uint64_t *table = s2->root;
	uint32_t span = ENTRIES * ENTRIES, at = page;

	for (unsigned int level = 1; level <= 3; level++, span /= ENTRIES) {
		const uint64_t pte = table[at / span];

		at %= span;
		if (!(pte & PTE_VALID))
			return 0;
		if (level == 3)
			return (pte & PTE_TABLE) ? pte : 0;
		if (!(pte & PTE_TABLE))
			return (pte | PTE_TABLE) + (uint64_t)at * PT_PAGE_SIZE;
		table = pool_va(PA(pte & PTE_ADDRESS));
	}
	return 0;
}

struct range {
	uint32_t first, count; /* pages */
};

static struct range any_range(void)
{
	const struct range r = { nondet_u32(), nondet_u32() };

	__CPROVER_assume(r.count && r.count <= PAGES && r.first <= PAGES - r.count);
	return r;
}

static bool within(struct range r, uint32_t page)
{
	return page - r.first < r.count;
}

static uint32_t any_page(void)
{
	const uint32_t page = nondet_u32();

	__CPROVER_assume(page < PAGES);
	return page;
}

static uint64_t bytes(uint32_t pages)
{
	return (uint64_t)pages * PT_PAGE_SIZE;
}

static uint64_t page_entry(uint32_t page, unsigned int access)
{
	return leaf(bytes(page), leaf_attributes(access), 3);
}

#define ROOT_ACCESS (STAGE2_WRITE | STAGE2_EXEC)

static uint64_t identity(uint32_t page)
{
	return page_entry(page, ROOT_ACCESS);
}

static struct stage2 empty(void)
{
	struct stage2 s2 = { 0 };

	__CPROVER_assume(stage2_init(&s2, 1));
	return s2;
}

static struct stage2 whole(void)
{
	struct stage2 s2 = empty();

	__CPROVER_assume(stage2_map(&s2, IPA(0), PA(0), bytes(PAGES), ROOT_ACCESS));
	return s2;
}

static bool unmap(struct stage2 *s2, struct range r)
{
	return stage2_unmap(s2, IPA(bytes(r.first)), bytes(r.count));
}

/* A mapping: exactly its pages, and whatever becomes of it no others. */
void prove_map(void)
{
	const struct range a = any_range();
	const uint32_t to = any_page(), page = any_page();
	const unsigned int access = nondet_u32() & 15;
	struct stage2 s2 = empty();
	uint64_t got;
	bool done;

	exhaustible = true;
	done = stage2_map(&s2, IPA(bytes(a.first)), PA(bytes(to)), bytes(a.count), access);
	got = walk(&s2, page);
	if (within(a, page))
		__CPROVER_assert(!done || got == page_entry(to + page - a.first, access),
				 "a mapped page leads where it is to lead, and as");
	else
		__CPROVER_assert(!got, "no other page is mapped");
	stage2_free(&s2);
	__CPROVER_assert(!pool_count(), "all tables are given back");
}

/* Of a map of everything all of a range goes, or nothing; never a neighbour. */
void prove_unmap(void)
{
	const struct range a = any_range();
	const uint32_t page = any_page();
	struct stage2 s2 = whole();
	bool done;

	exhaustible = true;
	done = unmap(&s2, a);
	__CPROVER_assert(!stale, "no CPU translates what was unmapped");
	__CPROVER_assert(walk(&s2, page) == (done && within(a, page) ? 0 : identity(page)),
			 "unmapped is what was to be, and nothing else");
	__CPROVER_assert(done || pool_count() == 1, "what failed keeps no table");
}

/* It comes back with no page left to take; then the map is as small as it was. */
void prove_restore(void)
{
	const struct range a = any_range();
	const uint32_t page = any_page();
	struct stage2 s2 = whole();
	const uint32_t tables = pool_count();

	__CPROVER_assume(unmap(&s2, a));
	exhaustible = true;
	stage2_restore_identity(&s2, IPA(bytes(a.first)), bytes(a.count));
	__CPROVER_assert(walk(&s2, page) == identity(page), "all is as it was");
	__CPROVER_assert(pool_count() == tables, "no table is left over");
}

/* At once nothing is reached; and then all again. */
void prove_revoke(void)
{
	const struct range a = any_range();
	const uint32_t to = any_page(), page = any_page();
	struct stage2 s2 = empty();
	uint64_t before;

	__CPROVER_assume(stage2_map(&s2, IPA(bytes(a.first)), PA(bytes(to)), bytes(a.count), nondet_u32() & 15));
	before = walk(&s2, page);
	stage2_revoke(&s2);
	__CPROVER_assert(!stale && !walk(&s2, page), "nothing is left");
	stage2_reinstate(&s2);
	__CPROVER_assert(walk(&s2, page) == before, "all is there again");
}
