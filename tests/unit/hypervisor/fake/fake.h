/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine for the real hypervisor to run on: eight CPUs with their EL2 and EL1 registers, memory behind
 * stage 2 and a TLB that forgets nothing by itself, a GICv3 or a GICv2. A CPU in EL2 is a fiber: it runs until it returns
 * to its guest or waits, and the test goes on from there. What real hardware would punish (an entry
 * changed without break-before-make, a register accessed with the wrong size, memory scrubbed while
 * somebody reaches it) ends the test program.
 */
#ifndef FAKE_H
#define FAKE_H

#include <core/cell.h>
#include <core/hypercall.h>
#include <core/ownership.h>
#include <core/trace.h>
#include <machine/sysreg.h>

/* What the hypervisor meets and does not name. */
#define GICD_IIDR	0x0008
#define EC_DABT_SAME	0x25
#define EC_SERROR	0x2f

#define ARENA_BASE	0x40000000ULL	/* RAM with memory behind it */
#define ARENA_SIZE	0x4000000ULL
#define RAM_SIZE	0x40000000ULL	/* RAM as the board has it */
#define HYPERVISOR	0x7d123000ULL	/* where the hypervisor lies in it */
#define HYPERVISOR_SIZE	0x1803000ULL
#define POOL_PAGES	200u

#define CPUS		8u
#define FIRST_LISTED	0x40000000

enum where {
	IN_GUEST,
	IN_WFE,		/* parked in EL2 */
	IN_WFI,		/* EL2 waits for its guest */
	IS_OFF,		/* by the firmware */
	CALLED,		/* turned on by the firmware; not here yet */
	HAS_LEFT,	/* the hypervisor, for good */
	NOT_YET,	/* under the hypervisor */
};

struct fake_cpu {
	enum where where;
	uint64_t regs[REGISTERS];
	uint64_t x[31];
	uint64_t event_types[6];	/* PMEVTYPER<n>_EL0 */
	uint64_t v[32][2];
	bool fp_clean, sve_clean;
	bool serror_pending;
	unsigned int tlb_flushes;	/* of all that is this CPU's */
	_Alignas(4096) uint8_t private[4096];
};

struct sgi {
	unsigned int from;
	uint64_t value;		/* of ICC_SGI1R_EL1, GICD_SGIR */
};

struct fake {
	struct fake_cpu cpu[CPUS];
	unsigned int flushes;		/* by VMID */
	unsigned int pool_fails_in;	/* n > 0: the n-th pool_take() from now finds nothing, and all after it */
	unsigned int pool_takes;
	uint64_t firmware[4];		/* the last call that the firmware got */
	unsigned int firmware_calls;
	bool firmware_dawdles;		/* a CPU that asks it about another one waits, as in WFI */
	unsigned int dawdle_in;		/* n > 0: at its n-th store from now, a CPU waits, as in WFI */
	struct sgi sgis[64];
	unsigned int sgi_count;
	uint64_t scrubbed;		/* bytes */
	uint64_t flushed;		/* bytes, and where the last ones began */
	uint64_t flushed_at;
	uint64_t copied;
	uint64_t clock;			/* CNTPCT_EL0; who looks at it lets others go on for CLOCK_STEP */
	uint64_t ram_wraps;		/* where RAM of the arena begins anew: less than the board should have; 0: nowhere */
	char said[4096];		/* on the UART of the boot */
	unsigned int called[CPUS];	/* CPUs that the firmware was told to turn on, in this order */
	unsigned int call_count;
	bool firmware_refuses;		/* to turn on CPUs */
	bool firmware_keeps;		/* on, the CPUs that want to be off */
	unsigned int resets;		/* of the board */
};

#define CLOCK_FREQUENCY	1000u
#define CLOCK_STEP	10u

extern struct fake fake;
extern unsigned char *fake_arena;

/* A machine as at power-on; all of the hypervisor's data is as its image file has it. */
void fake_reset(void);

/* Keep the machine as it is, with all CPUs in their guests; and go back to that. False: nothing was kept yet. */
void fake_save(void);
bool fake_restore(void);

/*
 * Note what the hypervisor has in its static objects; and the first word there that has changed since, but for those in @but, or NULL.
 */
struct span {
	const void *at;
	size_t size;
};
void fake_note(void);
const void *fake_changed(const struct span *but, unsigned int count);

