// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two systems compared. Cells are the same when their names are, and so is shared memory; what no
 * cell has is Linux'. Order in the file never counts, but for the CPU that starts.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "diff.h"
#include "dma.h"
#include "rights.h"
#include "show.h"

#define NOBODY	"Linux"

struct comparison {
	struct changes *changes;
	const struct board *b;
	const struct system *before, *after;
};

static void forget(struct change *c)
{
	free(c->name);
	free(c->from);
	free(c->to);
	free(c->text);
}

/* Room for one more; out of memory, the list stays as it is. */
static bool grow(struct changes *c)
{
	struct change *list = realloc(c->list, (c->count + 1) * sizeof(*list));

	if (!list)
		return false;
	c->list = list;
	return true;
}

void change_add(const struct subject *s, const char *property, const char *from, const char *to,
		const char *format, ...)
{
	struct change c = { .kind = s->kind, .property = property };
	va_list args;
	bool done;

	va_start(args, format);
	done = vasprintf(&c.text, format, args) >= 0;
	va_end(args);
	c.text = done ? c.text : NULL;
	c.name = strdup(s->name);
	c.from = from ? strdup(from) : NULL;
	c.to = to ? strdup(to) : NULL;
	if (done && c.name && (!from || c.from) && (!to || c.to) && grow(s->changes)) {
		s->changes->list[s->changes->count++] = c;
		return;
	}
	s->changes->failed = true;
	forget(&c);
}

void changes_free(struct changes *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		forget(&c->list[i]);
	free(c->list);
	*c = (struct changes){ 0 };
}

static const struct cell *cell_named(const struct system *s, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (!strcmp(s->cells[i].name, name))
			return &s->cells[i];
	return NULL;
}

