/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Leaving a CPU, its memory and its redistributor in the worst state that a cell can leave them in.
 * The last instruction is the SMC: nothing may be needed after it. /
 */
#include "leftovers.h"

#define DIRT		0xd1d1d1d1d1d1d1d1ULL
#define ALL_32		0xffffffffu

bool has_pauth(void)
{
	uint64_t isar1 = cell_sysreg_read(id_aa64isar1_el1), isar2 = cell_sysreg_read(s3_0_c0_c6_2);

	return (isar1 & 0xff000ff0) || (isar2 & 0xff00);
}

/* APIA, APIB, APDA, APDB, APGA: low and high words. */
#define KEYS(X) X(s3_0_c2_c1_0) X(s3_0_c2_c1_1) X(s3_0_c2_c1_2) X(s3_0_c2_c1_3) X(s3_0_c2_c2_0) \
	X(s3_0_c2_c2_1) X(s3_0_c2_c2_2) X(s3_0_c2_c2_3) X(s3_0_c2_c3_0) X(s3_0_c2_c3_1)

void pauth_read(uint64_t keys[PAUTH_KEYS])
{
#define READ(reg) *keys++ = cell_sysreg_read(reg);
	KEYS(READ)
}

static void dirty_pauth(void)
{
#define WRITE(reg) cell_sysreg_write(reg, DIRT);
	if (has_pauth()) {
		KEYS(WRITE)
	}
}

static void dirty_memory(void)
{
	size_t size;
	uint64_t *memory = cell_free_memory(&size);

	for (uint64_t i = 0; i < size / sizeof(*memory); i++)
		memory[i] = DIRT;
}

/* The vectors of this cell do not matter any more: interrupts stay masked to the end. */
static void dirty_gic(void)
{
	uint64_t gicc = cell_info()->gicc;
	uint64_t sgi = gicc ? cell_info()->gicd : cell_info()->cpus[0].gicr + GICR_SGI_BASE;

	for (unsigned int i = 0; i < 32; i++)
		cell_mmio_write8(sgi + GIC_IPRIORITYR + i, (uint8_t)(8 * i));
	cell_mmio_write32(sgi + GIC_ICFGR(1), 0xaaaaaaaa);
	cell_mmio_write32(sgi + GIC_ISPENDR(0), ALL_32);
	cell_mmio_write32(sgi + GIC_ISENABLER(0), ALL_32);
	if (gicc) {
		cell_mmio_write32(sgi + GICD_SPENDSGIR, ALL_32);
		cell_mmio_read32(gicc + GICC_IAR);	/* acknowledged and never ended */
		cell_mmio_write32(sgi + GIC_ISACTIVER(0), ALL_32);
		cell_mmio_write32(gicc + GICC_BPR, 3);
		cell_mmio_write32(gicc + GICC_CTLR, 0x201);
		cell_mmio_write32(gicc + GICC_PMR, 0x50);
		return;
	}
	cell_sysreg_read(icc_iar1_el1);		/* acknowledged and never ended */
	cell_mmio_write32(sgi + GIC_ISACTIVER(0), ALL_32);
	cell_sysreg_write(icc_bpr1_el1, 3);
	cell_sysreg_write(icc_ctlr_el1, 2);
	cell_sysreg_write(icc_pmr_el1, 0x50);
}

static void dirty_debug(void)
{
	cell_sysreg_write(oslar_el1, 0);
	cell_isb();
	cell_sysreg_write(dbgbvr0_el1, 0x40000000);
	cell_sysreg_write(dbgbcr0_el1, 0x1e7);
	cell_sysreg_write(dbgbvr1_el1, 0x40000000);
	cell_sysreg_write(dbgbcr1_el1, 0x1e7);
	cell_sysreg_write(dbgwvr0_el1, 0x40000000);
	cell_sysreg_write(dbgwcr0_el1, 0x1fff);
	cell_sysreg_write(dbgwvr1_el1, 0x40000000);
	cell_sysreg_write(dbgwcr1_el1, 0x1fff);
	cell_sysreg_write(dbgclaimset_el1, 0xff);
	cell_sysreg_write(mdccint_el1, 3u << 29);
	cell_sysreg_write(mdscr_el1, 1u << 15 | 1u << 13 | 1u << 12);
}

