/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of GICv3 (IHI0069, chapter 12) and GICv2 (IHI0048, chapter 4), as far as they are used. Offsets from the frame
 * named.
 */
#ifndef MACHINE_GIC_REGS_H
#define MACHINE_GIC_REGS_H

#define GIC_FRAME		0x10000

/* Distributor. */
#define GICD_CTLR		0x0000
#define GICD_CTLR_ARE_NS	BIT(4)
#define GICD_CTLR_GROUPS_1	(BIT(0) | BIT(1))	/* EnableGrp1 and 1A, or with one security state 0 and 1 */
#define GICD_CTLR_V2_ENABLE	BIT(0)
#define GICD_CTLR_RWP		BIT(31)
#define GICD_TYPER		0x0004
#define GICD_TYPER_SECURITY	BIT(10)		/* GICv2: two security states */
#define GICD_TYPER_SPIS(typer)	(32 * ((uint32_t)FIELD(typer, 4, 0) + 1))
/* How many extended SPIs there are (GICD_TYPER.ESPI, ESPI_range). */
#define GICD_TYPER_EXTENDED(typer)	(FIELD(typer, 8, 8) * 32 * (FIELD(typer, 31, 27) + 1))
#define GICD_TYPER2		0x000c
#define GICD_SETSPI_NSR		0x0040
#define GICD_CLRSPI_NSR		0x0048
#define GICD_IGROUPR		0x0080
#define GICD_ISENABLER		0x0100
#define GICD_ICENABLER		0x0180
#define GICD_ISPENDR		0x0200
#define GICD_ICPENDR		0x0280
#define GICD_ISACTIVER		0x0300
#define GICD_ICACTIVER		0x0380
#define GICD_IPRIORITYR		0x0400
#define GICD_ITARGETSR		0x0800
#define GICD_ICFGR		0x0c00
#define GICD_IGRPMODR		0x0d00
#define GICD_NSACR		0x0e00
/* GICv2, whose distributor ends with the first 4 KiB. */
#define GICD_SGIR		0x0f00
#define GICD_SGIR_TARGETS(list)	((uint32_t)(list) << 16)
#define GICD_CPENDSGIR		0x0f10		/* a byte for each SGI: who has sent it */
#define GICD_SPENDSGIR		0x0f20
#define GICD_SPENDSGIR_END	0x0f30
#define GICD_V2_ID		0x0fd0
#define GICD_V2_SIZE		0x1000
#define GICD_EXTENDED		0x1000		/* extended SPIs, IGROUPR<n>E onwards */
#define GICD_EXTENDED_END	0x4000
#define GICD_IROUTER		0x6000
#define GICD_IROUTER_IRM	BIT(31)
#define GICD_IROUTERE		0x8000
#define GICD_IROUTERE_END	0xa000
#define GIC_ID			0xffd0		/* PIDR4 .. CIDR3, in all frames */
#define GIC_PIDR2		0xffe8
#define GIC_PIDR2_ARCH(v)	FIELD(v, 7, 4)

/* Redistributor, RD_base frame. */
#define GICR_CTLR		0x0000
#define GICR_CTLR_ENABLE_LPIS	BIT(0)
#define GICR_CTLR_RWP		BIT(3)
#define GICR_IIDR		0x0004
#define GICR_TYPER		0x0008
#define GICR_TYPER_PLPIS	BIT(0)
#define GICR_TYPER_VLPIS	BIT(1)
#define GICR_TYPER_LAST		BIT(4)
#define GICR_TYPER_EPPIS(typer)	FIELD(typer, 31, 27)	/* words of 32 extended PPIs: 0, 1, 2 */
#define GICR_WAKER		0x0014
#define GICR_WAKER_SLEEP	BIT(1)
#define GICR_WAKER_ASLEEP	BIT(2)
#define GICR_SETLPIR		0x0040
#define GICR_CLRLPIR		0x0048
#define GICR_PROPBASER		0x0070
#define GICR_PENDBASER		0x0078
#define GICR_INVLPIR		0x00a0
#define GICR_INVALLR		0x00b0

/* Redistributor, SGI_base frame: the distributor's registers 0 for SGIs and PPIs, at the same offsets. */
#define GICR_SGI		0x10000
#define GICR_ICFGR1		0x0c04
#define GICR_SGI_END		0x1000		/* what follows is reserved or implementation defined */

/* CPU interface of a GICv2. */
#define GICC_CTLR		0x0000
#define GICC_CTLR_GROUPS	3u		/* EnableGrp0, EnableGrp1; with two security states the first one is ours */
#define GICC_CTLR_BYPASS	MASK(8, 5)	/* legacy signals bypass the GIC: not */
#define GICC_PMR		0x0004
#define GICC_BPR		0x0008
#define GICC_EOIR		0x0010
#define GICC_RPR		0x0014
#define GICC_RPR_IDLE		0xf0u		/* from here on: the lowest priority there can be is never active */
#define GICC_ABPR		0x001c
#define GICC_APR		0x00d0		/* four words, as many as there are preemption levels */
#define GICC_NSAPR_END		0x00f0
#define GICC_IIDR		0x00fc
#define GICC_IIDR_ARCH(v)	FIELD(v, 19, 16)

#endif
