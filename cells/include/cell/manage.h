/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Managing other cells, for a cell that has rights over them (may-start, may-stop and may-type in the system file). To look is to
 * read memory and costs no exit; to act is a hypercall. What a cell says of itself is its claim: its texts may be anything, and only
 * their lengths have been seen to.
 */
#ifndef CELL_MANAGE_H
#define CELL_MANAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <partita/blob.h>
#include <partita/info.h>
#include <partita/status.h>

/* What the hypervisor tells of all cells and CPUs, read-only; NULL in a cell without rights. */
const struct pt_status *cell_manage_status(void);

/* How many entries of status->cpus[] there are. */
unsigned int cell_manage_cpu_count(void);

/* Whether there is a cell of this id. */
bool cell_manage_exists(uint32_t id);

/* Its state, as of now; a word as PT_CELL_STATE_WORDS has it for what the other one returned. */
enum pt_cell_state cell_manage_state(uint32_t id);
const char *cell_manage_state_word(enum pt_cell_state state);

/* Whether this cell has a right over it, whichever: only then is there more to see of it than its state. */
bool cell_manage_sees(uint32_t id);

/* What the cell reads and writes, see info.h: NULL where this one does not see it. Of the report, trust nothing. */
const struct pt_info *cell_manage_info(uint32_t id);
const struct pt_report *cell_manage_report(uint32_t id);

/*
 * Each is one hypercall, and an exit: enum pt_error, PT_EPERM without that right. PT_AGAIN and PT_EBUSY: call again. A start is over when the state is
 * running, a shutdown when it is no longer, if ever (look at report->answer).
 */
int64_t cell_manage_start(uint32_t id);
int64_t cell_manage_shutdown(uint32_t id);
int64_t cell_manage_stop(uint32_t id);	/* by force */

/* What such a call has answered, in words. */
const char *cell_manage_error_word(int64_t error);

/* Types into the UART of a cell that has one. Returns how much of it was taken, or an enum pt_error below 0. */
int64_t cell_manage_type(uint32_t id, const char *text, size_t size);

/* A console that is being read. */
struct cell_ring {
	const char *data;	/* PT_CONSOLE_SIZE bytes */
	const uint64_t *head;	/* counts the bytes that were ever written */
	uint64_t cursor;	/* of these, the first that has not been read; 0 at first */
};

/* The console of a cell, at its first byte; false where this one does not see it. */
bool cell_manage_console(uint32_t id, struct cell_ring *ring);

/* The hypervisor's own messages. */
bool cell_manage_log(struct cell_ring *ring);

/*
 * Returns how many bytes were got, 0 if all has been read. *lost: how many before these had been overwritten by the time
 * they were looked for. A console that began anew, as with each start of its cell, is read from its beginning.
 */
size_t cell_ring_read(struct cell_ring *ring, char *buffer, size_t size, uint64_t *lost);

#endif
