// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3. EL2 takes no interrupts: it sets up what decides where they go, and hands frames' registers to the guest
 * floor, which has checked who may touch them. Waiting for the hardware (RWP) is bounded: a controller
 * that never answers delays, but does not hang, a CPU.
 */
#include <core/blob.h>
#include <lib/lock.h>
#include <machine/cpu.h>
#include <machine/el2map.h>
#include <machine/gic.h>
#include <machine/sysreg.h>

#define WAIT_LIMIT	100000u		/* register reads, some milliseconds */
#define KICK_SGI	0u		/* one that any firmware leaves to the non-secure side */
#define PRIORITY_RESET	0xa0u		/* middle; the same for every interrupt of a new owner */

uint8_t *gicd;
static uint32_t spi_limit;	/* first INTID above the board's SPIs */
static struct lock update_lock;

struct sgi_clusters sgi_clusters;

void gicd_update(uint64_t offset, uint32_t mask, uint32_t value)
{
	lock_take(&update_lock);
	gicd_write(offset, (gicd_read(offset) & ~mask) | (value & mask));
	lock_release(&update_lock);
}

static void gicd_wait(void)
{
	for (uint32_t i = 0; i < WAIT_LIMIT && (gicd_read(GICD_CTLR) & GICD_CTLR_RWP); i++)
		;
}

static void gicr_wait(const struct cpu *cpu)
{
	for (uint32_t i = 0; i < WAIT_LIMIT && (gicr_read(cpu, GICR_CTLR) & GICR_CTLR_RWP); i++)
		;
}

static uint64_t aff(const struct cpu *cpu, unsigned int level)
{
	return FIELD(cpu->mpidr, (level == 3 ? 39 : 8 * level + 7), (level == 3 ? 32 : 8 * level));
}

/*
 * Where @route may lead for @cpu's cell. The fields of MPIDR_EL1 and GICD_IROUTER lie in the same places. Callers hold
 * update_lock, which orders this with a change of the cell's CPUs: a route is written either before
 * irq_confine_root() looks at it, or by the CPUs that are left.
 */
static uint64_t confined(const struct cpu *cpu, uint64_t route)
{
	const struct cpu *target = (route & GICD_IROUTER_IRM) ? NULL : cell_cpu_by_mpidr(cpu->cell, route);

	return target ? target->mpidr : cpu->mpidr;
}

void gicd_route(const struct cpu *cpu, uint64_t offset, uint64_t mask, uint64_t value)
{
	lock_take(&update_lock);
	gicd_write64(offset, confined(cpu, (gicd_read64(offset) & ~mask) | (value & mask)));
	lock_release(&update_lock);
}

static void confine(uint64_t offset)
{
	uint64_t route;

	lock_take(&update_lock);
	route = gicd_read64(offset);
	if (confined(this_cpu(), route) != route)
		gicd_write64(offset, confined(this_cpu(), route));
	lock_release(&update_lock);
}

void irq_confine_root(void)
{
	const uint32_t typer = gicd_read(GICD_TYPER);

	for (uint32_t intid = 32; intid < spi_limit; intid++)
		if (cell_owns_spi(this_cpu()->cell, intid))
			confine(GICD_IROUTER + 8ULL * intid);
	for (uint64_t n = 0; n < GICD_TYPER_EXTENDED(typer); n++)
		confine(GICD_IROUTERE + 8 * n);
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
	for (uint32_t i = 0; i < WAIT_LIMIT && (gicr_read(cpu, GICR_WAKER) & GICR_WAKER_ASLEEP); i++)
		;
}

void cpu_kick(const struct cpu *cpu)
{
	const uint64_t target = affinity_of(cpu) | cpu->machine.sgi_list;

	/* Its cell, which could have made the SGI ineffective, reaches these no more. */
	wake_redistributor(cpu);
	gicr_write8(cpu, GICR_SGI + GICD_IPRIORITYR + KICK_SGI, 0);
	gicr_write(cpu, GICR_SGI + GICD_ICACTIVER, (uint32_t)BIT(KICK_SGI));
	gicr_write(cpu, GICR_SGI + GICD_ISENABLER, (uint32_t)BIT(KICK_SGI));
	dsb(sy);
	write_sysreg(icc_sgi1r_el1, target | (uint64_t)KICK_SGI << 24);
	isb();
	sev();			/* it may be in WFE */
}

/*
 * ICC_AP1R<n>_EL1 are as many as there are groups of 32 preemption levels. Group 0 is left alone: where firmware has
 * interrupts of its own its registers trap to EL3, and no cell can use it.
 */
#define ACTIVE_MAX	4u

/* ICC_CTLR_EL1.PRIbits: at most 5, 6, 7 of them have 1, 2, 4 registers. */
static unsigned int priority_bits(void)
{
	return (unsigned int)FIELD(read_sysreg(icc_ctlr_el1), 10, 8) + 1;
}

