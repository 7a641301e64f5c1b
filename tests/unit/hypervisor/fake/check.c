// SPDX-License-Identifier: GPL-2.0-only
/* Invariants: what must hold between any two calls. */
#include <string.h>
#include <core/console.h>
#include <lib/pool.h>
#include "internal.h"

static bool comm_of(const struct cell *cell, uint64_t pa, uint64_t size)
{
	uint64_t comm = cell->comm ? pool_pa(cell->comm).pa : 0;

	return cell->comm && pa >= comm && pa + size <= comm + PT_COMM_SIZE;
}

static bool touches_hypervisor(uint64_t pa, uint64_t size)
{
	return pa < board.hypervisor + board.hypervisor_size && board.hypervisor < pa + size;
}

/* The root may read the status, the console and communication areas, and write the call page. */
static void check_root_leaf(const struct leaf *l)
{
	const uint64_t status_pa = image_pa(&status).pa;

	if (l->ipa != l->pa)
		fake_bug("the root's map is no identity at %lx", l->ipa);
	if (!touches_hypervisor(l->pa, l->size))
		return;
	if (l->pa == status.call_page && l->size == PT_PAGE_SIZE && !l->exec)
		return;
	if (l->write || l->exec)
		fake_bug("the root can write the hypervisor at %lx", l->pa);
	if (l->pa >= status_pa && l->pa + l->size <= status_pa + ((sizeof(status) + 4095) & ~4095ULL))
		return;
	if (l->pa >= status.console && l->pa + l->size <= status.console + PT_CONSOLE_SIZE)
		return;
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		if (comm_of(&cells[i], l->pa, l->size))
			return;
	fake_bug("the root can read the hypervisor at %lx", l->pa);
}

/* What @cell may see of the hypervisor at @offset of its window as a manager. */
static const struct cell *managed_at(const struct cell *cell, uint64_t offset)
{
	const uint64_t id = offset < PT_MANAGE_COMM ? PT_MAX_CELLS : (offset - PT_MANAGE_COMM) / PT_MANAGE_COMM_STEP;
	const struct pt_right *r = (const void *)((const uint8_t *)cell->blob + cell->blob->rights.offset);

	for (uint32_t i = 0; id < PT_MAX_CELLS && i < cell->blob->rights.count; i++)
		if (cells[id].comm && cells[id].blob && !strcmp(r[i].name, cells[id].blob->name))
			return &cells[id];
	return NULL;
}

static uint64_t pages(uint64_t size)
{
	return (size + PT_PAGE_SIZE - 1) & ~(PT_PAGE_SIZE - 1ULL);
}

static bool in_window(const struct cell *cell, const struct leaf *l)
{
	const uint64_t offset = l->ipa - cell->blob->manage, at = offset % PT_MANAGE_COMM_STEP;
	const struct cell *managed = managed_at(cell, offset);

	if (!cell->blob->manage || offset >= PT_MANAGE_SIZE || l->write || l->exec || l->device)
		return false;
	if (managed)
		return at + l->size <= PT_COMM_SIZE && l->pa == pool_pa(managed->comm).pa + at &&
		       l->uncached == (!managed->uart.base || at < PT_COMM_CONSOLE);
	if (offset < PT_MANAGE_CONSOLE)
		return offset + l->size <= pages(sizeof(status)) && l->pa == image_pa(&status).pa + offset && !l->uncached;
	return offset < PT_MANAGE_COMM && offset - PT_MANAGE_CONSOLE + l->size <= PT_CONSOLE_SIZE && !l->uncached &&
	       l->pa == image_pa(console_ring).pa + offset - PT_MANAGE_CONSOLE;
}

static uint64_t window_size(const struct cell *cell)
{
	uint64_t size = cell->blob->manage ? pages(sizeof(status)) + PT_CONSOLE_SIZE : 0;

	for (uint64_t id = 1; id < PT_MAX_CELLS; id++)
		size += managed_at(cell, PT_MANAGE_COMM + id * PT_MANAGE_COMM_STEP) ? PT_COMM_SIZE : 0;
	return size;
}

