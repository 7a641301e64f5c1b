// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physically contiguous memory for the hypervisor and for cells: from the kernel's CMA area, or what
 * it was made to leave (vacate.c), or, by its address, what the kernel makes no use of; and what it
 * takes to share it with those who look at it with their caches off. Memory that a cell or the
 * hypervisor owns stays in the kernel's linear map, where it was, but the root's stage 2 lets nobody
 * touch it there. Its pages say so: who reads all of memory (/proc/kcore, the dump of a crash) leaves
 * out what is offline.
 *
 * Memory is counted: an open file holds what it asked for, a cell what its regions lie in, and the
 * last to let go gives it back.
 */
#include "driver.h"

#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#define MEMORY_ATTRS	(DMA_ATTR_NO_KERNEL_MAPPING | DMA_ATTR_NO_WARN)

/* What has a name and is in use; guarded by partita.lock. */
static LIST_HEAD(named);

/* That a file has a share in memory. */
struct hold {
	struct list_head list;
	struct partita_memory *memory;
};

static struct partita_memory *memory_new(size_t size, enum partita_memory_source source)
{
	struct partita_memory *memory = kzalloc(sizeof(*memory), GFP_KERNEL);

	if (!memory)
		return NULL;
	INIT_LIST_HEAD(&memory->list);
	memory->users = 1;
	memory->size = size;
	memory->source = source;
	return memory;
}

/**
 * partita_pages_hide() - keep those who read all of memory from pages that are ours
 * @page: the first one
 * @size: bytes, page aligned
 *
 * Waits for who has looked already and is just reading.
 */
void partita_pages_hide(struct page *page, u64 size)
{
	unsigned long i;

	page_offline_begin();
	for (i = 0; i < size >> PAGE_SHIFT; i++)
		__SetPageOffline(page + i);
	page_offline_end();
}

/**
 * partita_pages_show() - undo partita_pages_hide()
 * @page: the first one
 * @size: bytes, page aligned
 */
void partita_pages_show(struct page *page, u64 size)
{
	unsigned long i;

	page_offline_begin();
	for (i = 0; i < size >> PAGE_SHIFT; i++)
		__ClearPageOffline(page + i);
	page_offline_end();
}

/*
 * The DMA layer is the only door to CMA that is open to modules. For a device without a mapping
 * of its own the DMA address is the physical address and the cookie the first struct page.
 */
static bool take_pages(struct partita_memory *memory, size_t size)
{
	memory->taken = size;
	memory->page = dma_alloc_attrs(&partita.pdev->dev, size, &memory->handle, GFP_KERNEL,
				       MEMORY_ATTRS);
	if (!memory->page)
		return false;
	partita_pages_hide(memory->page, size);
	return true;
}

static void give_pages(struct partita_memory *memory)
{
	partita_pages_show(memory->page, memory->taken);
	dma_free_attrs(&partita.pdev->dev, memory->taken, memory->page, memory->handle,
		       MEMORY_ATTRS);
}

/*
 * Freed page by page, megabytes would stay in this CPU's list of spare pages: free, but neither
 * counted as such nor of use to the next who wants contiguous memory. Any allocation from CMA
 * collects them; so make one, of the least size that comes from there.
 */
static void collect_spare_pages(void)
{
	struct partita_memory memory;

	if (take_pages(&memory, 2 * PAGE_SIZE))
		give_pages(&memory);
}

/**
 * partita_memory_alloc() - take physically contiguous memory
 * @size: bytes, page aligned
 * @align: what its address is a multiple of, PAGE_SIZE or SZ_2M
 *
 * CMA aligns to a megabyte as a rule, so that for two it is asked for one more where need be.
 *
 * Return: the memory, not zeroed, or NULL.
 */
struct partita_memory *partita_memory_alloc(size_t size, size_t align)
{
	struct partita_memory *memory;
	phys_addr_t start;
	size_t extra;

	memory = memory_new(size, PARTITA_MEMORY_CMA);
	if (!memory)
		return NULL;
	for (extra = 0; extra <= SZ_2M && take_pages(memory, size + extra); extra += SZ_1M) {
		start = page_to_phys(memory->page);
		memory->phys = ALIGN(start, align);
		if (memory->phys - start <= extra)
			return memory;
		give_pages(memory);
	}
	collect_spare_pages();
	kfree(memory);
	return NULL;
}

/*
 * A no-map node of reserved-memory is in the list of resources, but not as a busy one, so that
 * ours can go inside; what lies beyond mem= is in none. Memory of the kernel is refused also where
 * it is not said to be busy.
 */
static struct partita_memory *memory_by_address(phys_addr_t phys, size_t size)
{
	struct partita_memory *memory;

