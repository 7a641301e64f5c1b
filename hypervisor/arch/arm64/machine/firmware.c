// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls to the firmware, and the board as a boot finds it: how CPUs are turned on, where it is told what goes wrong. Under a
 * hypervisor that was launched late the firmware is called by SMC, and nothing else of this is used.
 */
#include <core/ownership.h>
#include <machine/cpu.h>
#include <machine/el2map.h>
#include <machine/gic.h>
#include <machine/image.h>
#include <machine/sysreg.h>
#include <machine/uart.h>

#define PSCI_CPU_ON		0xc4000003
#define PSCI_SYSTEM_RESET	0x84000009
#define NOT_SUPPORTED		(~0ULL)

/* With the MMU off: written before it is on, and again after that. */
static const struct pt_boot *boot __before_mmu;	/* NULL: launched late */
static uint64_t uart __before_mmu;		/* where it can be reached now; 0: none */

/* switch.S */
void firmware_smc(uint64_t x[4]);

void firmware_call(uint64_t x[4])
{
	if (!boot || boot->conduit == PT_CONDUIT_SMC)
		firmware_smc(x);
	else
		x[0] = NOT_SUPPORTED;
}

void machine_boot(const struct pt_boot *image, bool mapped)
{
	const uint64_t offset = image->uart % PT_PAGE_SIZE;

	boot = image;
	uart = boot->uart;
	if (mapped && boot->uart_kind != PT_UART_NONE)
		uart = (uint64_t)el2map_device(PA(boot->uart - offset), PT_PAGE_SIZE) + offset;
}

bool machine_is_booted(void)
{
	return boot;
}

bool machine_say(char c)
{
	const char text[2] = { c };

	return boot && uart_write(uart, boot->uart_kind, text);
}

uint32_t machine_cpu_type(void)
{
	return (uint32_t)read_sysreg(midr_el1) & PT_MIDR_MASK;
}

/* A CPU in a spin table waits for an address other than 0, and may read it with its caches off (Linux, booting.rst). */
static void release_cpu(uint64_t release)
{
	*(volatile uint64_t *)window_open(WINDOW, PA(release), sizeof(uint64_t), false) = board.hypervisor;
	dsb(sy);
	window_close();
	sev();
}

int64_t machine_cpu_on(const struct cpu *cpu, uint64_t release)
{
	uint64_t x[4] = { PSCI_CPU_ON, cpu->mpidr, board.hypervisor, 0 };

	if (boot->conduit != PT_CONDUIT_NONE) {
		firmware_call(x);
		return (int32_t)x[0];
	}
	release_cpu(release);
	return 0;
}

void machine_reset(void)
{
	uint64_t x[4] = { PSCI_SYSTEM_RESET };

	firmware_call(x);
}

/* As well as the CPU can (FEAT_RNG); the time, where it cannot. */
uint64_t machine_random(void)
{
	uint64_t value = read_sysreg(cntpct_el0);

	if (FIELD(read_sysreg(id_aa64isar0_el1), 63, 60))
		value ^= read_sysreg(S3_3_C2_C4_0);	/* RNDR */
	return value * 0x9e3779b97f4a7c15ULL;
}

uint64_t clock_now(void)
{
	isb();
	return read_sysreg(cntpct_el0);
}

uint64_t clock_frequency(void)
{
	return read_sysreg(cntfrq_el0);
}