static void read_active_priorities(uint64_t ap[ACTIVE_MAX], unsigned int bits)
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

static void write_active_priorities(const uint64_t ap[ACTIVE_MAX], unsigned int bits)
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

static const uint64_t none_active[ACTIVE_MAX];

void gic_wait_for_interrupt(void)
{
	const uint64_t hcr = read_sysreg(hcr_el2);
	const uint64_t pmr = read_sysreg(icc_pmr_el1);
	const uint64_t group1 = read_sysreg(icc_igrpen1_el1);
	const unsigned int bits = priority_bits();
	uint64_t active[ACTIVE_MAX] = { 0 };

	/*
	 * An interrupt for a lower exception level need not wake EL2's WFI: for the moment they are EL2's
	 * own, masked by PSTATE, with the priority mask open and nothing active.
	 */
	read_active_priorities(active, bits);
	write_active_priorities(none_active, bits);
	write_sysreg(icc_igrpen1_el1, 1);
	write_sysreg(icc_pmr_el1, 0xff);
	write_sysreg(hcr_el2, hcr | HCR_IMO | HCR_FMO);
	isb();
	dsb(sy);
	wfi();
	/* From here on the interrupt waits for us. */
	write_sysreg(hcr_el2, hcr);
	write_sysreg(icc_pmr_el1, pmr);
	write_sysreg(icc_igrpen1_el1, group1);
	write_active_priorities(active, bits);
	isb();
}

/* Enable, pending and active bits of SGIs, PPIs and, from word 1, extended PPIs (IHI0069 12.11, GICR_ICENABLER<n>E). */
static void clear_private_interrupts(const struct cpu *cpu)
{
	const uint64_t words = 1 + GICR_TYPER_EPPIS(gicr_read64(cpu, GICR_TYPER));

	for (uint64_t i = 0; i < words && i < 3; i++)
		gicr_write(cpu, GICR_SGI + GICD_ICENABLER + 4 * i, ~0u);
	gicr_wait(cpu);
	for (uint64_t i = 0; i < words && i < 3; i++) {
		gicr_write(cpu, GICR_SGI + GICD_ICPENDR + 4 * i, ~0u);
		gicr_write(cpu, GICR_SGI + GICD_ICACTIVER + 4 * i, ~0u);
	}
}

void gic_cpu_reset(struct cpu *cpu)
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
	clear_private_interrupts(cpu);
	gicr_write(cpu, GICR_SGI + GICD_IGROUPR, ~0u);
	gicr_write(cpu, GICR_SGI + GICD_IGRPMODR, 0);
	gicr_write(cpu, GICR_SGI + GICR_ICFGR1, 0);
	for (uint64_t i = 0; i < 32; i += 4)
		gicr_write(cpu, GICR_SGI + GICD_IPRIORITYR + i, PRIORITY_RESET * 0x01010101u);
	gicr_wait(cpu);
}

