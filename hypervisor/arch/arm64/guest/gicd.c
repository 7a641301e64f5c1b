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

/* Of a register that has one bit for each interrupt, at @offset from the first of its kind. */
static uint32_t owned_bits(const struct cpu *cpu, uint64_t offset)
{
	return load_relaxed(&cpu->cell->spis[offset / 4]);
}

/* ... two bits each. */
static uint32_t owned_pairs(const struct cpu *cpu, uint64_t offset)
{
	return spread2(owned(cpu, offset * 4) & 0xffff);
}

/* What stands at an offset; kinds of one size are accessed by that size only. */
enum kind {
	CONTROL,	/* the controller as a whole */
	GROUP,		/* IGROUPR */
	ONE_BIT,	/* ISENABLER to ICACTIVER: writing ones acts on these interrupts alone */
	PRIORITY,	/* IPRIORITYR: one byte for each interrupt */
	CONFIG,		/* ICFGR: two bits */
	ROUTE,		/* IROUTER: 64 bits */
	EXTENDED,	/* SPIs that are never given away: 32 bits */
	EXTENDED_ROUTE,	/* ... 64 bits */
	OTHER,
};

static inline enum kind kind_of(uint64_t offset)
{
	if (offset < GICD_IGROUPR)
		return CONTROL;
	if (offset < GICD_ISENABLER)
		return GROUP;
	if (offset < GICD_IPRIORITYR)
		return ONE_BIT;
	if (offset < GICD_ITARGETSR)
		return PRIORITY;
	if (offset >= GICD_ICFGR && offset < GICD_IGRPMODR)
		return CONFIG;
	if (offset >= GICD_IROUTER && offset < GICD_IROUTERE)
		return ROUTE;
	if (offset >= GICD_EXTENDED && offset < GICD_EXTENDED_END)
		return EXTENDED;
	if (offset >= GICD_IROUTERE && offset < GICD_IROUTERE_END)
		return EXTENDED_ROUTE;
	return OTHER;
}

/* One to four interrupts; the architecture allows bytes to be accessed alone. */
static uint64_t load_priorities(const struct cpu *cpu, uint64_t offset, unsigned int size)
{
	const uint32_t mine = owned(cpu, offset - GICD_IPRIORITYR);
	const uint32_t priorities = gicd_read(offset & ~3ULL) >> (8 * (offset % 4));
	uint32_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		if (mine & BIT(i))
			value |= priorities & (0xffu << (8 * i));
	return value;
}

static void store_priorities(const struct cpu *cpu, uint64_t offset, unsigned int size, uint64_t value)
{
	const uint32_t mine = owned(cpu, offset - GICD_IPRIORITYR);

	for (unsigned int i = 0; i < size; i++)
		if (mine & BIT(i))
			gicd_write8(offset + i, (uint8_t)(value >> (8 * i)));
}

/* IROUTER0 to 31 are reserved, and nobody owns these interrupts. */
static bool routes(const struct cpu *cpu, uint64_t offset, unsigned int size)
{
	return size >= 4 && (owned(cpu, (offset - GICD_IROUTER) / 8) & 1);
}

/* Half a register is for the guest alone: where there is no AArch32, controllers need not know 32-bit accesses to it. */
static uint64_t load_route(uint64_t offset, unsigned int size)
{
	const uint64_t value = gicd_read64(offset & ~7ULL) >> (8 * (offset % 8));

	return size == 4 ? value & MASK(31, 0) : value;
}

static void store_route(const struct cpu *cpu, uint64_t offset, unsigned int size, uint64_t value)
{
	const unsigned int shift = 8 * (unsigned int)(offset % 8);

	gicd_route(cpu, offset & ~7ULL, size == 4 ? MASK(31, 0) << shift : ~0ULL, value << shift);
}

uint64_t gicd_load(const struct cpu *cpu, uint64_t offset, unsigned int size)
{
	switch (kind_of(offset)) {
	case CONTROL:
		/* What says what the controller is, to whoever asks. */
		return offset <= GICD_TYPER2 && size == 4 ? gicd_read(offset) : 0;
	case GROUP:
		return size == 4 ? gicd_read(offset) & owned_bits(cpu, offset - GICD_IGROUPR) : 0;
	case ONE_BIT:
		return size == 4 ? gicd_read(offset) & owned_bits(cpu, offset % 0x80) : 0;
	case PRIORITY:
		return size <= 4 ? load_priorities(cpu, offset, size) : 0;
	case CONFIG:
		return size == 4 ? gicd_read(offset) & owned_pairs(cpu, offset - GICD_ICFGR) : 0;
	case ROUTE:
		return routes(cpu, offset, size) ? load_route(offset, size) : 0;
	case EXTENDED:
		return size == 4 && cell_is_root(cpu->cell) ? gicd_read(offset) : 0;
	case EXTENDED_ROUTE:
		return size == 8 && cell_is_root(cpu->cell) ? gicd_read64(offset) : 0;
	default:
		return offset >= GIC_ID && offset < GIC_FRAME && size == 4 ? gicd_read(offset) : 0;
	}
}

static void refuse_beyond(struct cpu *cpu, uint64_t value, uint64_t mask)
{
	if (value & ~mask)
		trace_count(cpu, PT_EXIT_IRQ_REFUSED);
}

static void store_bits(struct cpu *cpu, uint64_t offset, uint32_t value)
{
	const uint32_t mask = owned_bits(cpu, offset % 0x80);

	refuse_beyond(cpu, value, mask);
	gicd_write(offset, value & mask);
}

/* GICD_SETSPI_NSR and GICD_CLRSPI_NSR: message-based interrupts. */
static void store_control(struct cpu *cpu, uint64_t offset, uint32_t value)
{
	if (offset != GICD_SETSPI_NSR && offset != GICD_CLRSPI_NSR)
		return;
	if (cell_owns_spi(cpu->cell, value))
		gicd_write(offset, value);
	else
		trace_count(cpu, PT_EXIT_IRQ_REFUSED);
}

void gicd_store(struct cpu *cpu, uint64_t offset, unsigned int size, uint64_t value)
{
	switch (kind_of(offset)) {
	case CONTROL:
		if (size == 4)
			store_control(cpu, offset, (uint32_t)value);
		break;
	case ONE_BIT:
		if (size == 4)
			store_bits(cpu, offset, (uint32_t)value);
		break;
	case PRIORITY:
		if (size <= 4)
			store_priorities(cpu, offset, size, value);
		break;
	case CONFIG:
		if (size == 4)
			gicd_update(offset, owned_pairs(cpu, offset - GICD_ICFGR), (uint32_t)value);
		break;
	case ROUTE:
		if (routes(cpu, offset, size))
			store_route(cpu, offset, size, value);
		break;
	case EXTENDED:
		if (size == 4 && cell_is_root(cpu->cell))
			gicd_write(offset, (uint32_t)value);
		break;
	case EXTENDED_ROUTE:
		if (size == 8 && cell_is_root(cpu->cell))
			gicd_route(cpu, offset, ~0ULL, value);
		break;
	default:
		/* All of a cell's are in the non-secure group 1 and stay there. */
		break;
	}
}
