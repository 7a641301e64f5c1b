// SPDX-License-Identifier: GPL-2.0-only
/* The gdb remote protocol, as a debugger speaks it with a cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "gdb_cell.h"

#define EC_BRK		0x3c
#define EC_STEP		0x32
#define EC_WATCHPOINT	0x34
#define BRK		0xd4200000u
#define NOP		0xd503201fu
#define ADD		0x91000400u	/* add x0, x0, #1 */
#define MASKS		(3ULL << 6)

static struct gdb_server s;

static int begin(void **state)
{
	(void)state;
	gdb_cell_reset(&s);
	for (unsigned int i = 0; i < CELL_RAM_SIZE; i += 4)
		memcpy(&cell.ram[i], &(uint32_t){ ADD }, 4);
	return gdb_server_begin(&s);
}

/* What the server replies; NULL: nothing, it waits for the cell. */
static const char *ask(const char *packet)
{
	return gdb_server_packet(&s, packet, strlen(packet)) ? (s.reply[s.reply_size] = '\0', s.reply) : NULL;
}

static uint32_t word_at(uint64_t ipa)
{
	uint32_t word;

	memcpy(&word, &cell.ram[ipa - CELL_RAM], sizeof(word));
	return word;
}

static const char *hit(unsigned int n, unsigned int exception_class, uint64_t far)
{
	gdb_cell_event(n, exception_class, far);
	assert_true(gdb_server_look(&s));
	s.reply[s.reply_size] = '\0';
	return s.reply;
}

static void test_packets_are_framed_and_escaped(void **state)
{
	static struct gdb_input in;
	char frame[GDB_FRAME_MAX];
	const char payload[] = "a}b#c$d*e";
	const size_t size = gdb_frame(payload, strlen(payload), frame);

	(void)state;
	assert_memory_equal(frame, "$a}]b}\003c}\004d}\ne#", 15);
	for (size_t i = 0; i < size - 1; i++)
		assert_int_equal(gdb_input(&in, frame[i]), GDB_NOTHING);
	assert_int_equal(gdb_input(&in, frame[size - 1]), GDB_PACKET);
	assert_string_equal(in.payload, payload);
	assert_int_equal(gdb_input(&in, '\003'), GDB_INTERRUPT);
}

static void test_broken_packets_are_noticed(void **state)
{
	static struct gdb_input in;
	const char *const broken[] = { "$g#68", "$g#x", "$g#6x" };

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		enum gdb_event event = GDB_NOTHING;

		for (const char *c = broken[i]; *c; c++)
			event = gdb_input(&in, *c);
		assert_int_equal(event, GDB_BROKEN);
	}
	gdb_input(&in, '$');
	for (unsigned int i = 0; i < 2 * GDB_PAYLOAD_MAX; i++)
		gdb_input(&in, 'a');
	gdb_input(&in, '#');
	gdb_input(&in, '0');
	assert_int_equal(gdb_input(&in, '0'), GDB_BROKEN);
}

static void test_whoever_connects_finds_the_cell_halted(void **state)
{
	(void)state;
	assert_true(cell.halted);
	assert_string_equal(ask("?"), "T02thread:1;");
	assert_string_equal(ask("qfThreadInfo"), "m1,2");
	assert_string_equal(ask("qsThreadInfo"), "l");
	assert_non_null(strstr(ask("qSupported:multiprocess+"), "QStartNoAckMode+"));
	assert_string_equal(ask("QStartNoAckMode"), "OK");
	assert_true(s.silent);
	assert_string_equal(ask("vMustReplyEmpty"), "");
	assert_string_equal(ask("qAttached"), "1");
}

static void test_cpu_that_is_off_is_no_thread(void **state)
{
	(void)state;
	s.target.vcpus[1].flags = 0;
	assert_string_equal(ask("qfThreadInfo"), "m1");
	assert_string_equal(ask("Hg2"), "E01");
	assert_string_equal(ask("T2"), "E01");
}

static void test_registers_are_read_and_written(void **state)
{
	(void)state;
	s.target.vcpus[0].x[3] = 0x1122334455667788;
	assert_string_equal(ask("p3"), "8877665544332211");
	assert_string_equal(ask("P3=0100000000000000"), "OK");
	assert_int_equal(s.target.vcpus[0].x[3], 1);
	/* The stack pointer is that of the exception level. */
	assert_string_equal(ask("P1f=00f0000000000000"), "OK");
	assert_int_equal(s.target.vcpus[0].sp_el1, 0xf000);
	/* PSTATE.M stays: no debugger makes a kernel of a program. */
	assert_string_equal(ask("P21=00000000"), "OK");
	assert_int_equal(s.target.vcpus[0].pstate, 5);
	assert_string_equal(ask("P22=0102030405060708090a0b0c0d0e0f10"), "OK");
	assert_int_equal(s.target.vcpus[0].v[0][1], 0x100f0e0d0c0b0a09);
	assert_true(s.target.vcpus[0].flags & PT_VCPU_LOAD_FP);
	assert_string_equal(ask("pffff"), "E01");
	assert_string_equal(ask("P3=01"), "E01");
	/* 31 + 2 of 8 bytes, CPSR, 32 of 16, 2 of 4, and the system registers. */
	assert_int_equal(strlen(ask("g")), 2 * (33 * 8 + 4 + 32 * 16 + 2 * 4 + 20 * 8));
}

