// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root owns all that the board has; then the hypervisor takes its own memory away from it, and the interrupt controller's
 * frames, whose accesses are served. Undoing this is easy at any time: nothing of the root's was changed
 * but what a CPU may do, and each CPU puts that back itself.
 */
#include <core/blob.h>
#include <core/console.h>
#include <core/enable.h>
#include <core/hypercall.h>
#include <core/ownership.h>
#include <core/trace.h>
#include <lib/pool.h>
#include <lib/string.h>

static bool ending;

static void make_cpus(const struct pt_system *system)
{
	const uint64_t *mpidrs = blob_entries(system, system->cpus);

	status.cpu_count = system->cpus.count;
	for (unsigned int n = 0; n < system->cpus.count; n++) {
		cpus[n].number = n;
		cpus[n].mpidr = mpidrs[n];
		cpus[n].cell = &cells[PT_ROOT_CELL];
		cpus[n].status = &status.cpus[n];
		cpus[n].status->mpidr = mpidrs[n];
		cpus[n].exit_step = 1;
		cells[PT_ROOT_CELL].cpus |= BIT(n);
	}
	cells[PT_ROOT_CELL].status->cpus = cells[PT_ROOT_CELL].cpus;
}

static void make_cells(const struct pt_system *system, bool booted)
{
	struct cell *root = &cells[PT_ROOT_CELL];

	for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
		cells[i].id = i;
		cells[i].status = &status.cells[i];
	}
	if (!booted) {
		memcpy(root->status->name, system->name, PT_NAME_SIZE);
		root->status->state = PT_CELL_RUNNING;
		root->event_spi = system->event_spi;
	}
	for (unsigned int word = 1; word < ARRAY_SIZE(root->spis); word++)
		root->spis[word] = ~0u;
}

/* What the root may read or write of the hypervisor's memory. */
static bool show_to_root(struct stage2 *s2, const void *own, uint64_t size, unsigned int access)
{
	const uint64_t pa = image_pa(own).pa;

	return stage2_map(s2, IPA(pa), PA(pa), size, access);
}

static bool hide_ranges(struct stage2 *s2, const struct pt_system *system, struct pt_table table)
{
	const struct pt_range *r = blob_entries(system, table);

	for (uint32_t i = 0; i < table.count; i++)
		if (!stage2_unmap(s2, IPA(r[i].base), r[i].size))
			return false;
	return true;
}

static bool make_root_map(const struct pt_system *system)
{
	struct stage2 *s2 = &cells[PT_ROOT_CELL].stage2;

	return stage2_init(s2, PT_ROOT_CELL + 1) &&
	       stage2_map(s2, IPA(0), PA(0), stage2_limit(), STAGE2_WRITE | STAGE2_EXEC) &&
	       stage2_unmap(s2, IPA(board.hypervisor), board.hypervisor_size) &&
	       stage2_unmap(s2, IPA(system->gicd.base), system->gicd.size) && hide_ranges(s2, system, system->gicr) &&
	       show_to_root(s2, &status, sizeof(status), 0) &&
	       show_to_root(s2, console_ring, sizeof(console_ring), 0) &&
	       show_to_root(s2, hypercall_page, sizeof(hypercall_page), STAGE2_WRITE);
}

enum pt_error enable_board(const struct pt_system *system, paddr_t memory, uint64_t size, bool booted)
{
	enum pt_error error;

	board.system = system;
	board.hypervisor = memory.pa;
	board.hypervisor_size = size;
	ending = false;
	make_cells(system, booted);
	make_cpus(system);
	error = machine_init(system);
	if (error != PT_OK)
		return error;
	machine_cell_update(&cells[PT_ROOT_CELL]);
	if (!booted && !make_root_map(system))
		return PT_ENOMEM;

	status.magic = PT_STATUS_MAGIC;
	status.version = PT_ABI_VERSION;
	status.call_page = image_pa(hypercall_page).pa;
	status.console = image_pa(console_ring).pa;
	status.memory_size = size;
	status.fixed_size = image_fixed_size(system->cpus.count);
	trace_memory();
	return PT_OK;
}

enum pt_error enable_cpu(unsigned int number)
{
	enum pt_error error = machine_enter(&cpus[number]);

	if (error == PT_OK)
		store_release(&cpus[number].status->state, PT_CPU_RUNNING);
	return error;
}

bool enable_is_ending(void)
{
	return ending;
}

static bool any_cell(void)
{
	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++)
		if (cell_exists(&cells[i]))
			return true;
	return false;
}

int64_t enable_leave(struct cpu *cpu)
{
	if (any_cell())
		return PT_EBUSY;
	/* A CPU that has left can reach everything: from now on there must be nothing worth reaching. */
	ending = true;
	store_release(&cpu->status->state, PT_CPU_ABSENT);
	return PT_OK;
}

int64_t enable_end(struct cpu *cpu)
{
	int64_t result = PT_OK;

	if (any_cell())
		return PT_EBUSY;
	ending = true;
	/* CPUs that Linux took offline wait in our memory: the firmware must take them before it goes. */
	for (unsigned int n = 0; n < status.cpu_count; n++) {
		struct cpu *other = &cpus[n];

		if (other == cpu)
			continue;
		if (compare_and_swap(&other->status->state, PT_CPU_PARKED, PT_CPU_OFF))
			cpu_send(other, CPU_ORDER_OFF);
		if (load_acquire(&other->status->state) == PT_CPU_OFF && !cpu_is_off(other))
			result = PT_AGAIN;
	}
	return result;
}
