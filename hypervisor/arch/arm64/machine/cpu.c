// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a CPU comes under the hypervisor, changes hands and leaves. Between two owners every register that one could
 * leave for the other is put to its reset value; what the kernel's EL2 stub had set is kept per CPU and put back when
 * the hypervisor goes.
 */
#include <core/ownership.h>
#include <lib/string.h>
#include <machine/cpu.h>
#include <machine/el2map.h>
#include <machine/gic.h>
#include <machine/image.h>
#include <machine/layout.h>
#include <machine/stage2.h>
#include <machine/sysreg.h>
#include <machine/tlb.h>

#define ICH_HCR_TC		BIT(10)		/* trap the registers common to both groups, SGIs among them */
#define ICH_HCR_TALL0		BIT(11)		/* trap those of group 0, before they can trap to EL3 */
#define CNTHCTL_EL1_FREE	0x3		/* EL1 uses counter and physical timer (HCR_EL2.E2H = 0) */
/* CPTR_EL2 with HCR_EL2.E2H = 0. TZ and TSM are RES1 without the extension, TAM is RES0. */
#define CPTR_RES1		0x22ff
#define CPTR_TZ			BIT(8)
#define CPTR_TSM		BIT(12)
#define CPTR_TTA		BIT(20)
#define CPTR_TAM		BIT(30)

/* Profiling and trace buffers are of no cell: E2PB, E2TB (EL1's, but trapped), TPMS, TTRF. */
#define MDCR_CELL		(BIT(13) | BIT(25) | BIT(14) | BIT(19))
#define MDCR_TDE		BIT(8)		/* debug exceptions come to EL2, and accesses to debug registers */
#define MDCR_HPMD		BIT(17)		/* a cell's counters stand still at EL2: events (PMUv3p1) */
#define MDCR_HCCD		BIT(23)		/* ... and cycles (PMUv3p5) */

#define MDSCR_SS		BIT(0)
#define MDSCR_MDE		BIT(15)

#define HCRX_TALLINT		BIT(6)		/* trap MSR ALLINT (FEAT_NMI) */
#define HCRX_MSCEN		BIT(11)		/* memory copy and set instructions */
#define HDFGWTR_NBRBCTL		BIT(60)		/* branch records are not trapped */
#define ZCR_LONGEST		0xf

#define PSCI_CPU_OFF		0x84000002
#define PSCI_AFFINITY_INFO	0xc4000004
#define PSCI_AFFINITY_OFF	1

extern char mmu_off[];
/* switch.S: go to @off, mmu_off at its physical address, which puts back what struct leave at @leave holds. */
__noreturn void cpu_leave_el2(uint64_t leave, uint64_t off);
/* switch.S: V0-V31, FPCR and FPSR; P0-P15 and FFR. */
void cpu_save_fp(uint64_t v[32][2]);
void cpu_load_fp(const uint64_t v[32][2]);
void cpu_reset_fp(void);
void cpu_reset_sve(void);

struct cpu *this_cpu(void)
{
	return (struct cpu *)read_sysreg(tpidr_el2);
}

paddr_t image_pa(const void *object)
{
	return PA(board.hypervisor + (uint64_t)((const char *)object - image_start));
}

uint64_t image_fixed_size(unsigned int cpu_count)
{
	return image_core_size() + (uint64_t)cpu_count * PERCPU_PAGES * PT_PAGE_SIZE - el2map_table_size(cpu_count);
}

uint64_t image_table_size(unsigned int cpu_count)
{
	return el2map_table_size(cpu_count) + el2map_pool_pages(cpu_count) * PT_PAGE_SIZE;
}

/* ID_AA64ISAR1_EL1.{APA,API,GPA,GPI} and ISAR2.{GPA3,APA3}: pointer authentication exists. */
static bool has_pauth(void)
{
	uint64_t isar1 = read_sysreg(id_aa64isar1_el1), isar2 = read_sysreg(S3_0_C0_C6_2);

	return FIELD(isar1, 11, 4) || FIELD(isar1, 31, 24) || FIELD(isar2, 15, 8);
}

/* PMUVer; an implementation's own kind (0xf) is none. */
static uint64_t pmu_version(void)
{
	const uint64_t version = FIELD(read_sysreg(id_aa64dfr0_el1), 11, 8);

	return version == 0xf ? 0 : version;
}

