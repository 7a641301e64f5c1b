// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a cell that exists: loaded, started, stopped. The hypervisor decides what is allowed.
 *
 * A killed process leaves nothing half done, see creation.c; only making a cell loadable stops
 * early, as it may be done again.
 */
#include "driver.h"

#include <linux/arm-smccc.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#define STOP_TIMEOUT_MS		10000	/* to fetch a cell's CPUs: microseconds, but an emulator stalls them */
#define START_TIMEOUT_MS	10000	/* for a waiting CPU to enter its cell, likewise */
#define LOAD_TIMEOUT_MS		60000	/* for its CPU to load what the packed image has for it */
#define REST_MS			100	/* at least, between a start and the next one that the cell asks for */

/**
 * partita_cell_new() - the driver's own idea of a cell
 * @name: PT_NAME_SIZE bytes, ended by a NUL or not
 *
 * Return: to be filled in and freed by partita_sysfs_put_cell(), or NULL.
 */
struct partita_cell *partita_cell_new(const char *name)
{
	struct partita_cell *cell = kzalloc(sizeof(*cell), GFP_KERNEL);

	if (!cell)
		return NULL;
	kobject_init(&cell->kobj, &partita_cell_type);
	INIT_LIST_HEAD(&cell->contents);
	INIT_LIST_HEAD(&cell->functions);
	memcpy(cell->name, name, PT_NAME_SIZE - 1);
	return cell;
}

/**
 * partita_cell_by_id() - a cell that can be managed
 * @id: any number
 *
 * Return: the cell, or NULL for the root or where there is none.
 */
struct partita_cell *partita_cell_by_id(u32 id)
{
	if (id == PT_ROOT_CELL || id >= PT_MAX_CELLS)
		return NULL;
	return partita.cells[id];
}

/**
 * partita_cell_state() - what a cell does
 * @cell: any
 *
 * Return: enum pt_cell_state.
 */
u32 partita_cell_state(const struct partita_cell *cell)
{
	return READ_ONCE(partita.status->cells[cell->id].state);
}

/**
 * partita_cell_resets() - how often a cell was started again because it asked for that
 * @cell: any
 *
 * Return: the count.
 */
u32 partita_cell_resets(const struct partita_cell *cell)
{
	if (partita.state == PARTITA_MANAGER)
		return READ_ONCE(partita.status->cells[cell->id].resets);
	return READ_ONCE(cell->resets);
}

/* The first CPU of the cell that still runs, or PARTITA_NO_CPU. */
static unsigned int cell_busy_cpu(const struct partita_cell *cell)
{
	unsigned int board;

	for_each_set_bit(board, cell->cpus, PT_MAX_CPUS) {
		u32 state = READ_ONCE(partita.status->cpus[board].state);

		if (state == PT_CPU_RUNNING || state == PT_CPU_STARTING)
			return partita.cpu_number[board];
	}
	return PARTITA_NO_CPU;
}

/**
 * partita_cell_call() - make a call about a cell until it is done
 * @cell: which
 * @function: PT_HC_CELL_*
 * @killable: a fatal signal ends it early; the same call resumes
 * @error: enum pt_error where the hypervisor refuses
 *
 * It sleeps while a CPU of the cell has yet to arrive, and just goes on while the hypervisor works
 * for us: every such call wipes a piece of the cell's memory, or finds a CPU that has just arrived,
 * so that their number is bounded, however long they take. While another manager calls, it waits.
 *
 * Return: 0, or a negative errno; -EREMOTEIO where @error says more.
 */
