// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that Linux manages and is made to leave: what CMA is too small for. Linux moves what can
 * be moved out of a range, as it does for huge pages, and the range is ours until it is freed like
 * any other pages. To take memory offline for good is no way: arm64 kernels refuse that for all
 * memory that was there at boot.
 *
 * Where to try is the command's to choose, from a survey that is made here. A range is vacated
 * piece by piece, each in a call of its own, so that who waits sees how far it is and can give up.
 */
#include "driver.h"

#include <linux/gfp.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>

/* Moves for a fraction of a second, and pays once for making all CPUs hand in their spare pages. */
#define STEP_SIZE	SZ_64M
/* Of all that Linux manages one part in so many must stay available to it. */
#define KEEP_PARTS	16

/* Since 6.16 this says whether the range is of CMA; before, what its pages are to be. */
#ifndef ACR_FLAGS_NONE
#define ACR_FLAGS_NONE	MIGRATE_MOVABLE
#endif

/**
 * partita_memory_affordable() - may Linux be made the poorer by so much?
 * @size: bytes
 * @ioc: where to say how much is missing
 *
 * Whatever is taken from Linux, it shall not have to kill its processes for want of it.
 *
 * Return: 0, or -ENOSPC.
 */
int partita_memory_affordable(u64 size, struct pt_ioc_memory *ioc)
{
	const u64 available = (u64)max(si_mem_available(), 0L) << PAGE_SHIFT;
	struct sysinfo info;
	u64 keep;

	si_meminfo(&info);
	keep = ((u64)info.totalram << PAGE_SHIFT) / KEEP_PARTS;
	if (available >= size + keep)
		return 0;
	ioc->missing = size + keep - available;
	return -ENOSPC;
}

/*
 * How many pages from @page on share its fate, at most @left. It may be freed or taken as we look:
 * believe only what makes sense.
 */
static unsigned long pages_alike(struct page *page, unsigned long left)
{
	unsigned long order;

	if (PageHead(page))
		return clamp_t(unsigned long, compound_nr(page), 1, left);
	if (PageBuddy(page)) {
		order = READ_ONCE(page->private);
		if (order < BITS_PER_LONG - 1)
			return min(1UL << order, left);
	}
	return 1;
}

/*
 * What is in a block at this moment; nothing is held, so it is a hint. A page that nobody counts
 * is free, also while it waits in some CPU's list. On the way to the list of what can be moved,
 * pages of files and processes are known by whose they are.
 */
static struct pt_memory_block survey_block(unsigned long pfn)
{
	const unsigned long end = pfn + SZ_2M / PAGE_SIZE;
	struct pt_memory_block block = {};
	struct page *page, *head;
	unsigned long count;

	if (!pfn_to_online_page(pfn) || !pfn_to_online_page(end - 1))
		return block;
	for (; pfn < end; pfn += count) {
		page = pfn_to_page(pfn);
		count = pages_alike(page, end - pfn);
		head = compound_head(page);
		if (PageReserved(page))
			continue;
		if (!page_ref_count(head))
			block.free += count * (PAGE_SIZE / SZ_4K);
		else if (PageLRU(head) || (!PageSlab(head) && READ_ONCE(head->mapping)))
			block.movable += count * (PAGE_SIZE / SZ_4K);
	}
	return block;
}

/**
 * partita_memory_survey() - what is where in Linux' memory
 * @ioc: which blocks, and where to write it
 *
 * Return: 0, or a negative errno.
 */
int partita_memory_survey(const struct pt_ioc_memory_survey *ioc)
{
	struct pt_memory_block __user *blocks = u64_to_user_ptr(ioc->blocks);
	struct pt_memory_block block;
	u64 i;

	if (!IS_ALIGNED(ioc->address, SZ_2M) || ioc->address >= PT_ADDRESS_LIMIT ||
	    ioc->count > (PT_ADDRESS_LIMIT - ioc->address) / SZ_2M)
		return -EINVAL;
	for (i = 0; i < ioc->count; i++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		block = survey_block(PHYS_PFN(ioc->address + i * SZ_2M));
		if (copy_to_user(&blocks[i], &block, sizeof(block)))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* Is all of it memory in use by Linux, and of one zone, without which it cannot be had at once? */
static bool is_one_zone(phys_addr_t phys, u64 size)
{
	struct page *first = pfn_to_online_page(PHYS_PFN(phys));
	struct page *page;
	u64 at;

	for (at = 0; at < size; at += PAGE_SIZE) {
		page = pfn_to_online_page(PHYS_PFN(phys + at));
		if (!first || !page || page_zone(page) != page_zone(first))
			return false;
	}
	return true;
}

static int vacate(phys_addr_t phys, u64 size)
{
	const unsigned long pfn = PHYS_PFN(phys);

	if (!is_one_zone(phys, size))
		return -EBUSY;
	return alloc_contig_range(pfn, pfn + PHYS_PFN(size), ACR_FLAGS_NONE,
				  GFP_KERNEL | __GFP_NOWARN);
}

/**
 * partita_memory_vacate_step() - have another piece of memory
 * @memory: at phys, a multiple of 2 MiB, of size, of which taken is ours
 * @obstacle: for -EBUSY, the address of the 2 MiB that cannot be had
 *
 * Where a piece cannot be had smaller ones are tried, to know what is in the way.
 *
 * Return: 0 when all is had, -EAGAIN when there is more to do, or another negative errno.
 */
int partita_memory_vacate_step(struct partita_memory *memory, phys_addr_t *obstacle)
{
	const phys_addr_t phys = memory->phys + memory->taken;
	const u64 left = memory->size - memory->taken;
	u64 step = min_t(u64, left, STEP_SIZE);
	int ret;

	for (;;) {
		ret = vacate(phys, step);
		if (ret != -EBUSY || step <= SZ_2M)
			break;
		step = ALIGN(step / 2, SZ_2M);
	}
	if (ret) {
		*obstacle = phys;
		return ret;
	}
	partita_pages_hide(phys_to_page(phys), step);
	memory->taken += step;
	return memory->taken < memory->size ? -EAGAIN : 0;
}

/**
 * partita_memory_return() - give back to Linux what it was made to leave
 * @memory: of which taken is ours
 */
void partita_memory_return(const struct partita_memory *memory)
{
	u64 done, step;

	for (done = 0; done < memory->taken; done += step) {
		step = min_t(u64, memory->taken - done, SZ_2M);
		partita_pages_show(phys_to_page(memory->phys + done), step);
		free_contig_range(PHYS_PFN(memory->phys + done), PHYS_PFN(step));
		cond_resched();
	}
}