bool cpu_has_sve(void)
{
	return FIELD(read_sysreg(id_aa64pfr0_el1), 35, 32) && !(THIS_PRIVATE->cptr & CPTR_TZ);
}

/* Firmware that has not enabled SME traps it to EL3: what the kernel's stub has not touched is not touched here. */
static bool has_sme(void)
{
	return FIELD(read_sysreg(id_aa64pfr1_el1), 27, 24) && !(THIS_PRIVATE->cptr & CPTR_TSM);
}

static bool has_fgt(void)
{
	return FIELD(read_sysreg(id_aa64mmfr0_el1), 59, 56);
}

static bool has_hcx(void)
{
	return FIELD(read_sysreg(id_aa64mmfr1_el1), 43, 40);
}

/* Only what cells may use of them; what is zero of fine-grained traps (HFG*, HDFG*) are all extensions that came after these. */
static uint64_t hcrx_of_cells(void)
{
	return (FIELD(read_sysreg(S3_0_C0_C6_2), 19, 16) ? HCRX_MSCEN : 0) |	/* ID_AA64ISAR2_EL1.MOPS */
	       (FIELD(read_sysreg(id_aa64pfr1_el1), 39, 36) ? HCRX_TALLINT : 0);
}

/*
 * EL2's registers that extensions have added to confine EL1: X(field of struct private, register, present, value for a
 * cell). Firmware must let EL2 reach them (Linux, Documentation/arm64/booting.rst); not so those of MPAM and of later
 * fine-grained traps, which therefore stay as they are.
 */
#define EXTENSIONS(X)							\
	X(zcr,		S3_4_C1_C2_0,	cpu_has_sve(),	ZCR_LONGEST)	\
	X(hcrx,		S3_4_C1_C2_2,	has_hcx(),	hcrx_of_cells()) \
	X(hfgrtr,	S3_4_C1_C1_4,	has_fgt(),	0)		\
	X(hfgwtr,	S3_4_C1_C1_5,	has_fgt(),	0)		\
	X(hfgitr,	S3_4_C1_C1_6,	has_fgt(),	0)		\
	X(hdfgrtr,	S3_4_C3_C1_4,	has_fgt(),	0)		\
	X(hdfgwtr,	S3_4_C3_C1_5,	has_fgt(),	0)

/* All of FP, SVE and SME that there is: EL2 itself is to clear it. */
static uint64_t open_cptr(void)
{
	return CPTR_RES1 | (cpu_has_sve() ? 0 : CPTR_TZ) | (has_sme() ? 0 : CPTR_TSM);
}

uint64_t cpu_hcr_of(const struct cell *cell)
{
	uint64_t hcr = HCR_RW | HCR_VM | HCR_SWIO | HCR_AMO | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW |
		       HCR_TID1 | HCR_TID3 | HCR_TID5 | HCR_TLOR | HCR_TERR;

	if (has_pauth())
		hcr |= HCR_API | HCR_APK;
	if (!cell->blob || !(cell->blob->flags & PT_CELL_TRUSTED_IDLE))
		hcr |= HCR_TWI;
	return hcr;
}

/* What a kernel's stub has set and finds again: X(field of struct private), in the order in which it is put back. */
#define STUB_REGISTERS(X)							\
	X(hcr) X(cptr) X(mdcr) X(hstr) X(cnthctl) X(cntvoff) X(vttbr) X(vtcr)	\
	X(vpidr) X(vmpidr) X(tpidr)

void cpu_save_stub(void)
{
	struct private *p = THIS_PRIVATE;

#define SAVE_STUB(name) p->name = read_sysreg(name##_el2);
	STUB_REGISTERS(SAVE_STUB)
	if (gic_cpu_has_registers())
		p->ich_hcr = read_sysreg(ich_hcr_el2);
#define SAVE(field, name, present, value) if (present) p->field = read_sysreg(name);
	EXTENSIONS(SAVE)
}

