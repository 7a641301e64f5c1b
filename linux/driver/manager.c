// SPDX-License-Identifier: GPL-2.0-only
/*
 * This Linux as a manager: the hypervisor was here first, and this kernel runs in a cell that has
 * rights over others. The device tree says where it sees what they do (PT_MANAGE_* of
 * abi/partita/blob.h), and hypercalls do the rest. Cells come and go by others; here they are shown.
 *
 * The window is mapped as ordinary memory, of which stage 2 makes uncached what cells write. A
 * communication area that is not in it must not be touched: that would be this cell's end.
 */
#include "driver.h"

#include <linux/arm-smccc.h>
#include <linux/io.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/cputype.h>

static const struct of_device_id manager_nodes[] = {
	{ .compatible = "partita,manager-v1" },
	{ }
};
MODULE_DEVICE_TABLE(of, manager_nodes);

static void *window;

static bool is_there(u32 id)
{
	/* Pairs with the hypervisor's release: with a state there is the rest. */
	return smp_load_acquire(&partita.status->cells[id].state) != PT_CELL_NONE;
}

/* Is what we show what there is? Another cell may have got the place of one that is gone. */
static bool is_shown(u32 id)
{
	const struct partita_cell *cell = partita.cells[id];

	if (!cell || !is_there(id))
		return !cell && !is_there(id);
	return !strncmp(cell->name, partita.status->cells[id].name, PT_NAME_SIZE);
}

/**
 * partita_manager_comm() - the communication area of a cell in the window
 * @id: below PT_MAX_CELLS
 *
 * Return: NULL where this Linux has no right over the cell.
 */
const void *partita_manager_comm(u32 id)
{
	if (!(READ_ONCE(partita.status->cells[id].managers) & BIT(partita.this_cell)))
		return NULL;
	return window + PT_MANAGE_COMM + id * PT_MANAGE_COMM_STEP;
}

/* What a cell is told of its memory; 0 where that is not for us to see. */
static u64 ram_size(u32 id)
{
	const struct pt_info *info = partita_info(id);
	u64 size = 0;
	u32 i;

	for (i = 0; info && i < min_t(u32, info->region_count, PT_MAX_REGIONS); i++)
		if (!(info->regions[i].flags & PT_REGION_DEVICE))
			size += info->regions[i].size;
	return size;
}

static void show_cell(u32 id)
{
	const struct pt_cell_status *status = &partita.status->cells[id];
	struct partita_cell *cell = partita_cell_new(status->name);
	unsigned int board;

	if (!cell)
		return;
	cell->id = id;
	cell->ram_size = ram_size(id);
	for (board = 0; board < PT_MAX_CPUS; board++) {
		if (!(status->cpus & BIT_ULL(board)) || partita.cpu_number[board] == PARTITA_NO_CPU)
			continue;
		__set_bit(board, cell->cpus);
		cell->order[cell->cpu_count++] = board;
	}
	if (partita_sysfs_add_cell(cell)) {
		pr_err("cell %s cannot be shown\n", cell->name);
		partita_sysfs_put_cell(cell);
		return;
	}
	partita_cell_set(id, cell);
}

static void hide_cell(u32 id)
{
	struct partita_cell *cell = partita.cells[id];

	/* First out of sight of the event thread, which notifies pollers of the directory. */
	partita_cell_set(id, NULL);
	partita_sysfs_remove_cell(cell);
	partita_sysfs_put_cell(cell);
}

/**
 * partita_manager_look() - show the cells that there are
 *
 * By the event thread, which must not wait for a management action without need.
 */
void partita_manager_look(void)
{
	u32 id;

	for (id = 0; id < PT_MAX_CELLS; id++) {
		if (is_shown(id))
			continue;
		mutex_lock(&partita.lock);
		if (partita.cells[id])
			hide_cell(id);
		if (is_there(id))
			show_cell(id);
		mutex_unlock(&partita.lock);
	}
}

