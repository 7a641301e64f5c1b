// SPDX-License-Identifier: GPL-2.0-only
/*
 * The longest way through the hypervisor that a guest can find for each reason to enter it: every metric drives several
 * candidates, chosen from Partita's sources for their branches, and reports the one that takes longest. Interrupts are
 * masked in the meantime, so that a sample is the way in and out and nothing else. Accesses go through x20, which a
 * hypervisor that saves only what its C code may clobber has not at hand.
 */
#include "bench.h"

#define GICD_TYPER		0x0004
#define GICD_SETSPI_NSR		0x0040
#define GICD_EXTENDED		0x1000
#define GICD_IROUTER		0x6000
#define GICD_EXTENDED_ROUTE	0x8000
#define GIC_IGROUPR		0x0080
#define GIC_ISENABLER		0x0100
#define GIC_ICPENDR		0x0280
#define GIC_IPRIORITYR		0x0400
#define GIC_ICFGR		0x0c00
#define GIC_RESERVED		0x0f00
#define GIC_PIDR2		0xffe8
#define GICR_IIDR		0x0004
#define GICR_TYPER		0x0008
#define GICR_WAKER		0x0014

#define ICC_IAR0_EL1		S3_0_C12_C8_0
#define ICC_HPPIR0_EL1		S3_0_C12_C8_2
#define ICC_BPR0_EL1		S3_0_C12_C8_3
#define ICC_AP0R0_EL1		S3_0_C12_C8_4
#define ICC_DIR_EL1		S3_0_C12_C11_1
#define ICC_RPR_EL1		S3_0_C12_C11_3
#define ICC_ASGI1R_EL1		S3_0_C12_C11_6
#define ICC_SGI0R_EL1		S3_0_C12_C11_7
#define ICC_IGRPEN0_EL1		S3_0_C12_C12_6

#define SGI_IRM			BIT(40)
#define SGI_INTID(n)		((uint64_t)(n) << 24)
#define SGI_AFF1(n)		((uint64_t)(n) << 16)
#define SGI_ALL			0xffff

#define SETTLE			2000	/* ticks for another CPU to take its interrupt and sleep again */
#define WFI_SEARCH	100	/* ticks, more than lie between setting the timer and the WFI */
#define NOT_OURS		1019	/* an SPI that exists nowhere */

struct worst {
	struct stats stats;
	const char *name;
	uint64_t empty;		/* what a sample costs without the access */
};

static struct worst worst_start(void)
{
	irqs_off();
	return (struct worst){ .empty = timed_nothing() };
}

/* By the minimum: whatever else goes on can only add to what the path itself takes, and would choose by chance. */
static void consider(struct worst *worst, const char *name, struct stats stats)
{
	if (worst->name && stats.min <= worst->stats.min)
		return;
	worst->stats = stats;
	worst->name = name;
}

