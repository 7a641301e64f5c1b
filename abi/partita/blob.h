/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Blobs: a system (the board as the hypervisor needs to know it) or one cell, compiled from device trees.
 * Little-endian, naturally aligned; tables are (offset, count) pairs, offsets counted from the start of the
 * blob. A blob is at most one page. The checker is hypervisor/core/blob.c, also built into the tools.
 */
#ifndef PARTITA_BLOB_H
#define PARTITA_BLOB_H

#include "types.h"

#define PT_BLOB_MAX		PT_PAGE_SIZE
#define PT_ADDRESS_LIMIT	(1ULL << 40)	/* physical and intermediate physical addresses end below */

#define PT_SYSTEM_MAGIC		0x53595450u	/* "PTYS" */
#define PT_CELL_MAGIC		0x43595450u	/* "PTYC" */

struct pt_blob_header {
	uint32_t magic;
	uint32_t version;	/* PT_ABI_VERSION */
	uint32_t length;	/* of the whole blob, bytes, a multiple of 8 */
	uint32_t checksum;	/* CRC-32 (IEEE 802.3, as zlib) of the whole blob with this field 0 */
};

/* Entries lie wholly inside the blob and after the fixed part, aligned to 8 bytes; without any, offset is 0. */
struct pt_table {
	uint32_t offset;
	uint32_t count;
};

struct pt_range {
	uint64_t base;		/* page aligned */
	uint64_t size;		/* bytes, page aligned, not 0 */
};

#define PT_GICV2_MAX_CPUS	8	/* a GICv2 has no more CPU interfaces */

/* The board, as seen by the hypervisor; root is the running Linux. */
struct pt_system {
	struct pt_blob_header header;
	char name[PT_NAME_SIZE];	/* of the root cell */
	struct pt_range gicd;		/* distributor */
	struct pt_table gicr;		/* struct pt_range: redistributor regions of a GICv3; none of a GICv2 */
	struct pt_table cpus;		/* uint64_t: MPIDR & PT_MPIDR_MASK of each CPU; the index is its number */
	struct pt_table ram;		/* struct pt_range: what is memory and may be a cell's memory */
	struct pt_table reserved;	/* struct pt_range: devices that no cell may have (ITS, IOMMU...) */
	struct pt_table ecam;		/* struct pt_range: PCI configuration space (ECAM), given away by functions only */
	struct pt_range gicc;		/* CPU interface of a GICv2, whole: cells see it at the same place; of a GICv3 0, 0 */
	uint32_t event_spi;		/* INTID set pending when a cell's state changes; 0: none */
	uint32_t gic_version;		/* 2 or 3 */
};

enum {
	PT_REGION_READ	 = 1 << 0,
	PT_REGION_WRITE	 = 1 << 1,
	PT_REGION_EXEC	 = 1 << 2,
	PT_REGION_DEVICE = 1 << 3,	/* registers, Device-nGnRE; otherwise RAM, scrubbed when it changes hands */
	/*
	 * RAM that other cells may name too, with the same pa and size and this flag. It is scrubbed before the first
	 * of them is loaded and after the last is destroyed, and keeps its contents in between; but a cell that is
	 * loaded again while no other one is loaded yet finds it scrubbed. The root never sees it.
	 */
	PT_REGION_SHARED = 1 << 4,
	/*
	 * The configuration space of a PCI function: one page of the board's ECAM, beside READ, WRITE and DEVICE. It is not
	 * mapped: EL2 serves each access and lets through what moves no address and reaches no other function. Where
	 * a cell has such a page, the rest of the ECAM reads as for functions that are not there. To the root, it does so.
	 */
	PT_REGION_PCI	 = 1 << 5,
};

/*
 * Of a PCI function, how large the cell sees its six base address registers: 5 bits each, BAR 0 in bits 4:0. 0: it is not the
 * cell's and reads 0; n from 1 to 30: 2^(11 + n) bytes; PT_BAR_UPPER: the upper half of the 64-bit one before it.
 */
#define PT_BARS		6
#define PT_BAR_BITS	5
#define PT_BAR_UPPER	31u

struct pt_region {
	uint64_t pa;		/* page aligned, owned by the root when the cell is created */
	uint64_t ipa;		/* page aligned, where the cell sees it */
	uint64_t size;		/* bytes, page aligned, not 0 */
	uint32_t flags;		/* PT_REGION_*; READ is always set; of EXEC, DEVICE and SHARED one at most */
	uint32_t bars;		/* with PT_REGION_PCI: see PT_BAR_BITS; otherwise 0 */
};

/* What a cell may do with another, by PT_HC_* calls; to see its state and what it reports goes with each of them. */
enum {
	PT_MAY_START	= 1 << 0,	/* CELL_START */
	PT_MAY_STOP	= 1 << 1,	/* CELL_SHUTDOWN, CELL_STOP */
	PT_MAY_TYPE	= 1 << 2,	/* UART_INPUT */
	PT_MAY_ALL	= PT_MAY_START | PT_MAY_STOP | PT_MAY_TYPE,
};

/* A right of the cell whose blob has it: over the cell of this name, whenever there is one. */
struct pt_right {
	char name[PT_NAME_SIZE];
	uint32_t verbs;		/* PT_MAY_*, not 0 */
	uint32_t reserved0;
};

/*
 * What a cell with rights sees at pt_cell.manage, read-only: struct pt_status, the hypervisor's console ring, and the communication
 * area of each cell that it has rights over, by the cell's id.
 */
