/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory that is not ours: each kind of access to an address given by the test, and what lies at
 * the borders of our own. /
 */
#include "hostile.h"

#include <partita/info.h>

#define PAGE		((uint64_t)PT_PAGE_SIZE)
#define ALIAS		0x700000000000ULL	/* where nothing else is mapped */

/* Whatever is mapped there already stays as it is: the interrupt controller as device. */
static uint64_t reach(uint64_t address, enum cell_memory type)
{
	cell_map(address & ~(PAGE - 1), address & ~(PAGE - 1), PAGE, type);
	return address;
}

static void read(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA), value = 0;

	switch (numbers->n[1]) {
	case 1:
		asm volatile("ldrb %w0, [%1]" : "=r" (value) : "r" (at) : "memory");
		break;
	case 2:
		asm volatile("ldrh %w0, [%1]" : "=r" (value) : "r" (at) : "memory");
		break;
	case 8:
		asm volatile("ldr %0, [%1]" : "=r" (value) : "r" (at) : "memory");
		break;
	default:
		asm volatile("ldr %w0, [%1]" : "=r" (value) : "r" (at) : "memory");
	}
	granted("read", at, value);
}

static void write(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA);

	asm volatile("str %w1, [%0]" :: "r" (at), "r" (0xbad) : "memory");
	granted("write", at, 0);
}

/* Through an alias: what start-up has mapped as a device is never executable by our own map. */
static uint64_t reach_text(uint64_t address)
{
	cell_map(ALIAS, address & ~(PAGE - 1), PAGE, CELL_MEMORY_TEXT);
	return ALIAS + (address & (PAGE - 1));
}

static void exec(const struct numbers *numbers)
{
	uint64_t at = reach_text(numbers->n[0]);

	asm volatile("blr %0" :: "r" (at) : "x30", "memory");
	granted("exec", at, 0);
}

static void exclusive(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA);
	uint32_t value, failed;

	asm volatile("ldxr %w0, [%2]\n\tstxr %w1, %w0, [%2]"
		     : "=&r"(value), "=&r"(failed)
		     : "r"(at)
		     : "memory");
	granted("exclusive", at, value);
}

/* Where the CPU has no such atomics, the older ones. */
static void lse(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA);
	uint32_t value;

	if (!(cell_sysreg_read(id_aa64isar0_el1) >> 20 & 15)) {
		exclusive(numbers);
		return;
	}
	asm volatile(".arch_extension lse\n\tldadd %w0, %w0, [%1]"
		     : "=&r"(value)
		     : "r"(at)
		     : "memory");
	granted("lse", at, value);
}

static void pair(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA), a, b;

	asm volatile("ldp %w0, %w1, [%2]" : "=&r" (a), "=&r" (b) : "r" (at) : "memory");
	granted("pair", at, a);
}

static void store_pair(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA);

	asm volatile("stp wzr, wzr, [%0]" :: "r" (at) : "memory");
	granted("store-pair", at, 0);
}

static void write_back(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA), value, address = at;

	asm volatile("ldr %w0, [%1], #4" : "=&r" (value), "+r" (address) :: "memory");
	granted("write-back", at, value);
}

static void store_back(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA), address = at;

	asm volatile("str wzr, [%0, #4]!" : "+r" (address) :: "memory");
	granted("store-back", at, 0);
}

static void simd(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA);

	asm volatile(".arch_extension simd\n\tldr q0, [%0]" :: "r" (at) : "memory");
	granted("simd", at, 0);
}

static void zero(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA);

	asm volatile("dc zva, %0" :: "r" (at) : "memory");
	granted("zero", at, 0);
}

static void clean(const struct numbers *numbers)
{
	uint64_t at = reach(numbers->n[0], CELL_MEMORY_DATA);

	asm volatile("dc civac, %0\n\tdsb sy" :: "r" (at) : "memory");
	/*
	 * An emulator may do nothing here, and nothing was read or written; so only one more access
	 * tells.
	 */
	asm volatile("ldr wzr, [%0]" :: "r" (at) : "memory");
	granted("clean", at, 0);
}

