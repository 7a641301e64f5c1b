// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rights name cells, not ids: they are over whoever bears the name. They were checked with the blob and do not change while
 * their cell exists, so they are read without a lock.
 */
#include <core/blob.h>
#include <core/console.h>
#include <core/manage.h>
#include <lib/pool.h>
#include <lib/string.h>

static uint32_t verbs_over(const struct cell *cell, const struct cell *target)
{
	const struct pt_right *r = blob_entries(cell->blob, cell->blob->rights);
	uint32_t verbs = 0;

	for (uint32_t i = 0; i < cell->blob->rights.count; i++)
		if (!memcmp(r[i].name, target->status->name, PT_NAME_SIZE))
			verbs |= r[i].verbs;
	return verbs;
}

bool manage_may(const struct cell *cell, const struct cell *target, uint32_t verb)
{
	return cell_is_root(cell) || (verbs_over(cell, target) & verb);
}

/*
 * Uncached where the cell writes it, so that both see the same whether the cell has its caches on or not. The ring of a cell with
 * a UART is EL2's and its manager's alone, cached for both.
 */
static bool show_comm(struct stage2 *s2, uint64_t ipa, const struct cell *cell)
{
	const uint64_t pa = pool_pa(cell->comm).pa, shared = cell->blob->uart ? PT_COMM_CONSOLE : PT_COMM_SIZE;

	return stage2_map(s2, IPA(ipa), PA(pa), shared, STAGE2_UNCACHED) && (shared == PT_COMM_SIZE ||
		stage2_map(s2, IPA(ipa + shared), PA(pa + shared), PT_COMM_SIZE - shared, 0));
}

static uint64_t window_of(const struct cell *manager, const struct cell *cell)
{
	return manager->blob->manage + PT_MANAGE_COMM + cell->id * PT_MANAGE_COMM_STEP;
}

static bool manages(const struct cell *cell, const struct cell *target)
{
	return cell->blob && cell->blob->manage && target->comm && verbs_over(cell, target);
}

/* Told when it can be seen: a manager must not look before. */
static bool show_to(struct cell *manager, const struct cell *cell)
{
	uint32_t *managers = &cell->status->managers;

	if (!manages(manager, cell))
		return true;
	if (!show_comm(&manager->stage2, window_of(manager, cell), cell))
		return false;
	store_release(managers, *managers | 1u << manager->id);
	return true;
}

static bool show_board(struct cell *manager)
{
	const uint64_t ipa = manager->blob->manage;

	_Static_assert(sizeof(status) <= PT_MANAGE_CONSOLE - PT_MANAGE_STATUS, "the console follows the status");
	return stage2_map(&manager->stage2, IPA(ipa + PT_MANAGE_STATUS), image_pa(&status), sizeof(status), 0) &&
	       stage2_map(&manager->stage2, IPA(ipa + PT_MANAGE_CONSOLE), image_pa(console_ring), sizeof(console_ring), 0);
}

bool manage_show(struct cell *cell)
{
	struct cell *root = &cells[PT_ROOT_CELL];

	if (cell_exists(root) && !show_comm(&root->stage2, pool_pa(cell->comm).pa, cell))
		return false;
	if (cell->blob->manage && !show_board(cell))
		return false;
	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++) {
		struct cell *other = &cells[i];

		if (!show_to(cell, other) || (other != cell && !show_to(other, cell)))
			return false;
	}
	return true;
}

bool manage_hide(const struct cell *cell)
{
	bool hidden;

	store_release(&cell->status->managers, 0);
	hidden = stage2_unmap(&cells[PT_ROOT_CELL].stage2, IPA(pool_pa(cell->comm).pa), PT_COMM_SIZE);

	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++) {
		uint32_t *managers = &cells[i].status->managers;

		store_release(managers, *managers & ~(1u << cell->id));
		if (&cells[i] != cell && manages(&cells[i], cell))
			hidden &= stage2_unmap(&cells[i].stage2, IPA(window_of(&cells[i], cell)), PT_COMM_SIZE);
	}
	return hidden;
}

int64_t manage_lock(void)
{
	/* What the root may write of a cell would be changed by it, and nobody could let a halted one go on. */
	for (unsigned int i = PT_ROOT_CELL + 1; i < PT_MAX_CELLS; i++)
		if ((load_acquire(&cells[i].status->state) == PT_CELL_LOADABLE && !cells[i].contents) ||
		    load_acquire(&cells[i].debugged))
			return PT_ESTATE;
	store_release(&status.locked, 1);
	return PT_OK;
}
