// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3 (IHI0069): redistributors, routes by affinity, a CPU interface in system registers.
 */
#include <core/blob.h>
#include <core/ownership.h>
#include <lib/lock.h>
#include <machine/el2map.h>
#include <machine/gic.h>
#include <machine/sysreg.h>

static void gicr_wait(const struct cpu *cpu)
{
	for (uint32_t i = 0; i < GIC_WAIT_LIMIT && (gicr_read(cpu, GICR_CTLR) & GICR_CTLR_RWP); i++)
		;
}

static uint64_t aff(const struct cpu *cpu, unsigned int level)
{
	return FIELD(cpu->mpidr, (level == 3 ? 39 : 8 * level + 7), (level == 3 ? 32 : 8 * level));
}

/*
 * Where @route may lead for @cpu's cell. The fields of MPIDR_EL1 and GICD_IROUTER lie in the same places. Callers hold
 * gicd_lock, which orders this with a change of the cell's CPUs: a route is written either before
 * irq_confine_root() confines it, or by the CPUs that are left.
 */
static uint64_t confined(const struct cpu *cpu, uint64_t route)
{
	const struct cpu *target = (route & GICD_IROUTER_IRM) ? NULL : cell_cpu_by_mpidr(cpu->cell, route);

	return target ? target->mpidr : cpu->mpidr;
}

void gicv3_route(const struct cpu *cpu, uint64_t offset, uint64_t mask, uint64_t value)
{
	uint64_t old, new;

	lock_take(&gicd_lock);
	old = gicd_read64(offset);
	new = confined(cpu, (old & ~mask) | (value & mask));
	if (new != old)
		gicd_write64(offset, new);
	lock_release(&gicd_lock);
}

void gicv3_confine_extended(void)
{
	const uint32_t typer = gicd_read(GICD_TYPER);

	for (uint64_t n = 0; n < GICD_TYPER_EXTENDED(typer); n++)
		gicv3_route(this_cpu(), GICD_IROUTERE + 8 * n, 0, 0);
}

static uint64_t affinity_of(const struct cpu *cpu)
{
	return aff(cpu, 3) << 48 | (aff(cpu, 0) >> 4) << 44 | aff(cpu, 2) << 32 | aff(cpu, 1) << 16;
}

static void note_cluster(struct cpu *cpu)
{
	struct sgi_clusters *all = &sgi_clusters;
	uint32_t i = 0;

	while (i < all->count && all->affinity[i] != affinity_of(cpu))
		i++;
	if (i == all->count)
		all->affinity[all->count++] = affinity_of(cpu);
	cpu->machine.sgi_cluster = i;
	cpu->machine.sgi_list = (uint16_t)BIT(aff(cpu, 0) & 15);
}

/* A redistributor that its cell has put to sleep would signal nothing. RAZ/WI where the firmware has it. */
static void wake_redistributor(const struct cpu *cpu)
{
	gicr_write(cpu, GICR_WAKER, gicr_read(cpu, GICR_WAKER) & ~(uint32_t)GICR_WAKER_SLEEP);
	for (uint32_t i = 0; i < GIC_WAIT_LIMIT && (gicr_read(cpu, GICR_WAKER) & GICR_WAKER_ASLEEP); i++)
		;
}

void gicv3_kick(const struct cpu *cpu)
{
	const uint64_t target = affinity_of(cpu) | cpu->machine.sgi_list;

	/* Its cell, which could have made the SGI ineffective, reaches these no more. */
	wake_redistributor(cpu);
	gicr_write8(cpu, GICR_SGI + GICD_IPRIORITYR + KICK_SGI, 0);
	gicr_write(cpu, GICR_SGI + GICD_ICACTIVER, (uint32_t)BIT(KICK_SGI));
	gicr_write(cpu, GICR_SGI + GICD_ISENABLER, (uint32_t)BIT(KICK_SGI));
	dsb(sy);
	write_sysreg(icc_sgi1r_el1, target | (uint64_t)KICK_SGI << 24);
}