	if (region_intersects(phys, size, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) !=
	    REGION_DISJOINT)
		return ERR_PTR(-EBUSY);
	memory = memory_new(size, PARTITA_MEMORY_BESIDE);
	if (!memory)
		return ERR_PTR(-ENOMEM);
	memory->phys = phys;
	if (!request_mem_region(phys, size, KBUILD_MODNAME)) {
		kfree(memory);
		return ERR_PTR(-EBUSY);
	}
	return memory;
}

/**
 * partita_memory_put() - let go of memory; the last one gives it back
 * @memory: may be NULL
 */
void partita_memory_put(struct partita_memory *memory)
{
	if (!memory || --memory->users)
		return;
	list_del(&memory->list);
	switch (memory->source) {
	case PARTITA_MEMORY_CMA:
		give_pages(memory);
		collect_spare_pages();
		break;
	case PARTITA_MEMORY_VACATED:
		partita_memory_return(memory);
		collect_spare_pages();
		break;
	case PARTITA_MEMORY_BESIDE:
		release_mem_region(memory->phys, memory->size);
		break;
	}
	kfree(memory);
}

static struct partita_memory *memory_by_name(const char *name)
{
	struct partita_memory *memory;

	list_for_each_entry(memory, &named, list)
		if (!strcmp(memory->name, name))
			return memory;
	return NULL;
}

static struct hold *hold_of(const struct list_head *holds, const struct partita_memory *memory)
{
	struct hold *hold;

	list_for_each_entry(hold, holds, list)
		if (hold->memory == memory)
			return hold;
	return NULL;
}

static void let_go(struct hold *hold)
{
	list_del(&hold->list);
	partita_memory_put(hold->memory);
	kfree(hold);
}

static struct partita_memory *memory_from_cma(struct pt_ioc_memory *ioc)
{
	const int ret = partita_memory_affordable(ioc->size, ioc);

	if (ret)
		return ERR_PTR(ret);
	return partita_memory_alloc(ioc->size, ioc->size < SZ_2M ? PAGE_SIZE : SZ_2M) ?:
	       ERR_PTR(-ENOMEM);
}

static void stop_vacating(struct partita_file *file)
{
	partita_memory_put(file->vacating);
	file->vacating = NULL;
}

/* The next step on the way to what @ioc asks for. What fails leaves nothing taken. */
static struct partita_memory *memory_vacated(struct partita_file *file, struct pt_ioc_memory *ioc)
{
	struct partita_memory *memory = file->vacating;
	phys_addr_t obstacle = 0;
	int ret;

	if (!memory) {
		memory = memory_new(ioc->size, PARTITA_MEMORY_VACATED);
		if (!memory)
			return ERR_PTR(-ENOMEM);
		memory->phys = ioc->address;
		file->vacating = memory;
	}
	ret = partita_memory_affordable(memory->size - memory->taken, ioc);
	if (!ret)
		ret = partita_memory_vacate_step(memory, &obstacle);
	ioc->vacated = memory->taken;
	if (!ret) {
		file->vacating = NULL;
		return memory;
	}
	if (ret != -EAGAIN)
		stop_vacating(file);
	if (ret == -EBUSY)
		ioc->address = obstacle;
	/* There is no room to move things to. */
	if (ret == -ENOMEM) {
		ioc->missing = ioc->size - ioc->vacated;
		ret = -ENOSPC;
	}
	return ERR_PTR(ret);
}

/* What @ioc asks for, with a share in it for the caller. */
static struct partita_memory *memory_find_or_make(struct partita_file *file,
						  struct pt_ioc_memory *ioc)
{
	struct partita_memory *memory = *ioc->name ? memory_by_name(ioc->name) : NULL;

	if (memory) {
		if (memory->size != ioc->size || (ioc->address && ioc->address != memory->phys))
			return ERR_PTR(-EEXIST);
		memory->users++;
		return memory;
	}
	if (ioc->flags & PT_MEMORY_VACATE)
		memory = memory_vacated(file, ioc);
	else if (ioc->address)
		memory = memory_by_address(ioc->address, ioc->size);
	else
		memory = memory_from_cma(ioc);
	if (!IS_ERR(memory) && *ioc->name) {
		strscpy(memory->name, ioc->name, sizeof(memory->name));
		list_add(&memory->list, &named);
	}
	return memory;
}

/**
 * partita_memory_request() - what an open file asks for becomes its own, or its as well
 * @file: who asks
 * @ioc: size, name and address as the user gave them; the address is filled in
 *
 * Asking again for what the file has by name changes nothing, and is no mistake.
 *
 * Return: 0, or a negative errno; -EAGAIN where the same call goes on with what has been begun.
 */
