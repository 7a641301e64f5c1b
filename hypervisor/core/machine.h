/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that core/ asks of the hardware, implemented at link time by arch/<name>/machine/. Machine functions know
 * nothing of states and policies; they are told.
 */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <partita/boot.h>
#include <partita/error.h>
#include <partita/vcpu.h>
#include <lib/types.h>
#include <machine/rare.h>
#include <machine/types.h>

struct cell;
struct cpu;

/*
 * Stage 2 translation: which physical memory a cell reaches, and how. All but stage2_revoke() are for
 * management calls, which run one at a time. The cell may be running: entries change by break-before-make, so that it can
 * meanwhile fault on memory that is its own (the root retries).
 */
enum stage2_access {
	STAGE2_WRITE	= 1 << 0,
	STAGE2_EXEC	= 1 << 1,
	STAGE2_DEVICE	= 1 << 2,	/* registers; otherwise normal memory */
	STAGE2_UNCACHED	= 1 << 3,	/* of normal memory */
};

/* Take an empty map from the pool. @vmid 1..255. Returns false if the pool is empty. */
bool stage2_init(struct stage2 *s2, unsigned int vmid) __must_check;

/*
 * Map [@ipa, +@size) to @pa, page aligned, below the address limit. Present entries are replaced.
 * Returns false, with a part mapped, when the pool is empty.
 */
bool stage2_map(struct stage2 *s2, ipaddr_t ipa, paddr_t pa, uint64_t size, unsigned int access) __must_check;

/*
 * The root of a system that has booted has no map: the calls that take from it and give to it do nothing there.
 */

/*
 * Unmap [@ipa, +@size); on return no CPU translates it any more. Returns false, with nothing unmapped, when
 * a block must be split and the pool is empty.
 */
bool stage2_unmap(struct stage2 *s2, ipaddr_t ipa, uint64_t size) __must_check;

/*
 * Make [@ipa, +@size) of an identity map whole again, as it was before stage2_unmap(), and give back tables that a
 * larger block replaces. Cannot fail: the tables that the split took are there.
 */
void stage2_restore_identity(struct stage2 *s2, ipaddr_t ipa, uint64_t size);

/*
 * The same for memory that is to be unmapped again: the tables that the split took stay, so that this is soon done and
 * cannot fail then, unless a neighbour's stage2_restore_identity() has given them back.
 */
void stage2_lend_identity(struct stage2 *s2, ipaddr_t ipa, uint64_t size);

/*
 * Take everything away from the CPUs that use @s2, at once: their next access or fetch faults. From any CPU, also
 * one of the cell itself, at any time, repeatedly.
 */
void stage2_revoke(struct stage2 *s2);

/* Undo stage2_revoke(). No CPU uses @s2. */
void stage2_reinstate(struct stage2 *s2);

/* Give all tables back to the pool. No CPU uses @s2. */
void stage2_free(struct stage2 *s2);

/* Addresses from here on cannot be mapped on this CPU. */
uint64_t stage2_limit(void);

/* Zero [@pa, +@size), at most SCRUB_STEP bytes, down to memory that a cell sees with its caches off. */
#define SCRUB_STEP	0x40000
void memory_scrub(paddr_t pa, uint64_t size);

/* Write back and drop what caches hold of [@pa, +@size), at most SCRUB_STEP bytes, whoever uses that meanwhile. */
void memory_flush(paddr_t pa, uint64_t size);

/*
 * Copy @size bytes between @own and memory at physical @pa, in one page, whatever the caches of a cell are set to: from there, or with
 * @write to there. A CPU that has fetched instructions there drops them by cpu_resume().
 */
void memory_exchange(paddr_t pa, void *own, uint64_t size, bool write);

/*
 * Read and write the 32-bit register at physical @pa, a multiple of 4, of a device that EL2 maps only for as long. Its owner may reach
 * it only through EL2.
 */
uint32_t register_load(paddr_t pa);
void register_store(paddr_t pa, uint32_t value);

/* Make what EL2 wrote to a shared page visible to a cell with its caches off. */
void memory_publish(const void *va, size_t size);

/* The CPU that runs this. */
struct cpu *this_cpu(void);

/* Orders to a parked CPU, through its mailbox. */
enum cpu_order {
	CPU_ORDER_NONE,
	CPU_ORDER_START,	/* run cpu->cell from cpu->start_pc */
	CPU_ORDER_OFF,		/* let the firmware switch it off */
	CPU_ORDER_LOAD,		/* load cpu->cell, whose first CPU it is, from the packed image */
};

/* Write the mailbox and wake the CPU. start_pc, start_arg and cell were written before. */
void cpu_send(struct cpu *cpu, enum cpu_order order);

/*
 * Take the calling CPU from its cell: interrupts off, nothing pending or active left, state cleared. @arrived is set to
 * PT_CPU_PARKED once nothing of the cell is left and orders are listened to.
 */
void cpu_park(struct cpu *cpu, uint32_t *arrived);