/* Our translation tables in foreign memory: the table walker reads it for us. */
static void walk(const struct numbers *numbers)
{
	uint64_t tcr = cell_sysreg_read(tcr_el1), value;

	tcr &= ~(1ULL << 23);				/* EPD1 */
	tcr |= 16ULL << 16 | 1ULL << 24 | 1ULL << 26 | 3ULL << 28 |
	       2ULL << 30; /* as TTBR0 has it */
	cell_sysreg_write(ttbr1_el1, numbers->n[0] & ~(PAGE - 1));
	cell_sysreg_write(tcr_el1, tcr);
	cell_isb();
	asm volatile("ldr %0, [%1]" : "=r" (value) : "r" (0xffff000000000000ULL) : "memory");
	granted("walk", numbers->n[0], value);
}

/* Vectors in foreign memory, and an exception to fetch from them. */
static void vectors(const struct numbers *numbers)
{
	uint64_t at = reach_text(numbers->n[0] & ~0x7ffULL);

	cell_sysreg_write(vbar_el1, at);
	cell_isb();
	asm volatile("brk #1");
	granted("vectors", at, 0);
}

/* Never faults, whatever the address; may move nothing across the border. */
static void prefetch(const struct numbers *numbers)
{
	static const uint64_t places[] = { 0, 0x8000000, 0x9000000, 0x40000000, 0x80000000 };

	(void)numbers;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		reach(places[i], CELL_MEMORY_DATA);
		asm volatile("prfm pldl1keep, [%0]\n\tprfm pstl1keep, [%0]\n\tprfm plil1keep, [%0]"
			     :: "r" (places[i]) : "memory");
	}
}

static uint64_t ram_end(void)
{
	return cell_ram()->ipa + cell_ram()->size;
}

/* One access, half of it in our last bytes. */
static void straddle(const struct numbers *numbers)
{
	uint64_t at = ram_end() - 4, value;

	(void)numbers;
	reach(ram_end(), CELL_MEMORY_DATA);
	asm volatile("ldr %0, [%1]" : "=r" (value) : "r" (at) : "memory");
	granted("straddle", at, value);
}

/* Execution that runs over the end of our memory. */
static void run_off(const struct numbers *numbers)
{
	uint64_t last = ram_end() - PAGE;
	uint32_t *words = (uint32_t *)last;

	(void)numbers;
	for (unsigned int i = 0; i < PAGE / 4; i++)
		words[i] = 0xd503201f;	/* NOP */
	for (uint64_t at = last; at < ram_end(); at += 16)
		asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0" :: "r" (at) : "memory");
	asm volatile("dsb ish\n\tisb" ::: "memory");
	cell_map(ALIAS, last, PAGE, CELL_MEMORY_TEXT);
	cell_map(ALIAS + PAGE, ram_end(), PAGE, CELL_MEMORY_TEXT);
	asm volatile("blr %0" :: "r" (ALIAS) : "x30", "memory");
	granted("run-off", last, 0);
}

/*
 * The page that says who we are is not ours to write; through our own alias of it nothing of ours
 * forbids it.
 */
static void write_info(const struct numbers *numbers)
{
	uint64_t info = (uint64_t)cell_info();

	(void)numbers;
	cell_map(ALIAS, info, PAGE, CELL_MEMORY_DATA);
	asm volatile("str %w1, [%0]" :: "r" (ALIAS), "r" (0xbad) : "memory");
	granted("write-info", info, 0);
}

static void exec_report(const struct numbers *numbers)
{
	uint64_t report = (uint64_t)cell_report();

	(void)numbers;
	cell_report()->user[0] = 0xd65f03c0;	/* RET */
	asm volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb"
		     :: "r" (&cell_report()->user[0]) : "memory");
	cell_map(ALIAS, report, PAGE, CELL_MEMORY_TEXT);
	asm volatile("blr %0" ::"r"(ALIAS + ((uint64_t)&cell_report()->user[0] & (PAGE - 1)))
		     : "x30", "memory");
	granted("exec-report", report, 0);
}

