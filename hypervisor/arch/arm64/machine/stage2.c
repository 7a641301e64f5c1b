// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table walker, driven by the level: level 1 entries span 1 GiB, level 2 2 MiB, level 3 4 KiB.
 *
 *   entry:  63   54 53        47            12 11 10 9 8 7  6 5      2 1 0
 *           | ... | XN | .... | output address |..|AF| SH |S2AP|MemAttr|T|V|     T: table or page, not block
 *
 * Nothing here may run on behalf of a cell except stage2_revoke(). A table page is never freed while a CPU may
 * still walk it: the entry above it is cleared and flushed first.
 */
#include <partita/blob.h>
#include <lib/pool.h>
#include <machine/stage2.h>
#include <machine/sysreg.h>
#include <machine/tlb.h>

#define ENTRIES		512u
#define ROOT_PAGES	2u

#define PTE_VALID	BIT(0)
#define PTE_TABLE	BIT(1)		/* at levels 1 and 2; at level 3 the same bit makes a page */
#define PTE_ADDRESS	MASK(47, 12)
#define PTE_NORMAL	(0xfULL << 2)	/* MemAttr: Normal, inner and outer write-back */
#define PTE_UNCACHED	(0x5ULL << 2)	/* MemAttr: Normal, non-cacheable; whatever stage 1 says */
#define PTE_DEVICE	(0x1ULL << 2)	/* MemAttr: Device-nGnRE */
#define PTE_READ	BIT(6)
#define PTE_WRITE	BIT(7)
#define PTE_INNER	(0x3ULL << 8)
#define PTE_AF		BIT(10)
#define PTE_XN		BIT(54)

#define VTCR_RES1	BIT(31)
#define VTCR_WALK_WB	0x3500		/* SH0 inner, ORGN0 and IRGN0 write-back */
#define VTCR_START_1	BIT(6)		/* SL0: level 1 */

static unsigned int level_shift(unsigned int level)
{
	return 39 - 9 * level;
}

static uint64_t level_size(unsigned int level)
{
	return BIT(level_shift(level));
}

static uint64_t *entry_at(uint64_t *table, unsigned int level, uint64_t ipa)
{
	uint64_t index = ipa >> level_shift(level);

	/* Only the root is longer than one page. */
	return &table[level == 1 ? index & (ROOT_PAGES * ENTRIES - 1) : index & (ENTRIES - 1)];
}

static bool is_table(uint64_t pte, unsigned int level)
{
	return level < 3 && (pte & PTE_TABLE);
}

static uint64_t *table_of(uint64_t pte)
{
	return pool_va(PA(pte & PTE_ADDRESS));
}

static uint64_t leaf(uint64_t pa, uint64_t attributes, unsigned int level)
{
	return pa | attributes | PTE_VALID | (level == 3 ? PTE_TABLE : 0);
}

static uint64_t leaf_attributes(unsigned int access)
{
	uint64_t memory = (access & STAGE2_UNCACHED) ? PTE_UNCACHED : PTE_NORMAL;

	return PTE_AF | PTE_INNER | PTE_READ | ((access & STAGE2_DEVICE) ? PTE_DEVICE : memory) |
	       ((access & STAGE2_WRITE) ? PTE_WRITE : 0) | ((access & STAGE2_EXEC) ? 0 : PTE_XN);
}

static void write_entry(struct stage2 *s2, uint64_t *entry, uint64_t pte, unsigned int level)
{
	uint64_t old = *entry;

	if (old == pte)
		return;
	if (old & PTE_VALID) {
		store_relaxed(entry, 0);
		tlb_flush_vmid(s2->vttbr);
	}
	/* A new table's entries must be seen before the entry that leads to them. */
	if (is_table(pte, level))
		dsb(ishst);
	store_relaxed(entry, pte);
}

