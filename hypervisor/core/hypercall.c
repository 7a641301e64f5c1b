// SPDX-License-Identifier: GPL-2.0-only
/*
 * The door. Every argument is compared with its range here; what is behind takes only values that make sense. Two
 * managers at a time are not served: the second is told so instead of waiting.
 */
#include <core/debug.h>
#include <core/enable.h>
#include <core/hypercall.h>
#include <core/manage.h>

uint8_t hypercall_page[PT_PAGE_SIZE] __aligned(PT_PAGE_SIZE) __section(".bss.pages");

static uint32_t managing, waiting;

void hypercall_exclude(void)
{
	/* Whoever calls without a rest must not keep it out. */
	__atomic_fetch_add(&waiting, 1, __ATOMIC_RELAXED);
	while (!compare_and_swap(&managing, 0, 1))
		;
	__atomic_fetch_sub(&waiting, 1, __ATOMIC_RELAXED);
}

void hypercall_admit(void)
{
	trace_memory();
	store_release(&managing, 0);
}

struct cell *cell_by_id(uint64_t id)
{
	if (id == PT_ROOT_CELL || id >= PT_MAX_CELLS || !cell_exists(&cells[id]))
		return NULL;
	return &cells[id];
}

/* 0: it is the root's alone. */
static uint32_t verb_of(uint32_t function)
{
	const bool stops = function == PT_HC_CELL_SHUTDOWN || function == PT_HC_CELL_STOP;

	return function == PT_HC_CELL_START ? PT_MAY_START : stops ? PT_MAY_STOP : 0;
}

static int64_t manage_cell(const struct cell *caller, uint32_t function, struct cell *cell)
{
	if (!cell)
		return PT_ENOCELL;
	if (!manage_may(caller, cell, verb_of(function)))
		return PT_EPERM;
	switch (function) {
	case PT_HC_CELL_LOADABLE:
		return cell_loadable(cell);
	case PT_HC_CELL_START:
		return cell_start(cell);
	case PT_HC_CELL_SHUTDOWN:
		return cell_request_shutdown(cell);
	case PT_HC_CELL_STOP:
		return cell_stop(cell);
	default:
		return cell_destroy(cell);
	}
}

static bool is_locked_out(uint32_t function)
{
	return manage_is_locked() && !verb_of(function) && function != PT_HC_LOCK;
}

static int64_t manage(struct cpu *cpu, uint64_t x[31])
{
	const uint32_t function = call_function(x);
	uint64_t reason = 0, offset = 0;
	int64_t result;

	/* Who has no rights at all does not get as far as to keep others from their calls. */
	if (!cell_is_root(cpu->cell) && !(verb_of(function) && cpu->cell->blob->manage))
		return PT_EPERM;
	if (load_relaxed(&waiting) || !compare_and_swap(&managing, 0, 1))
		return PT_EBUSY;
	if (is_locked_out(function)) {
		result = PT_ELOCKED;
		goto out;
	}
	switch (function) {
	case PT_HC_CELL_CREATE:
		result = enable_is_ending() ? PT_EBUSY : cell_create(x[1], NULL, &reason, &offset);
		x[1] = reason;
		x[2] = offset;
		break;
	case PT_HC_DISABLE:
		result = enable_end(cpu);
		break;
	case PT_HC_LEAVE:
		result = enable_leave(cpu);
		break;
	case PT_HC_LOCK:
		result = manage_lock();
		break;
	case PT_HC_CELL_INSPECT ... PT_HC_CELL_VCPU:
		result = debug_call(cell_by_id(x[1]), x);
		break;
	default:
		result = manage_cell(cpu->cell, function, cell_by_id(x[1]));
		break;
	}
out:
	trace_memory();
	store_release(&managing, 0);
	if (function == PT_HC_LEAVE && result == PT_OK) {
		x[0] = PT_OK;
		cpu_release(cpu, x);
	}
	return result;
}

bool hypercall_query(uint64_t x[31])
{
	switch (call_function(x)) {
	case PT_HC_REVISION:
		x[0] = PT_ABI_VERSION;
		x[1] = 0;
		return true;
	case PT_HC_UID:
		x[0] = PT_UID_0;
		x[1] = PT_UID_1;
		x[2] = PT_UID_2;
		x[3] = PT_UID_3;
		return true;
	default:
		return false;
	}
}

void hypercall(struct cpu *cpu, uint64_t x[31])
{
	switch (call_function(x)) {
	case PT_HC_CELL_CREATE ... PT_HC_LEAVE:
	case PT_HC_LOCK:
	case PT_HC_CELL_INSPECT ... PT_HC_CELL_VCPU:
		x[0] = (uint64_t)manage(cpu, x);
		break;
	default:
		x[0] = (uint64_t)PT_ENOSYS;
		break;
	}
}
