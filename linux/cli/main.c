// SPDX-License-Identifier: GPL-2.0-only
/*
 * The partita command: finds the verb and lets it run. Knows no verb but by its table, and touches
 * nothing of the system itself.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "terminal.h"

#ifndef PARTITA_VERSION
#define PARTITA_VERSION "development version"
#endif

static const struct verb *const verbs[] = {
	&enable_verb,	  &disable_verb,       &cell_create_verb, &cell_load_verb,
	&cell_start_verb, &cell_shutdown_verb, &cell_stop_verb,	  &cell_destroy_verb,
	&cell_list_verb,  &cell_stats_verb,    &cell_dump_verb,	  &cell_gdb_verb,
	&console_verb,	  &config_init_verb,
	&config_check_verb, &config_diff_verb, &config_draw_verb,
	&config_compile_verb,
	&config_show_verb, &pack_verb,
	&hardware_check_verb, &hardware_tree_verb, &lock_verb, &selftest_verb,
};

#define VERB_COUNT	(sizeof(verbs) / sizeof(verbs[0]))

int fail(const char *format, ...)
{
	char *text = NULL;
	va_list args;

	fflush(stdout);
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	fputs("partita: ", stderr);
	terminal_text(text ? text : "out of memory", stderr);
	fputc('\n', stderr);
	free(text);
	return EXIT_FAILED;
}

static void print_usage(const struct verb *v, FILE *out)
{
	fprintf(out, "usage: partita %s%s%s%s%s\n", v->group ? v->group : "", v->group ? " " : "",
		v->name, *v->arguments ? " " : "", v->arguments);
}

int usage_error(const struct verb *verb)
{
	print_usage(verb, stderr);
	return EXIT_USAGE;
}

bool json_option(int argc, char **argv, bool *json)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' }, { 0 } };
	int option;

	*json = false;
	while ((option = getopt_long(argc, argv, "", options, NULL)) == 'j')
		*json = true;
	return option == -1;
}

char *system_path(const char *path, char *buffer)
{
	const char *root = getenv("PARTITA_ROOT");

	snprintf(buffer, PATH_MAX, "%s%s", root ? root : "", path);
	return buffer;
}

const char *cpu_word(const char *list)
{
	return strpbrk(list, ",-") ? "CPUs" : "CPU";
}

char *size_words(uint64_t bytes, char *buffer)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	unsigned int unit = 0;
	uint64_t whole = bytes, tenths = 0;

	while (whole >= 1024 && unit < 4) {
		tenths = whole % 1024 * 10 / 1024;
		whole /= 1024;
		unit++;
	}
	if (tenths && whole < 100)
		snprintf(buffer, 32, "%llu.%llu %s", (unsigned long long)whole,
			 (unsigned long long)tenths, units[unit]);
	else
		snprintf(buffer, 32, "%llu %s", (unsigned long long)whole, units[unit]);
	return buffer;
}

static int help(FILE *out, int status)
{
	fputs("usage: partita VERB [ARGUMENT]…\n"
	      "Partition this running Linux: give cells cores, memory and devices of their "
	      "own.\n\n",
	      out);
	for (size_t i = 0; i < VERB_COUNT; i++) {
		const struct verb *v = verbs[i];
		char words[32];

		snprintf(words, sizeof(words), "%s%s%s", v->group ? v->group : "",
			 v->group ? " " : "", v->name);
		fprintf(out, "  %-16s %s\n", words, v->summary);
	}
	fputs("\n`partita VERB --help` tells more of each; so does partita(1).\n"
	      "First steps:\n"
	      "  partita hardware check\n"
	      "  partita enable\n"
	      "  partita cell create control-loop.dts\n"
	      "  partita cell start control-loop\n"
	      "  partita console -f control-loop\n", out);
	return status;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

static int run(const struct verb *v, int argc, char **argv)
{
	char name[64];

	if (asks_for_help(argc, argv)) {
		print_usage(v, stdout);
		fputs(v->help, stdout);
		return EXIT_DONE;
	}
	/* getopt puts this name in front of what it complains about. */
	snprintf(name, sizeof(name), "partita %s%s%s", v->group ? v->group : "",
		 v->group ? " " : "", v->name);
	argv[0] = name;
	return v->run(argc, argv);
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (verbs[i]->group && !strcmp(verbs[i]->group, word))
			return true;
	return false;
}

static void list_group(const char *group, FILE *out)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (verbs[i]->group && !strcmp(verbs[i]->group, group))
			print_usage(verbs[i], out);
}

static int run_group(const char *group, int argc, char **argv)
{
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		list_group(group, stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; argc > 1 && i < VERB_COUNT; i++)
		if (verbs[i]->group && !strcmp(verbs[i]->group, group) &&
		    !strcmp(verbs[i]->name, argv[1]))
			return run(verbs[i], argc - 1, argv + 1);
	if (argc > 1)
		fail("'%s' cannot '%s'", group, argv[1]);
	list_group(group, stderr);
	return EXIT_USAGE;
}

/* `partita help VERB…` is `partita VERB… --help`. */
static int run_help(int argc, char **argv)
{
	char *with_help[] = { NULL, argc > 2 ? argv[2] : NULL, (char *)"--help", NULL };

	if (argc < 2)
		return help(stdout, EXIT_DONE);
	if (is_group(argv[1]))
		return argc > 2 ? run_group(argv[1], 3, with_help)
				: run_group(argv[1], 2, with_help + 1);
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (!verbs[i]->group && !strcmp(verbs[i]->name, argv[1]))
			return run(verbs[i], 2, with_help + 1);
	fail("there is no verb '%s'", argv[1]);
	return help(stderr, EXIT_USAGE);
}

/* What was written only counts once it has arrived: a full disk is a failure. */
static int flushed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fail("cannot write the output: %s", strerror(errno));
	return status ? status : EXIT_FAILED;
}

static int dispatch(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : NULL;

	if (!word)
		return help(stderr, EXIT_USAGE);
	if (!strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h"))
		return run_help(argc - 1, argv + 1);
	if (!strcmp(word, "--version")) {
		printf("partita %s\n", PARTITA_VERSION);
		return EXIT_DONE;
	}
	if (is_group(word))
		return run_group(word, argc - 1, argv + 1);
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (!verbs[i]->group && !strcmp(verbs[i]->name, word))
			return run(verbs[i], argc - 1, argv + 1);
	fail("there is no verb '%s'; `partita help` lists them", word);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	return flushed(dispatch(argc, argv));
}
