/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a manager sees of others, and its calls. It reads what others write at the same time: each
 * word once, no index or length without a bound, and nothing that is not mapped: that would be the
 * manager's own end.
 */
#include <cell/info.h>
#include <cell/manage.h>
#include <cell/psci.h>
#include <partita/error.h>
#include <partita/hypercall.h>

const struct pt_status *cell_manage_status(void)
{
	const uint64_t window = cell_info()->manage;

	return window ? (const struct pt_status *)(window + PT_MANAGE_STATUS) : NULL;
}

unsigned int cell_manage_cpu_count(void)
{
	const struct pt_status *status = cell_manage_status();

	if (!status)
		return 0;
	return status->cpu_count < PT_MAX_CPUS ? status->cpu_count : PT_MAX_CPUS;
}

enum pt_cell_state cell_manage_state(uint32_t id)
{
	const struct pt_status *status = cell_manage_status();
	uint32_t state;

	if (!status || id >= PT_MAX_CELLS)
		return PT_CELL_NONE;
	state = __atomic_load_n(&status->cells[id].state, __ATOMIC_ACQUIRE);
	return state < PT_CELL_STATES ? (enum pt_cell_state)state : PT_CELL_NONE;
}

bool cell_manage_exists(uint32_t id)
{
	return cell_manage_state(id) != PT_CELL_NONE;
}

const char *cell_manage_state_word(enum pt_cell_state state)
{
	static const char *const words[] = PT_CELL_STATE_WORDS;

	return state < PT_CELL_STATES ? words[state] : "unknown";
}

bool cell_manage_sees(uint32_t id)
{
	const struct pt_status *status = cell_manage_status();
	const uint32_t self = cell_info()->cell;

	return cell_manage_exists(id) && self < PT_MAX_CELLS &&
	       __atomic_load_n(&status->cells[id].managers, __ATOMIC_ACQUIRE) >> self & 1;
}

static const char *comm_area(uint32_t id)
{
	if (!cell_manage_sees(id))
		return NULL;
	return (const char *)cell_info()->manage + PT_MANAGE_COMM + (size_t)id * PT_MANAGE_COMM_STEP;
}

const struct pt_info *cell_manage_info(uint32_t id)
{
	return (const struct pt_info *)comm_area(id);
}

const struct pt_report *cell_manage_report(uint32_t id)
{
	const char *comm = comm_area(id);

	return comm ? (const struct pt_report *)(comm + PT_COMM_REPORT) : NULL;
}

int64_t cell_manage_start(uint32_t id)
{
	return cell_hvc_result(PT_HC_CELL_START, id, 0, 0);
}

int64_t cell_manage_shutdown(uint32_t id)
{
	return cell_hvc_result(PT_HC_CELL_SHUTDOWN, id, 0, 0);
}

int64_t cell_manage_stop(uint32_t id)
{
	return cell_hvc_result(PT_HC_CELL_STOP, id, 0, 0);
}

const char *cell_manage_error_word(int64_t error)
{
	switch (error) {
#define WORDS(code, value, words)	case code: return words;
	PT_ERRORS(WORDS)
#undef WORDS
	case PT_OK:
		return "done";
	case PT_AGAIN:
		return "not yet done";
	default:
		return "an answer that is not known";
	}
}

int64_t cell_manage_type(uint32_t id, const char *text, size_t size)
{
	const size_t count = size < PT_UART_INPUT_MAX ? size : PT_UART_INPUT_MAX;
	struct cell_call call = { { PT_HC_UART_INPUT, id, count } };

	for (size_t i = 0; i < count; i++)
		call.x[3 + i / 8] |= (uint64_t)(uint8_t)text[i] << i % 8 * 8;
	cell_hvc(&call);
	return (int64_t)call.x[0];
}

bool cell_manage_console(uint32_t id, struct cell_ring *ring)
{
	const char *comm = comm_area(id);

	if (!comm)
		return false;
	*ring = (struct cell_ring){ .data = comm + PT_COMM_CONSOLE };
	/* Whoever writes the ring has the head. */
	ring->head = ((const struct pt_info *)comm)->console_size ?
		&((const struct pt_report *)(comm + PT_COMM_REPORT))->console_head :
		&cell_manage_status()->cells[id].console_head;
	return true;
}

bool cell_manage_log(struct cell_ring *ring)
{
	const struct pt_status *status = cell_manage_status();

	if (!status)
		return false;
	*ring = (struct cell_ring){
		.data = (const char *)cell_info()->manage + PT_MANAGE_CONSOLE,
		.head = &status->console_head,
	};
	return true;
}

static uint64_t oldest(uint64_t head)
{
	return head > PT_CONSOLE_SIZE ? head - PT_CONSOLE_SIZE : 0;
}

size_t cell_ring_read(struct cell_ring *ring, char *buffer, size_t size, uint64_t *lost)
{
	const volatile char *data = ring->data;
	uint64_t head = __atomic_load_n(ring->head, __ATOMIC_ACQUIRE), dropped = 0;

	*lost = 0;
	if (ring->cursor > head) {
		ring->cursor = oldest(head);
	} else if (ring->cursor < oldest(head)) {
		*lost = oldest(head) - ring->cursor;
		ring->cursor = oldest(head);
	}
	if (size > head - ring->cursor)
		size = head - ring->cursor;
	for (size_t i = 0; i < size; i++)
		buffer[i] = data[(ring->cursor + i) % PT_CONSOLE_SIZE];

	/* What the writer has overtaken meanwhile is not what it was: the bytes, then the head that says so. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	head = __atomic_load_n(ring->head, __ATOMIC_RELAXED);
	if (oldest(head) > ring->cursor)
		dropped = oldest(head) - ring->cursor < size ? oldest(head) - ring->cursor : size;
	ring->cursor += size;
	*lost += dropped;
	for (size_t i = 0; dropped && i < size - dropped; i++)
		buffer[i] = buffer[i + dropped];
	return size - dropped;
}
