/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell for the gdb server of the command, in place of the driver: memory, two CPUs, and a test that plays the hypervisor. */
#ifndef GDB_CELL_H
#define GDB_CELL_H

#include <linux/cli/gdb_server.h>

#define CELL_RAM	0x40000000ULL
#define CELL_RAM_SIZE	0x20000ULL
#define CELL_CPUS	2u

struct gdb_cell {
	uint8_t ram[CELL_RAM_SIZE];
	struct pt_vcpu vcpus[CELL_CPUS];
	bool debugged, halted;
	bool ended;
	unsigned int resumes;
};

extern struct gdb_cell cell;

/* A cell that runs, CPU n at CELL_RAM + 0x1000 * (n + 1), and a server that nobody has talked to. */
void gdb_cell_reset(struct gdb_server *s);

/* CPU @n has come to the hypervisor with a debug exception of this class, and all others have followed. */
void gdb_cell_event(unsigned int n, unsigned int exception_class, uint64_t far);

#endif
