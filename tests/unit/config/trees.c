// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trees for tests, compiled by dtc when they are needed so that a test shows the source it is
 * about.
 */
#include <fcntl.h>
#include <unistd.h>
#include "trees.h"

static void *read_all(FILE *f, size_t *size)
{
	char *bytes = malloc(1 << 20);

	assert_non_null(bytes);
	*size = fread(bytes, 1, 1 << 20, f);
	/* An exact allocation, so that the sanitizer sees each byte too far. */
	bytes = realloc(bytes, *size ? *size : 1);
	assert_non_null(bytes);
	return bytes;
}

struct test_tree tree_from_file(const char *path)
{
	struct test_tree t;
	char command[512];
	FILE *dtc;

	snprintf(command, sizeof(command), "dtc -q -@ -I dts -O dtb -o - %s", path);
	dtc = popen(command, "r");
	assert_non_null(dtc);
	t.fdt = read_all(dtc, &t.size);
	assert_int_equal(pclose(dtc), 0);
	return t;
}

static struct test_tree tree_from_text(const char *text, size_t size)
{
	char path[] = "/tmp/partita-test-XXXXXX";
	const int fd = mkstemp(path);
	struct test_tree t;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
	t = tree_from_file(path);
	unlink(path);
	return t;
}

struct test_tree tree_from(const char *source)
{
	struct test_tree t;
	char *text;

	assert_true(asprintf(&text, "/dts-v1/;\n%s", source) > 0);
	t = tree_from_text(text, strlen(text));
	free(text);
	return t;
}

struct test_tree virt_with(const char *from, const char *to, const char *appended)
{
	FILE *f = fopen(VIRT_DTS, "r");
	char *text, *at, *changed;
	struct test_tree t;
	size_t size;

	assert_non_null(f);
	text = read_all(f, &size);
	fclose(f);
	text = realloc(text, size + 1);
	assert_non_null(text);
	text[size] = '\0';
	at = from ? strstr(text, from) : text + size;
	assert_non_null(at);
	assert_true(asprintf(&changed, "%.*s%s%s%s", (int)(at - text), text, to ? to : "",
			     at + (from ? strlen(from) : 0), appended ? appended : "") > 0);
	t = tree_from_text(changed, strlen(changed));
	free(changed);
	free(text);
	return t;
}

bool says(const struct messages *m, const char *text)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (strstr(m->lines[i], text))
			return true;
	return false;
}

void assert_says(const struct messages *m, const char *text)
{
	if (says(m, text))
		return;
	messages_print(m, stderr);
	fail_msg("no message says: %s", text);
}
