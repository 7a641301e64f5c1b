// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds up the numbers from 1 to 1000 with SVE, and says how long a vector is: `sum 500500, vectors of 64 bytes`. Exit
 * status 2: the kernel says that there is no SVE.
 */
#pragma GCC target("+sve")

#include <arm_sve.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>

#define NUMBERS	1000
#define SVE	(1ul << 22)	/* HWCAP_SVE */

int main(void)
{
	uint64_t sum = 0;

	if (!(getauxval(AT_HWCAP) & SVE))
		return 2;
	for (uint64_t i = 0; i < NUMBERS; i += svcntd()) {
		const svbool_t rest = svwhilelt_b64(i, (uint64_t)NUMBERS);

		sum += svaddv(rest, svindex_u64(i + 1, 1));
	}
	printf("sum %llu, vectors of %u bytes\n", (unsigned long long)sum, (unsigned int)svcntb());
	return 0;
}
