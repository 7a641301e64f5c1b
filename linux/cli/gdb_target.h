/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cell as a debugger's target: it runs or is halted as a whole, its CPUs are threads. Software breakpoints,
 * steps, and what an address of the cell means are dealt with here; what comes from a cell or from a
 * debugger breaks nothing but their session.
 */
#ifndef CLI_GDB_TARGET_H
#define CLI_GDB_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <partita/types.h>
#include <partita/vcpu.h>

/* The kinds of points of the protocol's Z packets. */
enum gdb_point {
	GDB_SOFTWARE,
	GDB_HARDWARE,
	GDB_WATCH_WRITE,
	GDB_WATCH_READ,
	GDB_WATCH_ACCESS,
};

#define GDB_BREAKPOINTS	64

struct gdb_breakpoint {
	uint64_t address;
	uint64_t ipa;		/* where that is */
	uint32_t instruction;	/* what is under it */
	bool used;
};

struct gdb_watch {
	uint64_t address, size;
	enum gdb_point kind;	/* GDB_SOFTWARE: none */
};

struct gdb_target {
	int device;
	uint32_t cell;
	uint64_t starts;			/* that of the cell that is debugged: after another one it is gone */
	unsigned int vcpu_count;
	struct pt_vcpu vcpus[PT_MAX_CPUS];	/* while it is halted; those that are off have no PT_VCPU_KEPT */
	uint64_t masked[PT_MAX_CPUS];		/* interrupt masks that a step has set */
	struct gdb_breakpoint breakpoints[GDB_BREAKPOINTS];
	uint64_t hardware[PT_POINTS];
	bool hardware_used[PT_POINTS];
	struct gdb_watch watches[PT_POINTS];
};

/* What one of its CPUs does when the cell goes on. */
enum gdb_action { GDB_HOLD, GDB_STEP, GDB_CONTINUE };

enum gdb_state { GDB_RUNS, GDB_HALTED, GDB_GONE };

/* 0, or why not, as access.h has it. */
int gdb_target_halt(struct gdb_target *t);
int gdb_target_resume(struct gdb_target *t, const enum gdb_action *actions);
/* Breakpoints are taken out; the cell goes on as if nothing had been. */
int gdb_target_detach(struct gdb_target *t);

/* Has it halted by itself? Then it is halted as a whole, and @vcpu is the cause. */
enum gdb_state gdb_target_look(struct gdb_target *t, unsigned int *vcpu);

/* At the address that CPU @vcpu means by @va. False: not all of it is there; nothing or a part is done. */
bool gdb_target_memory(struct gdb_target *t, unsigned int vcpu, uint64_t va, void *data, size_t size,
		       bool write);

bool gdb_target_insert(struct gdb_target *t, unsigned int vcpu, enum gdb_point kind, uint64_t address,
		       uint64_t size);
bool gdb_target_remove(struct gdb_target *t, enum gdb_point kind, uint64_t address, uint64_t size);

/* Where CPU @vcpu finds what it calls @va, by its own tables. False: nowhere. See gdb_translate.c. */
bool gdb_translate(struct gdb_target *t, unsigned int vcpu, uint64_t va, uint64_t *ipa);
/* Memory by the address that the cell takes for physical, as it is without breakpoints. */
bool gdb_target_physical(struct gdb_target *t, uint64_t ipa, void *data, size_t size, bool write);

/* The watchpoint that CPU @vcpu has hit, or NULL. */
const struct gdb_watch *gdb_target_watch(const struct gdb_target *t, unsigned int vcpu);

#endif
