/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The registers of SVE where the CPU has it: Z, P and FFR at the longest vectors, and ZCR_EL1
 * (S3_0_C1_C2_0). The rest of this cell uses no vectors, so they are as they came. /
 */
#include "leftovers.h"

#define CPACR_ZEN_FPEN	0x330000
#define ZCR_LONGEST	0xf
#define FOR_EACH_P(X) \
	X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

static void set_length(uint64_t zcr)
{
	cell_sysreg_write(s3_0_c1_c2_0, zcr);
	cell_isb();
}

bool has_sve(void)
{
	return cell_sysreg_read(id_aa64pfr0_el1) >> 32 & 0xf;
}

unsigned int sve_capture(struct sve *sve)
{
	uint64_t bytes;

	cell_sysreg_write(cpacr_el1, CPACR_ZEN_FPEN);
	cell_isb();
	sve->zcr = cell_sysreg_read(s3_0_c1_c2_0);
	set_length(ZCR_LONGEST);
	asm volatile(".arch_extension sve\n\trdvl %0, #1" : "=r" (bytes));
#define STORE_Z(n) asm volatile("str z" #n ", [%0, #" #n ", mul vl]" :: "r" (sve->z) : "memory");
	FOR_EACH_V(STORE_Z)
#define STORE_P(n) asm volatile("str p" #n ", [%0, #" #n ", mul vl]" :: "r" (sve->p) : "memory");
	FOR_EACH_P(STORE_P)
	asm volatile("rdffr p0.b\n\tstr p0, [%0]\n\tpfalse p0.b" :: "r" (sve->ffr) : "memory");
	return (unsigned int)bytes;
}

void sve_dirty(uint64_t dirt)
{
	cell_sysreg_write(cpacr_el1, CPACR_ZEN_FPEN);
	cell_isb();
	set_length(ZCR_LONGEST);
#define FILL_Z(n) asm volatile(".arch_extension sve\n\tdup z" #n ".d, %0" :: "r" (dirt));
	FOR_EACH_V(FILL_Z)
#define FILL_P(n) asm volatile("ptrue p" #n ".b");
	FOR_EACH_P(FILL_P)
	asm volatile("setffr");
	set_length(1);
}
