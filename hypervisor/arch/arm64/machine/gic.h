/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GICv3 (IHI0069) as the guest floor uses it, beyond core/machine.h: raw accesses to the distributor and redistributors,
 * sending SGIs, and the CPU interface of a CPU that changes hands or waits for its cell.
 */
#ifndef MACHINE_GIC_H
#define MACHINE_GIC_H

#include <core/cell.h>
#include <machine/gic_regs.h>
#include <machine/io.h>

extern uint8_t *gicd;	/* the distributor, mapped */

/* Registers of the distributor. The offset is below GIC_FRAME and aligned to the size. */
static inline uint32_t gicd_read(uint64_t offset)
{
	return io_read32(gicd + offset);
}

static inline void gicd_write(uint64_t offset, uint32_t value)
{
	io_write32(gicd + offset, value);
}

static inline uint64_t gicd_read64(uint64_t offset)
{
	return io_read64(gicd + offset);
}

static inline void gicd_write64(uint64_t offset, uint64_t value)
{
	io_write64(gicd + offset, value);
}

static inline void gicd_write8(uint64_t offset, uint8_t value)
{
	io_write8(gicd + offset, value);
}

/* Replace the bits @mask of a distributor register whose neighbours belong to others. */
void gicd_update(uint64_t offset, uint32_t mask, uint32_t value);

/* Registers of @cpu's redistributor; the SGI_base frame is at GICR_SGI. */
static inline uint32_t gicr_read(const struct cpu *cpu, uint64_t offset)
{
	return io_read32(cpu->machine.gicr + offset);
}

static inline void gicr_write(const struct cpu *cpu, uint64_t offset, uint32_t value)
{
	io_write32(cpu->machine.gicr + offset, value);
}

static inline uint64_t gicr_read64(const struct cpu *cpu, uint64_t offset)
{
	return io_read64(cpu->machine.gicr + offset);
}

static inline void gicr_write8(const struct cpu *cpu, uint64_t offset, uint8_t value)
{
	io_write8(cpu->machine.gicr + offset, value);
}

/*
 * Write the bits @mask of the GICD_IROUTER<n> or GICD_IROUTER<n>E at @offset for @cpu's cell: a CPU of the cell as it
 * wants; what names another, or any (IRM), becomes @cpu itself.
 */
void gicd_route(const struct cpu *cpu, uint64_t offset, uint64_t mask, uint64_t value);

/*
 * SGIs name CPUs as ICC_SGI1R_EL1 does: a cluster (those that share Aff3, Aff2, Aff1 and RS) and a list of 16 bits.
 * A cluster's affinity and RS fields are here in their places in ICC_SGI1R_EL1; a CPU's own cluster and bit are in its
 * struct machine_cpu. Written once, when the board is found.
 */
struct sgi_clusters {
	uint32_t count;
	uint64_t affinity[PT_MAX_CPUS];
};

extern struct sgi_clusters sgi_clusters;

#define SGI_AFFINITY_MASK	0x00fff0ff00ff0000ULL	/* Aff3, RS, Aff2, Aff1 */
#define SGI_IRM			BIT(40)
#define SGI_LIST_MASK		0xffffULL
#define SGI_INTID_MASK		(0xfULL << 24)

/* This CPU's interface and redistributor as after a reset: nothing enabled, pending or active. */
void gic_cpu_reset(struct cpu *cpu);

/* A root CPU's LPIs: off while the CPU is away, and on again as they were. */
void gic_cpu_keep_lpis(struct cpu *cpu);
void gic_cpu_restore_lpis(struct cpu *cpu);

/*
 * Sleep until an interrupt is signalled to this CPU, for a cell that executed WFI: whatever masks the cell has
 * set, an SGI from cpu_kick() ends it.
 */
void gic_wait_for_interrupt(void);

/* Per-CPU part of taking over and of leaving. */
bool gic_cpu_usable(void);

#endif