static void test_description_tells_every_register_once(void **state)
{
	char text[2 * GDB_PAYLOAD_MAX] = "", request[64];
	unsigned int count = 0;
	const char *part;

	(void)state;
	do {
		snprintf(request, sizeof(request), "qXfer:features:read:target.xml:%zx,400", strlen(text));
		part = ask(request);
		strcat(text, part + 1);
	} while (*part == 'm');
	assert_int_equal(*part, 'l');
	for (const char *at = text; (at = strstr(at, "<reg ")); at++)
		count++;
	assert_int_equal(count, 31 + 3 + 34 + 20);
	assert_non_null(strstr(text, "ttbr1_el1"));
}

static void test_memory_is_read_and_written(void **state)
{
	(void)state;
	assert_string_equal(ask("m40000000,4"), "00040091");
	assert_string_equal(ask("M40000000,2:abcd"), "OK");
	assert_int_equal(word_at(CELL_RAM), 0x9100cdab);
	assert_true(gdb_server_packet(&s, "X40000004,3:\0#}", 15));
	assert_memory_equal(&cell.ram[4], "\0#}", 3);
	assert_string_equal(ask("m3fffffff,2"), "E01");
	assert_string_equal(ask("M40000000,4:abcd"), "E01");
	assert_string_equal(ask("m,"), "E01");
	assert_string_equal(ask("mfffffffffffffffff,1"), "E01");
}

static void test_breakpoint_is_seen_by_the_cell_only(void **state)
{
	(void)state;
	assert_string_equal(ask("Z0,40001000,4"), "OK");
	assert_int_equal(word_at(0x40001000), BRK);
	assert_string_equal(ask("m40000ffe,4"), "00910004");
	/* What is written there is found when it goes. */
	assert_string_equal(ask("M40001002,1:33"), "OK");
	assert_int_equal(word_at(0x40001000), BRK);
	assert_string_equal(ask("z0,40001000,4"), "OK");
	assert_int_equal(word_at(0x40001000), 0x91330400);
	assert_string_equal(ask("Z0,40001001,4"), "E01");
	assert_string_equal(ask("Z0,50000000,4"), "E01");
}

static void test_breakpoint_that_is_hit_stops_in_its_thread(void **state)
{
	(void)state;
	ask("Z0,40002000,4");
	assert_null(ask("vCont;c"));
	assert_false(cell.halted);
	assert_false(gdb_server_look(&s));
	assert_string_equal(hit(1, EC_BRK, 0), "T05thread:2;");
	assert_string_equal(ask("qC"), "QC2");
}

static void test_step_holds_the_others(void **state)
{
	(void)state;
	assert_null(ask("vCont;s:1"));
	assert_true(cell.vcpus[0].flags & PT_VCPU_STEP);
	assert_true(cell.vcpus[1].flags & PT_VCPU_HOLD);
	/* Interrupts wait, so that it is a step of the program. */
	assert_int_equal(cell.vcpus[0].pstate & MASKS, MASKS);
	assert_string_equal(hit(0, EC_STEP, 0), "T05thread:1;");
	assert_int_equal(s.target.vcpus[0].pstate & MASKS, 0);
	assert_null(ask("vCont;s:2;c"));
	assert_true(cell.vcpus[1].flags & PT_VCPU_STEP);
	assert_false(cell.vcpus[0].flags & (PT_VCPU_STEP | PT_VCPU_HOLD));
}

static void test_step_masks_nothing_where_the_program_could_tell(void **state)
{
	(void)state;
	memcpy(&cell.ram[0x1000], &(uint32_t){ NOP | 0x40 }, 4);	/* of the system instructions */
	ask("vCont;s:1");
	assert_int_equal(cell.vcpus[0].pstate & MASKS, 0);
}

static void test_masks_of_a_step_into_an_exception_are_not_kept(void **state)
{
	(void)state;
	ask("vCont;s:1");
	cell.vcpus[0].pc = cell.vcpus[0].vbar_el1 + 0x200;
	cell.vcpus[0].spsr_el1 = cell.vcpus[0].pstate;
	hit(0, EC_STEP, 0);
	assert_int_equal(s.target.vcpus[0].spsr_el1 & MASKS, 0);
	assert_int_equal(s.target.vcpus[0].pstate & MASKS, MASKS);
}

