/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does Linux use a device that a cell is to have?
 */
#ifndef CLI_IN_USE_H
#define CLI_IN_USE_H

#include <config/system.h>

/* Adds an error, with the remedy, for each of the cell's devices, of the board's tree @t, that a driver of Linux holds. */
void refuse_devices_in_use(const struct cell *cell, const struct tree *t, struct messages *m);

#endif
