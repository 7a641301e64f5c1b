// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt controller, of whatever version. EL2 takes no interrupts: it sets up what decides where they go, and hands
 * frames' registers to the guest floor, which has checked who may touch them. What the versions do not have alike is in gicv2.c
 * and gicv3.c. Waiting for the hardware (RWP) is bounded: a controller that never answers delays, but does not hang, a CPU.
 */
#include <core/blob.h>
#include <core/ownership.h>
#include <lib/lock.h>
#include <machine/cpu.h>
#include <machine/el2map.h>
#include <machine/gic.h>
#include <machine/sysreg.h>

#define PRIORITY_RESET	0xa0u		/* middle; the same for every interrupt of a new owner */

uint8_t *gicd;
bool gic_is_v2;
static uint32_t spi_limit;	/* first INTID above the board's SPIs */
struct lock gicd_lock;

struct sgi_clusters sgi_clusters;

void gicd_update(uint64_t offset, uint32_t mask, uint32_t value)
{
	lock_take(&gicd_lock);
	gicd_write(offset, (gicd_read(offset) & ~mask) | (value & mask));
	lock_release(&gicd_lock);
}

/* A GICv2 has no such bit: it reads as 0. */
static void gicd_wait(void)
{
	for (uint32_t i = 0; i < GIC_WAIT_LIMIT && (gicd_read(GICD_CTLR) & GICD_CTLR_RWP); i++)
		;
}

bool irq_exists(uint32_t intid)
{
	return intid >= 32 && intid < spi_limit;
}

void gic_route(const struct cpu *cpu, uint32_t intid, uint64_t mask, uint64_t value)
{
	if (gic_is_v2)
		gicv2_route(cpu, intid, (uint8_t)mask, (uint8_t)value);
	else
		gicv3_route(cpu, GICD_IROUTER + 8ULL * intid, mask, value);
}

void irq_confine_root(void)
{
	for (uint32_t intid = 32; intid < spi_limit; intid++)
		if (cell_owns_spi(this_cpu()->cell, intid))
			gic_route(this_cpu(), intid, 0, 0);
	if (!gic_is_v2)
		gicv3_confine_extended();
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
	settings->route = gic_is_v2 ? gicd_read8(GICD_ITARGETSR + intid) : gicd_read64(GICD_IROUTER + 8ULL * intid);
	settings->priority = gicd_read8(GICD_IPRIORITYR + intid);
	settings->trigger = (gicd_read(GICD_ICFGR + intid / 16 * 4) >> (2 * (intid % 16))) & 3;
	silence(intid);
}

void irq_hand_over(uint32_t intid, const struct cpu *cpu)
{
	const uint32_t bit = (uint32_t)BIT(intid % 32);

	silence(intid);
	if (!gic_is_v2) {
		gicd_update(word_of(GICD_IGROUPR, intid), bit, bit);
		gicd_update(word_of(GICD_IGRPMODR, intid), bit, 0);
	}
	gicd_write8(GICD_IPRIORITYR + intid, PRIORITY_RESET);
	set_trigger(intid, 0);
	gic_route(cpu, intid, ~0ULL, gic_is_v2 ? cpu->machine.sgi_list : cpu->mpidr);
}

