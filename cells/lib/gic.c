/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interrupt controller as one cell may use it. Everything that the hypervisor filters
 * (distributor, redistributors, ICC_PMR_EL1, ICC_CTLR_EL1, SGIs) is written at set-up only;
 * acknowledging and ending an interrupt touch ICC_IAR1_EL1 and ICC_EOIR1_EL1 (of a GICv2, GICC_IAR
 * and GICC_EOIR) and nothing else. No wait here is without a bound. /
 */
#include <stdbool.h>
#include <stddef.h>

#include <cell/cpu.h>
#include <cell/gic.h>
#include <cell/info.h>
#include <cell/sysreg.h>
#include <cell/timer.h>

#include "layout.h"

#define ICC_SRE_EL1_SRE		(1u << 0)
#define ICC_IGRPEN1_EL1_Enable	(1u << 0)
#define PRIORITY_ALL		0xff
#define WAKE_TIMEOUT_NS		10000000

struct handler {
	cell_irq_fn *fn;
	void *arg;
};

static struct handler handlers[GIC_SPI_END];
static bool ready;
static uint64_t gicc;			/* CPU interface of a GICv2; 0: GICv3 */
static uint8_t interfaces[CELL_MAX_CPUS];	/* of each CPU, its bit; GICv2 */
static struct cell_lock lock;	/* registers that several CPUs read, change and write back */

static uint64_t redistributor(void)
{
	return cell_info()->cpus[cell_cpu_index()].gicr;
}

/* Where the registers of this interrupt are, for an access from this CPU. */
static uint64_t frame(uint32_t intid)
{
	return intid < GIC_SPI_FIRST && !gicc ? redistributor() + GICR_SGI_BASE : cell_info()->gicd;
}

static void redistributor_wake(void)
{
	uint64_t waker = redistributor() + GICR_WAKER,
		 end = cell_now() + cell_ticks(WAKE_TIMEOUT_NS);
	uint32_t value = cell_mmio_read32(waker);

	if (value & GICR_WAKER_ProcessorSleep)
		cell_mmio_write32(waker, value & ~GICR_WAKER_ProcessorSleep);
	while (cell_mmio_read32(waker) & GICR_WAKER_ChildrenAsleep && cell_now() < end)
		;
}

/*
 * In its own order (IHI 0069 4.1.5): system registers first, then groups, then the CPU interface's
 * gates.
 */
static void v3_init_cpu(void)
{
	uint64_t sgi = redistributor() + GICR_SGI_BASE;

	redistributor_wake();
	cell_sysreg_write(icc_sre_el1, cell_sysreg_read(icc_sre_el1) | ICC_SRE_EL1_SRE);
	cell_isb();
	cell_mmio_write32(sgi + GIC_ICENABLER(0), ~0u);
	cell_mmio_write32(sgi + GIC_IGROUPR(0), ~0u);
	cell_sysreg_write(icc_ctlr_el1,
			  0); /* EOImode 0: EOIR drops and deactivates, no ICC_DIR_EL1 */
	cell_sysreg_write(icc_bpr1_el1, 0);
	cell_sysreg_write(icc_pmr_el1, PRIORITY_ALL);
	cell_sysreg_write(icc_igrpen1_el1, ICC_IGRPEN1_EL1_Enable);
	cell_isb();
}

/* The numbers of CPU interfaces are not in MPIDR_EL1: the read-only targets of the own interrupts tell. */
static void v2_init_cpu(void)
{
	uint64_t gicd = cell_info()->gicd;
	uint32_t own = 0;

	for (unsigned int i = 0; i < GIC_SPI_FIRST; i += 4)
		own |= cell_mmio_read32(gicd + GICD_ITARGETSR + i);
	own |= own >> 16;
	own |= own >> 8;
	interfaces[cell_cpu_index()] = (uint8_t)own;
	cell_mmio_write32(gicd + GIC_ICENABLER(0), ~0u);
	cell_mmio_write32(gicc + GICC_BPR, 0);
	cell_mmio_write32(gicc + GICC_PMR, PRIORITY_ALL);
	/* The other bits as they are: firmware may have closed the way round the GIC. */
	cell_mmio_write32(gicc + GICC_CTLR, cell_mmio_read32(gicc + GICC_CTLR) | GICC_CTLR_Enable);
}

void cell_irq_init_cpu(void)
{
	if (!ready)
		return;
	if (gicc)
		v2_init_cpu();
	else
		v3_init_cpu();
}

