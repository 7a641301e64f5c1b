// SPDX-License-Identifier: GPL-2.0-only
/*
 * What cells say: their consoles and report pages; and what is typed into them. What they say is
 * the word of something that may be broken or hostile and that goes on writing while it is read,
 * so nothing here loops on it or trusts a value of it.
 */
#include "driver.h"

#include <linux/arm-smccc.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/barrier.h>

static const void *comm_area(u32 cell)
{
	if (partita.state == PARTITA_MANAGER)
		return partita_manager_comm(cell);
	return partita_hypervisor_memory(READ_ONCE(partita.status->cells[cell].comm), PT_COMM_SIZE);
}

/**
 * partita_info() - what the hypervisor tells a cell
 * @cell: id below PT_MAX_CELLS; status can be read
 *
 * Return: readable while partita.view is held, or NULL where there is nothing to see.
 */
const struct pt_info *partita_info(u32 cell)
{
	const void *comm = comm_area(cell);

	return comm ? comm + PT_COMM_INFO : NULL;
}

/**
 * partita_report() - what a cell tells of itself
 * @cell: id below PT_MAX_CELLS; status can be read
 *
 * Return: readable while partita.view is held, or NULL where there is nothing to see.
 */
const struct pt_report *partita_report(u32 cell)
{
	const void *comm = comm_area(cell);

	if (!comm)
		return NULL;
	return comm + PT_COMM_REPORT;
}

/**
 * struct ring - a console
 * @data: PT_CONSOLE_SIZE bytes
 * @head: counts the bytes ever written
 */
struct ring {
	const u8 *data;
	const u64 *head;
};

static u64 ring_head(const struct ring *ring)
{
	/* Pairs with the writer's release: the bytes that this head counts are there. */
	return smp_load_acquire(ring->head);
}

static bool has_uart(const void *comm)
{
	return !READ_ONCE(((const struct pt_info *)(comm + PT_COMM_INFO))->console_size);
}

static int find_comm(u32 cell, const void **comm)
{
	if (cell >= PT_MAX_CELLS || !partita.cells[cell])
		return -ENOENT;
	*comm = comm_area(cell);
	return *comm ? 0 : -EACCES;
}

static int find_ring(u32 cell, struct ring *ring)
{
	const void *comm;
	int ret;

	if (cell == PT_ROOT_CELL) {
		ring->data = partita.console;
		ring->head = &partita.status->console_head;
		return 0;
	}
	ret = find_comm(cell, &comm);
	if (ret)
		return ret;
	ring->data = comm + PT_COMM_CONSOLE;
	/* Whoever writes the ring has the head. */
	if (has_uart(comm))
		ring->head = &partita.status->cells[cell].console_head;
	else
		ring->head = &((const struct pt_report *)(comm + PT_COMM_REPORT))->console_head;
	return 0;
}

/* Copies [from, from + size) of all that was ever written, at most the ring's size. */
static void copy_out(const struct ring *ring, u64 from, u8 *buffer, size_t size)
{
	size_t start = from % PT_CONSOLE_SIZE;
	size_t first = min_t(size_t, size, PT_CONSOLE_SIZE - start);

	memcpy(buffer, ring->data + start, first);
	memcpy(buffer + first, ring->data, size - first);
}

/*
 * Read into buffer once. The writer may overtake: what it has overwritten meanwhile is dropped
 * and counted. A head behind the cursor means that the console has begun anew, or that the cell
 * lies; reading goes on with the oldest byte there is. Returns where the good bytes begin in the
 * buffer; ioc->size how many.
 */
static size_t ring_read(const struct ring *ring, struct pt_ioc_console *ioc, u8 *buffer)
{
	u64 head = ring_head(ring);
	u64 oldest = head > PT_CONSOLE_SIZE ? head - PT_CONSOLE_SIZE : 0;
	u64 dropped = 0;
	u64 size;

	ioc->lost = 0;
	if (ioc->cursor > head) {
		ioc->cursor = oldest;
	} else if (ioc->cursor < oldest) {
		ioc->lost = oldest - ioc->cursor;
		ioc->cursor = oldest;
	}
	size = min_t(u64, ioc->size, head - ioc->cursor);
	copy_out(ring, ioc->cursor, buffer, size);

	smp_rmb();	/* the bytes before the head that says whether they were still good */
	head = ring_head(ring);
	oldest = head > PT_CONSOLE_SIZE ? head - PT_CONSOLE_SIZE : 0;
	if (oldest > ioc->cursor)
		dropped = min(size, oldest - ioc->cursor);
	ioc->cursor += size;
	ioc->lost += dropped;
	ioc->size = size - dropped;
	return dropped;
}

