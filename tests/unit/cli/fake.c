// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the command's files need of its main.c, for tests: messages and usage are dropped, sizes are
 * bytes, PARTITA_ROOT is the same.
 */
#include <limits.h>
#include <stdlib.h>
#include <linux/cli/cli.h>

int fail(const char *format, ...)
{
	(void)format;
	return EXIT_FAILED;
}

char *system_path(const char *path, char *buffer)
{
	snprintf(buffer, PATH_MAX, "%s%s", getenv("PARTITA_ROOT"), path);
	return buffer;
}

int usage_error(const struct verb *verb)
{
	(void)verb;
	return EXIT_USAGE;
}

char *size_words(uint64_t bytes, char *buffer)
{
	snprintf(buffer, 32, "%llu", (unsigned long long)bytes);
	return buffer;
}
