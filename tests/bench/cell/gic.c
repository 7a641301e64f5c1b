// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt controller, GICv3, as a guest may use it: the distributor as far as its own interrupts go. What a
 * hypervisor keeps for itself (GICD_CTLR, groups) is written all the same, because with none below it has to be.
 */
#include "bench.h"

#define GICD_CTLR		0x0000
#define GICD_CTLR_ARE		BIT(4)
#define GICD_CTLR_GROUP1	BIT(1)
#define GICD_CTLR_RWP		BIT(31)
#define GICD_IROUTER		0x6000
#define GIC_IGROUPR		0x0080
#define GIC_ISENABLER		0x0100
#define GIC_IPRIORITYR		0x0400

#define GICR_TYPER		0x0008
#define GICR_TYPER_LAST		BIT(4)
#define GICR_WAKER		0x0014
#define GICR_WAKER_SLEEP	BIT(1)
#define GICR_WAKER_ASLEEP	BIT(2)
#define GICR_FRAMES		0x20000

#define PRIORITY		0xa0
#define MPIDR_AFFINITY		0xff00ffffffull

/* As GICR_TYPER[63:32] has it. */
static uint32_t affinity(uint64_t mpidr)
{
	return (uint32_t)((mpidr & 0xffffff) | ((mpidr >> 8) & 0xff000000));
}

uint64_t gicr_of(uint64_t mpidr)
{
	for (uint64_t frame = platform.gicr;; frame += GICR_FRAMES) {
		if (read32(frame + GICR_TYPER + 4) == affinity(mpidr))
			return frame;
		if (read32(frame + GICR_TYPER) & GICR_TYPER_LAST)
			return 0;
	}
}

uint64_t gicr_here(void)
{
	return gicr_of(read_sysreg(mpidr_el1));
}

static void wait_for_distributor(void)
{
	while (read32(platform.gicd + GICD_CTLR) & GICD_CTLR_RWP)
		;
}

void gic_start(void)
{
	/* First affinity routing, then the group: together they are unpredictable. */
	write32(platform.gicd + GICD_CTLR, GICD_CTLR_ARE);
	wait_for_distributor();
	write32(platform.gicd + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP1);
	wait_for_distributor();
}

void gic_start_cpu(void)
{
	const uint64_t gicr = gicr_here();

	write32(gicr + GICR_WAKER, read32(gicr + GICR_WAKER) & (uint32_t)~GICR_WAKER_SLEEP);
	while (read32(gicr + GICR_WAKER) & GICR_WAKER_ASLEEP)
		;
	write32(gicr + GICR_SGI_BASE + GIC_IGROUPR, ~0u);
	write_sysreg(ICC_SRE_EL1, 7);
	isb();
	write_sysreg(ICC_PMR_EL1, 0xff);
	write_sysreg(ICC_BPR1_EL1, 0);
	write_sysreg(ICC_CTLR_EL1, 0);
	write_sysreg(ICC_IGRPEN1_EL1, 1);
	isb();
}

static void set_priority(uint64_t frame, uint32_t intid)
{
	const uint64_t word = frame + GIC_IPRIORITYR + intid / 4 * 4;
	const unsigned int shift = intid % 4 * 8;

	write32(word, (read32(word) & ~(0xffu << shift)) | (uint32_t)PRIORITY << shift);
}

void gic_enable_private(uint32_t intid)
{
	const uint64_t frame = gicr_here() + GICR_SGI_BASE;

	set_priority(frame, intid);
	write32(frame + GIC_ISENABLER, 1u << intid);
}

void gic_enable_spi(uint32_t intid)
{
	const uint64_t group = platform.gicd + GIC_IGROUPR + intid / 32 * 4;

	write32(group, read32(group) | 1u << (intid % 32));
	set_priority(platform.gicd, intid);
	write64(platform.gicd + GICD_IROUTER + intid * 8ull, read_sysreg(mpidr_el1) & MPIDR_AFFINITY);
	write32(platform.gicd + GIC_ISENABLER + intid / 32 * 4, 1u << (intid % 32));
}

/* ICC_SGI1R_EL1 for one CPU; its Aff0 is below 16. */
uint64_t sgi_to(uint64_t mpidr, uint32_t intid)
{
	return (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 | (uint64_t)intid << 24 |
	       (mpidr >> 8 & 0xff) << 16 | BIT(mpidr & 0xf);
}
