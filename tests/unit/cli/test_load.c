// SPDX-License-Identifier: GPL-2.0-only
/*
 * IMAGE@ADDRESS: an address that is none is refused and never means the start.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <linux/cli/load.h>

static void assert_split(const char *argument, const char *name, uint64_t address)
{
	char *copy = strdup(argument);
	uint64_t ipa = 0;

	assert_true(split_address(copy, &ipa));
	assert_string_equal(copy, name);
	assert_int_equal(ipa, address);
	free(copy);
}

static void assert_no_address(const char *argument)
{
	char *copy = strdup(argument);
	uint64_t ipa;

	assert_false(split_address(copy, &ipa));
	free(copy);
}

static void test_addresses_are_decimal_or_hexadecimal(void **state)
{
	(void)state;
	assert_split("a.bin@0x40200000", "a.bin", 0x40200000);
	assert_split("a.bin@4096", "a.bin", 4096);
	assert_split("a.bin@010", "a.bin", 10);
	assert_split("a@1@0", "a@1", 0);
	assert_split("a@0xfffffffffffffffe", "a", UINT64_MAX - 1);
}

static void test_names_may_hold_an_at(void **state)
{
	(void)state;
	assert_split("a.bin", "a.bin", LOAD_AT_START);
	assert_split("me@host", "me@host", LOAD_AT_START);
	assert_split("a@", "a@", LOAD_AT_START);
	assert_split("a@2.bin", "a@2.bin", LOAD_AT_START);
	assert_split("a@99999999999999999999.bin", "a@99999999999999999999.bin", LOAD_AT_START);
	assert_split("a@-1", "a@-1", LOAD_AT_START);
}

static void test_what_does_not_fit_is_no_address(void **state)
{
	(void)state;
	assert_no_address("a@99999999999999999999");
	assert_no_address("a@0xffffffffffffffff");
	assert_no_address("a@18446744073709551615");
	assert_no_address("a@0x10000000000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_decimal_or_hexadecimal),
		cmocka_unit_test(test_names_may_hold_an_at),
		cmocka_unit_test(test_what_does_not_fit_is_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
