// SPDX-License-Identifier: GPL-2.0-only
/*
 * From an event to the first instruction of the handler that answers it, and what a periodic tick takes away. The
 * handler reads the counter before anything else (vectors.S); all that it does afterwards is outside of the figures.
 */
#include "bench.h"
#include "tick.h"

#define UARTDR		0x00
#define UARTIBRD	0x24
#define UARTFBRD	0x28
#define UARTLCR_H	0x2c
#define UARTLCR_8BITS	0x60
#define UARTCR		0x30
#define UARTCR_ON	0x301	/* UARTEN, TXE, RXE */
#define UARTIMSC	0x38
#define UARTRIS		0x3c
#define UARTINT_TX	BIT(5)

#define SPURIOUS	1020
#define AHEAD		20000	/* the compare value, from now */
#define AHEAD_ASLEEP	100000	/* ... longer than the way into any hypervisor's sleep, and the slack of its timers */
#define REST		100000000ull	/* 0.1 s */
#define PHASE		250000000ull	/* in which a supervisor counts entries: 0.25 s */

/* vectors.S */
extern char vectors[] HIDDEN, tick_vectors[] HIDDEN;
/* In wait_asleep(). */
extern char asleep_check[] HIDDEN, asleep_checked[] HIDDEN;

volatile struct arrival arrival;
volatile struct tick tick;

/* An interrupt between the last look at what has arrived and the WFI would be slept over: the WFI is left out. */
static void skip_sleep(void)
{
	const uint64_t pc = read_sysreg(elr_el1);

	if (pc >= (uint64_t)asleep_check && pc < (uint64_t)asleep_checked)
		write_sysreg(elr_el1, (uint64_t)asleep_checked);
}

/* vectors.S */
void irq(uint64_t at);

void irq(uint64_t at)
{
	const uint32_t intid = (uint32_t)read_sysreg(ICC_IAR1_EL1);

	if (intid >= SPURIOUS)
		return;
	if (intid == SGI_LEAVE) {
		write_sysreg(ICC_EOIR1_EL1, intid);
		second_leaves();
	}
	if (intid == platform.timer_ppi)
		write_sysreg(cntv_ctl_el0, 0);
	else if (platform.uart_direct && intid == platform.uart_spi)
		write32(platform.uart_direct + UARTIMSC, 0);
	isb();
	skip_sleep();
	arrival.at = at;
	arrival.count++;
	write_sysreg(ICC_EOIR1_EL1, intid);
	isb();
}

void interrupts_start(void)
{
	gic_enable_private(platform.timer_ppi);
	gic_enable_private(SGI_TEST);
	tick.intid = platform.timer_ppi;
	irqs_on();
}

/* --- the timer ---------------------------------------------------------------------------------------------------- */

static void wait_awake(uint64_t count)
{
	while (arrival.count == count)
		;
}

/* There is one of it, because skip_sleep() knows it. */
__attribute__((noinline)) static void wait_asleep(uint64_t count)
{
	uint64_t seen;

	asm volatile("asleep_check:\n\t"
		     "ldr %[seen], [%[at]]\n\t"
		     "cmp %[seen], %[count]\n\t"
		     "b.ne 1f\n\t"
		     "wfi\n"
		     "asleep_checked:\n\t"
		     "b asleep_check\n"
		     "1:"
		     : [seen] "=&r"(seen) : [at] "r"(&arrival.count), [count] "r"(count) : "memory", "cc");
}

static void timer_start(uint64_t compare)
{
	write_sysreg(cntv_cval_el0, compare);
	write_sysreg(cntv_ctl_el0, 1);
	isb();
}

void rest(void)
{
	const uint64_t count = arrival.count;

	timer_start(now() + REST);
	wait_asleep(count);
}

static uint64_t timer_latency(bool asleep)
{
	const uint64_t count = arrival.count, compare = now() + (asleep ? AHEAD_ASLEEP : AHEAD);

	timer_start(compare);
	if (asleep)
		wait_asleep(count);
	else
		wait_awake(count);
	return arrival.at - compare;
}

void timer_busy(const char *metric)
{
	const struct stats stats = SAMPLE(timer_latency(false));

	print_result(metric, &stats);
}

void timer_wfi(const char *metric)
{
	const struct stats stats = SAMPLE(timer_latency(true));

	print_result(metric, &stats);
}

/* --- events that an instruction causes ---------------------------------------------------------------------------- */

/* The counter before an instruction after which an interrupt is taken. */
#define BEFORE(instruction, operands...) ({							\
	uint64_t from_;										\
	asm volatile("isb\n\t"									\
		     "mrs %[from], cntvct_el0\n\t"						\
		     instruction								\
		     : [from] "=&r"(from_) : operands : "memory");				\
	from_;											\
})

/* What one reading of the counter right after another has passed: the instruction that is the first reading. */
static uint64_t two_readings(void)
{
	uint64_t least = ~0ull, from, to;

	for (unsigned int i = 0; i < WARM_UP; i++) {
		asm volatile("isb\n\tmrs %0, cntvct_el0\n\tmrs %1, cntvct_el0" : "=r"(from), "=r"(to) : : "memory");
		if (to - from < least)
			least = to - from;
	}
	return least;
}

/*
 * The transmitter's interrupt is raw since a byte was sent, here a line feed: unmasking it is an event at a known instruction.
 * The handler masks it again.
 */