int partita_memory_request(struct partita_file *file, struct pt_ioc_memory *ioc)
{
	struct list_head *holds = &file->memory;
	struct partita_memory *memory;
	struct hold *hold;

	if (!ioc->size || !PAGE_ALIGNED(ioc->size) || ioc->size > PT_ADDRESS_LIMIT ||
	    !PAGE_ALIGNED(ioc->address) || ioc->address > PT_ADDRESS_LIMIT - ioc->size ||
	    strnlen(ioc->name, sizeof(ioc->name)) == sizeof(ioc->name) ||
	    ioc->flags & ~PT_MEMORY_VACATE || ioc->reserved0 ||
	    (ioc->flags & PT_MEMORY_VACATE && !IS_ALIGNED(ioc->address, SZ_2M)))
		return -EINVAL;
	/* Something else is asked for now. */
	if (file->vacating && (!(ioc->flags & PT_MEMORY_VACATE) ||
			       file->vacating->phys != ioc->address ||
			       file->vacating->size != ioc->size))
		stop_vacating(file);
	hold = kzalloc(sizeof(*hold), GFP_KERNEL);
	if (!hold)
		return -ENOMEM;
	memory = memory_find_or_make(file, ioc);
	if (IS_ERR(memory)) {
		kfree(hold);
		return PTR_ERR(memory);
	}
	ioc->address = memory->phys;
	if (hold_of(holds, memory)) {
		partita_memory_put(memory);
		kfree(hold);
		return 0;
	}
	hold->memory = memory;
	list_add(&hold->list, holds);
	return 0;
}

/**
 * partita_memory_release() - let go of all that a file holds
 * @file: that is closed
 */
void partita_memory_release(struct partita_file *file)
{
	struct hold *hold, *next;

	stop_vacating(file);
	list_for_each_entry_safe(hold, next, &file->memory, list)
		let_go(hold);
}

static bool lies_in(const struct partita_memory *memory, u64 phys, u64 size)
{
	return phys >= memory->phys && size <= memory->size &&
	       phys - memory->phys <= memory->size - size;
}

/**
 * partita_memory_get() - a share in the memory that a region of a cell lies in
 * @holds: of the file that creates the cell
 * @region: untrusted
 *
 * What has a name is for shared regions, and nothing else is.
 *
 * Return: the memory, for partita_memory_put(), or NULL where the file holds none such.
 */
struct partita_memory *partita_memory_get(const struct list_head *holds,
					  const struct pt_region *region)
{
	const bool shared = region->flags & PT_REGION_SHARED;
	const struct hold *hold;
	bool has_name;

	list_for_each_entry(hold, holds, list) {
		has_name = *hold->memory->name;
		if (has_name != shared || !lies_in(hold->memory, region->pa, region->size))
			continue;
		hold->memory->users++;
		return hold->memory;
	}
	return NULL;
}

/**
 * partita_memory_hand_over() - a cell has the memory now, and the file no more
 * @holds: the file's
 * @memory: of the cell; what has a name stays with the file as well
 */
void partita_memory_hand_over(struct list_head *holds, const struct partita_memory *memory)
{
	struct hold *hold = hold_of(holds, memory);

	if (hold && !*memory->name)
		let_go(hold);
}

/**
 * partita_cache_clean_inval() - write memory back to the point of coherency and forget it
 * @start: where it is mapped, cacheable
 * @size: bytes
 *
 * For what others read or write with their caches off: EL2 on its way in, a cell before its own
 * MMU is on. Needs no more than permission to read. The kernel has this function but exports it
 * to nobody.
 */
void partita_cache_clean_inval(const void *start, size_t size)
{
	u64 ctr = read_sanitised_ftr_reg(SYS_CTR_EL0);
	size_t line = 4UL << (ctr >> 16 & 0xf);		/* CTR_EL0.DminLine, log2 of words */
	unsigned long address = (unsigned long)start & ~(line - 1);

	for (; address < (unsigned long)start + size; address += line)
		asm volatile("dc civac, %0" :: "r" (address) : "memory");
	dsb(sy);
}

/**
 * partita_hypervisor_memory() - where the kernel sees memory of the hypervisor
 * @phys: as the hypervisor told
 * @size: bytes
 *
 * Return: address in the linear map, or NULL where this is not the hypervisor's memory.
 */
void *partita_hypervisor_memory(u64 phys, size_t size)
{
	if (!phys || !partita.memory || !lies_in(partita.memory, phys, size))
		return NULL;
	return phys_to_virt(phys);
}
