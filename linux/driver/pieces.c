// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was loaded into a cell: for each piece its place and a copy of its bytes, unchanged as long
 * as the cell exists, so that the cell can always be started from the same memory. This file alone
 * knows where the copies are.
 *
 * A piece takes the place of those that begin where it begins or lie inside it. What overlaps in
 * another way is written in the order in which it was loaded.
 */
#include "driver.h"

#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define COPY_STEP	SZ_1M	/* bytes, after which a fatal signal is looked for */

/**
 * struct piece - bytes that a cell finds in its memory when it starts
 * @list: in struct partita_cell.pieces
 * @ipa: where, as the cell sees it
 * @size: bytes, not 0
 * @bytes: the copy
 */
struct piece {
	struct list_head list;
	u64 ipa;
	u64 size;
	u8 *bytes;
};

static void piece_free(struct piece *piece)
{
	vfree(piece->bytes);
	kfree(piece);
}

/* Not from CMA, which cells live on; and rather no copy than a process killed for want of memory. */
static struct piece *piece_new(u64 ipa, const u8 __user *data, u64 size)
{
	struct piece *piece = kmalloc(sizeof(*piece), GFP_KERNEL);
	u64 done, step;

	if (!piece)
		return ERR_PTR(-ENOMEM);
	piece->ipa = ipa;
	piece->size = size;
	piece->bytes = __vmalloc(size, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!piece->bytes) {
		kfree(piece);
		return ERR_PTR(-ENOMEM);
	}
	for (done = 0; done < size; done += step) {
		step = min_t(u64, size - done, COPY_STEP);
		if (fatal_signal_pending(current) ||
		    copy_from_user(piece->bytes + done, data + done, step)) {
			piece_free(piece);
			return ERR_PTR(fatal_signal_pending(current) ? -EINTR : -EFAULT);
		}
		cond_resched();
	}
	return piece;
}

static int piece_write(const struct partita_cell *cell, const struct piece *piece, const u8 *bytes)
{
	phys_addr_t phys;
	u64 done, size;
	int ret;

	for (done = 0; done < piece->size; done += size) {
		size = min(partita_cell_find_memory(cell, piece->ipa + done, &phys),
			   piece->size - done);
		if (WARN_ON(!size))
			return -EINVAL;
		ret = partita_memory_write(phys, bytes ? bytes + done : NULL, size);
		if (ret)
			return ret;
	}
	return 0;
}

/* Does @piece take the place of @old? */
static bool replaces(const struct piece *piece, const struct piece *old)
{
	return old->ipa == piece->ipa ||
	       (old->ipa > piece->ipa && old->ipa - piece->ipa <= piece->size &&
		old->size <= piece->size - (old->ipa - piece->ipa));
}

/**
 * partita_pieces_write() - put into a cell's memory what was loaded
 * @cell: loadable
 *
 * Return: 0, or -ENOMEM with a part written.
 */
int partita_pieces_write(const struct partita_cell *cell)
{
	const struct piece *piece;
	int ret;

	list_for_each_entry(piece, &cell->pieces, list) {
		ret = piece_write(cell, piece, piece->bytes);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * partita_pieces_add() - write into a cell's memory, and remember what
 * @cell: loadable, its memory as partita_pieces_write() leaves it
 * @ipa: where the cell sees it
 * @data: what
 * @size: bytes; all of them in memory that partita_cell_find_memory() finds
 *
 * Return: 0, or a negative errno; after -ENOMEM partita_pieces_write() is due again, after -EFAULT
 * and -EINTR nothing has changed.
 */
int partita_pieces_add(struct partita_cell *cell, u64 ipa, const u8 __user *data, u64 size)
{
	struct piece *piece, *old, *next;
	bool replaced = false;
	int ret;

	if (!size)
		return 0;
	piece = piece_new(ipa, data, size);
	if (IS_ERR(piece))
		return PTR_ERR(piece);
	list_for_each_entry_safe(old, next, &cell->pieces, list) {
		if (!replaces(piece, old))
			continue;
		/* It may be longer; and others may have a part in where it was. */
		ret = piece_write(cell, old, NULL);
		if (ret) {
			piece_free(piece);
			return ret;
		}
		list_del(&old->list);
		piece_free(old);
		replaced = true;
	}
	list_add_tail(&piece->list, &cell->pieces);
	return replaced ? partita_pieces_write(cell) : piece_write(cell, piece, piece->bytes);
}

/**
 * partita_pieces_drop() - forget what was loaded into a cell
 * @cell: that will not start any more
 */
void partita_pieces_drop(struct partita_cell *cell)
{
	struct piece *piece, *next;

	list_for_each_entry_safe(piece, next, &cell->pieces, list) {
		list_del(&piece->list);
		piece_free(piece);
	}
}
