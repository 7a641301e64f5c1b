// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory belongs to whoever's blob names it; CPUs and interrupts are bits of their cell. What no cell has and the
 * hypervisor does not need is the root's. Two cells can never own the same thing, but for memory that both name
 * as shared: a cell comes to life only after ownership_check() has passed, and management calls run one at a time.
 */
#include <core/blob.h>
#include <core/ownership.h>

struct board board;

/* May the owners of @a and @b have both? */
static bool both_share(const struct pt_region *a, const struct pt_region *b)
{
	return (a->flags & b->flags & PT_REGION_SHARED) && a->pa == b->pa && a->size == b->size;
}

/*
 * Does @cell keep somebody from @wanted? Also asked by a root CPU that faulted, while a management call changes the
 * cell: a count is capped whenever it is read. With @lent, RAM that a loadable cell shows to the root does not count.
 */
static bool cell_keeps(const struct cell *cell, const struct pt_region *wanted, bool lent)
{
	const uint32_t state = load_acquire(&cell->status->state);
	const uint32_t count = load_relaxed(&cell->region_count);

	if (state == PT_CELL_NONE)
		return false;
	for (uint32_t i = 0; i < count && i < PT_MAX_REGIONS; i++) {
		const struct pt_region *r = &cell->regions[i];

		if (lent && state == PT_CELL_LOADABLE && !(r->flags & (PT_REGION_DEVICE | PT_REGION_SHARED)))
			continue;
		if (overlap(r->pa, r->size, wanted->pa, wanted->size) && !both_share(r, wanted))
			return true;
	}
	return false;
}

static bool kept_by_cells(const struct pt_region *wanted, bool lent)
{
	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++)
		if (cell_keeps(&cells[i], wanted, lent))
			return true;
	return false;
}

bool ownership_shares(const struct cell *cell, const struct pt_region *r)
{
	for (uint32_t i = 0; i < cell->region_count; i++)
		if (both_share(&cell->regions[i], r))
			return true;
	return false;
}

bool ownership_root_has(uint64_t pa)
{
	const struct pt_range *gicr = blob_entries(board.system, board.system->gicr);
	const struct pt_region page = { .pa = pa, .size = 1 };

	if (overlap(board.hypervisor, board.hypervisor_size, pa, 1) ||
	    overlap(board.system->gicd.base, board.system->gicd.size, pa, 1))
		return false;
	for (uint32_t i = 0; i < board.system->gicr.count; i++)
		if (overlap(gicr[i].base, gicr[i].size, pa, 1))
			return false;
	return pa < stage2_limit() && !kept_by_cells(&page, true);
}

bool ownership_in_ecam(uint64_t pa)
{
	const struct pt_range *ecam = blob_entries(board.system, board.system->ecam);

	for (uint32_t i = 0; i < board.system->ecam.count; i++)
		if (overlap(ecam[i].base, ecam[i].size, pa, 1))
			return true;
	return false;
}

bool ownership_has_function(uint64_t pa)
{
	const struct pt_region page = { .pa = pa, .size = 1 };

	/* Cells have nothing else there: check_region() in blob.c. */
	return ownership_in_ecam(pa) && kept_by_cells(&page, false);
}

static uint64_t offset_in(const struct pt_cell *blob, const void *field)
{
	return (uint64_t)((const uint8_t *)field - (const uint8_t *)blob);
}

static enum pt_error check_cpus(const struct pt_cell *blob, uint64_t *offset)
{
	const uint64_t *mpidrs = blob_entries(blob, blob->cpus);

	for (uint32_t i = 0; i < blob->cpus.count; i++) {
		*offset = offset_in(blob, &mpidrs[i]);
		if (!cell_cpu_by_mpidr(&cells[PT_ROOT_CELL], mpidrs[i]))
			return PT_EOWNED;
	}
	for (uint32_t i = 0; i < blob->cpus.count; i++) {
		const struct cpu *cpu = cell_cpu_by_mpidr(&cells[PT_ROOT_CELL], mpidrs[i]);

		*offset = offset_in(blob, &mpidrs[i]);
		if (load_acquire(&cpu->status->state) != PT_CPU_PARKED)
			return PT_ECPU;
	}
	return PT_OK;
}

/* Does [*@base, +@size) lie beyond what can be mapped? A window that the cell does not have lies at 0. */
static bool beyond(const struct pt_cell *blob, const uint64_t *base, uint64_t size, uint64_t *offset)
{
	*offset = offset_in(blob, base);
	return *base + size > stage2_limit();
}

