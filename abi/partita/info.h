/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The communication area of a cell: PT_COMM_SIZE bytes at pt_cell.comm, in this order:
 *
 *   page 0	struct pt_info		read-only to the cell: who it is, what it owns, what is asked of it
 *   page 1	struct pt_report	the cell writes: what it says of itself
 *   page 2..5	console ring		the cell writes; report.console_head counts the bytes ever written
 *
 * Of a cell with a UART the hypervisor writes the ring, which the cell does not see.
 *
 * A cell's first instruction finds pt_cell.argument in x0, which for a bare-metal cell is the address of page 0
 * (other general registers 0, EL1h, MMU and caches off, all interrupts masked). A further CPU, turned on by PSCI
 * CPU_ON, finds what the caller gave.
 * The root reads all pages and writes none: nothing here costs an exit on either side.
 */
#ifndef PARTITA_INFO_H
#define PARTITA_INFO_H

#include "types.h"

#define PT_CONSOLE_SIZE	(4 * PT_PAGE_SIZE)	/* bytes, a power of two */
#define PT_COMM_INFO	0
#define PT_COMM_REPORT	PT_PAGE_SIZE
#define PT_COMM_CONSOLE	(2 * PT_PAGE_SIZE)
#define PT_COMM_SIZE	(6 * PT_PAGE_SIZE)

#define PT_INFO_MAGIC	0x49595450u	/* "PTYI" */

enum pt_request {
	PT_REQUEST_NONE,
	PT_REQUEST_SHUTDOWN,	/* finish, answer, then PSCI SYSTEM_OFF */
};

struct pt_info_cpu {
	uint64_t mpidr;		/* MPIDR & PT_MPIDR_MASK */
	uint64_t gicr;		/* address of its redistributor's RD_base frame, SGI_base is 64 KiB above; 0: GICv2 */
};

struct pt_info_region {
	uint64_t ipa;
	uint64_t size;		/* bytes */
	uint64_t flags;		/* PT_REGION_* of blob.h; SHARED: other cells may see it too */
};

struct pt_info {
	uint32_t magic;
	uint32_t version;		/* PT_ABI_VERSION */
	uint32_t cell;			/* id */
	uint32_t starts;		/* how often this cell has been started, this time included */
	char name[PT_NAME_SIZE];
	uint32_t request;		/* enum pt_request; may change at any time */
	uint32_t cpu_count;
	uint32_t region_count;
	uint32_t spi_count;
	uint64_t gicd;			/* address of the distributor */
	uint64_t console_size;		/* bytes; 0: its console is its UART */
	uint64_t manage;		/* as in its blob: where a cell with rights sees what it manages; 0: it has none */
	uint64_t serial;		/* likewise: a UART of its own to speak through; 0: none */
	uint32_t serial_kind;		/* enum pt_uart_kind */
	uint32_t reserved0;
	uint64_t gicc;			/* GICv2: address of the CPU interface; 0: GICv3, which has system registers */
	struct pt_info_cpu cpus[PT_MAX_CPUS];		/* cpus[0] starts */
	struct pt_info_region regions[PT_MAX_REGIONS];	/* as in the blob, same order */
	uint32_t spis[PT_MAX_SPIS];
};

enum pt_answer {
	PT_ANSWER_NONE,
	PT_ANSWER_YES,		/* will shut down */
	PT_ANSWER_NO,		/* refuses for now; may change to YES */
};

/* Zeroed before each start. Whatever is in it is the cell's claim: readers trust no value. */
struct pt_report {
	uint32_t answer;		/* enum pt_answer, to info.request */
	uint32_t reserved0;
	uint64_t heartbeat;		/* any counter that moves while the cell is well */
	uint64_t console_head;		/* bytes ever written to the ring; the newest lies at (head - 1) % size */
	uint64_t reserved1;
	uint64_t user[508];		/* the cell's own figures, for tools that know it */
};

#endif