int partita_cell_call(struct partita_cell *cell, unsigned long function, bool killable, s32 *error)
{
	u64 calls = cell->ram_size / PAGE_SIZE + PT_MAX_CPUS;
	ktime_t start = ktime_get();
	struct arm_smccc_res res;
	unsigned int cpu;
	long answer;
	bool late;

	for (;;) {
		/* The hypervisor takes the communication area away: nobody may be reading it. */
		if (function == PT_HC_CELL_DESTROY)
			down_write(&partita.view);
		answer = partita_hypercall(function, cell->id, &res);
		if (function == PT_HC_CELL_DESTROY)
			up_write(&partita.view);
		late = ktime_ms_delta(ktime_get(), start) > STOP_TIMEOUT_MS;
		if (answer == PT_OK)
			return 0;
		if (answer == PT_EBUSY && !late) {
			usleep_range(100, 500);
			continue;
		}
		if (answer != PT_AGAIN) {
			*error = answer;
			return -EREMOTEIO;
		}
		if (killable && fatal_signal_pending(current))
			return -EINTR;
		cpu = cell_busy_cpu(cell);
		if (cpu != PARTITA_NO_CPU) {
			if (late) {
				pr_err("cell %s: CPU %u does not stop\n", cell->name, cpu);
				return -ETIMEDOUT;
			}
			usleep_range(100, 500);
			continue;
		}
		if (!calls--) {
			pr_err("cell %s: the hypervisor does not finish wiping it\n", cell->name);
			return -EIO;
		}
		cond_resched();
	}
}

/**
 * partita_cell_set() - let others find a cell, or find it no more
 * @id: its number
 * @cell: NULL where there is none any more
 */
void partita_cell_set(u32 id, struct partita_cell *cell)
{
	down_write(&partita.view);
	partita.cells[id] = cell;
	up_write(&partita.view);
}

/* Its memory holds what was loaded, and zeros, and is the root's to write. */
static int make_loadable(struct partita_cell *cell, s32 *error)
{
	int ret;

	if (partita_cell_state(cell) != PT_CELL_LOADABLE) {
		cell->filled = false;
		ret = partita_cell_call(cell, PT_HC_CELL_LOADABLE, true, error);
		if (ret)
			return ret;
	}
	if (cell->filled)
		return 0;
	ret = partita_contents_write(cell);
	cell->filled = !ret;
	return ret;
}

/* Is there memory for all that is to be loaded, in however many regions? */
static bool has_room(const struct partita_cell *cell, const struct pt_ioc_cell_load *ioc)
{
	u64 done = 0, found;
	phys_addr_t phys;

	do {
		found = partita_cell_find_memory(cell, ioc->ipa + done, &phys);
		done += found;
	} while (found && done < ioc->size);
	return found;
}

/**
 * partita_cell_load() - write into a cell's memory, now and before each further start
 * @ioc: what, where
 *
 * Return: 0, or a negative errno with nothing loaded that was not before, but for the cell, which
 * may be loadable now; -EREMOTEIO where @ioc->error says more.
 */
int partita_cell_load(struct pt_ioc_cell_load *ioc)
{
	struct partita_cell *cell;
	int ret;

	lockdep_assert_held(&partita.lock);
	cell = partita_cell_by_id(ioc->cell);
	if (!cell) {
		ioc->error = PT_ENOCELL;
		return -EREMOTEIO;
	}
	if (!has_room(cell, ioc)) {
		ioc->error = PT_EINVAL;
		return -EREMOTEIO;
	}
	ret = make_loadable(cell, &ioc->error);
	if (ret)
		return ret;
	ret = partita_contents_add(cell, ioc->ipa, u64_to_user_ptr(ioc->data), ioc->size);
	cell->filled = !ret;
	if (ret)
		return ret;
	partita_events_scan();
	return 0;
}

/* Too short for a sleep: the hypervisor has told the CPU, which only has to look. */
static int await_entry(const struct partita_cell *cell)
{
	const ktime_t deadline = ktime_add_ms(ktime_get(), START_TIMEOUT_MS);
	unsigned int board;

	for_each_set_bit(board, cell->cpus, PT_MAX_CPUS) {
		const u32 *state = &partita.status->cpus[board].state;

		for (;;) {
			/* The clock before the state: who was kept from looking in time has still looked. */
			const bool late = ktime_after(ktime_get(), deadline);

			if (READ_ONCE(*state) != PT_CPU_STARTING)
				break;
			if (late) {
				pr_err("cell %s: CPU %u does not start\n", cell->name,
				       partita.cpu_number[board]);
				return -ETIMEDOUT;
			}
			cpu_relax();
			cond_resched();
		}
	}
	return 0;
}

/*
 * What came with a packed image is loaded by the cell's own CPU, before it enters. Returns
 * -EBADMSG if the hypervisor found it damaged.
 */
