// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load or store that stage 2 has stopped in the interrupt controller. The syndrome tells everything about a plain
 * load or store; instructions that it says nothing of (pairs, write-back, SIMD, exclusives) are not decoded: no
 * driver uses them on registers, and a decoder would be code that a guest feeds.
 */
#include <core/blob.h>
#include <core/ownership.h>
#include <core/trace.h>
#include <guest/guest.h>
#include <machine/gic_regs.h>
#include <machine/sysreg.h>

static uint64_t get(const uint64_t x[31], unsigned int n, unsigned int size)
{
	uint64_t value = n < 31 ? x[n] : 0;

	return size == 8 ? value : value & (BIT(8 * size) - 1);
}

static void set(uint64_t x[31], unsigned int n, const struct mmio *m, uint64_t esr)
{
	const unsigned int unused = 64 - 8 * m->size;
	uint64_t value = m->value << unused >> unused;

	if (esr & ABT_SSE)
		value = (uint64_t)((int64_t)(m->value << unused) >> unused);
	if (!(esr & ABT_SF))
		value &= MASK(31, 0);
	if (n < 31)
		x[n] = value;
}

static bool in_redistributors(uint64_t ipa)
{
	const struct pt_system *system = board.system;
	const struct pt_range *r = blob_entries(system, system->gicr);

	for (uint32_t i = 0; i < system->gicr.count; i++)
		if (ipa - r[i].base < r[i].size)
			return true;
	return false;
}

enum pt_fault_kind mmio_access(struct cpu *cpu, uint64_t x[31], uint64_t esr, uint64_t ipa)
{
	const uint64_t in_distributor = ipa - board.system->gicd.base;
	const bool distributor = in_distributor < board.system->gicd.size;
	struct mmio m = { .address = ipa, .size = 1u << ABT_SAS(esr), .write = esr & ABT_WNR };

	if (!distributor && !in_redistributors(ipa))
		return PT_FAULT_MEMORY;
	trace_count(cpu, distributor ? PT_EXIT_GICD : PT_EXIT_GICR);
	if (!(esr & ABT_ISV))
		return PT_FAULT_DECODE;
	if (ipa % m.size)
		return PT_FAULT_GIC;
	if (m.write)
		m.value = get(x, ABT_SRT(esr), m.size);
	if (distributor)
		gicd_access(cpu, &m, in_distributor);
	else if (!gicr_access(cpu, &m))
		return PT_FAULT_GIC;
	if (!m.write)
		set(x, ABT_SRT(esr), &m, esr);
	return PT_FAULT_NONE;
}
