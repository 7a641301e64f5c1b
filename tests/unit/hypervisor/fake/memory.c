// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory: EL2's window on it, the page pool and the rules for the tables in it, stage 2 and a TLB.
 */
#include <string.h>
#include <sys/mman.h>
#include <lib/pool.h>
#include <machine/el2map.h>
#include <machine/image.h>
#include "internal.h"

/* EL2's address space: device registers at an address that is good for nothing else, and one window. */

unsigned char *fake_arena;
static unsigned char *devices;
#define DEVICES_SIZE	0x2000000ULL
static bool windows[WINDOWS];

void *el2map_device(paddr_t pa, uint64_t size)
{
	(void)size;
	return devices + (pa.pa - GICD_PA);
}

uint64_t device_address(const uint8_t *at)
{
	return (uint64_t)(at - devices) + GICD_PA;
}

uint64_t el2map_ttbr(unsigned int cpu)
{
	return 0x1000ULL * cpu;
}

uint64_t el2map_table_size(unsigned int cpu_count)
{
	return cpu_count * 0x1000ULL;
}

uint64_t el2map_pool_pages(unsigned int cpu_count)
{
	return cpu_count;
}

static bool cell_reaches(const struct cell *cell, uint64_t pa, uint64_t size)
{
	static struct leaf leaves[2048];
	unsigned int count = cell->stage2.root ? fake_leaves(&cell->stage2, leaves, 2048) : 0;

	for (unsigned int i = 0; i < count; i++)
		if (leaves[i].pa < pa + size && pa < leaves[i].pa + leaves[i].size)
			return true;
	return false;
}

static bool any_window(void)
{
	return windows[WINDOW] || windows[WINDOW_SOURCE];
}

static bool in_arena(uint64_t pa, uint64_t size)
{
	return pa >= ARENA_BASE && pa + size <= ARENA_BASE + ARENA_SIZE;
}

static bool in_hypervisor(uint64_t pa, uint64_t size)
{
	return pa >= HYPERVISOR && pa + size <= HYPERVISOR + HYPERVISOR_SIZE;
}

/* A packed image lies in the hypervisor's own memory. */
static void *open_source(paddr_t pa, uint64_t size, bool cached)
{
	if (any_window() || !cached || !in_hypervisor(pa.pa, size))
		fake_bug("window for reading on %lx + %lx", pa.pa, size);
	windows[WINDOW_SOURCE] = true;
	return fake_memory(pa.pa);
}

void *window_open(enum window window, paddr_t pa, uint64_t size, bool cached)
{
	if (size + pa.pa % PT_PAGE_SIZE > WINDOW_SIZE || windows[window])
		fake_bug("window on %lx + %lx", pa.pa, size);
	if (window == WINDOW_SOURCE)
		return open_source(pa, size, cached);
	windows[window] = true;
	if (!cached && pa.pa >= ECAM_PA && pa.pa < ECAM_PA + ECAM_SIZE)
		return devices + (pa.pa - GICD_PA);
	if (!cached && (pa.pa - GICR_PA < CPUS * GICR_SIZE || pa.pa - GICD_PA < GICR_SIZE))
		return devices + (pa.pa - GICD_PA);
	/* A blob that is to be checked. */
	if (windows[WINDOW_SOURCE] && pa.pa == image_pa(hypercall_page).pa && size <= sizeof(hypercall_page))
		return hypercall_page;
	if (!in_arena(pa.pa, size))
		fake_bug("window on %lx + %lx", pa.pa, size);
	for (unsigned int i = 0; cached && i < PT_MAX_CELLS; i++)
		if (cell_reaches(&cells[i], pa.pa, size))
			fake_bug("cell %u reaches %lx + %lx while it is written", i, pa.pa, size);
	if (windows[WINDOW_SOURCE]) {
		fake.copied += size;
	} else if (cached) {
		fake.scrubbed += size;
	} else {
		fake.flushed += size;
		fake.flushed_at = pa.pa;
	}
	return fake_memory(pa.pa);
}

void window_close(void)
{
	memset(windows, 0, sizeof(windows));
}

void fake_dc_zva(uint64_t va)
{
	const uint64_t block = 4ULL << FIELD(fake_self()->regs[REG_dczid_el0], 3, 0);

	memset((void *)(va & ~(block - 1)), 0, block);
}

void *fake_memory(uint64_t pa)
{
	if (pa - ARENA_BASE < ARENA_SIZE)
		return fake_arena + (fake.ram_wraps ? (pa - ARENA_BASE) % (fake.ram_wraps - ARENA_BASE) : pa - ARENA_BASE);
	if (in_hypervisor(pa, 1))
		return __executable_start + (pa - HYPERVISOR);
	return NULL;
}

