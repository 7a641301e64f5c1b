// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where things stand in a source, from what dtc writes about it. Text that dtc would never write
 * finds nothing, and breaks nothing.
 */
#include <config/messages.h>
#include "trees.h"

static const char annotated[] =
	"/dts-v1/;\n"
	"\n"
	"/ { /* inc.dtsi:1, rt.dts:3 */\n"
	"\tcompatible = \"partita,system-v1\"; /* rt.dts:4 */\n"
	"\n"
	"\tone: two: a { /* rt.dts:6 */\n"
	"\t\tcpus = <0x01 0x02>; /* rt.dts:9 */\n"
	"\t\ttrusted-idle; /* inc.dtsi:8 */\n"
	"\t\tlabel: memory = l2: \"}; /* x.dts:1 */\"; /* rt.dts:10 */\n"
	"\t\tphandle = <0x01>;\n"
	"\n"
	"\t\tinner { /* rt.dts:11 */\n"
	"\t\t}; /* rt.dts:12 */\n"
	"\t}; /* rt.dts:13 */\n"
	"\n"
	"\tb { /* /abs/b.dtsi:7 */\n"
	"\t}; /* /abs/b.dtsi:8 */\n"
	"\n"
	"\t__symbols__ {\n"
	"\t};\n"
	"}; /* rt.dts:14 */\n";

static void assert_at(const struct source *s, const char *node, const char *property,
		      const char *file, unsigned int line)
{
	const struct place at = source_find(s, node, property);

	assert_int_equal(at.line, line);
	if (line)
		assert_string_equal(at.file, file);
}

static void test_each_thing_has_its_place(void **state)
{
	struct source s;

	(void)state;
	source_read(&s, annotated, "rt.dts");
	assert_at(&s, "/", NULL, "inc.dtsi", 1);
	assert_at(&s, "/", "compatible", "rt.dts", 4);
	assert_at(&s, "/a", NULL, "rt.dts", 6);
	assert_at(&s, "/a", "cpus", "rt.dts", 9);
	assert_at(&s, "/a", "trusted-idle", "inc.dtsi", 8);
	assert_at(&s, "/a", "memory", "rt.dts", 10);
	assert_at(&s, "/a/inner", NULL, "rt.dts", 11);
	assert_at(&s, "/b", NULL, "/abs/b.dtsi", 7);
	source_free(&s);
}

static void test_what_has_no_place_has_that_of_its_node(void **state)
{
	struct source s;

	(void)state;
	source_read(&s, annotated, "rt.dts");
	assert_at(&s, "/a", "phandle", "rt.dts", 6);
	assert_at(&s, "/a", "image", "rt.dts", 6);
	assert_at(&s, "/__symbols__", NULL, NULL, 0);
	assert_at(&s, "/c", "cpus", NULL, 0);
	source_free(&s);
}

static void test_files_are_named_as_the_first_one_was(void **state)
{
	struct source s;

	(void)state;
	source_read(&s, annotated, "/etc/cells/rt.dts");
	assert_at(&s, "/a", NULL, "/etc/cells/rt.dts", 6);
	assert_at(&s, "/", NULL, "/etc/cells/inc.dtsi", 1);
	assert_at(&s, "/b", NULL, "/abs/b.dtsi", 7);
	source_free(&s);
}

static void test_other_text_finds_nothing(void **state)
{
	static const char *const texts[] = {
		"", "\n", "{", "};", "}; */", " */", "/* */", "x { /* :1 */", "a; /* f:0 */",
		"/ { /* f:-1 */\n", "/ { /* f */", "/ {\na; /* :", "};\n};\n};\na = <1>; /* f:1 */",
		": : :", ";;;", "/ {\n /* f:2 */\n};",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct source s;

		source_read(&s, texts[i], "rt.dts");
		assert_at(&s, "/a", "b", NULL, 0);
		source_free(&s);
	}
}

static void test_nodes_too_deep_do_not_disturb_the_others(void **state)
{
	struct source s;
	char *text, *at;

	(void)state;
	text = at = malloc(1 << 16);
	assert_non_null(text);
	at += sprintf(at, "/ { /* f:1 */\n");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "node { /* f:2 */\n");
	at += sprintf(at, "lost; /* f:3 */\n");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "}; /* f:4 */\n");
	sprintf(at, "a { /* f:5 */\n}; /* f:6 */\n}; /* f:7 */\n");
	source_read(&s, text, "f");
	assert_at(&s, "/a", NULL, "f", 5);
	assert_at(&s, "/node/node", NULL, "f", 2);
	source_free(&s);
	free(text);
}

static void test_messages_come_in_the_order_of_lines(void **state)
{
	static const char *const expected[] = {
		"rt.dts:6: warning: early", "rt.dts:9: late", "rt.dts:9: late too",
		"inc.dtsi:8: elsewhere",    "rt.dts: nowhere", "rt.dts: warning: nowhere too",
	};
	struct messages m;
	char words[PLACE_WORDS_SIZE];

	(void)state;
	messages_init(&m, "rt.dts");
	source_read(&m.source, annotated, m.file);
	messages_error(&m, "nowhere");
	messages_error_at(&m, messages_place(&m, "a", "trusted-idle"), "elsewhere");
	messages_error_at(&m, messages_place(&m, "a", "cpus"), "late");
	messages_note_at(&m, messages_place(&m, "a", "cpus"), "unasked");
	messages_warn(&m, "nowhere too");
	messages_error_at(&m, messages_place(&m, "a", "cpus"), "late too");
	messages_warn_at(&m, messages_place(&m, "a", NULL), "early");
	assert_int_equal(m.errors, 4);
	assert_int_equal(m.count, 6);
	for (unsigned int i = 0; i < m.count; i++)
		assert_string_equal(m.lines[i], expected[i]);
	assert_string_equal(place_words(messages_place(&m, "a", NULL), words), " (rt.dts:6)");
	assert_string_equal(place_words(messages_place(&m, "c", NULL), words), "");
	messages_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_thing_has_its_place),
		cmocka_unit_test(test_what_has_no_place_has_that_of_its_node),
		cmocka_unit_test(test_files_are_named_as_the_first_one_was),
		cmocka_unit_test(test_other_text_finds_nothing),
		cmocka_unit_test(test_nodes_too_deep_do_not_disturb_the_others),
		cmocka_unit_test(test_messages_come_in_the_order_of_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