static void check_cell_leaf(const struct cell *cell, const struct leaf *l)
{
	if (comm_of(cell, l->pa, l->size)) {
		if (l->exec || !l->uncached || (l->write && l->pa == pool_pa(cell->comm).pa))
			fake_bug("cell %u can write its info page", cell->id);
		if (cell->uart.base && l->pa + l->size > pool_pa(cell->comm).pa + PT_COMM_CONSOLE)
			fake_bug("cell %u reaches the ring that EL2 writes", cell->id);
		return;
	}
	if (in_window(cell, l))
		return;
	if (touches_hypervisor(l->pa, l->size))
		fake_bug("cell %u reaches the hypervisor at %lx", cell->id, l->pa);
	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_region *r = &cell->regions[i];

		if (!(r->flags & PT_REGION_PCI) && l->pa >= r->pa && l->pa + l->size <= r->pa + r->size && l->ipa - r->ipa == l->pa - r->pa &&
		    l->write == !!(r->flags & PT_REGION_WRITE) && l->exec == !!(r->flags & PT_REGION_EXEC) &&
		    l->device == !!(r->flags & PT_REGION_DEVICE) && !l->uncached)
			return;
	}
	/* Each CPU has its own interface there. */
	if (fake_gic_version == 2 && l->pa >= GICC_PA && l->pa + l->size <= GICC_PA + GICC_SIZE && l->ipa == l->pa &&
	    l->write && l->device && !l->exec)
		return;
	fake_bug("cell %u reaches %lx, which is not its own", cell->id, l->pa);
}

/* The root's leaves are in order, and their addresses are the physical ones. */
static bool root_reaches(const struct leaf *root, unsigned int count, uint64_t pa, uint64_t size)
{
	unsigned int low = 0, high = count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (root[middle].pa + root[middle].size <= pa)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && root[low].pa < pa + size;
}

static bool both_share(const struct pt_region *r, const struct pt_region *s)
{
	return (r->flags & PT_REGION_SHARED) && (s->flags & PT_REGION_SHARED) && r->pa == s->pa && r->size == s->size;
}

static uint64_t bytes_of(const struct leaf *leaves, unsigned int count)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += leaves[i].size;
	return sum;
}

static uint64_t bytes_owned(const struct cell *cell)
{
	uint64_t sum = cell->uart.base ? PT_COMM_CONSOLE : PT_COMM_SIZE;

	sum += fake_gic_version == 2 ? GICC_SIZE : 0;
	sum += window_size(cell);
	for (uint32_t i = 0; i < cell->region_count; i++)
		sum += (cell->regions[i].flags & PT_REGION_PCI) ? 0 : cell->regions[i].size;
	return sum;
}

static void check_memory(void)
{
	static struct leaf root[8192], own[8192];
	unsigned int root_count = cells[0].stage2.root ? fake_leaves(&cells[0].stage2, root, 8192) : 0, count;

	for (unsigned int k = 0; k < root_count; k++)
		check_root_leaf(&root[k]);
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++) {
		if (!cells[i].stage2.root)
			continue;
		count = fake_leaves(&cells[i].stage2, own, 8192);
		if (count && (!cell_running(&cells[i]) || cells[i].halted))
			fake_bug("cell %u is not running and reaches memory", i);
		if (cell_running(&cells[i]) && !cells[i].halted && bytes_of(own, count) != bytes_owned(&cells[i]))
			fake_bug("cell %u does not reach all that it owns", i);
		for (unsigned int j = 0; j < count; j++) {
			check_cell_leaf(&cells[i], &own[j]);
			if (!touches_hypervisor(own[j].pa, own[j].size) && own[j].pa - GICC_PA >= GICC_SIZE &&
			    root_reaches(root, root_count, own[j].pa, own[j].size))
				fake_bug("page %lx is cell %u's and the root's", own[j].pa, i);
		}
	}
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
		for (unsigned int j = 0; j < i; j++)
			if (cells[i].stage2.root && cells[j].stage2.root &&
			    cells[i].stage2.vttbr >> 48 == cells[j].stage2.vttbr >> 48)
				fake_bug("cells %u and %u share a VMID", i, j);
	/* Whether or not a cell reaches it at the moment. */
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		for (uint32_t a = 0; a < cells[i].region_count; a++) {
			const struct pt_region *r = &cells[i].regions[a];

			if ((r->flags & PT_REGION_SHARED) &&
			    (root_reaches(root, root_count, r->pa, r->size) || (root_count && ownership_root_has(r->pa))))
				fake_bug("the root has %lx, which cell %u shares", r->pa, i);
		}
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		for (unsigned int j = 1; j < i; j++)
			for (uint32_t a = 0; a < cells[i].region_count; a++)
				for (uint32_t b = 0; b < cells[j].region_count; b++) {
					const struct pt_region *r = &cells[i].regions[a], *s = &cells[j].regions[b];

					if (r->pa < s->pa + s->size && s->pa < r->pa + r->size && !both_share(r, s))
						fake_bug("cells %u and %u own %lx", i, j, r->pa);
				}
}

