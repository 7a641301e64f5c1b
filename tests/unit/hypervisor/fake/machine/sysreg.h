/* SPDX-License-Identifier: GPL-2.0-only */
/* The real names and fields; registers are variables of the CPU that the fake machine is running. */
#ifndef FAKE_SYSREG_H
#define FAKE_SYSREG_H

#include_next <machine/sysreg.h>

/* Group a: a guest can write it, and nothing of it may survive a change of owner. b: anything else. */
#define FAKE_SIXTEEN(X, g, pre, post)							\
	X(g, pre##0##post) X(g, pre##1##post) X(g, pre##2##post) X(g, pre##3##post)	\
	X(g, pre##4##post) X(g, pre##5##post) X(g, pre##6##post) X(g, pre##7##post)	\
	X(g, pre##8##post) X(g, pre##9##post) X(g, pre##10##post) X(g, pre##11##post)	\
	X(g, pre##12##post) X(g, pre##13##post) X(g, pre##14##post) X(g, pre##15##post)

#define FAKE_REGISTERS(X)								\
	X(a, sctlr_el1) X(b, actlr_el1) X(a, cpacr_el1) X(a, ttbr0_el1) X(a, ttbr1_el1)	\
	X(a, tcr_el1) X(a, mair_el1) X(a, amair_el1) X(a, esr_el1) X(a, far_el1)	\
	X(a, afsr0_el1) X(a, afsr1_el1) X(a, elr_el1) X(a, spsr_el1) X(a, vbar_el1)	\
	X(a, contextidr_el1) X(a, csselr_el1) X(a, par_el1) X(a, sp_el0) X(a, sp_el1)	\
	X(a, tpidr_el0) X(a, tpidrro_el0) X(a, tpidr_el1) X(a, cntkctl_el1)		\
	X(a, cntv_ctl_el0) X(a, cntv_cval_el0) X(a, cntp_ctl_el0) X(a, cntp_cval_el0)	\
	X(a, mdscr_el1) X(a, oslar_el1) X(a, osdlr_el1) X(a, mdccint_el1)		\
	FAKE_SIXTEEN(X, a, dbgbcr, _el1) FAKE_SIXTEEN(X, a, dbgbvr, _el1)		\
	FAKE_SIXTEEN(X, a, dbgwcr, _el1) FAKE_SIXTEEN(X, a, dbgwvr, _el1)		\
	X(a, pmcr_el0) X(b, pmcntenclr_el0) X(b, pmintenclr_el1) X(b, pmovsclr_el0)	\
	X(a, pmuserenr_el0) X(a, pmccfiltr_el0) X(a, pmselr_el0) X(b, pmxevtyper_el0)	\
	X(a, spsr_irq) X(a, spsr_fiq) X(a, spsr_abt) X(a, spsr_und)			\
	X(a, dacr32_el2) X(a, ifsr32_el2) X(a, fpexc32_el2)				\
	X(a, S3_0_C2_C1_0) X(a, S3_0_C2_C1_1) X(a, S3_0_C2_C1_2) X(a, S3_0_C2_C1_3)	\
	X(a, S3_0_C2_C2_0) X(a, S3_0_C2_C2_1) X(a, S3_0_C2_C2_2) X(a, S3_0_C2_C2_3)	\
	X(a, S3_0_C2_C3_0) X(a, S3_0_C2_C3_1)						\
	/* PMSCR, PMBLIMITR, PMBIDR; TRFCR, TRBLIMITR, TRBIDR: profiling and trace buffers. */	\
	X(a, S3_0_C9_C9_0) X(a, S3_0_C9_C10_0) X(b, S3_0_C9_C10_7)				\
	X(a, S3_0_C1_C2_1) X(a, S3_0_C9_C11_0) X(b, S3_0_C9_C11_7)				\
	/* BRBCR, LORC, ZCR; SVCR. */								\
	X(a, S2_1_C9_C0_0) X(a, S3_0_C10_C4_3) X(a, S3_0_C1_C2_0) X(a, S3_3_C4_C2_2)		\
	X(b, dbgclaimclr_el1)								\
	/* Those of group 0 are not here: where firmware uses it, they trap to EL3 from EL2 too. */ \
	X(a, icc_pmr_el1) X(a, icc_bpr1_el1) X(a, icc_ctlr_el1) X(a, icc_igrpen1_el1)	\
	X(a, icc_sre_el1)								\
	X(a, icc_ap1r0_el1) X(a, icc_ap1r1_el1) X(a, icc_ap1r2_el1) X(a, icc_ap1r3_el1)	\
	X(b, icc_rpr_el1) X(b, icc_dir_el1) X(b, icc_sgi1r_el1)				\
	X(b, midr_el1) X(b, mpidr_el1) X(b, ctr_el0) X(b, S3_0_C0_C6_2)			\
	X(b, id_aa64dfr0_el1) X(b, id_aa64isar1_el1) X(b, id_aa64mmfr0_el1)		\
	X(b, id_aa64mmfr1_el1) X(b, id_aa64pfr0_el1)					\
	X(b, id_aa64pfr1_el1) X(b, S3_0_C0_C4_4) X(b, id_aa64isar0_el1) X(b, id_aa64mmfr2_el1)	\
	X(b, id_pfr0_el1) X(b, id_pfr1_el1) X(b, id_dfr0_el1) X(b, id_mmfr0_el1)	\
	X(b, id_mmfr1_el1) X(b, id_mmfr2_el1) X(b, id_mmfr3_el1) X(b, id_isar0_el1)	\
	X(b, id_isar1_el1) X(b, id_isar2_el1) X(b, id_isar3_el1) X(b, id_isar4_el1)	\
	X(b, id_isar5_el1) X(b, S3_0_C0_C2_6) X(b, S3_0_C0_C2_7) X(b, mvfr0_el1)	\
	X(b, mvfr1_el1) X(b, mvfr2_el1) X(b, S3_0_C0_C3_4) X(b, S3_0_C0_C3_6)		\
	X(b, revidr_el1) X(b, aidr_el1)							\
	/* ZCR, HCRX, HFGRTR, HFGWTR, HFGITR, HDFGRTR, HDFGWTR. */			\
	X(b, S3_4_C1_C2_0) X(b, S3_4_C1_C2_2) X(b, S3_4_C1_C1_4) X(b, S3_4_C1_C1_5)	\
	X(b, S3_4_C1_C1_6) X(b, S3_4_C3_C1_4) X(b, S3_4_C3_C1_5)			\
	X(b, cnthctl_el2) X(b, cntvoff_el2) X(b, cptr_el2) X(b, elr_el2) X(b, esr_el2)	\
	X(b, far_el2) X(b, hcr_el2) X(b, hpfar_el2) X(b, hstr_el2) X(b, icc_sre_el2)	\
	X(b, ich_hcr_el2) X(b, mdcr_el2) X(b, spsr_el2) X(b, tpidr_el2)			\
	X(b, vmpidr_el2) X(b, vpidr_el2) X(b, vtcr_el2) X(b, vttbr_el2)			\
	X(b, cntpct_el0) X(b, cntfrq_el0) X(b, dczid_el0) X(b, fpcr) X(b, fpsr)	\
	X(b, S3_3_C2_C4_0)

enum fake_register {
#define FAKE_ENUM(group, name)	REG_##name,
	FAKE_REGISTERS(FAKE_ENUM)
#undef FAKE_ENUM
	REGISTERS
};

uint64_t fake_read(enum fake_register reg);
void fake_write(enum fake_register reg, uint64_t value);
void fake_tlbi_vmalls12e1is(void);
void fake_tlbi_alle1(void);
void fake_unmask_serror(void);
void fake_wfi(void);
void fake_wfe(void);
void fake_dc_zva(uint64_t va);
uint32_t fake_crc32(uint32_t crc, uint64_t word);

#undef read_sysreg
#undef write_sysreg
#undef isb
#undef dsb
#undef tlbi
#undef ic_iallu
#undef dc_civac
#undef dc_zva
#undef crc32_pair
#undef crc32_one
#undef psb_csync
#undef tsb_csync
#undef unmask_serror
#undef mask_serror
#undef wfi
#undef wfe
#undef sev
#define read_sysreg(name)		fake_read(REG_##name)
#define write_sysreg(name, value)	fake_write(REG_##name, (uint64_t)(value))
#define isb()				((void)0)
#define dsb(domain)			((void)0)
#define tlbi(what)			fake_tlbi_##what()
#define ic_iallu()			((void)0)
#define dc_civac(va)			((void)(va))
#define dc_zva(va)			fake_dc_zva(va)
#define crc32_one(crc, value)		((crc) = fake_crc32(crc, value))
#define crc32_pair(crc, p, low, high) do {						\
	(low) = *(p)++;									\
	(high) = *(p)++;								\
	crc32_one(crc, low);								\
	crc32_one(crc, high);								\
} while (0)
#define psb_csync()			((void)0)
#define tsb_csync()			((void)0)
#define unmask_serror()			fake_unmask_serror()
#define mask_serror()			((void)0)
#define wfi()				fake_wfi()
#define wfe()				fake_wfe()
#define sev()				((void)0)

#endif