/* Whoever gave us this tree gave us an EL2 to call. */
static int check_hypervisor(void)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(PT_HC_UID, &res);
	if ((u32)res.a0 != PT_UID_0 || (u32)res.a1 != PT_UID_1 || (u32)res.a2 != PT_UID_2 ||
	    (u32)res.a3 != PT_UID_3) {
		pr_err("the device tree is that of a cell, but no Partita answers\n");
		return -ENODEV;
	}
	arm_smccc_1_1_hvc(PT_HC_REVISION, &res);
	if (res.a0 != PT_ABI_VERSION) {
		pr_err("the hypervisor has interface version %lu, this driver %u: install the driver of its release\n",
		       res.a0, PT_ABI_VERSION);
		return -EPROTO;
	}
	return 0;
}

static int map_window(struct device_node *node)
{
	struct resource place;
	int ret;

	ret = of_address_to_resource(node, 0, &place);
	if (ret || resource_size(&place) < PT_MANAGE_SIZE) {
		pr_err("%pOF: 'reg' does not hold what a manager sees\n", node);
		return ret ?: -EINVAL;
	}
	window = memremap(place.start, PT_MANAGE_SIZE, MEMREMAP_WB);
	return window ? 0 : -ENOMEM;
}

/* Whose are we? A cell's CPUs have the affinity that the board's have. */
static int find_this_cell(const struct pt_status *status)
{
	const u64 mpidr = read_cpuid_mpidr() & PT_MPIDR_MASK;
	unsigned int board;

	if (status->magic != PT_STATUS_MAGIC || status->version != PT_ABI_VERSION ||
	    status->cpu_count > PT_MAX_CPUS) {
		pr_err("the hypervisor shows no status\n");
		return -EINVAL;
	}
	for (board = 0; board < status->cpu_count; board++)
		if (status->cpus[board].mpidr == mpidr) {
			partita.this_cell = READ_ONCE(status->cpus[board].cell);
			return partita.this_cell < PT_MAX_CELLS ? 0 : -EINVAL;
		}
	pr_err("this CPU is none of the hypervisor's\n");
	return -EINVAL;
}

static int attach(void)
{
	const struct pt_status *status = window + PT_MANAGE_STATUS;
	unsigned int board;
	int ret;

	ret = find_this_cell(status);
	if (ret)
		return ret;
	for (board = 0; board < PT_MAX_CPUS; board++)
		partita.cpu_number[board] = board < status->cpu_count ? board : PARTITA_NO_CPU;
	WRITE_ONCE(partita.state, PARTITA_MANAGER);
	partita_status_show(status, window + PT_MANAGE_CONSOLE);
	return partita_sysfs_create();
}

static void detach(void)
{
	u32 id;

	for (id = 0; id < PT_MAX_CELLS; id++)
		if (partita.cells[id])
			hide_cell(id);
	partita_sysfs_remove();
	partita_status_hide();
	WRITE_ONCE(partita.state, PARTITA_OFF);
}

/**
 * partita_manager_init() - see whether this Linux is a manager, and if so, begin
 *
 * Return: 0, also where it is none; or a negative errno.
 */
int partita_manager_init(void)
{
	struct device_node *node = of_find_matching_node(NULL, manager_nodes);
	int ret;

	if (!node)
		return 0;
	ret = check_hypervisor();
	if (!ret)
		ret = map_window(node);
	if (ret)
		goto out_node;
	mutex_lock(&partita.lock);
	ret = attach();
	if (ret)
		detach();
	mutex_unlock(&partita.lock);
	if (ret) {
		memunmap(window);
		goto out_node;
	}
	partita_events_start(irq_of_parse_and_map(node, 0));
	partita_manager_look();
	partita_events_scan();
	partita_events_announce(true);
	pr_info("this Linux is cell %u of a system and manages others\n", partita.this_cell);
out_node:
	of_node_put(node);
	return ret;
}

/**
 * partita_manager_exit() - undo partita_manager_init(); harmless where this Linux is no manager
 */
void partita_manager_exit(void)
{
	if (partita.state != PARTITA_MANAGER)
		return;
	/* Its thread may be waiting for the lock. */
	partita_events_stop();
	mutex_lock(&partita.lock);
	detach();
	mutex_unlock(&partita.lock);
	memunmap(window);
}
