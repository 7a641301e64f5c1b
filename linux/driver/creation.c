// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cells come and go, with their CPUs by hotplug. The hypervisor decides what is allowed; this file
 * gives it what a cell needs and takes everything back.
 *
 * A killed process leaves nothing half done: what changes owners is done to the end or undone
 * within one ioctl, which a signal does not cut short.
 */
#include "driver.h"

#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define ADD_CPU_TRIES		20
#define PARK_TIMEOUT_US		(10 * USEC_PER_SEC)

static int blob_error(struct pt_ioc_cell_create *ioc, enum pt_blob_reason reason, size_t offset)
{
	ioc->error = PT_EBLOB;
	ioc->reason = reason;
	ioc->offset = offset;
	return -EREMOTEIO;
}

/* Just enough that reading a table stays inside the blob; the hypervisor checks the rest. */
static int check_table(struct pt_ioc_cell_create *ioc, const struct pt_table *table,
		       size_t entry_size, unsigned int max, size_t field)
{
	if (table->count > max)
		return blob_error(ioc, PT_BLOB_COUNT, field);
	if (table->offset % 8 || table->offset + (u64)table->count * entry_size > ioc->size)
		return blob_error(ioc, PT_BLOB_TABLE, field);
	return 0;
}

static int read_blob(struct pt_ioc_cell_create *ioc, struct pt_cell **out)
{
	struct pt_cell *blob;
	int ret;

	if (ioc->size < sizeof(*blob) || ioc->size > PT_BLOB_MAX)
		return blob_error(ioc, PT_BLOB_LENGTH, offsetof(struct pt_blob_header, length));
	blob = memdup_user(u64_to_user_ptr(ioc->blob), ioc->size);
	if (IS_ERR(blob))
		return PTR_ERR(blob);
	ret = check_table(ioc, &blob->cpus, sizeof(u64), PT_MAX_CPUS,
			  offsetof(struct pt_cell, cpus));
	if (!ret)
		ret = check_table(ioc, &blob->regions, sizeof(struct pt_region), PT_MAX_REGIONS,
				  offsetof(struct pt_cell, regions));
	if (ret) {
		kfree(blob);
		return ret;
	}
	*out = blob;
	return 0;
}

/* The hypervisor's number of one of Linux's CPUs, or PARTITA_NO_CPU. */
static unsigned int board_cpu_by_mpidr(u64 mpidr)
{
	unsigned int board;

	for (board = 0; board < PT_MAX_CPUS; board++)
		if (partita.cpu_number[board] != PARTITA_NO_CPU &&
		    partita.status->cpus[board].mpidr == mpidr)
			return board;
	return PARTITA_NO_CPU;
}

/* From a blob whose tables can be read. */
static struct partita_cell *cell_alloc(const struct pt_cell *blob)
{
	const struct pt_region *regions = (void *)blob + blob->regions.offset;
	const u64 *cpus = (void *)blob + blob->cpus.offset;
	struct partita_cell *cell;
	unsigned int i, board;

	cell = partita_cell_new(blob->name);
	if (!cell)
		return NULL;
	for (i = 0; i < blob->cpus.count; i++) {
		board = board_cpu_by_mpidr(cpus[i]);
		/* A CPU that is none will be refused by the hypervisor. */
		if (board == PARTITA_NO_CPU || __test_and_set_bit(board, cell->cpus))
			continue;
		cell->order[cell->cpu_count++] = board;
	}
	for (i = 0; i < blob->regions.count; i++) {
		cell->regions[i] = regions[i];
		if (!(regions[i].flags & PT_REGION_DEVICE))
			cell->ram_size += regions[i].size;
	}
	cell->region_count = blob->regions.count;
	return cell;
}

