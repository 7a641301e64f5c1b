/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Being the terminal of another cell, until Ctrl-]. One with a UART of its own has it whole, escape sequences and all, as
 * any program has that somebody sits at. What others print into their rings is shown, not obeyed.
 */
#include <cell/string.h>
#include <partita/error.h>
#include <partita/hypercall.h>

#include "shell.h"

#define LEAVE		CTRL(']')
#define LEAVE_WORDS	"Ctrl-]"
#define STALL_MS	500	/* a cell that takes nothing for so long does not read at all */

/* How far each cell's console has been read: who comes back sees what was missed. */
static uint64_t cursors[PT_MAX_CELLS];

struct session {
	uint32_t id;
	struct cell_ring ring;
	bool has_uart;
	bool may_type;
	char keys[PT_UART_INPUT_MAX];	/* typed, and not yet taken by the cell */
	size_t count;
	uint64_t taken_ms;	/* when it last took some, or there was none to take */
};

/* At most some lines at once, so that a cell which does not stop to print keeps nobody from leaving. */
static bool show_some(struct session *s)
{
	char text[512];
	uint64_t lost;
	const size_t got = cell_ring_read(&s->ring, text, sizeof(text), &lost);

	show_lost(lost);
	if (s->has_uart)
		cell_console_write(text, got);
	else
		show_text(text, got);
	return got;
}

static void send_keys(struct session *s)
{
	const int64_t taken = s->count ? cell_manage_type(s->id, s->keys, s->count) : 0;

	/* What is typed to a machine that is off is lost. */
	if (taken < 0) {
		s->count = 0;
		return;
	}
	memmove(s->keys, s->keys + taken, s->count - (size_t)taken);
	s->count -= (size_t)taken;
	if (taken || !s->count)
		s->taken_ms = now_ms();
}

/*
 * False when the user leaves. As long as the cell takes its time, keys wait in our own UART; when it takes nothing at all they
 * are refused with a bell, all but the one that leaves.
 */
static bool take_keys(struct session *s)
{
	const bool stalled = now_ms() - s->taken_ms > STALL_MS;
	int key;

	while (s->count < sizeof(s->keys) || stalled) {
		key = console_key();
		if (key < 0)
			break;
		if (key == LEAVE)
			return false;
		if (s->may_type && s->count < sizeof(s->keys))
			s->keys[s->count++] = (char)key;
		else
			cell_console_write("\a", 1);
	}
	return true;
}

/* A reset is none: it starts again. */
static bool over(uint32_t id)
{
	const enum pt_cell_state state = cell_manage_state(id);

	return state != PT_CELL_RUNNING && state != PT_CELL_LOADABLE && state != PT_CELL_RESET;
}

static void converse(struct session *s)
{
	for (;;) {
		/* In this order: what a cell wrote before its end is read after it. */
		const bool ended = over(s->id), more = show_some(s);

		if (!take_keys(s) || (ended && !more))
			return;
		send_keys(s);
		if (!more)
			console_wait();
	}
}

static const char *why_not_type(const struct session *s)
{
	if (!s->has_uart)
		return "; it has no UART to type into";
	return s->may_type ? "" : "; may-type in the system file would let this manager type into it";
}

void attach(uint32_t id)
{
	struct session s = { .id = id, .taken_ms = now_ms() };
	char name[PT_NAME_SIZE];

	cell_name(id, name);
	if (is_self(id)) {
		cell_printf("'%s' is this manager, and this is its console\n", name);
		return;
	}
	if (!cell_manage_console(id, &s.ring)) {
		cell_printf("this manager does not see the console of '%s': it needs a right over it (may-start, may-stop or "
			    "may-type in the system file)\n", name);
		return;
	}
	s.has_uart = !cell_manage_info(id)->console_size;
	s.may_type = s.has_uart && cell_manage_type(id, NULL, 0) != PT_EPERM;
	s.ring.cursor = cursors[id];
	cell_printf("this is cell '%s'; %s leaves%s\n", name, LEAVE_WORDS, why_not_type(&s));
	converse(&s);
	cursors[id] = s.ring.cursor;
	if (over(id))
		cell_printf("\ncell '%s' is %s\n", name, cell_manage_state_word(cell_manage_state(id)));
	else
		cell_printf("\nleft cell '%s'\n", name);
}