/* The pool, and the rules for what lies in it. */

_Alignas(8192) unsigned char pool_memory[POOL_PAGES * PT_PAGE_SIZE];

#define POOL_WORDS	(sizeof(pool_memory) / 8)

/* Entries that have become invalid and were not flushed yet: a CPU may still use what they said. */
static uint64_t broken[POOL_WORDS];
static uint32_t broken_list[POOL_WORDS];
static unsigned int broken_count;

void fake_store(const void *at, size_t size, uint64_t value)
{
	size_t word = (size_t)((const unsigned char *)at - pool_memory) / 8;
	uint64_t old;

	/* Whatever others do in this very moment: the test lets them. */
	if (!fake_in_test() && fake.dawdle_in && --fake.dawdle_in == 0)
		fake_wfi();
	if ((const unsigned char *)at < pool_memory || word >= POOL_WORDS || size != 8)
		return;
	old = *(const uint64_t *)at;
	if ((old & 1) && (value & 1) && old != value)
		fake_bug("entry %lx becomes %lx without a break", old, value);
	if ((value & 1) && broken[word] && broken[word] != value)
		fake_bug("entry %lx becomes %lx before a flush", broken[word], value);
	if ((old & 1) && !(value & 1)) {
		broken[word] = old;
		broken_list[broken_count++] = (uint32_t)word;
	}
}

static void flushed(void)
{
	while (broken_count)
		broken[broken_list[--broken_count]] = 0;
}

void *__real_pool_take(uint32_t count);
void *__wrap_pool_take(uint32_t count);
void __real_pool_give(void *pages, uint32_t count);
void __wrap_pool_give(void *pages, uint32_t count);

void *__wrap_pool_take(uint32_t count)
{
	fake.pool_takes++;
	if (fake.pool_fails_in == 1)
		return NULL;
	if (fake.pool_fails_in)
		fake.pool_fails_in--;
	return __real_pool_take(count);
}

void __wrap_pool_give(void *pages, uint32_t count)
{
	const uint64_t pa = pages ? pool_pa(pages).pa : 0;

	for (unsigned int i = 0; pages && i < broken_count; i++) {
		uint64_t old = broken[broken_list[i]];

		if ((old & 3) == 3 && (old & MASK(47, 12)) >= pa && (old & MASK(47, 12)) < pa + count * 4096ULL)
			fake_bug("a table is freed that a CPU may still walk");
	}
	__real_pool_give(pages, count);
}

/* Stage 2 as the architecture has it: 4 KiB granule, 40 bits, two concatenated level 1 tables. */

static const uint64_t *table_at(uint64_t pa)
{
	const unsigned char *table = fake_memory(pa);

	if (table < pool_memory || table >= pool_memory + sizeof(pool_memory))
		fake_bug("a table outside the pool: %lx", pa);
	return (const uint64_t *)table;
}

static uint64_t vttbr_table(const struct stage2 *s2)
{
	return s2->vttbr & MASK(47, 12);
}

static void leaf_of(uint64_t pte, uint64_t ipa, uint64_t size, struct leaf *leaf)
{
	leaf->pa = pte & MASK(47, 12);
	leaf->size = size;
	leaf->ipa = ipa & ~(size - 1);
	leaf->write = pte & BIT(7);
	leaf->exec = !(pte & BIT(54));
	leaf->device = FIELD(pte, 5, 2) == 1;
	leaf->uncached = FIELD(pte, 5, 2) == 5;
	/* AF, readable, inner shareable, Normal write-back or non-cacheable or Device-nGnRE, nothing else set. */
	if (!(pte & BIT(10)) || !(pte & BIT(6)) || FIELD(pte, 9, 8) != 3 ||
	    (FIELD(pte, 5, 2) != 15 && !leaf->device && !leaf->uncached) || (leaf->pa & (size - 1)) ||
	    (pte & ~(MASK(47, 12) | BIT(54) | 0x7ff)))
		fake_bug("entry %lx", pte);
}

bool fake_walk(const struct stage2 *s2, uint64_t ipa, struct leaf *leaf)
{
	uint64_t table = vttbr_table(s2);

	if (ipa >= BIT(40))
		return false;
	for (unsigned int level = 1;; level++) {
		const unsigned int shift = 39 - 9 * level;
		const uint64_t pte = table_at(table)[(ipa >> shift) & (level == 1 ? 1023 : 511)];

		if (!(pte & 1) || (level == 3 && !(pte & 2)))
			return false;
		if (level == 3 || !(pte & 2)) {
			leaf_of(pte, ipa, BIT(shift), leaf);
			return true;
		}
		table = pte & MASK(47, 12);
	}
}

struct walk {
	struct leaf *leaves;
	unsigned int count, max, tables;
};

