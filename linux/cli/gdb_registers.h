/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's registers in the order and sizes in which the target description tells them to gdb.
 */
#ifndef CLI_GDB_REGISTERS_H
#define CLI_GDB_REGISTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <partita/vcpu.h>

#define GDB_REGISTER_MAX	16	/* bytes of the largest */

unsigned int gdb_register_count(void);
/* Bytes; 0: there is no such register. */
size_t gdb_register_size(unsigned int n);
void gdb_register_get(const struct pt_vcpu *v, unsigned int n, void *bytes);
/* False: it can only be read, and stays as it is. */
bool gdb_register_set(struct pt_vcpu *v, unsigned int n, const void *bytes);

/* The description, as XML; made once. */
const char *gdb_description(void);

#endif