static void worst_end(const struct worst *worst, const char *metric)
{
	irqs_on();
	print_result(metric, &worst->stats);
	print("worst ");
	print(metric);
	print(" ");
	print(worst->name);
	print(" ");
	print_number(worst->stats.max);
	print("\n");
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

struct call {
	char name[40];
	uint64_t x[4];
};

static const struct call hypercalls[] = {
	{ "UID", { 0x8600ff01 } },
	{ "revision", { 0x8600ff03 } },
	{ "unknown function", { 0x8600fffe } },
	{ "unknown service", { 0xffffffff } },
	{ "management call", { 0xc6005401, ~0ull } },
	{ "last management call", { 0xc6005408 } },
	{ "call of a kernel's stub", { 0 } },
	{ "call of KVM's half at EL2", { 0xc6000003 } },
	{ "PSCI_VERSION by HVC", { 0x84000000 } },
};

static const struct call smcs[] = {
	{ "PSCI_VERSION", { 0x84000000 } },
	{ "CPU_SUSPEND, interrupt pending", { 0xc4000001 } },
	{ "CPU_SUSPEND by SMC32, interrupt pending", { 0x84000001 } },
	{ "CPU_ON, no such CPU", { 0xc4000003, 0xff00ffffff } },
	{ "AFFINITY_INFO, no such CPU", { 0xc4000004, 0xff00ffffff } },
	{ "MIGRATE_INFO_TYPE", { 0x84000006 } },
	{ "PSCI_FEATURES, last known", { 0x8400000a, 0x80000000 } },
	{ "PSCI_FEATURES, unknown", { 0x8400000a, 0xffffffff } },
	{ "SMCCC_VERSION", { 0x80000000 } },
	{ "SMCCC_ARCH_FEATURES", { 0x80000001, 0x80008000 } },
	{ "SMCCC_ARCH_SOC_ID", { 0x80000002 } },
	{ "SMCCC_ARCH_WORKAROUND_1", { 0x80008000 } },
	{ "TRNG_RND", { 0xc4000053, 64 } },
	{ "unknown function", { 0xc40000ff } },
	{ "unknown service", { 0xffffffff } },
};

static void try_hvc(struct worst *worst, const struct call *call)
{
	consider(worst, call->name, SAMPLE(TIMED_CALL("hvc #0", call->x) - worst->empty));
}

static void try_smc(struct worst *worst, const struct call *call)
{
	consider(worst, call->name, SAMPLE(TIMED_CALL("smc #0", call->x) - worst->empty));
}

/* With interrupts masked, the timer's is pending until it is turned off. */
static void timer_pending(bool pending)
{
	write_sysreg(cntv_cval_el0, 0);
	write_sysreg(cntv_ctl_el0, pending);
	isb();
}

void worst_hvc(const char *metric)
{
	struct worst worst = worst_start();

	for (unsigned int i = 0; i < sizeof(hypercalls) / sizeof(*hypercalls); i++)
		try_hvc(&worst, &hypercalls[i]);
	worst_end(&worst, metric);
}

static uint64_t time_cpu_on(void)
{
	uint64_t call[4], cost;

	irqs_on();
	second_off();
	irqs_off();
	second_call(call);
	cost = TIMED_CALL("smc #0", call);
	second_wait();
	return cost;
}

static void try_other_cpu(struct worst *worst)
{
	const uint64_t other = platform.second_mpidr;
	const struct call on = { "CPU_ON, already on", { 0xc4000003, other, 0 } };
	const struct call misaligned = { "CPU_ON, no such address", { 0xc4000003, other, 2 } };
	const struct call info = { "AFFINITY_INFO", { 0xc4000004, other, 0 } };

	try_smc(worst, &on);
	try_smc(worst, &misaligned);
	try_smc(worst, &info);
	consider(worst, "CPU_ON", SAMPLE(time_cpu_on() - worst->empty));
}

void worst_smc(const char *metric)
{
	struct worst worst = worst_start();

	timer_pending(true);
	for (unsigned int i = 0; i < sizeof(smcs) / sizeof(*smcs); i++)
		try_smc(&worst, &smcs[i]);
	timer_pending(false);
	if (platform.second_mpidr != NO_CPU)
		try_other_cpu(&worst);
	worst_end(&worst, metric);
}

/* From a WFI to the instruction after it, with an interrupt that becomes pending @ahead ticks after this has begun. */
__attribute__((noinline)) static uint64_t time_wfi(uint64_t ahead)
{
	uint64_t cost;

	write_sysreg(cntv_cval_el0, now() + ahead);
	write_sysreg(cntv_ctl_el0, 1);
	cost = TIMED("wfi",);
	write_sysreg(cntv_ctl_el0, 0);
	isb();
	return cost;
}

/*
 * A WFI with an interrupt pending does not trap. If it becomes pending right after, when the hypervisor has just been
 * entered, the WFI goes all the way and does not sleep: that moment is looked for.
 */
void worst_wfi(const char *metric)
{
	struct worst worst = worst_start();
	const uint64_t nothing = time_wfi(0);
	uint64_t ahead = 1;

	while (time_wfi(ahead) == nothing)
		if (++ahead == WFI_SEARCH)
			fail("no WFI waits");
	consider(&worst, "interrupt on the way in", SAMPLE(time_wfi(ahead) - worst.empty));
	worst_end(&worst, metric);
}

/* --- system registers --------------------------------------------------------------------------------------------- */

#define READ_SYSREG(name)		TIMED("mrs x20, " STRING(name), CLOBBERS("x20"))
#define WRITE_SYSREG(name, value) ({								\
	register uint64_t x20_ asm("x20") = (value);						\
	TIMED("msr " STRING(name) ", %[v]",, [v] "r"(x20_));					\
})

