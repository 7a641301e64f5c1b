// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling user space that a cell's state has changed. The hypervisor sets an interrupt of the
 * distributor pending that no device uses; nothing here polls.
 */
#include "driver.h"

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/sysfs.h>

#define FIRST_SPI	32

/**
 * struct shown - what was told last of a cell
 * @state: enum pt_cell_state
 * @starts: a cell that was restarted between two looks has changed, too
 * @resets: of these starts, those that it asked for itself
 * @name: also that of a cell that is gone
 */
struct shown {
	u32 state;
	u32 starts;
	u32 resets;
	char name[PT_NAME_SIZE];
};

/* Guards shown[]: the interrupt's thread and management actions both look for changes. */
static DEFINE_MUTEX(scan_lock);
static struct shown shown[PT_MAX_CELLS];

static void send_uevent(u32 id, const struct shown *cell)
{
	static const char *const words[] = PT_CELL_STATE_WORDS;
	char id_text[32], name_text[PT_NAME_SIZE + 16], state_text[48], resets_text[32];
	char *env[] = { id_text, name_text, state_text, resets_text, NULL };

	snprintf(id_text, sizeof(id_text), "PARTITA_CELL=%u", id);
	snprintf(name_text, sizeof(name_text), "PARTITA_NAME=%s", cell->name);
	snprintf(state_text, sizeof(state_text), "PARTITA_STATE=%s",
		 cell->state < ARRAY_SIZE(words) ? words[cell->state] : "invalid");
	snprintf(resets_text, sizeof(resets_text), "PARTITA_RESETS=%u", cell->resets);
	kobject_uevent_env(&partita.misc.this_device->kobj, KOBJ_CHANGE, env);
}

/**
 * partita_events_scan() - look for cells that have changed and tell
 *
 * Called when the hypervisor says so, and after a management action: by then the cell's directory
 * exists, which it may not have done at the interrupt.
 */
void partita_events_scan(void)
{
	const struct pt_cell_status *cell;
	u32 id, state, starts;
	bool reset = false;

	mutex_lock(&scan_lock);
	down_read(&partita.view);
	for (id = 1; partita.status && id < PT_MAX_CELLS; id++) {
		cell = &partita.status->cells[id];
		state = READ_ONCE(cell->state);
		starts = READ_ONCE(cell->starts);
		if (state == shown[id].state && starts == shown[id].starts)
			continue;
		/* A new cell is told once the driver knows it, after the hypervisor does. */
		if (state != PT_CELL_NONE && !partita.cells[id])
			continue;
		shown[id].state = state;
		shown[id].starts = starts;
		reset |= state == PT_CELL_RESET;
		if (partita.cells[id]) {
			strscpy(shown[id].name, partita.cells[id]->name, PT_NAME_SIZE);
			shown[id].resets = partita_cell_resets(partita.cells[id]);
			sysfs_notify(&partita.cells[id]->kobj, NULL, "state");
		}
		send_uevent(id, &shown[id]);
	}
	up_read(&partita.view);
	mutex_unlock(&scan_lock);
	if (reset)
		partita_restart_soon();
	wake_up_interruptible_all(&partita.wait);
}

static irqreturn_t on_event(int irq, void *unused)
{
	if (partita.state == PARTITA_MANAGER)
		partita_manager_look();
	partita_events_scan();
	return IRQ_HANDLED;
}

/* Linux's number for an SPI that no node of the device tree names. */
static unsigned int map_spi(u32 spi)
{
	struct irq_fwspec fwspec = {
		.param_count = 3,
		.param = { 0, spi - FIRST_SPI, IRQ_TYPE_EDGE_RISING },
	};
	struct device_node *gic = partita_gic_node();
	unsigned int irq;

	if (!gic)
		return 0;
	fwspec.fwnode = of_node_to_fwnode(gic);
	irq = irq_create_fwspec_mapping(&fwspec);
	of_node_put(gic);
	return irq;
}

/**
 * partita_events_map() - Linux's number for the interrupt of the system blob
 * @spi: INTID, or 0
 *
 * Return: 0 where there is none.
 */
unsigned int partita_events_map(u32 spi)
{
	if (spi < FIRST_SPI || partita_spi_is_for_messages(spi))
		return 0;
	return map_spi(spi);
}

/**
 * partita_events_start() - listen to the hypervisor
 * @irq: Linux's number of its interrupt, or 0
 *
 * Without the interrupt everything works but waiting.
 */
void partita_events_start(unsigned int irq)
{
	int ret = -ENXIO;

	memset(shown, 0, sizeof(shown));
	if (irq)
		ret = request_threaded_irq(irq, NULL, on_event, IRQF_ONESHOT, "partita", &partita);
	if (ret) {
		pr_warn("the hypervisor has no interrupt that can be used (%d): no events\n", ret);
		irq_dispose_mapping(irq);
		return;
	}
	WRITE_ONCE(partita.event_irq, irq);
}

/**
 * partita_events_stop() - undo partita_events_start(); harmless where it was not called
 */
void partita_events_stop(void)
{
	unsigned int irq = partita.event_irq;

	if (!irq)
		return;
	WRITE_ONCE(partita.event_irq, 0);
	free_irq(irq, &partita);
	irq_dispose_mapping(irq);
}

/**
 * partita_events_announce() - tell that the hypervisor came or went
 * @enabled: which
 */
void partita_events_announce(bool enabled)
{
	char *env[] = { enabled ? "PARTITA_ENABLED=1" : "PARTITA_ENABLED=0", NULL };

	kobject_uevent_env(&partita.misc.this_device->kobj, KOBJ_CHANGE, env);
}

/**
 * partita_changes() - the hypervisor's counter of changes
 * @changes: out
 * @generation: out: which enabling it belongs to
 *
 * Does not sleep.
 *
 * Return: false where the hypervisor is not enabled.
 */
bool partita_changes(u32 *changes, u32 *generation)
{
	bool enabled = false;

	spin_lock(&partita.status_lock);
	if (partita.status) {
		*changes = READ_ONCE(partita.status->changes);
		*generation = partita.generation;
		enabled = true;
	}
	spin_unlock(&partita.status_lock);
	return enabled;
}