void cell_irq_init(void)
{
	const uint64_t ctlr = cell_info()->gicd + GICD_CTLR;
	uint32_t wanted = GICD_CTLR_EnableGrp1 | GICD_CTLR_ARE, value = cell_mmio_read32(ctlr);

	gicc = cell_info()->gicc;
	if (gicc)
		wanted = GICC_CTLR_Enable;	/* the same bit in GICD_CTLR */
	/* Usually on already, as the board's distributor is shared with the other cells. */
	if ((value & wanted) != wanted)
		cell_mmio_write32(ctlr, value | wanted);
	ready = true;
	cell_irq_init_cpu();
}

void cell_irq_handler(uint32_t intid, cell_irq_fn *fn, void *arg)
{
	uint64_t daif = cell_lock(&lock);

	handlers[intid].arg = arg;
	handlers[intid].fn = fn;
	cell_unlock(&lock, daif);
}

static void set_trigger(uint32_t intid, enum cell_trigger trigger)
{
	uint64_t icfgr = frame(intid) + GIC_ICFGR(intid / 16);
	uint32_t bit = 2u << (intid % 16 * 2), old, new;
	uint64_t daif = cell_lock(&lock);

	old = cell_mmio_read32(icfgr);
	new = trigger == CELL_EDGE ? old | bit : old & ~bit;
	if (new != old)
		cell_mmio_write32(icfgr, new);
	cell_unlock(&lock, daif);
}

void cell_irq_enable(uint32_t intid, uint8_t priority, enum cell_trigger trigger)
{
	uint64_t base = frame(intid);

	cell_mmio_write8(base + GIC_IPRIORITYR + intid, priority);
	if (intid >= 16)
		set_trigger(intid, trigger);
	if (intid >= GIC_SPI_FIRST && gicc)
		cell_mmio_write8(base + GICD_ITARGETSR + intid, interfaces[cell_cpu_index()]);
	else if (intid >= GIC_SPI_FIRST)
		cell_mmio_write64(base + GICD_IROUTER(intid),
				  cell_info()->cpus[cell_cpu_index()].mpidr);
	cell_mmio_write32(base + GIC_ISENABLER(intid / 32), 1u << intid % 32);
}

void cell_irq_disable(uint32_t intid)
{
	cell_mmio_write32(frame(intid) + GIC_ICENABLER(intid / 32), 1u << intid % 32);
}

void cell_sgi_send(unsigned int index, uint32_t intid)
{
	uint64_t mpidr = cell_info()->cpus[index].mpidr;
	uint64_t value = ICC_SGI1R_INTID(intid);

	value |= (mpidr >> 32 & 0xff) << 48;	/* Aff3 */
	value |= (mpidr >> 16 & 0xff) << 32;	/* Aff2 */
	value |= (mpidr >> 8 & 0xff) << 16;	/* Aff1 */
	value |= (mpidr >> 4 & 0xf) << 44;	/* RS: which 16 of Aff0 */
	value |= 1u << (mpidr & 0xf);		/* TargetList */

	/*
	 * What the receiver shall find must be visible before the SGI is; ISB, as a register write
	 * is no barrier.
	 */
	asm volatile("dsb ish" ::: "memory");
	if (gicc) {
		cell_mmio_write32(cell_info()->gicd + GICD_SGIR, (uint32_t)interfaces[index] << 16 | intid);
		return;
	}
	cell_sysreg_write(icc_sgi1r_el1, value);
	cell_isb();
}

/*
 * From vectors.S. One interrupt an entry: what else is pending comes in at once after the return.
 */
void cell_irq(void)
{
	uint32_t iar = gicc ? cell_mmio_read32(gicc + GICC_IAR) : (uint32_t)cell_sysreg_read(icc_iar1_el1);
	uint32_t intid = gicc ? iar & GICC_IAR_INTID : iar;

	/*
	 * Acknowledged at the redistributor before the handler touches the device (IHI 0069 4.1.1).
	 */
	cell_dsb();
	if (intid >= GIC_SPI_END)
		return;
	if (handlers[intid].fn)
		handlers[intid].fn(intid, handlers[intid].arg);
	else
		cell_irq_disable(intid);	/* nobody would ever clear its cause */

	/*
	 * The device must have seen the handler's writes, or a level would be taken for a second
	 * interrupt.
	 */
	cell_dsb();
	if (gicc) {
		cell_mmio_write32(gicc + GICC_EOIR, iar);
		return;
	}
	cell_sysreg_write(icc_eoir1_el1, intid);
	cell_isb();
}
