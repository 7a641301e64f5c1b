// SPDX-License-Identifier: GPL-2.0-only
/* CPUs, registers, memory and the page pool of the fake machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <entry/entry.h>
#include <lib/pool.h>
#include <machine/cpu.h>
#include <machine/el2map.h>
#include <machine/image.h>
#include "fake.h"

#define FIBER_STACK	(256 * 1024)
#define NOBODY		CPUS

struct fake fake;
unsigned char *fake_arena;
char mmu_off[4];

static struct fiber {
	ucontext_t context;
	jmp_buf top;
	void *asan;
	unsigned char *stack;
	bool started;
	void (*job)(void *);
	void *job_context;
} fibers[CPUS];

static ucontext_t test_context;
static const void *test_stack;
static size_t test_stack_size;
static unsigned int current = NOBODY;

void fake_bug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "fake machine: CPU %u: ", current);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

static struct fake_cpu *self(void)
{
	return &fake.cpu[current == NOBODY ? 0 : current];
}

/* Fibers. */

static void yield(void)
{
	struct fiber *f = &fibers[current];

	__sanitizer_start_switch_fiber(&f->asan, test_stack, test_stack_size);
	swapcontext(&f->context, &test_context);
	__sanitizer_finish_switch_fiber(f->asan, &test_stack, &test_stack_size);
}

static void fiber_main(void)
{
	struct fiber *f = &fibers[current];

	__sanitizer_finish_switch_fiber(NULL, &test_stack, &test_stack_size);
	for (;;) {
		f = &fibers[current];
		if (!setjmp(f->top))
			f->job(f->job_context);
		yield();
	}
}

static void resume(unsigned int n)
{
	struct fiber *f = &fibers[n];
	void *asan;

	if (current != NOBODY)
		fake_bug("a CPU cannot run another one");
	if (!f->started) {
		getcontext(&f->context);
		f->context.uc_stack.ss_sp = f->stack;
		f->context.uc_stack.ss_size = FIBER_STACK;
		makecontext(&f->context, fiber_main, 0);
		f->started = true;
	}
	current = n;
	__sanitizer_start_switch_fiber(&asan, f->stack, FIBER_STACK);
	swapcontext(&test_context, &f->context);
	__sanitizer_finish_switch_fiber(asan, NULL, NULL);
	current = NOBODY;
}

void fake_run(unsigned int n, void (*job)(void *), void *context)
{
	fibers[n].job = job;
	fibers[n].job_context = context;
	resume(n);
}

void fake_wake(unsigned int n)
{
	if (fake.cpu[n].where == IN_WFE || fake.cpu[n].where == IN_WFI)
		resume(n);
}

/* Go to the guest without returning to whoever called. */
static __noreturn void leave(enum where where)
{
	self()->where = where;
	longjmp(fibers[current].top, 1);
}

/* Registers. */

void *fake_private_page(void)
{
	return self()->private;
}

const char *const fake_names[REGISTERS] = {
#define NAME(group, name)	#name,
	FAKE_REGISTERS(NAME)
};

/* What must be there for a register to exist: an ID field (or PRIbits) of at least, or exactly, some value. */
struct need {
	enum fake_register id;
	unsigned int high, low;
	unsigned int least;
	bool exactly;
};

static struct need need_of(const char *name)
{
	static const char *const aarch32[] = { "spsr_irq", "spsr_fiq", "spsr_abt", "spsr_und", "dacr32", "ifsr32", "fpexc32" };

