/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A cell that looks, before it does anything, for what a former owner of its CPU and memory left
 * behind, and names it; when asked to stop it leaves everything as dirty as it can, so that the
 * next run proves that it was cleaned. Memory that was loaded beside the image counts as a
 * leftover: load none. /
 */
#include "leftovers.h"
#include "registers.h"

#define NAMED_MAX	20	/* words of memory that are told one by one */

/* first.S stores here with the MMU off: .bss.early is the part that start-up keeps for that. */
#define COUNT(name, mask) + 1
#define CAPTURED_WORDS (CAPTURED_GENERAL CAPTURED_REGISTERS(COUNT) CAPTURED_GIC_REGISTERS(COUNT))
__attribute__((section(".bss.early"), used, aligned(16)))
uint64_t captured[CAPTURED_WORDS];

static const struct {
	const char *name;
	uint64_t mask;
} registers[] = {
#define NAME(name, mask) { #name, (uint64_t)(mask) },
	CAPTURED_REGISTERS(NAME) CAPTURED_GIC_REGISTERS(NAME)
};

static unsigned int found;
static uint64_t fp[FP_WORDS];
static struct sve sve;
static unsigned int vector_bytes;

static void leftover(const char *what, uint64_t index, uint64_t value)
{
	found++;
	cell_printf("leftover: %s %lu = %lx\n", what, index, value);
}

static void check_general(void)
{
	for (unsigned int i = 0; i < CAPTURED_GENERAL; i++)
		if (captured[i])
			leftover("x", i + 1, captured[i]);
}

