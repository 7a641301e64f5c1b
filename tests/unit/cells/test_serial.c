// SPDX-License-Identifier: GPL-2.0-only
/* A cell's UART of each kind, over a model of its registers: a FIFO each way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <cell/serial.h>
#include <cell/sysreg.h>
#include <cell/timer.h>

#define BASE	0x9040000u

/* As its manual has it. on: a register with what it must hold for the UART to send and receive, and after a reset. */
static const struct model {
	uint32_t kind, output, input, status;
	uint32_t full, empty;	/* bits of status, */
	uint32_t inverted;	/* which may mean the reverse */
	struct {
		uint32_t at, mask, value, reset;
	} on[2];
} models[] = {
	{ PT_UART_PL011, 0x00, 0x00, 0x18, 0x20, 0x10, 0, { { 0, 0, 0, 0 } } },
	{ PT_UART_CADENCE, 0x30, 0x30, 0x2c, 0x10, 0x02, 0, { { 0x00, 0x3c, 0x14, 0x128 } } },
	{ PT_UART_IMX, 0x40, 0x00, 0xb4, 0x10, 0x20, 0, { { 0x80, 1, 1, 0 }, { 0x84, 7, 7, 1 } } },
	{ PT_UART_8250, 0x00, 0x00, 0x14, 0x20, 0x01, 0x21, { { 0, 0, 0, 0 } } },
};

static const struct model *model;
static uint32_t control[2];
static char sent[64];
static const char *typed;
static uint64_t now, full_until;

uint64_t cell_now(void)
{
	return now += 1000;
}

uint64_t cell_ticks(uint64_t ns)
{
	return ns;
}

static bool is_on(void)
{
	for (unsigned int i = 0; i < 2; i++)
		if ((control[i] & model->on[i].mask) != model->on[i].value)
			return false;
	return true;
}

static uint32_t *control_at(uint64_t offset)
{
	for (unsigned int i = 0; i < 2; i++)
		if (model->on[i].mask && offset == model->on[i].at)
			return &control[i];
	return NULL;
}

uint32_t cell_mmio_read32(uint64_t address)
{
	const uint64_t offset = address - BASE;

	if (control_at(offset))
		return *control_at(offset);
	if (offset == model->status)
		return ((now < full_until ? model->full : 0) | (*typed ? 0 : model->empty)) ^ model->inverted;
	assert_int_equal(offset, model->input);
	assert_true(is_on() && *typed);
	return 0x8000u | (uint8_t)*typed++;	/* an i.MX says so that there is one */
}

void cell_mmio_write32(uint64_t address, uint32_t value)
{
	const uint64_t offset = address - BASE;

	if (control_at(offset)) {
		*control_at(offset) = value;
		return;
	}
	assert_int_equal(offset, model->output);
	assert_true(is_on() && now >= full_until);
	sent[strlen(sent)] = (char)value;
}

static struct cell_serial begin(const struct model *m)
{
	struct cell_serial serial;

	model = m;
	memset(sent, 0, sizeof(sent));
	typed = "";
	now = full_until = 0;
	for (unsigned int i = 0; i < 2; i++)
		control[i] = m->on[i].reset;
	assert_true(cell_serial_open(&serial, BASE, m->kind));
	return serial;
}

#define FOR_EACH(m)	for (const struct model *m = models; m < models + sizeof(models) / sizeof(models[0]); m++)

static void test_what_is_written_is_sent(void **state)
{
	FOR_EACH(m) {
		const struct cell_serial serial = begin(m);

		full_until = 5000000;
		assert_true(cell_serial_write(&serial, "one\ntwo\r", 8));
		assert_string_equal(sent, "one\r\ntwo\r");
	}
}

static void test_what_is_typed_is_read_once(void **state)
{
	FOR_EACH(m) {
		const struct cell_serial serial = begin(m);

		assert_int_equal(cell_serial_read(&serial), -1);
		typed = "a\xff";
		assert_int_equal(cell_serial_read(&serial), 'a');
		assert_int_equal(cell_serial_read(&serial), 0xff);
		assert_int_equal(cell_serial_read(&serial), -1);
	}
}

static void test_uart_that_hangs_does_not_hang_the_cell(void **state)
{
	FOR_EACH(m) {
		const struct cell_serial serial = begin(m);

		full_until = ~0ULL;
		assert_false(cell_serial_write(&serial, "x", 1));
		assert_string_equal(sent, "");
		assert_in_range(now, 1, 1000000000);
	}
}

static void test_no_uart_and_unknown_ones_are_refused(void **state)
{
	struct cell_serial serial;

	assert_false(cell_serial_open(&serial, BASE, PT_UART_NONE));
	assert_false(cell_serial_open(&serial, BASE, PT_UART_KINDS));
	assert_false(cell_serial_open(&serial, BASE, ~0u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_sent),
		cmocka_unit_test(test_what_is_typed_is_read_once),
		cmocka_unit_test(test_uart_that_hangs_does_not_hang_the_cell),
		cmocka_unit_test(test_no_uart_and_unknown_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
