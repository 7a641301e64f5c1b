// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an address means to a CPU of a cell: its stage 1 tables (DDI0487 D8), walked as its registers say. They are the
 * cell's own and may hold anything; the walk has four steps at most.
 */
#include "gdb_target.h"

#define SCTLR_M		(1ULL << 0)
#define DESCRIPTOR_VALID (1ULL << 0)
#define DESCRIPTOR_TABLE (1ULL << 1)	/* at levels 0 to 2; at level 3 it makes a page */
#define UPPER_HALF	(1ULL << 55)	/* TTBR1_EL1's; what is above may be a tag */

static uint64_t field(uint64_t value, unsigned int high, unsigned int low)
{
	return value >> low & (~0ULL >> (63 - high + low));
}

static uint64_t bits(unsigned int high, unsigned int low)
{
	return field(~0ULL, high, low) << low;
}

struct regime {
	uint64_t table;
	unsigned int size;	/* bits of an address that are translated */
	unsigned int granule;	/* log2 of a page */
};

/* TCR_EL1.TG0 and TG1 count differently. False: a value that there is not, or no walks at all. */
static bool regime_of(const struct pt_vcpu *v, uint64_t va, struct regime *r)
{
	static const uint8_t lower[] = { 12, 16, 14, 0 }, upper[] = { 0, 14, 12, 16 };
	const bool high = va & UPPER_HALF;

	r->table = (high ? v->ttbr1_el1 : v->ttbr0_el1) & bits(47, 1);
	r->size = 64 - (unsigned int)(high ? field(v->tcr_el1, 21, 16) : field(v->tcr_el1, 5, 0));
	r->granule = high ? upper[field(v->tcr_el1, 31, 30)] : lower[field(v->tcr_el1, 15, 14)];
	if (!r->granule || r->size > 48 || r->size <= r->granule || field(v->tcr_el1, high ? 23 : 7, high ? 23 : 7))
		return false;
	return field(va, 55, r->size) == (high ? field(~0ULL, 55, r->size) : 0);
}

static bool walk(struct gdb_target *t, const struct regime *r, uint64_t va, uint64_t *ipa)
{
	const unsigned int per_level = r->granule - 3;
	const unsigned int levels = (r->size - r->granule + per_level - 1) / per_level;
	uint64_t table = r->table;

	for (unsigned int level = 4 - levels; level <= 3; level++) {
		const unsigned int shift = r->granule + (3 - level) * per_level;
		const unsigned int top = level == 4 - levels ? r->size - 1 : shift + per_level - 1;
		uint64_t entry;

		if (!gdb_target_physical(t, table + 8 * field(va, top, shift), &entry, sizeof(entry), false) ||
		    !(entry & DESCRIPTOR_VALID) || (level == 3 && !(entry & DESCRIPTOR_TABLE)))
			return false;
		if (level == 3 || !(entry & DESCRIPTOR_TABLE)) {
			*ipa = (entry & bits(47, shift)) | field(va, shift - 1, 0);
			return true;
		}
		table = entry & bits(47, r->granule);
	}
	return false;
}

bool gdb_translate(struct gdb_target *t, unsigned int vcpu, uint64_t va, uint64_t *ipa)
{
	const struct pt_vcpu *v = &t->vcpus[vcpu];
	struct regime r;

	*ipa = va;
	if (!(v->sctlr_el1 & SCTLR_M))
		return true;
	return regime_of(v, va, &r) && walk(t, &r, va, ipa);
}
