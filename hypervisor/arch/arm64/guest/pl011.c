// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console of a cell that knows nothing of Partita: a PL011 (DDI0183) whose line is infinitely fast in one direction
 * and waits for the cell in the other. What the cell writes is in its console ring at once; what the root types goes into
 * the receive FIFO as far as there is room, so there is no overrun. Nothing here waits, and there are no errors,
 * no IrDA, no DMA and no loopback.
 */
#include <core/console.h>
#include <core/hypercall.h>
#include <core/manage.h>
#include <guest/guest.h>
#include <guest/pl011.h>
#include <lib/string.h>
#include <machine/sysreg.h>

_Static_assert(UARTDMACR / 4 + 1 == UART_REGISTERS, "a word for each register");
_Static_assert(PT_UART_INPUT_MAX <= 4 * sizeof(uint64_t), "x3 to x6");

/* Registers that keep what is written. */
static const uint16_t writable[UART_REGISTERS] = {
	[UARTILPR / 4] = 0xff, [UARTIBRD / 4] = 0xffff, [UARTFBRD / 4] = 0x3f, [UARTLCR_H / 4] = 0xff,
	[UARTCR / 4] = 0xff01, [UARTIFLS / 4] = 0x3f, [UARTIMSC / 4] = 0x7ff, [UARTDMACR / 4] = 0x7,
};

/*
 * Enabled, as firmware leaves it to a system whose first words come before it has a driver. So it has a speed, too: Linux
 * divides by the divisor of a UART that it finds enabled, and takes the result. 115200 bit/s of 24 MHz, 8 bits.
 */
static const uint16_t at_reset[UART_REGISTERS] = {
	[UARTIBRD / 4] = 13, [UARTFBRD / 4] = 1, [UARTLCR_H / 4] = LCR_H_WLEN_8,
	[UARTCR / 4] = CR_UARTEN | CR_TXE | CR_RXE, [UARTIFLS / 4] = IFLS_HALF,
};

/* UARTPeriphID0 to 3, UARTPCellID0 to 3. */
static const uint8_t identification[8] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

static uint32_t kept(const struct uart_state *u, uint64_t offset)
{
	return u->registers[offset / 4] ^ at_reset[offset / 4];
}

static uint32_t level(const struct uart_state *u)
{
	return u->received - u->read;
}

static uint32_t depth(const struct uart_state *u)
{
	return (kept(u, UARTLCR_H) & LCR_H_FEN) ? UART_FIFO : 1;
}

/* From how many bytes on the receive interrupt is asserted. */
static uint32_t trigger(const struct uart_state *u)
{
	static const uint8_t eighths[8] = { 1, 2, 4, 6, 7, 7, 7, 7 };	/* the last three are reserved */

	return depth(u) == 1 ? 1 : eighths[FIELD(kept(u, UARTIFLS), 5, 3)] * UART_FIFO / 8;
}

/*
 * The interrupt is a level, but the SPI has no wire, only its pending state, which an acknowledgement clears. So this
 * is made anew of UARTMIS by whoever has touched the UART, the cell or the root, with the lock held: nobody clears what
 * another has just set. No interrupt is lost, because a handler that has acknowledged one must touch the UART to
 * remove its cause or as much as to find it; as long as a cause is left after that, the SPI is pending again, and taken
 * after the handler's end of interrupt. Nor is one left pending without a cause.
 */
static void drive(struct uart *uart)
{
	struct uart_state *u = &uart->state;
	const bool asserted = u->raw & kept(u, UARTIMSC);

	if (asserted || u->asserted)
		irq_drive(uart->spi, asserted);
	u->asserted = asserted;
}

static uint32_t read_data(struct uart_state *u)
{
	uint32_t byte;

	if (!level(u))
		return 0;
	byte = u->fifo[u->read++ % UART_FIFO];
	if (level(u) < trigger(u))
		u->raw &= (uint16_t)~INT_RX;
	if (!level(u))
		u->raw &= (uint16_t)~INT_RT;
	return byte;
}

/* At the far end somebody is always ready. */
static uint32_t flags(const struct uart_state *u)
{
	return FR_TXFE | FR_CTS | FR_DSR | FR_DCD | (level(u) ? 0 : FR_RXFE) | (level(u) >= depth(u) ? FR_RXFF : 0);
}

