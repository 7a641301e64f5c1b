// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a cell. A management call does one bounded step and answers PT_AGAIN while there is more to do; it never
 * waits for a cell's CPU. Nothing here runs on another cell's CPUs, and the root's go on.
 *
 * Memory is scrubbed while nobody but EL2 can reach it: before the root may load (it held the root's data, or
 * a former run's) and before the root gets it back. Shared memory the root never sees in between; who is the first of
 * its cells to get loadable scrubs it, and who is the last to be destroyed.
 */
#include <core/blob.h>
#include <core/boot.h>
#include <core/cell.h>
#include <core/hypercall.h>
#include <core/manage.h>
#include <core/ownership.h>
#include <core/pci.h>
#include <core/trace.h>
#include <lib/pool.h>
#include <lib/string.h>

#define COMM_PAGES	(PT_COMM_SIZE / PT_PAGE_SIZE)
#define KEPT_FLAGS	(PT_CELL_DEBUG | PT_CELL_DUMP)

struct cell cells[PT_MAX_CELLS];
struct cpu cpus[PT_MAX_CPUS];

static struct cell *const root = &cells[PT_ROOT_CELL];

static struct pt_info *info_of(const struct cell *cell)
{
	return (struct pt_info *)(cell->comm + PT_COMM_INFO);
}

struct cpu *cell_cpu_by_mpidr(const struct cell *cell, uint64_t mpidr)
{
	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		if (cell_owns_cpu(cell, n) && cpus[n].mpidr == (mpidr & PT_MPIDR_MASK))
			return &cpus[n];
	return NULL;
}

struct cpu *cell_first_cpu(const struct cell *cell)
{
	return cell_cpu_by_mpidr(cell, *(const uint64_t *)blob_entries(cell->blob, cell->blob->cpus));
}

static void set_state(struct cell *cell, uint32_t state)
{
	store_release(&cell->status->state, state);
	trace_cell_changed();
}

/*
 * Have all CPUs of a cell that is over arrived? One that has not is kicked again: a sibling's last write to its
 * redistributor may have undone the first kick.
 */
static bool all_parked(const struct cell *cell)
{
	bool all = true;

	for (unsigned int n = 0; n < status.cpu_count; n++) {
		uint32_t state = cell_owns_cpu(cell, n) ? load_acquire(&cpus[n].status->state) : PT_CPU_PARKED;

		if (state == PT_CPU_RUNNING)
			cpu_kick(&cpus[n]);
		if (state != PT_CPU_PARKED)
			all = false;
	}
	return all;
}

static bool is_ram(const struct pt_region *r)
{
	return !(r->flags & PT_REGION_DEVICE);
}

/* The RAM of a loadable cell that the root sees, until it starts. */
static bool is_lent(const struct pt_region *r)
{
	return !(r->flags & (PT_REGION_DEVICE | PT_REGION_SHARED));
}

/* Does a cell beside @cell, one that has come to @state or further, have @r too? */
static bool shared_with(const struct cell *cell, const struct pt_region *r, uint32_t state)
{
	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++)
		if (&cells[i] != cell && load_acquire(&cells[i].status->state) >= state &&
		    ownership_shares(&cells[i], r))
			return true;
	return false;
}

static void give_to_root(const struct cell *cell, const struct pt_region *r)
{
	if (!shared_with(cell, r, PT_CELL_CREATED))
		stage2_restore_identity(&root->stage2, IPA(r->pa), r->size);
}

/* Take memory from the root: all of it, or only what it was lent. False: the pool is empty, nothing is taken. */
static bool take_from_root(const struct cell *cell, bool all)
{
	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_region *r = &cell->regions[i];

		if ((!is_lent(r) && !all) || stage2_unmap(&root->stage2, IPA(r->pa), r->size))
			continue;
		while (i--)
			if (is_lent(&cell->regions[i]) || all)
				give_to_root(cell, &cell->regions[i]);
		return false;
	}
	return true;
}

static void lend_to_root(const struct cell *cell)
{
	for (uint32_t i = 0; i < cell->region_count; i++)
		if (is_lent(&cell->regions[i]))
			stage2_lend_identity(&root->stage2, IPA(cell->regions[i].pa), cell->regions[i].size);
}

/* The cell reads page 0 and writes the others; uncached, as its managers see them. */
static bool map_comm(struct cell *cell)
{
	const uint64_t pa = pool_pa(cell->comm).pa, ipa = cell->blob->comm;
	const uint64_t shared = cell->blob->uart ? PT_COMM_CONSOLE : PT_COMM_SIZE;

	return stage2_map(&cell->stage2, IPA(ipa), PA(pa), PT_PAGE_SIZE, STAGE2_UNCACHED) &&
	       stage2_map(&cell->stage2, IPA(ipa + PT_COMM_REPORT), PA(pa + PT_COMM_REPORT),
			  shared - PT_COMM_REPORT, STAGE2_WRITE | STAGE2_UNCACHED);
}

