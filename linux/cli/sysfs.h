/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the hypervisor and its cells as the driver shows it (docs/sysfs.md). Read-only; a
 * cell may go away between two reads, which then show it as unknown.
 */
#ifndef CLI_SYSFS_H
#define CLI_SYSFS_H

#include <stdbool.h>
#include <stdint.h>
#include <partita/types.h>

struct cell_view {
	uint32_t id;
	char name[PT_NAME_SIZE];
	char state[16];		/* a word of PT_CELL_STATE_WORDS */
	char cpus[256];		/* "0,2-3" */
	char fault[2048];	/* "none", or lines "key value" */
	char answer[16];	/* claim: none, yes, no, invalid */
	uint64_t memory;	/* bytes; 0: this Linux does not see it */
	uint64_t starts;
	uint64_t resets;	/* of these, those that the cell asked for itself */
	uint64_t heartbeat;	/* claim */
};

struct cell_region {
	uint64_t ipa;
	uint64_t pa;
	uint64_t size;		/* bytes */
	char flags[8];		/* of "rwxd" */
};

/*
 * The text of a file below the driver's directory without its last newline; false where there is
 * none.
 */
__attribute__((format(printf, 3, 4)))
bool sysfs_text(char *text, size_t size, const char *format, ...);
/* 0 where there is none. */
__attribute__((format(printf, 1, 2)))
uint64_t sysfs_number(const char *format, ...);

/* The cell that this Linux is: PT_ROOT_CELL where it has enabled the hypervisor, or there is none. */
uint32_t this_cell(void);

bool driver_loaded(void);
bool hypervisor_enabled(void);
/* The same, and says what to do where it is not. */
bool require_enabled(void);

/* The next cell with an id of at least @id. */
bool next_cell(uint32_t id, struct cell_view *view);
bool read_cell(uint32_t id, struct cell_view *view);
/* By name or id; false after saying that there is none. */
bool find_any_cell(const char *name, struct cell_view *view);
/* The same, but neither this Linux nor the root is a cell to be managed. */
bool find_cell(const char *name, struct cell_view *view);
/*
 * The cell's region of memory (not of registers, nor shared) that holds @ipa, or its first one
 * with @ipa = UINT64_MAX. Those that follow without a gap are part of it; the physical address is
 * that of the first.
 */
bool cell_memory_region(uint32_t id, uint64_t ipa, struct cell_region *region);

/* The cell's region number @n in the order of its blob, of whatever kind. */
bool cell_region(uint32_t id, unsigned int n, struct cell_region *region);

/* Does the cell have registers of devices within these physical addresses? */
bool cell_has_registers(uint32_t id, uint64_t base, uint64_t size);
/* The first of the cell's CPUs that still executes it, or is on its way there. */
bool cell_busy_cpu(const struct cell_view *view, unsigned int *cpu);

/* Append @cpu to a list of room for @size bytes. */
void add_to_cpu_list(char *list, size_t size, unsigned int cpu);
/* Is CPU @cpu in a list like "0,2-3"? */
bool in_cpu_list(const char *list, unsigned int cpu);
/* The value of a fault line, in @value; false where there is none. */
bool fault_value(const struct cell_view *view, const char *key, char *value, size_t size);

#endif