/* The tool cannot see in the tree which SPIs a GICv2's message frame has, see config/board.c. */
static int check_spis(const struct pt_cell *blob, struct pt_ioc_cell_create *ioc)
{
	const u32 *spis = (const void *)blob + blob->spis.offset;
	u32 i;

	if (blob->spis.count > PT_MAX_SPIS || blob->spis.offset > ioc->size ||
	    blob->spis.count * sizeof(*spis) > ioc->size - blob->spis.offset)
		return 0;	/* the hypervisor refuses it */
	for (i = 0; i < blob->spis.count; i++) {
		if (!partita_spi_is_for_messages(spis[i]))
			continue;
		ioc->error = PT_REFUSED_MESSAGE_SPI;
		ioc->code = spis[i];
		return -EREMOTEIO;
	}
	return 0;
}

/*
 * Bring back the CPUs that were taken. The firmware may need a moment until it can switch on what
 * it has just switched off.
 */
static bool give_cpus_back(struct partita_cell *cell)
{
	unsigned int cpu, tries;
	bool all = true;
	int ret;

	for_each_cpu(cpu, &cell->taken) {
		for (tries = 0; tries < ADD_CPU_TRIES; tries++) {
			ret = add_cpu(cpu);
			if (!ret || cpu_online(cpu))
				break;
			msleep(20);
		}
		if (!cpu_online(cpu)) {
			pr_err("CPU %u does not come back online (%d)\n", cpu, ret);
			all = false;
		}
	}
	cpumask_clear(&cell->taken);
	return all;
}

/*
 * Linux has a CPU for offline that it has waited a tenth of a second for, wherever that one is by
 * then. One that is later still is found by the hypervisor, which says so.
 */
static void wait_until_parked(unsigned int board)
{
	u32 state;

	read_poll_timeout(READ_ONCE, state, state == PT_CPU_PARKED, USEC_PER_MSEC, PARK_TIMEOUT_US,
			  false, partita.status->cpus[board].state);
}

/* A CPU that was offline before stays so afterwards: it was not ours to bring back. */
static int take_cpus(struct partita_cell *cell, struct pt_ioc_cell_create *ioc)
{
	unsigned int board, cpu;
	int ret;

	for_each_set_bit(board, cell->cpus, PT_MAX_CPUS) {
		cpu = partita.cpu_number[board];
		if (!cpu_online(cpu))
			continue;
		ret = remove_cpu(cpu);
		if (ret) {
			pr_err("cell %s: CPU %u cannot be taken offline (%d)\n", cell->name,
			       cpu, ret);
			ioc->error = PT_REFUSED_CPU_BUSY;
			ioc->cpu = cpu;
			ioc->code = ret;
			give_cpus_back(cell);
			return -EREMOTEIO;
		}
		cpumask_set_cpu(cpu, &cell->taken);
		wait_until_parked(board);
	}
	return 0;
}

/* Returns the new cell's id or an enum pt_error. */
static long call_create(const struct pt_cell *blob, struct pt_ioc_cell_create *ioc)
{
	struct arm_smccc_res res;
	long answer;

	memset(partita.call_page, 0, PT_BLOB_MAX);
	memcpy(partita.call_page, blob, ioc->size);
	answer = partita_hypercall(PT_HC_CELL_CREATE, ioc->size, &res);
	if (answer < 0) {
		ioc->error = answer;
		ioc->reason = res.a1;
		ioc->offset = res.a2;
	}
	return answer;
}

static bool is_online(const struct partita_cell *cell)
{
	unsigned int board;

	for_each_set_bit(board, cell->cpus, PT_MAX_CPUS)
		if (cpu_online(partita.cpu_number[board]))
			return true;
	return false;
}

/*
 * Is anything in the way but the cell's CPUs? Then PT_ECPU is not the answer. While one of them is
 * online the cell cannot come to be by this; if none is, only creating it tells.
 */
static long ask_first(const struct partita_cell *cell, const struct pt_cell *blob,
		      struct pt_ioc_cell_create *ioc)
{
	long answer = PT_ECPU;

	cpus_read_lock();
	if (is_online(cell))
		answer = call_create(blob, ioc);
	cpus_read_unlock();
	if (answer == PT_ECPU) {
		ioc->error = 0;
		ioc->reason = 0;
		ioc->offset = 0;
	}
	return answer;
}

