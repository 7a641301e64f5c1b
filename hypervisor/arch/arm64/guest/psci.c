// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMC (DEN0028) and PSCI 1.1 (DEN0022). A CPU is turned on and off among the CPUs of its own cell, in the hypervisor's hands
 * and not in the firmware's; switching the board off or resetting it is the root's. Calls that are not listed here are
 * answered with NOT_SUPPORTED and never reach the firmware.
 */
#include <core/hypercall.h>
#include <core/trace.h>
#include <guest/guest.h>
#include <machine/cpu.h>
#include <machine/gic.h>

#define SMC64			0x40000000u

#define PSCI_VERSION		0x84000000u
#define PSCI_CPU_SUSPEND	0x84000001u
#define PSCI_CPU_OFF		0x84000002u
#define PSCI_CPU_ON		0x84000003u
#define PSCI_AFFINITY_INFO	0x84000004u
#define PSCI_MIGRATE_INFO_TYPE	0x84000006u
#define PSCI_SYSTEM_OFF		0x84000008u
#define PSCI_SYSTEM_RESET	0x84000009u
#define PSCI_FEATURES		0x8400000au
#define PSCI_SYSTEM_RESET2	0x84000012u
#define PSCI_END		0x84000020u

#define SMCCC_VERSION		0x80000000u
#define SMCCC_ARCH_FEATURES	0x80000001u
#define SMCCC_ARCH_SOC_ID	0x80000002u
#define SMCCC_ARCH_WORKAROUND_3	0x80003fffu
#define SMCCC_ARCH_WORKAROUND_2	0x80007fffu
#define SMCCC_ARCH_WORKAROUND_1	0x80008000u
#define SMCCC_TRNG_VERSION	0x84000050u
#define SMCCC_TRNG_FEATURES	0x84000051u
#define SMCCC_TRNG_GET_UUID	0x84000052u
#define SMCCC_TRNG_RND		0x84000053u

#define PSCI_1_1		0x00010001
#define SMCCC_1_2		0x00010002
#define NO_MIGRATION		2

#define SUCCESS			0
#define NOT_SUPPORTED		((uint64_t)-1)
#define INVALID_PARAMETERS	((uint64_t)-2)
#define DENIED			((uint64_t)-3)
#define ALREADY_ON		((uint64_t)-4)
#define ON_PENDING		((uint64_t)-5)
#define INVALID_ADDRESS		((uint64_t)-9)

/* CPU_SUSPEND's power state in the original format: what must be zero. */
#define POWER_STATE_RESERVED	(MASK(31, 26) | MASK(23, 17))

/* SYSTEM_RESET2: the one type that is not the vendor's. */
#define SYSTEM_WARM_RESET	0

/* AFFINITY_INFO answers. */
#define STATE_ON		0
#define STATE_OFF		1
#define STATE_ON_PENDING	2

static void forward(uint64_t x[31])
{
	uint64_t call[4] = { x[0], x[1], x[2], x[3] };

	firmware_call(call);
	for (unsigned int i = 0; i < 4; i++)
		x[i] = call[i];
}

/* Functions that there are: in either width, and in 32 bits only. */
#define OF(function)		BIT((function) - PSCI_VERSION)
#define OF_EITHER_WIDTH		(OF(PSCI_CPU_SUSPEND) | OF(PSCI_CPU_ON) | OF(PSCI_AFFINITY_INFO) | OF(PSCI_SYSTEM_RESET2))
#define OF_32_BITS		(OF(PSCI_VERSION) | OF(PSCI_CPU_OFF) | OF(PSCI_MIGRATE_INFO_TYPE) | OF(PSCI_SYSTEM_OFF) | \
				 OF(PSCI_SYSTEM_RESET) | OF(PSCI_FEATURES))

/* Of CPU_SUSPEND it means: the original format of power states, no OS-initiated mode. */
static uint64_t features(const struct cpu *cpu, uint64_t x[31])
{
	const uint32_t function = (uint32_t)x[1], number = function & ~SMC64;
	const uint64_t known = OF_EITHER_WIDTH | ((function & SMC64) ? 0 : OF_32_BITS);

	/* Optional, and the root's is the firmware's. */
	if (number == PSCI_SYSTEM_RESET2 && cell_is_root(cpu->cell)) {
		forward(x);
		return x[0];
	}
	if (function == SMCCC_VERSION || (number >= PSCI_VERSION && number < PSCI_END && (OF(number) & known)))
		return SUCCESS;
	return NOT_SUPPORTED;
}

static uint64_t cpu_on(const struct cpu *cpu, uint64_t mpidr, uint64_t pc, uint64_t arg)
{
	struct cpu *target = cell_cpu_by_mpidr(cpu->cell, mpidr);

	if (!target)
		return INVALID_PARAMETERS;
	if (pc % 4)
		return INVALID_ADDRESS;
	if (cell_cpu_on(cpu->cell, target, pc, arg))
		return SUCCESS;
	return load_acquire(&target->status->state) == PT_CPU_STARTING ? ON_PENDING : ALREADY_ON;
}

static uint64_t affinity_info(const struct cpu *cpu, uint64_t mpidr, uint64_t level)
{
	const struct cpu *target = cell_cpu_by_mpidr(cpu->cell, mpidr);

	if (!target || level)
		return INVALID_PARAMETERS;
	switch (load_acquire(&target->status->state)) {
	case PT_CPU_RUNNING:
		return STATE_ON;
	case PT_CPU_STARTING:
		return STATE_ON_PENDING;
	default:
		return STATE_OFF;
	}
}

