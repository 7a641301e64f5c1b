// SPDX-License-Identifier: GPL-2.0-only
/*
 * The manager's shell at its console, over a hypervisor that only keeps states. What it reads of other cells is the word of
 * somebody who may lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <cell/info.h>
#include <cell/psci.h>
#include <partita/error.h>
#include <partita/hypercall.h>
#include <shell.h>

enum { SELF = 1, LOOP, LINUX, FOREIGN };

static union {
	uint8_t bytes[PT_MANAGE_SIZE];
	struct pt_status status;
} window __attribute__((aligned(PT_PAGE_SIZE)));
static struct pt_info self;
static uint32_t rights[PT_MAX_CELLS];
static char out[65536], typed[256];
static size_t out_length;
static const char *keys;
static uint64_t time_ms;
static unsigned int waits;
static bool uart_full;
static unsigned int slow_calls;	/* how many more will have to be made again */
static void (*meanwhile)(void);	/* while the shell waits */
static struct line line;

static struct pt_cell_status *cell(uint32_t id)
{
	return &window.status.cells[id];
}

static uint8_t *comm(uint32_t id)
{
	return window.bytes + PT_MANAGE_COMM + (size_t)id * PT_MANAGE_COMM_STEP;
}

static struct pt_report *report(uint32_t id)
{
	return (struct pt_report *)(comm(id) + PT_COMM_REPORT);
}

static void write_console(uint32_t id, uint64_t *head, const char *text)
{
	for (; *text; text++)
		comm(id)[PT_COMM_CONSOLE + (*head)++ % PT_CONSOLE_SIZE] = (uint8_t)*text;
}

/* The library's and manager.c's part: console, time, info page. */

const struct pt_info *cell_info(void)
{
	return &self;
}

void cell_console_write(const char *text, size_t size)
{
	assert_true(out_length + size < sizeof(out));
	for (size_t i = 0; i < size; i++)
		out[out_length++] = text[i];
	out[out_length] = '\0';
}

int cell_printf(const char *format, ...)
{
	char text[CELL_PRINTF_MAX];
	va_list args;
	int length;

	va_start(args, format);
	length = cell_vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_true((size_t)length < sizeof(text));
	cell_console_write(text, (size_t)length);
	return length;
}

int console_key(void)
{
	return keys && *keys ? (uint8_t)*keys++ : -1;
}

bool console_interrupted(void)
{
	return console_key() == CTRL('c');
}

void console_wait(void)
{
	time_ms += 10;
	assert_true(++waits < 10000);
	if (meanwhile)
		meanwhile();
}

uint64_t now_ms(void)
{
	return time_ms;
}

/* The hypervisor's part. */

static int64_t type(const uint64_t *words, size_t count)
{
	char *end = typed + strlen(typed);

	/* As a UART whose FIFO has room for eight. */
	count = uart_full ? 0 : count < 8 ? count : 8;
	for (size_t i = 0; i < count; i++)
		*end++ = (char)(words[i / 8] >> i % 8 * 8);
	*end = '\0';
	return (int64_t)count;
}

static int64_t hypercall(const struct cell_call *call)
{
	const uint32_t id = (uint32_t)call->x[1];
	const bool running = cell(id)->state == PT_CELL_RUNNING;

	if (slow_calls) {
		time_ms++;
		return slow_calls-- % 2 ? PT_EBUSY : PT_AGAIN;
	}
	switch (call->x[0]) {
	case PT_HC_CELL_START:
		if (!(rights[id] & PT_MAY_START))
			return PT_EPERM;
		if (running)
			return PT_ESTATE;
		cell(id)->state = PT_CELL_RUNNING;
		cell(id)->starts++;
		return PT_OK;
	case PT_HC_CELL_STOP:
		if ((rights[id] & PT_MAY_STOP) && !running)
			return PT_OK;
		/* fall through */
	case PT_HC_CELL_SHUTDOWN:
		if (!(rights[id] & PT_MAY_STOP))
			return PT_EPERM;
		if (!running)
			return PT_ESTATE;
		if (call->x[0] == PT_HC_CELL_STOP || !report(id)->answer)
			cell(id)->state = PT_CELL_SHUT_DOWN;
		return PT_OK;
	case PT_HC_UART_INPUT:
		if (!(rights[id] & PT_MAY_TYPE))
			return PT_EPERM;
		return running ? type(&call->x[3], call->x[2]) : PT_ESTATE;
	default:
		fail_msg("hypercall %lx", call->x[0]);
		return PT_ENOSYS;
	}
}

