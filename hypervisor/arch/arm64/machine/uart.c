// SPDX-License-Identifier: GPL-2.0-only
/*
 * UARTs differ in where their registers are and which bit says that there is room; the rest is the same for all. Runs with the
 * MMU off, too: all it refers to is relative to the program counter.
 */
#include <partita/blob.h>
#include <machine/io.h>
#include <machine/uart.h>

#define WAIT_READS	200000	/* a full FIFO of 64 at 9600 Bd makes room in 1 ms */

struct uart {
	uint16_t data;
	uint16_t status;
	uint16_t control;
	uint32_t mask;	/* with status & mask == ready, one more character has room */
	uint32_t ready;
	uint32_t on;	/* control's bits that let it send, if there are any, */
	uint32_t off;	/* and those that do not */
};

static const struct uart uarts[PT_UART_KINDS] = {
	/* UARTDR, UARTFR.TXFF (DDI0183) */
	[PT_UART_PL011] = { .data = 0x00, .status = 0x18, .mask = BIT(5), .ready = 0 },
	/* TX_RX_FIFO, Channel_sts.TNFUL (UG1087); Control.TXEN and TXDIS: off until some program speaks */
	[PT_UART_CADENCE] = { .data = 0x30, .status = 0x2c, .mask = BIT(4), .ready = 0,
			      .control = 0x00, .on = BIT(4), .off = BIT(5) },
	/* UTXD, UTS.TXFULL */
	[PT_UART_IMX] = { .data = 0x40, .status = 0xb4, .mask = BIT(4), .ready = 0 },
	/* THR, LSR.THRE */
	[PT_UART_8250] = { .data = 0x00, .status = 0x14, .mask = BIT(5), .ready = BIT(5) },
};

static bool put(uint8_t *registers, const struct uart *uart, char c)
{
	for (unsigned int i = 0; i < WAIT_READS; i++)
		if ((io_read32(registers + uart->status) & uart->mask) == uart->ready) {
			io_write32(registers + uart->data, (uint8_t)c);
			return true;
		}
	return false;
}

static void turn_on(uint8_t *control, const struct uart *uart)
{
	if (uart->on)
		io_write32(control, (io_read32(control) | uart->on) & ~uart->off);
}

bool uart_write(uint64_t base, uint32_t kind, const char *text)
{
	uint8_t *registers = (uint8_t *)base;
	const struct uart *uart;

	if (kind == PT_UART_NONE || kind >= PT_UART_KINDS)
		return false;
	uart = &uarts[kind];
	turn_on(registers + uart->control, uart);
	for (; *text; text++)
		if ((*text == '\n' && !put(registers, uart, '\r')) || !put(registers, uart, *text))
			return false;
	return true;
}
