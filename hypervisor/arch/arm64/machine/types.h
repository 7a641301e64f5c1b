/* SPDX-License-Identifier: GPL-2.0-only */
/* What arm64 adds to a cell and to a CPU of core/. */
#ifndef MACHINE_TYPES_H
#define MACHINE_TYPES_H

#include <partita/types.h>
#include <lib/types.h>

struct stage2 {
	uint64_t *root;		/* two level 1 tables */
	unsigned int used;	/* entries of the root, from the first, that may not be empty */
	uint64_t vttbr;		/* VTTBR_EL2: VMID and root */
};

struct machine_cell {
	uint64_t hcr;			/* HCR_EL2 of its CPUs; each root CPU has its own, see struct private */
	uint16_t sgi_list[PT_MAX_CPUS];	/* by cluster of the board (gic.h): TargetList bits of its own CPUs */
};

struct machine_cpu {
	uint8_t *gicr;		/* RD_base frame, mapped */
	paddr_t gicr_pa;
	uint64_t gicr_size;	/* bytes of all its frames */
	uint32_t sgi_cluster;	/* index into sgi_clusters (gic.h) */
	uint16_t sgi_list;	/* its bit of a TargetList; GICv2: of its CPU interface */
	uint32_t gicr_ctlr;	/* of the root: GICR_CTLR while the CPU is with a cell */
	uint32_t gicc_bypass;	/* GICv2: what the firmware has set in GICC_CTLR */
	/* The root's LPI tables at the time of enabling; they stay where they are. Sizes 0 without LPIs. */
	uint64_t lpi_config, lpi_config_size, lpi_pending, lpi_pending_size;
};

/* A device interrupt's settings at its previous owner. */
struct irq_settings {
	uint64_t route;		/* GICD_IROUTER, or the byte of GICD_ITARGETSR */
	uint8_t priority;
	uint8_t trigger;	/* the two bits of GICD_ICFGR */
	bool enabled;
};

#endif