/* A bug in the hypervisor, or in the test. Ends the program. */
void fake_bug(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

extern const char *const fake_names[REGISTERS];
bool fake_has(unsigned int n, enum fake_register reg);

/* Run @job on CPU @n at EL2 until it is done, the guest goes on, or it waits. */
void fake_run(unsigned int n, void (*job)(void *), void *context);

/* Let a CPU that waits in EL2 look up. */
void fake_wake(unsigned int n);

/* Let everything happen that happens by itself: wake what has been woken, fetch an instruction everywhere. */
void fake_settle(void);

/* CPU @n traps from its guest: syndrome @esr, other registers as they are. */
void fake_trap(unsigned int n, uint64_t esr);
void fake_serror(unsigned int n);

/* The guest's HVC and SMC; they return x0. */
int64_t fake_hvc(unsigned int n, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3);
int64_t fake_smc(unsigned int n, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3);

/* MSR and MRS of a trapped register (SYSREG()), by x5. */
void fake_msr(unsigned int n, uint64_t reg, uint64_t value);
uint64_t fake_mrs(unsigned int n, uint64_t reg);

enum outcome {
	REACHED,	/* memory, or a device's register */
	SERVED,		/* by the hypervisor */
	INJECTED,	/* the guest takes an exception instead */
	RETRIED,	/* the guest runs the instruction again */
	ENDED,		/* the cell is over */
};

/* The guest's load or store of @size bytes, MMU off, by x5. */
enum outcome fake_access(unsigned int n, uint64_t ipa, unsigned int size, bool write, uint64_t *value);
enum outcome fake_load(unsigned int n, uint64_t ipa, unsigned int size, uint64_t *value);
enum outcome fake_store_to(unsigned int n, uint64_t ipa, unsigned int size, uint64_t value);

/* A data abort with this syndrome, whatever the memory is. */
enum outcome fake_abort(unsigned int n, uint64_t esr, uint64_t ipa);

#define ESR(ec)		((uint64_t)(ec) << 26 | ESR_IL)
#define ESR_DABT	(ESR(EC_DABT_LOWER) | 0x7)	/* translation fault, level 3 */

/* What stage 2 makes of an address. */
struct leaf {
	uint64_t ipa, pa, size;
	bool write, exec, device, uncached;
};

/* Walk the tables. */
bool fake_walk(const struct stage2 *s2, uint64_t ipa, struct leaf *leaf);
/* As CPU @n sees it: from its TLB if that has it. */
bool fake_translate(unsigned int n, const struct stage2 *s2, uint64_t ipa, struct leaf *leaf);
/* All leaves in order of ipa. Returns how many, at most @max. */
unsigned int fake_leaves(const struct stage2 *s2, struct leaf *leaves, unsigned int max);
/* Pages of the pool that the tables take, also while revoked. */
unsigned int fake_tables(const struct stage2 *s2);
/* A fingerprint of what is mapped, independent of how. */
uint64_t fake_map_hash(const struct stage2 *s2);

/* Memory behind a physical address, or NULL. */
void *fake_memory(uint64_t pa);

/*
 * Everything that must hold between any two calls: no page, CPU or interrupt with two owners, nobody reaches the
 * hypervisor, each page of the pool accounted for.
 */
void fake_check(void);

/* gic.c: models. */
struct irq_bank {
	uint32_t group, groupmod, enabled, pending, active;
	uint32_t config[2];
	uint8_t priority[32];
};

struct gic {
	uint32_t ctlr;
	uint32_t lines;			/* 32 * (ITLinesNumber + 1) */
	struct irq_bank spis[32];	/* [0] unused */
	uint64_t route[1024];
	uint32_t extended[32];		/* the groups of the first extended SPIs */
	uint64_t route_extended[32];
	struct redistributor {
		uint32_t ctlr, waker;
		uint64_t propbaser, pendbaser, typer;
		struct irq_bank bank;
		uint32_t extended[3];	/* enabled, pending, active of 32 extended PPIs */
	} redistributor[CPUS];
	/* GICv2: the CPU interface, and who has sent each SGI that is pending. SGIs and PPIs are in redistributor[].bank. */
	struct gicc {
		uint32_t ctlr, pmr, bpr, abpr, iidr;
		uint32_t active[8];	/* GICC_APR<n>, GICC_NSAPR<n> */
		uint32_t running;	/* as QEMU has it: the active priorities are looked at when one ends */
		uint8_t from[16];
	} gicc[CPUS];
	uint8_t private_targets[CPUS];
	bool stuck;			/* nothing that is waited for ever comes; and how often somebody has looked */
	unsigned int looks;
	/* The status as the root finds it if it looks at the last event. */
	struct { uint32_t state, fault; } told[PT_MAX_CELLS];
};

extern struct gic gic;
/* Which of them the next power-on brings, and the blob tells: 3 unless a test says 2. The GICv2 has one security state. */
extern unsigned int fake_gic_version;
/* The number of a GICv2's CPU interface, which has nothing to do with the CPU's own. */
static inline uint8_t gicv2_bit(unsigned int n)
{
	return (uint8_t)(1u << (n ^ 5));
}
void gic_power_on(void);
void gic_sgi(unsigned int from, uint64_t value);
/* Is there an interrupt that CPU @n, with its CPU interface as it is, wakes for at EL2? */
bool gic_signalled(unsigned int n);

/* pci.c: the functions of one bus. */
#define FUNCTION	16u		/* 02.0 */

struct pci {
	struct function {
		uint32_t words[64];	/* what follows reads 0 */
	} functions[256];
};

extern struct pci pci;
void pci_power_on(void);

/* board.c: a board, and blobs for it. */
#define GICD_PA		0x08000000ULL
#define GICC_PA		0x08010000ULL
#define GICC_SIZE	0x2000ULL
#define GICR_PA		0x080a0000ULL
#define GICR_SIZE	0x20000ULL	/* of one CPU */
#define ITS_PA		0x08080000ULL
#define UART_PA		0x09040000ULL
#define BOOT_UART_PA	0x09000000ULL	/* a PL011 */
#define ECAM_PA		0x08f00000ULL	/* one bus */
#define ECAM_SIZE	0x100000ULL
#define EVENT_SPI	42u
#define SPI_LIMIT	288u

extern const uint64_t board_mpidr[CPUS];

struct cell_spec {
	const char *name;
	uint32_t flags;
	uint64_t entry, comm, uart;
	uint32_t uart_spi;
	uint32_t cpu_count, region_count, spi_count;
	uint32_t cpus[CPUS];		/* board's numbers */
	struct pt_region regions[PT_MAX_REGIONS];
	uint32_t spis[PT_MAX_SPIS];
	uint64_t manage;
	uint32_t event_spi, right_count;
	struct pt_right rights[4];
	uint32_t exit_rate, exit_action;
	/* In a packed image: */
	uint32_t boot_flags, piece_count;
	struct pt_piece pieces[4];	/* offset: where it begins in the image's contents */
};

/* One CPU (3), 64 KiB of RAM at 0, a UART and its SPI (40). */
extern const struct cell_spec small_cell;
/* CPUs 4 and 5, RAM and read-only RAM, SPIs 41 and 63. */
extern const struct cell_spec other_cell;
/* CPUs 1 and 7, a page of RAM, and a console that is a UART. */
extern const struct cell_spec uart_cell;
/* CPUs 4 and 5, two pages of RAM, and a PCI function: its BARs 1 and 4, its configuration space. */
extern const struct cell_spec pci_cell;
/* CPU 2 and CPU 6, a page of RAM each, and memory that they share; the one only reads it. */
#define SHARED_PA	(ARENA_BASE + 0x903000)
#define SHARED_SIZE	(2 * SCRUB_STEP + 0x3000ULL)
extern const struct cell_spec reader_cell;
extern const struct cell_spec writer_cell;
/* CPU 0: may start the small cell, and everything with the guest that has a UART; SPI 80 tells it of changes. */
extern const struct cell_spec manager_cell;
#define MANAGE		0x40000000ULL

extern _Alignas(8) unsigned char board_system[PT_BLOB_MAX];
uint32_t board_system_blob(void *blob);
uint32_t board_cell_blob(void *blob, const struct cell_spec *spec);
void board_sign(void *blob);

/*
 * A packed image of these cells, at most 8: board_system, board_boot and what lies in board_image; and a board that the firmware has
 * just started it on. From then on fake_settle() lets CPUs come that CPU 0 has called.
 */
extern _Alignas(8) unsigned char board_boot[PT_BLOB_MAX];
extern unsigned char board_image[];
void board_pack(const struct cell_spec *const *specs, unsigned int count, enum pt_rescue rescue);
void board_power_on(void);
void board_arrive(unsigned int n);

/* Let everything happen until CPUs do nothing but wait for each other; a cell's piece as it is to be found in its memory. */
void board_settle(void);
bool board_is_loaded(const struct cell_spec *spec, unsigned int piece);

/* The cell of this name, or NULL. */
struct cell *board_cell(const char *name);

/* Enable the hypervisor on the first @count CPUs of the board; the same with machine and blob as they are. */
void board_enable(unsigned int count);
void board_enter(unsigned int count);

/* The root, on CPU 0: take CPU @n offline; put a blob into the call page and create; the other calls. */
void root_offline(unsigned int n);
int64_t root_create(const struct cell_spec *spec);
int64_t root_call(uint64_t function, uint64_t cell);
/* Repeat the call, with everything settled in between, until it does not say PT_AGAIN. */
int64_t root_finish(uint64_t function, uint64_t cell);

/* A board with @spec's CPUs offline, and the cell created, loadable or running. Returns its id. */
unsigned int cell_in_state(const struct cell_spec *spec, enum pt_cell_state state);

#endif