#define PT_MANAGE_STATUS	0
#define PT_MANAGE_CONSOLE	0x10000
#define PT_MANAGE_COMM		0x20000
#define PT_MANAGE_COMM_STEP	0x8000
#define PT_MANAGE_SIZE		(PT_MANAGE_COMM + PT_MAX_CELLS * PT_MANAGE_COMM_STEP)

/* UARTs that the hypervisor's boot and the cell library can drive, and how far apart a 16550's registers are. */
enum pt_uart_kind {
	PT_UART_NONE,
	PT_UART_PL011,		/* and the SBSA's */
	PT_UART_CADENCE,	/* Zynq */
	PT_UART_IMX,
	PT_UART_8250,		/* with 32-bit registers 4 bytes apart: DesignWare, BCM2835 auxiliary */
	PT_UART_KINDS
};

enum {
	/* WFI is not trapped: no exits from idle, but a cell asleep with all masked cannot be stopped. */
	PT_CELL_TRUSTED_IDLE = 1 << 0,
	/* SOC_ID (DEN0028) and TRNG (DEN0098) calls reach the firmware. */
	PT_CELL_FIRMWARE_SERVICES = 1 << 1,
	/* The root may halt it, and then read and write its memory and registers (PT_HC_CELL_DEBUG). */
	PT_CELL_DEBUG = 1 << 2,
	/* When it has ended, the root may read its memory and registers (PT_HC_CELL_INSPECT). */
	PT_CELL_DUMP = 1 << 3,
	PT_CELL_FLAGS = PT_CELL_TRUSTED_IDLE | PT_CELL_FIRMWARE_SERVICES | PT_CELL_DEBUG | PT_CELL_DUMP,
};

/* What becomes of a CPU that enters EL2 more often in a second than the cell's limit. */
enum pt_exit_action {
	PT_EXITS_FAULT,		/* the cell fails */
	PT_EXITS_THROTTLE,	/* the CPU waits at EL2 until the second is over */
	PT_EXITS_ACTIONS
};

struct pt_cell {
	struct pt_blob_header header;
	char name[PT_NAME_SIZE];
	uint32_t flags;			/* PT_CELL_* */
	uint32_t uart_spi;		/* INTID of its interrupt, one of spis; 0 without a uart */
	uint64_t entry;			/* IPA of the first instruction, in an EXEC region, multiple of 4 */
	uint64_t argument;		/* what X0 is at the first instruction; any value */
	uint64_t comm;			/* IPA of the PT_COMM_SIZE bytes of info.h, page aligned, in no region */
	uint64_t uart;			/* IPA of a page where its console is a PL011, apart from all others; 0: none */
	uint64_t manage;		/* IPA of the PT_MANAGE_SIZE bytes of a cell with rights, page aligned, apart from all others; else 0 */
	uint64_t serial;		/* IPA of a UART among its devices that a bare-metal cell is to speak through; 0: none */
	uint32_t serial_kind;		/* enum pt_uart_kind */
	uint32_t event_spi;		/* of a cell with rights, INTID set pending when any cell's state changes, one of spis; 0: none */
	struct pt_table cpus;		/* uint64_t: MPIDR & PT_MPIDR_MASK; the first one starts */
	struct pt_table regions;	/* struct pt_region */
	struct pt_table spis;		/* uint32_t: INTIDs 32..1019 */
	struct pt_table rights;		/* struct pt_right, of PT_MAX_CELLS at most; none: it manages nobody */
	uint32_t exit_rate;		/* exits in a second that each of its CPUs may make; 0: no limit */
	uint32_t exit_action;		/* enum pt_exit_action; 0 without a limit */
};

/* X(NAME, "words"): why a blob is refused. */
#define PT_REASONS(X) \
	X(FINE,		"fine") \
	X(MAGIC,	"is not a blob of this kind") \
	X(VERSION,	"was compiled for another interface version") \
	X(LENGTH,	"has an impossible length")				/* longer than the buffer or PT_BLOB_MAX, or shorter than its fixed part */ \
	X(CHECKSUM,	"fails its checksum") \
	X(RESERVED,	"must be 0")						/* a reserved field or an unknown flag */ \
	X(NAME,		"is not a name (1 to 31 of A-Z a-z 0-9 . _ -)") \
	X(TABLE,	"is a table outside the blob or misaligned") \
	X(COUNT,	"has too few or too many entries") \
	X(ALIGN,	"is not aligned")					/* by pages; the entry by 4 bytes */ \
	X(RANGE,	"is empty or leaves the address space") \
	X(OVERLAP,	"overlaps another range of the same blob") \
	X(FLAGS,	"is a combination that is not allowed") \
	X(TWICE,	"is named twice") \
	X(CPU,		"is not a CPU of this board")				/* or its MPIDR has bits outside PT_MPIDR_MASK */ \
	X(IRQ,		"is not a shared peripheral interrupt of this board, or not the cell's") \
	X(ENTRY,	"is in no executable region") \
	X(MEMORY,	"is RAM named as a device, or the reverse") \
	X(TAKEN,	"belongs to the hypervisor, to another cell, or may belong to none") \
	X(GIC,		"is neither 2 nor 3") \
	X(RIGHTS,	"is no right, or is for cells with rights only")	/* no such verb, or what only a cell with rights has */

enum pt_blob_reason {
#define PT_REASON_ENUM(name, words)	PT_BLOB_##name,
	PT_REASONS(PT_REASON_ENUM)
#undef PT_REASON_ENUM
	PT_BLOB_REASONS
};

#endif