/**
 * partita_console_read() - read what a cell, or the hypervisor, has written to its console
 * @ioc: which console, from where, how much, to where
 *
 * Never waits for a management action or for the writer.
 *
 * Return: 0, or a negative errno: -ENODEV where the hypervisor is not enabled, -ENOENT where
 * there is no such cell, -EACCES where this Linux has no right over it.
 */
int partita_console_read(struct pt_ioc_console *ioc)
{
	struct ring ring;
	size_t start = 0;
	u8 *buffer;
	int ret;

	ioc->size = min_t(u64, ioc->size, PT_CONSOLE_SIZE);
	buffer = kvmalloc(PT_CONSOLE_SIZE, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	down_read(&partita.view);
	ret = partita.status ? find_ring(ioc->cell, &ring) : -ENODEV;
	if (!ret)
		start = ring_read(&ring, ioc, buffer);
	up_read(&partita.view);
	if (!ret && copy_to_user(u64_to_user_ptr(ioc->data), buffer + start, ioc->size))
		ret = -EFAULT;
	kvfree(buffer);
	return ret;
}

/*
 * While there is the cell, and partita.view keeps it, every CPU is under the hypervisor. Without
 * partita.lock, since a management action of some seconds is no reason to keep anybody from typing.
 * Returns how many bytes were taken, or a negative errno.
 */
static long type(u32 cell, const u64 bytes[4], u64 count, s32 *error)
{
	struct arm_smccc_res res;
	const void *comm;
	long taken;

	lockdep_assert_held_read(&partita.view);
	if (!partita.status)
		return -ENODEV;
	taken = find_comm(cell, &comm);
	if (taken)
		return taken;
	if (has_uart(comm)) {
		arm_smccc_1_1_hvc(PT_HC_UART_INPUT, (u64)cell, count, bytes[0], bytes[1],
				  bytes[2], bytes[3], &res);
		taken = res.a0;
	} else {
		taken = PT_EINVAL;
	}
	if (taken >= 0)
		return taken;
	*error = taken;
	return -EREMOTEIO;
}

/**
 * partita_console_write() - type into the UART of a cell
 * @ioc: which, what, how much; out: how much of it was taken
 *
 * Never waits for a management action or for the cell.
 *
 * Return: 0, or a negative errno with nothing taken: -ENODEV where the hypervisor is not enabled,
 * -ENOENT where there is no such cell, -EACCES where this Linux has no right over it, -EREMOTEIO
 * where @ioc->error says more.
 */
int partita_console_write(struct pt_ioc_console_write *ioc)
{
	const u64 size = min_t(u64, ioc->size, PAGE_SIZE);
	const u8 __user *data = u64_to_user_ptr(ioc->data);
	u64 bytes[PT_UART_INPUT_MAX / sizeof(u64)] = {};
	u64 count;
	long taken;

	BUILD_BUG_ON(ARRAY_SIZE(bytes) != 4);
	ioc->size = 0;
	do {
		count = min_t(u64, size - ioc->size, sizeof(bytes));
		if (copy_from_user(bytes, data + ioc->size, count)) {
			taken = -EFAULT;
			break;
		}
		down_read(&partita.view);
		taken = type(ioc->cell, bytes, count, &ioc->error);
		up_read(&partita.view);
		if (taken > 0)
			ioc->size += taken;
	} while (taken == sizeof(bytes) && ioc->size < size);
	if (taken >= 0 || !ioc->size)
		return min(taken, 0L);
	/* What was taken is the answer; the next call says what is wrong. */
	ioc->error = 0;
	return 0;
}
