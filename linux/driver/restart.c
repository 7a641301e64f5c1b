// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cells that reset themselves are started again, from what was loaded, by nobody but the kernel.
 *
 * It is one piece of work at ordinary priority that takes one cell after the other, and
 * partita.lock anew for each: who stops a cell meanwhile has waited for one start at most, and
 * finds the cell running or still wanting its restart; after that nothing is left that would start
 * it. While Linux sleeps the work does, too.
 *
 * It takes turns, and rests for as long as each start took: however many cells want to be started
 * again and again, none of them waits for ever, and half of the time is left to others.
 */
#include "driver.h"

#include <linux/jiffies.h>
#include <linux/workqueue.h>

static struct workqueue_struct *queue;
static u32 last;		/* id of the cell that was started last */
static unsigned long rest;	/* jiffies until when none is started again */

/*
 * Start one cell again whose time has come, by turns.
 * Returns the time until another one's may have come.
 */
static unsigned long restart_one(void)
{
	unsigned long wait = MAX_JIFFY_OFFSET;
	struct partita_cell *cell;
	unsigned int i;

	lockdep_assert_held(&partita.lock);
	for (i = 1; i <= PT_MAX_CELLS && partita.state == PARTITA_ON; i++) {
		const u32 id = (last + i) % PT_MAX_CELLS;
		const unsigned long now = jiffies;

		cell = partita.cells[id];
		if (!cell || !partita_cell_wants_restart(cell))
			continue;
		if (time_before(now, rest))
			return rest - now;
		if (time_before(now, cell->rest)) {
			wait = min(wait, cell->rest - now);
			continue;
		}
		partita_cell_restart(cell);
		last = id;
		rest = jiffies + (jiffies - now);
		return 0;
	}
	return wait;
}

static void restart_cells(struct work_struct *work)
{
	unsigned long wait;

	do {
		mutex_lock(&partita.lock);
		wait = restart_one();
		mutex_unlock(&partita.lock);
		cond_resched();
	} while (!wait);
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
