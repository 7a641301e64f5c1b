/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A core file of a cell: an ELF file with its RAM where the cell sees it, and for each of its CPUs
 * that was on a thread with its registers.
 */
#ifndef CLI_CORE_H
#define CLI_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <partita/types.h>
#include <partita/vcpu.h>
#include "file.h"

/* Beside those that debuggers know, of the owner "Partita": struct pt_vcpu, whole. */
#define CORE_NOTE_OWNER	"Partita"
#define CORE_NOTE_VCPU	1

struct core_region {
	uint64_t ipa, size;
	bool write, exec;
};

struct core {
	char name[PT_NAME_SIZE];
	unsigned int region_count, vcpu_count;
	struct core_region regions[PT_MAX_REGIONS];
	struct pt_vcpu vcpus[PT_MAX_CPUS];
	unsigned int first;	/* the thread that a debugger shows first */
	int signal;		/* that it died of; 0: none */
};

/*
 * All that stands before the memory, which follows region by region. The caller frees
 * head->bytes. False: no memory.
 */
bool core_head(const struct core *core, struct buffer *head);

#endif
