/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the hypervisor tells the root and cells with rights: memory that EL2 writes and they may only read. Enabling returns
 * its physical address in x1; cells with rights have it in their window (PT_MANAGE_STATUS). Words are written singly and in no promised order: a reader takes each as of
 * some recent moment.
 */
#ifndef PARTITA_STATUS_H
#define PARTITA_STATUS_H

#include "types.h"

#define PT_STATUS_MAGIC	0x54595450u	/* "PTYT" */

/* X(NAME, "word"): why a cell came to EL2, counted per CPU. */
#define PT_EXITS(X)							\
	X(HVC,		"hvc")		/* hypercalls */		\
	X(SMC,		"smc")		/* PSCI and other SMCs */	\
	X(WFI,		"wfi")		/* trapped idling */		\
	X(SGI,		"sgi")		/* ICC_SGI0R/SGI1R/ASGI1R */	\
	X(SYSREG,	"sysreg")	/* other trapped registers */	\
	X(GICD,		"gicd")		/* distributor */		\
	X(GICR,		"gicr")		/* redistributors */		\
	X(UART,		"uart")		/* the console of a cell that has a UART */ \
	X(PCI,		"pci")		/* PCI configuration space */	\
	X(STAGE2,	"stage2")	/* refused accesses of all kinds */ \
	X(SERROR,	"serror")					\
	X(OTHER,	"other")					\
	/* not exits of their own, but counted beside them: */		\
	X(SGI_REFUSED,	"sgi-refused")	/* SGIs to a foreign CPU */	\
	X(IRQ_REFUSED,	"irq-refused")	/* writes for a foreign interrupt */

enum pt_exit {
#define PT_EXIT_ENUM(name, word)	PT_EXIT_##name,
	PT_EXITS(PT_EXIT_ENUM)
#undef PT_EXIT_ENUM
	PT_EXIT_REASONS
};
#define PT_EXIT_CAUSES	PT_EXIT_SGI_REFUSED	/* the reasons below this one are entries to EL2 */

enum pt_cpu_state {
	PT_CPU_ABSENT,		/* not under the hypervisor */
	PT_CPU_RUNNING,		/* executes its cell */
	PT_CPU_PARKED,		/* waits in EL2 for a start */
	PT_CPU_STARTING,	/* told to start, not there yet */
	PT_CPU_OFF,		/* switched off by the firmware, on the way to disable */
};

struct pt_cpu_status {
	uint64_t mpidr;
	uint32_t cell;		/* id of the owner */
	uint32_t state;		/* enum pt_cpu_state */
	uint64_t exits[14];	/* [enum pt_exit] since the CPU came to its present owner: PT_EXITS_COUNT of it, the rest is EL2's */
};
#define PT_EXITS_COUNT	0xffffffffffffULL

enum pt_cell_state {
	PT_CELL_NONE,
	PT_CELL_CREATED,
	PT_CELL_LOADABLE,
	PT_CELL_RUNNING,
	PT_CELL_SHUT_DOWN,	/* by PSCI SYSTEM_OFF, or stopped by force */
	PT_CELL_FAILED,		/* see its fault record */
	PT_CELL_RESET,		/* ended by PSCI SYSTEM_RESET or SYSTEM_RESET2: wants to be started again */
	PT_CELL_STATES
};

#define PT_CELL_STATE_WORDS { "none", "created", "loadable", "running", "shut down", "failed", "reset" }

/* X(NAME, "words"): what ended a cell. */
#define PT_FAULTS(X)									\
	X(NONE,		"none")								\
	X(MEMORY,	"access to memory it does not own")				\
	X(GIC,		"access to an interrupt controller register it does not own")	\
	X(DECODE,	"trapped access by an instruction that carries no syndrome")	\
	X(SYSREG,	"access to a system register it does not own")			\
	X(SERROR,	"SError")							\
	X(UNKNOWN,	"unexpected trap")						\
	X(CONTENTS,	"contents of the packed image that are damaged")	\
	X(EXITS,	"more exits in a second than its limit")

enum pt_fault_kind {
#define PT_FAULT_ENUM(name, words)	PT_FAULT_##name,
	PT_FAULTS(PT_FAULT_ENUM)
#undef PT_FAULT_ENUM
	PT_FAULT_KINDS
};

struct pt_fault {
	uint32_t kind;		/* enum pt_fault_kind */
	uint32_t cpu;		/* board's number of the CPU */
	uint64_t esr;		/* ESR_EL2 */
	uint64_t far;		/* FAR_EL2 */
	uint64_t ipa;		/* faulting intermediate physical address, kinds MEMORY, GIC and DECODE */
	uint64_t pc;		/* ELR_EL2 */
	uint64_t pstate;	/* SPSR_EL2 */
	uint64_t x[31];
};

struct pt_cell_status {
	char name[PT_NAME_SIZE];
	uint32_t state;		/* enum pt_cell_state */
	uint32_t starts;
	uint64_t cpus;		/* bit n: CPU n is the cell's */
	uint64_t comm;		/* physical address of its communication area; 0 for the root */
	uint64_t console_head;	/* of a cell with a UART, as in struct pt_report: whoever writes the ring has the head */
	uint32_t managers;	/* bit n: cell n has rights over it and sees its communication area (struct pt_right); it may look only then */
	uint32_t resets;	/* of these starts, those by the hypervisor after a reset */
	struct pt_fault fault;
};

struct pt_status {
	uint32_t magic;
	uint32_t version;		/* PT_ABI_VERSION */
	uint32_t cpu_count;
	uint32_t changes;		/* grows with each change of a cell's state */
	uint64_t call_page;		/* physical address; the root may write this page */
	uint64_t console;		/* physical address of the hypervisor's own ring, PT_CONSOLE_SIZE bytes */
	uint64_t console_head;		/* as in struct pt_report */
	uint64_t memory_size;		/* bytes the hypervisor was given */
	uint64_t fixed_size;		/* of these: text, data and the CPUs' private pages */
	uint64_t comm_size;		/* of these: communication areas and blobs of cells */
	uint64_t table_size;		/* of these: page tables */
	uint32_t booted;		/* 1: from a packed image, which has what its cells start from; 0: launched late */
	uint32_t rescue;		/* enum pt_rescue of boot.h */
	uint32_t locked;		/* 1: after PT_HC_LOCK, or because the packed image says so */
	uint32_t reserved1;
	uint64_t reserved0[5];
	struct pt_cpu_status cpus[PT_MAX_CPUS];
	struct pt_cell_status cells[PT_MAX_CELLS];
};

#endif