static void check_registers(void)
{
	for (unsigned int i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		if (captured[CAPTURED_GENERAL + i] & registers[i].mask)
			leftover(registers[i].name, 0, captured[CAPTURED_GENERAL + i]);
}

/* The library uses no FP or SIMD register, so they are as they came. */
static void capture_fp(void)
{
#define STORE_V(n) \
	asm volatile(".arch_extension simd\n\tstr q" #n ", [%0]" :: "r" (&fp[2 * (n)]) : "memory");
	FOR_EACH_V(STORE_V)
	fp[64] = cell_sysreg_read(fpcr);
	fp[65] = cell_sysreg_read(fpsr);
}

static void check_fp(void)
{
	for (unsigned int i = 0; i < FP_WORDS; i++)
		if (fp[i])
			leftover(i < 64 ? "half of a V register" : "FPCR, FPSR", i, fp[i]);
}

static void check_words(const char *what, const uint64_t *words, uint64_t count)
{
	unsigned int named = 0;

	for (uint64_t i = 0; i < count; i++)
		if (words[i] && named++ < NAMED_MAX)
			leftover(what, i, words[i]);
	if (named > NAMED_MAX)
		cell_printf("leftover: %s: %u more words\n", what, named - NAMED_MAX);
}

static void check_sve(void)
{
	check_words("Z registers", sve.z, sizeof(sve.z) / sizeof(*sve.z));
	check_words("P registers", sve.p, sizeof(sve.p) / sizeof(*sve.p));
	check_words("FFR", sve.ffr, sizeof(sve.ffr) / sizeof(*sve.ffr));
	check_words("ZCR_EL1", &sve.zcr, 1);
}

/* What the CPU says of itself, and whether its PMU is ours to use: for whoever reads the console. */
static void tell_cpu(void)
{
	const uint64_t dfr0 = cell_sysreg_read(id_aa64dfr0_el1);
	uint64_t cycles = 0;

	if (dfr0 >> 8 & 0xf) {
		cell_sysreg_write(pmcntenset_el0, 1u << 31);
		cell_sysreg_write(pmcr_el0, 1);
		cell_isb();
		for (volatile unsigned int i = 0; i < 100; i++)
			;
		cycles = cell_sysreg_read(pmccntr_el0);
		cell_sysreg_write(pmcr_el0, 0);
	}
	cell_printf("cpu: pfr0 %lx pfr1 %lx dfr0 %lx mmfr1 %lx mmfr2 %lx\n",
		    cell_sysreg_read(id_aa64pfr0_el1), cell_sysreg_read(id_aa64pfr1_el1), dfr0,
		    cell_sysreg_read(id_aa64mmfr1_el1), cell_sysreg_read(id_aa64mmfr2_el1));
	cell_printf("cpu: vectors of %u bytes, cycles %s\n", vector_bytes,
		    cycles ? "counted" : "not counted");
}

static void check_pauth(void)
{
	uint64_t keys[PAUTH_KEYS];

	if (!has_pauth())
		return;
	pauth_read(keys);
	for (unsigned int i = 0; i < PAUTH_KEYS; i++)
		if (keys[i])
			leftover("pointer authentication key", i, keys[i]);
}

/* Before the first print. */
static void check_report(unsigned int *dirty)
{
	const uint64_t *words = (const uint64_t *)cell_report();

	for (unsigned int i = 0; i < (PT_COMM_SIZE - PT_COMM_REPORT) / sizeof(*words); i++)
		*dirty += words[i] != 0;
}

/* The CPU interface of a GICv2; what firmware may have set in GICC_CTLR does not count. */
static void check_gicc(uint64_t gicc)
{
	if (cell_mmio_read32(gicc + GICC_CTLR) & 0x21f)
		leftover("GICC_CTLR", 0, cell_mmio_read32(gicc + GICC_CTLR));
	if (cell_mmio_read32(gicc + GICC_PMR))
		leftover("GICC_PMR", 0, cell_mmio_read32(gicc + GICC_PMR));
	if (cell_mmio_read32(gicc + GICC_RPR) != 0xff)
		leftover("GICC_RPR", 0, cell_mmio_read32(gicc + GICC_RPR));
	for (unsigned int at = GICC_APR; at < GICC_NSAPR + 16; at += 4)
		if (cell_mmio_read32(gicc + at))
			leftover("GICC_APR, GICC_NSAPR", at, cell_mmio_read32(gicc + at));
}

static void check_private_interrupts(void)
{
	uint64_t gicc = cell_info()->gicc;
	uint64_t sgi = gicc ? cell_info()->gicd : cell_info()->cpus[0].gicr + GICR_SGI_BASE;
	uint32_t first = cell_mmio_read32(sgi + GIC_IPRIORITYR);

	/* A GICv2 may have SGIs enabled always (IHI 0048 4.3.5). */
	if (cell_mmio_read32(sgi + GIC_ISENABLER(0)) & (gicc ? ~0xffffu : ~0u))
		leftover("ISENABLER0", 0, cell_mmio_read32(sgi + GIC_ISENABLER(0)));
	if (cell_mmio_read32(sgi + GIC_ISPENDR(0)))
		leftover("ISPENDR0", 0, cell_mmio_read32(sgi + GIC_ISPENDR(0)));
	if (cell_mmio_read32(sgi + GIC_ISACTIVER(0)))
		leftover("ISACTIVER0", 0, cell_mmio_read32(sgi + GIC_ISACTIVER(0)));
	if (cell_mmio_read32(sgi + GIC_ICFGR(1)))
		leftover("ICFGR1", 0, cell_mmio_read32(sgi + GIC_ICFGR(1)));
	if (gicc)
		check_gicc(gicc);
	/*
	 * What they are set to is the hypervisor's choice, but it chooses without looking at them.
	 */
	for (unsigned int i = 4; i < 32; i += 4)
		if (cell_mmio_read32(sgi + GIC_IPRIORITYR + i) != first)
			leftover("IPRIORITYR", i, cell_mmio_read32(sgi + GIC_IPRIORITYR + i));
}

void main(void)
{
	unsigned int dirty_report = 0;
	size_t size;
	const uint64_t *memory = cell_free_memory(&size);

	capture_fp();
	if (has_sve())
		vector_bytes = sve_capture(&sve);
	check_report(&dirty_report);
	if (dirty_report)
		leftover("words in report and console", 0, dirty_report);
	check_general();
	check_registers();
	check_fp();
	check_sve();
	check_pauth();
	check_private_interrupts();
	check_words("memory word", memory, size / sizeof(*memory));
	if (found)
		cell_printf("leftovers: %u\n", found);
	else
		cell_printf("leftovers: none\n");
	tell_cpu();
	cell_report()->user[0] = found;
	cell_irq_init();
	cell_idle_until_shutdown();
	cell_printf("leftovers: dirtying everything\n");
	leave_dirty();
}
