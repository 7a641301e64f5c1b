/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System registers by the names of the Arm manuals (DDI0487, IHI0069), their fields as far as they are used, and barriers.
 * The host tests put another header of this name in front: everything above machine/ reaches a
 * register only through these macros.
 */
#ifndef MACHINE_SYSREG_H
#define MACHINE_SYSREG_H

#include <lib/types.h>

#define read_sysreg(name) __extension__ ({				\
	uint64_t value_;						\
	__asm__ volatile("mrs %0, " #name : "=r"(value_));		\
	value_;								\
})
#define write_sysreg(name, value)					\
	__asm__ volatile("msr " #name ", %x0" : : "rZ"((uint64_t)(value)) : "memory")

#define isb()		__asm__ volatile("isb" : : : "memory")
#define dsb(domain)	__asm__ volatile("dsb " #domain : : : "memory")
#define tlbi(what)	__asm__ volatile("tlbi " #what : : : "memory")
#define ic_iallu()	__asm__ volatile("ic iallu" : : : "memory")
#define dc_civac(va)	__asm__ volatile("dc civac, %0" : : "r"((uint64_t)(va)) : "memory")
#define dc_zva(va)	__asm__ volatile("dc zva, %0" : : "r"((uint64_t)(va)) : "memory")
/* CRC-32 of the 16 bytes at @p, appended (FEAT_CRC32); they are left in @low and @high, and @p behind them. */
#define crc32_pair(crc, p, low, high)					\
	__asm__(".arch_extension crc\n\t"				\
		"ldp %1, %2, [%3], #16\n\tcrc32x %w0, %w0, %1\n\tcrc32x %w0, %w0, %2" \
		: "+r"(crc), "=&r"(low), "=&r"(high), "+r"(p) : : "memory")
#define crc32_one(crc, value)						\
	__asm__(".arch_extension crc\n\tcrc32x %w0, %w0, %1" : "+r"(crc) : "r"(value))
#define psb_csync()	__asm__ volatile("hint #17" : : : "memory")
#define tsb_csync()	__asm__ volatile("hint #18" : : : "memory")
/* PSTATE.A at EL2. */
#define unmask_serror()	__asm__ volatile("msr daifclr, #4" : : : "memory")
#define mask_serror()	__asm__ volatile("msr daifset, #4" : : : "memory")
#define wfi()		__asm__ volatile("wfi" : : : "memory")
#define wfe()		__asm__ volatile("wfe" : : : "memory")
#define sev()		__asm__ volatile("sev" : : : "memory")

#define HCR_VM		BIT(0)
#define HCR_SWIO	BIT(1)
#define HCR_FMO		BIT(3)
#define HCR_IMO		BIT(4)
#define HCR_AMO		BIT(5)
#define HCR_VSE		BIT(8)
#define HCR_TWI		BIT(13)
#define HCR_TID1	BIT(16)
#define HCR_TID3	BIT(18)
#define HCR_TSC		BIT(19)
#define HCR_TIDCP	BIT(20)
#define HCR_TACR	BIT(21)
#define HCR_TSW		BIT(22)
#define HCR_RW		BIT(31)
/* Of extensions; RES0 without. */
#define HCR_TLOR	BIT(35)
#define HCR_TERR	BIT(36)		/* FEAT_RAS */
#define HCR_APK		BIT(40)
#define HCR_API		BIT(41)
#define HCR_TID5	BIT(58)		/* FEAT_MTE2 */

/* ESR_EL2: exception class and the syndromes that are decoded. */
#define ESR_EC(esr)	FIELD(esr, 31, 26)
#define EC_UNKNOWN	0x00
#define EC_WFX		0x01
#define EC_FP		0x07
#define EC_PAUTH	0x09
#define EC_LS64		0x0a
#define EC_SYSREG128	0x14
#define EC_HVC64	0x16
#define EC_SMC64	0x17
#define EC_SYSREG	0x18
#define EC_SVE		0x19
#define EC_SME		0x1d
#define EC_IABT_LOWER	0x20
#define EC_DABT_LOWER	0x24
#define EC_BREAKPOINT	0x30
#define EC_STEP		0x32
#define EC_WATCHPOINT	0x34
#define EC_BKPT32	0x38		/* BKPT of AArch32 */
#define EC_BRK		0x3c

#define ESR_IL		BIT(25)
#define ESR_WFX_TI(esr)	FIELD(esr, 1, 0)	/* 0 WFI, 1 WFE, 2 WFIT, 3 WFET */
#define ABT_ISV		BIT(24)
#define ABT_SIZE(esr)	(1u << FIELD(esr, 23, 22))	/* SAS: bytes of the access */
#define ABT_SSE		BIT(21)
#define ABT_SRT(esr)	((unsigned int)FIELD(esr, 20, 16))
#define ABT_SF		BIT(15)
#define ABT_S1PTW	BIT(7)
#define ABT_WNR		BIT(6)
#define ABT_FSC(esr)	FIELD(esr, 5, 0)
#define FSC_TRANSLATION(fsc)	(((fsc) & 0x3c) == 0x04)
#define FSC_PERMISSION(fsc)	(((fsc) & 0x3c) == 0x0c)
#define FSC_EXTERNAL	0x10

#define SYSREG_READ	BIT(0)
#define SYSREG_OP0(esr)	FIELD(esr, 21, 20)
#define SYSREG_DEBUG	2		/* Op0 of debug and trace registers */
#define SYSREG_RT(esr)	((unsigned int)FIELD(esr, 9, 5))
/* Op0, Op2, Op1, CRn, CRm of the syndrome, direction and Rt masked out. */
#define SYSREG_NAME(esr)	((esr) & 0x3ffc1eu)
#define SYSREG(op0, op1, crn, crm, op2)					\
	((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)

#define SPSR_EL1H_MASKED	0x3c5		/* EL1h, D A I F set */
#define SPSR_M_MASK		0x1f
#define SPSR_AARCH32		BIT(4)
#define SPSR_IT_MASK		(MASK(26, 25) | MASK(15, 10))	/* of AArch32 */
#define SPSR_PAN		BIT(22)
#define SPSR_SSBS		BIT(12)

#define SCTLR_EL1_RESET		0x30d00800	/* RES1 bits of DDI0487; MMU and caches off, little-endian */
#define SCTLR_EL1_SPAN		BIT(23)
#define SCTLR_EL1_DSSBS		BIT(44)

#endif