static const struct shared_memory *memory_named(const struct system *s, const char *name)
{
	for (uint32_t i = 0; i < s->memory_count; i++)
		if (!strcmp(s->memories[i].name, name))
			return &s->memories[i];
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

#define OWNER_SIZE	(PT_NAME_SIZE + 16)

static const char *owner_words(const struct cell *owner, char words[OWNER_SIZE])
{
	if (!owner)
		return NOBODY;
	snprintf(words, OWNER_SIZE, "cell '%s'", owner->name);
	return words;
}

/* @thing in quotes where it is a path. */
static void add_move(const struct subject *s, const char *thing, const struct cell *from,
		     const struct cell *to)
{
	char old[OWNER_SIZE], new[OWNER_SIZE];

	if (!same_owner(from, to))
		change_add(s, NULL, from ? from->name : NULL, to ? to->name : NULL,
		    "%s moves from %s to %s", thing, owner_words(from, old), owner_words(to, new));
}

static void diff_cpus(const struct comparison *c)
{
	for (uint32_t cpu = 0; cpu < board_system(c->b)->cpus.count; cpu++) {
		char name[16], thing[16];
		const struct subject s = { c->changes, "cpu", name };

		snprintf(name, sizeof(name), "%u", cpu);
		snprintf(thing, sizeof(thing), "CPU %u", cpu);
		add_move(&s, thing, cpu_owner(c->before, cpu), cpu_owner(c->after, cpu));
	}
}

static void diff_devices(const struct comparison *c)
{
	for (uint32_t node = 0; node < c->b->tree.count; node++) {
		char path[TREE_PATH_MAX], thing[TREE_PATH_MAX + 16];
		const struct subject s = { c->changes, "device", path };

		tree_path(&c->b->tree, node, path);
		snprintf(thing, sizeof(thing), "device '%s'", path);
		add_move(&s, thing, device_owner(c->before, node), device_owner(c->after, node));
	}
}

static const char *address_words(bool known, uint64_t address, char words[32])
{
	if (!known)
		return NULL;
	snprintf(words, 32, "0x%llx", (unsigned long long)address);
	return words;
}

/* Where something is seen or lies; without an address, @otherwise. */
static void diff_address(const struct subject *s, const char *property, const char *verb,
			 const char *otherwise, const char *old, const char *new)
{
	if (old && new ? !strcmp(old, new) : old == new)
		return;
	change_add(s, property, old, new, "%s '%s': %s %s%s, no longer %s%s", s->kind, s->name, verb,
	    new ? "at " : "", new ? new : otherwise, old ? "at " : "", old ? old : otherwise);
}

static void diff_guest_address(const struct subject *s, bool had, uint64_t old, bool has,
			       uint64_t new)
{
	char from[32], to[32];

	diff_address(s, "guest-address", strcmp(s->kind, "cell") != 0 ? "is seen" :
		     "sees its memory", "where it physically is", address_words(had, old, from),
		     address_words(has, new, to));
}

static void diff_place(const struct subject *s, uint64_t old, uint64_t new)
{
	char from[32], to[32];

	diff_address(s, "address", strcmp(s->kind, "cell") != 0 ? "is" : "its memory is",
		     "where there is room", address_words(old, old, from),
		     address_words(new, new, to));
}

static void diff_program(const struct subject *s, const struct cell *old, const struct cell *new)
{
	char from[32], to[32];

	diff_address(s, "image-address", "its image is", "where it is without an address",
		     address_words(old->has_image_address, old->image_address, from),
		     address_words(new->has_image_address, new->image_address, to));
	diff_address(s, "device-tree-address", "its device tree is", "where it is without an address",
		     address_words(old->has_tree_address, old->tree_address, from),
		     address_words(new->has_tree_address, new->tree_address, to));
}

static void diff_size(const struct subject *s, const char *property, const char *what, uint64_t old,
		      uint64_t new)
{
	char from[32], to[32];

	if (old != new)
		change_add(s, property, size_exactly(old, from), size_exactly(new, to),
		    "%s '%s': %s%s from %s to %s", s->kind, s->name, what,
		    new > old ? "grows" : "shrinks", from, to);
}

/* A text that a cell may have or not; empty is not. */
static void diff_text(const struct subject *s, const char *property, const char *what,
		      const char *old, const char *new)
{
	const char *from = old && *old ? old : NULL, *to = new && *new ? new : NULL;

	if (from && to && strcmp(from, to) != 0)
		change_add(s, property, from, to, "cell '%s': %s '%s' becomes '%s'", s->name, what, from,
		    to);
	else if (to && !from)
		change_add(s, property, NULL, to, "cell '%s': %s is now '%s'; before, there was none",
		    s->name, what, to);
	else if (from && !to)
		change_add(s, property, from, NULL, "cell '%s': %s is no longer '%s'; there is none",
		    s->name, what, from);
}

static bool shares(const struct cell *cell, const char *name)
{
	for (uint32_t i = 0; i < cell->shared_count; i++)
		if (!strcmp(cell->shared[i]->name, name))
			return true;
	return false;
}

/* No name stands twice, so that this is enough. */
static bool same_set(const struct cell *old, const struct cell *new)
{
	for (uint32_t i = 0; i < new->shared_count; i++)
		if (!shares(old, new->shared[i]->name))
			return false;
	return old->shared_count == new->shared_count;
}

static void diff_shared(const struct subject *s, const struct cell *old, const struct cell *new)
{
	for (uint32_t i = 0; i < old->shared_count; i++)
		if (!shares(new, old->shared[i]->name))
			change_add(s, "shared-memory", old->shared[i]->name, NULL,
			    "cell '%s': no longer shares memory '%s'", s->name,
			    old->shared[i]->name);
	for (uint32_t i = 0; i < new->shared_count; i++)
		if (!shares(old, new->shared[i]->name))
			change_add(s, "shared-memory", NULL, new->shared[i]->name,
			    "cell '%s': shares memory '%s'", s->name, new->shared[i]->name);
	/* A program knows them by their numbers. */
	for (uint32_t i = 0; same_set(old, new) && i < new->shared_count; i++)
		if (strcmp(old->shared[i]->name, new->shared[i]->name) != 0)
			change_add(s, "shared-memory", old->shared[i]->name, new->shared[i]->name,
			    "cell '%s': shared memory number %u is '%s', no longer '%s'", s->name,
			    i, new->shared[i]->name, old->shared[i]->name);
}

static void diff_dma(const struct comparison *c, const struct subject *s, const struct cell *old,
		     const struct cell *new)
{
	char path[TREE_PATH_MAX];

	for (uint32_t i = 0; i < old->unconfined_count; i++)
		if (!dma_is_accepted(new, old->unconfined[i])) {
			tree_path(&c->b->tree, old->unconfined[i], path);
			change_add(s, "unconfined-dma", path, NULL,
			    "cell '%s': DMA of '%s' is no longer accepted", s->name, path);
		}
	for (uint32_t i = 0; i < new->unconfined_count; i++)
		if (!dma_is_accepted(old, new->unconfined[i])) {
			tree_path(&c->b->tree, new->unconfined[i], path);
			change_add(s, "unconfined-dma", NULL, path,
			    "cell '%s': DMA of '%s' is accepted, which nothing confines", s->name,
			    path);
		}
}

static void diff_first_cpu(const struct subject *s, uint32_t old, uint32_t new)
{
	char from[16], to[16];

	if (old == new)
		return;
	snprintf(from, sizeof(from), "%u", old);
	snprintf(to, sizeof(to), "%u", new);
	change_add(s, "cpus", from, to, "cell '%s': starts on CPU %s, no longer on CPU %s", s->name, to,
	    from);
}

static void diff_flag(const struct subject *s, const char *property, const char *words,
		      uint32_t flag, const struct cell *old, const struct cell *new)
{
	const bool now = new->flags & flag;

	if ((old->flags ^ new->flags) & flag)
		change_add(s, property, now ? NULL : "yes", now ? "yes" : NULL, "cell '%s': is %s %s",
		    new->name, now ? "now" : "no longer", words);
}

/* Over each cell that one of them names; "*" has become names. */
static void diff_rights(const struct subject *s, const struct cell *old, const struct cell *new)
{
	char was[RIGHT_WORDS_SIZE], is[RIGHT_WORDS_SIZE];

	for (uint32_t i = 0; i < old->right_count + new->right_count; i++) {
		const bool gone = i < old->right_count;
		const char *name = gone ? old->rights[i].name : new->rights[i - old->right_count].name;
		const uint32_t before = right_over(old, name), now = right_over(new, name);

		if (before == now || (!gone && before))
			continue;
		right_words(before, was);
		right_words(now, is);
		change_add(s, "rights", before ? was : NULL, now ? is : NULL,
			   "cell '%s': may do with cell '%s': %s; before: %s", s->name, name, now ? is : "nothing",
			   before ? was : "nothing");
	}
}

static char *exit_limit_words(const struct cell *cell, char words[64])
{
	snprintf(words, 64, "%u a second, then %s", cell->exit_rate, exit_action_words[cell->exit_action]);
	return words;
}

static void diff_exits(const struct subject *s, const struct cell *old, const struct cell *new)
{
	char was[64], is[64];

	if (old->exit_rate == new->exit_rate && old->exit_action == new->exit_action)
		return;
	exit_limit_words(old, was);
	exit_limit_words(new, is);
	change_add(s, "exit-limit", old->exit_rate ? was : NULL, new->exit_rate ? is : NULL,
		   "cell '%s': may make exits: %s; before: %s", s->name, new->exit_rate ? is : "without limit",
		   old->exit_rate ? was : "without limit");
}

static void diff_start(const struct subject *s, uint32_t old, uint32_t new)
{
	if (old != new)
		change_add(s, "start", start_words(old), start_words(new), "cell '%s': starts at boot: %s; before: %s",
			   s->name, start_words(new), start_words(old));
}

static void diff_cell(const struct comparison *c, const struct cell *old, const struct cell *new)
{
	const struct subject s = { c->changes, "cell", new->name };

	diff_first_cpu(&s, old->cpus[0], new->cpus[0]);
	diff_size(&s, "memory", "memory ", old->memory_size, new->memory_size);
	diff_place(&s, old->memory_address, new->memory_address);
	diff_guest_address(&s, old->has_guest_address, old->guest_address, new->has_guest_address,
			   new->guest_address);
	diff_shared(&s, old, new);
	diff_dma(c, &s, old, new);
	diff_text(&s, "image", "image", old->image, new->image);
	diff_program(&s, old, new);
	diff_text(&s, "initrd", "initrd", old->initrd, new->initrd);
	diff_text(&s, "command-line", "command line", old->command_line, new->command_line);
	diff_text(&s, "console", "console", old->console, new->console);
	diff_flag(&s, "trusted-idle", "trusted to idle", PT_CELL_TRUSTED_IDLE, old, new);
	diff_flag(&s, "firmware-services", "allowed to ask the firmware",
		  PT_CELL_FIRMWARE_SERVICES, old, new);
	diff_exits(&s, old, new);
	diff_flag(&s, "core-dump", "open to core dumps", PT_CELL_DUMP, old, new);
	diff_flag(&s, "debug", "open to debuggers", PT_CELL_DEBUG, old, new);
	diff_rights(&s, old, new);
	diff_start(&s, old->boot, new->boot);
}

/* What it is, for a cell that only one of the systems has; CPUs and devices are told as moves. */
static void add_cell(const struct comparison *c, const struct cell *cell, bool new)
{
	const struct subject s = { c->changes, "cell", cell->name };
	char size[32], words[160];

	snprintf(words, sizeof(words), "%u %s, %s of memory, %u %s%s", cell->cpu_count,
		 cell->cpu_count == 1 ? "CPU" : "CPUs", size_exactly(cell->memory_size, size),
		 cell->device_count, cell->device_count == 1 ? "device" : "devices",
		 cell->flags & PT_CELL_TRUSTED_IDLE ? ", trusted to idle" : "");
	change_add(&s, NULL, new ? NULL : words, new ? words : NULL, "cell '%s' is %s: %s%s%s%s",
	    cell->name, new ? "new" : "gone", words, cell->image ? ", image '" : "",
	    cell->image ? cell->image : "", cell->image ? "'" : "");
	for (uint32_t i = 0; new && i < cell->shared_count; i++)
		change_add(&s, "shared-memory", NULL, cell->shared[i]->name,
		    "cell '%s': shares memory '%s'", cell->name, cell->shared[i]->name);
}

static void diff_cells(const struct comparison *c)
{
	for (uint32_t i = 0; i < c->before->count; i++)
		if (!cell_named(c->after, c->before->cells[i].name))
			add_cell(c, &c->before->cells[i], false);
	for (uint32_t i = 0; i < c->after->count; i++) {
		const struct cell *new = &c->after->cells[i];
		const struct cell *old = cell_named(c->before, new->name);

		if (old)
			diff_cell(c, old, new);
		else
			add_cell(c, new, true);
	}
}

static void diff_memory(const struct subject *s, const struct shared_memory *old,
			const struct shared_memory *new)
{
	diff_size(s, "size", "", old->size, new->size);
	diff_place(s, old->address, new->address);
	diff_guest_address(s, old->has_guest_address, old->guest_address, new->has_guest_address,
			   new->guest_address);
}

static void add_memory(const struct comparison *c, const struct shared_memory *memory, bool new)
{
	const struct subject s = { c->changes, "shared memory", memory->name };
	char size[32];

	size_exactly(memory->size, size);
	change_add(&s, NULL, new ? NULL : size, new ? size : NULL, "shared memory '%s' is %s: %s",
	    memory->name, new ? "new" : "gone", size);
}

static void diff_memories(const struct comparison *c)
{
	for (uint32_t i = 0; i < c->before->memory_count; i++)
		if (!memory_named(c->after, c->before->memories[i].name))
			add_memory(c, &c->before->memories[i], false);
	for (uint32_t i = 0; i < c->after->memory_count; i++) {
		const struct shared_memory *new = &c->after->memories[i];
		const struct shared_memory *old = memory_named(c->before, new->name);
		const struct subject s = { c->changes, "shared memory", new->name };

		if (old)
			diff_memory(&s, old, new);
		else
			add_memory(c, new, true);
	}
}

static void diff_rescue(const struct comparison *c)
{
	const struct subject s = { c->changes, "system", "" };
	const char *old = rescue_words[c->before->rescue], *new = rescue_words[c->after->rescue];

	if (old != new)
		change_add(&s, "rescue", old, new, "rescue '%s' becomes '%s'", old, new);
}

static void diff_locked(const struct comparison *c)
{
	const struct subject s = { c->changes, "system", "" };
	const bool now = c->after->locked;

	if (c->before->locked != now)
		change_add(&s, "locked", now ? NULL : "yes", now ? "yes" : NULL, "is %s locked", now ? "now" : "no longer");
}

void systems_diff(struct changes *changes, const struct board *b, const struct system *before,
		  const struct system *after)
{
	const struct comparison c = { changes, b, before, after };

	*changes = (struct changes){ 0 };
	diff_rescue(&c);
	diff_locked(&c);
	diff_cells(&c);
	diff_memories(&c);
	diff_cpus(&c);
	diff_devices(&c);
}