	if (!strncmp(name, "dbgb", 4))
		return (struct need){ REG_id_aa64dfr0_el1, 15, 12, (unsigned int)strtoul(name + 6, NULL, 10), false };
	if (!strncmp(name, "dbgw", 4))
		return (struct need){ REG_id_aa64dfr0_el1, 23, 20, (unsigned int)strtoul(name + 6, NULL, 10), false };
	if (!strncmp(name, "icc_ap", 6) && name[8] != '0')
		return (struct need){ REG_icc_ctlr_el1, 10, 8, name[8] == '1' ? 5 : 6, false };
	if (!strncmp(name, "S3_0_C2_", 8))
		return (struct need){ REG_id_aa64isar1_el1, 11, 4, 1, false };
	if (!strncmp(name, "S3_0_C9_C9_", 11) || !strncmp(name, "S3_0_C9_C10_", 12))
		return (struct need){ REG_id_aa64dfr0_el1, 35, 32, 1, false };
	if (!strncmp(name, "S3_0_C1_C2_", 11) || !strncmp(name, "S3_0_C9_C11_", 12))
		return (struct need){ REG_id_aa64dfr0_el1, 47, 44, 1, false };
	if (!strncmp(name, "pm", 2))
		return (struct need){ REG_id_aa64dfr0_el1, 11, 8, 1, false };
	for (unsigned int i = 0; i < ARRAY_SIZE(aarch32); i++)
		if (!strncmp(name, aarch32[i], strlen(aarch32[i])))
			return (struct need){ REG_id_aa64pfr0_el1, 7, 4, 2, true };
	return (struct need){ .high = 0, .least = 0 };
}

bool fake_has(unsigned int n, enum fake_register reg)
{
	static struct need needs[REGISTERS];
	static bool known;
	uint64_t value;

	for (unsigned int i = 0; !known && i < REGISTERS; i++)
		needs[i] = need_of(fake_names[i]);
	known = true;
	value = FIELD(fake.cpu[n].regs[needs[reg].id], needs[reg].high, needs[reg].low);
	return needs[reg].exactly ? value == needs[reg].least : value >= needs[reg].least;
}

/* To touch a register that is not there is an undefined instruction at EL2. */
static uint64_t *reg_at(enum fake_register reg)
{
	if (!fake_has((unsigned int)(self() - fake.cpu), reg))
		fake_bug("%s does not exist", fake_names[reg]);
	return &self()->regs[reg];
}

uint64_t fake_read(enum fake_register reg)
{
	return *reg_at(reg);
}

void fake_write(enum fake_register reg, uint64_t value)
{
	struct fake_cpu *cpu = self();

	switch (reg) {
	case REG_icc_sgi1r_el1:
		gic_sgi((unsigned int)(cpu - fake.cpu), value);
		break;
	case REG_icc_ctlr_el1:	/* PRIbits and others are read-only */
		value = (cpu->regs[reg] & 0xff00) | (value & 0x43);
		break;
	case REG_pmcr_el0:	/* N and what names the implementer are read-only; P and C read as 0 */
		value = (cpu->regs[reg] & 0xfffff800) | (value & 0x7f9);
		break;
	case REG_pmxevtyper_el0:
		cpu->event_types[cpu->regs[REG_pmselr_el0] % 6] = value;
		break;
	default:
		break;
	}
	*reg_at(reg) = value;
}

/* EL2 lets in an SError that its guest has left behind. */
void fake_unmask_serror(void)
{
	if (!self()->serror_pending)
		return;
	self()->serror_pending = false;
	trap_own_serror(self()->x);
}

void fake_wfe(void)
{
	self()->where = IN_WFE;
	yield();
}

void fake_wfi(void)
{
	self()->where = IN_WFI;
	yield();
	self()->where = IN_GUEST;
}

/* What the hypervisor has in assembly. */

__noreturn void cpu_enter_guest(uint64_t pc, uint64_t arg);
void cpu_reset_fp(void);
__noreturn void cpu_leave_el2(uint64_t leave, uint64_t off);

__noreturn void cpu_enter_guest(uint64_t pc, uint64_t arg)
{
	memset(self()->x, 0, sizeof(self()->x));
	self()->x[0] = arg;
	self()->regs[REG_elr_el2] = pc;
	self()->regs[REG_spsr_el2] = SPSR_EL1H_MASKED;
	leave(IN_GUEST);
}

void cpu_reset_fp(void)
{
	self()->fp_clean = true;
}

__noreturn void cpu_leave_el2(uint64_t private, uint64_t off)
{
	(void)private;
	(void)off;
	memcpy(self()->x, THIS_PRIVATE->leave.x, sizeof(self()->x));
	leave(HAS_LEFT);
}