static bool is_pci(const struct pt_region *r)
{
	return r->flags & PT_REGION_PCI;
}

static bool map_regions(struct cell *cell)
{
	const struct pt_range *gicc = &board.system->gicc;

	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_region *r = &cell->regions[i];
		unsigned int access = ((r->flags & PT_REGION_WRITE) ? STAGE2_WRITE : 0) |
				      ((r->flags & PT_REGION_EXEC) ? STAGE2_EXEC : 0) | (is_ram(r) ? 0 : STAGE2_DEVICE);

		if (!is_pci(r) && !stage2_map(&cell->stage2, IPA(r->ipa), PA(r->pa), r->size, access))
			return false;
	}
	/* Each CPU sees its own interface there, whoever's it is. */
	return !gicc->size ||
	       stage2_map(&cell->stage2, IPA(gicc->base), PA(gicc->base), gicc->size, STAGE2_WRITE | STAGE2_DEVICE);
}

static void fill_info(const struct cell *cell)
{
	const uint64_t *mpidrs = blob_entries(cell->blob, cell->blob->cpus);
	struct pt_info *info = info_of(cell);

	info->magic = PT_INFO_MAGIC;
	info->version = PT_ABI_VERSION;
	info->cell = cell->id;
	memcpy(info->name, cell->blob->name, PT_NAME_SIZE);
	info->gicd = board.system->gicd.base;
	info->gicc = board.system->gicc.base;
	info->console_size = cell->blob->uart ? 0 : PT_CONSOLE_SIZE;
	info->cpu_count = cell->blob->cpus.count;
	for (uint32_t i = 0; i < info->cpu_count; i++) {
		info->cpus[i].mpidr = mpidrs[i];
		info->cpus[i].gicr = machine_cpu_frame(cell_cpu_by_mpidr(root, mpidrs[i]));
	}
	info->region_count = cell->region_count;
	for (uint32_t i = 0; i < info->region_count; i++) {
		info->regions[i].ipa = cell->regions[i].ipa;
		info->regions[i].size = cell->regions[i].size;
		info->regions[i].flags = cell->regions[i].flags;
	}
	info->manage = cell->blob->manage;
	info->serial = cell->blob->serial;
	info->serial_kind = cell->blob->serial_kind;
	info->spi_count = cell->blob->spis.count;
	memcpy(info->spis, blob_entries(cell->blob, cell->blob->spis), info->spi_count * sizeof(uint32_t));
}

/* After this nothing is typed any more into a cell that does not run: whoever saw it run has left. */
static void reset_uart(struct cell *cell)
{
	lock_take(&cell->uart.lock);
	memset(&cell->uart.state, 0, sizeof(cell->uart.state));
	cell->status->console_head = 0;
	lock_release(&cell->uart.lock);
}

static uint32_t vcpu_pages(const struct cell *cell)
{
	return (uint32_t)((cell->blob->cpus.count * sizeof(struct pt_vcpu) + PT_PAGE_SIZE - 1) / PT_PAGE_SIZE);
}

/* Give back whatever a cell that never was, or is no more, holds of the hypervisor's own. */
static void drop(struct cell *cell)
{
	stage2_free(&cell->stage2);
	if (cell->comm) {
		/* The pool is nobody's: windows on these pages close. */
		if (manage_hide(cell))
			pool_give(cell->comm, COMM_PAGES);
		status.comm_size -= PT_COMM_SIZE + PT_PAGE_SIZE;
	}
	if (cell->vcpus)
		pool_give(cell->vcpus, vcpu_pages(cell));
	pool_give(cell->blob, 1);
	cell->vcpus = NULL;
	cell->comm = NULL;
	cell->blob = NULL;
	cell->uart.base = 0;
	cell->event_spi = 0;
	cell->region_count = 0;
}

/* Hold the CPUs, so that the root cannot turn one on while they change hands. */
static enum pt_error hold_cpus(const struct pt_cell *blob, uint64_t *offset)
{
	const uint64_t *mpidrs = blob_entries(blob, blob->cpus);

