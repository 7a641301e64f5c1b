// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was loaded into a cell: for each part its place and a copy of its bytes, unchanged as long
 * as the cell exists, so that the cell can always be started from the same memory. This file alone
 * knows where the copies are.
 *
 * One takes the place of those that begin where it begins or lie inside it. What overlaps in
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
 * struct content - bytes that a cell finds in its memory when it starts
 * @list: in struct partita_cell.contents
 * @ipa: where, as the cell sees it
 * @size: bytes, not 0
 * @bytes: the copy
 */
struct content {
	struct list_head list;
	u64 ipa;
	u64 size;
	u8 *bytes;
};

static void content_free(struct content *content)
{
	vfree(content->bytes);
	kfree(content);
}

/* Not from CMA, which cells live on; and rather no copy than a process killed for want of memory. */
static struct content *content_new(u64 ipa, const u8 __user *data, u64 size)
{
	struct content *content = kmalloc(sizeof(*content), GFP_KERNEL);
	u64 done, step;

	if (!content)
		return ERR_PTR(-ENOMEM);
	content->ipa = ipa;
	content->size = size;
	content->bytes = __vmalloc(size, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!content->bytes) {
		kfree(content);
		return ERR_PTR(-ENOMEM);
	}
	for (done = 0; done < size; done += step) {
		step = min_t(u64, size - done, COPY_STEP);
		if (fatal_signal_pending(current) ||
		    copy_from_user(content->bytes + done, data + done, step)) {
			content_free(content);
			return ERR_PTR(fatal_signal_pending(current) ? -EINTR : -EFAULT);
		}
		cond_resched();
	}
	return content;
}

static int content_write(const struct partita_cell *cell, const struct content *content, const u8 *bytes)
{
	phys_addr_t phys;
	u64 done, size;
	int ret;

	for (done = 0; done < content->size; done += size) {
		size = min(partita_cell_find_memory(cell, content->ipa + done, &phys),
			   content->size - done);
		if (WARN_ON(!size))
			return -EINVAL;
		ret = partita_memory_write(phys, bytes ? bytes + done : NULL, size);
		if (ret)
			return ret;
	}
	return 0;
}

/* Does @content take the place of @old? */
static bool replaces(const struct content *content, const struct content *old)
{
	return old->ipa == content->ipa ||
	       (old->ipa > content->ipa && old->ipa - content->ipa <= content->size &&
		old->size <= content->size - (old->ipa - content->ipa));
}

/**
 * partita_contents_write() - put into a cell's memory what was loaded
 * @cell: loadable
 *
 * Return: 0, or -ENOMEM with a part written.
 */
int partita_contents_write(const struct partita_cell *cell)
{
	const struct content *content;
	int ret;

	list_for_each_entry(content, &cell->contents, list) {
		ret = content_write(cell, content, content->bytes);
		if (ret)
			return ret;
	}
	return 0;
}

/* Make the memory as it is with @content in place of what it replaces. */
static int write_in_place(const struct partita_cell *cell, const struct content *content)
{
	const struct content *other;
	bool replaced = false;
	int ret = 0;

	list_for_each_entry(other, &cell->contents, list) {
		if (!replaces(content, other))
			continue;
		replaced = true;
		/* It may be longer; and others may have a part in where it was. */
		ret = content_write(cell, other, NULL);
		if (ret)
			return ret;
	}
	list_for_each_entry(other, &cell->contents, list) {
		if (!replaced || replaces(content, other))
			continue;
		ret = content_write(cell, other, other->bytes);
		if (ret)
			return ret;
	}
	return content_write(cell, content, content->bytes);
}

/**
 * partita_contents_add() - write into a cell's memory, and remember what
 * @cell: loadable, its memory as partita_contents_write() leaves it
 * @ipa: where the cell sees it
 * @data: what
 * @size: bytes; all of them in memory that partita_cell_find_memory() finds
 *
 * Return: 0, or a negative errno with nothing else remembered than before; after -ENOMEM
 * partita_contents_write() is due again, after -EFAULT and -EINTR the memory is as it was, too.
 */
int partita_contents_add(struct partita_cell *cell, u64 ipa, const u8 __user *data, u64 size)
{
	struct content *content, *old, *next;
	int ret;

	if (!size)
		return 0;
	content = content_new(ipa, data, size);
	if (IS_ERR(content))
		return PTR_ERR(content);
	ret = write_in_place(cell, content);
	if (ret) {
		/* As far as can be, nothing of it stays. */
		content_write(cell, content, NULL);
		content_free(content);
		return ret;
	}
	list_for_each_entry_safe(old, next, &cell->contents, list) {
		if (!replaces(content, old))
			continue;
		list_del(&old->list);
		content_free(old);
	}
	list_add_tail(&content->list, &cell->contents);
	return 0;
}

/**
 * partita_contents_drop() - forget what was loaded into a cell
 * @cell: that will not start any more
 */
void partita_contents_drop(struct partita_cell *cell)
{
	struct content *content, *next;

	list_for_each_entry_safe(content, next, &cell->contents, list) {
		list_del(&content->list);
		content_free(content);
	}
}
