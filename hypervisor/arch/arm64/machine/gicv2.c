// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv2 (IHI0048): a CPU interface in memory, which cells reach without EL2, and targets by the number of that interface. What is
 * of one CPU (GICC, and in the distributor SGIs and PPIs) each CPU sees at the same addresses and no other one can reach: a CPU
 * sets up for itself what is to wake it.
 */
#include <lib/lock.h>
#include <machine/el2map.h>
#include <machine/gic.h>
#include <machine/sysreg.h>

static uint8_t *gicc;

static uint32_t gicc_read(uint64_t offset)
{
	return io_read32(gicc + offset);
}

static void gicc_write(uint64_t offset, uint32_t value)
{
	io_write32(gicc + offset, value);
}

/* Only the first page is EL2's business: GICC_DIR, behind it, is the cell's alone. */
enum pt_error gicv2_init(const struct pt_system *system)
{
	gicc = el2map_device(PA(system->gicc.base), PT_PAGE_SIZE);
	if (!gicc)
		return PT_ENOMEM;
	sgi_clusters.count = 1;
	return GICC_IIDR_ARCH(gicc_read(GICC_IIDR)) == 2 ? PT_OK : PT_EHW;
}

/*
 * MPIDR_EL1 does not tell the number of the interface; the read-only targets of its own interrupts do. Where there is one
 * CPU, they are 0.
 */
bool gicv2_enter(struct cpu *cpu)
{
	uint32_t targets = 0;

	for (uint64_t i = 0; i < 32; i++)
		targets |= gicd_read8(GICD_ITARGETSR + i);
	if (!targets)
		targets = 1;
	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		if (&cpus[n] != cpu && (cpus[n].machine.sgi_list & targets))
			return false;
	cpu->machine.sgi_list = (uint16_t)targets;
	cpu->machine.gicc_bypass = gicc_read(GICC_CTLR) & (uint32_t)GICC_CTLR_BYPASS;
	return !(targets & (targets - 1));
}

void gicv2_route(const struct cpu *cpu, uint32_t intid, uint8_t mask, uint8_t value)
{
	uint8_t own, old, new;

	lock_take(&gicd_lock);
	own = (uint8_t)load_relaxed(&cpu->cell->machine.sgi_list[0]);
	old = gicd_read8(GICD_ITARGETSR + intid);
	new = (uint8_t)((old & ~mask) | (value & mask));
	/* To nobody is a choice that a cell has. */
	if (new && !(new & own))
		new = (uint8_t)cpu->machine.sgi_list;
	new &= own;
	if (new != old)
		gicd_write8(GICD_ITARGETSR + intid, new);
	lock_release(&gicd_lock);
}

void gicv2_kick(const struct cpu *cpu)
{
	dsb(sy);
	gicd_write(GICD_SGIR, GICD_SGIR_TARGETS(cpu->machine.sgi_list) | KICK_SGI);
}

/*
 * The SGI must get through: at the highest priority, but a running priority that is as high keeps it out, and so does one
 * of its kind that is active. Whoever waits in the middle of a handler is therefore told at once that it has waited.
 */
bool gicv2_open(struct gic_interface *saved)
{
	const uint32_t kick = (uint32_t)BIT(KICK_SGI);
	const bool two_states = gicd_read(GICD_TYPER) & GICD_TYPER_SECURITY;

	if (gicc_read(GICC_RPR) < GICC_RPR_IDLE || (gicd_read(GICD_ISACTIVER) & kick))
		return false;
	saved->pmr = gicc_read(GICC_PMR);
	saved->bpr = gicc_read(GICC_BPR);
	saved->abpr = gicc_read(GICC_ABPR);
	saved->groups = gicc_read(GICC_CTLR);
	saved->kick_priority = gicd_read8(GICD_IPRIORITYR + KICK_SGI);
	saved->kick_enabled = gicd_read(GICD_ISENABLER) & kick;
	gicd_write8(GICD_IPRIORITYR + KICK_SGI, 0);
	gicd_write(GICD_ISENABLER, kick);
	/* With a coarse binary point an active priority that passes for idle would be as high as any. */
	gicc_write(GICC_BPR, 0);
	gicc_write(GICC_ABPR, 0);
	gicc_write(GICC_PMR, 0xff);
	gicc_write(GICC_CTLR, (uint32_t)saved->groups | (two_states ? 1 : GICC_CTLR_GROUPS));
	return true;
}

/* The read makes sure that the mask is closed again before the cell goes on. */
void gicv2_close(const struct gic_interface *saved)
{
	gicc_write(GICC_CTLR, (uint32_t)saved->groups);
	gicc_write(GICC_PMR, (uint32_t)saved->pmr);
	gicc_write(GICC_BPR, saved->bpr);
	gicc_write(GICC_ABPR, saved->abpr);
	gicd_write8(GICD_IPRIORITYR + KICK_SGI, saved->kick_priority);
	if (!saved->kick_enabled)
		gicd_write(GICD_ICENABLER, (uint32_t)BIT(KICK_SGI));
	gicc_read(GICC_PMR);
	dsb(sy);
}

/*
 * The running priority follows from the active ones. Where it is kept apart (QEMU does), the end of an interrupt brings it up to
 * date; on hardware, where it does, there is nothing to end.
 */
void gicv2_interface_reset(const struct cpu *cpu)
{
	gicc_write(GICC_CTLR, cpu->machine.gicc_bypass);
	gicc_write(GICC_PMR, 0);
	gicc_write(GICC_BPR, 0);
	gicc_write(GICC_ABPR, 0);
	for (uint64_t at = GICC_APR; at < GICC_NSAPR_END; at += 4)
		gicc_write(at, 0);
	if (gicc_read(GICC_RPR) < GICC_RPR_IDLE)
		gicc_write(GICC_EOIR, KICK_SGI);
	for (uint64_t at = GICD_CPENDSGIR; at < GICD_SPENDSGIR; at += 4)
		gicd_write(at, ~0u);
}