static void dirty_counters(void)
{
	cell_sysreg_write(pmccfiltr_el0, 1u << 30);
	cell_sysreg_write(pmccntr_el0, DIRT);
	cell_sysreg_write(pmevtyper0_el0, 0x11);
	cell_sysreg_write(pmevcntr0_el0, 0xd1d1d1);
	cell_sysreg_write(pmevtyper1_el0, 0x11);
	cell_sysreg_write(pmevcntr1_el0, 0xd1d1d1);
	cell_sysreg_write(pmuserenr_el0, 0xf);
	cell_sysreg_write(pmintenset_el1, ALL_32);
	cell_sysreg_write(pmcntenset_el0, ALL_32);
	cell_sysreg_write(pmovsset_el0, ALL_32);
	cell_sysreg_write(pmcr_el0, 1);
	cell_sysreg_write(cntkctl_el1, 0x303);
	cell_sysreg_write(cntv_cval_el0, 1);
	cell_sysreg_write(cntp_cval_el0, 1);
	cell_sysreg_write(cntv_ctl_el0, 1);
	cell_sysreg_write(cntp_ctl_el0, 1);
}

static void dirty_registers(void)
{
	cell_sysreg_write(ttbr1_el1, DIRT & 0xfffffffff000);
	cell_sysreg_write(amair_el1, DIRT);
	cell_sysreg_write(contextidr_el1, DIRT & ALL_32);
	cell_sysreg_write(elr_el1, DIRT);
	cell_sysreg_write(spsr_el1, 0xf00003c5);
	cell_sysreg_write(esr_el1, 0x56000000);
	cell_sysreg_write(far_el1, DIRT);
	cell_sysreg_write(afsr0_el1, DIRT & ALL_32);
	cell_sysreg_write(afsr1_el1, DIRT & ALL_32);
	cell_sysreg_write(par_el1, DIRT);
	cell_sysreg_write(csselr_el1, 2);
	cell_sysreg_write(tpidr_el0, DIRT);
	cell_sysreg_write(tpidrro_el0, DIRT);
	cell_sysreg_write(tpidr_el1, DIRT);
	cell_sysreg_write(vbar_el1, 0xd1d1d1d1d1d1d000);
}

static void dirty_fp(void)
{
#define FILL_V(n) asm volatile(".arch_extension simd\n\tdup v" #n ".2d, %0" :: "r" (DIRT));
	FOR_EACH_V(FILL_V)
	cell_sysreg_write(fpcr, 0x3000000);
	cell_sysreg_write(fpsr, 0x800009f);
}

void leave_dirty(void)
{
	if (cell_shutdown_requested())
		cell_answer(PT_ANSWER_YES);
	dirty_memory();
	dirty_gic();
	dirty_debug();
	dirty_counters();
	dirty_fp();
	if (has_sve())
		sve_dirty(DIRT);
	dirty_pauth();
	dirty_registers();
	/* The stack is given up, too; x30 last, as a call would have it. */
	asm volatile("mov	x0, #0x84000000\n\t"
		     "add	x0, x0, #8\n\t" /* PSCI SYSTEM_OFF */
		     "mov	x1, %0\n\t"
		     ".irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, "
		     "20, 21, 22,"
		     " 23, 24, 25, 26, 27, 28, 29, 30\n\t"
		     "mov	x\\n, x1\n\t"
		     ".endr\n\t"
		     "mov	sp, x1\n\t"
		     "smc	#0\n"
		     "1:	b	1b" ::"r"(DIRT));
	__builtin_unreachable();
}
