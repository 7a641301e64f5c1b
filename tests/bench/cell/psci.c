// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI (DEN0022), through the conduit that the platform has. The other CPU is on all the time and sleeps in WFI: the
 * clock counts the instructions of all CPUs. One that is turned off may be in a loop of its hypervisor instead, which in WFE
 * the emulator lets spin.
 */
#include "bench.h"

#define PSCI_CPU_OFF		0x84000002u
#define PSCI_CPU_ON		0xc4000003u
#define PSCI_AFFINITY_INFO	0xc4000004u
#define PSCI_SYSTEM_OFF		0x84000008u
#define AFFINITY_OFF		1

/* head.S */
extern char second_entry[] HIDDEN;

static volatile bool second_is_ready;

int64_t psci(uint32_t function, uint64_t first, uint64_t second, uint64_t third)
{
	register uint64_t x0 asm("x0") = function;
	register uint64_t x1 asm("x1") = first;
	register uint64_t x2 asm("x2") = second;
	register uint64_t x3 asm("x3") = third;

	if (platform.conduit == CONDUIT_NONE)
		return -1;
	if (platform.conduit == CONDUIT_SMC)
		asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory", CALL_CLOBBERS);
	else
		asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory", CALL_CLOBBERS);
	return (int64_t)x0;
}

/* The call that turns it on. */
void second_call(uint64_t call[4])
{
	second_is_ready = false;
	call[0] = PSCI_CPU_ON;
	call[1] = platform.second_mpidr;
	call[2] = (uint64_t)second_entry;
	call[3] = 0;
}

void second_wait(void)
{
	/* It says so before its WFI, but its turn goes on until then. */
	while (!second_is_ready)
		yield();
}

void second_on(void)
{
	uint64_t call[4];

	second_call(call);
	if (psci((uint32_t)call[0], call[1], call[2], call[3]) != 0)
		fail("the other CPU cannot be turned on");
	second_wait();
}

void second_off(void)
{
	write_sysreg(ICC_SGI1R_EL1, sgi_to(platform.second_mpidr, SGI_LEAVE));
	isb();
	while (psci(PSCI_AFFINITY_INFO, platform.second_mpidr, 0, 0) != AFFINITY_OFF)
		yield();
}

/* head.S */
__attribute__((noreturn)) void second(void);

__attribute__((noreturn)) void second(void)
{
	gic_start_cpu();
	gic_enable_private(SGI_TEST);
	gic_enable_private(SGI_LEAVE);
	irqs_on();
	second_is_ready = true;
	/* All else is the handler's; that of SGI_LEAVE does not return. */
	for (;;)
		asm volatile("wfi" : : : "memory");
}

void second_leaves(void)
{
	psci(PSCI_CPU_OFF, 0, 0, 0);
	for (;;)
		asm volatile("wfi" : : : "memory");
}

void fail(const char *reason)
{
	print("\nfailed: ");
	print(reason);
	print("\n");
	finish();
}

void finish(void)
{
	irqs_off();
	write_sysreg(cntv_ctl_el0, 0);
	if (platform.off_when_done)
		psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		asm volatile("wfi" : : : "memory");
}
