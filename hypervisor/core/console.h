/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own console, and that of a cell with a UART: rings that the root reads. Other cells write theirs
 * themselves, in their communication area, without EL2.
 */
#ifndef CORE_CONSOLE_H
#define CORE_CONSOLE_H

#include <partita/info.h>
#include <lib/types.h>

extern char console_ring[PT_CONSOLE_SIZE];

/* Append to a ring of PT_CONSOLE_SIZE bytes. One writer at a time. */
void console_put(char *ring, uint64_t *head, char c);

/*
 * Append a line. @format knows %s, %u (unsigned int) and %lx (uint64_t). From any CPU; never
 * where a cell can cause it more than once in its life.
 */
void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, on the UART of the boot too: where nobody may be left to read the ring. */
void console_announce(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
