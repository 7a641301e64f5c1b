/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/partita: calling the driver, and saying in words why it or the hypervisor refused.
 */
#ifndef CLI_DEVICE_H
#define CLI_DEVICE_H

#include "sysfs.h"

/* An open file, or -1 after saying why not. */
int device_open(void);

/* ioctl(2), repeated when a signal interrupts it. */
int device_call(int device, unsigned long request, void *argument);

/* The meaning of an enum pt_error. */
const char *error_words(int error);

/*
 * One call that takes a cell and nothing else. Says on failure why @verb ("start") could not be
 * done; returns what the command exits with.
 */
int cell_call(int device, unsigned long request, const struct cell_view *cell, const char *verb);

/* Why @verb failed for @cell: @error is an enum pt_error, or 0 for errno. Returns EXIT_FAILED. */
int cell_refused(const struct cell_view *cell, const char *verb, int error);

#endif