void gic_cpu_keep_lpis(struct cpu *cpu)
{
	cpu->machine.gicr_ctlr = gicr_read(cpu, GICR_CTLR);
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

bool gic_cpu_usable(void)
{
	return FIELD(read_sysreg(id_aa64pfr0_el1), 27, 24) != 0 && (read_sysreg(icc_sre_el2) & 1);
}

bool irq_exists(uint32_t intid)
{
	return intid >= 32 && intid < spi_limit;
}

static uint64_t word_of(uint64_t reg, uint32_t intid)
{
	return reg + intid / 32 * 4;
}

static void silence(uint32_t intid)
{
	const uint32_t bit = (uint32_t)BIT(intid % 32);

	gicd_write(word_of(GICD_ICENABLER, intid), bit);
	gicd_wait();
	gicd_write(word_of(GICD_ICPENDR, intid), bit);
	gicd_write(word_of(GICD_ICACTIVER, intid), bit);
}

static void set_trigger(uint32_t intid, uint32_t trigger)
{
	const unsigned int shift = 2 * (intid % 16);

	gicd_update(GICD_ICFGR + intid / 16 * 4, 3u << shift, trigger << shift);
}

void irq_take(uint32_t intid, struct irq_settings *settings)
{
	settings->enabled = gicd_read(word_of(GICD_ISENABLER, intid)) & BIT(intid % 32);
	settings->route = gicd_read64(GICD_IROUTER + 8ULL * intid);
	settings->priority = (uint8_t)(gicd_read(GICD_IPRIORITYR + (intid & ~3u)) >> (8 * (intid % 4)));
	settings->trigger = (gicd_read(GICD_ICFGR + intid / 16 * 4) >> (2 * (intid % 16))) & 3;
	silence(intid);
}

void irq_hand_over(uint32_t intid, const struct cpu *cpu)
{
	const uint32_t bit = (uint32_t)BIT(intid % 32);

	silence(intid);
	gicd_update(word_of(GICD_IGROUPR, intid), bit, bit);
	gicd_update(word_of(GICD_IGRPMODR, intid), bit, 0);
	gicd_write8(GICD_IPRIORITYR + intid, PRIORITY_RESET);
	set_trigger(intid, 0);
	gicd_write64(GICD_IROUTER + 8ULL * intid, cpu->mpidr);
}

void irq_give_back(uint32_t intid, const struct irq_settings *settings)
{
	silence(intid);
	gicd_route(this_cpu(), GICD_IROUTER + 8ULL * intid, ~0ULL, settings->route);
	gicd_write8(GICD_IPRIORITYR + intid, settings->priority);
	set_trigger(intid, settings->trigger);
	if (settings->enabled)
		gicd_write(word_of(GICD_ISENABLER, intid), (uint32_t)BIT(intid % 32));
}

void irq_raise(uint32_t intid)
{
	gicd_write(word_of(GICD_ISPENDR, intid), (uint32_t)BIT(intid % 32));
}

/*
 * An acknowledgement that is still under way to the distributor would take the new pending state with it as it arrives: a
 * DSB behind it is what lets a memory-mapped access see it done (IHI0069, Observability of the effects of accesses).
 */
void irq_drive(uint32_t intid, bool pending)
{
	dsb(sy);
	gicd_write(word_of(pending ? GICD_ISPENDR : GICD_ICPENDR, intid), (uint32_t)BIT(intid % 32));
}

/* The tables that the root's kernel gave this redistributor (IHI0069 5.1): no cell may get their memory. */
static void note_lpi_tables(struct cpu *cpu)
{
	struct machine_cpu *m = &cpu->machine;
	uint64_t config;

	if (!(gicr_read64(cpu, GICR_TYPER) & GICR_TYPER_PLPIS) ||
	    !(gicr_read(cpu, GICR_CTLR) & GICR_CTLR_ENABLE_LPIS))
		return;
	config = gicr_read64(cpu, GICR_PROPBASER);
	m->lpi_config = config & MASK(51, 12);
	m->lpi_config_size = BIT(FIELD(config, 4, 0) + 1);
	m->lpi_pending = gicr_read64(cpu, GICR_PENDBASER) & MASK(51, 16);
	m->lpi_pending_size = m->lpi_config_size / 8;
}

bool machine_uses_memory(uint64_t base, uint64_t size)
{
	for (unsigned int n = 0; n < PT_MAX_CPUS; n++) {
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
		uint8_t *frame = el2map_device(pa, 2 * GIC_FRAME);
		struct cpu *cpu;

		if (!frame)
			return PT_ENOMEM;
		typer = io_read64(frame + GICR_TYPER);
		size = (typer & GICR_TYPER_VLPIS) ? 4 * GIC_FRAME : 2 * GIC_FRAME;
		cpu = cpu_of_frame(system, typer);
		if (cpu) {
			cpu->machine.gicr = frame;
			cpu->machine.gicr_pa = pa;
			cpu->machine.gicr_size = size;
			note_lpi_tables(cpu);
		}
		offset += size;
	} while (!(typer & GICR_TYPER_LAST) && offset + 2 * GIC_FRAME <= region->size);
	return PT_OK;
}

enum pt_error machine_init(const struct pt_system *system)
{
	const struct pt_range *regions = blob_entries(system, system->gicr);

	gicd = el2map_device(PA(system->gicd.base), GIC_FRAME);
	if (!gicd || system->gicd.size < GIC_FRAME)
		return PT_ENOMEM;
	if (GIC_PIDR2_ARCH(gicd_read(GIC_PIDR2)) < 3 || !(gicd_read(GICD_CTLR) & GICD_CTLR_ARE_NS))
		return PT_EHW;
	spi_limit = GICD_TYPER_SPIS(gicd_read(GICD_TYPER));
	if (spi_limit > 1020)
		spi_limit = 1020;
	if (system->event_spi && !irq_exists(system->event_spi))
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

uint64_t machine_cpu_frame(const struct cpu *cpu)
{
	return cpu->machine.gicr_pa.pa;
}

/*
 * Root CPUs send SGIs meanwhile: each list changes by one store. What no cell has is the root's, CPUs too that the board
 * does not name: its Linux may have them online, and an SGI that never arrives would hang it.
 */
void machine_cell_update(struct cell *cell)
{
	uint16_t owned[PT_MAX_CPUS] = { 0 }, foreign[PT_MAX_CPUS] = { 0 };

	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		(cell_owns_cpu(cell, n) ? owned : foreign)[cpus[n].machine.sgi_cluster] |= cpus[n].machine.sgi_list;
	for (uint32_t i = 0; i < sgi_clusters.count; i++)
		store_relaxed(&cell->machine.sgi_list[i],
			      cell_is_root(cell) ? (uint16_t)~foreign[i] : owned[i]);
	cell->machine.hcr = cpu_hcr_of(cell);
}
