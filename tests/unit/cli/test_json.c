// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is written for programs is JSON whatever the strings hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <cmocka.h>
#include <linux/cli/json.h>

static void assert_written(const char *value, const char *expected)
{
	FILE *real = stdout;
	char *text = NULL;
	size_t size;

	stdout = open_memstream(&text, &size);
	json_open(NULL, '[');
	json_string(NULL, value);
	json_close(']');
	fclose(stdout);
	stdout = real;
	assert_int_equal(strncmp(text, "[\n  \"", 5), 0);
	assert_int_equal(strncmp(text + 5, expected, strlen(expected)), 0);
	assert_string_equal(text + 5 + strlen(expected), "\"\n]\n");
	free(text);
}

static void test_text_passes(void **state)
{
	(void)state;
	assert_written("naïve → 🎛", "naïve → 🎛");
	assert_written("a\"b\\c\n\177", "a\\\"b\\\\c\\u000a\\u007f");
}

static void test_what_is_not_utf8_is_replaced(void **state)
{
	(void)state;
	assert_written("\x9b" "2J", "\\ufffd2J");
	assert_written("\xc3(", "\\ufffd(");
	assert_written("\xe2\x82", "\\ufffd\\ufffd");
	assert_written("\xc0\x80", "\\ufffd\\ufffd");
	assert_written("\xed\xa0\x80", "\\ufffd\\ufffd\\ufffd");
	assert_written("\xf4\x90\x80\x80", "\\ufffd\\ufffd\\ufffd\\ufffd");
	assert_written("\xf0", "\\ufffd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_passes),
		cmocka_unit_test(test_what_is_not_utf8_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
