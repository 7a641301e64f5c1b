/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A UART that is a device of the cell: characters in and out, polled. Speed and pins are as the firmware left them. To be used
 * by one CPU at a time; its registers are mapped already, being in the info page.
 */
#ifndef CELL_SERIAL_H
#define CELL_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <partita/blob.h>

struct cell_serial {
	uint64_t base;		/* address of its registers, as the cell sees them */
	enum pt_uart_kind kind;
};

/* Turns transmitter and receiver on, where they have to be. False for a kind that is not known. */
bool cell_serial_open(struct cell_serial *serial, uint64_t base, uint32_t kind);

/*
 * As they are, but a carriage return before each line feed. Waits for room as long as characters leave, and no longer: false
 * if the rest was given up.
 */
bool cell_serial_write(const struct cell_serial *serial, const char *text, size_t size);

/* The next character that was typed, 0 to 255; -1 if there is none. Never waits. */
int cell_serial_read(const struct cell_serial *serial);

/*
 * Whether its interrupt, which is level-sensitive, is raised as long as something typed waits. False for a kind that has
 * to be polled all the same.
 */
bool cell_serial_interrupt(const struct cell_serial *serial, bool on);

#endif
