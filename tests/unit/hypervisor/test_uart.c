// SPDX-License-Identifier: GPL-2.0-only
/* The early UART of each kind, over a model of its registers. No fake machine: it runs before there is any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* Instead of machine/io.h. */
#define MACHINE_IO_H
static uint32_t io_read32(const uint8_t *at);
static void io_write32(uint8_t *at, uint32_t value);

#include <machine/uart.c>

#define BASE	0xff000000ULL

/* As its manual has it: offsets, and status with and without room for a character. */
static const struct model {
	uint32_t kind, data, status, room, full;
} models[] = {
	{ PT_UART_PL011, 0x00, 0x18, 0x90, 0x30 },
	{ PT_UART_CADENCE, 0x30, 0x2c, 0x0a, 0x12 },
	{ PT_UART_IMX, 0x40, 0xb4, 0x60, 0x30 },
	{ PT_UART_8250, 0x00, 0x14, 0x60, 0x01 },
};

static const struct model *model;
static char sent[64];
static unsigned int reads, busy_reads;
static uint32_t control;	/* of a Cadence */
static bool stuck;

static uint32_t io_read32(const uint8_t *at)
{
	const uint64_t offset = (uint64_t)at - BASE;

	if (model->kind == PT_UART_CADENCE && offset == 0)
		return control;
	assert_int_equal(offset, model->status);
	reads++;
	return stuck || (busy_reads && reads % (busy_reads + 1)) ? model->full : model->room;
}

static void io_write32(uint8_t *at, uint32_t value)
{
	const uint64_t offset = (uint64_t)at - BASE;

	if (model->kind == PT_UART_CADENCE && offset == 0) {
		control = value;
		return;
	}
	assert_int_equal(offset, model->data);
	assert_true(reads && value < 0x100);
	if (model->kind == PT_UART_CADENCE)
		assert_int_equal(control & 0x30, 0x10);
	sent[strlen(sent)] = (char)value;
}

static void begin(const struct model *m)
{
	model = m;
	memset(sent, 0, sizeof(sent));
	reads = busy_reads = 0;
	control = 0x128;	/* as after a reset: neither receives nor sends */
	stuck = false;
}

static void test_each_kind_sends_the_text_with_carriage_returns(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(models); i++) {
		begin(&models[i]);
		uart_write(BASE, models[i].kind, "boot\nfails");
		assert_string_equal(sent, "boot\r\nfails");
	}
}

static void test_each_character_waits_for_room(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(models); i++) {
		begin(&models[i]);
		busy_reads = 7;
		uart_write(BASE, models[i].kind, "slow\n");
		assert_string_equal(sent, "slow\r\n");
		assert_int_equal(reads, 6 * (busy_reads + 1));
	}
}

static void test_uart_that_hangs_ends_the_text_and_not_the_boot(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(models); i++) {
		begin(&models[i]);
		stuck = true;
		uart_write(BASE, models[i].kind, "one wait, not one for each character");
		assert_string_equal(sent, "");
		assert_in_range(reads, 1, 1000000);
	}
}

static void test_receiver_of_a_cadence_stays_as_it_was(void **state)
{
	begin(&models[1]);
	control = 0x114;
	uart_write(BASE, PT_UART_CADENCE, "x");
	assert_int_equal(control, 0x114);
}

static void test_no_uart_and_unknown_ones_are_silent(void **state)
{
	begin(&models[0]);
	uart_write(BASE, PT_UART_NONE, "x");
	uart_write(BASE, PT_UART_KINDS, "x");
	uart_write(BASE, ~0u, "x");
	assert_int_equal(reads, 0);
	assert_string_equal(sent, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind_sends_the_text_with_carriage_returns),
		cmocka_unit_test(test_each_character_waits_for_room),
		cmocka_unit_test(test_uart_that_hangs_ends_the_text_and_not_the_boot),
		cmocka_unit_test(test_receiver_of_a_cadence_stays_as_it_was),
		cmocka_unit_test(test_no_uart_and_unknown_ones_are_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