void irq_give_back(uint32_t intid, const struct irq_settings *settings)
{
	silence(intid);
	gic_route(this_cpu(), intid, ~0ULL, settings->route);
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

void cpu_kick(const struct cpu *cpu)
{
	if (gic_is_v2)
		gicv2_kick(cpu);
	else
		gicv3_kick(cpu);
	isb();
	sev();			/* it may be in WFE */
}

void gic_wait_for_interrupt(void)
{
	const uint64_t hcr = read_sysreg(hcr_el2);
	struct gic_interface saved;

	if (!(gic_is_v2 ? gicv2_open(&saved) : gicv3_open(&saved)))
		return;
	/*
	 * An interrupt for a lower exception level need not wake EL2's WFI: for the moment they are EL2's
	 * own, masked by PSTATE.
	 */
	write_sysreg(hcr_el2, hcr | HCR_IMO | HCR_FMO);
	isb();
	dsb(sy);
	wfi();
	/* From here on the interrupt waits for us. */
	write_sysreg(hcr_el2, hcr);
	if (gic_is_v2)
		gicv2_close(&saved);
	else
		gicv3_close(&saved);
	isb();
}

/* SGIs and PPIs have the same registers at the same offsets: in the redistributor, or in the distributor, which shows each CPU its own. */
void gic_cpu_reset(struct cpu *cpu)
{
	uint8_t *bank = gic_is_v2 ? gicd : cpu->machine.gicr + GICR_SGI;

	if (gic_is_v2)
		gicv2_interface_reset(cpu);
	else
		gicv3_interface_reset(cpu);
	io_write32(bank + GICD_ICENABLER, ~0u);
	if (!gic_is_v2)
		gicv3_private_reset(cpu);
	io_write32(bank + GICD_ICPENDR, ~0u);
	io_write32(bank + GICD_ICACTIVER, ~0u);
	io_write32(bank + GICR_ICFGR1, 0);
	for (uint64_t i = 0; i < 32; i += 4)
		io_write32(bank + GICD_IPRIORITYR + i, PRIORITY_RESET * 0x01010101u);
	dsb(sy);
}

/* What a kernel would have done: no SPI enabled, pending or active, all of the group that cells have, and forwarding on. */
static void start_distributor(void)
{
	gicd_write(GICD_CTLR, 0);
	gicd_wait();
	for (uint64_t word = 4; word < spi_limit / 8; word += 4) {
		gicd_write(GICD_ICENABLER + word, ~0u);
		gicd_write(GICD_ICPENDR + word, ~0u);
		gicd_write(GICD_ICACTIVER + word, ~0u);
		if (!gic_is_v2)
			gicd_write(GICD_IGROUPR + word, ~0u);
	}
	gicd_wait();
	gicd_write(GICD_CTLR, gic_is_v2 ? GICD_CTLR_V2_ENABLE : GICD_CTLR_ARE_NS | GICD_CTLR_GROUPS_1);
	gicd_wait();
}

enum pt_error machine_init(const struct pt_system *system)
{
	enum pt_error error;

	gic_is_v2 = system->gic_version == 2;
	gicd = el2map_device(PA(system->gicd.base), gic_is_v2 ? GICD_V2_SIZE : GIC_FRAME);
	if (!gicd || (!gic_is_v2 && system->gicd.size < GIC_FRAME))
		return PT_ENOMEM;
	spi_limit = GICD_TYPER_SPIS(gicd_read(GICD_TYPER));
	if (spi_limit > 1020)
		spi_limit = 1020;
	if (machine_is_booted())
		start_distributor();
	error = gic_is_v2 ? gicv2_init(system) : gicv3_init(system);
	if (error != PT_OK)
		return error;
	return system->event_spi && !irq_exists(system->event_spi) ? PT_EHW : PT_OK;
}

bool gic_cpu_has_registers(void)
{
	return FIELD(read_sysreg(id_aa64pfr0_el1), 27, 24) != 0 && (read_sysreg(icc_sre_el2) & 1);
}

bool gic_cpu_enter(struct cpu *cpu)
{
	/* SRE, DFB, DIB, Enable (IHI0069, ICC_SRE_EL2): a kernel's stub has done so before. */
	if (machine_is_booted() && !gic_is_v2 && FIELD(read_sysreg(id_aa64pfr0_el1), 27, 24)) {
		write_sysreg(icc_sre_el2, 0xf);
		isb();
	}
	return gic_is_v2 ? !gic_cpu_has_registers() && gicv2_enter(cpu) : gic_cpu_has_registers();
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

	for (unsigned int n = 0; n < board.system->cpus.count; n++)
		(cell_owns_cpu(cell, n) ? owned : foreign)[cpus[n].machine.sgi_cluster] |= cpus[n].machine.sgi_list;
	for (uint32_t i = 0; i < sgi_clusters.count; i++)
		store_relaxed(&cell->machine.sgi_list[i], cell_is_root(cell) ? (uint16_t)~foreign[i] : owned[i]);
	/* The private interrupts of a GICv2: whoever asks for them finds its own. */
	cell->spis[0] = gic_is_v2 ? ~0u : 0;
	cell->machine.hcr = cpu_hcr_of(cell);
}
