// SPDX-License-Identifier: GPL-2.0-only
/*
 * The benchmark cell: counts what each path costs the guest, on whatever is under it, with the same instructions everywhere.
 * Here: the list of all metrics, and those that are a round trip of one instruction. What each line that it prints means:
 * tests/bench/image.py.
 */
#include "bench.h"

#define GICD_TYPER	0x0004
#define GICR_WAKER	0x0014
#define PSCI_VERSION	0x84000000u

#define READ(address)		TIMED("ldr w1, [%[at]]", CLOBBERS("x1"), [at] "r"(address))
#define WRITE(address, value)	TIMED("str %w[v], [%[at]]",, [v] "r"(value), [at] "r"(address))

uint64_t timed_nothing(void)
{
	uint64_t least = ~0ull;

	/* Where a host has a tick of its own, one of them may be hit, but not all. */
	for (unsigned int i = 0; i < WARM_UP; i++) {
		const uint64_t cost = TIMED("",);

		if (cost < least)
			least = cost;
	}
	return least;
}

static void hypercall(const char *metric)
{
	const uint64_t empty = timed_nothing(), call[4] = { platform.hypercall };
	struct stats stats;

	/* With nobody to answer there is no cheaper call than none: the limit is any instruction. */
	if (platform.hypercall)
		stats = SAMPLE(TIMED_CALL("hvc #0", call) - empty);
	else
		stats = SAMPLE(TIMED("nop",) - empty);
	print_result(metric, &stats);
}

static void psci_version(const char *metric)
{
	const uint64_t empty = timed_nothing(), call[4] = { PSCI_VERSION };
	struct stats stats;

	if (platform.conduit != CONDUIT_SMC)
		return;
	stats = SAMPLE(TIMED_CALL("smc #0", call) - empty);
	print_result(metric, &stats);
}

static void load(const char *metric, uint64_t address)
{
	const uint64_t empty = timed_nothing();
	const struct stats stats = SAMPLE(READ(address) - empty);

	print_result(metric, &stats);
}

static void store(const char *metric, uint64_t address, uint32_t value)
{
	const uint64_t empty = timed_nothing();
	const struct stats stats = SAMPLE(WRITE(address, value) - empty);

	print_result(metric, &stats);
}

/* Bit 0 of platform.metrics is the first, and so on; tests/bench/metrics.py has the same order. */
static void measure_all(void)
{
	const uint64_t isenabler = platform.gicd + platform.spi_word;
	uint32_t bit = 0;

#define METRIC(function, name, arguments...)							\
	do {											\
		if (platform.metrics & BIT(bit++))						\
			function(name, ##arguments);						\
	} while (0)

	METRIC(hypercall, "hypercall");
	METRIC(psci_version, "psci-version");
	METRIC(load, "gicd-typer-read", platform.gicd + GICD_TYPER);
	METRIC(load, "gicd-isenabler-read", isenabler);
	METRIC(store, "gicd-isenabler-write", isenabler, 1u << (platform.uart_spi % 32));
	METRIC(load, "gicr-waker-read", gicr_here() + GICR_WAKER);
	METRIC(timer_busy, "timer-busy");
	METRIC(timer_wfi, "timer-wfi");
	METRIC(device_spi, "spi");
	METRIC(sgi_self, "sgi-self");
	METRIC(sgi_other, "sgi-other");
	METRIC(tick_cost, "tick");
	METRIC(entries_busy, "entries-busy");
	METRIC(entries_idle, "entries-idle");
	bit = 16;
	METRIC(worst_hvc, "worst-hvc");
	METRIC(worst_smc, "worst-smc");
	METRIC(worst_wfi, "worst-wfi");
	METRIC(worst_sgi, "worst-sgi");
	METRIC(worst_sysreg, "worst-sysreg");
	METRIC(worst_gicd, "worst-gicd");
	METRIC(worst_gicr, "worst-gicr");
}

/* head.S */
__attribute__((noreturn)) void bench(void);

__attribute__((noreturn)) void bench(void)
{
	/* An image that nobody has told where it is cannot even say so. */
	if (platform.magic != PLATFORM_MAGIC)
		for (;;)
			asm volatile("wfi");
	print("started ");
	print_number(started);
	print("\n");
	gic_start();
	gic_start_cpu();
	interrupts_start();
	if (platform.second_mpidr != NO_CPU)
		second_on();
	rest();
	measure_all();
	print("done\n");
	finish();
}

/* vectors.S */
__attribute__((noreturn)) void unexpected_exception(uint64_t number);

__attribute__((noreturn)) void unexpected_exception(uint64_t number)
{
	print("\nfailed: exception ");
	print_number(number);
	print(", syndrome ");
	print_hex(read_sysreg(esr_el1));
	print(", address ");
	print_hex(read_sysreg(far_el1));
	print(", at ");
	print_hex(read_sysreg(elr_el1) - ((uint64_t)&platform - PLATFORM_OFFSET));
	print(" of the image\n");
	finish();
}