/* The last CPU of the root stays: who else would manage the cells? */
static bool last_of_root(const struct cpu *cpu)
{
	if (!cell_is_root(cpu->cell))
		return false;
	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		if (n != cpu->number && cell_owns_cpu(cpu->cell, n) &&
		    load_acquire(&cpus[n].status->state) == PT_CPU_RUNNING)
			return false;
	return true;
}

/*
 * The whole board for the root, which has been asked to stop its cells before; for a cell, the cell, as @state. Returns
 * what the firmware answers if it does not do it.
 */
static uint64_t end_system(struct cpu *cpu, uint64_t x[31], uint32_t state)
{
	if (cell_is_root(cpu->cell)) {
		forward(x);
		return x[0];
	}
	cell_end(cpu->cell, state);
	cell_cpu_leave(cpu);
}

static uint64_t system_reset2(struct cpu *cpu, uint64_t x[31])
{
	/* A cell has no vendor. */
	if (!cell_is_root(cpu->cell) && (uint32_t)x[1] != SYSTEM_WARM_RESET)
		return INVALID_PARAMETERS;
	return end_system(cpu, x, PT_CELL_RESET);
}

/* A power-down state may be left at once (DEN0022 5.4): both kinds are a wait with nothing lost. */
static uint64_t cpu_suspend(struct cpu *cpu, uint32_t power_state)
{
	/* The root's are in the format that it has agreed upon with its firmware. */
	if (!cell_is_root(cpu->cell) && (power_state & POWER_STATE_RESERVED))
		return INVALID_PARAMETERS;
	/* A cell that is over loses its CPU with the next instruction, like everybody: with all registers to be kept. */
	gic_wait_for_interrupt();
	return SUCCESS;
}

/* A call by the 32-bit convention passes lower halves. */
static uint64_t argument(const uint64_t x[31], unsigned int n)
{
	return (x[0] & SMC64) ? x[n] : (uint32_t)x[n];
}

/* MIGRATE, SYSTEM_SUSPEND, NODE_HW_STATE, statistics and the rest of what is optional are not there. */
static uint64_t psci(struct cpu *cpu, uint64_t x[31], uint32_t function)
{
	switch (function) {
	case PSCI_VERSION:
		return PSCI_1_1;
	case PSCI_FEATURES:
		return features(cpu, x);
	case PSCI_CPU_ON:
	case PSCI_CPU_ON | SMC64:
		return cpu_on(cpu, argument(x, 1), argument(x, 2), argument(x, 3));
	case PSCI_CPU_OFF:
		if (last_of_root(cpu))
			return DENIED;
		cell_cpu_leave(cpu);
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO | SMC64:
		return affinity_info(cpu, argument(x, 1), argument(x, 2));
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND | SMC64:
		return cpu_suspend(cpu, (uint32_t)x[1]);
	case PSCI_MIGRATE_INFO_TYPE:
		return NO_MIGRATION;
	case PSCI_SYSTEM_OFF:
		return end_system(cpu, x, PT_CELL_SHUT_DOWN);
	case PSCI_SYSTEM_RESET:
		return end_system(cpu, x, PT_CELL_RESET);
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2 | SMC64:
		return system_reset2(cpu, x);
	default:
		return NOT_SUPPORTED;
	}
}

/* Neither is anybody's own: a cell is told of the chip and given of its entropy where its blob says so. */
static void firmware_service(const struct cpu *cpu, uint64_t x[31])
{
	if (cell_is_root(cpu->cell) || (cpu->cell->blob->flags & PT_CELL_FIRMWARE_SERVICES))
		forward(x);
	else
		x[0] = NOT_SUPPORTED;
}

/* What there is of the Arm architecture service: the firmware knows which of its workarounds this CPU needs. */
static void arch_features(const struct cpu *cpu, uint64_t x[31])
{
	switch ((uint32_t)x[1]) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		x[0] = SUCCESS;
		break;
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		forward(x);
		break;
	case SMCCC_ARCH_SOC_ID:
		firmware_service(cpu, x);
		break;
	default:
		x[0] = NOT_SUPPORTED;
		break;
	}
}

/* Not PSCI, for which x[0] alone is the answer. */
static __noinline void service(const struct cpu *cpu, uint64_t x[31], uint32_t function)
{
	switch (function) {
	case SMCCC_VERSION:
		x[0] = SMCCC_1_2;
		break;
	case SMCCC_ARCH_FEATURES:
		arch_features(cpu, x);
		break;
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		forward(x);
		break;
	case SMCCC_ARCH_SOC_ID:
	case SMCCC_TRNG_VERSION:
	case SMCCC_TRNG_FEATURES:
	case SMCCC_TRNG_GET_UUID:
	case SMCCC_TRNG_RND:
	case SMCCC_TRNG_RND | SMC64:
		firmware_service(cpu, x);
		break;
	default:
		if (!hypercall_query(x))
			x[0] = NOT_SUPPORTED;
		break;
	}
}

void smc_call(struct cpu *cpu, uint64_t x[31])
{
	const uint32_t function = call_function(x), number = function & ~SMC64;

	if (number >= PSCI_VERSION && number < PSCI_END)
		x[0] = psci(cpu, x, function);
	else
		service(cpu, x, function);
}