/*
 * ICC_AP1R<n>_EL1 are as many as there are groups of 32 preemption levels. Group 0 is left alone: where firmware has
 * interrupts of its own its registers trap to EL3, and no cell can use it.
 * ICC_CTLR_EL1.PRIbits: at most 5, 6, 7 of them have 1, 2, 4 registers.
 */
static unsigned int priority_bits(void)
{
	return (unsigned int)FIELD(read_sysreg(icc_ctlr_el1), 10, 8) + 1;
}

static void read_active_priorities(uint64_t ap[GICV3_ACTIVE_MAX], unsigned int bits)
{
	ap[0] = read_sysreg(icc_ap1r0_el1);
	if (bits < 6)
		return;
	ap[1] = read_sysreg(icc_ap1r1_el1);
	if (bits < 7)
		return;
	ap[2] = read_sysreg(icc_ap1r2_el1);
	ap[3] = read_sysreg(icc_ap1r3_el1);
}

static void write_active_priorities(const uint64_t ap[GICV3_ACTIVE_MAX], unsigned int bits)
{
	write_sysreg(icc_ap1r0_el1, ap[0]);
	if (bits < 6)
		return;
	write_sysreg(icc_ap1r1_el1, ap[1]);
	if (bits < 7)
		return;
	write_sysreg(icc_ap1r2_el1, ap[2]);
	write_sysreg(icc_ap1r3_el1, ap[3]);
}

static const uint64_t none_active[GICV3_ACTIVE_MAX];

bool gicv3_open(struct gic_interface *saved)
{
	const unsigned int bits = priority_bits();

	saved->pmr = read_sysreg(icc_pmr_el1);
	saved->groups = read_sysreg(icc_igrpen1_el1);
	read_active_priorities(saved->active, bits);
	write_active_priorities(none_active, bits);
	write_sysreg(icc_igrpen1_el1, 1);
	write_sysreg(icc_pmr_el1, 0xff);
	return true;
}

void gicv3_close(const struct gic_interface *saved)
{
	write_sysreg(icc_pmr_el1, saved->pmr);
	write_sysreg(icc_igrpen1_el1, saved->groups);
	write_active_priorities(saved->active, priority_bits());
}

void gicv3_interface_reset(const struct cpu *cpu)
{
	write_sysreg(icc_sre_el1, 7);
	isb();
	write_sysreg(icc_igrpen1_el1, 0);
	write_sysreg(icc_pmr_el1, 0);
	write_active_priorities(none_active, priority_bits());
	write_sysreg(icc_bpr1_el1, 0);
	write_sysreg(icc_ctlr_el1, 0);
	isb();
	wake_redistributor(cpu);
}

/* Groups, and enable, pending and active bits of extended PPIs (IHI0069 12.11, GICR_ICENABLER<n>E). */
void gicv3_private_reset(const struct cpu *cpu)
{
	const uint64_t words = 1 + GICR_TYPER_EPPIS(gicr_read64(cpu, GICR_TYPER));

	for (uint64_t i = 1; i < words && i < 3; i++)
		gicr_write(cpu, GICR_SGI + GICD_ICENABLER + 4 * i, ~0u);
	gicr_wait(cpu);
	for (uint64_t i = 1; i < words && i < 3; i++) {
		gicr_write(cpu, GICR_SGI + GICD_ICPENDR + 4 * i, ~0u);
		gicr_write(cpu, GICR_SGI + GICD_ICACTIVER + 4 * i, ~0u);
	}
	gicr_write(cpu, GICR_SGI + GICD_IGROUPR, ~0u);
	gicr_write(cpu, GICR_SGI + GICD_IGRPMODR, 0);
}

void gic_cpu_keep_lpis(struct cpu *cpu)
{
	cpu->machine.gicr_ctlr = gic_is_v2 ? 0 : gicr_read(cpu, GICR_CTLR);
	if (cpu->machine.gicr_ctlr & GICR_CTLR_ENABLE_LPIS) {
		gicr_write(cpu, GICR_CTLR, cpu->machine.gicr_ctlr & ~(uint32_t)GICR_CTLR_ENABLE_LPIS);
		gicr_wait(cpu);
	}
}