/* The sender's side; a CPU that gets the interrupt takes it before the next sample. */
static uint64_t time_sgi(uint64_t value)
{
	const uint64_t cost = WRITE_SYSREG(ICC_SGI1R_EL1, value), settled = now() + SETTLE;

	irqs_on();
	while (now() < settled)
		yield();
	irqs_off();
	return cost;
}

static void try_sgi(struct worst *worst, const char *name, uint64_t value)
{
	consider(worst, name, SAMPLE(time_sgi(value) - worst->empty));
}

void worst_sgi(const char *metric)
{
	const uint64_t intid = SGI_INTID(SGI_TEST), self = sgi_to(read_sysreg(mpidr_el1), SGI_TEST);
	struct worst worst = worst_start();

	try_sgi(&worst, "to itself", self);
	try_sgi(&worst, "to all others", intid | SGI_IRM);
	try_sgi(&worst, "to all of its cluster", self | SGI_ALL);
	try_sgi(&worst, "to a cluster that is not there", intid | SGI_AFF1(0xff) | SGI_ALL);
	if (platform.second_mpidr != NO_CPU)
		try_sgi(&worst, "to another CPU", sgi_to(platform.second_mpidr, SGI_TEST));
	worst_end(&worst, metric);
}

#define TRY_READ(worst, name)									\
	consider(worst, #name " read", SAMPLE(READ_SYSREG(name) - (worst)->empty))
#define TRY_WRITE(worst, name, value)								\
	consider(worst, #name " write", SAMPLE(WRITE_SYSREG(name, value) - (worst)->empty))

void worst_sysreg(const char *metric)
{
	struct worst worst = worst_start();

	TRY_READ(&worst, ICC_IAR0_EL1);
	TRY_READ(&worst, ICC_HPPIR0_EL1);
	TRY_READ(&worst, ICC_BPR0_EL1);
	TRY_READ(&worst, ICC_AP0R0_EL1);
	TRY_READ(&worst, ICC_IGRPEN0_EL1);
	TRY_READ(&worst, ICC_PMR_EL1);
	TRY_READ(&worst, ICC_CTLR_EL1);
	TRY_READ(&worst, ICC_RPR_EL1);
	TRY_WRITE(&worst, ICC_BPR0_EL1, 0);
	TRY_WRITE(&worst, ICC_AP0R0_EL1, 0);
	TRY_WRITE(&worst, ICC_IGRPEN0_EL1, 0);
	TRY_WRITE(&worst, ICC_PMR_EL1, 0xff);
	TRY_WRITE(&worst, ICC_CTLR_EL1, 0);
	TRY_WRITE(&worst, ICC_SGI0R_EL1, SGI_ALL);
	TRY_WRITE(&worst, ICC_ASGI1R_EL1, SGI_ALL);
	TRY_WRITE(&worst, ICC_DIR_EL1, platform.timer_ppi);
	TRY_WRITE(&worst, ICC_DIR_EL1, platform.uart_spi);
	TRY_WRITE(&worst, ICC_DIR_EL1, NOT_OURS);
	worst_end(&worst, metric);
}

/* --- the interrupt controller ------------------------------------------------------------------------------------- */

enum access { LOAD8, LOAD32, LOAD32_SIGNED, LOAD64, STORE8, STORE32, STORE64 };

#define LOAD(instruction, address)								\
	TIMED(instruction ", [%[at]]", CLOBBERS("x20"), [at] "r"(address))
#define STORE(instruction, address, value) ({							\
	register uint64_t x20_ asm("x20") = (value);						\
	TIMED(instruction ", [%[at]]",, [at] "r"(address), [v] "r"(x20_));			\
})