void cell_hvc(struct cell_call *call)
{
	call->x[0] = (uint64_t)hypercall(call);
}

static void add_cell(uint32_t id, const char *name, enum pt_cell_state state, uint64_t cpus)
{
	strncpy(cell(id)->name, name, PT_NAME_SIZE);
	cell(id)->state = state;
	cell(id)->starts = state == PT_CELL_RUNNING;
	cell(id)->cpus = cpus;
	cell(id)->managers = rights[id] ? 1u << SELF : 0;
	((struct pt_info *)comm(id))->console_size = id == LINUX ? 0 : PT_CONSOLE_SIZE;
}

static int begin(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(window.bytes); i++)
		window.bytes[i] = 0;
	self = (struct pt_info){ .cell = SELF, .manage = (uint64_t)window.bytes };
	window.status.cpu_count = 8;
	rights[LOOP] = PT_MAY_START | PT_MAY_STOP;
	rights[LINUX] = PT_MAY_ALL;
	add_cell(SELF, "manager", PT_CELL_RUNNING, 1);
	add_cell(LOOP, "control-loop", PT_CELL_RUNNING, 0x2);
	add_cell(LINUX, "linux", PT_CELL_RUNNING, 0x34);
	add_cell(FOREIGN, "foreign", PT_CELL_RUNNING, 0x80);
	/* The window shows no other cells: to look there would end the manager. */
	line = (struct line){ .name = "manager" };
	meanwhile = NULL;
	keys = NULL;
	slow_calls = waits = 0;
	uart_full = false;
	*typed = '\0';
	time_ms += 10000;
	events_print(true);
	out_length = 0;
	*out = '\0';
	return 0;
}

/* What is typed goes through the line and its commands, as in manager.c. */
static const char *type_line(const char *text)
{
	int key;

	out_length = 0;
	line_begin(&line);
	keys = text;
	while ((key = console_key()) >= 0)
		if (line_key(&line, key)) {
			command_run(line.text);
			line_begin(&line);
		}
	return out;
}

static void assert_says(const char *text, const char *expected)
{
	if (!strstr(type_line(text), expected))
		fail_msg("'%s' is not in:\n%s", expected, out);
}

static void test_list_shows_every_cell(void **state)
{
	(void)state;
	cell(LOOP)->state = PT_CELL_FAILED;
	cell(LOOP)->fault.kind = PT_FAULT_MEMORY;
	assert_says("list\r", "1   manager              running    0             1      0  this manager\n");
	assert_says("list\r", "2   control-loop         failed     1             1      0  access to memory it does not own\n");
	assert_says("list\r", "3   linux                running    2,4-5         1      0\n");
	assert_says("list\r", "4   foreign              running    7             1      0  not managed from here\n");
}

static void test_commands_do_and_tell(void **state)
{
	(void)state;
	assert_says("stop control-loop\r", "\ncell control-loop: shut down\n");
	assert_says("stop control-loop\r", "'control-loop' does not run: it is shut down\n");
	assert_says("start control-loop\r", "\ncell control-loop: running, start number 2\n");
	assert_says("restart linux\r", "\ncell linux: shut down\ncell linux: running, start number 2\n");
	assert_says("shutdown linux\r", "\ncell linux: shut down\n");
	assert_says("restart linux\r", "\ncell linux: running, start number 3\n");
	slow_calls = 9;
	assert_says("stop linux\r", "\ncell linux: shut down\n");
}