static int await_loading(const struct partita_cell *cell)
{
	const struct pt_cell_status *status = &partita.status->cells[cell->id];
	const ktime_t start = ktime_get();

	while (partita_cell_state(cell) == PT_CELL_LOADABLE) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (ktime_ms_delta(ktime_get(), start) > LOAD_TIMEOUT_MS) {
			pr_err("cell %s: its CPU does not finish loading it\n", cell->name);
			return -ETIMEDOUT;
		}
		usleep_range(200, 1000);
	}
	return partita_cell_state(cell) == PT_CELL_FAILED &&
	       READ_ONCE(status->fault.kind) == PT_FAULT_CONTENTS ? -EBADMSG : 0;
}

/*
 * Let a cell run that does not, with what was loaded in its memory and zeros in the rest of it.
 * Where nothing was loaded, its memory is as it is, and the hypervisor refuses what has run.
 */
static int begin(struct partita_cell *cell, s32 *error)
{
	int ret = 0;

	if (!list_empty(&cell->contents))
		ret = make_loadable(cell, error);
	ret = ret ?: partita_cell_call(cell, PT_HC_CELL_START, false, error);
	ret = ret ?: await_loading(cell);
	ret = ret ?: await_entry(cell);
	cell->rest = jiffies + msecs_to_jiffies(REST_MS);
	return ret;
}

static int simple_call(struct pt_ioc_cell *ioc, unsigned long function)
{
	struct partita_cell *cell = partita_cell_by_id(ioc->cell);
	int ret;

	lockdep_assert_held(&partita.lock);
	if (!cell) {
		ioc->error = PT_ENOCELL;
		return -EREMOTEIO;
	}
	if (function == PT_HC_CELL_START)
		ret = begin(cell, &ioc->error);
	else
		ret = partita_cell_call(cell, function, false, &ioc->error);
	partita_events_scan();
	return ret;
}

/**
 * partita_cell_start() - let a cell run that does not, from what was loaded
 * @ioc: which
 *
 * Return: 0 when the CPU that starts has entered it, or a negative errno; -ETIMEDOUT where it did
 * not, -EBADMSG where what the packed image has for it is damaged, -EREMOTEIO where @ioc->error
 * says more. After a fatal signal the cell has not started, or it starts from its packed image.
 */
int partita_cell_start(struct pt_ioc_cell *ioc)
{
	return simple_call(ioc, PT_HC_CELL_START);
}

/**
 * partita_cell_wants_restart() - has a cell asked for a reset, and can it have that?
 * @cell: any
 *
 * The caller holds partita.lock.
 *
 * Return: true where partita_cell_restart() is due.
 */
bool partita_cell_wants_restart(const struct partita_cell *cell)
{
	return cell->id != PT_ROOT_CELL && partita_cell_state(cell) == PT_CELL_RESET &&
	       !list_empty(&cell->contents);
}

/**
 * partita_cell_restart() - start a cell again that wants it
 * @cell: which
 *
 * The caller holds partita.lock. A cell that cannot be started does not want it any more
 * afterwards: nobody tries again by himself.
 */
void partita_cell_restart(struct partita_cell *cell)
{
	struct arm_smccc_res res;
	s32 error = 0;
	int ret;

	/* Before the event of its start, which tells this as well. */
	WRITE_ONCE(cell->resets, cell->resets + 1);
	ret = begin(cell, &error);
	if (ret) {
		pr_err("cell %s has reset itself and cannot be started again (%d, %d)\n",
		       cell->name, ret, error);
		if (partita_cell_state(cell) == PT_CELL_RESET)
			partita_hypercall(PT_HC_CELL_STOP, cell->id, &res);
	}
	partita_events_scan();
}

/**
 * partita_cell_shutdown() - ask a running cell to end
 * @ioc: which
 *
 * Return: 0 as soon as the cell was asked, or a negative errno; -EREMOTEIO where @ioc->error says
 * more.
 */
int partita_cell_shutdown(struct pt_ioc_cell *ioc)
{
	return simple_call(ioc, PT_HC_CELL_SHUTDOWN);
}

/**
 * partita_cell_stop() - end a cell by force
 * @ioc: which
 *
 * Return: 0 when its CPUs are parked, or a negative errno; -ETIMEDOUT where one did not arrive,
 * -EREMOTEIO where @ioc->error says more. May be repeated.
 */
int partita_cell_stop(struct pt_ioc_cell *ioc)
{
	return simple_call(ioc, PT_HC_CELL_STOP);
}