static uint64_t time_access(enum access access, uint64_t at, uint64_t value)
{
	switch (access) {
	case LOAD8:
		return LOAD("ldrb w20", at);
	case LOAD32:
		return LOAD("ldr w20", at);
	case LOAD32_SIGNED:
		return LOAD("ldrsw x20", at);
	case LOAD64:
		return LOAD("ldr x20", at);
	case STORE8:
		return STORE("strb %w[v]", at, value);
	case STORE32:
		return STORE("str %w[v]", at, value);
	default:
		return STORE("str %[v]", at, value);
	}
}

/* A register that has @bits for each interrupt, and the cell's interrupt in it. */
static const struct gicd_access {
	char name[40];
	uint32_t offset, bits;
	enum access access;
	uint64_t value;
} gicd_accesses[] = {
	{ "TYPER read", GICD_TYPER, 0, LOAD32, 0 },
	{ "TYPER read, sign-extended", GICD_TYPER, 0, LOAD32_SIGNED, 0 },
	{ "SETSPI refused", GICD_SETSPI_NSR, 0, STORE32, NOT_OURS },
	{ "IGROUPR read", GIC_IGROUPR, 1, LOAD32, 0 },
	{ "IGROUPR read, sign-extended", GIC_IGROUPR, 1, LOAD32_SIGNED, 0 },
	{ "ISENABLER read", GIC_ISENABLER, 1, LOAD32, 0 },
	{ "ISENABLER read, sign-extended", GIC_ISENABLER, 1, LOAD32_SIGNED, 0 },
	{ "ISENABLER write beyond its own", GIC_ISENABLER, 1, STORE32, 0xffffffff },
	{ "ICPENDR write beyond its own", GIC_ICPENDR, 1, STORE32, 0xffffffff },
	{ "IPRIORITYR read", GIC_IPRIORITYR, 8, LOAD32, 0 },
	{ "IPRIORITYR read, sign-extended", GIC_IPRIORITYR, 8, LOAD32_SIGNED, 0 },
	{ "IPRIORITYR write", GIC_IPRIORITYR, 8, STORE32, 0xa0a0a0a0 },
	{ "IPRIORITYR byte write", GIC_IPRIORITYR, 8, STORE8, 0xa0 },
	{ "IPRIORITYR byte read", GIC_IPRIORITYR, 8, LOAD8, 0 },
	{ "ICFGR read", GIC_ICFGR, 2, LOAD32, 0 },
	{ "ICFGR read, sign-extended", GIC_ICFGR, 2, LOAD32_SIGNED, 0 },
	{ "ICFGR write", GIC_ICFGR, 2, STORE32, 0 },
	{ "reserved, read", GIC_RESERVED, 0, LOAD32, 0 },
	{ "reserved, write", GIC_RESERVED, 0, STORE32, 0 },
	{ "extended range, read", GICD_EXTENDED, 0, LOAD32, 0 },
	{ "extended range, write", GICD_EXTENDED, 0, STORE32, 0 },
	{ "IROUTER read", GICD_IROUTER, 64, LOAD64, 0 },
	{ "IROUTER half read", GICD_IROUTER, 64, LOAD32, 0 },
	{ "IROUTER half read, sign-extended", GICD_IROUTER, 64, LOAD32_SIGNED, 0 },
	{ "extended IROUTER, read", GICD_EXTENDED_ROUTE, 0, LOAD64, 0 },
	{ "extended IROUTER, write", GICD_EXTENDED_ROUTE, 0, STORE64, 0 },
	{ "PIDR2 read", GIC_PIDR2, 0, LOAD32, 0 },
	{ "PIDR2 write", GIC_PIDR2, 0, STORE32, 0 },
};

static uint64_t register_of(uint32_t offset, uint32_t bits, uint32_t intid)
{
	const uint64_t size = bits == 64 ? 8 : 4;

	return platform.gicd + offset + intid * bits / 8 / size * size;
}