#define FIRMWARE_CPU_OFF	0x84000002
#define FIRMWARE_AFFINITY_INFO	0xc4000004

void firmware_call(uint64_t x[4])
{
	memcpy(fake.firmware, x, sizeof(fake.firmware));
	fake.firmware_calls++;
	if (x[0] == FIRMWARE_CPU_OFF)
		leave(IS_OFF);
	if (x[0] == FIRMWARE_AFFINITY_INFO) {
		if (fake.firmware_dawdles)
			fake_wfi();
		for (unsigned int n = 0; n < CPUS; n++)
			if (board_mpidr[n] == x[1])
				x[0] = fake.cpu[n].where == IS_OFF;
		return;
	}
	for (unsigned int i = 0; i < 4; i++)
		x[i] = 0xf1000000 + i;
}

/* EL2's address space: device registers at an address that is good for nothing else, and one window. */

static unsigned char *devices;
static bool window;

void *el2map_device(paddr_t pa, uint64_t size)
{
	(void)size;
	return devices + (pa.pa - GICD_PA);
}

uint64_t fake_io_address(const uint8_t *at);
uint64_t fake_io_address(const uint8_t *at)
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

static bool cell_reaches(const struct cell *cell, uint64_t pa, uint64_t size)
{
	static struct leaf leaves[2048];
	unsigned int count = cell->stage2.root ? fake_leaves(&cell->stage2, leaves, 2048) : 0;

	for (unsigned int i = 0; i < count; i++)
		if (leaves[i].pa < pa + size && pa < leaves[i].pa + leaves[i].size)
			return true;
	return false;
}

void *window_open(paddr_t pa, uint64_t size)
{
	if (window || size > WINDOW_SIZE || pa.pa < ARENA_BASE || pa.pa + size > ARENA_BASE + ARENA_SIZE)
		fake_bug("window on %lx + %lx", pa.pa, size);
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
		if (cell_reaches(&cells[i], pa.pa, size))
			fake_bug("cell %u reaches %lx + %lx while it is scrubbed", i, pa.pa, size);
	window = true;
	fake.scrubbed += size;
	return fake_memory(pa.pa);
}

void window_close(void)
{
	window = false;
}

void *fake_memory(uint64_t pa)
{
	if (pa - ARENA_BASE < ARENA_SIZE)
		return fake_arena + (pa - ARENA_BASE);
	if (pa - HYPERVISOR < HYPERVISOR_SIZE)
		return __executable_start + (pa - HYPERVISOR);
	return NULL;
}

/* The pool, and the rules for what lies in it. */

static _Alignas(8192) unsigned char pool_memory[POOL_PAGES * PT_PAGE_SIZE];

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
	if (current != NOBODY && fake.dawdle_in && --fake.dawdle_in == 0)
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
	vmid_flushes[self()->regs[REG_vttbr_el2] >> 48 & 255]++;
	flushed();
}

