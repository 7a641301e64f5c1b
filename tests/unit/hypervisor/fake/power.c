// SPDX-License-Identifier: GPL-2.0-only
/* Power-on, and going back to a moment that was kept. */
#include <stdlib.h>
#include <string.h>
#include <lib/pool.h>
#include <machine/image.h>
#include "internal.h"

/*
 * Power-on. The hypervisor's own data is in sections of its own (see build.mk), kept as they are found at first. Their
 * red zones are copied too, hence no memcpy() that the sanitizer knows of.
 */
extern unsigned char __start_hv_data[], __stop_hv_data[], __start_hv_bss[], __stop_hv_bss[];

__attribute__((no_sanitize("address")))
static void copy_words(void *to, const void *from, size_t size)
{
	volatile uint64_t *p = to;
	const uint64_t *q = from;

	for (size_t i = 0; i < size / 8; i++)
		p[i] = q[i];
}

/* A copy of all that there is but memory: kept with @save, put back otherwise. */
struct copy {
	unsigned char *data, *bss, *fake, *gic, *pool;
	size_t pool_size;
};

static void copy_piece(void *piece, unsigned char **kept, size_t size, bool save)
{
	if (save) {
		free(*kept);
		*kept = malloc(size + 8);
		copy_words(*kept, piece, size);
	} else {
		copy_words(piece, *kept, size);
	}
}

static void copy_data(struct copy *c, bool save)
{
	copy_piece(__start_hv_data, &c->data, (size_t)(__stop_hv_data - __start_hv_data) & ~7ULL, save);
	copy_piece(__start_hv_bss, &c->bss, (size_t)(__stop_hv_bss - __start_hv_bss) & ~7ULL, save);
}

static struct copy snapshot;

void fake_save(void)
{
	for (unsigned int n = 0; n < CPUS; n++)
		if (fake.cpu[n].where != IN_GUEST)
			fake_bug("CPU %u is at EL2 and cannot be saved", n);
	copy_data(&snapshot, true);
	copy_piece(&fake, &snapshot.fake, sizeof(fake), true);
	copy_piece(&gic, &snapshot.gic, sizeof(gic), true);
	/* Nothing was given back yet, so the pages in use are about the first ones. */
	snapshot.pool_size = (pool_used() + 8) * PT_PAGE_SIZE;
	copy_piece(pool_memory, &snapshot.pool, snapshot.pool_size, true);
}

bool fake_restore(void)
{
	if (!snapshot.fake)
		return false;
	copy_data(&snapshot, false);
	copy_piece(&fake, &snapshot.fake, sizeof(fake), false);
	copy_piece(&gic, &snapshot.gic, sizeof(gic), false);
	copy_piece(pool_memory, &snapshot.pool, snapshot.pool_size, false);
	cpu_forget();
	memory_forget();
	return true;
}

static struct copy noted;

void fake_note(void)
{
	copy_data(&noted, true);
}

static bool is_in(const void *at, const struct span *spans, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if ((uint64_t)at + 8 > (uint64_t)spans[i].at && (uint64_t)at < (uint64_t)spans[i].at + spans[i].size)
			return true;
	return false;
}

__attribute__((no_sanitize("address")))
static const void *changed_in(const unsigned char *from, const unsigned char *to, const unsigned char *kept,
			      const struct span *but, unsigned int count)
{
	for (; from + 8 <= to; from += 8, kept += 8)
		if (*(const volatile uint64_t *)from != *(const volatile uint64_t *)kept && !is_in(from, but, count))
			return from;
	return NULL;
}

const void *fake_changed(const struct span *but, unsigned int count)
{
	const void *changed = changed_in(__start_hv_data, __stop_hv_data, noted.data, but, count);

	return changed ? changed : changed_in(__start_hv_bss, __stop_hv_bss, noted.bss, but, count);
}