static void try_access(struct worst *worst, const char *name, enum access access, uint64_t at, uint64_t value)
{
	consider(worst, name, SAMPLE(time_access(access, at, value) - worst->empty));
}

static void try_routes(struct worst *worst)
{
	const uint64_t at = register_of(GICD_IROUTER, 64, platform.uart_spi);
	const uint64_t here = read_sysreg(mpidr_el1) & 0xff00ffffff;

	try_access(worst, "IROUTER half write, upper", STORE32, at + 4, here >> 32);
	try_access(worst, "IROUTER half write, lower", STORE32, at, here);
	if (platform.second_mpidr != NO_CPU)
		try_access(worst, "IROUTER write, to another CPU", STORE64, at, platform.second_mpidr);
	try_access(worst, "IROUTER write, no such CPU", STORE64, at, 0xff00ffffff);
	try_access(worst, "IROUTER write, to any CPU", STORE64, at, BIT(31));
	try_access(worst, "IROUTER write", STORE64, at, here);
}

void worst_gicd(const char *metric)
{
	const uint32_t intid = platform.uart_spi;
	struct worst worst = worst_start();

	for (unsigned int i = 0; i < sizeof(gicd_accesses) / sizeof(*gicd_accesses); i++) {
		const struct gicd_access *a = &gicd_accesses[i];

		try_access(&worst, a->name, a->access, register_of(a->offset, a->bits, intid), a->value);
	}
	try_routes(&worst);
	worst_end(&worst, metric);
}

static const struct gicr_access {
	char name[40];
	uint32_t offset;
	enum access access;
	uint64_t value;
} gicr_accesses[] = {
	{ "IIDR read", GICR_IIDR, LOAD32, 0 },
	{ "TYPER read", GICR_TYPER, LOAD64, 0 },
	{ "TYPER half read, sign-extended", GICR_TYPER + 4, LOAD32_SIGNED, 0 },
	{ "PIDR2 read, sign-extended", GIC_PIDR2, LOAD32_SIGNED, 0 },
	{ "WAKER read, sign-extended", GICR_WAKER, LOAD32_SIGNED, 0 },
	{ "WAKER write", GICR_WAKER, STORE32, 0 },
	{ "reserved, write", GIC_RESERVED, STORE32, 0 },
	{ "IGROUPR0 write", GICR_SGI_BASE + GIC_IGROUPR, STORE32, 0xffffffff },
	{ "ISENABLER0 read, sign-extended", GICR_SGI_BASE + GIC_ISENABLER, LOAD32_SIGNED, 0 },
	{ "ISENABLER0 write", GICR_SGI_BASE + GIC_ISENABLER, STORE32, 0 },
	{ "IPRIORITYR byte read", GICR_SGI_BASE + GIC_IPRIORITYR + 31, LOAD8, 0 },
	{ "IPRIORITYR byte write", GICR_SGI_BASE + GIC_IPRIORITYR + 31, STORE8, 0xa0 },
	{ "IPRIORITYR read, sign-extended", GICR_SGI_BASE + GIC_IPRIORITYR + 28, LOAD32_SIGNED, 0 },
	{ "ICFGR1 write", GICR_SGI_BASE + GIC_ICFGR + 4, STORE32, 0 },
	{ "SGI frame, reserved write", GICR_SGI_BASE + GICD_EXTENDED, STORE32, 0 },
};

/* Another CPU's is the harder to find. */
void worst_gicr(const char *metric)
{
	const uint64_t gicr = platform.second_mpidr == NO_CPU ? gicr_here() : gicr_of(platform.second_mpidr);
	struct worst worst = worst_start();

	for (unsigned int i = 0; i < sizeof(gicr_accesses) / sizeof(*gicr_accesses); i++) {
		const struct gicr_access *a = &gicr_accesses[i];

		try_access(&worst, a->name, a->access, gicr + a->offset, a->value);
	}
	worst_end(&worst, metric);
}
