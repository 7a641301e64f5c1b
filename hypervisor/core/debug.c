// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell is halted as it is stopped: its stage 2 is revoked, and each of its CPUs comes to EL2 with its next instruction. Instead of
 * leaving the cell it waits there, on nobody's CPU but its own. The root gets copies, a page at most with each call, and never a map.
 *
 * Who writes cpu->halted: the CPU itself sets it when all that it was is kept; a management call clears it, and with that the CPU goes
 * on. Between the two its struct pt_vcpu is the management calls'.
 */
#include <core/debug.h>
#include <core/hypercall.h>
#include <core/trace.h>
#include <lib/string.h>

static bool allows(const struct cell *cell, uint32_t flag)
{
	return cell->blob->flags & flag;
}

/* Do these CPUs of the cell execute nothing of it? Each waits at EL2, or is off. */
static bool at_rest(const struct cell *cell, uint64_t which)
{
	for (unsigned int n = 0; n < status.cpu_count; n++) {
		const uint32_t state = (cell->cpus & which & BIT(n)) ? load_acquire(&cpus[n].status->state) : PT_CPU_PARKED;

		if (state != PT_CPU_PARKED && !(state == PT_CPU_RUNNING && load_acquire(&cpus[n].halted)))
			return false;
	}
	return true;
}

static enum pt_error may_access(const struct cell *cell, bool write, uint64_t which)
{
	const uint32_t state = load_acquire(&cell->status->state);
	const bool runs = state == PT_CELL_RUNNING;

	if (!allows(cell, runs ? PT_CELL_DEBUG : PT_CELL_DUMP))
		return PT_EPERM;
	if (runs ? !cell->debugged : write || state < PT_CELL_RUNNING)
		return PT_ESTATE;
	if (cell->scrubbed || cell->scrub_region || cell->scrub_offset)
		return PT_ESTATE;
	return at_rest(cell, which) ? PT_OK : runs ? PT_ESTATE : PT_AGAIN;
}

static int64_t inspect(const struct cell *cell, uint64_t ipa, uint64_t size, bool write)
{
	if (size > PT_PAGE_SIZE - ipa % PT_PAGE_SIZE)
		return PT_EINVAL;
	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_region *r = &cell->regions[i];

		/* Regions are whole pages. What is shared is its neighbours' too. */
		if ((r->flags & (PT_REGION_DEVICE | PT_REGION_SHARED)) || ipa < r->ipa || ipa - r->ipa >= r->size)
			continue;
		memory_exchange(PA(r->pa + (ipa - r->ipa)), hypercall_page, size, write);
		return PT_OK;
	}
	return PT_EINVAL;
}

static int64_t exchange_vcpu(struct pt_vcpu *vcpu, bool write)
{
	const uint64_t mode = vcpu->pstate & PT_PSTATE_MODE;

	memcpy(write ? (void *)vcpu : hypercall_page, write ? hypercall_page : (void *)vcpu, sizeof(*vcpu));
	/* In the copy, which nobody changes any more: no CPU of a cell gets to EL2 by what the root has written. */
	vcpu->pstate = (vcpu->pstate & ~PT_PSTATE_MODE) | mode;
	return PT_OK;
}

static void halt(struct cell *cell, bool kick)
{
	store_release(&cell->halted, true);
	stage2_revoke(&cell->stage2);
	for (unsigned int n = 0; n < status.cpu_count; n++)
		if (kick && cell_owns_cpu(cell, n) && load_acquire(&cpus[n].status->state) == PT_CPU_RUNNING &&
		    !load_acquire(&cpus[n].halted))
			cpu_kick(&cpus[n]);
}

/* In this order: a CPU that goes on while the cell has no stage 2 comes back, and must find it halted then. */
static void release(struct cell *cell, bool all)
{
	stage2_reinstate(&cell->stage2);
	store_release(&cell->halted, false);
	if (all)
		store_release(&cell->debugged, false);
	for (unsigned int n = 0; n < status.cpu_count; n++)
		if (cell_owns_cpu(cell, n) && (all || !(cpus[n].vcpu->flags & PT_VCPU_HOLD)))
			store_release(&cpus[n].halted, false);
	/* Whoever ended it meanwhile has revoked what is valid again. */
	if (!cell_running(cell))
		stage2_revoke(&cell->stage2);
	cpu_rouse();
}

static int64_t control(struct cell *cell, uint64_t verb)
{
	if (verb > PT_DEBUG_DETACH)
		return PT_EINVAL;
	/* Who has halted it must be able to let it go on, whatever is allowed since. */
	if (verb <= PT_DEBUG_KICK && !allows(cell, PT_CELL_DEBUG))
		return PT_EPERM;
	if (!cell_running(cell)) {
		if (verb != PT_DEBUG_DETACH)
			return PT_ESTATE;
		cell->debugged = false;
		return PT_OK;
	}
	if (verb <= PT_DEBUG_KICK) {
		store_release(&cell->debugged, true);
		halt(cell, verb == PT_DEBUG_KICK);
		return at_rest(cell, cell->cpus) ? PT_OK : PT_AGAIN;
	}
	/* A CPU that never wakes must not keep the others. */
	if (verb == PT_DEBUG_RESUME && !(cell->debugged && at_rest(cell, cell->cpus)))
		return PT_ESTATE;
	release(cell, verb == PT_DEBUG_DETACH);
	return PT_OK;
}

int64_t debug_call(struct cell *cell, const uint64_t x[31])
{
	const uint32_t function = call_function(x);
	const uint64_t write = function == PT_HC_CELL_INSPECT ? x[4] : x[3];
	enum pt_error error;

	if (!cell)
		return PT_ENOCELL;
	if (function == PT_HC_CELL_DEBUG)
		return control(cell, x[2]);
	if (write > 1 || (function == PT_HC_CELL_VCPU && (x[2] >= PT_MAX_CPUS || !(cell->cpus & BIT(x[2])))))
		return PT_EINVAL;
	error = may_access(cell, write, function == PT_HC_CELL_VCPU ? BIT(x[2]) : cell->cpus);
	if (error != PT_OK)
		return error;
	return function == PT_HC_CELL_VCPU ? exchange_vcpu(cpus[x[2]].vcpu, write) : inspect(cell, x[2], x[3], write);
}

void debug_keep(struct cpu *cpu, const uint64_t x[31])
{
	if (cpu->vcpu)
		cpu_keep(cpu->vcpu, x);
}

static void wait(struct cpu *cpu, uint64_t x[31], bool tell)
{
	debug_keep(cpu, x);
	store_release(&cpu->halted, true);
	if (tell)
		trace_cell_changed();
	while (load_acquire(&cpu->halted) && load_acquire(&cpu->cell->debugged) && cell_running(cpu->cell))
		cpu_doze();
	if (!cell_running(cpu->cell))
		cell_cpu_leave(cpu);
	cpu_resume(cpu, x);
}

bool debug_wait(struct cpu *cpu, uint64_t x[31])
{
	if (!load_acquire(&cpu->cell->halted))
		return false;
	wait(cpu, x, false);
	return true;
}

bool debug_stop(struct cpu *cpu, uint64_t x[31])
{
	if (!load_relaxed(&cpu->cell->debugged))
		return false;
	halt(cpu->cell, false);
	wait(cpu, x, true);
	return true;
}
