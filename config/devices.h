/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes with a device that a cell names: pages of registers and interrupts, and who else would
 * be hit.
 */
#ifndef CONFIG_DEVICES_H
#define CONFIG_DEVICES_H

#include "system.h"

/* Resolve @name on the board and append it to the cell's devices. */
void device_add(struct cell *cell, const struct board *b, const char *name, struct messages *m);
/* Registers and interrupts of all the cell's devices, once all are known. */
void devices_resolve(struct cell *cell, const struct board *b, struct messages *m);

#endif
