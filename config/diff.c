// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two systems compared. Cells are the same when their names are; what no cell has is Linux'. Order
 * in the file never counts, but for the CPU that starts.
 */
#include <string.h>
#include "diff.h"
#include "show.h"

struct comparison {
	const struct board *b;
	const struct system *before, *after;
	FILE *out;
};

static const struct cell *cell_named(const struct system *s, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (!strcmp(s->cells[i].name, name))
			return &s->cells[i];
	return NULL;
}

static const struct cell *cpu_owner(const struct system *s, uint32_t cpu)
{
	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t j = 0; j < s->cells[i].cpu_count; j++)
			if (s->cells[i].cpus[j] == cpu)
				return &s->cells[i];
	return NULL;
}

static const struct cell *device_owner(const struct system *s, uint32_t node)
{
	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t j = 0; j < s->cells[i].device_count; j++)
			if (s->cells[i].devices[j].node == node)
				return &s->cells[i];
	return NULL;
}

static bool same_owner(const struct cell *a, const struct cell *b)
{
	return a && b ? !strcmp(a->name, b->name) : a == b;
}

static void put_owner(const char *preposition, const struct cell *owner, FILE *out)
{
	if (owner)
		fprintf(out, " %s cell '%s'", preposition, owner->name);
	else
		fprintf(out, " %s Linux", preposition);
}

static void put_move(const struct cell *from, const struct cell *to, FILE *out)
{
	fputs(" moves", out);
	put_owner("from", from, out);
	put_owner("to", to, out);
	fputc('\n', out);
}

static void diff_cpus(const struct comparison *c)
{
	for (uint32_t cpu = 0; cpu < board_system(c->b)->cpus.count; cpu++) {
		const struct cell *from = cpu_owner(c->before, cpu);
		const struct cell *to = cpu_owner(c->after, cpu);

		if (same_owner(from, to))
			continue;
		fprintf(c->out, "CPU %u", cpu);
		put_move(from, to, c->out);
	}
}

static void diff_devices(const struct comparison *c)
{
	char path[TREE_PATH_MAX];

	for (uint32_t node = 0; node < c->b->tree.count; node++) {
		const struct cell *from = device_owner(c->before, node);
		const struct cell *to = device_owner(c->after, node);

		if (same_owner(from, to))
			continue;
		fprintf(c->out, "device '%s'", tree_path(&c->b->tree, node, path));
		put_move(from, to, c->out);
	}
}

static void diff_guest_address(const struct cell *old, const struct cell *new, FILE *out)
{
	const struct cell *const both[] = { old, new };

	if (old->has_guest_address == new->has_guest_address &&
	    (!new->has_guest_address || old->guest_address == new->guest_address))
		return;
	fprintf(out, "cell '%s': sees its memory", new->name);
	for (int i = 1; i >= 0; i--) {
		if (both[i]->has_guest_address)
			fprintf(out, " at 0x%llx", (unsigned long long)both[i]->guest_address);
		else
			fputs(" where it physically is", out);
		fputs(i ? ", no longer" : "\n", out);
	}
}

/* A text that a cell may have or not; empty is not. */
static void diff_text(const struct cell *cell, const char *what, const char *old, const char *new,
		      FILE *out)
{
	const bool had = old && *old, has = new && *new;

	if (had && has && strcmp(old, new) != 0)
		fprintf(out, "cell '%s': %s '%s' becomes '%s'\n", cell->name, what, old, new);
	else if (has && !had)
		fprintf(out, "cell '%s': %s is now '%s'; before, there was none\n", cell->name,
			what, new);
	else if (had && !has)
		fprintf(out, "cell '%s': %s is no longer '%s'; there is none\n", cell->name, what,
			old);
}

static void diff_cell(const struct cell *old, const struct cell *new, FILE *out)
{
	char from[32], to[32];

	if (old->cpus[0] != new->cpus[0])
		fprintf(out, "cell '%s': starts on CPU %u, no longer on CPU %u\n", new->name,
			new->cpus[0], old->cpus[0]);
	if (old->memory_size != new->memory_size)
		fprintf(out, "cell '%s': memory %s from %s to %s\n", new->name,
			new->memory_size > old->memory_size ? "grows" : "shrinks",
			size_exactly(old->memory_size, from), size_exactly(new->memory_size, to));
	diff_guest_address(old, new, out);
	diff_text(new, "image", old->image, new->image, out);
	diff_text(new, "initrd", old->initrd, new->initrd, out);
	diff_text(new, "command line", old->command_line, new->command_line, out);
	diff_text(new, "console", old->console, new->console, out);
	if ((old->flags ^ new->flags) & PT_CELL_TRUSTED_IDLE)
		fprintf(out, "cell '%s': is %s trusted to idle\n", new->name,
			new->flags & PT_CELL_TRUSTED_IDLE ? "now" : "no longer");
}

/* What it is, for a cell that only one of the systems has; CPUs and devices are told as moves. */
static void put_cell(const struct cell *cell, const char *change, FILE *out)
{
	char size[32];

	fprintf(out, "cell '%s' %s: %u %s, %s of memory, %u %s%s%s%s%s\n", cell->name, change,
		cell->cpu_count, cell->cpu_count == 1 ? "CPU" : "CPUs",
		size_exactly(cell->memory_size, size), cell->device_count,
		cell->device_count == 1 ? "device" : "devices",
		cell->flags & PT_CELL_TRUSTED_IDLE ? ", trusted to idle" : "",
		cell->image ? ", image '" : "", cell->image ? cell->image : "",
		cell->image ? "'" : "");
}

static void diff_cells(const struct comparison *c)
{
	for (uint32_t i = 0; i < c->before->count; i++)
		if (!cell_named(c->after, c->before->cells[i].name))
			put_cell(&c->before->cells[i], "is gone", c->out);
	for (uint32_t i = 0; i < c->after->count; i++) {
		const struct cell *new = &c->after->cells[i];
		const struct cell *old = cell_named(c->before, new->name);

		if (old)
			diff_cell(old, new, c->out);
		else
			put_cell(new, "is new", c->out);
	}
}

void systems_diff(const struct board *b, const struct system *before, const struct system *after,
		  FILE *out)
{
	const struct comparison c = { b, before, after, out };

	diff_cells(&c);
	diff_cpus(&c);
	diff_devices(&c);
}
