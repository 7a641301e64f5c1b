// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redistributors (IHI0069 12.11). A cell works with its own CPUs' frames: the SGI_base frame entirely, of
 * RD_base what names no memory. The tables of LPIs are as they were when the hypervisor came: a register that could
 * move them is read-only. Whoever looks for its own frame may read what identifies the others'.
 */
#include <core/trace.h>
#include <guest/guest.h>
#include <machine/gic.h>

/* The frame's CPU, the caller's own first. Bounded by PT_MAX_CPUS. */
static struct cpu *frame_owner(struct cpu *cpu, uint64_t address)
{
	if (address - cpu->machine.gicr_pa.pa < cpu->machine.gicr_size)
		return cpu;
	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		if (address - cpus[n].machine.gicr_pa.pa < cpus[n].machine.gicr_size)
			return &cpus[n];
	return NULL;
}

static bool identifies(uint64_t offset)
{
	return offset == GICR_IIDR || offset == GICR_TYPER || offset == GICR_TYPER + 4 ||
	       (offset >= GIC_ID && offset < GIC_FRAME);
}

/* Others by 64 bits are unpredictable, at EL2 now. */
static bool has_64_bits(uint64_t offset)
{
	return offset == GICR_TYPER || offset == GICR_PROPBASER || offset == GICR_PENDBASER;
}

static void read_any(const struct cpu *target, struct mmio *m, uint64_t offset)
{
	if (m->size == 8 && has_64_bits(offset))
		m->value = gicr_read64(target, offset);
	else if (m->size == 4)
		m->value = gicr_read(target, offset);
}

static void control_frame(const struct cpu *cpu, const struct cpu *target, struct mmio *m, uint64_t offset)
{
	if (!m->write) {
		read_any(target, m, offset);
		return;
	}
	switch (offset) {
	case GICR_WAKER:
		if (m->size == 4)
			gicr_write(target, offset, (uint32_t)(m->value & GICR_WAKER_SLEEP));
		break;
	case GICR_SETLPIR:
	case GICR_CLRLPIR:
	case GICR_INVLPIR:
	case GICR_INVALLR:
		/* LPIs by hand, where there is no ITS: the root's alone, by 32 or 64 bits. */
		if (cell_is_root(cpu->cell))
			gicr_write(target, offset, (uint32_t)m->value);
		break;
	}
}

static void sgi_frame(const struct cpu *target, struct mmio *m, uint64_t offset)
{
	const uint64_t reg = offset - GICR_SGI;

	if (reg >= GICD_IPRIORITYR && reg < GICD_IPRIORITYR + 32 && m->size == 1) {
		if (m->write)
			gicr_write8(target, offset, (uint8_t)m->value);
		else
			m->value = (uint8_t)(gicr_read(target, offset & ~3ULL) >> (8 * (offset % 4)));
		return;
	}
	if (m->size != 4)
		return;
	if (!m->write)
		m->value = gicr_read(target, offset);
	else if (reg < GICR_SGI_END && reg != GICD_IGROUPR && reg != GICD_IGRPMODR && reg != GICD_NSACR)
		gicr_write(target, offset, (uint32_t)m->value);
}

bool gicr_access(struct cpu *cpu, struct mmio *m)
{
	struct cpu *target = frame_owner(cpu, m->address);
	uint64_t offset;

	if (!target)
		return false;
	offset = m->address - target->machine.gicr_pa.pa;
	if (!cell_owns_cpu(cpu->cell, target->number)) {
		if (m->write || !identifies(offset))
			return false;
		read_any(target, m, offset);
	} else if (offset < GICR_SGI) {
		control_frame(cpu, target, m, offset);
	} else if (offset < GICR_SGI + GIC_FRAME) {
		sgi_frame(target, m, offset);
	}
	return true;
}