static void walk_table(struct walk *w, uint64_t table, unsigned int level, uint64_t ipa)
{
	const uint64_t *entries = table_at(table), size = BIT(39 - 9 * level);

	for (unsigned int i = 0; i < (level == 1 ? 1024 : 512); i++, ipa += size) {
		if (level < 3 && (entries[i] & 2)) {
			w->tables++;
			if ((entries[i] & 1) || !w->leaves)
				walk_table(w, entries[i] & MASK(47, 12), level + 1, ipa);
		} else if ((entries[i] & 1) && w->leaves && w->count < w->max) {
			leaf_of(entries[i], ipa, size, &w->leaves[w->count++]);
		}
	}
}

unsigned int fake_leaves(const struct stage2 *s2, struct leaf *leaves, unsigned int max)
{
	struct walk w = { .leaves = leaves, .max = max };

	walk_table(&w, vttbr_table(s2), 1, 0);
	return w.count;
}

unsigned int fake_tables(const struct stage2 *s2)
{
	struct walk w = { .tables = 2 };

	walk_table(&w, vttbr_table(s2), 1, 0);
	return w.tables;
}

uint64_t fake_map_hash(const struct stage2 *s2)
{
	static struct leaf leaves[4096];
	unsigned int count = fake_leaves(s2, leaves, 4096);
	struct leaf whole;
	uint64_t hash = 0xcbf29ce484222325;

	for (unsigned int i = 0; i < count;) {
		const uint64_t *words = (const uint64_t *)&whole;

		memset(&whole, 0, sizeof(whole));
		whole.ipa = leaves[i].ipa;
		whole.pa = leaves[i].pa;
		whole.write = leaves[i].write;
		whole.exec = leaves[i].exec;
		whole.device = leaves[i].device;
		for (; i < count && leaves[i].ipa == whole.ipa + whole.size &&
		       leaves[i].pa == whole.pa + whole.size && leaves[i].write == whole.write &&
		       leaves[i].exec == whole.exec && leaves[i].device == whole.device; i++)
			whole.size += leaves[i].size;
		for (unsigned int k = 0; k < sizeof(whole) / 8; k++)
			hash = (hash ^ words[k]) * 0x100000001b3;
	}
	return hash;
}

/* A TLB: an entry stays until its VMID is flushed everywhere, or all of them on its CPU. */

#define TLB_ENTRIES	(1u << 14)

static struct {
	uint64_t page, vmid_flushes, cpu_flushes;
	unsigned int cpu, vmid;
	struct leaf leaf;
} tlb[TLB_ENTRIES];
static uint64_t vmid_flushes[256], cpu_flushes[CPUS];

void fake_tlbi_vmalls12e1is(void)
{
	fake.flushes++;
	vmid_flushes[fake_self()->regs[REG_vttbr_el2] >> 48 & 255]++;
	flushed();
}

void fake_tlbi_alle1(void)
{
	cpu_flushes[fake_self() - fake.cpu]++;
	fake_self()->tlb_flushes++;
}

bool fake_translate(unsigned int n, const struct stage2 *s2, uint64_t ipa, struct leaf *leaf)
{
	const unsigned int vmid = s2->vttbr >> 48 & 255;
	const uint64_t page = ipa / PT_PAGE_SIZE;
	const unsigned int at = (unsigned int)(page * 2654435761u + vmid * 40503u + n * 97u) % TLB_ENTRIES;

	if (tlb[at].leaf.size && tlb[at].page == page && tlb[at].cpu == n && tlb[at].vmid == vmid &&
	    tlb[at].vmid_flushes == vmid_flushes[vmid] && tlb[at].cpu_flushes == cpu_flushes[n]) {
		*leaf = tlb[at].leaf;
		return true;
	}
	if (!fake_walk(s2, ipa, leaf))
		return false;
	tlb[at].page = page;
	tlb[at].cpu = n;
	tlb[at].vmid = vmid;
	tlb[at].vmid_flushes = vmid_flushes[vmid];
	tlb[at].cpu_flushes = cpu_flushes[n];
	tlb[at].leaf = *leaf;
	return true;
}

void memory_reserve(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	if (fake_arena)
		return;
	if ((uint64_t)(end - __executable_start) > HYPERVISOR_SIZE)
		fake_bug("HYPERVISOR_SIZE is too small");
	fake_arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
	devices = mmap(NULL, DEVICES_SIZE, PROT_NONE, flags, -1, 0);
}

void memory_forget(void)
{
	window_close();
	flushed();
	for (unsigned int i = 0; i < 256; i++)
		vmid_flushes[i]++;
}

bool memory_settled(void)
{
	return !any_window() && !broken_count;
}