void cpu_reset_stub(void)
{
	struct private *p = THIS_PRIVATE;

	memset(p, 0, sizeof(*p));
	p->hcr = HCR_RW;
	/* SME is of no cell, and firmware may have kept it; SVE it must let EL2 reach (Linux, booting.rst). */
	p->cptr = CPTR_RES1 | CPTR_TSM | (FIELD(read_sysreg(id_aa64pfr0_el1), 35, 32) ? 0 : CPTR_TZ);
	write_sysreg(cptr_el2, p->cptr);
	isb();
	p->vpidr = read_sysreg(midr_el1);
	p->vmpidr = read_sysreg(mpidr_el1);
}

/* What the kernel's own set-up gave its EL1 stays; what confines it comes on top. */
static void set_up_root(const struct cpu *cpu, const struct private *p)
{
#define RESTORE(field, name, present, value) if (present) write_sysreg(name, p->field);
	EXTENSIONS(RESTORE)
	write_sysreg(cptr_el2, p->cptr);
	write_sysreg(mdcr_el2, p->mdcr);
	write_sysreg(hstr_el2, p->hstr);
	write_sysreg(cnthctl_el2, p->cnthctl | CNTHCTL_EL1_FREE);
	write_sysreg(cntvoff_el2, p->cntvoff);
	write_sysreg(vpidr_el2, p->vpidr);
	write_sysreg(vmpidr_el2, p->vmpidr);
	write_sysreg(vtcr_el2, stage2_vtcr());
	write_sysreg(vttbr_el2, cpu->cell->stage2.vttbr);
	if (gic_cpu_has_registers())
		write_sysreg(ich_hcr_el2, ICH_HCR_TC);
	/* Without a map nothing is to walk one, not even by speculation. */
	write_sysreg(hcr_el2, (p->hcr & ~(HCR_FMO | HCR_IMO)) | HCR_RW | (cpu->cell->stage2.root ? HCR_VM : 0) | HCR_AMO | HCR_TSC);
	isb();
}

static uint64_t mdcr_of_cells(void)
{
	const uint64_t version = pmu_version();

	if (!version)
		return MDCR_CELL;
	/* HPMN: all counters are the cell's. */
	return MDCR_CELL | FIELD(read_sysreg(pmcr_el0), 15, 11) | (version >= 4 ? MDCR_HPMD : 0) |
	       (version >= 6 ? MDCR_HCCD : 0);
}

