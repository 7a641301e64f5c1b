// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load or store that stage 2 has stopped in the interrupt controller, a UART or PCI configuration space. The syndrome
 * tells everything about a plain load or store; instructions that it says nothing of (pairs, write-back, SIMD, exclusives)
 * are not decoded: no driver uses them on registers, and a decoder would be code that a guest feeds.
 */
#include <core/blob.h>
#include <core/ownership.h>
#include <core/trace.h>
#include <guest/guest.h>
#include <machine/gic_regs.h>
#include <machine/sysreg.h>

static uint64_t get(const uint64_t x[31], uint64_t esr)
{
	const unsigned int n = ABT_SRT(esr);

	return n < 31 ? x[n] : 0;
}

static __noinline uint64_t sign_extend(uint64_t esr, uint64_t value)
{
	const unsigned int unused = 64 - 8 * ABT_SIZE(esr);

	value = (uint64_t)((int64_t)(value << unused) >> unused);
	return (esr & ABT_SF) ? value : value & MASK(31, 0);
}

static void set(uint64_t x[31], uint64_t esr, uint64_t value)
{
	const unsigned int n = ABT_SRT(esr);

	if (unlikely((esr & ABT_SSE) != 0))
		value = sign_extend(esr, value);
	if (n < 31)
		x[n] = value;
}

/* @frame: whose redistributor; NULL: the distributor. */
static enum pt_fault_kind access(struct cpu *cpu, uint64_t x[31], uint64_t esr, const struct cpu *frame, uint64_t offset)
{
	const unsigned int size = ABT_SIZE(esr);

	if (unlikely(!(esr & ABT_ISV)))
		return PT_FAULT_DECODE;
	if (unlikely((offset & (size - 1)) != 0))
		return PT_FAULT_GIC;
	if (frame) {
		trace_count(cpu, PT_EXIT_GICR);
		if (esr & ABT_WNR)
			gicr_store(frame, offset, size, get(x, esr));
		else
			set(x, esr, gicr_load(frame, offset, size));
		return PT_FAULT_NONE;
	}
	trace_count(cpu, PT_EXIT_GICD);
	if (esr & ABT_WNR)
		gicd_store(cpu, offset, size, get(x, esr));
	else
		set(x, esr, gicd_load(cpu, offset, size));
	return PT_FAULT_NONE;
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

/* @pci: configuration space; otherwise the UART. */
static enum pt_fault_kind served_access(struct cpu *cpu, uint64_t x[31], uint64_t esr, uint64_t ipa, bool pci)
{
	const uint64_t offset = ipa % PT_PAGE_SIZE;
	const unsigned int size = ABT_SIZE(esr);

	if (!(esr & ABT_ISV))
		return PT_FAULT_DECODE;
	trace_count(cpu, pci ? PT_EXIT_PCI : PT_EXIT_UART);
	if (!(esr & ABT_WNR))
		set(x, esr, pci ? pci_load(cpu->cell, ipa, size) : pl011_load(cpu->cell, offset, size));
	else if (pci)
		pci_store(cpu->cell, ipa, size, get(x, esr));
	else
		pl011_store(cpu->cell, offset, size, get(x, esr));
	return PT_FAULT_NONE;
}

/* The UART; another CPU's redistributor; PCI; or none: a frame may be of a CPU that the board does not name. */
static __noinline enum pt_fault_kind other_access(struct cpu *cpu, uint64_t x[31], uint64_t esr, uint64_t ipa)
{
	const struct uart *uart = &cpu->cell->uart;
	const struct cpu *owner;
	uint64_t offset;

	if (uart->base && ipa - uart->base < PT_PAGE_SIZE)
		return served_access(cpu, x, esr, ipa, false);
	owner = gicr_owner(ipa);
	if (!owner && pci_decodes(cpu->cell, ipa))
		return served_access(cpu, x, esr, ipa, true);
	if (!owner)
		return in_redistributors(ipa) ? PT_FAULT_GIC : PT_FAULT_MEMORY;
	offset = ipa - owner->machine.gicr_pa.pa;
	if (!cell_owns_cpu(cpu->cell, owner->number) &&
	    !((esr & ABT_WNR) ? gicr_ignores(offset) : gicr_identifies(offset)))
		return PT_FAULT_GIC;
	return access(cpu, x, esr, owner, offset);
}

enum pt_fault_kind mmio_access(struct cpu *cpu, uint64_t x[31], uint64_t esr, uint64_t ipa)
{
	const uint64_t in_gicd = ipa - board.system->gicd.base, in_gicr = ipa - cpu->machine.gicr_pa.pa;

	if (in_gicd < board.system->gicd.size)
		return access(cpu, x, esr, NULL, in_gicd);
	if (in_gicr < cpu->machine.gicr_size)
		return access(cpu, x, esr, cpu, in_gicr);
	return other_access(cpu, x, esr, ipa);
}
