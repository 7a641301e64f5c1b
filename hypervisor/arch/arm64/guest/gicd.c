// SPDX-License-Identifier: GPL-2.0-only
/*
 * The distributor as a cell sees it (IHI0069 12.9, IHI0048 4.3): the real one, behind a mask. A register of one bit for
 * each interrupt is read or written in one piece under the ownership word; wider fields under that word spread
 * out. The registers of many interrupts that are set or cleared by writing ones need no more than the mask;
 * those that are replaced are changed under a short lock, in the owner's bits only. In a GICv2 the registers of interrupts 0 to 31
 * are the calling CPU's own, and owned; GICD_SGIR, by which it could reach others, is checked against the cell's CPUs.
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
	TARGETS,	/* GICv2: ITARGETSR, one byte */
	SGI,		/* GICv2: SGIR, and who has sent those that are pending */
	IDENTITY,	/* what every driver may ask */
	OTHER,
};

static enum kind kind_in_v2(uint64_t offset)
{
	if (offset >= GICD_ITARGETSR && offset < GICD_ICFGR)
		return TARGETS;
	if (offset >= GICD_SGIR && offset < GICD_SPENDSGIR_END)
		return SGI;
	return offset >= GICD_V2_ID && offset < GICD_V2_SIZE ? IDENTITY : OTHER;
}

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
	if (gic_is_v2)
		return kind_in_v2(offset);
	if (offset >= GICD_IROUTER && offset < GICD_IROUTERE)
		return ROUTE;
	if (offset >= GICD_EXTENDED && offset < GICD_EXTENDED_END)
		return EXTENDED;
	if (offset >= GICD_IROUTERE && offset < GICD_IROUTERE_END)
		return EXTENDED_ROUTE;
	return offset >= GIC_ID && offset < GIC_FRAME ? IDENTITY : OTHER;
}

/* Of a register that has one byte for each interrupt: who owns these. IPRIORITYR and ITARGETSR begin at multiples of 1024. */
static uint32_t owned_bytes(const struct cpu *cpu, uint64_t offset)
{
	return owned(cpu, offset % 0x400);
}

/* One to four interrupts, of which those in @mine are shown; the architecture allows bytes to be accessed alone. */
static uint64_t load_bytes(uint32_t mine, uint64_t offset, unsigned int size)
{
	const uint32_t bytes = gicd_read(offset & ~3ULL) >> (8 * (offset % 4));
	uint32_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		if (mine & BIT(i))
			value |= bytes & (0xffu << (8 * i));
	return value;
}

static void store_priorities(const struct cpu *cpu, uint64_t offset, unsigned int size, uint64_t value)
{
	const uint32_t mine = owned_bytes(cpu, offset);

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

	gicv3_route(cpu, offset & ~7ULL, size == 4 ? MASK(31, 0) << shift : ~0ULL, value << shift);
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
		return size <= 4 ? load_bytes(owned_bytes(cpu, offset), offset, size) : 0;
	case CONFIG:
		return size == 4 ? gicd_read(offset) & owned_pairs(cpu, offset - GICD_ICFGR) : 0;
	case ROUTE:
		return routes(cpu, offset, size) ? load_route(offset, size) : 0;
	case EXTENDED:
		return size == 4 && cell_is_root(cpu->cell) ? gicd_read(offset) : 0;
	case EXTENDED_ROUTE:
		return size == 8 && cell_is_root(cpu->cell) ? gicd_read64(offset) : 0;
	case TARGETS:
		return size <= 4 ? load_bytes(owned_bytes(cpu, offset), offset, size) : 0;
	case SGI:
		return size <= 4 && offset >= GICD_CPENDSGIR ? load_bytes(~0u, offset, size) : 0;
	case IDENTITY:
		return size == 4 ? gicd_read(offset) : 0;
	default:
		return 0;
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
	if (gic_is_v2 || (offset != GICD_SETSPI_NSR && offset != GICD_CLRSPI_NSR))
		return;
	if (cell_owns_spi(cpu->cell, value))
		gicd_write(offset, value);
	else
		trace_count(cpu, PT_EXIT_IRQ_REFUSED);
}

/* Those of the first 32 interrupts are read-only. */
static void store_targets(const struct cpu *cpu, uint64_t offset, unsigned int size, uint64_t value)
{
	const uint32_t mine = owned_bytes(cpu, offset), intid = (uint32_t)(offset - GICD_ITARGETSR);

	for (unsigned int i = 0; i < size && intid >= 32; i++)
		if (mine & BIT(i))
			gic_route(cpu, intid + i, 0xff, value >> (8 * i));
}

/* To a list of CPU interfaces, to all others, or to the sender: of the cell's in any case. */
static void send_sgi(struct cpu *cpu, uint32_t value)
{
	const uint32_t self = cpu->machine.sgi_list, all = load_relaxed(&cpu->cell->machine.sgi_list[0]) & 0xff;
	const uint32_t wanted[4] = { FIELD(value, 23, 16), all & ~self, self };
	const uint32_t list = wanted[FIELD(value, 25, 24)];

	if (list & ~all)
		trace_count(cpu, PT_EXIT_SGI_REFUSED);
	/* Stores before the SGI are seen by whoever takes it: the guest has its own barrier. */
	if (list & all)
		gicd_write(GICD_SGIR, GICD_SGIR_TARGETS(list & all) | (value & 0xf));
}

static void store_sgi(struct cpu *cpu, uint64_t offset, unsigned int size, uint64_t value)
{
	if (offset == GICD_SGIR && size == 4)
		send_sgi(cpu, (uint32_t)value);
	else if (offset >= GICD_CPENDSGIR && size == 4)
		gicd_write(offset, (uint32_t)value);
	else if (offset >= GICD_CPENDSGIR && size == 1)
		gicd_write8(offset, (uint8_t)value);
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
			gicv3_route(cpu, offset, ~0ULL, value);
		break;
	case TARGETS:
		if (size <= 4)
			store_targets(cpu, offset, size, value);
		break;
	case SGI:
		store_sgi(cpu, offset, size, value);
		break;
	default:
		/* All of a cell's are in the non-secure group 1 (GICv2: where the firmware has them) and stay there. */
		break;
	}
}
