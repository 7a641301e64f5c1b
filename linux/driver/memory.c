// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physically contiguous memory for the hypervisor and for cells, from the kernel's CMA area, and
 * what it takes to share it with those who look at it with their caches off. Memory that a cell
 * or the hypervisor owns stays in the kernel's linear map, but the root's stage 2 lets nobody
 * touch it there.
 */
#include "driver.h"

#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/sysreg.h>

#define MEMORY_ATTRS	(DMA_ATTR_NO_KERNEL_MAPPING | DMA_ATTR_NO_WARN)

/**
 * partita_memory_alloc() - take physically contiguous memory
 * @size: bytes, page aligned
 *
 * The DMA layer is the only door to CMA that is open to modules. For a device without a mapping
 * of its own the DMA address is the physical address and the cookie the first struct page.
 *
 * Return: the memory, not zeroed, or NULL.
 */
struct partita_memory *partita_memory_alloc(size_t size)
{
	struct partita_memory *memory;

	memory = kzalloc(sizeof(*memory), GFP_KERNEL);
	if (!memory)
		return NULL;
	INIT_LIST_HEAD(&memory->list);
	memory->size = size;
	memory->page = dma_alloc_attrs(&partita.pdev->dev, size, &memory->handle, GFP_KERNEL,
				       MEMORY_ATTRS);
	if (!memory->page) {
		kfree(memory);
		return NULL;
	}
	memory->phys = page_to_phys(memory->page);
	return memory;
}

static void memory_free(struct partita_memory *memory)
{
	list_del(&memory->list);
	dma_free_attrs(&partita.pdev->dev, memory->size, memory->page, memory->handle,
		       MEMORY_ATTRS);
	kfree(memory);
}

/*
 * Freed page by page, megabytes would stay in this CPU's list of spare pages: free, but neither
 * counted as such nor of use to the next who wants contiguous memory. Any allocation from CMA
 * collects them; so make one, of the least size that comes from there.
 */
static void collect_spare_pages(void)
{
	struct partita_memory *memory = partita_memory_alloc(2 * PAGE_SIZE);

	if (memory)
		memory_free(memory);
}

/**
 * partita_memory_free() - give memory back
 * @memory: from partita_memory_alloc(), may be NULL
 */
void partita_memory_free(struct partita_memory *memory)
{
	if (!memory)
		return;
	memory_free(memory);
	collect_spare_pages();
}

/**
 * partita_memory_free_list() - give back all memory of a file or a cell
 * @list: of struct partita_memory
 */
void partita_memory_free_list(struct list_head *list)
{
	struct partita_memory *memory, *next;

	if (list_empty(list))
		return;
	list_for_each_entry_safe(memory, next, list, list)
		memory_free(memory);
	collect_spare_pages();
}

static bool lies_in(const struct partita_memory *memory, u64 phys, u64 size)
{
	return phys >= memory->phys && size <= memory->size &&
	       phys - memory->phys <= memory->size - size;
}

/**
 * partita_memory_covers() - does a range lie wholly in one of these pieces of memory?
 * @list: of struct partita_memory
 * @phys: any value, untrusted
 * @size: any value, untrusted
 *
 * Return: true where it does.
 */
bool partita_memory_covers(const struct list_head *list, u64 phys, u64 size)
{
	const struct partita_memory *memory;

	list_for_each_entry(memory, list, list)
		if (lies_in(memory, phys, size))
			return true;
	return false;
}

/**
 * partita_memory_move() - hand the piece of memory that holds a range to another owner
 * @from: list of struct partita_memory; where no piece holds the range nothing happens
 * @to: list of struct partita_memory
 * @phys: start of the range
 * @size: bytes of it
 */
void partita_memory_move(struct list_head *from, struct list_head *to, u64 phys, u64 size)
{
	struct partita_memory *memory;

	list_for_each_entry(memory, from, list) {
		if (lies_in(memory, phys, size)) {
			list_move(&memory->list, to);
			return;
		}
	}
}

/**
 * partita_cache_clean_inval() - write memory back to the point of coherency and forget it
 * @start: in the linear map
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
