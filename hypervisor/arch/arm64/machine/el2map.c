// SPDX-License-Identifier: GPL-2.0-only
/*
 * All tables are made once, before the first CPU turns its MMU on; later only device pages and the
 * per-CPU window change. A page is either writable or executable, never both; no cell memory is mapped here
 * except through the window, by the CPU that scrubs it, for as long as that takes. So is PCI configuration space.
 */
#include <partita/types.h>
#include <lib/pool.h>
#include <lib/string.h>
#include <machine/el2map.h>
#include <machine/image.h>
#include <machine/layout.h>
#include <machine/sysreg.h>

#define ENTRIES		512u

#define PTE_TABLE	0x3ULL
#define PTE_PAGE	0x3ULL
#define PTE_DEVICE	(0ULL << 2)
#define PTE_NORMAL	(1ULL << 2)
#define PTE_RES1	BIT(6)		/* AP[1] */
#define PTE_RO		BIT(7)
#define PTE_INNER	(3ULL << 8)
#define PTE_AF		BIT(10)
#define PTE_GP		BIT(50)	/* FEAT_BTI; RES0 without: indirect branches only to landing pads */
#define PTE_XN		BIT(54)

#define IDMAP	(PTE_PAGE | PTE_RES1 | PTE_AF | PTE_INNER | PTE_NORMAL | PTE_RO)
#define TEXT	(IDMAP | PTE_GP)
#define RODATA	(IDMAP | PTE_XN)
#define DATA	(PTE_PAGE | PTE_RES1 | PTE_AF | PTE_INNER | PTE_NORMAL | PTE_XN)
#define DEVICE	(PTE_PAGE | PTE_RES1 | PTE_AF | PTE_DEVICE | PTE_XN)

#define INDEX(va, level)	(((uint64_t)(va) >> (39 - 9 * (level))) & (ENTRIES - 1))

#define POOL_L3		(POOL_VA_SIZE >> 21)

/* Shared tables. The identity map is for one page: a chain of one entry each. */
static uint64_t image_l3[ENTRIES] __aligned(PT_PAGE_SIZE) __before_mmu;
static uint64_t idmap_l1[ENTRIES] __aligned(PT_PAGE_SIZE) __before_mmu;
static uint64_t idmap_l2[ENTRIES] __aligned(PT_PAGE_SIZE) __before_mmu;
static uint64_t idmap_l3[ENTRIES] __aligned(PT_PAGE_SIZE) __before_mmu;

/* Physical addresses, for what runs later with the MMU on. */
static uint64_t percpu_base __before_mmu;
static uint64_t *device_l3 __before_mmu;	/* tables in the pool, one behind the other */
static uint64_t device_used __before_mmu;	/* bytes of DEVICE_VA */
static uint64_t device_size __before_mmu;	/* bytes that these tables map */

static void map_pages(uint64_t *l3, uint64_t va, uint64_t pa, uint64_t size, uint64_t attributes)
{
	for (uint64_t i = 0; i < size; i += PT_PAGE_SIZE)
		l3[INDEX(va + i, 3)] = (pa + i) | attributes;
}

static void build_image(uint64_t base)
{
	map_pages(image_l3, HV_VA, base, image_text_size(), TEXT);
	map_pages(image_l3, HV_VA + image_text_size(), base + image_text_size(), image_rodata_size(), RODATA);
	map_pages(image_l3, HV_VA + image_data_offset(), base + image_data_offset(),
		  image_core_size() - image_data_offset(), DATA);
}

static void build_idmap(uint64_t page)
{
	idmap_l1[INDEX(page, 1)] = (uint64_t)idmap_l2 | PTE_TABLE;
	idmap_l2[INDEX(page, 2)] = (uint64_t)idmap_l3 | PTE_TABLE;
	idmap_l3[INDEX(page, 3)] = page | IDMAP;
}

/* A distributor, the redistributors of all CPUs, a page for each of the smaller frames. */
static uint64_t device_tables(unsigned int cpus)
{
	return (DEVICE_OTHERS + (uint64_t)cpus * DEVICE_PER_CPU - 1) / BIT(21) + 1;
}

uint64_t el2map_pool_pages(unsigned int cpus)
{
	return POOL_L3 + device_tables(cpus);
}