void fake_tlbi_alle1(void)
{
	cpu_flushes[self() - fake.cpu]++;
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

/* The stage 2 that CPU @n runs under. */
static struct stage2 stage2_of(unsigned int n)
{
	return (struct stage2){ .vttbr = fake.cpu[n].regs[REG_vttbr_el2] };
}

/* Guests. */

static void sync_job(void *context)
{
	trap_sync(context);
	self()->where = IN_GUEST;
}

static void serror_job(void *context)
{
	trap_serror(context);
	self()->where = IN_GUEST;
}

void fake_trap(unsigned int n, uint64_t esr)
{
	if (fake.cpu[n].where != IN_GUEST)
		fake_bug("CPU %u is not in its guest", n);
	fake.cpu[n].regs[REG_esr_el2] = esr;
	fake_run(n, sync_job, fake.cpu[n].x);
}

void fake_serror(unsigned int n)
{
	fake.cpu[n].regs[REG_esr_el2] = ESR(EC_SERROR);
	fake_run(n, serror_job, fake.cpu[n].x);
}

static int64_t call(unsigned int n, uint64_t esr, const uint64_t x[4])
{
	memcpy(fake.cpu[n].x, x, 4 * sizeof(*x));
	if (ESR_EC(esr) == EC_HVC64)	/* the preferred return address is past it; an SMC is trapped before */
		fake.cpu[n].regs[REG_elr_el2] += 4;
	fake_trap(n, esr);
	return (int64_t)fake.cpu[n].x[0];
}

int64_t fake_hvc(unsigned int n, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	return call(n, ESR(EC_HVC64), (uint64_t[4]){ function, x1, x2, x3 });
}

int64_t fake_smc(unsigned int n, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	return call(n, ESR(EC_SMC64), (uint64_t[4]){ function, x1, x2, x3 });
}

void fake_msr(unsigned int n, uint64_t reg, uint64_t value)
{
	fake.cpu[n].x[5] = value;
	fake_trap(n, ESR(EC_SYSREG) | reg | 5 << 5);
}

uint64_t fake_mrs(unsigned int n, uint64_t reg)
{
	fake_trap(n, ESR(EC_SYSREG) | reg | 5 << 5 | SYSREG_READ);
	return fake.cpu[n].x[5];
}

enum outcome fake_abort(unsigned int n, uint64_t esr, uint64_t ipa)
{
	struct fake_cpu *cpu = &fake.cpu[n];
	const uint64_t pc = cpu->regs[REG_elr_el2], old_esr = cpu->regs[REG_esr_el1];

	cpu->regs[REG_esr_el1] = ~0ULL;
	cpu->regs[REG_far_el2] = ipa;
	/* Not valid after a permission fault. */
	cpu->regs[REG_hpfar_el2] = FSC_PERMISSION(ABT_FSC(esr)) ? 0xbad0 : (ipa & MASK(47, 12)) >> 8;
	fake_trap(n, esr);
	if (cpu->where != IN_GUEST)
		return ENDED;
	if (cpu->regs[REG_esr_el1] != ~0ULL)
		return INJECTED;
	cpu->regs[REG_esr_el1] = old_esr;
	return cpu->regs[REG_elr_el2] == pc ? RETRIED : SERVED;
}

enum outcome fake_access(unsigned int n, uint64_t ipa, unsigned int size, bool write, uint64_t *value)
{
	const struct stage2 s2 = stage2_of(n);
	uint64_t esr = ESR(EC_DABT_LOWER) | ABT_ISV | 5 << 16 | (write ? ABT_WNR : 0) | (size == 8 ? ABT_SF : 0) |
		       (uint64_t)__builtin_ctz(size) << 22 | 0x7;
	enum outcome outcome;
	struct leaf leaf;

	if (fake_translate(n, &s2, ipa, &leaf)) {
		void *memory = fake_memory(leaf.pa + (ipa & (leaf.size - 1)));

		if (!write || leaf.write) {
			if (memory)
				memcpy(write ? memory : value, write ? value : memory, size);
			return REACHED;
		}
		esr = (esr & ~0x3fULL) | 0xf;	/* permission fault, level 3 */
	}
	fake.cpu[n].x[5] = *value;
	outcome = fake_abort(n, esr, ipa);
	*value = fake.cpu[n].x[5];
	return outcome;
}

enum outcome fake_load(unsigned int n, uint64_t ipa, unsigned int size, uint64_t *value)
{
	*value = 0;
	return fake_access(n, ipa, size, false, value);
}

enum outcome fake_store_to(unsigned int n, uint64_t ipa, unsigned int size, uint64_t value)
{
	return fake_access(n, ipa, size, true, &value);
}

static void fetch(unsigned int n)
{
	const struct stage2 s2 = stage2_of(n);
	struct leaf leaf;

	if (!fake_translate(n, &s2, fake.cpu[n].regs[REG_elr_el2], &leaf))
		fake_abort(n, ESR(EC_IABT_LOWER) | 0x7, fake.cpu[n].regs[REG_elr_el2]);
	else if (!leaf.exec)
		fake_abort(n, ESR(EC_IABT_LOWER) | 0xf, fake.cpu[n].regs[REG_elr_el2]);
}

void fake_settle(void)
{
	/* Twice: what one CPU does can concern another. */
	for (unsigned int i = 0; i < 2 * CPUS; i++) {
		const unsigned int n = i % CPUS;

		if (fake.cpu[n].where == IN_WFE || (fake.cpu[n].where == IN_WFI && gic_signalled(n)))
			fake_wake(n);
		if (fake.cpu[n].where == IN_GUEST)
			fetch(n);
	}
}

/*
 * Power-on. The hypervisor's own data is in sections of its own (see build.mk), kept as they are found at first. Their
 * red zones are copied too, hence no memcpy() that the sanitizer knows of.
 */
extern unsigned char __start_hv_data[], __stop_hv_data[], __start_hv_bss[], __stop_hv_bss[];

__attribute__((no_sanitize("address")))
static void copy_words(void *to, const void *from, size_t size)
{
	volatile uint64_t *p = to;
	const uint64_t *q = from;

	for (size_t i = 0; i < size / 8; i++)
		p[i] = q[i];
}

/* A copy of all that there is but memory: kept with @save, put back otherwise. */
struct copy {
	unsigned char *data, *bss;
	struct fake *fake;
	struct gic *gic;
	unsigned char *pool;
	size_t pool_size;
};

static void copy_piece(void *piece, unsigned char **kept, size_t size, bool save)
{
	if (save) {
		free(*kept);
		*kept = malloc(size + 8);
		copy_words(*kept, piece, size);
	} else {
		copy_words(piece, *kept, size);
	}
}

static void copy_data(struct copy *c, bool save)
{
	copy_piece(__start_hv_data, &c->data, (size_t)(__stop_hv_data - __start_hv_data) & ~7ULL, save);
	copy_piece(__start_hv_bss, &c->bss, (size_t)(__stop_hv_bss - __start_hv_bss) & ~7ULL, save);
}

/* Whatever the CPUs were doing at EL2 is forgotten. */
static void forget(void)
{
	for (unsigned int n = 0; n < CPUS; n++) {
		__asan_unpoison_memory_region(fibers[n].stack, FIBER_STACK);
		fibers[n].started = false;
	}
	current = NOBODY;
	window = false;
	flushed();
	for (unsigned int i = 0; i < 256; i++)
		vmid_flushes[i]++;
}

static struct copy snapshot;

void fake_save(void)
{
	for (unsigned int n = 0; n < CPUS; n++)
		if (fake.cpu[n].where != IN_GUEST)
			fake_bug("CPU %u is at EL2 and cannot be saved", n);
	copy_data(&snapshot, true);
	copy_piece(&fake, (unsigned char **)&snapshot.fake, sizeof(fake), true);
	copy_piece(&gic, (unsigned char **)&snapshot.gic, sizeof(gic), true);
	/* Nothing was given back yet, so the pages in use are about the first ones. */
	snapshot.pool_size = (pool_used() + 8) * PT_PAGE_SIZE;
	copy_piece(pool_memory, &snapshot.pool, snapshot.pool_size, true);
}

bool fake_restore(void)
{
	if (!snapshot.fake)
		return false;
	copy_data(&snapshot, false);
	copy_piece(&fake, (unsigned char **)&snapshot.fake, sizeof(fake), false);
	copy_piece(&gic, (unsigned char **)&snapshot.gic, sizeof(gic), false);
	copy_piece(pool_memory, &snapshot.pool, snapshot.pool_size, false);
	forget();
	return true;
}

static void power_on_cpu(unsigned int n)
{
	struct fake_cpu *cpu = &fake.cpu[n];

	cpu->where = NOT_YET;
	cpu->regs[REG_mpidr_el1] = BIT(31) | board_mpidr[n];
	cpu->regs[REG_midr_el1] = 0x410fd083;
	cpu->regs[REG_ctr_el0] = 0x8444c004;
	cpu->regs[REG_id_aa64mmfr0_el1] = 0x1124;	/* PARange: 44 bits */
	cpu->regs[REG_id_aa64pfr0_el1] = 0x01002222;	/* GIC registers; EL1 can be AArch32 */
	cpu->regs[REG_id_aa64dfr0_el1] = 0x100110305106;	/* 6 breakpoints, 4 watchpoints, PMUv3, SPE, TRBE */
	cpu->regs[REG_id_aa64isar1_el1] = 0x10;		/* pointer authentication */
	cpu->regs[REG_icc_ctlr_el1] = 4 << 8;		/* 5 bits of priority */
	cpu->regs[REG_icc_sre_el2] = 0xf;
	cpu->regs[REG_pmcr_el0] = 0x41013000;		/* 6 counters */
	/* As Linux's stub has them. */
	cpu->regs[REG_hcr_el2] = HCR_RW | HCR_API | HCR_APK | HCR_IMO | HCR_FMO;
	cpu->regs[REG_cptr_el2] = 0x33ff;
	cpu->regs[REG_cnthctl_el2] = 3;
	cpu->regs[REG_vmpidr_el2] = cpu->regs[REG_mpidr_el1];
	cpu->regs[REG_vpidr_el2] = cpu->regs[REG_midr_el1];
	cpu->regs[REG_spsr_el2] = SPSR_EL1H_MASKED;
	cpu->regs[REG_elr_el2] = ARENA_BASE + 0x1000000 + n * 0x1000;
	cpu->regs[REG_sctlr_el1] = SCTLR_EL1_RESET;
}

void fake_reset(void)
{
	static struct copy pristine;

	if (!fake_arena) {
		fake_arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		devices = mmap(NULL, 0x1000000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		for (unsigned int n = 0; n < CPUS; n++)
			fibers[n].stack = mmap(NULL, FIBER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if ((uint64_t)(end - __executable_start) > HYPERVISOR_SIZE)
			fake_bug("HYPERVISOR_SIZE is too small");
	}
	copy_data(&pristine, !pristine.data);
	forget();
	memset(&fake, 0, sizeof(fake));
	for (unsigned int n = 0; n < CPUS; n++)
		power_on_cpu(n);
	gic_power_on();
	pool_init(pool_memory, PA(HYPERVISOR + (uint64_t)((char *)pool_memory - __executable_start)), POOL_PAGES);
}

/* Invariants. */

static bool comm_of(const struct cell *cell, uint64_t pa, uint64_t size)
{
	uint64_t comm = cell->comm ? pool_pa(cell->comm).pa : 0;

	return cell->comm && pa >= comm && pa + size <= comm + PT_COMM_SIZE;
}

static bool touches_hypervisor(uint64_t pa, uint64_t size)
{
	return pa < board.hypervisor + board.hypervisor_size && board.hypervisor < pa + size;
}

/* The root may read the status, the console and communication areas, and write the call page. */
static void check_root_leaf(const struct leaf *l)
{
	const uint64_t status_pa = image_pa(&status).pa;

	if (l->ipa != l->pa)
		fake_bug("the root's map is no identity at %lx", l->ipa);
	if (!touches_hypervisor(l->pa, l->size))
		return;
	if (l->pa == status.call_page && l->size == PT_PAGE_SIZE && !l->exec)
		return;
	if (l->write || l->exec)
		fake_bug("the root can write the hypervisor at %lx", l->pa);
	if (l->pa >= status_pa && l->pa + l->size <= status_pa + ((sizeof(status) + 4095) & ~4095ULL))
		return;
	if (l->pa >= status.console && l->pa + l->size <= status.console + PT_CONSOLE_SIZE)
		return;
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		if (comm_of(&cells[i], l->pa, l->size))
			return;
	fake_bug("the root can read the hypervisor at %lx", l->pa);
}

static void check_cell_leaf(const struct cell *cell, const struct leaf *l)
{
	if (comm_of(cell, l->pa, l->size)) {
		if (l->exec || !l->uncached || (l->write && l->pa == pool_pa(cell->comm).pa))
			fake_bug("cell %u can write its info page", cell->id);
		return;
	}
	if (touches_hypervisor(l->pa, l->size))
		fake_bug("cell %u reaches the hypervisor at %lx", cell->id, l->pa);
	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_region *r = &cell->regions[i];

		if (l->pa >= r->pa && l->pa + l->size <= r->pa + r->size && l->ipa - r->ipa == l->pa - r->pa &&
		    l->write == !!(r->flags & PT_REGION_WRITE) && l->exec == !!(r->flags & PT_REGION_EXEC) &&
		    l->device == !!(r->flags & PT_REGION_DEVICE) && !l->uncached)
			return;
	}
	fake_bug("cell %u reaches %lx, which is not its own", cell->id, l->pa);
}

/* The root's leaves are in order, and their addresses are the physical ones. */
static bool root_reaches(const struct leaf *root, unsigned int count, uint64_t pa, uint64_t size)
{
	unsigned int low = 0, high = count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (root[middle].pa + root[middle].size <= pa)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && root[low].pa < pa + size;
}

static void check_memory(void)
{
	static struct leaf root[8192], own[8192];
	unsigned int root_count = fake_leaves(&cells[0].stage2, root, 8192), count;

	for (unsigned int k = 0; k < root_count; k++)
		check_root_leaf(&root[k]);
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++) {
		if (!cells[i].stage2.root)
			continue;
		count = fake_leaves(&cells[i].stage2, own, 8192);
		if (count && !cell_running(&cells[i]))
			fake_bug("cell %u is not running and reaches memory", i);
		for (unsigned int j = 0; j < count; j++) {
			check_cell_leaf(&cells[i], &own[j]);
			if (!comm_of(&cells[i], own[j].pa, own[j].size) &&
			    root_reaches(root, root_count, own[j].pa, own[j].size))
				fake_bug("page %lx is cell %u's and the root's", own[j].pa, i);
		}
	}
	/* Regions of different cells: whether or not anything is mapped at the moment. */
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		for (unsigned int j = 1; j < i; j++)
			for (uint32_t a = 0; a < cells[i].region_count; a++)
				for (uint32_t b = 0; b < cells[j].region_count; b++) {
					const struct pt_region *r = &cells[i].regions[a], *s = &cells[j].regions[b];

					if (r->pa < s->pa + s->size && s->pa < r->pa + r->size)
						fake_bug("cells %u and %u own %lx", i, j, r->pa);
				}
}

static void check_cpus(void)
{
	uint64_t seen = 0;

	for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
		if (cells[i].cpus & seen)
			fake_bug("a CPU has two owners");
		seen |= cells[i].cpus;
		if (cells[i].cpus && !cell_exists(&cells[i]))
			fake_bug("no cell %u, but it has CPUs", i);
	}
	for (unsigned int n = 0; n < status.cpu_count; n++)
		if (!cell_owns_cpu(cpus[n].cell, n) || cpus[n].status->cell != cpus[n].cell->id)
			fake_bug("CPU %u does not know its owner", n);
}

