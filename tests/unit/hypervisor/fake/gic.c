// SPDX-License-Identifier: GPL-2.0-only
/*
 * A GICv3 with one security state (GICD_CTLR.DS = 1): registers as IHI0069 has them, and just enough of the way
 * from an interrupt to a CPU to tell whether it would wake up. An access that the manual leaves
 * unpredictable (its size, or a register that does not exist) ends the program.
 */
#include <string.h>
#include <machine/gic_regs.h>
#include "internal.h"

struct gic gic;

void gic_power_on(void)
{
	memset(&gic, 0, sizeof(gic));
	gic.ctlr = GICD_CTLR_ARE_NS | BIT(6) | 3;
	gic.lines = SPI_LIMIT;
	for (unsigned int n = 0; n < CPUS; n++) {
		uint64_t m = board_mpidr[n];

		gic.redistributor[n].typer = (m >> 32) << 56 | (m & 0xffffff) << 32 | n << 8 | 1 |
					     1 << 27 | (n == CPUS - 1 ? GICR_TYPER_LAST : 0);
		gic.redistributor[n].bank.group = ~0u;
	}
	for (unsigned int word = 1; word < SPI_LIMIT / 32; word++)
		gic.spis[word].group = ~0u;
}

static void note_event(void)
{
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
		gic.told[i].state = status.cells[i].state;
		gic.told[i].fault = status.cells[i].fault.kind;
	}
}

static uint32_t *config_of(struct irq_bank *b, uint64_t offset)
{
	return &b->config[offset / 4 % 2];
}

/* Registers that a distributor word and a redistributor have alike; @reg is the first of its kind. */
static uint64_t bank_access(struct irq_bank *b, uint64_t reg, uint64_t offset, unsigned int size, const uint64_t *w)
{
	uint32_t *set = NULL, value = w ? (uint32_t)*w : 0;

	if (reg == GICD_IPRIORITYR) {
		uint64_t priorities = 0;

		if (size != 4 && size != 1)
			fake_bug("priorities by %u bytes", size);
		if (w)
			memcpy(&b->priority[offset % 32], w, size);
		memcpy(&priorities, &b->priority[offset % 32], size);
		return priorities;
	}
	if (size != 4)
		fake_bug("register %lx of the interrupt controller by %u bytes", offset, size);
	switch (reg) {
	case GICD_IGROUPR:
		set = &b->group;
		break;
	case GICD_IGRPMODR:
		set = &b->groupmod;
		break;
	case GICD_ICFGR:
		set = config_of(b, offset);
		break;
	case GICD_ISENABLER:
	case GICD_ICENABLER:
		if (w)
			b->enabled = reg == GICD_ISENABLER ? b->enabled | value : b->enabled & ~value;
		return b->enabled;
	case GICD_ISPENDR:
	case GICD_ICPENDR:
		if (w)
			b->pending = reg == GICD_ISPENDR ? b->pending | value : b->pending & ~value;
		if (w && reg == GICD_ISPENDR && b == &gic.spis[EVENT_SPI / 32])
			note_event();
		return b->pending;
	case GICD_ISACTIVER:
	case GICD_ICACTIVER:
		if (w)
			b->active = reg == GICD_ISACTIVER ? b->active | value : b->active & ~value;
		return b->active;
	}
	if (w)
		*set = value;
	return *set;
}

/* Which kind of register lies at @offset: its first offset and how many bytes it has for 32 interrupts. */
static uint64_t kind_of(uint64_t offset, uint64_t *word)
{
	if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR) {
		*word = offset % 0x80 / 4;
		return offset & ~0x7fULL;
	}
	if (offset >= GICD_IPRIORITYR && offset < GICD_ITARGETSR) {
		*word = (offset - GICD_IPRIORITYR) / 32;
		return GICD_IPRIORITYR;
	}
	if (offset >= GICD_ICFGR && offset < GICD_IGRPMODR) {
		*word = (offset - GICD_ICFGR) / 8;
		return GICD_ICFGR;
	}
	if (offset >= GICD_IGRPMODR && offset < GICD_IGRPMODR + 0x80) {
		*word = (offset - GICD_IGRPMODR) / 4;
		return GICD_IGRPMODR;
	}
	return 0;
}

static uint64_t distributor(uint64_t offset, unsigned int size, const uint64_t *w)
{
	uint64_t word, kind = kind_of(offset, &word);

	if (kind) {
		struct irq_bank nothing = { 0 };

		/* Interrupts 0 to 31 are the redistributors', those above the last do not exist: read as 0. */
		return bank_access(word && word < gic.lines / 32 ? &gic.spis[word] : &nothing, kind, offset, size, w);
	}
	if (offset >= GICD_IROUTER && offset < GICD_IROUTER + 8 * 1024) {
		const uint64_t intid = (offset - GICD_IROUTER) / 8;

		if (size != 8)
			fake_bug("a route by %u bytes", size);
		if (w && intid >= 32 && intid < gic.lines)
			gic.route[intid] = *w & (PT_MPIDR_MASK | GICD_IROUTER_IRM);
		return gic.route[intid];
	}
	if (offset >= GICD_IROUTERE && offset < GICD_IROUTERE_END && size == 8) {
		uint64_t *route = &gic.route_extended[(offset - GICD_IROUTERE) / 8 % 32];

		if (w)
			*route = *w;
		return *route;
	}
	if (size != 4)
		fake_bug("distributor %lx by %u bytes", offset, size);
	if (w && (offset == GICD_SETSPI_NSR || offset == GICD_CLRSPI_NSR) && *w >= 32 && *w < gic.lines) {
		const uint32_t bit = 1u << (*w % 32);
		struct irq_bank *b = &gic.spis[*w / 32];

		b->pending = offset == GICD_SETSPI_NSR ? b->pending | bit : b->pending & ~bit;
	}
	if (offset >= GICD_EXTENDED && offset < GICD_EXTENDED + sizeof(gic.extended)) {
		uint32_t *word = &gic.extended[(offset - GICD_EXTENDED) / 4];

		if (w)
			*word = (uint32_t)*w;
		return *word;
	}
	switch (offset) {
	case GICD_CTLR:
		if (w)
			gic.ctlr = (uint32_t)*w;
		return gic.ctlr;
	case GICD_TYPER:
		return (gic.lines / 32 - 1) | BIT(8);	/* and 32 extended SPIs */
	case GICD_IIDR:
		return 0x43b;
	case GIC_PIDR2:
		return 0x3b;
	default:
		return 0;
	}
}

