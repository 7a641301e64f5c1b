// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell's output on the user's terminal: shown, never obeyed, however it is cut into pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/cli/terminal.h>

/* What @size bytes look like when they come in pieces of @piece. */
static char *shown(const char *bytes, size_t size, size_t piece)
{
	struct terminal t = { 0 };
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	for (size_t at = 0; at < size; at += piece)
		terminal_write(&t, bytes + at, size - at < piece ? size - at : piece, out);
	terminal_end(&t, out);
	fclose(out);
	return text;
}

static void assert_shown(const char *bytes, const char *expected)
{
	for (size_t piece = 1; piece < 6; piece++) {
		char *text = shown(bytes, strlen(bytes), piece);

		assert_string_equal(text, expected);
		free(text);
	}
}

static void test_text_passes(void **state)
{
	(void)state;
	assert_shown("plain text\n\ttab ~\n", "plain text\n\ttab ~\n");
	assert_shown("naïve 10 µs → ✓ 🎛\n", "naïve 10 µs → ✓ 🎛\n");
	assert_shown("dos\r\nlines\r\n", "dos\nlines\n");
}

static void test_escape_sequences_are_shown(void **state)
{
	(void)state;
	assert_shown("\033[2J\033]0;title\007", "^[[2J^[]0;title^G");
	assert_shown("a\bb\177\v", "a^Hb^?^K");
	assert_shown("over\rwrite\r", "over^Mwrite^M");
}

static void test_c1_controls_are_shown_in_both_spellings(void **state)
{
	(void)state;
	assert_shown("\x9b" "2J", "\\x9b2J");
	assert_shown("\xc2\x9b" "2J", "\\xc2\\x9b2J");
}

static void test_direction_overrides_are_shown(void **state)
{
	(void)state;
	assert_shown("a\u202e" "b", "a\\xe2\\x80\\xaeb");
	assert_shown("\u2066\u200b", "\\xe2\\x81\\xa6\\xe2\\x80\\x8b");
}

static void test_broken_utf8_is_shown(void **state)
{
	(void)state;
	assert_shown("\xc3(", "\\xc3(");
	assert_shown("\xe2\x82", "\\xe2\\x82");
	assert_shown("\xc0\x80\xc1\xbf", "\\xc0\\x80\\xc1\\xbf");
	assert_shown("\xe0\x80\x9b", "\\xe0\\x80\\x9b");
	assert_shown("\xed\xa0\x80", "\\xed\\xa0\\x80");
	assert_shown("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	assert_shown("\xff\xfe", "\\xff\\xfe");
	assert_shown("\xe2\033[m", "\\xe2^[[m");
}

static void test_no_byte_that_a_terminal_obeys_comes_out(void **state)
{
	char bytes[4096], *text;
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			random = random * 1664525 + 1013904223;
			bytes[i] = (char)(random >> 24);
		}
		text = shown(bytes, sizeof(bytes), 1 + random % 64);
		for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
			assert_true(*c >= 0x20 || *c == '\n' || *c == '\t');
			assert_false(*c == 0x7f || (*c == 0xc2 && c[1] < 0xa0));
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_passes),
		cmocka_unit_test(test_escape_sequences_are_shown),
		cmocka_unit_test(test_c1_controls_are_shown_in_both_spellings),
		cmocka_unit_test(test_direction_overrides_are_shown),
		cmocka_unit_test(test_broken_utf8_is_shown),
		cmocka_unit_test(test_no_byte_that_a_terminal_obeys_comes_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
