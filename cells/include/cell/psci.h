/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PSCI (ARM DEN0022) by SMC, and Partita's own hypercalls by HVC. Each of these is an exit: none
 * belongs into a loop that must be on time. /
 */
#ifndef CELL_PSCI_H
#define CELL_PSCI_H

#include <stdint.h>

#define PSCI_VERSION		0x84000000u
#define PSCI_CPU_SUSPEND	0xc4000001u
#define PSCI_CPU_OFF		0x84000002u
#define PSCI_CPU_ON		0xc4000003u
#define PSCI_AFFINITY_INFO	0xc4000004u
#define PSCI_SYSTEM_OFF		0x84000008u
#define PSCI_SYSTEM_RESET	0x84000009u
#define PSCI_FEATURES		0x8400000au

enum psci_result {
	PSCI_SUCCESS		= 0,
	PSCI_NOT_SUPPORTED	= -1,
	PSCI_INVALID_PARAMETERS	= -2,
	PSCI_DENIED		= -3,
	PSCI_ALREADY_ON		= -4,
	PSCI_ON_PENDING		= -5,
	PSCI_INTERNAL_FAILURE	= -6,
	PSCI_NOT_PRESENT	= -7,
	PSCI_DISABLED		= -8,
	PSCI_INVALID_ADDRESS	= -9,
};

/* As SMCCC (ARM DEN0028) has them: x0..x7 in, x0..x3 out. */
struct cell_call { uint64_t x[8]; };

void cell_smc(struct cell_call *call);
void cell_hvc(struct cell_call *call);

/* The common case: up to three arguments, one result. */
static inline int64_t cell_smc_result(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	struct cell_call call = { { function, a, b, c } };

	cell_smc(&call);
	return (int64_t)call.x[0];
}

static inline int64_t cell_hvc_result(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	struct cell_call call = { { function, a, b, c } };

	cell_hvc(&call);
	return (int64_t)call.x[0];
}

/*
 * Whether the hypervisor below is Partita, with the interface version that this library was built
 * for.
 */
_Bool cell_on_partita(void);

#endif
