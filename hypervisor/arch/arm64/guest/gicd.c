// SPDX-License-Identifier: GPL-2.0-only
/*
 * The distributor as a cell sees it (IHI0069 12.9): the real one, behind a mask. A register of one bit for
 * each interrupt is read or written in one piece under the ownership word; wider fields under that word spread
 * out. The registers of many interrupts that are set or cleared by writing ones need no more than the mask;
 * those that are replaced are changed under a short lock, in the owner's bits only.
 */
#include <core/trace.h>
#include <guest/guest.h>
#include <machine/gic.h>

/* Each bit of @bits (16 of them) becomes two. */
static uint32_t spread2(uint32_t bits)
{
	bits = (bits | bits << 8) & 0x00ff00ff;
	bits = (bits | bits << 4) & 0x0f0f0f0f;
	bits = (bits | bits << 2) & 0x33333333;
	bits = (bits | bits << 1) & 0x55555555;
	return bits * 3;
}

static uint32_t owned(const struct cpu *cpu, uint64_t first_intid)
{
	return load_relaxed(&cpu->cell->spis[first_intid / 32]) >> (first_intid % 32);
}

static void check_written(struct cpu *cpu, uint64_t value, uint64_t mask)
{
	if (value & ~mask)
		trace_count(cpu, PT_EXIT_IRQ_REFUSED);
}

/* ISENABLER to ICACTIVER: writing ones acts on these interrupts alone. */
static void one_bit(struct cpu *cpu, struct mmio *m, uint64_t offset)
{
	const uint32_t mask = owned(cpu, (offset % 0x80) * 8);

	if (!m->write) {
		m->value = gicd_read(offset) & mask;
		return;
	}
	check_written(cpu, m->value, mask);
	gicd_write(offset, (uint32_t)m->value & mask);
}

static void config(struct cpu *cpu, struct mmio *m, uint64_t offset)
{
	const uint32_t mask = spread2(owned(cpu, (offset - GICD_ICFGR) * 4) & 0xffff);

	if (m->write)
		gicd_update(offset, mask, (uint32_t)m->value);
	else
		m->value = gicd_read(offset) & mask;
}

/* One to four interrupts of eight bits each; the architecture allows bytes to be accessed alone. */
static void priority(struct cpu *cpu, struct mmio *m, uint64_t offset)
{
	const uint32_t mine = owned(cpu, offset - GICD_IPRIORITYR);
	uint64_t value = 0;

	for (unsigned int i = 0; i < m->size; i++) {
		if (!(mine & BIT(i)))
			continue;
		if (m->write)
			gicd_write8(offset + i, (uint8_t)(m->value >> (8 * i)));
		else
			value |= (uint64_t)(uint8_t)(gicd_read((offset + i) & ~3ULL) >> (8 * ((offset + i) % 4)))
				 << (8 * i);
	}
	if (!m->write)
		m->value = value;
}

static void route(struct cpu *cpu, struct mmio *m, uint64_t offset)
{
	const uint64_t intid = (offset - GICD_IROUTER) / 8;
	const uint64_t reg = offset & ~7ULL;
	const unsigned int shift = 8 * (unsigned int)(offset & 7);

	if (m->size < 4 || !(owned(cpu, intid) & 1)) {
		m->value = 0;
		return;
	}
	if (!m->write)
		m->value = gicd_read64(reg) >> shift;
	else
		gicd_route(cpu, reg, m->size == 4 ? MASK(31, 0) << shift : ~0ULL, m->value << shift);
}

/* GICD_SETSPI_NSR and GICD_CLRSPI_NSR: message-based interrupts. */
static void message(struct cpu *cpu, const struct mmio *m, uint64_t offset)
{
	if (!m->write)
		return;
	if (cell_owns_spi(cpu->cell, (uint32_t)m->value))
		gicd_write(offset, (uint32_t)m->value);
	else
		trace_count(cpu, PT_EXIT_IRQ_REFUSED);
}

/* What says what the controller is, to whoever asks. */
static bool identifies(uint64_t offset)
{
	return offset == GICD_CTLR || offset == GICD_TYPER || offset == GICD_IIDR || offset == GICD_TYPER2 ||
	       offset >= GIC_ID;
}

/* Extended SPIs are never given away. */
static bool extended(const struct mmio *m, uint64_t offset)
{
	return (offset >= GICD_EXTENDED && offset < GICD_EXTENDED_END && m->size == 4) ||
	       (offset >= GICD_IROUTERE && offset < GICD_IROUTERE_END && m->size == 8);
}

static void pass_through(const struct cpu *cpu, struct mmio *m, uint64_t offset)
{
	if (m->size == 8 && m->write)
		gicd_route(cpu, offset, ~0ULL, m->value);
	else if (m->size == 8)
		m->value = gicd_read64(offset);
	else if (m->write)
		gicd_write(offset, (uint32_t)m->value);
	else
		m->value = gicd_read(offset);
}

static void other(struct cpu *cpu, struct mmio *m, uint64_t offset)
{
	if (identifies(offset) && !m->write && m->size == 4)
		m->value = gicd_read(offset);
	else if ((offset == GICD_SETSPI_NSR || offset == GICD_CLRSPI_NSR) && m->size == 4)
		message(cpu, m, offset);
	else if (offset >= GICD_IGROUPR && offset < GICD_ISENABLER && !m->write && m->size == 4)
		/* All of a cell's are in the non-secure group 1 and stay there. */
		m->value = gicd_read(offset) & owned(cpu, (offset - GICD_IGROUPR) * 8);
	else if (cell_is_root(cpu->cell) && extended(m, offset))
		pass_through(cpu, m, offset);
}

void gicd_access(struct cpu *cpu, struct mmio *m, uint64_t offset)
{
	if (offset >= GICD_ISENABLER && offset < GICD_IPRIORITYR) {
		if (m->size == 4)
			one_bit(cpu, m, offset);
	} else if (offset >= GICD_IPRIORITYR && offset < GICD_ITARGETSR) {
		if (m->size <= 4)
			priority(cpu, m, offset);
	} else if (offset >= GICD_ICFGR && offset < GICD_IGRPMODR) {
		if (m->size == 4)
			config(cpu, m, offset);
	} else if (offset >= GICD_IROUTER && offset < GICD_IROUTER + 8 * 1024) {
		route(cpu, m, offset);
	} else if (offset < GIC_FRAME) {
		other(cpu, m, offset);
	}
}