/* Breakpoints and watchpoints: DBG{B,W}{C,V}R<n>_EL1, as many as ID_AA64DFR0_EL1 says (DDI0487 D19.3). */
#define SET_POINT(kind, n) case n:					\
	write_sysreg(dbg##kind##cr##n##_el1, p->kind##cr[n]);		\
	write_sysreg(dbg##kind##vr##n##_el1, p->kind##vr[n]);

#define SET_POINTS(kind, last) switch (last) {				\
	SET_POINT(kind, 15) SET_POINT(kind, 14) SET_POINT(kind, 13) SET_POINT(kind, 12)	\
	SET_POINT(kind, 11) SET_POINT(kind, 10) SET_POINT(kind, 9) SET_POINT(kind, 8)	\
	SET_POINT(kind, 7) SET_POINT(kind, 6) SET_POINT(kind, 5) SET_POINT(kind, 4)	\
	SET_POINT(kind, 3) SET_POINT(kind, 2) SET_POINT(kind, 1) SET_POINT(kind, 0)	\
	}

/* As after a reset; or for a cell that is debugged, as @vcpu says: none of that matches at EL2, where MDSCR_EL1.KDE would be needed. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
static void reset_debug(const struct pt_vcpu *vcpu)
{
	static struct pt_points none;
	const struct pt_points *p = vcpu ? &vcpu->points : &none;
	const uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1);

	SET_POINTS(b, FIELD(dfr0, 15, 12))
	SET_POINTS(w, FIELD(dfr0, 23, 20))
	write_sysreg(oslar_el1, 0);
	write_sysreg(osdlr_el1, 0);
	write_sysreg(mdccint_el1, 0);
	write_sysreg(dbgclaimclr_el1, 0xff);
	write_sysreg(mdscr_el1, !vcpu ? 0 : (vcpu->flags & PT_VCPU_STEP) ? MDSCR_MDE | MDSCR_SS : MDSCR_MDE);
}
#pragma GCC diagnostic pop

static void set_up_debug(const struct cpu *cpu)
{
	const bool debugged = load_relaxed(&cpu->cell->debugged);

	write_sysreg(mdcr_el2, mdcr_of_cells() | (debugged ? MDCR_TDE : 0));
	reset_debug(debugged ? cpu->vcpu : NULL);
}

static void set_up_cell(const struct cpu *cpu)
{
#define CONFINE(field, name, present, value) if (present) write_sysreg(name, value);
	EXTENSIONS(CONFINE)
	write_sysreg(cptr_el2, open_cptr() | CPTR_TSM | CPTR_TTA | CPTR_TAM);
	set_up_debug(cpu);
	write_sysreg(hstr_el2, 0);
	write_sysreg(cnthctl_el2, CNTHCTL_EL1_FREE);
	write_sysreg(cntvoff_el2, 0);
	write_sysreg(vpidr_el2, read_sysreg(midr_el1));
	write_sysreg(vmpidr_el2, read_sysreg(mpidr_el1));
	write_sysreg(vtcr_el2, stage2_vtcr());
	write_sysreg(vttbr_el2, cpu->cell->stage2.vttbr);
	if (gic_cpu_has_registers())
		write_sysreg(ich_hcr_el2, ICH_HCR_TC | ICH_HCR_TALL0);
	write_sysreg(hcr_el2, cpu->cell->machine.hcr);
	isb();
}

enum pt_error machine_enter(struct cpu *cpu)
{
	struct private *p = THIS_PRIVATE;

	if (!gic_cpu_enter(cpu) || FIELD(read_sysreg(id_aa64mmfr0_el1), 31, 28) == 0xf)
		return PT_EHW;
	write_sysreg(tpidr_el2, (uint64_t)cpu);
	set_up_root(cpu, p);
	tlb_flush_local();
	return PT_OK;
}

__noreturn void cpu_release(struct cpu *cpu, const uint64_t x[31])
{
	struct private *p = THIS_PRIVATE;

#define RESTORE_STUB(name) write_sysreg(name##_el2, p->name);
	STUB_REGISTERS(RESTORE_STUB)
	if (gic_cpu_has_registers())
		write_sysreg(ich_hcr_el2, p->ich_hcr);
	isb();
	tlb_flush_local();
	memcpy(p->leave.x, x, sizeof(p->leave.x));
	/* It is read with the MMU off. */
	memory_publish(&p->leave, sizeof(p->leave));
	cpu_leave_el2(el2map_ttbr(cpu->number) + PERCPU_PRIVATE * PT_PAGE_SIZE, image_pa(mmu_off).pa);
}

static void reset_pmu(void)
{
	uint64_t counters;

	if (!pmu_version())
		return;
	counters = FIELD(read_sysreg(pmcr_el0), 15, 11);
	write_sysreg(pmcr_el0, 0x46);		/* LC, reset cycle and event counters, disabled */
	write_sysreg(pmcntenclr_el0, 0xffffffff);
	write_sysreg(pmintenclr_el1, 0xffffffff);
	write_sysreg(pmovsclr_el0, 0xffffffff);
	write_sysreg(pmuserenr_el0, 0);
	write_sysreg(pmccfiltr_el0, 0);
	for (uint64_t i = 0; i < counters; i++) {
		write_sysreg(pmselr_el0, i);
		isb();
		write_sysreg(pmxevtyper_el0, 0);
	}
	write_sysreg(pmselr_el0, 0);
}

/* Registers that exist only where EL1 can run in AArch32 (ID_AA64PFR0_EL1.EL1 = 2). */
static void reset_aarch32(void)
{
	if (FIELD(read_sysreg(id_aa64pfr0_el1), 7, 4) != 2)
		return;
	write_sysreg(spsr_irq, 0);
	write_sysreg(spsr_fiq, 0);
	write_sysreg(spsr_abt, 0);
	write_sysreg(spsr_und, 0);
	write_sysreg(dacr32_el2, 0);
	write_sysreg(ifsr32_el2, 0);
	write_sysreg(fpexc32_el2, 0x700);
}

#define RESET(name)	write_sysreg(name, 0);