/* The table below @entry; made, with the entry's mapping spread over it, where there is none. */
static uint64_t *descend(struct stage2 *s2, uint64_t *entry, unsigned int level)
{
	uint64_t old = *entry;
	uint64_t *table;

	if (is_table(old, level))
		return table_of(old);
	table = pool_take(1);
	if (!table)
		return NULL;
	if (old & PTE_VALID) {
		const uint64_t first = leaf(old & PTE_ADDRESS, old & ~(PTE_ADDRESS | PTE_TABLE), level + 1);
		const uint64_t step = level_size(level + 1);

		for (uint64_t i = 0; i < ENTRIES; i++)
			table[i] = first + i * step;
	}
	write_entry(s2, entry, pool_pa(table).pa | PTE_TABLE | PTE_VALID, level);
	return table;
}

/* Give back the table that @pte of @level leads to, and the tables below it. */
static void free_tables(uint64_t pte, unsigned int level)
{
	uint64_t *table;

	if (!is_table(pte, level))
		return;
	table = table_of(pte);
	for (unsigned int i = 0; level == 1 && i < ENTRIES; i++)
		if (is_table(table[i], 2))
			pool_give(table_of(table[i]), 1);
	pool_give(table, 1);
}

/* The entry that maps exactly the piece of [@ipa, @end) at @ipa; *@size is what it spans. */
static uint64_t *entry_for(struct stage2 *s2, uint64_t ipa, uint64_t end, uint64_t pa, uint64_t *size,
			   unsigned int *at_level)
{
	uint64_t *table = s2->root;

	for (unsigned int level = 1; table; level++) {
		uint64_t *entry = entry_at(table, level, ipa);

		*size = level_size(level);
		*at_level = level;
		if (level == 3 || (((ipa | pa) & (*size - 1)) == 0 && end - ipa >= *size))
			return entry;
		table = descend(s2, entry, level);
	}
	return NULL;
}

bool stage2_map(struct stage2 *s2, ipaddr_t ipa, paddr_t pa, uint64_t size, unsigned int access)
{
	const uint64_t end = ipa.ipa + size;
	const unsigned int used = (unsigned int)((end - 1) >> level_shift(1)) + 1;
	uint64_t at = ipa.ipa, to = pa.pa, step;

	if (s2->used < used)
		s2->used = used;
	for (; at < end; at += step, to += step) {
		unsigned int level;
		uint64_t *entry = entry_for(s2, at, end, to, &step, &level);
		uint64_t old;

		if (!entry)
			return false;
		old = *entry;
		write_entry(s2, entry, leaf(to, leaf_attributes(access), level), level);
		free_tables(old, level);
	}
	dsb(ishst);
	return true;
}

/* Split the blocks at @edge, so that what follows it can change alone. */
static bool split_at(struct stage2 *s2, uint64_t edge)
{
	uint64_t *table = s2->root;

	for (unsigned int level = 1; level < 3 && (edge & (level_size(level) - 1)); level++) {
		uint64_t *entry = entry_at(table, level, edge);

		if (!(*entry & PTE_VALID))
			return true;
		table = descend(s2, entry, level);
		if (!table)
			return false;
	}
	return true;
}

/* The block that the whole table below an entry amounts to, or 0. */
static uint64_t block_of(const uint64_t *table, unsigned int level)
{
	uint64_t first = table[0] & ~(level + 1 == 3 ? PTE_TABLE : 0);

	if (!(first & PTE_VALID) || is_table(table[0], level + 1) || (first & PTE_ADDRESS & (level_size(level) - 1)))
		return 0;
	for (uint64_t i = 1; i < ENTRIES; i++)
		if (table[i] != table[0] + i * level_size(level + 1))
			return 0;
	return first;
}

static void merge_at(struct stage2 *s2, uint64_t ipa)
{
	uint64_t *top = entry_at(s2->root, 1, ipa);

	for (unsigned int level = 2; level >= 1 && is_table(*top, 1); level--) {
		uint64_t *entry = level == 2 ? entry_at(table_of(*top), 2, ipa) : top;
		uint64_t old = *entry, block;

		if (!is_table(old, level))
			continue;
		block = block_of(table_of(old), level);
		if (!block)
			return;
		write_entry(s2, entry, block, level);
		pool_give(table_of(old), 1);
	}
}

static void clear_entry(struct stage2 *s2, uint64_t *entry, unsigned int level)
{
	const uint64_t old = *entry;

	store_relaxed(entry, 0);
	if (is_table(old, level)) {
		tlb_flush_vmid(s2->vttbr);
		free_tables(old, level);
	}
}

