/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rooms of the benchmark cell share: the clock, the statistics, and the machine. The MMU is off, so that all
 * memory is device memory: accesses are aligned and in order, and there are no exclusives.
 *
 * The unit. Under QEMU's -icount shift=0 with a counter of 1 GHz, CNTVCT_EL0 advances by one with each instruction that any CPU
 * executes, and by nothing else while one is awake. Taking an exception costs nothing by itself; an instruction that traps to
 * report what it wanted (SVC, HVC, SMC, a trapped MRS or MSR) counts 1 even though it is not completed, one that aborts
 * (a load or store without a mapping) counts 0. Barriers count 1, whatever they wait for.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include "platform.h"

#define BIT(n)			(1ull << (n))
#define NO_CPU			(~0ull)
#define WARM_UP			16

/* All is in one image: what is declared is found relative to the code, not through a table that needs relocation. */
#define HIDDEN	__attribute__((visibility("hidden")))
#pragma GCC visibility push(hidden)

extern const volatile struct platform platform;
extern const volatile uint64_t started;

/* What a macro stands for, as text. */
#define STRING_NAMED(text)	#text
#define STRING(text)		STRING_NAMED(text)

/* --- the CPU ----------------------------------------------------------------------------------------------------- */

#define ICC_PMR_EL1		S3_0_C4_C6_0
#define ICC_IAR1_EL1		S3_0_C12_C12_0
#define ICC_EOIR1_EL1		S3_0_C12_C12_1
#define ICC_BPR1_EL1		S3_0_C12_C12_3
#define ICC_CTLR_EL1		S3_0_C12_C12_4
#define ICC_SRE_EL1		S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1		S3_0_C12_C12_7
#define ICC_SGI1R_EL1		S3_0_C12_C11_5

#define read_sysreg_named(name) ({								\
	uint64_t value_;									\
	asm volatile("mrs %0, " #name : "=r"(value_) : : "memory");				\
	value_;											\
})
#define write_sysreg_named(name, value)								\
	asm volatile("msr " #name ", %x0" : : "rZ"((uint64_t)(value)) : "memory")
/* Register macros from above are expanded first. */
#define read_sysreg(name)		read_sysreg_named(name)
#define write_sysreg(name, value)	write_sysreg_named(name, value)

static inline void isb(void)
{
	asm volatile("isb" : : : "memory");
}

static inline void irqs_on(void)
{
	asm volatile("msr daifclr, #2" : : : "memory");
}

static inline void irqs_off(void)
{
	asm volatile("msr daifset, #2" : : : "memory");
}

static inline uint64_t now(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

/* Where all CPUs take turns on one thread of the emulator, this gives the turn to the next one. */
static inline void yield(void)
{
	asm volatile("yield" : : : "memory");
}

static inline uint32_t read32(uint64_t address)
{
	uint32_t value;

	asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

static inline void write32(uint64_t address, uint32_t value)
{
	asm volatile("str %w0, [%1]" : : "r"(value), "r"(address) : "memory");
}

static inline void write64(uint64_t address, uint64_t value)
{
	asm volatile("str %0, [%1]" : : "r"(value), "r"(address) : "memory");
}

/* --- measuring --------------------------------------------------------------------------------------------------- */

/* Counter ticks of one instruction in straight line, with what reading the counter costs in it. */
#define TIMED(instruction, clobbers, operands...) ({						\
	uint64_t from_, to_;									\
	asm volatile("isb\n\t"									\
		     "mrs %[from], cntvct_el0\n\t"						\
		     instruction "\n\t"								\
		     "isb\n\t"									\
		     "mrs %[to], cntvct_el0"							\
		     : [from] "=&r"(from_), [to] "=&r"(to_) : operands : "memory" clobbers);	\
	to_ - from_;										\
})
#define CLOBBERS(registers...)	, registers

/* The SMC Calling Convention leaves x18 and up alone; that x4 to x17 are too is true of its later versions only. */
#define CALL_CLOBBERS	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17"

#define TIMED_CALL(instruction, call) ({							\
	register uint64_t x0_ asm("x0") = (call)[0];						\
	register uint64_t x1_ asm("x1") = (call)[1];						\
	register uint64_t x2_ asm("x2") = (call)[2];						\
	register uint64_t x3_ asm("x3") = (call)[3];						\
	uint64_t from_, to_;									\
	asm volatile("isb\n\t"									\
		     "mrs %[from], cntvct_el0\n\t"						\
		     instruction "\n\t"								\
		     "isb\n\t"									\
		     "mrs %[to], cntvct_el0"							\
		     : [from] "=&r"(from_), [to] "=&r"(to_), "+r"(x0_), "+r"(x1_), "+r"(x2_),	\
		       "+r"(x3_)								\
		     : : "memory", CALL_CLOBBERS);						\
	to_ - from_;										\
})

