// SPDX-License-Identifier: GPL-2.0-only
/* What gdb_target.c asks the driver and sysfs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <partita/error.h>
#include <partita/hypercall.h>
#include <linux/cli/access.h>
#include <linux/cli/device.h>
#include <linux/uapi/partita.h>
#include "gdb_cell.h"

struct gdb_cell cell;

void gdb_cell_reset(struct gdb_server *s)
{
	memset(s, 0, sizeof(*s));
	memset(&cell, 0, sizeof(cell));
	for (unsigned int n = 0; n < CELL_CPUS; n++) {
		struct pt_vcpu *v = &cell.vcpus[n];

		v->flags = PT_VCPU_KEPT;
		v->pc = CELL_RAM + 0x1000 * (n + 1);
		v->pstate = 0x305;			/* EL1h, D and A masked */
		v->mpidr_el1 = n;
		v->vbar_el1 = CELL_RAM + 0x800;
		v->id_aa64dfr0_el1 = 3 << 20 | 5 << 12;	/* 4 watchpoints, 6 breakpoints */
	}
}

void gdb_cell_event(unsigned int n, unsigned int exception_class, uint64_t far)
{
	cell.vcpus[n].esr = (uint64_t)exception_class << 26;
	cell.vcpus[n].far = far;
	cell.halted = true;
}

int access_memory(int device, uint32_t id, uint64_t ipa, void *data, size_t size, bool write)
{
	(void)device;
	(void)id;
	if (!cell.halted)
		return PT_ESTATE;
	if (ipa < CELL_RAM || ipa - CELL_RAM > CELL_RAM_SIZE || size > CELL_RAM_SIZE - (ipa - CELL_RAM))
		return PT_EINVAL;
	memcpy(write ? &cell.ram[ipa - CELL_RAM] : data, write ? data : &cell.ram[ipa - CELL_RAM], size);
	return 0;
}

int access_vcpu(int device, uint32_t id, unsigned int vcpu, struct pt_vcpu *data, bool write)
{
	(void)device;
	(void)id;
	if (vcpu >= CELL_CPUS)
		return EINVAL;
	if (!cell.halted)
		return PT_ESTATE;
	memcpy(write ? &cell.vcpus[vcpu] : data, write ? data : &cell.vcpus[vcpu], sizeof(*data));
	return 0;
}

int device_call(int device, unsigned long request, void *argument)
{
	struct pt_ioc_cell_debug *call = argument;

	(void)device;
	if (request != PT_IOC_CELL_DEBUG)
		abort();
	if (cell.ended && call->verb != PT_DEBUG_DETACH) {
		call->error = PT_ESTATE;
		errno = EREMOTEIO;
		return -1;
	}
	cell.halted = call->verb == PT_DEBUG_HALT;
	cell.debugged = call->verb != PT_DEBUG_DETACH;
	cell.resumes += call->verb == PT_DEBUG_RESUME;
	return 0;
}

bool read_cell(uint32_t id, struct cell_view *view)
{
	*view = (struct cell_view){ .id = id, .state = "running" };
	if (cell.ended)
		strcpy(view->state, "failed");
	return true;
}