/* Beside SCTLR_EL1. */
#define EL1_REGISTERS(X) \
	X(actlr_el1) X(cpacr_el1) X(ttbr0_el1) X(ttbr1_el1) X(tcr_el1) X(mair_el1) X(amair_el1)	\
	X(esr_el1) X(far_el1) X(afsr0_el1) X(afsr1_el1) X(elr_el1) X(spsr_el1) X(vbar_el1)	\
	X(contextidr_el1) X(csselr_el1) X(par_el1) X(sp_el0) X(sp_el1) X(tpidr_el0)		\
	X(tpidrro_el0) X(tpidr_el1) X(cntkctl_el1) X(cntv_ctl_el0) X(cntv_cval_el0)		\
	X(cntp_ctl_el0) X(cntp_cval_el0)

static void reset_el1(void)
{
	write_sysreg(sctlr_el1, SCTLR_EL1_RESET);
	EL1_REGISTERS(RESET)
	isb();
}

/* Keys are secrets of the former owner: APIA, APIB, APDA, APDB, APGA (DDI0487 D19.2). */
#define PAUTH_REGISTERS(X) \
	X(S3_0_C2_C1_0) X(S3_0_C2_C1_1) X(S3_0_C2_C1_2) X(S3_0_C2_C1_3) X(S3_0_C2_C2_0)	\
	X(S3_0_C2_C2_1) X(S3_0_C2_C2_2) X(S3_0_C2_C2_3) X(S3_0_C2_C3_0) X(S3_0_C2_C3_1)

static void reset_pauth(void)
{
	if (has_pauth()) {
		PAUTH_REGISTERS(RESET)
	}
}

/*
 * Statistical profiling and trace buffers (DDI0487 D16, D6) that the former owner has filling would go on, through
 * whatever translation the next owner's MDCR_EL2 gives them; branch records would be the next owner's. By encoding:
 * older assemblers do not know the names.
 */
static void stop_recording(void)
{
	const uint64_t dfr0 = read_sysreg(id_aa64dfr0_el1);

	/* Firmware may trap these to EL3, but not where the kernel's stub has given them to EL1. */
	if (FIELD(dfr0, 55, 52) && (THIS_PRIVATE->hdfgwtr & HDFGWTR_NBRBCTL))
		write_sysreg(S2_1_C9_C0_0, 0);		/* BRBCR_EL1 */
	if (FIELD(read_sysreg(id_aa64mmfr1_el1), 19, 16))
		write_sysreg(S3_0_C10_C4_3, 0);		/* LORC_EL1 */

	if (FIELD(dfr0, 35, 32) && !(read_sysreg(S3_0_C9_C10_7) & BIT(4))) {
		write_sysreg(S3_0_C9_C9_0, 0);		/* PMSCR_EL1 */
		isb();
		psb_csync();
		dsb(nsh);
		write_sysreg(S3_0_C9_C10_0, 0);		/* PMBLIMITR_EL1 */
	}
	if (FIELD(dfr0, 47, 44) && !(read_sysreg(S3_0_C9_C11_7) & BIT(4))) {
		write_sysreg(S3_0_C1_C2_1, 0);		/* TRFCR_EL1 */
		isb();
		tsb_csync();
		dsb(nsh);
		write_sysreg(S3_0_C9_C11_0, 0);		/* TRBLIMITR_EL1 */
	}
	isb();
}

bool cpu_is_draining(void)
{
	return THIS_PRIVATE->draining;
}

/* An SError that the former owner caused is not the next one's: it is taken here. ELR_EL2 and SPSR_EL2 hold nothing now. */
static void drain_serrors(void)
{
	dsb(sy);
	isb();
	store_relaxed(&THIS_PRIVATE->draining, true);
	unmask_serror();
	isb();
	mask_serror();
	store_relaxed(&THIS_PRIVATE->draining, false);
}

void cpu_park(struct cpu *cpu, uint32_t *arrived)
{
	drain_serrors();
	stop_recording();
	reset_el1();
	reset_aarch32();
	reset_debug(NULL);
	reset_pmu();
	if (cell_is_root(cpu->cell))
		gic_cpu_keep_lpis(cpu);
	gic_cpu_reset(cpu);
	store_relaxed(&cpu->order, CPU_ORDER_NONE);
	store_release(arrived, PT_CPU_PARKED);
}