/* The root is the poorer by what the cell gets; sysfs shows it. */
static void root_gives(const struct partita_cell *cell)
{
	struct partita_cell *root = partita.cells[PT_ROOT_CELL];

	bitmap_andnot(root->cpus, root->cpus, cell->cpus, PT_MAX_CPUS);
	WRITE_ONCE(root->ram_size, root->ram_size - partita_cell_ram_alone(cell));
}

static void root_gets_back(const struct partita_cell *cell)
{
	struct partita_cell *root = partita.cells[PT_ROOT_CELL];

	bitmap_or(root->cpus, root->cpus, cell->cpus, PT_MAX_CPUS);
	WRITE_ONCE(root->ram_size, root->ram_size + partita_cell_ram_alone(cell));
}

/* The hypervisor has no such cell any more, or has it in a state that holds nothing. */
static int cell_end(struct partita_cell *cell, s32 *error)
{
	int ret;

	ret = partita_cell_call(cell, PT_HC_CELL_DESTROY, false, error);
	if (ret)
		return ret;
	/* First out of sight of the event thread, which notifies pollers of the directory. */
	partita_cell_set(cell->id, NULL);
	partita_sysfs_remove_cell(cell);
	root_gets_back(cell);
	partita_contents_drop(cell);
	partita_cell_put_memory(cell);
	partita_functions_return(cell);
	return 0;
}

/**
 * partita_cell_create() - make a cell
 * @file: that allocated the cell's memory
 * @ioc: the blob, and where to say what is wrong or which id the cell got
 *
 * The hypervisor is asked before any CPU or PCI function is taken, so that a bad blob disturbs
 * nobody: it refuses with PT_ECPU when CPUs are all that is missing.
 *
 * Return: 0, or a negative errno with all as before; -EREMOTEIO where @ioc->error says more.
 */
int partita_cell_create(struct partita_file *file, struct pt_ioc_cell_create *ioc)
{
	struct partita_cell *cell;
	struct pt_cell *blob;
	unsigned int i;
	s32 unused = 0;
	long id;
	int ret;

	lockdep_assert_held(&partita.lock);
	ret = read_blob(ioc, &blob);
	if (ret)
		return ret;
	cell = cell_alloc(blob);
	if (!cell) {
		ret = -ENOMEM;
		goto out_blob;
	}
	ret = check_spis(blob, ioc);
	if (!ret)
		ret = partita_cell_get_memory(file, cell, ioc);
	if (ret)
		goto out_cell;
	if (ask_first(cell, blob, ioc) != PT_ECPU) {
		ret = -EREMOTEIO;
		goto out_cell;
	}
	ret = take_cpus(cell, ioc);
	if (ret)
		goto out_cell;
	/* Linux must not look at what the hypervisor hides, nor find it again before that. */
	pci_lock_rescan_remove();
	ret = partita_functions_take(cell, ioc);
	id = ret ? ret : call_create(blob, ioc);
	pci_unlock_rescan_remove();
	if (id < 0) {
		ret = ret ?: -EREMOTEIO;
		goto out_cpus;
	}
	if (WARN_ON(id == PT_ROOT_CELL || id >= PT_MAX_CELLS || partita.cells[id])) {
		ret = -EIO;
		goto out_cpus;
	}

	cell->id = id;
	ioc->cell = id;
	for (i = 0; i < cell->region_count; i++)
		if (cell->memory[i])
			partita_memory_hand_over(&file->memory, cell->memory[i]);
	root_gives(cell);
	/* In sight of the event thread when its directory is there. */
	ret = partita_sysfs_add_cell(cell);
	partita_cell_set(id, cell);
	if (ret)
		goto out_end;
	kfree(blob);
	partita_events_scan();
	return 0;

out_end:
	/* If even this fails the cell stays, and can be destroyed by its id. */
	if (cell_end(cell, &unused)) {
		kfree(blob);
		return ret;
	}
out_cpus:
	give_cpus_back(cell);
out_cell:
	partita_functions_return(cell);
	partita_cell_put_memory(cell);
	partita_sysfs_put_cell(cell);
out_blob:
	kfree(blob);
	return ret;
}