static uint32_t load(struct uart_state *u, uint64_t offset)
{
	switch (offset) {
	case UARTDR:
		return read_data(u);
	case UARTFR:
		return flags(u);
	case UARTRIS:
		return u->raw;
	case UARTMIS:
		return u->raw & kept(u, UARTIMSC);
	default:
		if (offset >= UARTPeriphID0)
			return identification[(offset - UARTPeriphID0) / 4];
		return offset <= UARTDMACR ? kept(u, offset) : 0;
	}
}

static void keep(struct uart_state *u, uint64_t offset, uint32_t value)
{
	/* Turning the FIFOs on or off empties them. */
	if (offset == UARTLCR_H && ((value ^ kept(u, offset)) & LCR_H_FEN)) {
		u->read = u->received;
		u->raw &= (uint16_t)~(INT_RX | INT_RT);
	}
	u->registers[offset / 4] = (uint16_t)((value & writable[offset / 4]) ^ at_reset[offset / 4]);
}

static void store(struct cell *cell, uint64_t offset, uint32_t value)
{
	struct uart_state *u = &cell->uart.state;

	switch (offset) {
	case UARTDR:
		/* Enabled or not: a byte that cannot leave would wait, and there is nothing to wait for. */
		console_put((char *)cell->comm + PT_COMM_CONSOLE, &cell->status->console_head, (char)value);
		u->raw |= INT_TX;
		break;
	case UARTICR:
		u->raw &= (uint16_t)~value;
		break;
	default:
		if (offset <= UARTDMACR)
			keep(u, offset, value);
		break;
	}
}

uint64_t pl011_load(struct cell *cell, uint64_t offset, unsigned int size)
{
	uint64_t value;

	if (size > 4 || offset % 4)
		return 0;
	lock_take(&cell->uart.lock);
	value = load(&cell->uart.state, offset) & MASK(8 * size - 1, 0);
	drive(&cell->uart);
	lock_release(&cell->uart.lock);
	return value;
}

void pl011_store(struct cell *cell, uint64_t offset, unsigned int size, uint64_t value)
{
	if (size > 4 || offset % 4)
		return;
	lock_take(&cell->uart.lock);
	store(cell, offset, (uint32_t)(value & MASK(8 * size - 1, 0)));
	drive(&cell->uart);
	lock_release(&cell->uart.lock);
}

/*
 * The silence of 32 bits after which the receive timeout is asserted has passed with the end of the call: for bytes that
 * were there before, too.
 */
static int64_t receive(struct uart_state *u, const uint8_t *bytes, uint64_t count)
{
	const uint32_t enabled = CR_UARTEN | CR_RXE, before = level(u);
	uint64_t taken = 0;

	if ((kept(u, UARTCR) & enabled) != enabled)
		return 0;
	while (taken < count && level(u) < depth(u))
		u->fifo[u->received++ % UART_FIFO] = bytes[taken++];
	if (before < trigger(u) && level(u) >= trigger(u))
		u->raw |= INT_RX;
	if (level(u))
		u->raw |= INT_RT;
	return (int64_t)taken;
}

static int64_t input(struct cell *cell, const uint8_t *bytes, uint64_t count)
{
	int64_t result = PT_ESTATE;

	lock_take(&cell->uart.lock);
	if (cell_running(cell)) {
		result = cell->uart.base ? receive(&cell->uart.state, bytes, count) : PT_EINVAL;
		if (cell->uart.base)
			drive(&cell->uart);
	}
	lock_release(&cell->uart.lock);
	return result;
}

void pl011_input(const struct cpu *cpu, uint64_t x[31])
{
	uint8_t bytes[PT_UART_INPUT_MAX];
	struct cell *cell = cell_by_id(x[1]);
	int64_t result;

	memcpy(bytes, &x[3], sizeof(bytes));
	if (!cell_is_root(cpu->cell) && (!cell || !manage_may(cpu->cell, cell, PT_MAY_TYPE)))
		result = PT_EPERM;
	else if (x[2] > sizeof(bytes))
		result = PT_EINVAL;
	else if (!cell)
		result = PT_ENOCELL;
	else
		result = input(cell, bytes, x[2]);
	x[0] = (uint64_t)result;
}
