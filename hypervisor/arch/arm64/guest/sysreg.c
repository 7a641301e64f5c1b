// SPDX-License-Identifier: GPL-2.0-only
/*
 * System registers that ICH_HCR_EL2.TC traps, because one of them, ICC_SGI1R_EL1, reaches other CPUs. SGIs are checked
 * against the cell's CPUs and sent on; ICC_DIR_EL1 deactivates what the cell owns; the rest is the CPU's own and
 * passed through. With a GICv2 none of them is there. ID registers, which a cell reads when it starts, are idreg.c's.
 */
#include <core/trace.h>
#include <guest/guest.h>
#include <machine/gic.h>
#include <machine/sysreg.h>

#define ICC_IAR0_EL1	SYSREG(3, 0, 12, 8, 0)
#define ICC_HPPIR0_EL1	SYSREG(3, 0, 12, 8, 2)
#define ICC_PMR_EL1	SYSREG(3, 0, 4, 6, 0)
#define ICC_DIR_EL1	SYSREG(3, 0, 12, 11, 1)
#define ICC_RPR_EL1	SYSREG(3, 0, 12, 11, 3)
#define ICC_SGI1R_EL1	SYSREG(3, 0, 12, 11, 5)
#define ICC_ASGI1R_EL1	SYSREG(3, 0, 12, 11, 6)
#define ICC_SGI0R_EL1	SYSREG(3, 0, 12, 11, 7)
#define ICC_CTLR_EL1	SYSREG(3, 0, 12, 12, 4)

#define FIRST_SPECIAL	1020
#define NO_INTERRUPT	1023

static void send(uint64_t affinity, uint64_t list, uint64_t value)
{
	write_sysreg(icc_sgi1r_el1, affinity | list | (value & SGI_INTID_MASK));
}

/* All CPUs of the cell but the one that asks. */
static void send_to_others(const struct cpu *cpu, uint64_t value)
{
	for (uint32_t i = 0; i < sgi_clusters.count; i++) {
		uint64_t list = load_relaxed(&cpu->cell->machine.sgi_list[i]);

		if (i == cpu->machine.sgi_cluster)
			list &= ~(uint64_t)cpu->machine.sgi_list;
		if (list)
			send(sgi_clusters.affinity[i], list, value);
	}
}

static void send_sgi(struct cpu *cpu, uint64_t value)
{
	uint64_t wanted = value & SGI_LIST_MASK, list = 0;
	uint32_t i = 0;

	trace_count(cpu, PT_EXIT_SGI);
	/* Stores before the SGI are seen by whoever takes it: the guest has its own barrier. */
	if (value & SGI_IRM) {
		send_to_others(cpu, value);
		return;
	}
	while (i < sgi_clusters.count && sgi_clusters.affinity[i] != (value & SGI_AFFINITY_MASK))
		i++;
	if (i < sgi_clusters.count)
		list = wanted & load_relaxed(&cpu->cell->machine.sgi_list[i]);
	if (list)
		send(value & SGI_AFFINITY_MASK, list, value);
	if (list != wanted)
		trace_count(cpu, PT_EXIT_SGI_REFUSED);
}

static void deactivate(struct cpu *cpu, uint64_t intid)
{
	if (intid >= 32 && intid < FIRST_SPECIAL && !cell_owns_spi(cpu->cell, (uint32_t)intid)) {
		trace_count(cpu, PT_EXIT_IRQ_REFUSED);
		return;
	}
	/* Extended INTIDs and LPIs are the root's. */
	if (intid >= FIRST_SPECIAL && !cell_is_root(cpu->cell))
		return;
	write_sysreg(icc_dir_el1, intid);
}

/*
 * Group 0 (ICH_HCR_EL2.TALL0): a cell has no interrupts in it. Its registers may be the firmware's, and trap to
 * EL3 if EL2 touched them on the cell's behalf.
 */
static bool is_group0(uint64_t reg)
{
	return (reg & ~SYSREG(0, 0, 0, 0, 7)) == SYSREG(3, 0, 12, 8, 0) || reg == SYSREG(3, 0, 12, 12, 6);
}

static bool write_register(struct cpu *cpu, uint64_t reg, uint64_t value)
{
	switch (reg) {
	case ICC_DIR_EL1:
		deactivate(cpu, value & 0xffffff);
		return true;
	case ICC_PMR_EL1:
		write_sysreg(icc_pmr_el1, value);
		return true;
	case ICC_CTLR_EL1:
		write_sysreg(icc_ctlr_el1, value);
		return true;
	case ICC_SGI0R_EL1:
	case ICC_ASGI1R_EL1:
		/* Groups that no cell has interrupts in. */
		trace_count(cpu, PT_EXIT_SGI_REFUSED);
		return true;
	default:
		return is_group0(reg);
	}
}

static bool read_register(uint64_t reg, uint64_t *value)
{
	switch (reg) {
	case ICC_IAR0_EL1:
	case ICC_HPPIR0_EL1:
		*value = NO_INTERRUPT;
		return true;
	case ICC_PMR_EL1:
		*value = read_sysreg(icc_pmr_el1);
		return true;
	case ICC_CTLR_EL1:
		*value = read_sysreg(icc_ctlr_el1);
		return true;
	case ICC_RPR_EL1:
		*value = read_sysreg(icc_rpr_el1);
		return true;
	default:
		*value = 0;
		return is_group0(reg);
	}
}

/* ACTLR_EL1, and CRn 11 and 15 of registers and instructions (DDI0487 C5.1.2): what they do, and to whom, nobody knows here. */
bool sysreg_is_implementation_defined(uint64_t esr)
{
	const uint64_t crn = FIELD(esr, 13, 10);

	return crn == 11 || crn == 15 || SYSREG_NAME(esr) == SYSREG(3, 0, 1, 0, 1);
}

enum pt_fault_kind sysreg_access(struct cpu *cpu, uint64_t x[31], uint64_t esr)
{
	const unsigned int rt = SYSREG_RT(esr);
	const uint64_t reg = SYSREG_NAME(esr);
	uint64_t value = rt < 31 ? x[rt] : 0;

	if (reg == ICC_SGI1R_EL1 && !(esr & SYSREG_READ) && !gic_is_v2) {
		send_sgi(cpu, value);
		return PT_FAULT_NONE;
	}
	if (esr & SYSREG_READ) {
		if ((gic_is_v2 || !read_register(reg, &value)) && !idreg_load(reg, &value))
			return PT_FAULT_SYSREG;
	} else if (gic_is_v2 || !write_register(cpu, reg, value)) {
		return PT_FAULT_SYSREG;
	}
	trace_count(cpu, PT_EXIT_SYSREG);
	if ((esr & SYSREG_READ) && rt < 31)
		x[rt] = value;
	return PT_FAULT_NONE;
}
