// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell stats: what was counted and recorded: exits by CPU and reason, faults, the
 * hypervisor's own memory. Looking costs no cell anything.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <partita/types.h>
#include "cli.h"
#include "json.h"
#include "memory.h"
#include "sysfs.h"

#define MAX_REASONS	24

/* One CPU's exits: words and counts in the driver's order, "total" first. */
struct exits {
	unsigned int count;
	char words[MAX_REASONS][24];
	unsigned long long counts[MAX_REASONS];
};

static bool read_exits(unsigned int cpu, struct exits *e)
{
	char text[1024], *rest = text, *line;

	e->count = 0;
	if (!sysfs_text(text, sizeof(text), "cpus/cpu%u/exits", cpu))
		return false;
	while (e->count < MAX_REASONS && (line = strsep(&rest, "\n")))
		if (sscanf(line, "%23s %llu", e->words[e->count], &e->counts[e->count]) == 2)
			e->count++;
	return e->count > 0;
}

static void print_exits(const struct cell_view *v)
{
	struct exits e;

	for (unsigned int cpu = 0; cpu < PT_MAX_CPUS; cpu++) {
		if (!in_cpu_list(v->cpus, cpu) || !read_exits(cpu, &e))
			continue;
		printf("  CPU %-3u exits %llu", cpu, e.counts[0]);
		for (unsigned int i = 1; i < e.count; i++)
			if (e.counts[i])
				printf("  %s %llu", e.words[i], e.counts[i]);
		putchar('\n');
	}
}

static void print_fault(const struct cell_view *v)
{
	char fault[sizeof(v->fault)], *rest = fault, *line;

	if (!strcmp(v->fault, "none") || !*v->fault)
		return;
	memcpy(fault, v->fault, sizeof(fault));
	puts("  fault");
	while ((line = strsep(&rest, "\n"))) {
		const int key = (int)strcspn(line, " ");

		printf("    %-8.*s %s\n", key, line, line + key + (line[key] == ' '));
	}
}

static void print_cell(const struct cell_view *v)
{
	char memory[32];

	printf("cell %u '%s': %s, %s %s", v->id, v->name, v->state, cpu_word(v->cpus), v->cpus);
	if (v->memory)
		printf(", %s", size_words(v->memory, memory));
	if (v->id != PT_ROOT_CELL)
		printf(", started %llu time%s (%llu by its own reset), heartbeat %llu",
		       (unsigned long long)v->starts, v->starts == 1 ? "" : "s",
		       (unsigned long long)v->resets, (unsigned long long)v->heartbeat);
	putchar('\n');
	print_exits(v);
	print_fault(v);
}

static void put_exits(const struct cell_view *v)
{
	struct exits e;

	json_open("cpus", '[');
	for (unsigned int cpu = 0; cpu < PT_MAX_CPUS; cpu++) {
		if (!in_cpu_list(v->cpus, cpu) || !read_exits(cpu, &e))
			continue;
		json_open(NULL, '{');
		json_number("cpu", cpu);
		json_open("exits", '{');
		for (unsigned int i = 0; i < e.count; i++)
			json_number(e.words[i], e.counts[i]);
		json_close('}');
		json_close('}');
	}
	json_close(']');
}

static void put_fault(const struct cell_view *v)
{
	char fault[sizeof(v->fault)], *rest = fault, *line;

	if (!strcmp(v->fault, "none") || !*v->fault) {
		json_null("fault");
		return;
	}
	memcpy(fault, v->fault, sizeof(fault));
	json_open("fault", '{');
	while ((line = strsep(&rest, "\n"))) {
		char *value = strchr(line, ' ');

		if (value)
			*value++ = '\0';
		json_string(line, value ? value : "");
	}
	json_close('}');
}

static void put_cell(const struct cell_view *v)
{
	json_open(NULL, '{');
	json_number("id", v->id);
	json_string("name", v->name);
	json_string("state", v->state);
	if (v->memory)
		json_number("memory", v->memory);
	else
		json_null("memory");
	json_number("starts", v->starts);
	json_number("resets", v->resets);
	json_number("heartbeat", v->heartbeat);
	put_exits(v);
	put_fault(v);
	json_close('}');
}

static void print_all(const struct cell_view *only)
{
	struct cell_view v;

	if (only) {
		print_cell(only);
		return;
	}
	memory_print();
	for (uint32_t id = 0; next_cell(id, &v); id = v.id + 1)
		print_cell(&v);
}

static void put_all(const struct cell_view *only)
{
	struct cell_view v;

	json_open(NULL, '{');
	memory_put_json("hypervisor");
	json_open("cells", '[');
	if (only)
		put_cell(only);
	for (uint32_t id = 0; !only && next_cell(id, &v); id = v.id + 1)
		put_cell(&v);
	json_close(']');
	json_close('}');
}

static int run(int argc, char **argv)
{
	struct cell_view v;
	bool json, one;

	if (!json_option(argc, argv, &json) || argc - optind > 1)
		return usage_error(&cell_stats_verb);
	one = argc > optind;
	if (one ? !find_any_cell(argv[optind], &v) : !require_enabled())
		return EXIT_FAILED;
	if (json)
		put_all(one ? &v : NULL);
	else
		print_all(one ? &v : NULL);
	return EXIT_DONE;
}

const struct verb cell_stats_verb = {
	.group = "cell",
	.name = "stats",
	.arguments = "[CELL] [--json]",
	.summary = "show exits, faults and the hypervisor's memory",
	.help =
	"Exits are entries to the hypervisor since a CPU came to its cell, by reason (reasons that\n"
	"never happened are left out). Shown as well: how often the cell was started, and how often\n"
	"of these by its own reset; its heartbeat, which is what the cell says of itself; its fault.\n"
	"Without CELL, all cells and the hypervisor's own memory.\n\n"
	"  --json   for programs\n",
	.run = run,
};
