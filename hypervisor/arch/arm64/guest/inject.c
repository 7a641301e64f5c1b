// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions that the guest takes instead of an access that it may not make (DDI0487 D1.3, AArch64.TakeException). It is
 * the guest's kernel that decides: Linux kills the process that touched what is not there.
 */
#include <guest/guest.h>
#include <machine/sysreg.h>

#define SPSR_EL0		0x0
#define SPSR_SP_EL0		0x4	/* EL1t */
#define SPSR_KEPT		MASK(31, 28)	/* NZCV */

#define VECTOR_SAME_SP0		0x000
#define VECTOR_SAME_SPX		0x200
#define VECTOR_LOWER_64		0x400
#define VECTOR_LOWER_32		0x600

static uint64_t vector_offset(uint64_t spsr)
{
	if (spsr & SPSR_AARCH32)
		return VECTOR_LOWER_32;
	switch (spsr & SPSR_M_MASK) {
	case SPSR_EL0:
		return VECTOR_LOWER_64;
	case SPSR_SP_EL0:
		return VECTOR_SAME_SP0;
	default:
		return VECTOR_SAME_SPX;
	}
}

static bool from_lower(uint64_t spsr)
{
	return (spsr & SPSR_AARCH32) || (spsr & SPSR_M_MASK) == SPSR_EL0;
}

static uint64_t new_pstate(uint64_t spsr)
{
	uint64_t sctlr = read_sysreg(sctlr_el1);
	uint64_t pstate = SPSR_EL1H_MASKED | ((spsr & SPSR_AARCH32) ? 0 : spsr & SPSR_KEPT);
	bool has_pan = FIELD(read_sysreg(id_aa64mmfr1_el1), 23, 20);

	if (has_pan)
		pstate |= (sctlr & SCTLR_EL1_SPAN) ? spsr & SPSR_PAN : SPSR_PAN;
	if (sctlr & SCTLR_EL1_DSSBS)
		pstate |= SPSR_SSBS;
	return pstate;
}

void inject_sync(uint64_t esr, uint64_t far)
{
	const uint64_t spsr = read_sysreg(spsr_el2);

	write_sysreg(esr_el1, esr);
	write_sysreg(far_el1, far);
	write_sysreg(elr_el1, read_sysreg(elr_el2));
	write_sysreg(spsr_el1, spsr);
	write_sysreg(elr_el2, read_sysreg(vbar_el1) + vector_offset(spsr));
	write_sysreg(spsr_el2, new_pstate(spsr));
}

void inject_abort(uint64_t esr, uint64_t far)
{
	/* Classes of the lower exception level are even, those of the same one are one more. */
	uint64_t class = (ESR_EC(esr) & ~1ULL) | !from_lower(read_sysreg(spsr_el2));

	inject_sync(class << 26 | ESR_IL | (esr & ABT_WNR) | FSC_EXTERNAL, far);
}

void inject_undefined(void)
{
	inject_sync((uint64_t)EC_UNKNOWN << 26 | ESR_IL, 0);
}

void inject_serror(void)
{
	write_sysreg(hcr_el2, read_sysreg(hcr_el2) | HCR_VSE);
	isb();
}