static void test_points_of_the_hardware_are_set_on_each_cpu(void **state)
{
	(void)state;
	assert_string_equal(ask("Z1,40001234,4"), "OK");
	assert_string_equal(ask("Z2,40003004,2"), "OK");
	assert_string_equal(ask("Z4,40004000,1000"), "OK");
	assert_string_equal(ask("Z3,40003007,4"), "E01");	/* no comparator watches that */
	ask("vCont;c");
	for (unsigned int n = 0; n < CELL_CPUS; n++) {
		const struct pt_points *p = &cell.vcpus[n].points;

		assert_int_equal(p->bvr[0], 0x40001234);
		assert_int_equal(p->bcr[0], 0x1e7);
		assert_int_equal(p->wvr[0], 0x40003000);
		assert_int_equal(p->wcr[0], 1 | 3 << 1 | 2 << 3 | 0x30 << 5);
		assert_int_equal(p->wcr[1], 1 | 3 << 1 | 3 << 3 | 0xff << 5 | 12 << 24);
	}
	assert_string_equal(hit(1, EC_WATCHPOINT, 0x40003005), "T05watch:40003004;thread:2;");
	assert_string_equal(ask("z2,40003004,2"), "OK");
	ask("vCont;c");
	assert_int_equal(cell.vcpus[0].points.wcr[0], 0);
}

static void test_no_more_points_than_there_are(void **state)
{
	char packet[32];

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		snprintf(packet, sizeof(packet), "Z1,4000100%x,4", 4 * i % 16);
		assert_string_equal(ask(packet), "OK");
	}
	assert_string_equal(ask("Z1,40002000,4"), "E01");
}

static void test_interrupt_halts_and_end_of_the_cell_is_told(void **state)
{
	(void)state;
	assert_false(gdb_server_interrupt(&s));
	ask("vCont;c");
	assert_true(gdb_server_interrupt(&s));
	assert_memory_equal(s.reply, "T02", 3);
	ask("vCont;c");
	cell.ended = true;
	assert_true(gdb_server_look(&s));
	assert_memory_equal(s.reply, "X09", 3);
	assert_true(s.over);
}

static void test_detaching_leaves_nothing_behind(void **state)
{
	(void)state;
	ask("Z0,40001000,4");
	ask("Z1,40001000,4");
	assert_string_equal(ask("D"), "OK");
	assert_true(s.over);
	assert_false(cell.debugged);
	assert_int_equal(word_at(0x40001000), ADD);
	assert_int_equal(cell.vcpus[0].points.bcr[0], 0);
}

/* 4 KiB pages, 39 bits: a block of 1 GiB, of 2 MiB, and a page. */
static void test_addresses_are_those_of_the_cells_own_tables(void **state)
{
	const uint64_t l1[] = { 0, CELL_RAM | 0x705, (CELL_RAM + 0x11000) | 3 };
	const uint64_t l2[] = { CELL_RAM | 0x701, (CELL_RAM + 0x12000) | 3, 0 };
	const uint64_t l3[] = { (CELL_RAM + 0x5000) | 0x703, (CELL_RAM + 0x6000) | 0x701 };
	struct pt_vcpu *v = &s.target.vcpus[0];

	(void)state;
	memcpy(&cell.ram[0x10000], l1, sizeof(l1));
	memcpy(&cell.ram[0x11000], l2, sizeof(l2));
	memcpy(&cell.ram[0x12000], l3, sizeof(l3));
	cell.ram[0x5008] = 0x5a;
	v->sctlr_el1 = 1;
	v->tcr_el1 = 25 | 25 << 16 | 2ULL << 30;
	v->ttbr0_el1 = v->ttbr1_el1 = CELL_RAM + 0x10000;
	assert_string_equal(ask("m40005008,1"), "5a");
	assert_string_equal(ask("m80005008,1"), "5a");
	assert_string_equal(ask("m80200008,1"), "5a");
	assert_string_equal(ask("mffffff8080200008,1"), "5a");
	assert_string_equal(ask("m80201000,1"), "E01");		/* not a page */
	assert_string_equal(ask("m80400000,1"), "E01");
	assert_string_equal(ask("m0,1"), "E01");
	assert_string_equal(ask("m8000000080200008,1"), "5a");	/* a tag */
	assert_string_equal(ask("m0040000080200008,1"), "E01");	/* between the halves */
	v->tcr_el1 |= 1 << 7;
	assert_string_equal(ask("m80005008,1"), "E01");
}

#define TEST(name)	cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_packets_are_framed_and_escaped),
		TEST(test_broken_packets_are_noticed),
		TEST(test_whoever_connects_finds_the_cell_halted),
		TEST(test_cpu_that_is_off_is_no_thread),
		TEST(test_registers_are_read_and_written),
		TEST(test_description_tells_every_register_once),
		TEST(test_memory_is_read_and_written),
		TEST(test_breakpoint_is_seen_by_the_cell_only),
		TEST(test_breakpoint_that_is_hit_stops_in_its_thread),
		TEST(test_step_holds_the_others),
		TEST(test_step_masks_nothing_where_the_program_could_tell),
		TEST(test_masks_of_a_step_into_an_exception_are_not_kept),
		TEST(test_points_of_the_hardware_are_set_on_each_cpu),
		TEST(test_no_more_points_than_there_are),
		TEST(test_interrupt_halts_and_end_of_the_cell_is_told),
		TEST(test_detaching_leaves_nothing_behind),
		TEST(test_addresses_are_those_of_the_cells_own_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