	for (uint32_t i = 0; i < blob->cpus.count; i++) {
		struct cpu *cpu = cell_cpu_by_mpidr(root, mpidrs[i]);

		if (compare_and_swap(&cpu->status->state, PT_CPU_PARKED, PT_CPU_STARTING))
			continue;
		*offset = (uint64_t)((const uint8_t *)&mpidrs[i] - (const uint8_t *)blob);
		while (i--)
			store_release(&cell_cpu_by_mpidr(root, mpidrs[i])->status->state, PT_CPU_PARKED);
		return PT_ECPU;
	}
	return PT_OK;
}

static void let_cpus_go(const struct cell *owner, const struct pt_cell *blob)
{
	const uint64_t *mpidrs = blob_entries(blob, blob->cpus);

	for (uint32_t i = 0; i < blob->cpus.count; i++)
		store_release(&cell_cpu_by_mpidr(owner, mpidrs[i])->status->state, PT_CPU_PARKED);
}

static struct cell *free_slot(void)
{
	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++)
		if (!cell_exists(&cells[i]))
			return &cells[i];
	return NULL;
}

static bool name_taken(const char *name)
{
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
		if (cell_exists(&cells[i]) && !memcmp(cells[i].status->name, name, PT_NAME_SIZE))
			return true;
	return false;
}

/* A private copy first, then the check: the root can change the call page at any time. */
static enum pt_error take_blob(struct cell *cell, size_t size, uint64_t *reason, uint64_t *offset)
{
	enum pt_error error;
	uint32_t at;

	cell->blob = pool_take(1);
	if (!cell->blob)
		return PT_ENOMEM;
	memcpy(cell->blob, hypercall_page, size);
	*reason = blob_check_cell(cell->blob, size, board.system, &at);
	*offset = at;
	if (*reason != PT_BLOB_FINE)
		return PT_EBLOB;
	if (name_taken(cell->blob->name))
		return PT_EEXIST;
	error = ownership_check(cell->blob, offset);
	if (error != PT_OK)
		*reason = PT_BLOB_TAKEN;
	return error;
}

static bool build(struct cell *cell)
{
	cell->comm = pool_take(COMM_PAGES);
	if (!cell->comm)
		return false;
	status.comm_size += PT_COMM_SIZE + PT_PAGE_SIZE;
	if (cell->blob->flags & KEPT_FLAGS) {
		cell->vcpus = pool_take(vcpu_pages(cell));
		if (!cell->vcpus)
			return false;
	}
	fill_info(cell);
	/* Its managers may look at once, and must not find what was left in memory behind the caches. */
	memory_publish(cell->comm, PT_COMM_SIZE);
	return stage2_init(&cell->stage2, cell->id + 1) && map_comm(cell) && map_regions(cell) && manage_show(cell);
}

/*
 * @cell comes, runs or goes: scrubbing begins anew, for it and for all that share memory with it. Who has passed
 * memory because a neighbour worked with it must not find itself alone with it later and believe it clean.
 */
static void forget_scrubbing(const struct cell *cell)
{
	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++) {
		bool affected = &cells[i] == cell;

		for (uint32_t k = 0; k < cell->region_count && cell_exists(&cells[i]); k++)
			affected |= ownership_shares(&cells[i], &cell->regions[k]);
		if (!affected)
			continue;
		cells[i].scrubbed = false;
		cells[i].scrub_region = 0;
		cells[i].scrub_offset = 0;
	}
}

/*
 * Neither what the root sees already nor what a neighbour may be working with; nor what the cell's own CPU scrubs before it
 * loads it.
 */
static bool must_scrub(const struct cell *cell, const struct pt_region *r)
{
	return is_ram(r) && !shared_with(cell, r, PT_CELL_LOADABLE) &&
	       !(is_lent(r) && (cell->contents || load_acquire(&cell->status->state) == PT_CELL_LOADABLE));
}

int64_t cell_create(size_t size, const struct pt_boot_cell *contents, uint64_t *reason, uint64_t *offset)
{
	struct cell *cell = contents ? boot_slot(contents) : free_slot();
	enum pt_error error;

	if (!cell)
		return PT_ELIMIT;
	if (size > PT_BLOB_MAX)
		return PT_EINVAL;
	error = take_blob(cell, size, reason, offset);
	if (error != PT_OK)
		goto out;
	error = hold_cpus(cell->blob, offset);
	if (error != PT_OK)
		goto out;
	cell->region_count = cell->blob->regions.count;
	memcpy(cell->regions, blob_entries(cell->blob, cell->blob->regions),
	       cell->region_count * sizeof(cell->regions[0]));
	cell->uart.base = cell->blob->uart;
	cell->uart.spi = cell->blob->uart_spi;
	cell->event_spi = cell->blob->event_spi;
	cell->contents = contents;
	memcpy(cell->status->name, cell->blob->name, PT_NAME_SIZE);
	error = PT_ENOMEM;
	if (!build(cell))
		goto out_cpus;
	/* From here on a root CPU that touches the memory is told that it is not its own. */
	store_release(&cell->status->state, PT_CELL_CREATED);
	if (!take_from_root(cell, true)) {
		store_release(&cell->status->state, PT_CELL_NONE);
		goto out_cpus;
	}
	ownership_claim(cell);
	let_cpus_go(cell, cell->blob);
	stage2_revoke(&cell->stage2);
	forget_scrubbing(cell);
	cell->status->starts = 0;
	cell->status->resets = 0;
	cell->status->comm = pool_pa(cell->comm).pa;
	memset(&cell->status->fault, 0, sizeof(cell->status->fault));
	trace_cell_changed();
	return cell->id;
out_cpus:
	let_cpus_go(root, cell->blob);
out:
	drop(cell);
	return error;
}