static void power_on_cpu(unsigned int n)
{
	struct fake_cpu *cpu = &fake.cpu[n];

	cpu->where = NOT_YET;
	cpu->regs[REG_mpidr_el1] = BIT(31) | board_mpidr[n];
	cpu->regs[REG_midr_el1] = 0x410fd083;
	cpu->regs[REG_ctr_el0] = 0x8444c004;
	cpu->regs[REG_dczid_el0] = 4;
	cpu->regs[REG_cntfrq_el0] = CLOCK_FREQUENCY;
	cpu->regs[REG_id_aa64mmfr0_el1] = 0x0100000000001124;	/* PARange: 44 bits; fine-grained traps */
	cpu->regs[REG_id_aa64mmfr1_el1] = 0x10000010000;	/* LOR, HCRX_EL2 */
	/* GIC registers; EL1 can be AArch32; SVE */
	cpu->regs[REG_id_aa64pfr0_el1] = fake_gic_version == 2 ? 0x100002222 : 0x101002222;
	cpu->regs[REG_id_aa64pfr1_el1] = 0x01000000;	/* SME */
	/* 6 breakpoints, 4 watchpoints, PMUv3, SPE, TRBE, BRBE */
	cpu->regs[REG_id_aa64dfr0_el1] = 0x10100110305106;
	cpu->regs[REG_S3_0_C0_C6_2] = 0x10000;		/* MOPS */
	cpu->regs[REG_id_aa64isar1_el1] = 0x10;		/* pointer authentication */
	cpu->regs[REG_icc_ctlr_el1] = 4 << 8;		/* 5 bits of priority */
	cpu->regs[REG_icc_sre_el2] = 0xf;
	cpu->regs[REG_pmcr_el0] = 0x41013000;		/* 6 counters */
	/* As Linux's stub has them. */
	cpu->regs[REG_hcr_el2] = HCR_RW | HCR_API | HCR_APK | HCR_IMO | HCR_FMO;
	cpu->regs[REG_cptr_el2] = 0x22ff;		/* SVE and SME are open */
	cpu->regs[REG_S3_4_C1_C2_0] = 0x1ff;		/* ZCR_EL2 */
	cpu->regs[REG_S3_4_C1_C2_2] = BIT(5);		/* HCRX_EL2 */
	cpu->regs[REG_S3_4_C1_C1_4] = cpu->regs[REG_S3_4_C1_C1_5] = 3ULL << 54;	/* HFG[RW]TR_EL2 */
	cpu->regs[REG_S3_4_C1_C1_6] = BIT(55);		/* HFGITR_EL2 */
	cpu->regs[REG_S3_4_C3_C1_4] = cpu->regs[REG_S3_4_C3_C1_5] = BIT(60);	/* HDFG[RW]TR_EL2 */
	cpu->regs[REG_cnthctl_el2] = 7;
	cpu->regs[REG_cntvoff_el2] = 0x123400;
	cpu->regs[REG_mdcr_el2] = 0x46;
	cpu->regs[REG_vmpidr_el2] = cpu->regs[REG_mpidr_el1];
	cpu->regs[REG_vpidr_el2] = cpu->regs[REG_midr_el1];
	cpu->regs[REG_spsr_el2] = SPSR_EL1H_MASKED;
	cpu->regs[REG_elr_el2] = ARENA_BASE + 0x1000000 + n * 0x1000;
	cpu->regs[REG_sctlr_el1] = SCTLR_EL1_RESET;
}

void fake_reset(void)
{
	static struct copy pristine;

	memory_reserve();
	copy_data(&pristine, !pristine.data);
	cpu_forget();
	memory_forget();
	memset(&fake, 0, sizeof(fake));
	for (unsigned int n = 0; n < CPUS; n++)
		power_on_cpu(n);
	gic_power_on();
	pci_power_on();
	pool_init(pool_memory, PA(HYPERVISOR + (uint64_t)((char *)pool_memory - __executable_start)), POOL_PAGES);
}
