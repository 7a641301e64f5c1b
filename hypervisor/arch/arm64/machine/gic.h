/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt controller as the guest floor uses it, beyond core/machine.h: raw accesses to the distributor and redistributors,
 * sending SGIs, and the CPU interface of a CPU that changes hands or waits for its cell.
 */
#ifndef MACHINE_GIC_H
#define MACHINE_GIC_H

#include <core/cell.h>
#include <machine/gic_regs.h>
#include <machine/io.h>

extern uint8_t *gicd;	/* the distributor, mapped */
extern bool gic_is_v2;	/* or a GICv3: which, the system blob says */

/* Registers of the distributor. The offset is below GIC_FRAME (GICv2: GICD_V2_SIZE) and aligned to the size. */
static inline uint32_t gicd_read(uint64_t offset)
{
	return io_read32(gicd + offset);
}

static inline void gicd_write(uint64_t offset, uint32_t value)
{
	io_write32(gicd + offset, value);
}

/* One of four interrupts whose fields are bytes; not all of them can be read alone. */
static inline uint8_t gicd_read8(uint64_t offset)
{
	return (uint8_t)(gicd_read(offset & ~3ULL) >> (8 * (offset % 4)));
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

/* GICv3: registers of @cpu's redistributor; the SGI_base frame is at GICR_SGI. */
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
 * Write the bits @mask of the route of @intid (an SPI) for @cpu's cell. GICv3: GICD_IROUTER<n>, a CPU of the cell as it wants; what
 * names another, or any (IRM), becomes @cpu itself. GICv2: the byte of GICD_ITARGETSR, of which other CPUs are taken; if only
 * those were named it becomes @cpu.
 */
void gic_route(const struct cpu *cpu, uint32_t intid, uint64_t mask, uint64_t value);

/* The same for the GICD_IROUTER<n> or GICD_IROUTER<n>E at @offset. */
void gicv3_route(const struct cpu *cpu, uint64_t offset, uint64_t mask, uint64_t value);

/*
 * SGIs name CPUs as ICC_SGI1R_EL1 does: a cluster (those that share Aff3, Aff2, Aff1 and RS) and a list of 16 bits.
 * A cluster's affinity and RS fields are here in their places in ICC_SGI1R_EL1; a CPU's own cluster and bit are in its
 * struct machine_cpu. Written once, when the board is found. On a GICv2 there is one, of eight bits: the CPU interfaces.
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

/* The calling CPU comes under the hypervisor. False: it and the interrupt controller do not fit. */
bool gic_cpu_enter(struct cpu *cpu) __must_check;

/* Has the calling CPU a GICv3's system registers, those of EL2 too, and are they in use? */
bool gic_cpu_has_registers(void);

/* Between gic.c and the versions. */
#define GIC_WAIT_LIMIT	100000u		/* register reads, some milliseconds */
#define KICK_SGI	0u		/* one that any firmware leaves to the non-secure side */
#define GICV3_ACTIVE_MAX	4u

extern struct lock gicd_lock;		/* of what is shared bit by bit */

/* Of the CPU interface, while its CPU waits at EL2. */
struct gic_interface {
	uint64_t pmr, groups, active[GICV3_ACTIVE_MAX];
	uint32_t bpr, abpr;
	uint8_t kick_priority;
	bool kick_enabled;
};

/* Find the frames and look at them, with gicd mapped. */
enum pt_error gicv2_init(const struct pt_system *system) __must_check;
enum pt_error gicv3_init(const struct pt_system *system) __must_check;
bool gicv2_enter(struct cpu *cpu) __must_check;
void gicv2_route(const struct cpu *cpu, uint32_t intid, uint8_t mask, uint8_t value);
/* irq_confine_root() for extended SPIs. */
void gicv3_confine_extended(void);
/* cpu_kick(), but for what both need. */
void gicv2_kick(const struct cpu *cpu);
void gicv3_kick(const struct cpu *cpu);
/* Let the kick through to the calling CPU, whatever its cell has masked; false: it would not get through. And back. */
bool gicv2_open(struct gic_interface *saved) __must_check;
bool gicv3_open(struct gic_interface *saved) __must_check;
void gicv2_close(const struct gic_interface *saved);
void gicv3_close(const struct gic_interface *saved);
/* gic_cpu_reset(), but for what both need; of the private interrupts, with those that both have disabled. */
void gicv2_interface_reset(const struct cpu *cpu);
void gicv3_interface_reset(const struct cpu *cpu);
void gicv3_private_reset(const struct cpu *cpu);

#endif