static void check_spis(void)
{
	for (unsigned int word = 1; word < 32; word++) {
		uint32_t seen = 0;

		for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
			if (cells[i].spis[word] & seen)
				fake_bug("an SPI of word %u has two owners", word);
			seen |= cells[i].spis[word];
		}
		if (seen != ~0u)
			fake_bug("an SPI of word %u has no owner", word);
	}
	for (uint32_t intid = 32; intid < SPI_LIMIT; intid++)
		for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
			if (cell_owns_spi(&cells[i], intid) && gic.route[intid] &&
			    !cell_cpu_by_mpidr(&cells[i], gic.route[intid]))
				fake_bug("SPI %u of cell %u goes to a CPU of another", intid, i);
}

static void check_pool(void)
{
	unsigned int pages = 0;

	for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
		pages += cells[i].stage2.root ? fake_tables(&cells[i].stage2) : 0;
		pages += cells[i].blob ? 1 : 0;
		pages += cells[i].comm ? PT_COMM_SIZE / PT_PAGE_SIZE : 0;
	}
	if (pages != pool_used())
		fake_bug("%u pages of the pool are taken, %u are accounted for", pool_used(), pages);
}

void fake_check(void)
{
	if (window)
		fake_bug("the window was left open");
	if (broken_count)
		fake_bug("entries were cleared and not flushed");
	check_memory();
	check_cpus();
	check_spis();
	check_pool();
}
