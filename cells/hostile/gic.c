/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interrupt controller beyond our share of it. Nothing of a neighbour may change, and no
 * interrupt may reach it, whatever is written here. /
 */
#include "hostile.h"

#define FRAME		0x10000
#define GICD_SETSPI_NSR	0x40

static uint64_t own_gicr(void)
{
	return cell_info()->cpus[cell_cpu_index()].gicr;
}

/* All, none, every other bit, the lowest, the highest. */
static const uint32_t classes[] = { ~0u, 0, 0xaaaaaaaa, 0x55555555, 1, 1u << 31 };

static void write_classes(uint64_t at)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		cell_mmio_write32(at, classes[i]);
		attempts++;
	}
}

static void gicd_read_all(const struct numbers *numbers)
{
	(void)numbers;
	for (uint64_t offset = 0; offset < FRAME; offset += 4, attempts++)
		cell_mmio_read32(cell_info()->gicd + offset);
}

/*
 * What a foreign interrupt is set to must not even be seen. SPIs of Linux are enabled for certain.
 */
static void gicd_peek(const struct numbers *numbers)
{
	uint64_t gicd = cell_info()->gicd;
	uint32_t value;

	(void)numbers;
	if (cell_info()->spi_count)
		return;
	for (uint32_t n = 1; n < 32; n++) {
		value = cell_mmio_read32(gicd + GIC_ISENABLER(n)) |
			cell_mmio_read32(gicd + GIC_ISPENDR(n));
		if (value)
			granted("gicd-peek", n, value);
	}
}

static void gicd_write_all(const struct numbers *numbers)
{
	(void)numbers;
	for (uint64_t offset = 0; offset < FRAME; offset += 4)
		write_classes(cell_info()->gicd + offset);
}

static void gicd_sizes(const struct numbers *numbers)
{
	uint64_t gicd = cell_info()->gicd, value;

	(void)numbers;
	for (uint64_t offset = 0; offset < FRAME; offset += 8, attempts += 7) {
		cell_mmio_write8(gicd + offset + 3, 0xff);
		cell_mmio_write64(gicd + offset, ~0ULL);
		asm volatile("strh wzr, [%0]" :: "r" (gicd + offset + 2) : "memory");
		asm volatile("ldrsb %0, [%1]" : "=r" (value) : "r" (gicd + offset) : "memory");
		asm volatile("ldrsh %w0, [%1]" : "=r" (value) : "r" (gicd + offset) : "memory");
		asm volatile("ldrsw %0, [%1]" : "=r" (value) : "r" (gicd + offset) : "memory");
		cell_mmio_read64(gicd + offset);
	}
}

/* Our own redistributor, and with it the way to memory that LPI tables would give. */
static void gicr_write_all(const struct numbers *numbers)
{
	uint64_t gicr = own_gicr();

	(void)numbers;
	for (uint64_t offset = 0; offset < 2 * FRAME; offset += 4)
		write_classes(gicr + offset);
	for (uint64_t offset = 0; offset < 2 * FRAME; offset += 8, attempts += 3) {
		cell_mmio_write64(gicr + offset, ~0ULL);
		cell_mmio_write64(gicr + offset, 0);
		cell_mmio_read64(gicr + offset);
	}
	cell_irq_init();
}

static void lpi_tables(const struct numbers *numbers)
{
	uint64_t gicr = own_gicr(), propbaser = cell_mmio_read64(gicr + GICR_PROPBASER);
	uint64_t pendbaser = cell_mmio_read64(gicr + GICR_PENDBASER);
	uint32_t ctlr = cell_mmio_read32(gicr + GICR_CTLR);

	(void)numbers;
	cell_mmio_write64(gicr + GICR_PROPBASER, 0x40000000 | 0xf);
	cell_mmio_write64(gicr + GICR_PENDBASER, 0x40010000 | 1ULL << 62);
	cell_mmio_write32(gicr + GICR_CTLR, ctlr | 1);
	if (cell_mmio_read64(gicr + GICR_PROPBASER) != propbaser)
		granted("GICR_PROPBASER", propbaser, cell_mmio_read64(gicr + GICR_PROPBASER));
	if (cell_mmio_read64(gicr + GICR_PENDBASER) != pendbaser)
		granted("GICR_PENDBASER", pendbaser, cell_mmio_read64(gicr + GICR_PENDBASER));
	if (cell_mmio_read32(gicr + GICR_CTLR) & 1)
		granted("GICR_CTLR.EnableLPIs", ctlr, cell_mmio_read32(gicr + GICR_CTLR));
}

