/* SPDX-License-Identifier: GPL-2.0-only */
/* What the CPU's set-up needs of stage 2, beyond core/machine.h. */
#ifndef MACHINE_STAGE2_H
#define MACHINE_STAGE2_H

#include <core/machine.h>

/* VTCR_EL2 for the IPA size that this CPU supports, 40 bits at most. */
uint64_t stage2_vtcr(void);

#endif
