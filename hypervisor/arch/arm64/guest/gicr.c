// SPDX-License-Identifier: GPL-2.0-only
/*
 * Redistributors (IHI0069 12.11). A cell works with its own CPUs' frames: the SGI_base frame entirely, of
 * RD_base what names no memory. The tables of LPIs are as they were when the hypervisor came: a register that could
 * move them is read-only. Whoever looks for its own frame may read what identifies the others'.
 */
#include <core/trace.h>
#include <guest/guest.h>
#include <machine/gic.h>

const struct cpu *gicr_owner(uint64_t address)
{
	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		if (address - cpus[n].machine.gicr_pa.pa < cpus[n].machine.gicr_size)
			return &cpus[n];
	return NULL;
}

/* GICR_CTLR as well: Linux asks each frame of the board what it can do, before it looks for its own. */
bool gicr_identifies(uint64_t offset)
{
	return offset == GICR_CTLR || offset == GICR_IIDR || offset == GICR_TYPER || offset == GICR_TYPER + 4 ||
	       (offset >= GIC_ID && offset < GIC_FRAME);
}

/* EDK2 writes it in the first frame of the board, taking that for its own, before it looks for its own. */
bool gicr_ignores(uint64_t offset)
{
	return offset == GICR_SGI + GICD_IGROUPR;
}

/* Others by 64 bits are unpredictable, at EL2 now. */
static bool has_64_bits(uint64_t offset)
{
	return offset == GICR_TYPER || offset == GICR_PROPBASER || offset == GICR_PENDBASER;
}

static bool is_priority(uint64_t offset)
{
	return offset - (GICR_SGI + GICD_IPRIORITYR) < 32;
}

uint64_t gicr_load(const struct cpu *target, uint64_t offset, unsigned int size)
{
	if (offset >= GICR_SGI + GIC_FRAME)
		return 0;
	if (size == 4)
		return gicr_read(target, offset);
	if (size == 8 && has_64_bits(offset))
		return gicr_read64(target, offset);
	if (size == 1 && is_priority(offset))
		return (uint8_t)(gicr_read(target, offset & ~3ULL) >> (8 * (offset % 4)));
	return 0;
}

static void store_control(const struct cpu *target, uint64_t offset, unsigned int size, uint64_t value)
{
	switch (offset) {
	case GICR_WAKER:
		if (size == 4)
			gicr_write(target, offset, (uint32_t)(value & GICR_WAKER_SLEEP));
		break;
	case GICR_SETLPIR:
	case GICR_CLRLPIR:
	case GICR_INVLPIR:
	case GICR_INVALLR:
		/* LPIs by hand, where there is no ITS: the root's alone, by 32 or 64 bits. */
		if (cell_is_root(target->cell))
			gicr_write(target, offset, (uint32_t)value);
		break;
	}
}

static void store_sgi(const struct cpu *target, uint64_t offset, unsigned int size, uint64_t value)
{
	const uint64_t reg = offset - GICR_SGI;

	if (size == 1 && is_priority(offset))
		gicr_write8(target, offset, (uint8_t)value);
	else if (size == 4 && reg < GICR_SGI_END && !gicr_ignores(offset) && reg != GICD_IGRPMODR && reg != GICD_NSACR)
		gicr_write(target, offset, (uint32_t)value);
}

void gicr_store(const struct cpu *target, uint64_t offset, unsigned int size, uint64_t value)
{
	if (offset < GICR_SGI)
		store_control(target, offset, size, value);
	else if (offset < GICR_SGI + GIC_FRAME)
		store_sgi(target, offset, size, value);
}