static void build_cpu(uint64_t block, uint64_t idmap_page, uint64_t pool_l3, uint64_t pool_tables)
{
	uint64_t *table[PERCPU_TABLES];

	for (unsigned int i = 0; i < PERCPU_TABLES; i++)
		table[i] = memset((void *)(block + i * PT_PAGE_SIZE), 0, PT_PAGE_SIZE);
	table[PERCPU_L0][INDEX(idmap_page, 0)] = (uint64_t)idmap_l1 | PTE_TABLE;
	table[PERCPU_L0][INDEX(HV_VA, 0)] = (uint64_t)table[PERCPU_L1] | PTE_TABLE;
	table[PERCPU_L1][INDEX(HV_VA, 1)] = (uint64_t)table[PERCPU_L2] | PTE_TABLE;
	table[PERCPU_L2][INDEX(HV_VA, 2)] = (uint64_t)image_l3 | PTE_TABLE;
	table[PERCPU_L2][INDEX(PRIVATE_VA, 2)] = (uint64_t)table[PERCPU_L3] | PTE_TABLE;
	for (uint64_t i = 0; i < POOL_L3; i++)
		table[PERCPU_L2][INDEX(POOL_VA, 2) + i] = (pool_l3 + i * PT_PAGE_SIZE) | PTE_TABLE;
	for (uint64_t i = 0; i < device_size >> 21; i++)
		table[PERCPU_L2][INDEX(DEVICE_VA, 2) + i] = (pool_tables + i * PT_PAGE_SIZE) | PTE_TABLE;
	map_pages(table[PERCPU_L3], PRIVATE_STACK, block + PERCPU_STACK * PT_PAGE_SIZE,
		  PERCPU_STACK_PAGES * PT_PAGE_SIZE, DATA);
	map_pages(table[PERCPU_L3], PRIVATE_PAGE, block + PERCPU_PRIVATE * PT_PAGE_SIZE, PT_PAGE_SIZE, DATA);
	/* For the window. */
	map_pages(table[PERCPU_L3], PRIVATE_L3, block + PERCPU_L3 * PT_PAGE_SIZE, PT_PAGE_SIZE, DATA);
}

uint64_t el2map_table_size(unsigned int cpus)
{
	return sizeof(image_l3) + sizeof(idmap_l1) + sizeof(idmap_l2) + sizeof(idmap_l3) +
	       (uint64_t)cpus * PERCPU_TABLES * PT_PAGE_SIZE;
}

void el2map_build(uint64_t percpu, unsigned int cpus, uint64_t pool, uint64_t pool_size)
{
	const uint64_t base = (uint64_t)image_start;
	const uint64_t idmap_page = (uint64_t)image_idmap;
	const uint64_t pool_l3 = pool, devices = pool + POOL_L3 * PT_PAGE_SIZE;

	memset((void *)pool, 0, el2map_pool_pages(cpus) * PT_PAGE_SIZE);
	device_size = device_tables(cpus) << 21;
	build_image(base);
	build_idmap(idmap_page);
	for (uint64_t i = 0; i < pool_size; i += PT_PAGE_SIZE)
		((uint64_t *)pool_l3)[i / PT_PAGE_SIZE] = (pool + i) | DATA;
	for (unsigned int i = 0; i < cpus; i++)
		build_cpu(percpu + i * PERCPU_PAGES * PT_PAGE_SIZE, idmap_page, pool_l3, devices);
	percpu_base = percpu;
	device_l3 = (uint64_t *)(POOL_VA + POOL_L3 * PT_PAGE_SIZE);
	device_used = 0;
}

void *el2map_device(paddr_t pa, uint64_t size)
{
	uint8_t *va = (uint8_t *)DEVICE_VA + device_used;

	if (size > device_size - device_used)
		return NULL;
	/* The tables of the device area follow each other: one long table. */
	for (uint64_t i = 0; i < size; i += PT_PAGE_SIZE)
		device_l3[(device_used + i) / PT_PAGE_SIZE] = (pa.pa + i) | DEVICE;
	device_used += size;
	dsb(ishst);
	isb();
	return va;
}

void *window_open(enum window window, paddr_t pa, uint64_t size, bool cached)
{
	const uint64_t offset = pa.pa % PT_PAGE_SIZE, va = WINDOW_VA + (uint64_t)window * WINDOW_SIZE;

	map_pages((uint64_t *)PRIVATE_L3, va, pa.pa - offset, offset + size, cached ? DATA : DEVICE);
	dsb(nshst);
	isb();
	return (uint8_t *)va + offset;
}

void window_close(void)
{
	uint64_t *l3 = (uint64_t *)PRIVATE_L3;

	/* Each is filled from its start. */
	for (uint64_t window = WINDOW_VA; window < WINDOW_VA + WINDOWS * WINDOW_SIZE; window += WINDOW_SIZE)
		for (uint64_t va = window; va < window + WINDOW_SIZE && l3[INDEX(va, 3)]; va += PT_PAGE_SIZE)
			l3[INDEX(va, 3)] = 0;
	dsb(nshst);
	tlbi(alle2);	/* local: no other CPU has these windows */
	dsb(nsh);
	isb();
}

uint64_t el2map_ttbr(unsigned int cpu)
{
	return percpu_base + (uint64_t)cpu * PERCPU_PAGES * PT_PAGE_SIZE;
}

uint64_t el2map_tcr(void)
{
	/* RES1, PS from PARange (at most 48 bits with this granule), inner shareable write-back walks, T0SZ 16. */
	uint64_t range = FIELD(read_sysreg(id_aa64mmfr0_el1), 3, 0);

	return BIT(31) | BIT(23) | (range < 5 ? range : 5) << 16 | 0x3500 | 16;
}
