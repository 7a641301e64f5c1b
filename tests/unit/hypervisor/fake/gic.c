// SPDX-License-Identifier: GPL-2.0-only
/*
 * A GICv3 with one security state (GICD_CTLR.DS = 1), or a GICv2 with one: registers as IHI0069 and IHI0048 have them, and just enough of the way
 * from an interrupt to a CPU to tell whether it would wake up. An access that the manual leaves
 * unpredictable (its size, or a register that does not exist) ends the program.
 */
#include <string.h>
#include <machine/gic_regs.h>
#include "internal.h"

struct gic gic;
unsigned int fake_gic_version = 3;

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
		gic.spis[word].group = fake_gic_version == 2 ? 0 : ~0u;
	if (fake_gic_version != 2)
		return;
	gic.ctlr = 1;
	for (unsigned int n = 0; n < CPUS; n++) {
		memset(&gic.redistributor[n], 0, sizeof(gic.redistributor[n]));
		gic.gicc[n] = (struct gicc){ .ctlr = 0x261, .pmr = 0xf0, .iidr = 0x0202143b, .running = 0xff };
		gic.private_targets[n] = gicv2_bit(n);
	}
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

/* A bit that says that the hardware is not ready yet. */
static uint32_t never(uint64_t bit)
{
	gic.looks += gic.stuck;
	return gic.stuck ? (uint32_t)bit : 0;
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
		return gic.ctlr | never(GICD_CTLR_RWP);
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
		return r->ctlr | never(GICR_CTLR_RWP);
	case GICR_WAKER:
		/* Asleep at once when asked to be. */
		if (w)
			r->waker = *w & 2 ? 6 : 0;
		return r->waker | never(GICR_WAKER_ASLEEP);
	case GIC_PIDR2:
		return 0x3b;
	default:
		return 0;
	}
}

static unsigned int self(void)
{
	return (unsigned int)(fake_self() - fake.cpu);
}

/* The pending state of an SGI is that of its senders. */
static void sgis_pend(unsigned int n)
{
	struct irq_bank *b = &gic.redistributor[n].bank;

	for (unsigned int i = 0; i < 16; i++)
		b->pending = gic.gicc[n].from[i] ? b->pending | 1u << i : b->pending & ~(1u << i);
}

static uint64_t sgi_senders(uint64_t offset, unsigned int size, const uint64_t *w)
{
	uint8_t *from = &gic.gicc[self()].from[offset % 16];
	uint64_t value = 0;

	if (size != 4 && size != 1)
		fake_bug("senders of SGIs by %u bytes", size);
	for (unsigned int i = 0; i < size; i++) {
		if (w)
			from[i] = (uint8_t)(offset < GICD_SPENDSGIR ? from[i] & ~(*w >> 8 * i) : from[i] | *w >> 8 * i);
		value |= (uint64_t)from[i] << 8 * i;
	}
	sgis_pend(self());
	return value;
}

static uint64_t targets(uint64_t offset, unsigned int size, const uint64_t *w)
{
	uint64_t value = 0;

	if (size != 4 && size != 1)
		fake_bug("targets by %u bytes", size);
	for (unsigned int i = 0; i < size; i++) {
		const uint64_t intid = offset - GICD_ITARGETSR + i;

		if (w && intid >= 32 && intid < gic.lines)
			gic.route[intid] = (uint8_t)(*w >> 8 * i);
		value |= (intid < 32 ? gic.private_targets[self()] : gic.route[intid]) << 8 * i;
	}
	return value;
}

static void gicv2_sgi(uint64_t value)
{
	if (value & ~0xff000fULL)
		fake_bug("GICD_SGIR = %lx is more than a list and a number", value);
	if (fake.sgi_count < ARRAY_SIZE(fake.sgis))
		fake.sgis[fake.sgi_count++] = (struct sgi){ self(), value };
	for (unsigned int n = 0; n < CPUS; n++) {
		if (value >> 16 & gicv2_bit(n))
			gic.gicc[n].from[value & 15] |= gicv2_bit(self());
		sgis_pend(n);
	}
}

static uint64_t gicv2_distributor(uint64_t offset, unsigned int size, const uint64_t *w)
{
	uint64_t word, kind = kind_of(offset, &word);

	if (offset >= GICD_V2_SIZE)
		fake_bug("access behind the distributor at %lx", offset);
	if (offset >= GICD_ITARGETSR && offset < GICD_ICFGR)
		return targets(offset, size, w);
	if (offset >= GICD_CPENDSGIR && offset < GICD_SPENDSGIR_END)
		return sgi_senders(offset, size, w);
	if (w && (kind == GICD_IGROUPR || offset >= GICD_IGRPMODR) && offset != GICD_SGIR)
		fake_bug("distributor %lx written, which is the firmware's or reserved", offset);
	if (kind && kind != GICD_IGRPMODR) {
		struct irq_bank nothing = { 0 }, *b = word && word < gic.lines / 32 ? &gic.spis[word] : &nothing;
		uint64_t value;

		if (!word)
			b = &gic.redistributor[self()].bank;
		value = bank_access(b, kind, offset, size, w);
		sgis_pend(self());
		return value;
	}
	if (size != 4)
		fake_bug("distributor %lx by %u bytes", offset, size);
	switch (offset) {
	case GICD_CTLR:
		if (w)
			gic.ctlr = (uint32_t)*w;
		return gic.ctlr | never(GICD_CTLR_RWP);
	case GICD_TYPER:
		return (gic.lines / 32 - 1) | (CPUS - 1) << 5;
	case GICD_IIDR:
		return 0x0200143b;
	case GICD_SGIR:
		if (w)
			gicv2_sgi(*w);
		return 0;
	case 0xfe8:
		return 0x2b;
	default:
		return 0;
	}
}

