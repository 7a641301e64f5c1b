/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Never giving the CPU back: spinning, sleeping in ways that nothing shall end, and storms that try
 * to keep the hypervisor or the machine busy. Each must be reclaimed within a bound, and no
 * neighbour may feel it. /
 */
#include "hostile.h"

#define ICC_AP0R0_EL1	s3_0_c12_c8_4
#define ICC_AP1R0_EL1	s3_0_c12_c9_0
#define ALL_32		0xffffffffu

static void mask_all(void)
{
	asm volatile("msr daifset, #15" ::: "memory");
}

/* Where the registers of a GICv2's CPU interface are; 0: of a GICv3 they are system registers. */
static uint64_t gicc(void)
{
	return cell_info()->gicc;
}

static uint64_t own_sgi_frame(void)
{
	return gicc() ? cell_info()->gicd :
	       cell_info()->cpus[cell_cpu_index()].gicr + GICR_SGI_BASE;
}

/* No priority is high enough. */
static void close_mask(void)
{
	if (gicc())
		cell_mmio_write32(gicc() + GICC_PMR, 0);
	else
		cell_sysreg_write(icc_pmr_el1, 0);
}

static void close_groups(void)
{
	if (gicc())
		cell_mmio_write32(gicc() + GICC_CTLR, 0);
	else
		cell_sysreg_write(icc_igrpen1_el1, 0);
	cell_isb();
}

static void activate_priorities(void)
{
	if (gicc()) {
		cell_mmio_write32(gicc() + GICC_APR, ALL_32);
		cell_mmio_write32(gicc() + GICC_NSAPR, ALL_32);
	} else {
		cell_sysreg_write(ICC_AP0R0_EL1, ALL_32);
		cell_sysreg_write(ICC_AP1R0_EL1, ALL_32);
	}
	cell_isb();
}

static uint64_t pending_first(void)
{
	return gicc() ? cell_mmio_read32(gicc() + GICC_HPPIR) & GICC_IAR_INTID :
			cell_sysreg_read(icc_hppir1_el1);
}

static uint64_t acknowledge(void)
{
	return gicc() ? cell_mmio_read32(gicc() + GICC_IAR) & GICC_IAR_INTID :
			cell_sysreg_read(icc_iar1_el1);
}

static void sleep_for_ever(void)
{
	mask_all();
	for (;;)
		asm volatile("wfi");
}

static void spin(const struct numbers *numbers)
{
	(void)numbers;
	mask_all();
	for (;;)
		;
}

/* Without stage 1 there is no translation of ours that could go stale. */
static void spin_mmu_off(const struct numbers *numbers)
{
	(void)numbers;
	mask_all();
	asm volatile("dsb sy\n\tmsr sctlr_el1, %0\n\tisb\n1:\tb 1b" ::"r"(0x30d00800ULL)
		     : "memory");
}

static void wfi(const struct numbers *numbers)
{
	(void)numbers;
	sleep_for_ever();
}

static void wfi_priority(const struct numbers *numbers)
{
	(void)numbers;
	close_mask();
	sleep_for_ever();
}

static void wfi_group(const struct numbers *numbers)
{
	(void)numbers;
	close_groups();
	sleep_for_ever();
}

/* An interrupt of the highest priority that is never ended: no other can come in. */
static void wfi_active(const struct numbers *numbers)
{
	(void)numbers;
	mask_all();
	cell_irq_enable(3, 0, CELL_EDGE);
	cell_sgi_send(cell_cpu_index(), 3);
	while (pending_first() != 3)
		;
	if (acknowledge() != 3)
		cell_printf("hostile: the SGI was not there\n");
	cell_dsb();
	sleep_for_ever();
}

/* The same, by writing the active priorities of both groups. */
static void wfi_active_groups(const struct numbers *numbers)
{
	(void)numbers;
	activate_priorities();
	sleep_for_ever();
}

/* An SGI that is active is not signalled again, whichever one the hypervisor takes to call us. */
static void wfi_active_sgis(const struct numbers *numbers)
{
	(void)numbers;
	cell_mmio_write32(own_sgi_frame() + GIC_ISACTIVER(0), ALL_32);
	sleep_for_ever();
}