static enum pt_error check_memory(const struct pt_cell *blob, uint64_t *offset)
{
	const struct pt_region *r = blob_entries(blob, blob->regions);

	for (uint32_t i = 0; i < blob->regions.count; i++) {
		*offset = offset_in(blob, &r[i].pa);
		if (overlap(board.hypervisor, board.hypervisor_size, r[i].pa, r[i].size) ||
		    r[i].pa + r[i].size > stage2_limit() || r[i].ipa + r[i].size > stage2_limit() ||
		    machine_uses_memory(r[i].pa, r[i].size) || kept_by_cells(&r[i], false))
			return PT_EOWNED;
	}
	return beyond(blob, &blob->comm, PT_COMM_SIZE, offset) || beyond(blob, &blob->uart, PT_PAGE_SIZE, offset) ||
	       beyond(blob, &blob->manage, PT_MANAGE_SIZE, offset) ? PT_EOWNED : PT_OK;
}

static enum pt_error check_spis(const struct pt_cell *blob, uint64_t *offset)
{
	const uint32_t *spis = blob_entries(blob, blob->spis);

	for (uint32_t i = 0; i < blob->spis.count; i++) {
		*offset = offset_in(blob, &spis[i]);
		if (!irq_exists(spis[i]) || !cell_owns_spi(&cells[PT_ROOT_CELL], spis[i]))
			return PT_EOWNED;
	}
	return PT_OK;
}

enum pt_error ownership_check(const struct pt_cell *blob, uint64_t *offset)
{
	enum pt_error error = check_memory(blob, offset);

	if (error == PT_OK)
		error = check_spis(blob, offset);
	/* Last: whoever is told PT_ECPU may take CPUs offline knowing that nothing else is in the way. */
	if (error == PT_OK)
		error = check_cpus(blob, offset);
	return error;
}

/* Owners' CPUs read these words without a lock, only management calls write them. */
static void set_owned(struct cell *cell, uint32_t intid, bool owned)
{
	const uint32_t bit = (uint32_t)BIT(intid % 32), word = cell->spis[intid / 32];

	store_release(&cell->spis[intid / 32], owned ? word | bit : word & ~bit);
}

static void move_cpu(struct cell *from, struct cell *to, struct cpu *cpu, struct pt_vcpu *vcpu)
{
	cpu->vcpu = vcpu;
	from->cpus &= ~BIT(cpu->number);
	store_relaxed(&from->status->cpus, from->cpus);
	to->cpus |= BIT(cpu->number);
	store_relaxed(&to->status->cpus, to->cpus);
	cpu->cell = to;
	store_relaxed(&cpu->status->cell, to->id);
}

void ownership_claim(struct cell *cell)
{
	struct cell *root = &cells[PT_ROOT_CELL];
	const uint64_t *mpidrs = blob_entries(cell->blob, cell->blob->cpus);
	const uint32_t *spis = blob_entries(cell->blob, cell->blob->spis);
	const struct cpu *first;

	for (uint32_t i = 0; i < cell->blob->cpus.count; i++)
		move_cpu(root, cell, cell_cpu_by_mpidr(root, mpidrs[i]), cell->vcpus ? &cell->vcpus[i] : NULL);
	machine_cell_update(root);
	machine_cell_update(cell);
	if (cell_exists(root))
		irq_confine_root();

	first = cell_cpu_by_mpidr(cell, mpidrs[0]);
	for (uint32_t i = 0; i < cell->blob->spis.count; i++) {
		set_owned(root, spis[i], false);
		irq_take(spis[i], &cell->irqs[i]);
		irq_hand_over(spis[i], first);
		set_owned(cell, spis[i], true);
	}
}

void ownership_release(struct cell *cell)
{
	struct cell *root = &cells[PT_ROOT_CELL];
	const uint32_t *spis = blob_entries(cell->blob, cell->blob->spis);

	for (unsigned int n = 0; n < PT_MAX_CPUS; n++)
		if (cell_owns_cpu(cell, n))
			move_cpu(cell, root, &cpus[n], NULL);
	machine_cell_update(root);
	for (uint32_t i = 0; i < cell->blob->spis.count; i++) {
		set_owned(cell, spis[i], false);
		irq_give_back(spis[i], &cell->irqs[i]);
		set_owned(root, spis[i], true);
	}
}