static void uart_start(void)
{
	write32(platform.uart_direct + UARTIMSC, 0);
	write32(platform.uart_direct + UARTCR, 0);
	write32(platform.uart_direct + UARTIBRD, 1);
	write32(platform.uart_direct + UARTFBRD, 0);
	write32(platform.uart_direct + UARTLCR_H, UARTLCR_8BITS);
	write32(platform.uart_direct + UARTCR, UARTCR_ON);
	write32(platform.uart_direct + UARTDR, '\n');
	while (!(read32(platform.uart_direct + UARTRIS) & UARTINT_TX))
		;
}

static uint64_t spi_latency(void)
{
	const uint64_t count = arrival.count;
	const uint64_t from = BEFORE("str %w[v], [%[at]]", [v] "r"(UARTINT_TX),
				     [at] "r"(platform.uart_direct + UARTIMSC));

	wait_awake(count);
	return arrival.at - from;
}

void device_spi(const char *metric)
{
	const uint64_t empty = two_readings();
	struct stats stats;

	if (!platform.uart_direct)
		return;
	uart_start();
	gic_enable_spi(platform.uart_spi);
	stats = SAMPLE(spi_latency() - empty);
	print_result(metric, &stats);
}

static uint64_t self_latency(uint64_t sgi)
{
	const uint64_t count = arrival.count;
	const uint64_t from = BEFORE("msr " STRING(ICC_SGI1R_EL1) ", %[sgi]\n\tisb", [sgi] "r"(sgi));

	wait_awake(count);
	return arrival.at - from;
}

void sgi_self(const char *metric)
{
	const uint64_t empty = two_readings(), sgi = sgi_to(read_sysreg(mpidr_el1), SGI_TEST);
	const struct stats stats = SAMPLE(self_latency(sgi) - empty);

	print_result(metric, &stats);
}

/*
 * The receiver sleeps; the sender yields as soon as it has sent. The emulator runs one CPU at a time, so that this is
 * the sender's path and the receiver's one after the other, and nothing else.
 */
static uint64_t other_latency(uint64_t sgi)
{
	const uint64_t count = arrival.count, settled = now() + AHEAD;
	uint64_t from;

	/* It gets to sleep in the meantime; two turns, should one be cut short. */
	yield();
	while (now() < settled)
		;
	yield();
	from = BEFORE("msr " STRING(ICC_SGI1R_EL1) ", %[sgi]\n\tisb\n\tyield", [sgi] "r"(sgi));
	while (arrival.count == count)
		yield();
	return arrival.at - from;
}

void sgi_other(const char *metric)
{
	const uint64_t empty = two_readings(), sgi = sgi_to(platform.second_mpidr, SGI_TEST);
	struct stats stats;

	if (platform.second_mpidr == NO_CPU)
		return;
	stats = SAMPLE(other_latency(sgi) - empty);
	print_result(metric, &stats);
}

/* --- the tick ----------------------------------------------------------------------------------------------------- */

static void tick_start(uint64_t first)
{
	irqs_off();
	write_sysreg(vbar_el1, (uint64_t)tick_vectors);
	tick.count = 0;
	timer_start(first);
	irqs_on();
}

static uint64_t tick_stop(void)
{
	irqs_off();
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(vbar_el1, (uint64_t)vectors);
	isb();
	irqs_on();
	return tick.count;
}

/* Two instructions a turn; returns how long they took. */
__attribute__((noinline)) static uint64_t work(uint64_t turns)
{
	const uint64_t from = now();

	asm volatile("1:\n\t"
		     "subs %0, %0, #1\n\t"
		     "b.ne 1b" : "+r"(turns) : : "cc");
	return now() - from;
}

/* One period of work with a tick in the middle of it. */
static uint64_t ticked_work(void)
{
	uint64_t ticks;

	tick_start(now() + TICK_PERIOD / 2);
	ticks = work(TICK_PERIOD / 2);
	if (tick_stop() != 1)
		fail("not one tick in a period");
	return ticks;
}

/*
 * What the work takes longer with a tick in it than at best without. In so long a time something else may go on, on a
 * system that has something else to do: that is in the mean and the maximum, as everywhere.
 */
void tick_cost(const char *metric)
{
	uint64_t alone = ~0ull;
	struct stats stats;

	for (unsigned int i = 0; i < WARM_UP; i++) {
		const uint64_t ticks = work(TICK_PERIOD / 2);

		if (ticks < alone)
			alone = ticks;
	}
	stats = SAMPLE(ticked_work() - alone);
	print_result(metric, &stats);
}

static void print_phase(const char *word, const char *metric)
{
	print(word);
	print(" ");
	print(metric);
}

static void print_end(const char *metric, uint64_t ticks)
{
	print_phase("end", metric);
	print(" ");
	print_number(ticks);
	print("\n");
}

void entries_busy(const char *metric)
{
	uint64_t ticks;

	print_phase("begin", metric);
	print("\n");
	tick_start(now() + TICK_PERIOD);
	ticks = work(PHASE / 2);
	tick_stop();
	print_end(metric, ticks);
}

void entries_idle(const char *metric)
{
	uint64_t from, ticks;

	print_phase("begin", metric);
	print("\n");
	tick_start(now() + TICK_PERIOD);
	from = now();
	do {
		asm volatile("wfi" : : : "memory");
		ticks = now() - from;
	} while (ticks < PHASE);
	tick_stop();
	print_end(metric, ticks);
}
