// SPDX-License-Identifier: GPL-2.0-only
/*
 * The driver copies a step of what it is asked for; here it is asked until all is done.
 */
#include <errno.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "access.h"
#include "device.h"

int access_memory(int device, uint32_t cell, uint64_t ipa, void *data, size_t size, bool write)
{
	size_t done = 0;

	while (done < size) {
		struct pt_ioc_cell_inspect call = {
			.cell = cell,
			.ipa = ipa + done,
			.data = (uintptr_t)data + done,
			.size = size - done,
			.write = write,
		};

		if (device_call(device, PT_IOC_CELL_INSPECT, &call) < 0)
			return errno == EREMOTEIO ? call.error : errno;
		done += call.size;
	}
	return 0;
}

int access_vcpu(int device, uint32_t cell, unsigned int vcpu, struct pt_vcpu *data, bool write)
{
	struct pt_ioc_cell_vcpu call = {
		.cell = cell,
		.vcpu = vcpu,
		.write = write,
		.data = (uintptr_t)data,
	};

	if (device_call(device, PT_IOC_CELL_VCPU, &call) == 0)
		return 0;
	return errno == EREMOTEIO ? call.error : errno;
}
