/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of config/ share: trees from source, boards and systems from trees, and a look at
 * the messages. The tests run from the top of the checkout.
 */
#ifndef TEST_TREES_H
#define TEST_TREES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <config/system.h>

struct test_tree {
	void *fdt;
	size_t size;
};

/* Through dtc; @source without its version tag. */
struct test_tree tree_from(const char *source);
struct test_tree tree_from_file(const char *path);

/*
 * QEMU's virt board with the text @from replaced by @to (both may be NULL), and a source appended.
 */
struct test_tree virt_with(const char *from, const char *to, const char *appended);

bool says(const struct messages *m, const char *text);
/* Fails the test, showing the messages, unless one of them holds @text. */
void assert_says(const struct messages *m, const char *text);

#endif