static void test_refusals_name_the_remedy(void **state)
{
	(void)state;
	assert_says("start foreign\r", "this manager may not start 'foreign': that takes may-start in its part of the system file");
	assert_says("stop foreign\r", "may not stop 'foreign': that takes may-stop");
	assert_says("restart foreign\r", "may not shut down 'foreign': that takes may-stop");
	assert_says("stop manager\r", "'manager' is this manager: it cannot stop itself");
	assert_says("start linux\r", "cannot start 'linux': it is running");
	slow_calls = 100001;
	assert_says("start linux\r", "cannot start 'linux': ");
	slow_calls = 0;
	assert_says("attach foreign\r", "does not see the console of 'foreign'");
	assert_says("fault linux\r", "'linux' has not failed");
	assert_says("stop nobody\r", "no cell is called 'nobody': 'list' shows");
	assert_says("stop\r", "usage: stop CELL");
	assert_says("stop linux now and then again\r", "usage: stop CELL");
	assert_says("sto\x7fx\r", "'stx' is no command: 'help' lists them");
	assert_says("sta linux\r", "'sta' may be 2 commands");
}

static void test_refused_shutdown_is_told_with_its_reason(void **state)
{
	(void)state;
	report(LOOP)->answer = PT_ANSWER_NO;
	assert_says("shutdown control-loop\r", "'control-loop' refuses to shut down; 'stop control-loop' ends it by force");
	assert_says("restart control-loop\r", "refuses to shut down");
	assert_int_equal(cell(LOOP)->starts, 1);
	report(LOOP)->answer = PT_ANSWER_YES;
	assert_says("shutdown control-loop\r", "has been asked and still runs; 'stop control-loop' ends it by force");
	report(LOOP)->answer = 0xdeadbeef;
	assert_says("shutdown control-loop\r", "has been asked and still runs");
}

static void test_ctrl_c_ends_waiting(void **state)
{
	const uint64_t before = time_ms;

	(void)state;
	report(LOOP)->answer = PT_ANSWER_NO;
	assert_says("shutdown control-loop\r\003list\r", "refuses");
	assert_true(time_ms - before < 100);
	assert_non_null(strstr(out, "ID  NAME"));
}

static void test_names_may_be_cut_short(void **state)
{
	(void)state;
	assert_says("stop con\r", "cell control-loop: shut down");
	assert_says("start 2\r", "cell control-loop: running");
	strcpy(cell(FOREIGN)->name, "control");
	assert_says("stop con\r", "'con' may be 2 cells: give more of the name");
	assert_says("start control\r", "may not start 'control'");
	assert_says("stop con\t-\t\r", "stop control-loop \ncell control-loop: shut down");
	assert_says("fau\tlin\t\r", "fault linux \n'linux' has not failed");
	assert_says("s\t", "manager> s\a");
}

static void test_line_is_edited(void **state)
{
	char most[4 * LINE_SIZE];

	(void)state;
	assert_says("nonsense\x15list\r\n", "ID  NAME");
	assert_null(strstr(out, "no command"));
	assert_says("nonsense\003", "nonsense^C\nmanager> ");
	assert_says("fauly\b\bult\x7f\x7f\x7flt linux\r", "has not failed");
	/* The line before; other keys of a terminal are none of ours. */
	assert_says("\033[A\r", "'linux' has not failed");
	assert_says("\033OA\r", "'linux' has not failed");
	assert_says("\020\r", "'linux' has not failed");
	assert_says("f\033[15~a\033[1;5Cul\033[Bt li\001\033[3~nux\r", "'linux' has not failed");
	assert_says("\r\n\r\n", "manager> \nmanager> \nmanager> ");
	for (size_t i = 0; i < sizeof(most) - 2; i++)
		most[i] = 'x';
	strcpy(&most[sizeof(most) - 2], "\r");
	assert_says(most, "\a");
	assert_non_null(strstr(out, "' is no command"));
}

