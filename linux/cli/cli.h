/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The partita command: what its verbs share. A verb is a file that exports one struct verb; main.c
 * finds it. Messages go to standard error and name the culprit and the remedy; results go to
 * standard output.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };	/* what the command returns */

struct verb {
	const char *group;	/* "cell", "hardware", or NULL */
	const char *name;
	const char *arguments;	/* for the usage line */
	const char *summary;	/* one line */
	const char *help;	/* the options and what else --help says */
	int (*run)(int argc, char **argv); /* argv[0] is the verb; --help has been dealt with */
};

extern const struct verb enable_verb, disable_verb, cell_create_verb, cell_load_verb,
	cell_start_verb, cell_shutdown_verb, cell_stop_verb, cell_destroy_verb, cell_list_verb,
	cell_stats_verb, cell_dump_verb, cell_gdb_verb, config_check_verb, config_compile_verb, config_diff_verb, config_draw_verb,
	config_init_verb, config_show_verb, console_verb, hardware_check_verb, hardware_tree_verb,
	lock_verb, pack_verb, selftest_verb;

/* "partita: …" on standard error, harmless for a terminal; returns EXIT_FAILED. */
__attribute__((format(printf, 1, 2)))
int fail(const char *format, ...);
/* The verb's usage line on standard error; returns EXIT_USAGE. */
int usage_error(const struct verb *verb);
/* For a verb that knows only --json: did the options go well, and is it there? */
bool json_option(int argc, char **argv, bool *json);

/*
 * Where the kernel's files are. PARTITA_ROOT in the environment stands before each, for tests and
 * for looking at a board's files on another machine. @buffer holds PATH_MAX bytes and is returned.
 */
char *system_path(const char *path, char *buffer);

/* What to say before a list of CPUs: "CPU" or "CPUs". */
const char *cpu_word(const char *list);

/* bytes as people read them: "16 MiB", "1.9 MiB". Uses @buffer of 32 bytes and returns it. */
char *size_words(uint64_t bytes, char *buffer);

#endif
