// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking into cells, for core dumps and debuggers: memory and registers of a cell that has ended, or of one
 * that is halted, where its blob allows it. The hypervisor decides that and copies, a page at most with each
 * call. Whoever has halted a cell and goes away, however, lets it go on.
 */
#include "driver.h"

#include <linux/arm-smccc.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define SLEEPER_MS	2	/* who has not come to EL2 by then sleeps, and is woken */
#define HALT_TIMEOUT_MS	5000	/* for the CPUs of a cell to come: microseconds, but an emulator stalls them */

/* Ask until the answer is neither that somebody else asks nor that CPUs are on their way. */
static int call(unsigned long function, const struct partita_cell *cell, u64 x2, u64 x3, u64 x4,
		s32 *error)
{
	const ktime_t start = ktime_get();
	struct arm_smccc_res res;
	u64 verb = x2;
	s64 waited;
	long answer;

	lockdep_assert_held(&partita.lock);
	for (;;) {
		arm_smccc_1_1_hvc(function, (u64)cell->id, verb, x3, x4, &res);
		answer = res.a0;
		waited = ktime_ms_delta(ktime_get(), start);
		if (answer == PT_OK)
			return 0;
		if (answer != PT_AGAIN && answer != PT_EBUSY) {
			*error = answer;
			return -EREMOTEIO;
		}
		if (waited > HALT_TIMEOUT_MS)
			return -ETIMEDOUT;
		if (function == PT_HC_CELL_DEBUG && x2 == PT_DEBUG_HALT && waited > SLEEPER_MS)
			verb = PT_DEBUG_KICK;
		usleep_range(50, 200);
	}
}

/**
 * partita_cell_inspect() - copy memory of a cell, from it or to it
 * @ioc: which, where, how much, from where to where; out: how much was copied
 *
 * A step of it is done at most: who wants more asks again.
 *
 * Return: 0, or a negative errno; -EREMOTEIO where @ioc->error says more.
 */
int partita_cell_inspect(struct pt_ioc_cell_inspect *ioc)
{
	const struct partita_cell *cell = partita_cell_by_id(ioc->cell);
	const u64 size = min_t(u64, ioc->size, SZ_1M);
	u8 __user *data = u64_to_user_ptr(ioc->data);
	u64 chunk;
	int ret = 0;

	ioc->size = 0;
	if (!cell) {
		ioc->error = PT_ENOCELL;
		return -EREMOTEIO;
	}
	if (ioc->write > 1 || ioc->reserved0)
		return -EINVAL;
	while (ioc->size < size) {
		const u64 ipa = ioc->ipa + ioc->size;

		chunk = min_t(u64, size - ioc->size, PAGE_SIZE - offset_in_page(ipa));
		if (ioc->write && copy_from_user(partita.call_page, data + ioc->size, chunk))
			return -EFAULT;
		ret = call(PT_HC_CELL_INSPECT, cell, ipa, chunk, ioc->write, &ioc->error);
		if (ret)
			break;
		if (!ioc->write && copy_to_user(data + ioc->size, partita.call_page, chunk))
			return -EFAULT;
		ioc->size += chunk;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	if (!ioc->size)
		return ret;
	/* What was copied is the answer; the next call says what is wrong. */
	ioc->error = 0;
	return 0;
}

/**
 * partita_cell_vcpu() - copy what the hypervisor keeps of a CPU of a cell, from it or to it
 * @ioc: which, by its place in the blob, and from where to where
 *
 * Return: 0, or a negative errno; -EREMOTEIO where @ioc->error says more.
 */
int partita_cell_vcpu(struct pt_ioc_cell_vcpu *ioc)
{
	const struct partita_cell *cell = partita_cell_by_id(ioc->cell);
	void __user *data = u64_to_user_ptr(ioc->data);
	int ret;

	if (!cell) {
		ioc->error = PT_ENOCELL;
		return -EREMOTEIO;
	}
	if (ioc->vcpu >= cell->cpu_count || ioc->write > 1)
		return -EINVAL;
	if (ioc->write && copy_from_user(partita.call_page, data, sizeof(struct pt_vcpu)))
		return -EFAULT;
	ret = call(PT_HC_CELL_VCPU, cell, cell->order[ioc->vcpu], ioc->write, 0, &ioc->error);
	if (!ret && !ioc->write && copy_to_user(data, partita.call_page, sizeof(struct pt_vcpu)))
		ret = -EFAULT;
	return ret;
}

static int detach(struct partita_cell *cell, s32 *error)
{
	s32 unused = 0;

	/* Where a CPU does not come, those that have go on. */
	call(PT_HC_CELL_DEBUG, cell, PT_DEBUG_HALT, 0, 0, &unused);
	cell->debugger = NULL;
	return call(PT_HC_CELL_DEBUG, cell, PT_DEBUG_DETACH, 0, 0, error);
}

/**
 * partita_cell_debug() - halt a cell, let it go on, leave it alone
 * @file: who debugs it, until it is closed
 * @ioc: which, what
 *
 * Return: 0, or a negative errno: -EBUSY where another file debugs it, -ETIMEDOUT where a CPU of it does not
 * come, -EREMOTEIO where @ioc->error says more.
 */
int partita_cell_debug(const struct partita_file *file, struct pt_ioc_cell_debug *ioc)
{
	struct partita_cell *cell = partita_cell_by_id(ioc->cell);
	int ret;

	if (!cell) {
		ioc->error = PT_ENOCELL;
		return -EREMOTEIO;
	}
	if (cell->debugger && cell->debugger != file)
		return -EBUSY;
	switch (ioc->verb) {
	case PT_DEBUG_HALT:
		ret = call(PT_HC_CELL_DEBUG, cell, PT_DEBUG_HALT, 0, 0, &ioc->error);
		if (!ret || ret == -ETIMEDOUT)
			cell->debugger = file;
		return ret;
	case PT_DEBUG_RESUME:
		return call(PT_HC_CELL_DEBUG, cell, PT_DEBUG_RESUME, 0, 0, &ioc->error);
	case PT_DEBUG_DETACH:
		return detach(cell, &ioc->error);
	default:
		return -EINVAL;
	}
}

/**
 * partita_debug_release() - let all cells go on that a file debugs
 * @file: that is closed
 */
void partita_debug_release(const struct partita_file *file)
{
	struct partita_cell *cell;
	s32 error = 0;
	u32 id;

	lockdep_assert_held(&partita.lock);
	for (id = 0; id < PT_MAX_CELLS; id++) {
		cell = partita_cell_by_id(id);
		if (cell && cell->debugger == file && detach(cell, &error))
			pr_err("cell %s: what a debugger has halted does not go on (%d)\n",
			       cell->name, error);
	}
}
