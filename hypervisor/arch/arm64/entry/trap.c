// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the vector to the room that knows: one switch on the exception class. What no room accepts ends the cell that
 * did it; to the root, which cannot be ended alone, it is reported as the exception that real hardware would raise.
 */
#include <core/boot.h>
#include <core/console.h>
#include <core/debug.h>
#include <core/fault.h>
#include <core/hypercall.h>
#include <core/ownership.h>
#include <core/trace.h>
#include <entry/entry.h>
#include <guest/guest.h>
#include <lib/string.h>
#include <machine/cpu.h>
#include <machine/gic.h>
#include <machine/sysreg.h>

/* The numbers of the kernel's own EL2 stub (Linux, asm/virt.h), and its answer to what it does not know. */
#define STUB_CALLS	4
#define STUB_REFUSED	0xbadca11

/*
 * What KVM asks of its own half at EL2 (asm/kvm_asm.h). KVM warns about a call that fails, but knows the answer that EL2 is
 * the stub's again, which makes KVM_RUN return KVM_EXIT_FAIL_ENTRY: it gets that.
 */
#define KVM_CALLS	0xc6000000u
#define KVM_CALLS_MASK	0xffu

/* SMCCC's architecture service and its standard one, PSCI in it (DEN0028 2.5): owners 0 and 4, of either width. */
#define STANDARD_CALLS		0x80000000u
#define STANDARD_CALLS_MASK	0xbb000000u

static void skip_instruction(void)
{
	write_sysreg(elr_el2, read_sysreg(elr_el2) + 4);
}

/* HPFAR_EL2.FIPA holds bits 47:12; the offset in the page is the same as in the virtual address. */
static uint64_t fault_ipa(void)
{
	return FIELD(read_sysreg(hpfar_el2), 39, 4) << 12 | FIELD(read_sysreg(far_el2), 11, 0);
}

static __noreturn void end_cell(struct cpu *cpu, const uint64_t x[31], enum pt_fault_kind kind, uint64_t ipa)
{
	struct pt_fault fault = {
		.kind = kind,
		.esr = read_sysreg(esr_el2),
		.far = read_sysreg(far_el2),
		.ipa = ipa,
		.pc = read_sysreg(elr_el2),
		.pstate = read_sysreg(spsr_el2),
	};

	memcpy(fault.x, x, sizeof(fault.x));
	debug_keep(cpu, x);
	fault_cell(cpu, &fault);
}

static void wfx(struct cpu *cpu, uint64_t esr)
{
	trace_count(cpu, PT_EXIT_WFI);
	/* WFIT may end at any time: it ends at once, rather than too late. */
	if (ESR_WFX_TI(esr) == 0)
		gic_wait_for_interrupt();
}

/*
 * What a running cell does in the ordinary course, all of it: anything but PT_FAULT_NONE means that nothing has been done, or
 * counted.
 */
static inline enum pt_fault_kind serve(struct cpu *cpu, uint64_t x[31], uint64_t esr)
{
	enum pt_fault_kind kind = PT_FAULT_NONE;

	switch (ESR_EC(esr)) {
	case EC_HVC64:
		if (!hypercall_query(x))
			return PT_FAULT_UNKNOWN;
		trace_count(cpu, PT_EXIT_HVC);
		return PT_FAULT_NONE;
	case EC_SMC64:
		trace_count(cpu, PT_EXIT_SMC);
		smc_call(cpu, x);
		break;
	case EC_SYSREG:
		kind = sysreg_access(cpu, x, esr);
		break;
	case EC_DABT_LOWER:
		if (unlikely(!FSC_TRANSLATION(ABT_FSC(esr))))
			return PT_FAULT_MEMORY;
		kind = mmio_access(cpu, x, esr, fault_ipa());
		break;
	case EC_WFX:
		wfx(cpu, esr);
		break;
	default:
		return PT_FAULT_UNKNOWN;
	}
	if (unlikely(kind != PT_FAULT_NONE))
		return kind;
	skip_instruction();
	return PT_FAULT_NONE;
}

/* Is the register that the instruction names one of those that the short way has saved, or none (31)? */
static bool at_hand(uint64_t esr)
{
	unsigned int n = 0;

	if (ESR_EC(esr) == EC_SYSREG)
		n = SYSREG_RT(esr);
	else if (ESR_EC(esr) == EC_DABT_LOWER)
		n = ABT_SRT(esr);
	return n <= 11 || n == 31;
}