bool cell_flush_step(struct cpu *cpu)
{
	const struct cell *cell = cpu->cell;
	uint64_t at = cpu->flushed;

	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_region *r = &cell->regions[i];
		const uint64_t size = is_ram(r) ? r->size : 0;

		if (at < size) {
			const uint64_t step = size - at < SCRUB_STEP ? size - at : SCRUB_STEP;

			memory_flush(PA(r->pa + at), step);
			cpu->flushed += step;
			return false;
		}
		at -= size;
	}
	cpu->flushed = 0;
	return true;
}

/*
 * Its PCI functions write no memory, raise no interrupt and answer at no address from here on. What they have written is pushed
 * ahead of the answer to the read (PCI Express Base 2.4.1).
 */
static void silence_functions(const struct cell *cell)
{
	for (uint32_t i = 0; i < cell->region_count; i++) {
		const paddr_t command = PA(cell->regions[i].pa + PCI_COMMAND);

		if (!is_pci(&cell->regions[i]))
			continue;
		register_store(command, PCI_COMMAND_INTX_OFF);
		register_load(command);
	}
}

/* Scrub one step of @cell's RAM. True when all is clean. */
static bool scrub_step(struct cell *cell)
{
	/* Once is enough: nobody is left who could turn one on again. */
	if (!cell->scrubbed && !cell->scrub_region && !cell->scrub_offset)
		silence_functions(cell);
	while (!cell->scrubbed && cell->scrub_region < cell->region_count) {
		const struct pt_region *r = &cell->regions[cell->scrub_region];
		uint64_t left = r->size - cell->scrub_offset;

		if (left && must_scrub(cell, r)) {
			uint64_t step = left < SCRUB_STEP ? left : SCRUB_STEP;

			memory_scrub(PA(r->pa + cell->scrub_offset), step);
			cell->scrub_offset += step;
			return false;
		}
		cell->scrub_region++;
		cell->scrub_offset = 0;
	}
	cell->scrubbed = true;
	return true;
}

int64_t cell_loadable(struct cell *cell)
{
	switch (load_acquire(&cell->status->state)) {
	case PT_CELL_LOADABLE:
		return PT_OK;
	case PT_CELL_CREATED:
	case PT_CELL_SHUT_DOWN:
	case PT_CELL_FAILED:
	case PT_CELL_RESET:
		break;
	default:
		return PT_ESTATE;
	}
	if (!all_parked(cell) || !scrub_step(cell))
		return PT_AGAIN;
	set_state(cell, PT_CELL_LOADABLE);
	lend_to_root(cell);
	return PT_OK;
}

int64_t cell_run(struct cell *cell)
{
	const uint32_t *spis = blob_entries(cell->blob, cell->blob->spis);
	struct pt_info *info = info_of(cell);
	struct cpu *first = cell_first_cpu(cell);

	if (load_acquire(&cell->status->state) != PT_CELL_LOADABLE)
		return PT_ESTATE;
	if (!all_parked(cell))
		return PT_AGAIN;
	if (!take_from_root(cell, false))
		return PT_ENOMEM;
	forget_scrubbing(cell);
	cell->status->starts++;
	memset(&cell->status->fault, 0, sizeof(cell->status->fault));
	if (cell->status->starts > 1)
		memset(cell->comm + PT_COMM_REPORT, 0, PT_COMM_SIZE - PT_COMM_REPORT);
	reset_uart(cell);
	cell->debugged = false;
	cell->halted = false;
	memset(cell->sizing, 0, sizeof(cell->sizing));
	info->starts = cell->status->starts;
	store_relaxed(&info->request, PT_REQUEST_NONE);
	memory_publish(cell->comm, cell->status->starts > 1 ? PT_COMM_SIZE : PT_COMM_REPORT);
	for (uint32_t i = 0; i < cell->blob->spis.count; i++)
		irq_hand_over(spis[i], first);
	cell->storms = false;
	stage2_reinstate(&cell->stage2);
	set_state(cell, PT_CELL_RUNNING);
	return cell_cpu_on(cell, first, cell->blob->entry, cell->blob->argument) ? PT_OK : PT_ESTATE;
}