enum cpu_order cpu_look(struct cpu *cpu)
{
	const enum cpu_order order = load_acquire(&cpu->order);

	if (order != CPU_ORDER_NONE)
		store_relaxed(&cpu->order, CPU_ORDER_NONE);
	return order;
}

void cpu_doze(void)
{
	wfe();
}

__noreturn void cpu_stay(void)
{
	for (;;)
		wfe();
}

void cpu_rouse(void)
{
	dsb(ishst);
	sev();
}

void cpu_send(struct cpu *cpu, enum cpu_order order)
{
	store_release(&cpu->order, order);
	cpu_rouse();
}

void cpu_keep(struct pt_vcpu *vcpu, const uint64_t x[31])
{
	memcpy(vcpu->x, x, sizeof(vcpu->x));
	vcpu->pc = read_sysreg(elr_el2);
	vcpu->pstate = read_sysreg(spsr_el2);
	vcpu->esr = read_sysreg(esr_el2);
	vcpu->far = read_sysreg(far_el2);
	vcpu->fpcr = read_sysreg(fpcr);
	vcpu->fpsr = read_sysreg(fpsr);
#define KEEP(name)	vcpu->name = read_sysreg(name);
	PT_VCPU_WRITABLE(KEEP)
	PT_VCPU_READABLE(KEEP)
	cpu_save_fp(vcpu->v);
	vcpu->flags = PT_VCPU_KEPT;
}

void cpu_resume(const struct cpu *cpu, uint64_t x[31])
{
	const struct pt_vcpu *vcpu = cpu->vcpu;

	memcpy(x, vcpu->x, sizeof(vcpu->x));
	write_sysreg(elr_el2, vcpu->pc);
	write_sysreg(spsr_el2, vcpu->pstate);
	write_sysreg(fpcr, vcpu->fpcr);
	write_sysreg(fpsr, vcpu->fpsr);
#define LOAD(name)	write_sysreg(name, vcpu->name);
	PT_VCPU_WRITABLE(LOAD)
	if (vcpu->flags & PT_VCPU_LOAD_FP)
		cpu_load_fp(vcpu->v);
	set_up_debug(cpu);
	/* Somebody may have written instructions. */
	ic_iallu();
	dsb(nsh);
	isb();
}

/* By the longest vectors that EL1 could have used, since writing a V register clears as much as EL2 can see of its Z register. */
static void reset_fp(void)
{
	write_sysreg(cptr_el2, open_cptr());
	isb();
	if (has_sme())
		write_sysreg(S3_3_C4_C2_2, 0);		/* SVCR: out of streaming mode, ZA off */
	if (cpu_has_sve())
		write_sysreg(S3_4_C1_C2_0, ZCR_LONGEST);
	isb();
	cpu_reset_fp();
	if (!cpu_has_sve())
		return;
	cpu_reset_sve();
	write_sysreg(S3_0_C1_C2_0, 0);			/* ZCR_EL1 */
}

__noreturn void cpu_run(struct cpu *cpu)
{
	reset_fp();
	reset_pauth();
	/* Once more what could have come in since it was parked: a late SGI. */
	gic_cpu_reset(cpu);
	if (cell_is_root(cpu->cell)) {
		set_up_root(cpu, THIS_PRIVATE);
		gic_cpu_restore_lpis(cpu);
	} else {
		set_up_cell(cpu);
	}
	tlb_flush_local();
	ic_iallu();
	dsb(nsh);
	isb();
	cpu_enter_guest(cpu->start_pc, cpu->start_arg);
}

__noreturn void cpu_power_off(struct cpu *cpu)
{
	/* The kernel expects what it had set up once, when this CPU comes back. */
	gic_cpu_restore_lpis(cpu);
	write_sysreg(hcr_el2, THIS_PRIVATE->hcr);
	isb();
	for (;;) {
		uint64_t x[4] = { PSCI_CPU_OFF };

		firmware_call(x);
	}
}

bool cpu_is_off(const struct cpu *cpu)
{
	uint64_t x[4] = { PSCI_AFFINITY_INFO, cpu->mpidr, 0 };

	firmware_call(x);
	return x[0] == PSCI_AFFINITY_OFF;
}
