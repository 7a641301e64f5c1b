/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Interrupts (GICv3, ARM IHI 0069; GICv2, ARM IHI 0048: which, the information page tells). They
 * come straight from the device and are acknowledged and ended without an exit; enabling, disabling
 * and sending one is an exit each. All are Non-secure Group 1; of a GICv2 with one security state,
 * in whatever group the firmware has left them. /
 */
#ifndef CELL_GIC_H
#define CELL_GIC_H

#include <stdint.h>

#define GIC_SPI_FIRST		32
#define GIC_SPI_END		1020	/* one past the last */
#define GIC_INTID_VTIMER	27	/* EL1 virtual timer, a PPI */
#define GIC_INTID_PTIMER	30	/* EL1 physical timer */
#define GIC_INTID_PMU		23

/* Distributor and SGI_base frames share the layout of these (IHI 0069 12.9, 12.11). */
#define GICD_CTLR		0x0000
#define GICD_TYPER		0x0004
#define GIC_IGROUPR(n)		(0x0080 + 4 * (n))
#define GIC_ISENABLER(n)	(0x0100 + 4 * (n))
#define GIC_ICENABLER(n)	(0x0180 + 4 * (n))
#define GIC_ISPENDR(n)		(0x0200 + 4 * (n))
#define GIC_ICPENDR(n)		(0x0280 + 4 * (n))
#define GIC_ISACTIVER(n)	(0x0300 + 4 * (n))
#define GIC_ICACTIVER(n)	(0x0380 + 4 * (n))
#define GIC_IPRIORITYR		0x0400	/* a byte per interrupt */
#define GIC_ICFGR(n)		(0x0c00 + 4 * (n))
#define GICD_IROUTER(n)		(0x6000 + 8 * (n))
#define GICD_ITARGETSR		0x0800	/* GICv2: a byte per interrupt */
#define GICD_SGIR		0x0f00	/* GICv2 */
#define GICD_SPENDSGIR		0x0f20	/* GICv2 */

#define GICD_CTLR_EnableGrp1	(1u << 1)	/* EnableGrp1A seen from Non-secure state */
#define GICD_CTLR_ARE		(1u << 4)	/* ARE_NS seen from Non-secure state */

/* CPU interface of a GICv2. */
#define GICC_CTLR		0x0000
#define GICC_CTLR_Enable	(1u << 0)
#define GICC_PMR		0x0004
#define GICC_BPR		0x0008
#define GICC_IAR		0x000c
#define GICC_IAR_INTID		0x3ff	/* of an SGI, its sender is above */
#define GICC_EOIR		0x0010
#define GICC_RPR		0x0014
#define GICC_HPPIR		0x0018
#define GICC_APR		0x00d0	/* active priorities; of Group 1: */
#define GICC_NSAPR		0x00e0

/* RD_base frame. */
#define GICR_CTLR		0x0000
#define GICR_TYPER		0x0008
#define GICR_WAKER		0x0014
#define GICR_PROPBASER		0x0070
#define GICR_PENDBASER		0x0078
#define GICR_SGI_BASE		0x10000
#define GICR_WAKER_ProcessorSleep	(1u << 1)
#define GICR_WAKER_ChildrenAsleep	(1u << 2)

#define ICC_SGI1R_INTID(n)	((uint64_t)(n) << 24)
#define ICC_SGI1R_IRM		(1ULL << 40)	/* to all CPUs but the sender */

#define CELL_PRIORITY_HIGH	0x40	/* a lower number wins */
#define CELL_PRIORITY_NORMAL	0xa0

enum cell_trigger { CELL_LEVEL, CELL_EDGE };

typedef void cell_irq_fn(uint32_t intid, void *arg);

/* Once, on CPU 0, before any other function here; further CPUs are then set up as they come on. */
void cell_irq_init(void);

/*
 * fn runs with interrupts masked, on the exception stack, and must not use FP or SIMD registers:
 * they are not saved. A PPI's or SGI's handler serves all CPUs. /
 */
void cell_irq_handler(uint32_t intid, cell_irq_fn *fn, void *arg);

/* SGIs and PPIs: on this CPU. SPIs: routed to this CPU. SGIs are always edge-triggered. */
void cell_irq_enable(uint32_t intid, uint8_t priority, enum cell_trigger trigger);
void cell_irq_disable(uint32_t intid);

/* Sends SGI intid (0..15) to CPU number index of this cell, which has been turned on before. */
void cell_sgi_send(unsigned int index, uint32_t intid);

#endif
