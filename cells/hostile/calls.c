/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls to the hypervisor and through it to the firmware: what is not ours to ask must be refused
 * by an answer, not by silence, and must change nothing. /
 */
#include "hostile.h"

#include <partita/error.h>
#include <partita/hypercall.h>

#define MPIDR_RES1	(1ULL << 31)

static void expect(const char *what, int64_t got, int64_t wanted, uint64_t argument)
{
	if (got != wanted) {
		cell_printf("hostile: %s %lx answers %ld, not %ld\n", what, argument, got, wanted);
		granted(what, argument, (uint64_t)got);
	}
}

static const uint64_t borders[] = {
	0, 1, 2, 15, 16, 31, 32, 33, 4095, 4096, 4097, 1ULL << 31, 1ULL << 32, 1ULL << 40, 1ULL << 63, ~0ULL - 1, ~0ULL,
};
#define BORDERS (sizeof(borders) / sizeof(borders[0]))

/* Management is the root's alone. */
static void manage(const struct numbers *numbers)
{
	(void)numbers;
	for (uint32_t call = PT_HC_CELL_CREATE & ~0xffu; call < (PT_HC_CELL_CREATE | 0xffu); call++)
		for (size_t i = 0; i < BORDERS * BORDERS; i++, attempts++) {
			int64_t answer = cell_hvc_result(call, borders[i / BORDERS], borders[i % BORDERS], ~0ULL);

			if (answer != PT_EPERM && answer != PT_ENOSYS)
				granted("hypercall", call, (uint64_t)answer);
		}
}