static void test_what_happens_is_told_but_not_over_and_over(void **state)
{
	(void)state;
	cell(LOOP)->state = PT_CELL_FAILED;
	assert_false(events_pending());
	cell(LOOP)->fault.kind = PT_FAULT_DECODE;
	assert_true(events_pending());
	events_print(false);
	assert_string_equal(out, "cell control-loop: failed, trapped access by an instruction that carries no syndrome; "
				 "'fault control-loop' tells more\n");
	out_length = 0;
	for (unsigned int i = 0; i < 1000; i++, time_ms += 10) {
		cell(LINUX)->state = i % 10 ? PT_CELL_RUNNING : PT_CELL_RESET;
		cell(LINUX)->starts = 1 + i / 10;
		events_print(false);
	}
	assert_in_range(out_length, 10 * strlen("cell linux: reset\n"), 12 * strlen("cell linux: running, start number 100\n"));
}

static void test_fault_is_shown_in_words(void **state)
{
	(void)state;
	cell(LOOP)->fault = (struct pt_fault){
		.kind = PT_FAULT_MEMORY, .cpu = 3, .esr = 0x93c08046, .ipa = 0x40000000, .far = 0x40000000,
		.pc = 0x1234, .pstate = 0x3c5, .x[30] = 0xabc,
	};
	assert_says("fault control-loop\r", "'control-loop' failed on CPU 3: access to memory it does not own\n"
					    "  write at address 40000000\n"
					    "  pc 0000000000001234  pstate 000003c5\n");
	assert_non_null(strstr(out, "  x30 0000000000000abc\n"));
}

static void test_stats(void **state)
{
	(void)state;
	window.status.cpus[1].exits[PT_EXIT_WFI] = 7;
	window.status.cpus[1].exits[PT_EXIT_SGI] = 2;
	window.status.fixed_size = 100 * 1024;
	report(LOOP)->heartbeat = 42;
	assert_says("stats\r", "cell 2 'control-loop': running, started 1 time, heartbeat 42\n  CPU 1   exits 9  wfi 7  sgi 2\n");
	assert_non_null(strstr(out, "hypervisor memory: 100 KiB in use"));
	assert_says("stats control-loop\r", "CPU 1   exits 9");
	assert_null(strstr(out, "hypervisor"));
}

static void test_log(void **state)
{
	static const char text[] = "partita: cell 'loop' failed\n\033[2J";

	(void)state;
	memcpy(window.bytes + PT_MANAGE_CONSOLE, text, sizeof(text));
	window.status.console_head = sizeof(text) - 1;
	assert_says("log\r", "log\npartita: cell 'loop' failed\n^[[2J");
}

static void test_console_in_a_ring_is_shown_and_not_obeyed(void **state)
{
	(void)state;
	write_console(LOOP, &report(LOOP)->console_head, "period 1\r\n\033[2Jx\x80\n");
	assert_says("attach control-loop\rabc\035list\r", "this is cell 'control-loop'; Ctrl-] leaves; it has no UART to type into\n");
	assert_non_null(strstr(out, "period 1\n^[[2Jx\\x80\n"));
	assert_non_null(strstr(out, "left cell 'control-loop'\n"));
	assert_non_null(strstr(out, "ID  NAME"));
	assert_string_equal(typed, "");
	/* Who comes back sees what was missed, and nothing twice; a new start begins a new console. */
	write_console(LOOP, &report(LOOP)->console_head, "period 2\n");
	assert_says("attach control-loop\r\035", "into\nperiod 2\n\nleft");
	report(LOOP)->console_head = 0;
	write_console(LOOP, &report(LOOP)->console_head, "anew\n");
	assert_says("attach control-loop\r\035", "into\nanew\n\nleft");
}

static size_t answered;

/* Echoes, and what its user leaves after. */
static void answer_as_linux(void)
{
	write_console(LINUX, &cell(LINUX)->console_head, typed + answered);
	answered = strlen(typed);
	if (answered == 40)
		keys = "\035";
}

