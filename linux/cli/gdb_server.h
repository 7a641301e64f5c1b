/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gdb remote protocol's commands, for a cell: all stop and go together. Nothing here reads or writes a
 * stream, so that a test or a fuzzer can be the debugger.
 */
#ifndef CLI_GDB_SERVER_H
#define CLI_GDB_SERVER_H

#include "gdb_packet.h"
#include "gdb_target.h"

struct gdb_server {
	struct gdb_target target;
	unsigned int thread;		/* vCPU that registers and memory are asked of */
	unsigned int stopped;		/* vCPU that has halted it */
	int signal;			/* why, as gdb counts signals */
	bool runs;
	bool silent;			/* no acknowledgements */
	bool says_breakpoints;		/* gdb knows swbreak and hwbreak */
	bool over;			/* detached, or the cell is gone */
	char reply[GDB_PAYLOAD_MAX + 1];
	size_t reply_size;
};

/* Halt the cell: what a debugger finds when it connects. 0, or why not, as access.h has it. */
int gdb_server_begin(struct gdb_server *s);

/* Each: true where reply[0, reply_size) is to be sent. */

/* A packet; a NUL follows its @size bytes. */
bool gdb_server_packet(struct gdb_server *s, const char *payload, size_t size);
/* Ctrl-C. */
bool gdb_server_interrupt(struct gdb_server *s);
/* Every now and then while it runs. */
bool gdb_server_look(struct gdb_server *s);

#endif