/*
 * Lies to whoever reads our report, for two seconds; then the truth again, so that the end can be
 * told: the ring is whole.
 */
static void lie(const struct numbers *numbers)
{
	struct pt_report *report = cell_report();
	volatile uint64_t *words = (volatile uint64_t *)report;
	uint64_t head = report->console_head, until = cell_now() + cell_ticks(2000000000);

	(void)numbers;
	for (uint64_t value = 1; cell_now() < until; value = value * 6364136223846793005ULL + 1)
		for (unsigned int i = 0; i < PAGE / 8; i++)
			words[i] = value ^ (uint64_t)i << 60;
	for (unsigned int i = 0; i < PAGE / 8; i++)
		words[i] = 0;
	report->console_head = head;
}

/* One gigabyte at a time, through an alias that none of our own tables is in the way of. */
#define SWEEP_ALIAS	0x600000000000ULL
#define SWEEP_BLOCK	(1ULL << 30)
#define SWEEP_SHOWN	8

static bool within(uint64_t at, uint64_t base, uint64_t size)
{
	return at - base < size;
}

/* Ours, or served: what is tried there is of other behaviours. */
static bool is_own(uint64_t page)
{
	const struct pt_info *info = cell_info();
	bool own = within(page, (uint64_t)info, PT_COMM_SIZE) || within(page, info->gicd, 0x10000) ||
		   (info->gicc && within(page, info->gicc, 0x20000));

	for (uint32_t i = 0; i < info->region_count; i++)
		own |= within(page, info->regions[i].ipa, info->regions[i].size);
	for (uint32_t i = 0; i < info->cpu_count; i++)
		own |= info->cpus[i].gicr && within(page, info->cpus[i].gicr, 0x40000);
	return own;
}

static void sweep_page(uint64_t page)
{
	uint64_t at = SWEEP_ALIAS + page, before = exceptions;
	static unsigned int shown;

	attempts += 2;
	asm volatile("ldr wzr, [%0]\n\tstr wzr, [%0]" :: "r" (at) : "memory");
	if (exceptions != before + 2 && shown++ < SWEEP_SHOWN)
		granted("sweep", page, exceptions - before);
}

/* Every page from the first number to the second, or the one; read and written. */
static void sweep(const struct numbers *numbers)
{
	uint64_t from = numbers->n[0] & ~(PAGE - 1), end = numbers->n[1], mapped = ~0ULL;

	for (uint64_t page = from; page == from || page < end; page += PAGE) {
		uint64_t block = page & ~(SWEEP_BLOCK - 1);

		if (block != mapped)
			cell_map(SWEEP_ALIAS + block, block, SWEEP_BLOCK, CELL_MEMORY_DATA);
		mapped = block;
		if (!is_own(page))
			sweep_page(page);
	}
}

const struct behaviour address_behaviours[] = {
	{ "read", FATAL, read },
	{ "write", FATAL, write },
	{ "exec", FATAL, exec },
	{ "exclusive", FATAL, exclusive },
	{ "lse", FATAL, lse },
	{ "pair", FATAL, pair },
	{ "store-pair", FATAL, store_pair },
	{ "write-back", FATAL, write_back },
	{ "store-back", FATAL, store_back },
	{ "simd", FATAL, simd },
	{ "zero", FATAL, zero },
	{ "clean", FATAL, clean },
	{ "walk", FATAL, walk },
	{ "vectors", FATAL, vectors },
	{ "sweep", REPORTED, sweep },
	{ 0 },
};

const struct behaviour memory_behaviours[] = {
	{ "straddle", FATAL, straddle },
	{ "run-off", FATAL, run_off },
	{ "write-info", FATAL, write_info },
	{ "exec-report", FATAL, exec_report },
	{ "prefetch", SURVIVES, prefetch },
	{ "lie", SURVIVES, lie },
	{ 0 },
};
