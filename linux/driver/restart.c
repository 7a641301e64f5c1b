// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cells that reset themselves are started again, from what was loaded, by nobody but the kernel.
 *
 * It is one piece of work at ordinary priority that takes one cell after the other, and
 * partita.lock anew for each: who stops a cell meanwhile has waited for one start at most, and
 * finds the cell running or still wanting its restart; after that nothing is left that would start
 * it. While Linux sleeps the work does, too.
 */
#include "driver.h"

#include <linux/jiffies.h>
#include <linux/workqueue.h>

static struct workqueue_struct *queue;

/* Start one cell again whose time has come. Else false, and the time until one's will, if any. */
static bool restart_one(unsigned long *wait)
{
	struct partita_cell *cell;
	bool found = false;
	u32 id;

	*wait = MAX_JIFFY_OFFSET;
	mutex_lock(&partita.lock);
	for (id = 0; id < PT_MAX_CELLS && partita.state == PARTITA_ON && !found; id++) {
		const unsigned long now = jiffies;

		cell = partita.cells[id];
		if (!cell || !partita_cell_wants_restart(cell))
			continue;
		if (time_before(now, cell->rest)) {
			*wait = min(*wait, cell->rest - now);
			continue;
		}
		partita_cell_restart(cell);
		found = true;
	}
	mutex_unlock(&partita.lock);
	return found;
}

static void restart_cells(struct work_struct *work)
{
	unsigned long wait;

	while (restart_one(&wait))
		cond_resched();
	if (wait != MAX_JIFFY_OFFSET)
		queue_delayed_work(queue, to_delayed_work(work), wait);
}

static DECLARE_DELAYED_WORK(restart, restart_cells);

/**
 * partita_restart_soon() - a cell has reset itself
 *
 * Waits for nothing, and may be called once too often.
 */
void partita_restart_soon(void)
{
	mod_delayed_work(queue, &restart, 0);
}

/**
 * partita_restart_init() - once, before the first cell
 *
 * Return: 0, or -ENOMEM.
 */
int partita_restart_init(void)
{
	queue = alloc_ordered_workqueue("partita", WQ_FREEZABLE);
	return queue ? 0 : -ENOMEM;
}

/**
 * partita_restart_exit() - undo partita_restart_init(); there are no cells any more
 */
void partita_restart_exit(void)
{
	cancel_delayed_work_sync(&restart);
	destroy_workqueue(queue);
}