void cell_spoil(struct cell *cell)
{
	cell->status->fault = (struct pt_fault){ .kind = PT_FAULT_CONTENTS, .cpu = cell_first_cpu(cell)->number };
	set_state(cell, PT_CELL_FAILED);
}

/* Its first CPU, which has nothing else to do, loads it. */
static int64_t load_and_run(struct cell *cell)
{
	int64_t result = cell_loadable(cell);

	if (result == PT_OK)
		cpu_send(cell_first_cpu(cell), CPU_ORDER_LOAD);
	return result;
}

int64_t cell_start(struct cell *cell)
{
	if (!cell->contents)
		return cell_run(cell);
	/* It is being loaded already. */
	if (load_acquire(&cell->status->state) == PT_CELL_LOADABLE)
		return PT_ESTATE;
	return load_and_run(cell);
}

int64_t cell_request_shutdown(struct cell *cell)
{
	if (!cell_running(cell))
		return PT_ESTATE;
	store_relaxed(&info_of(cell)->request, PT_REQUEST_SHUTDOWN);
	memory_publish(&info_of(cell)->request, sizeof(uint32_t));
	return PT_OK;
}

int64_t cell_stop(struct cell *cell)
{
	/* It may end by itself in this very moment, and even ask to be started again: what it has come to is looked at after that. */
	cell_end(cell, PT_CELL_SHUT_DOWN);
	switch (load_acquire(&cell->status->state)) {
	case PT_CELL_RESET:
		/* Who stops it does not want it to be started again. */
		set_state(cell, PT_CELL_SHUT_DOWN);
		return PT_AGAIN;
	case PT_CELL_SHUT_DOWN:
	case PT_CELL_FAILED:
		return all_parked(cell) ? PT_OK : PT_AGAIN;
	default:
		return PT_ESTATE;
	}
}

int64_t cell_destroy(struct cell *cell)
{
	if (cell_running(cell))
		return PT_ESTATE;
	if (!all_parked(cell) || !scrub_step(cell))
		return PT_AGAIN;
	forget_scrubbing(cell);
	reset_uart(cell);
	ownership_release(cell);
	for (uint32_t i = 0; i < cell->region_count; i++)
		give_to_root(cell, &cell->regions[i]);
	set_state(cell, PT_CELL_NONE);
	cell->status->comm = 0;
	drop(cell);
	return PT_OK;
}

bool cell_cpu_on(const struct cell *cell, struct cpu *cpu, uint64_t pc, uint64_t arg)
{
	if (!compare_and_swap(&cpu->status->state, PT_CPU_PARKED, PT_CPU_STARTING))
		return false;
	/* Since @cpu was looked up it may have gone to another cell, and @cell may be over. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (cpu->cell != cell || !cell_running(cell)) {
		store_release(&cpu->status->state, PT_CPU_PARKED);
		return false;
	}
	cpu->start_pc = pc;
	cpu->start_arg = arg;
	cpu->flushed = 0;
	cpu->halted = false;
	if (cpu->vcpu)
		cpu->vcpu->flags = 0;
	cpu_send(cpu, CPU_ORDER_START);
	return true;
}

__noreturn void cell_cpu_leave(struct cpu *cpu)
{
	cpu_park(cpu, &cpu->status->state);
	cell_cpu_wait(cpu);
}

__noreturn void cell_cpu_wait(struct cpu *cpu)
{
	enum cpu_order order = boot_wait(cpu);

	for (; order == CPU_ORDER_LOAD; order = boot_wait(cpu))
		boot_load(cpu->cell);
	if (order == CPU_ORDER_OFF)
		cpu_power_off(cpu);
	trace_reset(cpu);
	store_release(&cpu->status->state, PT_CPU_RUNNING);
	cpu_run(cpu);
}

bool cell_end(struct cell *cell, uint32_t state)
{
	if (!compare_and_swap(&cell->status->state, PT_CELL_RUNNING, state))
		return false;
	stage2_revoke(&cell->stage2);
	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		if (cell_owns_cpu(cell, n) && load_acquire(&cpus[n].status->state) == PT_CPU_RUNNING)
			cpu_kick(&cpus[n]);
	trace_cell_changed();
	return true;
}
