// SPDX-License-Identifier: GPL-2.0-only
/*
 * ID registers as a cell sees them (HCR_EL2.TID1 and TID3): the CPU's own, less what a cell may not use, and less what nobody
 * here knows. A field that is left out reads as zero, which in all of these says that the feature is not there, or nothing; so
 * does all space that is not allocated yet.
 */
#include <guest/guest.h>
#include <machine/cpu.h>
#include <machine/sysreg.h>

#define ID(crm, op2)	SYSREG(3, 0, 0, crm, op2)

/*
 * X(CRm, op2, register, mask): a hexadecimal digit is a field (DDI0487 D24.2). Hidden are EL2 and virtualization, RAS, MPAM, AMU, RME,
 * SCXTNUM, MTE, SME, NMI, GCS, THE, trace, profiling and branch records, TME, LS64, LOR, TCR2 and what it brings. By
 * encoding what older assemblers do not know: ZFR0, ISAR2; ISAR6, MMFR4, PFR2, MMFR5.
 */
#define AARCH64_REGISTERS(X)						\
	X(4, 0, id_aa64pfr0_el1,	0xff0f000f0ffff0ff)		\
	X(4, 1, id_aa64pfr1_el1,	0x00000000000000ff)		\
	X(4, 4, S3_0_C0_C4_4,		0x0ff0ff0f0fff00ff)		\
	X(5, 0, id_aa64dfr0_el1,	0x000000f0f0f0ff0f)		\
	X(6, 0, id_aa64isar0_el1,	0xfffffffff0fffff0)		\
	X(6, 1, id_aa64isar1_el1,	0x0fffffffffffffff)		\
	X(6, 2, S3_0_C0_C6_2,		0x0fff0f00ffffffff)		\
	X(7, 0, id_aa64mmfr0_el1,	0xf000f000ffffffff)		\
	X(7, 1, id_aa64mmfr1_el1,	0xfffff0f00ff0f00f)		\
	X(7, 2, id_aa64mmfr2_el1,	0xf0ff00fff0ff0fff)

/* Unknown where there is no AArch32. */
#define AARCH32_REGISTERS(X)						\
	X(1, 0, id_pfr0_el1,		0x0f0fffff)			\
	X(1, 1, id_pfr1_el1,		0xf0ff0fff)			\
	X(1, 2, id_dfr0_el1,		0x0ff00fff)			\
	X(1, 4, id_mmfr0_el1,		0xffffffff)			\
	X(1, 5, id_mmfr1_el1,		0xffffffff)			\
	X(1, 6, id_mmfr2_el1,		0xffffffff)			\
	X(1, 7, id_mmfr3_el1,		0xffffffff)			\
	X(2, 0, id_isar0_el1,		0xffffffff)			\
	X(2, 1, id_isar1_el1,		0xffffffff)			\
	X(2, 2, id_isar2_el1,		0xffffffff)			\
	X(2, 3, id_isar3_el1,		0xffffffff)			\
	X(2, 4, id_isar4_el1,		0xffffffff)			\
	X(2, 5, id_isar5_el1,		0xffffffff)			\
	X(2, 6, S3_0_C0_C2_6,		0x0ffff0ff)			\
	X(2, 7, S3_0_C0_C2_7,		0xffffffff)			\
	X(3, 0, mvfr0_el1,		0xffffffff)			\
	X(3, 1, mvfr1_el1,		0xffffffff)			\
	X(3, 2, mvfr2_el1,		0xffffffff)			\
	X(3, 4, S3_0_C0_C3_4,		0x000000ff)			\
	X(3, 6, S3_0_C0_C3_6,		0x000000ff)

static uint64_t field_of(uint64_t value, unsigned int shift)
{
	return FIELD(value, shift + 3, shift);
}

/* The field at @shift says no more than @most. */
static uint64_t at_most(uint64_t value, unsigned int shift, uint64_t most)
{
	if (field_of(value, shift) <= most)
		return value;
	return (value & ~(0xfULL << shift)) | most << shift;
}

static uint64_t without(uint64_t value, unsigned int shift)
{
	return value & ~(0xfULL << shift);
}

/* A PMU of the implementation's own kind (0xf) is none that a cell gets; PMUv3p9 has registers that nobody resets. */
static uint64_t pmu(uint64_t value, unsigned int shift)
{
	return field_of(value, shift) == 0xf ? without(value, shift) : at_most(value, shift, 8);
}

static uint64_t raw(uint64_t reg)
{
	switch (reg) {
#define READ(crm, op2, name, mask)	case ID(crm, op2): return read_sysreg(name) & (mask);
	AARCH64_REGISTERS(READ)
	default:
		break;
	}
	if (FIELD(read_sysreg(id_aa64pfr0_el1), 3, 0) != 2)
		return 0;
	switch (reg) {
	AARCH32_REGISTERS(READ)
	default:
		return 0;
	}
}

static uint64_t as_for_a_cell(uint64_t reg)
{
	uint64_t value = raw(reg);

	switch (reg) {
	case ID(4, 0):		/* PFR0: EL1 in AArch64 only (HCR_EL2.RW); CSV2 without SCXTNUM */
		value = at_most(at_most(value, 4, 1), 56, 1);
		return cpu_has_sve() ? value : without(value, 32);
	case ID(4, 4):		/* ZFR0 */
		return cpu_has_sve() ? value : 0;
	case ID(5, 0):		/* DFR0: Debugv8p9 can have more breakpoints than are reset */
		return pmu(at_most(value, 0, 10), 8);
	case ID(1, 2):		/* ID_DFR0 */
		return pmu(value, 24);
	case ID(7, 0):		/* MMFR0: stage 2 has 40 bits; ECV without the offset, which is EL2's */
		return at_most(at_most(value, 0, 2), 60, 1);
	case ID(7, 1):		/* MMFR1: flags in tables (HAFT) need TCR2 */
		return at_most(value, 0, 2);
	default:
		return value;
	}
}

bool idreg_load(uint64_t reg, uint64_t *value)
{
	switch (reg) {
	case SYSREG(3, 0, 0, 0, 6):
		*value = read_sysreg(revidr_el1);
		return true;
	case SYSREG(3, 1, 0, 0, 7):
		*value = read_sysreg(aidr_el1);
		return true;
	default:
		/* CRm 1 to 7, allocated or not. */
		if ((reg & ~SYSREG(0, 0, 0, 7, 7)) != ID(0, 0) || !(reg & SYSREG(0, 0, 0, 7, 0)))
			return false;
		*value = as_for_a_cell(reg);
		return true;
	}
}
