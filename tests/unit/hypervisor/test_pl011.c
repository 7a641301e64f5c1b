// SPDX-License-Identifier: GPL-2.0-only
/* The UART of a cell, as its driver sees it (DDI0183G), and as the root that types into it. */
#include <string.h>
#include <guest/pl011.h>
#include <machine/gic_regs.h>
#include "test.h"

#define SPI_BIT		BIT(70 % 32)
#define BANK		(&gic.spis[70 / 32])
#define FIFOS_ON	0x70u		/* 8 bits, FEN */

static unsigned int id;

static uint32_t get(uint64_t offset)
{
	uint64_t value;

	assert_int_equal(fake_load(1, uart_cell.uart + offset, 4, &value), SERVED);
	return (uint32_t)value;
}

static void put(uint64_t offset, uint32_t value)
{
	assert_int_equal(fake_store_to(1, uart_cell.uart + offset, 4, value), SERVED);
}

static int64_t call(unsigned int cpu, uint64_t cell, const void *bytes, uint64_t count)
{
	uint64_t x[4] = { 0 };

	memcpy(x, bytes, count < sizeof(x) ? count : sizeof(x));
	memcpy(&fake.cpu[cpu].x[4], &x[1], 3 * sizeof(*x));
	return fake_hvc(cpu, PT_HC_UART_INPUT, cell, count, x[0]);
}

static int64_t type(const char *text)
{
	return call(0, id, text, strlen(text));
}

static const char *printed(void)
{
	static char text[PT_CONSOLE_SIZE + 1];
	const uint64_t head = status.cells[id].console_head, size = head < PT_CONSOLE_SIZE ? head : PT_CONSOLE_SIZE;

	for (uint64_t i = 0; i < size; i++) {
		uint64_t value;

		assert_int_equal(fake_load(0, status.cells[id].comm + PT_COMM_CONSOLE + (head - size + i) % PT_CONSOLE_SIZE,
					   1, &value), REACHED);
		text[i] = (char)value;
	}
	text[size] = '\0';
	return text;
}

static bool pending(void)
{
	return BANK->pending & SPI_BIT;
}

/* What a CPU interface does when it reads ICC_IAR1_EL1, and at the end. */
static void acknowledge(void)
{
	assert_true(pending());
	BANK->pending &= ~(uint32_t)SPI_BIT;
	BANK->active |= SPI_BIT;
}

static void end_of_interrupt(void)
{
	BANK->active &= ~(uint32_t)SPI_BIT;
}

static int begin(void **state)
{
	begin_enabled(state);
	id = cell_in_state(&uart_cell, PT_CELL_RUNNING);
	return 0;
}

static int check(void **state)
{
	fake_check();
	return 0;
}

static void test_registers_are_as_after_a_reset(void **state)
{
	static const uint8_t identification[8] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	for (uint64_t offset = 0; offset < 0xfe0; offset += 4)
		assert_int_equal(get(offset), offset == UARTFR ? 0x97 : offset == UARTCR ? 0x301 :
				 offset == UARTIFLS ? 0x12 : offset == UARTIBRD ? 13 : offset == UARTFBRD ? 1 :
				 offset == UARTLCR_H ? 0x60 : 0);
	/* As Linux reads the speed of a console that somebody has set up (pl011_console_get_options()). */
	assert_in_range(24000000 * 4 / (64 * get(UARTIBRD) + get(UARTFBRD)), 115200 * 98 / 100, 115200 * 102 / 100);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(get(UARTPeriphID0 + 4 * i), identification[i]);
}