static void test_console_of_a_uart_is_a_terminal(void **state)
{
	static const char text[] = "0123456789012345678901234567890123456789";

	(void)state;
	write_console(LINUX, &cell(LINUX)->console_head, "\033[1mlogin:\033[0m ");
	answered = 0;
	meanwhile = answer_as_linux;
	keys = NULL;
	assert_says("attach linux\r0123456789012345678901234567890123456789", "Ctrl-] leaves\n\033[1mlogin:\033[0m 01234");
	assert_non_null(strstr(out, "456789\nleft cell 'linux'\n"));
	assert_string_equal(typed, text);
}

static void reset_then_end(void)
{
	cell(LINUX)->state = waits < 3 ? PT_CELL_RESET : waits < 5 ? PT_CELL_RUNNING : PT_CELL_SHUT_DOWN;
	if (waits == 5)
		write_console(LINUX, &cell(LINUX)->console_head, "last words\n");
}

static void test_attached_through_a_reset_to_the_end(void **state)
{
	(void)state;
	meanwhile = reset_then_end;
	assert_says("attach linux\r", "last words\n\ncell 'linux' is shut down\n");
	assert_int_equal(waits, 5);
	meanwhile = NULL;
	assert_says("attach linux\r", "cell 'linux' is shut down\n");
}

/* Somebody who types, and then wants to leave. */
static void type_and_leave(void)
{
	if (waits % 100 == 0)
		keys = waits == 400 ? "\035" : "0123456789012345678901234567890123456789";
}

static void test_a_cell_that_takes_no_keys_can_be_left(void **state)
{
	(void)state;
	uart_full = true;
	meanwhile = type_and_leave;
	assert_says("attach linux\r", "\a");
	assert_non_null(strstr(out, "left cell 'linux'"));
	rights[LINUX] = PT_MAY_STOP;
	waits = 0;
	assert_says("attach linux\r", "may-type in the system file would let this manager type into it");
	assert_non_null(strstr(out, "left cell 'linux'"));
	assert_string_equal(typed, "");
}

static void test_lies_do_no_harm(void **state)
{
	char text[64];
	uint64_t lost;
	struct cell_ring ring;

	(void)state;
	for (size_t i = 0; i < PT_NAME_SIZE; i++)
		cell(LOOP)->name[i] = 'n';
	window.status.cpu_count = 0xffffffff;
	cell(FOREIGN)->state = 0xffffffff;
	cell(LOOP)->fault.kind = 77;
	cell(LOOP)->cpus = ~0ull;
	assert_says("list\r", "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn ");
	assert_null(strstr(out, "foreign"));
	assert_says("stats\r", "CPU 63");
	assert_says("fault nnn\r", "unknown");
	for (unsigned int i = 0; i < 64; i++) {
		report(LOOP)->console_head = i % 2 ? ~0ull - i : 1ull << i;
		assert_true(cell_manage_console(LOOP, &ring));
		assert_true(cell_ring_read(&ring, text, sizeof(text), &lost) <= sizeof(text));
		assert_true(cell_ring_read(&ring, text, sizeof(text), &lost) <= sizeof(text));
	}
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_list_shows_every_cell),
		TEST(test_commands_do_and_tell),
		TEST(test_refusals_name_the_remedy),
		TEST(test_refused_shutdown_is_told_with_its_reason),
		TEST(test_ctrl_c_ends_waiting),
		TEST(test_names_may_be_cut_short),
		TEST(test_line_is_edited),
		TEST(test_what_happens_is_told_but_not_over_and_over),
		TEST(test_fault_is_shown_in_words),
		TEST(test_stats),
		TEST(test_log),
		TEST(test_console_in_a_ring_is_shown_and_not_obeyed),
		TEST(test_console_of_a_uart_is_a_terminal),
		TEST(test_attached_through_a_reset_to_the_end),
		TEST(test_a_cell_that_takes_no_keys_can_be_left),
		TEST(test_lies_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