/* A redistributor that believes its CPU to be asleep forwards nothing. */
static void wfi_asleep(const struct numbers *numbers)
{
	(void)numbers;
	if (!gicc())
		cell_mmio_write32(cell_info()->cpus[cell_cpu_index()].gicr + GICR_WAKER,
				  GICR_WAKER_ProcessorSleep);
	sleep_for_ever();
}

static void wfi_everything(const struct numbers *numbers)
{
	mask_all();
	cell_mmio_write32(own_sgi_frame() + GIC_ICENABLER(0), ALL_32);
	for (unsigned int i = 0; i < 32; i++)
		cell_mmio_write8(own_sgi_frame() + GIC_IPRIORITYR + i, 0xff);
	cell_mmio_write32(own_sgi_frame() + GIC_ISACTIVER(0), ALL_32);
	activate_priorities();
	close_groups();
	close_mask();
	cell_isb();
	wfi_asleep(numbers);
}

static void wfe(const struct numbers *numbers)
{
	(void)numbers;
	mask_all();
	for (;;)
		asm volatile("wfe");
}

static bool has_wfxt(void)
{
	return (cell_sysreg_read(s3_0_c0_c6_2) & 15) >= 2;	/* ID_AA64ISAR2_EL1.WFxT */
}

/* Until the end of time; where it does not exist, WFI will do. */
static void wfit(const struct numbers *numbers)
{
	(void)numbers;
	mask_all();
	close_mask();
	while (has_wfxt())
		asm volatile("mov x0, #-1\n\t.inst 0xd5031020" ::: "x0");
	sleep_for_ever();
}

static void wfet(const struct numbers *numbers)
{
	mask_all();
	while (has_wfxt())
		asm volatile("mov x0, #-1\n\t.inst 0xd5031000" ::: "x0");
	wfe(numbers);
}

static void suspend(const struct numbers *numbers)
{
	(void)numbers;
	mask_all();
	close_mask();
	for (;;)
		cell_smc_result(PSCI_CPU_SUSPEND, 1 << 16, 0, 0);
}

/* Vectors where nothing is mapped: an exception at each fetch, for ever, and all of it at EL1. */
static void exception_loop(const struct numbers *numbers)
{
	(void)numbers;
	cell_sysreg_write(vbar_el1, 0x600000000000ULL);
	cell_isb();
	for (;;)
		asm volatile("brk #1");
}

static void nothing(uint32_t intid, void *unused)
{
	(void)intid;
	(void)unused;
}

/* A deadline long past, and a handler that does not care: an interrupt at each instruction. */
static void timer_storm(const struct numbers *numbers)
{
	(void)numbers;
	cell_irq_handler(GIC_INTID_VTIMER, nothing, NULL);
	cell_irq_handler(GIC_INTID_PTIMER, nothing, NULL);
	cell_irq_enable(GIC_INTID_VTIMER, 0, CELL_LEVEL);
	cell_irq_enable(GIC_INTID_PTIMER, 0, CELL_LEVEL);
	cell_sysreg_write(cntv_cval_el0, 0);
	cell_sysreg_write(cntv_ctl_el0, 1);
	cell_sysreg_write(cntp_cval_el0, 0);
	cell_sysreg_write(cntp_ctl_el0, 1);
	cell_irq_unmask();
	for (;;)
		;
}

static void pmu_storm(const struct numbers *numbers)
{
	(void)numbers;
	cell_irq_handler(GIC_INTID_PMU, nothing, NULL);
	cell_irq_enable(GIC_INTID_PMU, 0, CELL_LEVEL);
	cell_sysreg_write(pmcr_el0, 0x41);
	cell_sysreg_write(pmintenset_el1, ALL_32);
	cell_sysreg_write(pmcntenset_el0, ALL_32);
	cell_sysreg_write(pmovsset_el0, ALL_32);
	cell_irq_unmask();
	for (;;)
		;
}

static void hvc_storm(const struct numbers *numbers)
{
	(void)numbers;
	for (uint32_t id = 0;; id = id * 1664525 + 1013904223)
		cell_hvc_result(id, id, id, id);
}

