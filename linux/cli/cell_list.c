// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell list: the cells at a glance, this Linux among them.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <partita/types.h>
#include "cli.h"
#include "json.h"
#include "sysfs.h"

#define RED	"\033[31m"
#define PLAIN	"\033[0m"

static void print_row(const struct cell_view *v)
{
	const bool failed = !strcmp(v->state, "failed");
	const bool colour = failed && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	char memory[32], note[96] = "";

	if (failed)
		fault_value(v, "kind", note, sizeof(note));
	else if (v->id == this_cell())
		snprintf(note, sizeof(note), "this Linux");
	printf("%-3u %-20s %s%-10s%s %-8s %10s %6llu%s%s\n", v->id, v->name, colour ? RED : "",
	       v->state, colour ? PLAIN : "", v->cpus, v->memory ? size_words(v->memory, memory) : "-",
	       (unsigned long long)v->resets, *note ? "  " : "", note);
}

static void print_table(void)
{
	struct cell_view v;

	printf("%-3s %-20s %-10s %-8s %10s %6s\n", "ID", "NAME", "STATE", "CPUS", "MEMORY", "RESETS");
	for (uint32_t id = 0; next_cell(id, &v); id = v.id + 1)
		print_row(&v);
}

/* Where the cell sees the start of its memory. Text: a JSON number is not sure to hold 64 bits. */
static void put_address(uint32_t id)
{
	struct cell_region r;
	char address[32];

	if (!cell_memory_region(id, UINT64_MAX, &r)) {
		json_null("address");
		return;
	}
	snprintf(address, sizeof(address), "0x%llx", (unsigned long long)r.ipa);
	json_string("address", address);
}

static void put_cell(const struct cell_view *v)
{
	char kind[96];

	json_open(NULL, '{');
	json_number("id", v->id);
	json_string("name", v->name);
	json_string("state", v->state);
	json_bool("this_linux", v->id == this_cell());
	json_open("cpus", '[');
	for (unsigned int cpu = 0; cpu < PT_MAX_CPUS; cpu++)
		if (in_cpu_list(v->cpus, cpu))
			json_number(NULL, cpu);
	json_close(']');
	if (v->memory)
		json_number("memory", v->memory);
	else
		json_null("memory");
	json_number("resets", v->resets);
	put_address(v->id);
	if (fault_value(v, "kind", kind, sizeof(kind)))
		json_string("fault", kind);
	else
		json_null("fault");
	json_close('}');
}

static void print_json(void)
{
	struct cell_view v;

	json_open(NULL, '[');
	for (uint32_t id = 0; next_cell(id, &v); id = v.id + 1)
		put_cell(&v);
	json_close(']');
}

static int run(int argc, char **argv)
{
	bool json;

	if (!json_option(argc, argv, &json) || optind != argc)
		return usage_error(&cell_list_verb);
	if (!require_enabled())
		return EXIT_FAILED;
	if (json)
		print_json();
	else
		print_table();
	return EXIT_DONE;
}

const struct verb cell_list_verb = {
	.group = "cell",
	.name = "list",
	.arguments = "[--json]",
	.summary = "show the cells",
	.help =
	"One line a cell: id, name, state, CPUs, memory, how often it has started itself again by a\n"
	"reset, and what it failed of. Cell 0 is the Linux that enabled Partita; where there is none,\n"
	"the board was booted with its cells. Of a cell that this Linux has no right over, the memory is\n"
	"not known (-).\n\n"
	"  --json   for programs\n",
	.run = run,
};