static void check_cpus(void)
{
	uint64_t seen = 0;

	for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
		if (cells[i].cpus & seen)
			fake_bug("a CPU has two owners");
		seen |= cells[i].cpus;
		if (cells[i].cpus && !cell_exists(&cells[i]) && (i || cells[0].stage2.root))
			fake_bug("no cell %u, but it has CPUs", i);
	}
	for (unsigned int n = 0; n < status.cpu_count; n++)
		if (!cell_owns_cpu(cpus[n].cell, n) || cpus[n].status->cell != cpus[n].cell->id)
			fake_bug("CPU %u does not know its owner", n);
}

/* To CPUs of this cell only? */
static bool routed_within(const struct cell *cell, uint64_t route)
{
	uint8_t own = 0;

	if (fake_gic_version != 2)
		return cell_cpu_by_mpidr(cell, route);
	for (unsigned int n = 0; n < CPUS; n++)
		own |= cell_owns_cpu(cell, n) ? gicv2_bit(n) : 0;
	return !(route & ~own);
}

static void check_spis(void)
{
	for (unsigned int word = 1; word < 32; word++) {
		uint32_t seen = 0;

		for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
			if (cells[i].spis[0] && fake_gic_version != 2)
				fake_bug("cell %u owns interrupts that are no SPIs", i);
			if (cells[i].spis[word] & seen)
				fake_bug("an SPI of word %u has two owners", word);
			seen |= cells[i].spis[word];
		}
		if (seen != ~0u)
			fake_bug("an SPI of word %u has no owner", word);
	}
	for (uint32_t intid = 32; intid < SPI_LIMIT; intid++)
		for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
			if (cell_owns_spi(&cells[i], intid) && gic.route[intid] &&
			    !routed_within(&cells[i], gic.route[intid]))
				fake_bug("SPI %u of cell %u goes to a CPU of another", intid, i);
	for (unsigned int i = 0; i < ARRAY_SIZE(gic.route_extended); i++)
		if (gic.route_extended[i] && !cell_cpu_by_mpidr(&cells[0], gic.route_extended[i]))
			fake_bug("extended SPI %u goes to a CPU that is not the root's", i);
}

static void check_pool(void)
{
	unsigned int pages = 0;

	for (unsigned int i = 0; i < PT_MAX_CELLS; i++) {
		pages += cells[i].stage2.root ? fake_tables(&cells[i].stage2) : 0;
		pages += cells[i].blob ? 1 : 0;
		pages += cells[i].comm ? PT_COMM_SIZE / PT_PAGE_SIZE : 0;
		pages += cells[i].vcpus ? (cells[i].blob->cpus.count * sizeof(struct pt_vcpu) + PT_PAGE_SIZE - 1) / PT_PAGE_SIZE : 0;
	}
	if (pages != pool_used())
		fake_bug("%u pages of the pool are taken, %u are accounted for", pool_used(), pages);
}

void fake_check(void)
{
	if (!memory_settled())
		fake_bug("the window is open, or entries were cleared and not flushed");
	check_memory();
	check_cpus();
	check_spis();
	check_pool();
}
