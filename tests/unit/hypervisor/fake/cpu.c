// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs: fibers while they are at EL2, registers, and what the hypervisor has in assembly. The firmware too.
 */
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
#include <machine/cpu.h>
#include "internal.h"

#define FIBER_STACK	(256 * 1024)
#define NOBODY		CPUS

struct fake fake;
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

struct fake_cpu *fake_self(void)
{
	return &fake.cpu[current == NOBODY ? 0 : current];
}

bool fake_in_test(void)
{
	return current == NOBODY;
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

void cpu_forget(void)
{
	for (unsigned int n = 0; n < CPUS; n++) {
		if (!fibers[n].stack)
			fibers[n].stack = mmap(NULL, FIBER_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		__asan_unpoison_memory_region(fibers[n].stack, FIBER_STACK);
		fibers[n].started = false;
	}
	current = NOBODY;
}

/* Go to the guest without returning to whoever called. */
static __noreturn void leave(enum where where)
{
	fake_self()->where = where;
	longjmp(fibers[current].top, 1);
}

/* Registers. */

void *fake_private_page(void)
{
	return fake_self()->private;
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
	if (!strncmp(name, "icc_", 4) && strncmp(name, "icc_ap", 6) != 0)
		return (struct need){ REG_id_aa64pfr0_el1, 27, 24, 1, false };
	if (!strcmp(name, "icc_ap1r0_el1") || !strcmp(name, "ich_hcr_el2"))
		return (struct need){ REG_id_aa64pfr0_el1, 27, 24, 1, false };
	if (!strncmp(name, "icc_ap", 6) && name[8] != '0')
		return (struct need){ REG_icc_ctlr_el1, 10, 8, name[8] == '1' ? 5 : 6, false };
	if (!strncmp(name, "S3_0_C2_", 8))
		return (struct need){ REG_id_aa64isar1_el1, 11, 4, 1, false };
	if (!strncmp(name, "S3_0_C9_C9_", 11) || !strncmp(name, "S3_0_C9_C10_", 12))
		return (struct need){ REG_id_aa64dfr0_el1, 35, 32, 1, false };
	if (!strcmp(name, "S3_0_C1_C2_0") || !strcmp(name, "S3_4_C1_C2_0"))
		return (struct need){ REG_id_aa64pfr0_el1, 35, 32, 1, false };
	if (!strcmp(name, "S3_3_C4_C2_2"))
		return (struct need){ REG_id_aa64pfr1_el1, 27, 24, 1, false };
	if (!strcmp(name, "S2_1_C9_C0_0"))
		return (struct need){ REG_id_aa64dfr0_el1, 55, 52, 1, false };
	if (!strcmp(name, "S3_0_C10_C4_3"))
		return (struct need){ REG_id_aa64mmfr1_el1, 19, 16, 1, false };
	if (!strcmp(name, "S3_4_C1_C2_2"))
		return (struct need){ REG_id_aa64mmfr1_el1, 43, 40, 1, false };
	if (!strncmp(name, "S3_4_C1_C1_", 11) || !strncmp(name, "S3_4_C3_C1_", 11))
		return (struct need){ REG_id_aa64mmfr0_el1, 59, 56, 1, false };
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

/* What CPTR_EL2 keeps even EL2 from: by TZ, and by TSM. */
static bool closed(enum fake_register reg)
{
	const uint64_t cptr = fake_self()->regs[REG_cptr_el2];

	if (reg == REG_S3_0_C1_C2_0 || reg == REG_S3_4_C1_C2_0)
		return cptr & BIT(8);
	return reg == REG_S3_3_C4_C2_2 && (cptr & BIT(12));
}

/* To touch a register that is not there, or closed, is an exception at EL2. */
static uint64_t *reg_at(enum fake_register reg)
{
	if (closed(reg))
		fake_bug("%s is closed by CPTR_EL2", fake_names[reg]);
	if (!fake_has((unsigned int)(fake_self() - fake.cpu), reg))
		fake_bug("%s does not exist", fake_names[reg]);
	return &fake_self()->regs[reg];
}

/* Time passes for whoever looks at the clock, and for all others. */
static uint64_t clock_read(void)
{
	if (!fake_in_test()) {
		fake.clock += CLOCK_STEP;
		fake_wfe();
	}
	return fake.clock;
}

uint64_t fake_read(enum fake_register reg)
{
	return reg == REG_cntpct_el0 ? clock_read() : *reg_at(reg);
}

void fake_write(enum fake_register reg, uint64_t value)
{
	struct fake_cpu *cpu = fake_self();

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
	if (!fake_self()->serror_pending)
		return;
	fake_self()->serror_pending = false;
	trap_own_serror(this_cpu(), fake_self()->x);
}

uint32_t fake_crc32(uint32_t crc, uint64_t word)
{
	for (unsigned int i = 0; i < 64; i++, word >>= 1)
		crc = (crc >> 1) ^ ((crc ^ (uint32_t)word) & 1 ? 0xedb88320 : 0);
	return crc;
}

void fake_wfe(void)
{
	fake_self()->where = IN_WFE;
	yield();
}

void fake_wfi(void)
{
	fake_self()->where = IN_WFI;
	yield();
	fake_self()->where = IN_GUEST;
}

/* What the hypervisor has in assembly. */

__noreturn void cpu_enter_guest(uint64_t pc, uint64_t arg);
void cpu_reset_fp(void);
void cpu_reset_sve(void);
void cpu_save_fp(uint64_t v[32][2]);
void cpu_load_fp(const uint64_t v[32][2]);
__noreturn void cpu_leave_el2(uint64_t leave, uint64_t off);

__noreturn void cpu_enter_guest(uint64_t pc, uint64_t arg)
{
	memset(fake_self()->x, 0, sizeof(fake_self()->x));
	fake_self()->x[0] = arg;
	fake_self()->regs[REG_elr_el2] = pc;
	fake_self()->regs[REG_spsr_el2] = SPSR_EL1H_MASKED;
	leave(IN_GUEST);
}

void trace_overflow(void)
{
	trace_judge(this_cpu());
}

/* In streaming mode, and with vectors that EL2 sees in part, it would not be what it is for. */
void cpu_reset_fp(void)
{
	const uint64_t *regs = fake_self()->regs;

	if (FIELD(regs[REG_id_aa64pfr1_el1], 27, 24) && (regs[REG_S3_3_C4_C2_2] & 1))
		fake_bug("FP in streaming mode");
	if (!(regs[REG_cptr_el2] & BIT(8)) && FIELD(regs[REG_S3_4_C1_C2_0], 3, 0) != 0xf)
		fake_bug("FP with short vectors");
	fake_self()->fp_clean = true;
}

void cpu_save_fp(uint64_t v[32][2])
{
	memcpy(v, fake_self()->v, sizeof(fake_self()->v));
}

void cpu_load_fp(const uint64_t v[32][2])
{
	memcpy(fake_self()->v, v, sizeof(fake_self()->v));
}

void cpu_reset_sve(void)
{
	if (fake_self()->regs[REG_cptr_el2] & BIT(8))
		fake_bug("SVE is closed by CPTR_EL2");
	fake_self()->sve_clean = true;
}

__noreturn void cpu_leave_el2(uint64_t private, uint64_t off)
{
	(void)private;
	(void)off;
	memcpy(fake_self()->x, THIS_PRIVATE->leave.x, sizeof(fake_self()->x));
	leave(HAS_LEFT);
}

#define FIRMWARE_CPU_OFF	0x84000002
#define FIRMWARE_SYSTEM_RESET	0x84000009
#define FIRMWARE_CPU_ON		0xc4000003
#define FIRMWARE_AFFINITY_INFO	0xc4000004

static unsigned int cpu_called(uint64_t mpidr)
{
	unsigned int n = 0;

	while (n < CPUS && board_mpidr[n] != mpidr)
		n++;
	return n;
}

static uint64_t turn_on(const uint64_t x[4])
{
	const unsigned int n = cpu_called(x[1]);

	if (fake.firmware_refuses || n == CPUS)
		return (uint64_t)-2;
	if (x[2] != board.hypervisor || fake.cpu[n].where != NOT_YET)
		fake_bug("CPU %u is turned on at %lx", n, x[2]);
	fake.cpu[n].where = CALLED;
	fake.called[fake.call_count++] = n;
	return 0;
}

void firmware_smc(uint64_t x[4]);
void firmware_hvc(uint64_t x[4]);

void firmware_smc(uint64_t x[4])
{
	memcpy(fake.firmware, x, sizeof(fake.firmware));
	fake.firmware_calls++;
	switch (x[0]) {
	case FIRMWARE_CPU_OFF:
		while (fake.firmware_keeps)
			fake_wfe();
		leave(IS_OFF);
	case FIRMWARE_AFFINITY_INFO:
		if (fake.firmware_dawdles)
			fake_wfi();
		if (cpu_called(x[1]) < CPUS)
			x[0] = fake.cpu[cpu_called(x[1])].where == IS_OFF;
		return;
	case FIRMWARE_CPU_ON:
		x[0] = turn_on(x);
		return;
	case FIRMWARE_SYSTEM_RESET:
		fake.resets++;
		if (status.booted)
			leave(IS_OFF);
	}
	for (unsigned int i = 0; i < 4; i++)
		x[i] = 0xf1000000 + i;
}

void firmware_hvc(uint64_t x[4])
{
	(void)x;
	fake_bug("the firmware is not called by HVC");
}
