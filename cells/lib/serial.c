/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * UARTs, each in a row of a table: where its registers are, and which bits say that a character may
 * be written or is there to be read. No wait here is without a bound.
 */
#include <cell/serial.h>
#include <cell/sysreg.h>
#include <cell/timer.h>

#define ROOM_TIMEOUT_NS	20000000	/* two characters at 1200 Bd */

/* One register, and what it must be for something to be so: (value & mask) == is. */
struct condition {
	uint16_t at;
	uint32_t mask;
	uint32_t is;
};

struct uart {
	uint16_t output;
	uint16_t input;
	struct condition room;
	struct condition typed;
	struct {
		uint16_t at;
		uint32_t set;
		uint32_t clear;
	} on[2];	/* without both set and clear: nothing to do */
	struct {
		uint16_t at;
		uint32_t bits;	/* 0: its interrupt is not level-sensitive, or not that simple */
	} interrupt;		/* raised as long as something typed is there to be read */
};

static const struct uart uarts[PT_UART_KINDS] = {
	[PT_UART_PL011] = {
		.output = 0x00, .input = 0x00,			/* UARTDR */
		.room = { 0x18, 1 << 5, 0 },			/* UARTFR.TXFF */
		.typed = { 0x18, 1 << 4, 0 },			/* UARTFR.RXFE */
		.interrupt = { 0x38, 1 << 4 | 1 << 6 },		/* UARTIMSC: RXIM, RTIM */
	},
	[PT_UART_CADENCE] = {
		.output = 0x30, .input = 0x30,			/* TX_RX_FIFO */
		.room = { 0x2c, 1 << 4, 0 },			/* Channel_sts.TNFUL */
		.typed = { 0x2c, 1 << 1, 0 },			/* Channel_sts.REMPTY */
		.on = { { 0x00, 1 << 2 | 1 << 4, 1 << 3 | 1 << 5 } },	/* Control: RXEN, TXEN; RXDIS, TXDIS */
	},
	[PT_UART_IMX] = {
		.output = 0x40, .input = 0x00,			/* UTXD, URXD */
		.room = { 0xb4, 1 << 4, 0 },			/* UTS.TXFULL */
		.typed = { 0xb4, 1 << 5, 0 },			/* UTS.RXEMPTY */
		.interrupt = { 0x80, 1 << 9 },			/* UCR1.RRDYEN */
		.on = { { 0x80, 1 << 0, 0 },			/* UCR1.UARTEN */
			{ 0x84, 1 << 0 | 1 << 1 | 1 << 2, 0 } },	/* UCR2: no reset (SRST), RXEN, TXEN */
	},
	[PT_UART_8250] = {
		.output = 0x00, .input = 0x00,			/* THR, RBR */
		.room = { 0x14, 1 << 5, 1 << 5 },		/* LSR.THRE */
		.typed = { 0x14, 1 << 0, 1 << 0 },		/* LSR.DR */
		.interrupt = { 0x04, 1 << 0 },			/* IER.ERBFI */
	},
};

static bool holds(const struct cell_serial *serial, const struct condition *c)
{
	return (cell_mmio_read32(serial->base + c->at) & c->mask) == c->is;
}

bool cell_serial_open(struct cell_serial *serial, uint64_t base, uint32_t kind)
{
	if (kind == PT_UART_NONE || kind >= PT_UART_KINDS)
		return false;
	*serial = (struct cell_serial){ base, kind };
	for (unsigned int i = 0; i < sizeof(uarts[kind].on) / sizeof(uarts[kind].on[0]); i++) {
		const uint64_t at = base + uarts[kind].on[i].at;
		const uint32_t set = uarts[kind].on[i].set, clear = uarts[kind].on[i].clear;

		if (set)
			cell_mmio_write32(at, (cell_mmio_read32(at) | set) & ~clear);
	}
	return true;
}

static bool put(const struct cell_serial *serial, char c)
{
	const struct uart *uart = &uarts[serial->kind];
	const uint64_t end = cell_now() + cell_ticks(ROOM_TIMEOUT_NS);

	while (!holds(serial, &uart->room))
		if (cell_now() > end)
			return false;
	cell_mmio_write32(serial->base + uart->output, (uint8_t)c);
	return true;
}

bool cell_serial_write(const struct cell_serial *serial, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((text[i] == '\n' && !put(serial, '\r')) || !put(serial, text[i]))
			return false;
	return true;
}

int cell_serial_read(const struct cell_serial *serial)
{
	const struct uart *uart = &uarts[serial->kind];

	/* What is beside the character in the register are its errors. */
	return holds(serial, &uart->typed) ? (int)(cell_mmio_read32(serial->base + uart->input) & 0xff) : -1;
}

bool cell_serial_interrupt(const struct cell_serial *serial, bool on)
{
	const uint64_t at = serial->base + uarts[serial->kind].interrupt.at;
	const uint32_t bits = uarts[serial->kind].interrupt.bits;
	uint32_t now;

	if (!bits)
		return false;
	now = cell_mmio_read32(at);
	if ((now & bits) != (on ? bits : 0))
		cell_mmio_write32(at, on ? now | bits : now & ~bits);
	return true;
}
