/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What becomes of other cells, told as it happens. A cell may start over and over by itself: of that
 * one line a second is told.
 */
#include "shell.h"

#define REST_MS 1000

/* What was told last. */
static struct {
	enum pt_cell_state state;
	uint32_t starts;
	uint64_t at_ms;
} told[PT_MAX_CELLS];

static uint32_t starts_of(uint32_t id)
{
	return __atomic_load_n(&cell_manage_status()->cells[id].starts, __ATOMIC_RELAXED);
}

/*
 * A start has its moments between being asked for and running, which are nobody's business; a failure has one before its
 * record is there.
 */
static bool worth_telling(uint32_t id, enum pt_cell_state state)
{
	if (state == PT_CELL_FAILED)
		return __atomic_load_n(&cell_manage_status()->cells[id].fault.kind, __ATOMIC_ACQUIRE) != PT_FAULT_NONE;
	return state >= PT_CELL_RUNNING;
}

static bool ended(enum pt_cell_state state)
{
	return state == PT_CELL_SHUT_DOWN || state == PT_CELL_FAILED;
}

static bool changed(uint32_t id, enum pt_cell_state state)
{
	return !is_self(id) && worth_telling(id, state) &&
	       (state != told[id].state || starts_of(id) != told[id].starts);
}

static bool due(uint32_t id, enum pt_cell_state state)
{
	return changed(id, state) &&
	       (ended(state) || !told[id].at_ms || now_ms() - told[id].at_ms >= REST_MS);
}

bool events_pending(void)
{
	for (uint32_t id = 0; id < PT_MAX_CELLS; id++)
		if (due(id, cell_manage_state(id)))
			return true;
	return false;
}

static void tell(uint32_t id, enum pt_cell_state state)
{
	const struct pt_cell_status *status = &cell_manage_status()->cells[id];
	char name[PT_NAME_SIZE];

	cell_printf("cell %s: %s", cell_name(id, name), cell_manage_state_word(state));
	if (state == PT_CELL_RUNNING && starts_of(id) > 1)
		cell_printf(", start number %u", starts_of(id));
	if (state == PT_CELL_FAILED)
		cell_printf(", %s; 'fault %s' tells more", fault_words(status->fault.kind), name);
	cell_printf("\n");
}

void events_print(bool at_once)
{
	for (uint32_t id = 0; id < PT_MAX_CELLS; id++) {
		const enum pt_cell_state state = cell_manage_state(id);

		if (!(at_once ? changed(id, state) : due(id, state)))
			continue;
		tell(id, state);
		told[id].state = state;
		told[id].starts = starts_of(id);
		told[id].at_ms = now_ms();
	}
}