/**
 * partita_cell_destroy() - take back all that a cell had
 * @ioc: which
 *
 * A CPU that does not come back online is named in the log, and the answer is PT_ECPU: the cell is
 * gone nevertheless.
 *
 * Return: 0, or a negative errno; -EREMOTEIO where @ioc->error says more. May be repeated.
 */
int partita_cell_destroy(struct pt_ioc_cell *ioc)
{
	struct partita_cell *cell = partita_cell_by_id(ioc->cell);
	int ret;

	lockdep_assert_held(&partita.lock);
	if (!cell) {
		ioc->error = PT_ENOCELL;
		return -EREMOTEIO;
	}
	ret = cell_end(cell, &ioc->error);
	if (ret)
		return ret;
	if (!give_cpus_back(cell)) {
		ioc->error = PT_ECPU;
		ret = -EREMOTEIO;
	}
	partita_sysfs_put_cell(cell);
	partita_events_scan();
	return ret;
}

/**
 * partita_cells_exist() - is there any cell?
 *
 * Return: true where there is one beside the root.
 */
bool partita_cells_exist(void)
{
	u32 id;

	for (id = 0; id < PT_MAX_CELLS; id++)
		if (partita_cell_by_id(id))
			return true;
	return false;
}

/**
 * partita_cells_destroy_all() - end all cells by force; their CPUs stay offline
 *
 * Return: 0, or the first error; the others have been tried nevertheless.
 */
int partita_cells_destroy_all(void)
{
	struct partita_cell *cell;
	int ret, first = 0;
	s32 error;
	u32 id;

	lockdep_assert_held(&partita.lock);
	for (id = 0; id < PT_MAX_CELLS; id++) {
		cell = partita_cell_by_id(id);
		if (!cell)
			continue;
		error = 0;
		ret = 0;
		if (partita_cell_state(cell) == PT_CELL_RUNNING || partita_cell_state(cell) == PT_CELL_FAILED)
			ret = partita_cell_call(cell, PT_HC_CELL_STOP, false, &error);
		/* A cell that has just ended by itself may refuse; the next call tells. */
		if (!ret || ret == -EREMOTEIO)
			ret = cell_end(cell, &error);
		if (ret) {
			pr_err("cell %s cannot be ended (%d, %d)\n", cell->name, ret, error);
			first = first ?: ret;
			continue;
		}
		partita_sysfs_put_cell(cell);
	}
	return first;
}

/* RAM of the board, less what the hypervisor was given. */
static u64 board_ram(void)
{
	const struct pt_system *system = partita.system;
	const struct pt_range *ram = (void *)system + system->ram.offset;
	u64 size = 0;
	unsigned int i;

	/* The hypervisor has accepted this blob; but read only what lies in our copy. */
	if (system->ram.offset + (u64)system->ram.count * sizeof(*ram) > system->header.length)
		return 0;
	for (i = 0; i < system->ram.count; i++)
		size += ram[i].size;
	return size - partita.memory->size;
}

/**
 * partita_root_create() - make the object that stands for this Linux itself
 *
 * Return: 0, or a negative errno.
 */
int partita_root_create(void)
{
	struct partita_cell *root;
	unsigned int board;
	int ret;

	root = partita_cell_new(partita.system->name);
	if (!root)
		return -ENOMEM;
	root->id = PT_ROOT_CELL;
	for (board = 0; board < PT_MAX_CPUS; board++) {
		if (partita.cpu_number[board] == PARTITA_NO_CPU)
			continue;
		__set_bit(board, root->cpus);
		root->order[root->cpu_count++] = board;
	}
	root->ram_size = board_ram();
	partita_cell_set(PT_ROOT_CELL, root);
	ret = partita_sysfs_add_cell(root);
	if (ret)
		partita_root_destroy();
	return ret;
}

/**
 * partita_root_destroy() - undo partita_root_create(); harmless where there is none
 */
void partita_root_destroy(void)
{
	struct partita_cell *root = partita.cells[PT_ROOT_CELL];

	if (!root)
		return;
	partita_sysfs_remove_cell(root);
	partita_cell_set(PT_ROOT_CELL, NULL);
	partita_sysfs_put_cell(root);
}
