/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other programs that the command has do a part of its work.
 */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* Waits for it. Did it end by itself, and with exit status 0? */
bool process_ended_well(pid_t pid);

#endif
