// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CBMC proves of who owns memory: the real source, asked about any cell of two regions and any region that somebody wants.
 * What a region is like is what prove_region proves of the blob checker. That ownership_check() asks so about each region of a blob
 * and each cell, and what becomes of CPUs and interrupts, unit tests and fuzzers look at.
 */
#include <core/blob.h>
#include <core/ownership.h>

#include SOURCE /* hypervisor/core/ownership.c, or one that is broken on purpose */

#define REGIONS 2u

uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
bool nondet_bool(void);

static struct pt_region any_region(void)
{
	const struct pt_region r = { .pa = nondet_u64(), .size = nondet_u64(), .flags = nondet_u32() };

	__CPROVER_assume(r.size && !((r.pa | r.size) % PT_PAGE_SIZE) && r.pa < PT_ADDRESS_LIMIT &&
			 r.size <= PT_ADDRESS_LIMIT - r.pa);
	return r;
}

static bool has(const struct pt_region *r, uint64_t pa)
{
	return pa >= r->pa && pa - r->pa < r->size;
}

static struct cell cell;
static struct pt_cell_status cell_status;

static void any_cell(void)
{
	cell.status = &cell_status;
	cell_status.state = nondet_u32() % PT_CELL_STATES;
	cell.region_count = nondet_u32() % (REGIONS + 1);
	cell.regions[0] = any_region();
	cell.regions[1] = any_region();
}

/* Whatever is wanted: if no cell is in the way, no page gets two owners, but what both share. */
void prove_pages(void)
{
	const struct pt_region wanted = any_region();
	const uint64_t pa = nondet_u64();
	bool two = false, kept;

	any_cell();
	kept = cell_keeps(&cell, &wanted, false);
	for (uint32_t i = 0; i < REGIONS; i++) {
		const struct pt_region *r = &cell.regions[i];

		if (cell_status.state != PT_CELL_NONE && i < cell.region_count && has(r, pa) && has(&wanted, pa))
			two |= !((r->flags & wanted.flags & PT_REGION_SHARED) && r->pa == wanted.pa && r->size == wanted.size);
	}
	__CPROVER_assert(kept || !two, "no page has two owners");
}

/* A page that the root is told to be its own: no cell has it, or a loadable one that lends it. */
void prove_root(void)
{
	const struct pt_region page = { .pa = nondet_u64(), .size = 1 };
	bool kept;

	any_cell();
	kept = cell_keeps(&cell, &page, true);
	for (uint32_t i = 0; i < REGIONS; i++) {
		const struct pt_region *r = &cell.regions[i];

		if (cell_status.state != PT_CELL_NONE && i < cell.region_count && has(r, page.pa))
			__CPROVER_assert(kept || (cell_status.state == PT_CELL_LOADABLE &&
						  !(r->flags & (PT_REGION_DEVICE | PT_REGION_SHARED))),
					 "the root has what no cell has, and what it is lent");
	}
	if (cell_status.state == PT_CELL_NONE)
		__CPROVER_assert(!kept, "what is no cell keeps nothing");
}

/* Two ranges overlap exactly if there is an address in both. */
void prove_overlap(void)
{
	const struct pt_region a = any_region(), b = any_region();
	const uint64_t pa = nondet_u64(), later = a.pa > b.pa ? a.pa : b.pa;
	const bool do_overlap = overlap(a.pa, a.size, b.pa, b.size);

	__CPROVER_assert(do_overlap || !has(&a, pa) || !has(&b, pa), "what is in both is found");
	__CPROVER_assert(!do_overlap || (has(&a, later) && has(&b, later)), "nothing is found that is not");
}