/* Clear the level 3 entries from @entry on, which is @ipa's, to the end of its table or @end. Returns how much that was. */
static uint64_t clear_pages(uint64_t *entry, uint64_t ipa, uint64_t end)
{
	uint64_t at = ipa;

	for (; at < end && (at & (level_size(2) - 1)); at += level_size(3), entry++)
		store_relaxed(entry, 0);
	return at - ipa;
}

bool stage2_unmap(struct stage2 *s2, ipaddr_t ipa, uint64_t size)
{
	const uint64_t end = ipa.ipa + size;
	uint64_t at = ipa.ipa, step;

	if (!s2->root)
		return true;
	if (!split_at(s2, at) || !split_at(s2, end)) {
		merge_at(s2, at);
		merge_at(s2, end - 1);
		return false;
	}
	while (at < end) {
		uint64_t *entry = NULL, *table = s2->root;
		unsigned int level = 1;

		/* Down to the largest entry that lies wholly in what is left. */
		for (;; level++) {
			entry = entry_at(table, level, at);
			step = level_size(level) - (at & (level_size(level) - 1));
			if (!is_table(*entry, level) || (step == level_size(level) && step <= end - at))
				break;
			table = table_of(*entry);
		}
		at += step;
		if (level == 3)
			at += clear_pages(entry + 1, at, end);
		clear_entry(s2, entry, level);
	}
	tlb_flush_vmid(s2->vttbr);
	return true;
}

void stage2_lend_identity(struct stage2 *s2, ipaddr_t ipa, uint64_t size)
{
	/*
	 * Every entry needed exists, since stage2_unmap() split only at the two edges; or a neighbour has made blocks of
	 * them again, which map all of it already, so that a split that fails leaves nothing out.
	 */
	const bool mapped = s2->root && stage2_map(s2, ipa, PA(ipa.ipa), size, STAGE2_WRITE | STAGE2_EXEC);

	(void)mapped;
}

void stage2_restore_identity(struct stage2 *s2, ipaddr_t ipa, uint64_t size)
{
	if (!s2->root)
		return;
	stage2_lend_identity(s2, ipa, size);
	merge_at(s2, ipa.ipa);
	merge_at(s2, ipa.ipa + size - 1);
}

void stage2_revoke(struct stage2 *s2)
{
	for (unsigned int i = 0; i < s2->used; i++)
		store_relaxed(&s2->root[i], s2->root[i] & ~PTE_VALID);
	tlb_flush_vmid(s2->vttbr);
}

void stage2_reinstate(struct stage2 *s2)
{
	for (unsigned int i = 0; i < s2->used; i++)
		if (s2->root[i])
			store_relaxed(&s2->root[i], s2->root[i] | PTE_VALID);
	tlb_flush_vmid(s2->vttbr);
}

bool stage2_init(struct stage2 *s2, unsigned int vmid)
{
	s2->used = 0;
	s2->root = pool_take(ROOT_PAGES);
	if (!s2->root)
		return false;
	s2->vttbr = pool_pa(s2->root).pa | (uint64_t)vmid << 48;
	return true;
}

void stage2_free(struct stage2 *s2)
{
	if (!s2->root)
		return;
	tlb_flush_vmid(s2->vttbr);
	for (unsigned int i = 0; i < ROOT_PAGES * ENTRIES; i++)
		free_tables(s2->root[i], 1);
	pool_give(s2->root, ROOT_PAGES);
	s2->root = NULL;
}

/* ID_AA64MMFR0_EL1.PARange: 0..6 mean 32, 36, 40, 42, 44, 48, 52 bits. */
static unsigned int pa_range(void)
{
	unsigned int range = (unsigned int)FIELD(read_sysreg(id_aa64mmfr0_el1), 3, 0);

	return range < 2 ? range : 2;
}

uint64_t stage2_limit(void)
{
	return BIT(32 + 4 * pa_range());
}

uint64_t stage2_vtcr(void)
{
	unsigned int bits = 32 + 4 * pa_range();

	return VTCR_RES1 | (uint64_t)pa_range() << 16 | VTCR_WALK_WB | VTCR_START_1 | (64 - bits);
}