_Static_assert(PT_FAULT_NONE == 0, "vectors.S compares with zero");

enum pt_fault_kind trap_short(struct cpu *cpu, uint64_t x[31], uint64_t esr)
{
	if (unlikely(!at_hand(esr)))
		return PT_FAULT_UNKNOWN;
	return serve(cpu, x, esr);
}

static void memory_fault(struct cpu *cpu, uint64_t x[31], uint64_t esr, enum pt_fault_kind kind)
{
	/*
	 * After a permission fault of the access itself HPFAR_EL2 holds nothing (DDI0487, HPFAR_EL2), and walking the
	 * guest's tables to find out could abort at EL2: such a fault has no address but FAR_EL2.
	 */
	const bool unknown = FSC_PERMISSION(ABT_FSC(esr)) && !(esr & ABT_S1PTW);
	const uint64_t ipa = unknown ? 0 : fault_ipa();

	if (debug_wait(cpu, x))
		return;
	trace_count(cpu, PT_EXIT_STAGE2);
	if (!cell_is_root(cpu->cell))
		end_cell(cpu, x, kind, ipa);
	/* An entry that was just being split is there again when the instruction is repeated. */
	if (!(FSC_TRANSLATION(ABT_FSC(esr)) && ownership_root_has(ipa)))
		inject_abort(esr, read_sysreg(far_el2));
}

static bool from_el0(void)
{
	const uint64_t spsr = read_sysreg(spsr_el2);

	return (spsr & SPSR_AARCH32) || !(spsr & SPSR_M_MASK);
}

/* DC ISW, CSW, CISW (op0 1, CRn 7). */
static bool is_set_way(uint64_t esr)
{
	uint64_t reg = SYSREG_NAME(esr);

	return reg == SYSREG(1, 0, 7, 6, 2) || reg == SYSREG(1, 0, 7, 10, 2) || reg == SYSREG(1, 0, 7, 14, 2);
}

/*
 * What stands at a set and a way may be a neighbour's. Whoever uses these goes through all sets and ways, to have all of
 * his memory written back and dropped: that is done by address, when he comes to set 0 of way 0, once a level. One step; until
 * the last is done the instruction is repeated, with interrupts taken in between.
 */
static void set_way(struct cpu *cpu, const uint64_t x[31], uint64_t esr)
{
	const unsigned int rt = SYSREG_RT(esr);

	trace_count(cpu, PT_EXIT_SYSREG);
	if ((rt < 31 && FIELD(x[rt], 31, 4)) || cell_flush_step(cpu))
		skip_instruction();
}

/* @harmless: to a cell too, it is an instruction that its CPU does not have. */
static void undefined(struct cpu *cpu, uint64_t x[31], enum pt_exit reason, enum pt_fault_kind kind, bool harmless)
{
	trace_count(cpu, reason);
	/* What a program has done is for the cell's own kernel to judge. */
	if (!harmless && !cell_is_root(cpu->cell) && !from_el0())
		end_cell(cpu, x, kind, 0);
	inject_undefined();
}

/* Debug registers of a cell that is debugged: there is nothing in them, and they keep nothing. */
static void ignored(struct cpu *cpu, uint64_t x[31], uint64_t esr)
{
	const unsigned int rt = SYSREG_RT(esr);

	trace_count(cpu, PT_EXIT_SYSREG);
	if ((esr & SYSREG_READ) && rt < 31)
		x[rt] = 0;
	skip_instruction();
}

static void sysreg(struct cpu *cpu, uint64_t x[31], uint64_t esr)
{
	if (is_set_way(esr) && !cell_is_root(cpu->cell))
		set_way(cpu, x, esr);
	else if (SYSREG_OP0(esr) == SYSREG_DEBUG && cpu->cell->debugged)
		ignored(cpu, x, esr);
	else
		undefined(cpu, x, PT_EXIT_SYSREG, PT_FAULT_SYSREG, !sysreg_is_implementation_defined(esr));
}

/* What is not a hypercall of ours: the calls of a kernel that believes that EL2 is its own. */
static void hvc(struct cpu *cpu, uint64_t x[31])
{
	trace_count(cpu, PT_EXIT_HVC);
	if ((uint32_t)x[0] < STUB_CALLS) {
		x[0] = STUB_REFUSED;
	} else if ((call_function(x) & ~KVM_CALLS_MASK) == KVM_CALLS && cell_is_root(cpu->cell)) {
		x[0] = 0;
		x[1] = STUB_REFUSED;
	} else if ((call_function(x) & STANDARD_CALLS_MASK) == STANDARD_CALLS && !cell_is_root(cpu->cell)) {
		/* By HVC too: so call programs that were written for a machine without EL2. */
		smc_call(cpu, x);
	} else if (call_function(x) == PT_HC_UART_INPUT) {
		pl011_input(cpu, x);
	} else {
		hypercall(cpu, x);
	}
}