static uint64_t gicv2_interface(struct gicc *c, uint64_t offset, unsigned int size, const uint64_t *w)
{
	uint32_t *reg = NULL;

	if (size != 4)
		fake_bug("CPU interface %lx by %u bytes", offset, size);
	switch (offset) {
	case GICC_CTLR:
		reg = &c->ctlr;
		break;
	case GICC_PMR:
		reg = &c->pmr;
		break;
	case GICC_BPR:
		reg = &c->bpr;
		break;
	case GICC_ABPR:
		reg = &c->abpr;
		break;
	case GICC_APR ... GICC_NSAPR_END - 4:
		reg = &c->active[(offset - GICC_APR) / 4];
		break;
	case GICC_EOIR:
		c->running = 0xff;
		for (unsigned int i = 0; i < ARRAY_SIZE(c->active); i++)
			if (c->active[i])
				fake_bug("the end of an interrupt that is not active, while others are");
		return 0;
	case GICC_RPR:
		return c->running;
	case GICC_IIDR:
		return c->iidr;
	default:
		fake_bug("CPU interface %lx", offset);
	}
	if (w)
		*reg = (uint32_t)*w;
	return *reg;
}

/* A PL011 that sends at once: UARTDR, UARTFR.TXFE. */
static uint64_t boot_uart(uint64_t offset, const uint64_t *w)
{
	if (offset == 0x18 && !w)
		return 0x90;
	if (offset || !w)
		fake_bug("register %lx of the boot's UART", offset);
	if (strlen(fake.said) + 1 < sizeof(fake.said))
		fake.said[strlen(fake.said)] = (char)*w;
	return 0;
}

uint64_t fake_io(const uint8_t *at, unsigned int size, const uint64_t *written);

uint64_t fake_io(const uint8_t *at, unsigned int size, const uint64_t *written)
{
	const uint64_t pa = device_address(at);

	if (pa % size)
		fake_bug("unaligned access to a device at %lx", pa);
	if (pa - ECAM_PA < ECAM_SIZE)
		return pci_io(pa, size, written);
	if (pa - BOOT_UART_PA < PT_PAGE_SIZE)
		return boot_uart(pa - BOOT_UART_PA, written);
	if (fake_gic_version == 2 && pa - GICD_PA < GIC_FRAME)
		return gicv2_distributor(pa - GICD_PA, size, written);
	if (fake_gic_version == 2 && pa - GICC_PA < GICC_SIZE)
		return gicv2_interface(&gic.gicc[self()], pa - GICC_PA, size, written);
	if (fake_gic_version == 2)
		fake_bug("access to no device at %lx", pa);
	if (pa - GICD_PA < GIC_FRAME)
		return distributor(pa - GICD_PA, size, written);
	if (pa - GICR_PA < CPUS * GICR_SIZE)
		return redistributor(&gic.redistributor[(pa - GICR_PA) / GICR_SIZE], (pa - GICR_PA) % GICR_SIZE, size,
				     written);
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

static bool gicv2_bank_signals(const struct irq_bank *b, const struct gicc *c, uint32_t candidates)
{
	for (unsigned int i = 0; i < 32; i++)
		if ((candidates & b->enabled & b->pending & ~b->active & BIT(i)) && (c->ctlr & (b->group & BIT(i) ? 2 : 1)) &&
		    b->priority[i] < c->pmr && b->priority[i] < c->running)
			return true;
	return false;
}

static bool gicv2_signalled(unsigned int n)
{
	if (gicv2_bank_signals(&gic.redistributor[n].bank, &gic.gicc[n], ~0u))
		return true;
	for (uint32_t intid = 32; intid < gic.lines; intid++)
		if ((gic.route[intid] & gicv2_bit(n)) &&
		    gicv2_bank_signals(&gic.spis[intid / 32], &gic.gicc[n], 1u << intid % 32))
			return true;
	return false;
}

bool gic_signalled(unsigned int n)
{
	const uint64_t *regs = fake.cpu[n].regs;

	if (fake_gic_version == 2)
		return (regs[REG_hcr_el2] & HCR_IMO) && gicv2_signalled(n);

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