/* Ids of PSCI calls that would end us are left out. */
static void smc_storm(const struct numbers *numbers)
{
	(void)numbers;
	for (uint32_t id = 0;; id = id * 1664525 + 1013904223)
		if ((id & 0x3f000000) != 0x04000000)
			cell_smc_result(id, id, id, id);
}

static void register_storm(const struct numbers *numbers)
{
	(void)numbers;
	for (uint64_t value = 0;; value++) {
		cell_sysreg_write(icc_pmr_el1, value & 0xff);
		cell_sysreg_read(icc_rpr_el1);
		cell_sysreg_read(icc_ctlr_el1);
	}
}

/* Broadcasts that every CPU of the machine takes part in. */
static void tlbi_storm(const struct numbers *numbers)
{
	(void)numbers;
	for (;;)
		asm volatile("tlbi vmalle1is\n\ttlbi vaae1is, %0\n\tdsb ish" ::"r"(0UL) : "memory");
}

static void cache_storm(const struct numbers *numbers)
{
	size_t size;
	uint64_t start = (uint64_t)cell_free_memory(&size);

	(void)numbers;
	for (;;) {
		for (uint64_t at = start; at < start + size; at += 64)
			asm volatile("dc civac, %0\n\tic ivau, %0" :: "r" (at) : "memory");
		asm volatile("ic ialluis\n\tdsb sy\n\tisb" ::: "memory");
	}
}

static void event_storm(const struct numbers *numbers)
{
	(void)numbers;
	for (;;)
		asm volatile("sev");
}

static void console_flood(const struct numbers *numbers)
{
	(void)numbers;
	/* The first words are repeated: what was said before the flood is gone at once. */
	for (uint64_t i = 0;; i++)
		cell_printf("trying: console-flood %lu flood flood flood flood flood flood flood "
			    "flood\n",
			    i);
}

/* Asks the shutdown request to wait, for ever. */
static void refuse(const struct numbers *numbers)
{
	(void)numbers;
	for (;;) {
		cell_heartbeat();
		if (cell_shutdown_requested())
			cell_answer(PT_ANSWER_NO);
	}
}

static void go_off(uint64_t unused)
{
	(void)unused;
}

static void cpu_on_off_storm(const struct numbers *numbers)
{
	(void)numbers;
	for (unsigned int i = 0;; i++)
		cell_cpu_on(1 + i % (cell_cpu_count() > 1 ? cell_cpu_count() - 1 : 1), go_off, 0);
}

static void cpu_off(const struct numbers *numbers)
{
	(void)numbers;
	cell_cpu_off();
}

const struct behaviour waiting_behaviours[] = {
	{ "spin", ENDLESS, spin },
	{ "spin-mmu-off", ENDLESS, spin_mmu_off },
	{ "wfi", ENDLESS, wfi },
	{ "wfi-priority", ENDLESS, wfi_priority },
	{ "wfi-group", ENDLESS, wfi_group },
	{ "wfi-active", ENDLESS, wfi_active },
	{ "wfi-active-groups", ENDLESS, wfi_active_groups },
	{ "wfi-active-sgis", ENDLESS, wfi_active_sgis },
	{ "wfi-asleep", ENDLESS, wfi_asleep },
	{ "wfi-everything", ENDLESS, wfi_everything },
	{ "wfe", ENDLESS, wfe },
	{ "wfit", ENDLESS, wfit },
	{ "wfet", ENDLESS, wfet },
	{ "suspend", ENDLESS, suspend },
	{ "exception-loop", ENDLESS, exception_loop },
	{ "timer-storm", ENDLESS, timer_storm },
	{ "pmu-storm", ENDLESS, pmu_storm },
	{ "hvc-storm", ENDLESS, hvc_storm },
	{ "smc-storm", ENDLESS, smc_storm },
	{ "register-storm", ENDLESS, register_storm },
	{ "tlbi-storm", ENDLESS, tlbi_storm },
	{ "cache-storm", ENDLESS, cache_storm },
	{ "event-storm", ENDLESS, event_storm },
	{ "console-flood", ENDLESS, console_flood },
	{ "refuse", ENDLESS, refuse },
	{ "cpu-on-off-storm", ENDLESS, cpu_on_off_storm },
	{ "cpu-off", ENDLESS, cpu_off },
	{ 0 },
};