struct stats {
	uint64_t min, sum, max, samples;
};

#define NO_STATS	((struct stats){ .min = ~0ull })

static inline void stats_add(struct stats *stats, uint64_t value)
{
	if (value < stats->min)
		stats->min = value;
	if (value > stats->max)
		stats->max = value;
	stats->sum += value;
	stats->samples++;
}

/* What TIMED costs with no instruction in it. */
uint64_t timed_nothing(void);

/* As many samples of an expression as the platform asks for, after some that do not count. */
#define SAMPLE(expression) ({									\
	struct stats stats_ = NO_STATS;								\
	for (uint64_t i_ = 0; i_ < WARM_UP + platform.samples; i_++) {				\
		const uint64_t value_ = (expression);						\
		if (i_ >= WARM_UP)								\
			stats_add(&stats_, value_);						\
	}											\
	stats_;											\
})

/* --- the rooms --------------------------------------------------------------------------------------------------- */

/* console.c */
void print(const char *text);
void print_number(uint64_t number);
void print_hex(uint64_t number);
void print_result(const char *metric, const struct stats *stats);

/* gic.c: the CPU's own redistributor, another CPU's; interrupts of this CPU. */
#define GICR_SGI_BASE	0x10000
uint64_t gicr_of(uint64_t mpidr);
uint64_t gicr_here(void);
void gic_start(void);
void gic_start_cpu(void);
void gic_enable_private(uint32_t intid);
void gic_enable_spi(uint32_t intid);
uint64_t sgi_to(uint64_t mpidr, uint32_t intid);

/* psci.c: the firmware, the other CPU, the end. */
int64_t psci(uint32_t function, uint64_t first, uint64_t second, uint64_t third);
void second_call(uint64_t call[4]);
void second_wait(void);
void second_on(void);
void second_off(void);
__attribute__((noreturn)) void fail(const char *reason);
__attribute__((noreturn)) void second_leaves(void);
__attribute__((noreturn)) void finish(void);

/* interrupts.c: from an event to the handler, and the tick. */
#define SGI_TEST	1
#define SGI_LEAVE	2	/* for the other CPU: turn off */
struct arrival {
	uint64_t count;		/* of interrupts taken */
	uint64_t at;		/* CNTVCT_EL0 in the first instruction of the last handler */
};
extern volatile struct arrival arrival;
void interrupts_start(void);
void rest(void);		/* sleep until whoever has started the cell is done with that */
void timer_busy(const char *metric);
void timer_wfi(const char *metric);
void device_spi(const char *metric);
void sgi_self(const char *metric);
void sgi_other(const char *metric);
void tick_cost(const char *metric);
void entries_busy(const char *metric);
void entries_idle(const char *metric);

/* worst.c: the longest branches of each reason to enter the hypervisor. */
void worst_hvc(const char *metric);
void worst_smc(const char *metric);
void worst_wfi(const char *metric);
void worst_sgi(const char *metric);
void worst_sysreg(const char *metric);
void worst_gicd(const char *metric);
void worst_gicr(const char *metric);

#pragma GCC visibility pop

#endif
