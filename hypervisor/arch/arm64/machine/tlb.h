/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB maintenance for stage 2 (DDI0487 D8.17). Each is complete when it returns.
 */
#ifndef MACHINE_TLB_H
#define MACHINE_TLB_H

#include <lib/types.h>

/* Stage 1 and 2 translations of the VMID in @vttbr, on all CPUs of the inner shareable domain. */
void tlb_flush_vmid(uint64_t vttbr);

/* Whatever this CPU holds for EL1 and EL0, of any VMID. */
void tlb_flush_local(void);

#endif