/* Keep the calling CPU as its cell, not the root, has it, general registers @x; and let the cell go on with what is kept. */
void cpu_keep(struct pt_vcpu *vcpu, const uint64_t x[31]);
void cpu_resume(const struct cpu *cpu, uint64_t x[31]);

/* Take the next order to the calling CPU, which is parked, from its mailbox. */
enum cpu_order cpu_look(struct cpu *cpu);

/* Sleep until something may have happened. */
void cpu_doze(void);

/* Let all who sleep so look up, after what was stored for them. */
void cpu_rouse(void);

/* Do nothing for ever. */
__noreturn void cpu_stay(void);

/* Run @cpu->cell on the calling CPU from start_pc, as after a reset. */
__noreturn void cpu_run(struct cpu *cpu);

/* Switch the calling CPU off by the firmware, and whether the firmware says that @cpu is off. */
__noreturn void cpu_power_off(struct cpu *cpu);
bool cpu_is_off(const struct cpu *cpu);

/*
 * Leave the calling CPU to the kernel as it was found, with the general registers @x. The hypervisor is not entered on it
 * again.
 */
__noreturn void cpu_release(struct cpu *cpu, const uint64_t x[31]);

/*
 * Make a CPU that waits for an interrupt or event in its cell look up. After stage2_revoke(): whatever it was doing, it
 * comes to EL2, unless the cell is trusted to idle and has closed its interrupt mask.
 */
void cpu_kick(const struct cpu *cpu);

/* Physical address of a static object. */
paddr_t image_pa(const void *object);

/* How much of the hypervisor's memory text, data and private pages take, and its own page tables. */
uint64_t image_fixed_size(unsigned int cpu_count);
uint64_t image_table_size(unsigned int cpu_count);

/*
 * Find the interrupt controller of the board and the frames of all CPUs in cpus[]; fills in their machine
 * part. Once, on the first CPU. PT_EHW or PT_ENOMEM if this hardware will not do.
 */
enum pt_error machine_init(const struct pt_system *system) __must_check;

/* The running kernel's calling CPU, or one that was just turned on, becomes @cpu of the root: traps, stage 2. PT_EHW if it lacks something. */
enum pt_error machine_enter(struct cpu *cpu) __must_check;

/*
 * Of a boot without a kernel (boot.c). How the firmware is called, and where it is told what goes wrong: at a physical address, or
 * @mapped, for all CPUs; what kind of CPU this is,
 * MIDR_EL1 & PT_MIDR_MASK; turn a CPU on, which comes by the entry of the image: 0, or what the firmware answers; and reset the
 * board, or return where nobody can.
 */
void machine_boot(const struct pt_boot *boot, bool mapped);
uint32_t machine_cpu_type(void);
int64_t machine_cpu_on(const struct cpu *cpu, uint64_t release);
void machine_reset(void);

/* Put a byte on the UART of the boot. False where there is none, or it has not left after a bounded time. */
bool machine_say(char c);

/*
 * Write a mark to the 8 bytes at physical @pa, a multiple of 8, and see whether it is still there: an address marks itself. Where there
 * is no memory the CPU may not come back.
 */
void memory_mark(paddr_t pa);
bool memory_is_marked(paddr_t pa);

/*
 * Copy @size bytes, a multiple of 16 and at most COPY_STEP, both addresses multiples of 16, down to memory that a cell sees with its
 * caches off. Returns the CRC-32 of what was copied, appended to that of which @crc is the state, without the last inversion.
 */
#define COPY_STEP	0x3f000
uint32_t memory_copy(paddr_t to, paddr_t from, uint64_t size, uint32_t crc);

/* Ticks of a clock that does not stop, and how many a second has. */
uint64_t clock_now(void);
uint64_t clock_frequency(void);

/* What @cell needs to know of its CPUs and flags before it runs; and what the root needs when they come and go. */
void machine_cell_update(struct cell *cell);

/* Does [@base, +@size) hold a table that the root's interrupt controller writes on its own? */
bool machine_uses_memory(uint64_t base, uint64_t size);

/* Address of @cpu's own interrupt controller frame, as every cell sees it; 0: it has none. */
uint64_t machine_cpu_frame(const struct cpu *cpu);

/* Is @intid a device interrupt that this board has? */
bool irq_exists(uint32_t intid);

/* Silence @intid and note its settings; no owner sees it from here on. */
void irq_take(uint32_t intid, struct irq_settings *settings);

/* Silence @intid and route it to @cpu, with settings as after a reset. */
void irq_hand_over(uint32_t intid, const struct cpu *cpu);

/* Silence @intid, then restore @settings for the root; a route to a CPU that it has no more leads to the calling one. */
void irq_give_back(uint32_t intid, const struct irq_settings *settings);

/*
 * Route every device interrupt of the root that goes to a CPU which is not the root's (any more) to one that is. After
 * CPUs have left it.
 */
void irq_confine_root(void);

/* Make @intid pending. */
void irq_raise(uint32_t intid);

/*
 * Make @intid pending or not, after whatever the calling CPU did to it at its CPU interface. Callers that differ about
 * it hold a lock.
 */
void irq_drive(uint32_t intid, bool pending);

#endif