void gic_cpu_restore_lpis(struct cpu *cpu)
{
	if (cpu->machine.gicr_ctlr & GICR_CTLR_ENABLE_LPIS)
		gicr_write(cpu, GICR_CTLR, cpu->machine.gicr_ctlr);
}

/* The tables that the root's kernel gave this redistributor (IHI0069 5.1): no cell may get their memory. */
static void note_lpi_tables(struct cpu *cpu)
{
	struct machine_cpu *m = &cpu->machine;
	uint64_t config;

	if (!(gicr_read64(cpu, GICR_TYPER) & GICR_TYPER_PLPIS) || !(gicr_read(cpu, GICR_CTLR) & GICR_CTLR_ENABLE_LPIS))
		return;
	config = gicr_read64(cpu, GICR_PROPBASER);
	m->lpi_config = config & MASK(51, 12);
	m->lpi_config_size = BIT(FIELD(config, 4, 0) + 1);
	m->lpi_pending = gicr_read64(cpu, GICR_PENDBASER) & MASK(51, 16);
	m->lpi_pending_size = m->lpi_config_size / 8;
}

bool machine_uses_memory(uint64_t base, uint64_t size)
{
	for (unsigned int n = 0; n < board.system->cpus.count; n++) {
		const struct machine_cpu *m = &cpus[n].machine;

		if ((base < m->lpi_config + m->lpi_config_size && m->lpi_config < base + size) ||
		    (base < m->lpi_pending + m->lpi_pending_size && m->lpi_pending < base + size))
			return true;
	}
	return false;
}

static struct cpu *cpu_of_frame(const struct pt_system *system, uint64_t typer)
{
	/* GICR_TYPER.Affinity_Value: Aff3 to Aff0 in one word. */
	const uint64_t mpidr = FIELD(typer, 63, 56) << 32 | FIELD(typer, 55, 32);

	for (unsigned int n = 0; n < system->cpus.count; n++)
		if (cpus[n].mpidr == mpidr)
			return &cpus[n];
	return NULL;
}

/* Walk the redistributors of one region, until the one that calls itself the last. */
static enum pt_error find_frames(const struct pt_system *system, const struct pt_range *region)
{
	uint64_t offset = 0, typer, size;

	do {
		const paddr_t pa = PA(region->base + offset);
		struct cpu *cpu;

		typer = register_load(PA(pa.pa + GICR_TYPER)) |
			(uint64_t)register_load(PA(pa.pa + GICR_TYPER + 4)) << 32;
		size = (typer & GICR_TYPER_VLPIS) ? 4 * GIC_FRAME : 2 * GIC_FRAME;
		cpu = cpu_of_frame(system, typer);
		if (cpu) {
			cpu->machine.gicr = el2map_device(pa, 2 * GIC_FRAME);
			if (!cpu->machine.gicr)
				return PT_ENOMEM;
			cpu->machine.gicr_pa = pa;
			cpu->machine.gicr_size = size;
			note_lpi_tables(cpu);
		}
		offset += size;
	} while (!(typer & GICR_TYPER_LAST) && offset + 2 * GIC_FRAME <= region->size);
	return PT_OK;
}

enum pt_error gicv3_init(const struct pt_system *system)
{
	const struct pt_range *regions = blob_entries(system, system->gicr);

	if (GIC_PIDR2_ARCH(gicd_read(GIC_PIDR2)) < 3 || !(gicd_read(GICD_CTLR) & GICD_CTLR_ARE_NS))
		return PT_EHW;
	for (uint32_t i = 0; i < system->gicr.count; i++) {
		enum pt_error error = find_frames(system, &regions[i]);

		if (error != PT_OK)
			return error;
	}
	for (unsigned int n = 0; n < system->cpus.count; n++) {
		if (!cpus[n].machine.gicr)
			return PT_EHW;
		note_cluster(&cpus[n]);
	}
	return PT_OK;
}
