/* SPDX-License-Identifier: GPL-2.0-only */
/* A test program: TESTS(BARE(test_a), ENABLED(test_b)). */
#ifndef TEST_H
#define TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "fake/fake.h"

__attribute__((unused)) static int begin_bare(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

__attribute__((unused)) static int begin_enabled(void **state)
{
	(void)state;
	board_enable(CPUS);
	return 0;
}

/* The hypervisor is not there, only its page pool. */
#define BARE(test)	cmocka_unit_test_setup(test, begin_bare)
/* All CPUs of the board run the root under the hypervisor. */
#define ENABLED(test)	cmocka_unit_test_setup(test, begin_enabled)

#define TESTS(...)								\
int main(void)									\
{										\
	const struct CMUnitTest tests[] = { __VA_ARGS__ };			\
										\
	return cmocka_run_group_tests(tests, NULL, NULL);			\
}

#endif