void trap_sync(struct cpu *cpu, uint64_t x[31], uint64_t esr)
{
	const enum pt_fault_kind kind = serve(cpu, x, esr);

	if (kind == PT_FAULT_NONE)
		return;
	/* A cell that is over has lost its stage 2; what it reached until here was still its own. */
	if (!cell_running(cpu->cell)) {
		debug_keep(cpu, x);
		cell_cpu_leave(cpu);
	}
	if (load_acquire(&cpu->cell->storms))
		end_cell(cpu, x, PT_FAULT_EXITS, 0);
	switch (ESR_EC(esr)) {
	case EC_HVC64:
		hvc(cpu, x);
		break;
	case EC_SYSREG:
		sysreg(cpu, x, esr);
		break;
	case EC_DABT_LOWER:
		memory_fault(cpu, x, esr, kind);
		break;
	case EC_IABT_LOWER:
		memory_fault(cpu, x, esr, PT_FAULT_MEMORY);
		break;
	case EC_FP:
	case EC_PAUTH:
	case EC_LS64:
	case EC_SYSREG128:
	case EC_SVE:
	case EC_SME:
		/* What its CPU does not offer to a cell. */
		undefined(cpu, x, PT_EXIT_OTHER, PT_FAULT_UNKNOWN, true);
		break;
	case EC_BREAKPOINT:
	case EC_STEP:
	case EC_WATCHPOINT:
	case EC_BKPT32:
	case EC_BRK:
		if (!debug_stop(cpu, x))
			undefined(cpu, x, PT_EXIT_OTHER, PT_FAULT_UNKNOWN, false);
		break;
	default:
		undefined(cpu, x, PT_EXIT_OTHER, PT_FAULT_UNKNOWN, false);
		break;
	}
}

/*
 * A program in AArch32. Its instructions can have two bytes and conditions from an IT instruction, and what skipped one took it
 * for four of A64 (DDI0487, AArch32.ITAdvance).
 */
void trap_sync_aarch32(struct cpu *cpu, uint64_t x[31], unsigned int vector)
{
	const uint64_t esr = read_sysreg(esr_el2), pc = read_sysreg(elr_el2);
	uint64_t spsr, it;

	(void)vector;
	trap_sync(cpu, x, esr);
	spsr = read_sysreg(spsr_el2);
	if (!(spsr & SPSR_AARCH32) || read_sysreg(elr_el2) == pc)
		return;
	it = FIELD(spsr, 15, 10) << 2 | FIELD(spsr, 26, 25);
	it = (it & 7) ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	write_sysreg(spsr_el2, (spsr & ~SPSR_IT_MASK) | (it >> 2) << 10 | (it & 3) << 25);
	write_sysreg(elr_el2, pc + ((esr & ESR_IL) ? 4 : 2));
}

void trap_serror(struct cpu *cpu, uint64_t x[31])
{
	trace_count(cpu, PT_EXIT_SERROR);
	if (!cell_is_root(cpu->cell))
		end_cell(cpu, x, PT_FAULT_SERROR, 0);
	inject_serror();
}

/* EL2 lets SErrors in only while a CPU is parked, to be rid of one that its cell has left behind. */
void trap_own_serror(const void *unset, uint64_t x[31])
{
	if (!cpu_is_draining())
		trap_panic(unset, x, 7);
}

uint64_t __stack_chk_guard;

/* What the compiler calls where a function finds its frame written over. */
__noreturn void __stack_chk_fail(void)
{
	console_announce("partita: panic: a stack was written over, found at %lx", (uint64_t)__builtin_return_address(0));
	boot_rescue();
}

/* A bug of ours. No cell can get here; the CPU stays where it is so that the others may tell the tale. */
__noreturn void trap_panic(const void *unset, const uint64_t x[31], unsigned int vector)
{
	(void)unset;
	console_announce("partita: panic: vector %u, syndrome %lx, address %lx, pc %lx, x0 %lx, x30 %lx", vector,
		      read_sysreg(esr_el2), read_sysreg(far_el2), read_sysreg(elr_el2), x[0], x[30]);
	boot_rescue();
}