static uint64_t redistributor(struct redistributor *r, uint64_t offset, unsigned int size, const uint64_t *w)
{
	uint64_t word, kind;

	if (offset >= GICR_SGI) {
		kind = kind_of(offset - GICR_SGI, &word);
		if (kind && word == 0)
			return bank_access(&r->bank, kind, offset, size, w);
		if (kind >= GICD_ISENABLER && kind <= GICD_ICACTIVER && word == 1 && size == 4) {
			uint32_t *bits = &r->extended[(kind - GICD_ISENABLER) / 0x100];

			if (w)
				*bits = kind & 0x80 ? *bits & ~(uint32_t)*w : *bits | (uint32_t)*w;
			return *bits;
		}
		if (size != 4)
			fake_bug("SGI_base %lx by %u bytes", offset, size);
		return 0;
	}
	switch (offset) {
	case GICR_TYPER:
		return size == 8 ? r->typer : (uint32_t)r->typer;
	case GICR_TYPER + 4:
		return r->typer >> 32;
	case GICR_PROPBASER:
		if (w)
			r->propbaser = *w;
		return r->propbaser;
	case GICR_PENDBASER:
		if (w)
			r->pendbaser = *w;
		return r->pendbaser;
	}
	if (size != 4 && offset != GICR_SETLPIR && offset != GICR_CLRLPIR && offset != GICR_INVLPIR &&
	    offset != GICR_INVALLR)
		fake_bug("redistributor %lx by %u bytes", offset, size);
	switch (offset) {
	case GICR_CTLR:
		if (w)
			r->ctlr = (uint32_t)*w;
		return r->ctlr;
	case GICR_WAKER:
		/* Asleep at once when asked to be. */
		if (w)
			r->waker = *w & 2 ? 6 : 0;
		return r->waker;
	case GIC_PIDR2:
		return 0x3b;
	default:
		return 0;
	}
}

uint64_t fake_io(const uint8_t *at, unsigned int size, const uint64_t *written);

uint64_t fake_io(const uint8_t *at, unsigned int size, const uint64_t *written)
{
	const uint64_t pa = device_address(at);

	if (pa % size)
		fake_bug("unaligned access to a device at %lx", pa);
	if (pa - GICD_PA < GIC_FRAME)
		return distributor(pa - GICD_PA, size, written);
	if (pa - GICR_PA < CPUS * GICR_SIZE)
		return redistributor(&gic.redistributor[(pa - GICR_PA) / GICR_SIZE], (pa - GICR_PA) % GICR_SIZE, size,
				     written);
	if (pa - ECAM_PA < ECAM_SIZE)
		return pci_io(pa, size, written);
	fake_bug("access to no device at %lx", pa);
}

void gic_sgi(unsigned int from, uint64_t value)
{
	if (fake.sgi_count < ARRAY_SIZE(fake.sgis))
		fake.sgis[fake.sgi_count++] = (struct sgi){ from, value };
	for (unsigned int n = 0; n < CPUS; n++) {
		const uint64_t m = board_mpidr[n];
		const uint64_t affinity = (m >> 32) << 48 | (m & 0xff0000) << 16 | (m & 0xff00) << 8 | (m & 0xf0) << 40;

		if ((value & BIT(40)) ? n != from : affinity == (value & 0x00fff0ff00ff0000) && (value & BIT(m & 15)))
			gic.redistributor[n].bank.pending |= 1u << FIELD(value, 27, 24);
	}
}

/* The active priorities: the lowest bit set, in steps of 8. */
static unsigned int running_priority(const uint64_t *regs)
{
	const uint64_t bits = regs[REG_icc_ap1r0_el1];

	return bits ? (unsigned int)__builtin_ctzll(bits) * 8 : 0x100;
}

static bool bank_signals(const struct irq_bank *b, const uint64_t *regs, uint32_t candidates)
{
	for (unsigned int i = 0; i < 32; i++)
		if ((candidates & b->enabled & b->pending & ~b->active & b->group & BIT(i)) &&
		    (regs[REG_icc_igrpen1_el1] & 1) && b->priority[i] < regs[REG_icc_pmr_el1] &&
		    b->priority[i] < running_priority(regs))
			return true;
	return false;
}

bool gic_signalled(unsigned int n)
{
	const uint64_t *regs = fake.cpu[n].regs;

	/* In EL2's WFI only what is routed to EL2 counts; a redistributor that sleeps forwards nothing. */
	if (!(regs[REG_hcr_el2] & HCR_IMO) || gic.redistributor[n].waker)
		return false;
	if (bank_signals(&gic.redistributor[n].bank, regs, ~0u))
		return true;
	for (uint32_t intid = 32; intid < gic.lines; intid++)
		if (gic.route[intid] == board_mpidr[n] && bank_signals(&gic.spis[intid / 32], regs, 1u << intid % 32))
			return true;
	return false;
}
