/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cells and CPUs, and the moves between a cell's states:
 *
 *                create            loadable            start
 *      (root's) -------> created ------------> loadable ------> running
 *         ^                 |    \               |   ^           |    |
 *         |                 |     \              |   | loadable  |    | fault
 *         |     destroy     |      \             |   |           v    v
 *         +-----------------+-------+------------+---+---- shut down, failed, reset
 *
 * Management calls (all that take a cell from outside) run one at a time, see hypercall.c. Of a cell that came with a packed
 * image `start` makes all moves up to running: its first CPU loads it on the way (boot.c). A
 * running cell moves by itself to shut down, failed or reset, on its own CPUs, at any time: the state word changes by
 * compare-and-swap and whoever wins does the work.
 */
#ifndef CORE_CELL_H
#define CORE_CELL_H

#include <partita/boot.h>
#include <partita/error.h>
#include <partita/info.h>
#include <partita/status.h>
#include <partita/vcpu.h>
#include <core/machine.h>
#include <lib/lock.h>

struct cpu {
	uint32_t number;		/* the board's */
	uint32_t order;			/* mailbox, enum cpu_order */
	uint64_t start_pc, start_arg;
	uint64_t flushed;		/* bytes of its cell's RAM, while that is flushed in steps */
	uint64_t mpidr;			/* & PT_MPIDR_MASK */
	uint64_t judged, judged_exits;	/* when the second began in which its exits are counted, and how many there were then */
	struct cell *cell;		/* owner; changes only while parked */
	struct pt_vcpu *vcpu;		/* what is kept of it while it does not execute its cell, see debug.h; NULL: nothing */
	bool halted;			/* waits at EL2 until this is false */
	struct pt_cpu_status *status;	/* state and counters */
	uint64_t exit_step;		/* what an exit adds to its counter, see trace.h */
	struct machine_cpu machine;
};

/*
 * A cell's UART (guest/pl011.c). A start finds all 0 below what the cell was created with.
 */
#define UART_FIFO	32u		/* bytes, a power of two */
#define UART_REGISTERS	19u		/* UARTDR to UARTDMACR */

struct uart {
	struct lock lock;		/* between the cell's CPUs and the root, which types; for a few instructions of EL2 */
	uint64_t base;			/* IPA of its page; 0: the cell has none */
	uint32_t spi;
	struct uart_state {
		uint16_t registers[UART_REGISTERS];	/* what was written, as the difference from a reset */
		uint16_t raw;				/* UARTRIS */
		bool asserted;				/* the interrupt */
		uint32_t received, read;		/* bytes, ever; the difference is in the FIFO */
		uint8_t fifo[UART_FIFO];
	} state;
};

struct cell {
	uint32_t id;
	uint64_t cpus;				/* bit n: CPU n */
	uint32_t spis[32];			/* bit n of word w: owns INTID 32 w + n; word 0 is the machine's */
	struct stage2 stage2;
	struct machine_cell machine;
	struct uart uart;
	uint32_t event_spi;			/* INTID that tells it of changes, of a cell that manages others; 0: none */
	struct pt_cell_status *status;		/* name, state, fault: as the root sees them */
	/* Of all but the root: */
	struct pt_cell *blob;			/* checked private copy, a page of the pool; for management calls */
	uint32_t region_count;			/* its regions, here for lock-free readers */
	struct pt_region regions[PT_MAX_REGIONS];
	uint8_t sizing[PT_MAX_REGIONS];		/* bit n: BAR n of a PCI function tells its size; the cell's CPUs write it as they like */
	uint8_t *comm;				/* PT_COMM_SIZE bytes of the pool */
	struct pt_vcpu *vcpus;			/* of its CPUs, in the blob's order, in pages of the pool; NULL: none */
	bool debugged, halted;			/* PT_HC_CELL_DEBUG, see debug.c */
	const struct pt_boot_cell *contents;	/* what the packed image starts it from; NULL: somebody loads it */
	bool storms;				/* a CPU of it makes too many exits: it is to fail */
	bool scrubbed;				/* its RAM holds nothing of a former owner or run, but what it shares */
	uint32_t scrub_region;			/* how far scrubbing has come */
	uint64_t scrub_offset;
	struct irq_settings irqs[PT_MAX_SPIS];	/* what the root had set, in the blob's order */
};

extern struct cell cells[PT_MAX_CELLS];
extern struct cpu cpus[PT_MAX_CPUS];

static inline bool cell_exists(const struct cell *cell)
{
	return load_acquire(&cell->status->state) != PT_CELL_NONE;
}

static inline bool cell_running(const struct cell *cell)
{
	return load_acquire(&cell->status->state) == PT_CELL_RUNNING;
}

static inline bool cell_owns_cpu(const struct cell *cell, unsigned int cpu)
{
	return cell->cpus & BIT(cpu);
}

static inline bool cell_owns_spi(const struct cell *cell, uint32_t intid)
{
	return intid < 1024 && (cell->spis[intid / 32] & BIT(intid % 32));
}

static inline bool cell_is_root(const struct cell *cell)
{
	return cell == &cells[PT_ROOT_CELL];
}

/* CPU of @cell with this affinity, or NULL. Bounded by PT_MAX_CPUS. */
struct cpu *cell_cpu_by_mpidr(const struct cell *cell, uint64_t mpidr);

/* The moves of hypercall.h. @size bytes of blob stand in the call page; @contents: of the packed image, or NULL. */
int64_t cell_create(size_t size, const struct pt_boot_cell *contents, uint64_t *reason, uint64_t *offset);
int64_t cell_loadable(struct cell *cell);
int64_t cell_start(struct cell *cell);
int64_t cell_request_shutdown(struct cell *cell);
int64_t cell_stop(struct cell *cell);
int64_t cell_destroy(struct cell *cell);

/* loadable -> running, with its memory loaded: the end of cell_start(), for boot.c. As a management call. */
int64_t cell_run(struct cell *cell);

/* loadable -> failed: what it was to start from is damaged. Likewise. */
void cell_spoil(struct cell *cell);

/* Turn @cpu of the running @cell on: PSCI CPU_ON. Returns false if it is not parked, or not the cell's any more. */
bool cell_cpu_on(const struct cell *cell, struct cpu *cpu, uint64_t pc, uint64_t arg) __must_check;

/* The calling CPU leaves its cell (PSCI CPU_OFF, or the cell is over) and waits for its next order. */
__noreturn void cell_cpu_leave(struct cpu *cpu);

/* The end of that: the calling CPU, parked, does what it is ordered to. */
__noreturn void cell_cpu_wait(struct cpu *cpu);

/* The CPU that starts first. Management calls, and its own CPUs. */
struct cpu *cell_first_cpu(const struct cell *cell);

/*
 * Flush one step of the RAM of @cpu's cell; on @cpu. True when all of it has been, and the next call begins anew. What an
 * interrupt handler of the cell dirties between two steps may be missed if it makes the last one itself.
 */
bool cell_flush_step(struct cpu *cpu) __must_check;

/*
 * End the running @cell as @state (shut down, failed or reset) from any CPU: all its CPUs lose its memory and are on their way
 * to be parked. Returns false if it was not running any more.
 */
bool cell_end(struct cell *cell, uint32_t state);

#endif