static void test_registers_keep_what_is_written_and_no_more(void **state)
{
	static const struct { uint32_t offset, bits; } registers[] = {
		{ UARTILPR, 0xff }, { UARTIBRD, 0xffff }, { UARTFBRD, 0x3f }, { UARTLCR_H, 0xff }, { UARTCR, 0xff01 },
		{ UARTIFLS, 0x3f }, { UARTIMSC, 0x7ff }, { UARTDMACR, 0x7 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(registers); i++) {
		put(registers[i].offset, ~0u);
		assert_int_equal(get(registers[i].offset), registers[i].bits);
		put(registers[i].offset, 0);
		assert_int_equal(get(registers[i].offset), 0);
	}
	for (uint64_t offset = 0xfe0; offset < 0x1000; offset += 4)
		put(offset, ~0u);
	for (uint64_t offset = 0x4c; offset < 0xfe0; offset += 4) {
		put(offset, ~0u);
		assert_int_equal(get(offset), 0);
	}
	put(UARTRSR, ~0u);
	assert_int_equal(get(UARTRSR), 0);
	put(UARTFR, 0);
	assert_int_equal(get(UARTFR), 0x97);
	put(UARTRIS, ~0u);
	put(UARTMIS, ~0u);
	assert_int_equal(get(UARTRIS), 0);
	assert_int_equal(get(UARTPeriphID0), 0x11);
}

static void test_other_sizes_and_places_are_harmless(void **state)
{
	uint64_t value;

	type("A");
	for (uint64_t offset = 0; offset < 0x1000; offset++)
		for (unsigned int size = 1; size <= 8; size *= 2) {
			if (offset % 4 == 0 && size <= 4)
				continue;
			assert_int_equal(fake_load(1, uart_cell.uart + offset, size, &value), SERVED);
			assert_int_equal(value, 0);
			assert_int_equal(fake_store_to(1, uart_cell.uart + offset, size, ~0ULL), SERVED);
		}
	assert_int_equal(get(UARTCR), 0x301);
	/* By 8 and 16 bits at a register's own address (SBSA). */
	assert_int_equal(fake_load(1, uart_cell.uart + UARTFR, 2, &value), SERVED);
	assert_int_equal(value, 0xc7);
	assert_int_equal(fake_load(1, uart_cell.uart + UARTDR, 1, &value), SERVED);
	assert_int_equal(value, 'A');
	assert_int_equal(fake_store_to(1, uart_cell.uart + UARTDR, 1, 'B'), SERVED);
	assert_int_equal(fake_store_to(1, uart_cell.uart + UARTDR, 2, 'C'), SERVED);
	assert_int_equal(fake_load(1, uart_cell.uart + UARTCR, 1, &value), SERVED);
	assert_int_equal(value, 0x01);
	assert_string_equal(printed(), "BC");
	assert_true(status.cpus[1].exits[PT_EXIT_UART] > 3 * 4096);
}

static void test_a_pair_of_registers_ends_the_cell_alone(void **state)
{
	assert_int_equal(fake_abort(1, ESR_DABT & ~ABT_ISV, uart_cell.uart), ENDED);
	fake_settle();
	assert_int_equal(status.cells[id].state, PT_CELL_FAILED);
	assert_int_equal(status.cells[id].fault.kind, PT_FAULT_DECODE);
	assert_int_equal(type("x"), PT_ESTATE);
}

static void test_what_is_written_is_in_the_ring_and_the_newest_stays(void **state)
{
	const char *text = "hello\r\n";
	const uint64_t bytes = 2 * PT_CONSOLE_SIZE + 10;

	for (const char *c = text; *c; c++) {
		assert_int_equal(get(UARTFR) & (FR_TXFE | (1u << 5) | (1u << 3)), FR_TXFE);	/* TXFF, BUSY */
		put(UARTDR, (uint32_t)*c | 0xabcdef00);
	}
	assert_string_equal(printed(), text);
	for (uint64_t i = strlen(text); i < bytes; i++)
		put(UARTDR, 'a' + i % 26);
	assert_int_equal(status.cells[id].console_head, bytes);
	for (uint64_t i = 0; i < PT_CONSOLE_SIZE; i++)
		assert_int_equal(printed()[i], 'a' + (bytes - PT_CONSOLE_SIZE + i) % 26);
}

/* The far end of the ring, which the cell could forge, is out of its reach. */
static void test_the_cell_does_not_reach_its_ring(void **state)
{
	uint64_t value;

	assert_int_equal(((struct pt_info *)(cells[id].comm + PT_COMM_INFO))->console_size, 0);
	assert_int_equal(fake_store_to(1, uart_cell.comm + PT_COMM_REPORT, 8, 1), REACHED);
	assert_int_equal(fake_load(1, uart_cell.comm + PT_COMM_CONSOLE, 4, &value), ENDED);
}

static void test_input_fills_the_fifo_and_no_byte_is_lost(void **state)
{
	char all[100], read[100];
	unsigned int typed = 0, got = 0;

	for (unsigned int i = 0; i < sizeof(all); i++)
		all[i] = (char)(i * 37);
	put(UARTLCR_H, FIFOS_ON);
	assert_int_equal(call(0, id, all, 32), 32);
	assert_int_equal(get(UARTFR), 0x80 | FR_RXFF | 7);
	assert_int_equal(call(0, id, all + 32, 32), 0);
	for (typed = 32; got < sizeof(all);) {
		read[got++] = (char)get(UARTDR);
		if (got % 7 == 0)
			typed += (unsigned int)call(0, id, all + typed, sizeof(all) - typed < 32 ? sizeof(all) - typed : 32);
		assert_int_equal(!(get(UARTFR) & FR_RXFE), typed > got);
	}
	assert_memory_equal(read, all, sizeof(all));
	assert_int_equal(get(UARTDR), 0);
	assert_int_equal(get(UARTFR), 0x97);
}

static void test_without_fifos_there_is_room_for_one(void **state)
{
	assert_int_equal(type("xyz"), 1);
	assert_int_equal(get(UARTFR), 0x80 | FR_RXFF | 7);
	assert_int_equal(get(UARTRIS), INT_RX | INT_RT);
	assert_int_equal(get(UARTDR), 'x');
	assert_int_equal(get(UARTRIS), 0);
	/* The FIFOs are emptied as they go on or off, and by nothing else. */
	type("x");
	put(UARTLCR_H, FIFOS_ON);
	assert_int_equal(get(UARTFR), 0x97);
	assert_int_equal(get(UARTRIS), 0);
	assert_int_equal(type("abc"), 3);
	put(UARTLCR_H, FIFOS_ON | 2);
	assert_int_equal(get(UARTDR), 'a');
	put(UARTLCR_H, 0x60);
	assert_int_equal(get(UARTFR), 0x97);
}

static void test_a_receiver_that_is_off_keeps_the_input_waiting(void **state)
{
	static const uint32_t off[] = { 0, CR_UARTEN | CR_TXE, CR_TXE | CR_RXE, CR_RXE };

	put(UARTLCR_H, FIFOS_ON);
	for (unsigned int i = 0; i < ARRAY_SIZE(off); i++) {
		put(UARTCR, off[i]);
		assert_int_equal(type("abc"), 0);
		assert_int_equal(get(UARTRIS), 0);
	}
	put(UARTCR, CR_UARTEN | CR_RXE);
	assert_int_equal(type("abc"), 3);
}

static void test_receive_interrupt_comes_at_its_level_and_goes_below_it(void **state)
{
	static const uint32_t levels[8] = { 4, 8, 16, 24, 28, 28, 28, 28 };

	put(UARTLCR_H, FIFOS_ON);
	for (uint32_t i = 0; i < ARRAY_SIZE(levels); i++) {
		put(UARTIFLS, i << 3);
		for (uint32_t n = 1; n < levels[i]; n++) {
			type("x");
			assert_int_equal(get(UARTRIS), INT_RT);
		}
		type("x");
		assert_int_equal(get(UARTRIS), INT_RT | INT_RX);
		/* It is a step, not a level: cleared, it stays so until the level is crossed again. */
		put(UARTICR, INT_RX);
		type("x");
		assert_int_equal(get(UARTRIS), INT_RT);
		get(UARTDR);
		get(UARTDR);
		type("x");
		assert_int_equal(get(UARTRIS), INT_RT | INT_RX);
		get(UARTDR);
		assert_int_equal(get(UARTRIS), INT_RT);
		while (!(get(UARTFR) & FR_RXFE))
			get(UARTDR);
		assert_int_equal(get(UARTRIS), 0);
	}
}

static void test_receive_timeout_comes_again_for_bytes_that_were_left(void **state)
{
	put(UARTLCR_H, FIFOS_ON);
	type("ab");
	put(UARTICR, INT_RT);
	assert_int_equal(get(UARTRIS), 0);
	/* Even when there is nothing new: who types tries again until all is taken. */
	assert_int_equal(type(""), 0);
	assert_int_equal(get(UARTRIS), INT_RT);
	get(UARTDR);
	assert_int_equal(get(UARTRIS), INT_RT);
	get(UARTDR);
	assert_int_equal(get(UARTRIS), 0);
	type("");
	assert_int_equal(get(UARTRIS), 0);
}

static void test_transmit_interrupt_follows_each_write_until_cleared(void **state)
{
	assert_int_equal(get(UARTRIS), 0);
	put(UARTIMSC, INT_TX);
	assert_false(pending());
	put(UARTDR, 'x');
	assert_int_equal(get(UARTMIS), INT_TX);
	assert_true(pending());
	put(UARTICR, ~INT_TX);
	assert_int_equal(get(UARTMIS), INT_TX);
	put(UARTICR, INT_TX);
	assert_int_equal(get(UARTRIS), 0);
	assert_false(pending());
}

static void test_a_masked_interrupt_is_raw_only(void **state)
{
	put(UARTLCR_H, FIFOS_ON);
	type("x");
	put(UARTDR, 'y');
	assert_int_equal(get(UARTRIS), INT_RT | INT_TX);
	assert_int_equal(get(UARTMIS), 0);
	assert_false(pending());
	put(UARTIMSC, INT_RT);
	assert_true(pending());
	assert_int_equal(get(UARTMIS), INT_RT);
	put(UARTIMSC, 0);
	assert_false(pending());
	put(UARTIMSC, INT_RX | INT_RT);
	assert_true(pending());
}

/* The handler of every driver, and each moment at which the root may type into it. */
static void test_no_interrupt_is_lost_and_none_is_left_over(void **state)
{
	put(UARTLCR_H, FIFOS_ON);
	put(UARTIMSC, INT_RX | INT_RT);
	for (unsigned int moment = 0; moment < 6; moment++) {
		unsigned int got = 0, want = 3, handled = 0;

		type("abc");
		while (pending() && handled++ < 2) {
			if (moment == 0)
				want += (unsigned int)type("d");
			acknowledge();
			if (moment == 1)
				want += (unsigned int)type("d");
			if (get(UARTRIS) & get(UARTIMSC)) {
				put(UARTICR, ~(INT_RX | INT_RT));
				if (moment == 2)
					want += (unsigned int)type("d");
				while (!(get(UARTFR) & FR_RXFE)) {
					get(UARTDR);
					got++;
				}
				if (moment == 3)
					want += (unsigned int)type("d");
			}
			if (moment == 4)
				want += (unsigned int)type("d");
			end_of_interrupt();
			if (moment == 5)
				want += (unsigned int)type("d");
		}
		while (!(get(UARTFR) & FR_RXFE)) {
			assert_true(pending());
			get(UARTDR);
			got++;
		}
		assert_int_equal(got, want);
		assert_false(pending());
	}
}

/* One that takes a byte a time and returns is called again as long as there are more, as with a wire. */
static void test_a_cause_that_is_left_is_taken_again_after_the_end_of_interrupt(void **state)
{
	unsigned int handled = 0;

	put(UARTLCR_H, FIFOS_ON);
	put(UARTIMSC, INT_RT);
	type("abcde");
	while (pending()) {
		acknowledge();
		get(UARTDR);
		end_of_interrupt();
		handled++;
	}
	assert_int_equal(handled, 5);
	/* One that only looks, too. */
	type("x");
	acknowledge();
	get(UARTMIS);
	end_of_interrupt();
	assert_true(pending());
}

static void test_only_the_root_types_and_only_into_a_uart_that_runs(void **state)
{
	const unsigned int other = cell_in_state(&other_cell, PT_CELL_RUNNING);
	uint64_t many[8] = { 0 };

	assert_int_equal(call(1, id, "x", 1), PT_EPERM);
	assert_int_equal(call(4, id, "x", 1), PT_EPERM);
	assert_int_equal(call(0, other, "x", 1), PT_EINVAL);
	assert_int_equal(call(0, 0, "x", 1), PT_ENOCELL);
	assert_int_equal(call(0, PT_MAX_CELLS, "x", 1), PT_ENOCELL);
	assert_int_equal(call(0, PT_MAX_CELLS - 1, "x", 1), PT_ENOCELL);
	assert_int_equal(call(0, ~0ULL, "x", 1), PT_ENOCELL);
	assert_int_equal(call(0, id + (1ULL << 32), "x", 1), PT_ENOCELL);
	assert_int_equal(call(0, id, many, 33), PT_EINVAL);
	assert_int_equal(call(0, id, many, ~0ULL), PT_EINVAL);
	assert_int_equal(call(0, id, many, 1ULL << 32), PT_EINVAL);
	assert_int_equal(get(UARTRIS), 0);
	/* Not even for a management call. */
	assert_int_equal(call(2, id, "x", 1), 1);
	root_finish(PT_HC_CELL_STOP, id);
	assert_int_equal(type("x"), PT_ESTATE);
	root_finish(PT_HC_CELL_DESTROY, id);
	assert_int_equal(type("x"), PT_ENOCELL);
}

static void test_each_run_begins_with_a_uart_as_after_a_reset(void **state)
{
	put(UARTLCR_H, FIFOS_ON);
	put(UARTIMSC, 0x7ff);
	put(UARTCR, 0);
	put(UARTCR, 0x301);
	put(UARTDR, 'x');
	type("abc");
	assert_true(pending());
	root_finish(PT_HC_CELL_STOP, id);
	assert_string_equal(printed(), "x");
	root_finish(PT_HC_CELL_LOADABLE, id);
	assert_string_equal(printed(), "x");
	assert_int_equal(type("abc"), PT_ESTATE);
	root_finish(PT_HC_CELL_START, id);
	fake_settle();
	assert_string_equal(printed(), "");
	assert_false(pending());
	test_registers_are_as_after_a_reset(state);
	/* Whoever gets the memory and interrupts then, finds nothing of it. */
	put(UARTIMSC, INT_TX);
	put(UARTDR, 'x');
	root_finish(PT_HC_CELL_STOP, id);
	root_finish(PT_HC_CELL_DESTROY, id);
	assert_false(pending());
	assert_int_equal(status.cells[id].console_head, 0);
}

static void test_a_cell_without_uart_has_none_at_0(void **state)
{
	struct cell_spec spec = reader_cell;

	spec.regions[0].ipa = spec.entry = 0x100000;
	cell_in_state(&spec, PT_CELL_RUNNING);
	assert_int_equal(fake_load(2, UARTFR, 4, &(uint64_t){ 0 }), ENDED);
}

static void test_every_cpu_of_the_cell_reaches_it_and_no_other(void **state)
{
	uint64_t value;

	assert_int_equal(fake_smc(1, 0xc4000003, board_mpidr[7], 0, 0), 0);
	fake_settle();
	assert_int_equal(fake_store_to(7, uart_cell.uart + UARTDR, 4, 'x'), SERVED);
	assert_string_equal(printed(), "x");
	cell_in_state(&other_cell, PT_CELL_RUNNING);
	assert_int_equal(fake_load(4, uart_cell.uart, 4, &value), ENDED);
	assert_int_equal(get(UARTFR), 0x97);
}

#define RUNNING(test)	cmocka_unit_test_setup_teardown(test, begin, check)

TESTS(
	RUNNING(test_registers_are_as_after_a_reset),
	RUNNING(test_registers_keep_what_is_written_and_no_more),
	RUNNING(test_other_sizes_and_places_are_harmless),
	RUNNING(test_a_pair_of_registers_ends_the_cell_alone),
	RUNNING(test_what_is_written_is_in_the_ring_and_the_newest_stays),
	RUNNING(test_the_cell_does_not_reach_its_ring),
	RUNNING(test_input_fills_the_fifo_and_no_byte_is_lost),
	RUNNING(test_without_fifos_there_is_room_for_one),
	RUNNING(test_a_receiver_that_is_off_keeps_the_input_waiting),
	RUNNING(test_receive_interrupt_comes_at_its_level_and_goes_below_it),
	RUNNING(test_receive_timeout_comes_again_for_bytes_that_were_left),
	RUNNING(test_transmit_interrupt_follows_each_write_until_cleared),
	RUNNING(test_a_masked_interrupt_is_raw_only),
	RUNNING(test_no_interrupt_is_lost_and_none_is_left_over),
	RUNNING(test_a_cause_that_is_left_is_taken_again_after_the_end_of_interrupt),
	RUNNING(test_only_the_root_types_and_only_into_a_uart_that_runs),
	RUNNING(test_each_run_begins_with_a_uart_as_after_a_reset),
	RUNNING(test_a_cell_without_uart_has_none_at_0),
	RUNNING(test_every_cpu_of_the_cell_reaches_it_and_no_other)
)