static void send_everywhere(uint64_t bits)
{
	for (uint64_t intid = 0; intid < 16; intid++)
		for (uint64_t aff1 = 0; aff1 < 4; aff1++) {
			cell_sysreg_write(icc_sgi1r_el1,
					  bits | ICC_SGI1R_INTID(intid) | aff1 << 16 | 0xffff);
			cell_isb();
			attempts++;
		}
}

static void sgi_all(const struct numbers *numbers)
{
	(void)numbers;
	send_everywhere(0);
	send_everywhere(1ULL << 44);	/* RS */
	send_everywhere(1ULL << 32);	/* Aff2 */
	send_everywhere(1ULL << 48);	/* Aff3 */
}

static void sgi_irm(const struct numbers *numbers)
{
	(void)numbers;
	send_everywhere(ICC_SGI1R_IRM);
}

static void sgi_groups(const struct numbers *numbers)
{
	(void)numbers;
	for (uint64_t intid = 0; intid < 16; intid++, attempts += 4) {
		cell_sysreg_write(icc_sgi0r_el1, ICC_SGI1R_INTID(intid) | 0xffff);
		cell_sysreg_write(icc_asgi1r_el1, ICC_SGI1R_INTID(intid) | 0xffff);
		cell_sysreg_write(icc_sgi0r_el1, ICC_SGI1R_INTID(intid) | ICC_SGI1R_IRM);
		cell_sysreg_write(icc_asgi1r_el1, ICC_SGI1R_INTID(intid) | ICC_SGI1R_IRM);
	}
}

static void sgi_garbage(const struct numbers *numbers)
{
	uint64_t value = 1;

	(void)numbers;
	for (unsigned int i = 0; i < 4096; i++, attempts++) {
		value = value * 6364136223846793005ULL + 1442695040888963407ULL;
		cell_sysreg_write(icc_sgi1r_el1, value);
	}
}

static void sgi_storm(const struct numbers *numbers)
{
	(void)numbers;
	for (;;) {
		send_everywhere(0);
		send_everywhere(ICC_SGI1R_IRM);
	}
}

/* Ending interrupts that somebody else is handling. */
static void deactivate_all(const struct numbers *numbers)
{
	(void)numbers;
	for (uint64_t intid = 0; intid < 8448; intid++, attempts++)
		cell_sysreg_write(icc_dir_el1, intid);
	cell_sysreg_write(icc_dir_el1, ~0ULL);
}

static void end_all(const struct numbers *numbers)
{
	(void)numbers;
	for (uint64_t intid = 0; intid < 1020; intid++, attempts += 2) {
		cell_sysreg_write(icc_eoir1_el1, intid);
		cell_sysreg_write(icc_eoir0_el1, intid);
	}
}

static void message_all(const struct numbers *numbers)
{
	(void)numbers;
	for (uint32_t intid = 0; intid < 1024; intid++, attempts++)
		cell_mmio_write32(cell_info()->gicd + GICD_SETSPI_NSR, intid);
	for (uint32_t intid = 0; intid < 16; intid++)
		cell_mmio_write32(cell_info()->gicd + GICD_SGIR, 0xff0000 | intid);
}

static void gicd_storm(const struct numbers *numbers)
{
	for (;;)
		gicd_write_all(numbers);
}

const struct behaviour gic_behaviours[] = {
	{ "gicd-read-all", SURVIVES, gicd_read_all },
	{ "gicd-peek", SURVIVES, gicd_peek },
	{ "gicd-write-all", SURVIVES, gicd_write_all },
	{ "gicd-sizes", SURVIVES, gicd_sizes },
	{ "gicr-write-all", SURVIVES, gicr_write_all },
	{ "lpi-tables", SURVIVES, lpi_tables },
	{ "sgi-all", SURVIVES, sgi_all },
	{ "sgi-irm", SURVIVES, sgi_irm },
	{ "sgi-groups", SURVIVES, sgi_groups },
	{ "sgi-garbage", SURVIVES, sgi_garbage },
	{ "deactivate-all", SURVIVES, deactivate_all },
	{ "end-all", SURVIVES, end_all },
	{ "message-all", SURVIVES, message_all },
	{ "sgi-storm", ENDLESS, sgi_storm },
	{ "gicd-storm", ENDLESS, gicd_storm },
	{ 0 },
};