static void hvc_garbage(const struct numbers *numbers)
{
	uint64_t id = 1;

	(void)numbers;
	for (unsigned int i = 0; i < 4096;
	     i++, attempts++, id = id * 6364136223846793005ULL + 1442695040888963407ULL) {
		struct cell_call call = { { i < 16 ? i : id, id, ~id, id } };

		cell_hvc(&call);
		if ((int64_t)call.x[0] == PT_OK)
			granted("hvc", id, call.x[0]);
	}
	/* The immediate is none of the calling convention; these are as good as #0 or not there. */
	asm volatile("mov x0, #-1\n\thvc #1\n\tmov x0, #-1\n\thvc #0xffff" ::
			     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
			       "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
}

/* Neither what ends or suspends us (tested alone) nor the calls that anybody may make. */
static bool is_harmless(uint32_t id)
{
	switch (id & ~0x40000000u) {
	case PSCI_CPU_SUSPEND & ~0x40000000u:
	case PSCI_CPU_OFF:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case 0x84000012:	/* SYSTEM_RESET2 */
		return false;
	default:
		return true;
	}
}

static void smc_garbage(const struct numbers *numbers)
{
	static const uint32_t ranges[] = {
		0x80000000, 0x80003f00, 0x80007f00, 0x80008000, 0x81000000, 0x82000000,
		0x83000000, 0x84000000, 0x8400ff00, 0x85000000, 0x86000000, 0xb0000000,
		0xb2000000, 0xbf00ff00, 0xc0000000, 0xc2000000, 0xc3000000, 0xc4000000,
		0xc6000000, 0xf2000000, 0x00000000, 0x04000000, 0x32000000,
	};

	(void)numbers;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		for (uint32_t id = ranges[i]; id < ranges[i] + 0x100; id++)
			for (size_t k = 0; k < BORDERS && is_harmless(id); k++, attempts++)
				cell_smc_result(id, borders[k], ~0ULL, ~0ULL);
	asm volatile("mov x0, #-1\n\tsmc #1\n\tmov x0, #-1\n\tsmc #0xffff" ::
			     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
			       "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory");
}

static bool is_own(uint64_t mpidr)
{
	for (uint32_t i = 0; i < cell_info()->cpu_count; i++)
		if (cell_info()->cpus[i].mpidr == mpidr)
			return true;
	return false;
}

static void psci_foreign(const struct numbers *numbers)
{
	uint64_t entry = (uint64_t)psci_foreign;

	(void)numbers;
	for (uint64_t mpidr = 0; mpidr < 0x400; mpidr++, attempts += 3) {
		if (is_own(mpidr))
			continue;
		expect("CPU_ON", cell_smc_result(PSCI_CPU_ON, mpidr, entry, 0),
		       PSCI_INVALID_PARAMETERS, mpidr);
		expect("CPU_ON with RES1",
		       cell_smc_result(PSCI_CPU_ON, mpidr | MPIDR_RES1, entry, 0),
		       PSCI_INVALID_PARAMETERS, mpidr);
		expect("AFFINITY_INFO", cell_smc_result(PSCI_AFFINITY_INFO, mpidr, 0, 0),
		       PSCI_INVALID_PARAMETERS, mpidr);
	}
}

static void psci_self(const struct numbers *numbers)
{
	uint64_t self = cell_info()->cpus[cell_cpu_index()].mpidr, entry = (uint64_t)psci_self;

	(void)numbers;
	expect("CPU_ON", cell_smc_result(PSCI_CPU_ON, self, entry, 0), PSCI_ALREADY_ON, self);
	expect("CPU_ON with RES1", cell_smc_result(PSCI_CPU_ON, self | MPIDR_RES1, entry, 0),
	       PSCI_ALREADY_ON, self);
	expect("CPU_ON misaligned", cell_smc_result(PSCI_CPU_ON, self, entry + 1, 0),
	       PSCI_INVALID_ADDRESS, self);
	expect("AFFINITY_INFO", cell_smc_result(PSCI_AFFINITY_INFO, self, 0, 0), 0, self);
	expect("AFFINITY_INFO of a level", cell_smc_result(PSCI_AFFINITY_INFO, self, 7, 0),
	       PSCI_INVALID_PARAMETERS, self);
}

/*
 * CPU 1 begins in memory that is not ours. A cell of one CPU has nobody to send there and goes
 * itself.
 */
static void psci_entry(const struct numbers *numbers)
{
	uint64_t until = cell_now() + cell_ticks(1000000000);

	if (cell_cpu_count() < 2)
		asm volatile("msr sctlr_el1, %1\n\tisb\n\tbr %0" ::"r"(numbers->n[0]),
			     "r"(0x30d00800ULL));
	cell_smc_result(PSCI_CPU_ON, cell_info()->cpus[1].mpidr, numbers->n[0], 0);
	while (cell_now() < until)
		;
	granted("psci-entry", numbers->n[0], 0);
}

static void off(const struct numbers *numbers)
{
	(void)numbers;
	cell_smc_result(PSCI_SYSTEM_OFF, 0, 0, 0);
}

static void reset(const struct numbers *numbers)
{
	(void)numbers;
	cell_smc_result(PSCI_SYSTEM_RESET, 0, 0, 0);
}

static void reset2(const struct numbers *numbers)
{
	(void)numbers;
	cell_smc_result(0xc4000012, 0, 0, 0);
}

/* The library's own end of a cell that crashes. */
static void crash(const struct numbers *numbers)
{
	(void)numbers;
	asm volatile("brk #0xbad");
}

static uint64_t deeper(uint64_t depth)
{
	volatile uint64_t ballast[64];

	ballast[0] = depth;
	asm volatile("" :: "r" (ballast) : "memory");
	return ballast[0] ? deeper(depth + 1) + ballast[0] : 0;
}

static void stack_overflow(const struct numbers *numbers)
{
	deeper(numbers->n[0] + 1);
}

const struct behaviour call_behaviours[] = {
	{ "manage", SURVIVES, manage },
	{ "hvc-garbage", SURVIVES, hvc_garbage },
	{ "smc-garbage", SURVIVES, smc_garbage },
	{ "psci-foreign", SURVIVES, psci_foreign },
	{ "psci-self", SURVIVES, psci_self },
	{ "psci-entry", FATAL, psci_entry },
	{ "off", OFF, off },
	{ "reset", OFF, reset },
	{ "reset2", OFF, reset2 },
	{ "crash", OFF, crash },
	{ "stack-overflow", OFF, stack_overflow },
	{ 0 },
};
