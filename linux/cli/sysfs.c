// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading docs/sysfs.md's files. Nothing here needs more rights than an ordinary user has.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"
#include "sysfs.h"

#define SYSFS	"/sys/class/misc/partita/"

static bool read_text(char *text, size_t size, const char *format, va_list args)
{
	char relative[256] = SYSFS, path[PATH_MAX];
	ssize_t got;
	int fd;

	vsnprintf(relative + strlen(SYSFS), sizeof(relative) - strlen(SYSFS), format, args);
	text[0] = '\0';
	fd = open(system_path(relative, path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, text, size - 1);
	close(fd);
	if (got < 0)
		return false;
	text[got] = '\0';
	if (got && text[got - 1] == '\n')
		text[got - 1] = '\0';
	return true;
}

bool sysfs_text(char *text, size_t size, const char *format, ...)
{
	va_list args;
	bool found;

	va_start(args, format);
	found = read_text(text, size, format, args);
	va_end(args);
	return found;
}

uint64_t sysfs_number(const char *format, ...)
{
	char text[32];
	va_list args;

	va_start(args, format);
	read_text(text, sizeof(text), format, args);
	va_end(args);
	return strtoull(text, NULL, 0);
}

uint32_t this_cell(void)
{
	return (uint32_t)sysfs_number("hypervisor/this_cell");
}

bool driver_loaded(void)
{
	char path[PATH_MAX];

	return access(system_path(SYSFS, path), F_OK) == 0;
}

bool hypervisor_enabled(void)
{
	return sysfs_number("enabled") == 1;
}

bool require_enabled(void)
{
	if (hypervisor_enabled())
		return true;
	if (driver_loaded())
		fail("the hypervisor is not enabled; do so first: partita enable");
	else
		fail("the driver is not loaded; do so first: modprobe partita");
	return false;
}

bool read_cell(uint32_t id, struct cell_view *v)
{
	*v = (struct cell_view){ .id = id };
	if (!sysfs_text(v->name, sizeof(v->name), "cells/%u/name", id))
		return false;
	sysfs_text(v->state, sizeof(v->state), "cells/%u/state", id);
	sysfs_text(v->cpus, sizeof(v->cpus), "cells/%u/cpus", id);
	sysfs_text(v->fault, sizeof(v->fault), "cells/%u/fault", id);
	sysfs_text(v->answer, sizeof(v->answer), "cells/%u/answer", id);
	v->memory = sysfs_number("cells/%u/memory", id);
	v->starts = sysfs_number("cells/%u/starts", id);
	v->resets = sysfs_number("cells/%u/resets", id);
	v->heartbeat = sysfs_number("cells/%u/heartbeat", id);
	return true;
}

bool next_cell(uint32_t id, struct cell_view *view)
{
	for (; id < PT_MAX_CELLS; id++)
		if (read_cell(id, view))
			return true;
	return false;
}

static void explain_no_cell(const char *name)
{
	struct cell_view v;
	char known[1024] = "";
	size_t used = 0;

	for (uint32_t id = PT_ROOT_CELL + 1; next_cell(id, &v) && used < sizeof(known);
	     id = v.id + 1)
		if (v.id != this_cell())
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 used ? ", " : "", v.name);
	if (used)
		fail("no cell '%s'; there are: %s", name, known);
	else
		fail("no cell '%s', nor any other%s", name,
		     this_cell() == PT_ROOT_CELL ? "; make one: partita cell create FILE" : "");
}

bool find_any_cell(const char *name, struct cell_view *view)
{
	const bool is_id = *name && strspn(name, "0123456789") == strlen(name);
	const unsigned long id = is_id ? strtoul(name, NULL, 10) : 0;

	if (!require_enabled())
		return false;
	for (uint32_t at = 0; next_cell(at, view); at = view->id + 1)
		if (is_id ? view->id == id : !strcmp(view->name, name))
			return true;
	explain_no_cell(name);
	return false;
}

bool find_cell(const char *name, struct cell_view *view)
{
	if (!find_any_cell(name, view))
		return false;
	if (view->id == this_cell())
		fail("cell '%s' is the Linux that you are using", view->name);
	else if (view->id == PT_ROOT_CELL)
		fail("cell '%s' is the Linux that enabled Partita; nobody manages it", view->name);
	else
		return true;
	return false;
}

/* The region in the next line that holds one. */
static bool next_region(char **rest, struct cell_region *region)
{
	char *line;

	while ((line = strsep(rest, "\n"))) {
		unsigned long long ipa, pa, size;

		if (sscanf(line, "%llx %llx %llu %7s", &ipa, &pa, &size, region->flags) != 4)
			continue;
		region->ipa = ipa;
		region->pa = pa;
		region->size = size;
		return true;
	}
	return false;
}

bool cell_memory_region(uint32_t id, uint64_t ipa, struct cell_region *region)
{
	char text[4096], *rest = text;
	struct cell_region next;
	bool found = false;

	sysfs_text(text, sizeof(text), "cells/%u/regions", id);
	while (!found && next_region(&rest, region))
		found = !strpbrk(region->flags, "ds") &&
			(ipa == UINT64_MAX ||
			 (ipa >= region->ipa && ipa - region->ipa < region->size));
	/* Memory in pieces is one to the cell. */
	while (found && next_region(&rest, &next) && !strcmp(next.flags, region->flags) &&
	       next.ipa == region->ipa + region->size)
		region->size += next.size;
	return found;
}

bool cell_region(uint32_t id, unsigned int n, struct cell_region *region)
{
	char text[4096], *rest = text;

	sysfs_text(text, sizeof(text), "cells/%u/regions", id);
	while (next_region(&rest, region))
		if (!n--)
			return true;
	return false;
}

bool cell_has_registers(uint32_t id, uint64_t base, uint64_t size)
{
	char text[4096], *rest = text;
	struct cell_region r;

	sysfs_text(text, sizeof(text), "cells/%u/regions", id);
	while (next_region(&rest, &r))
		if (strchr(r.flags, 'd') && base < r.pa + r.size && r.pa < base + size)
			return true;
	return false;
}

bool cell_busy_cpu(const struct cell_view *view, unsigned int *cpu)
{
	char state[16];

	for (*cpu = 0; *cpu < PT_MAX_CPUS; ++*cpu)
		if (in_cpu_list(view->cpus, *cpu) &&
		    sysfs_text(state, sizeof(state), "cpus/cpu%u/state", *cpu) &&
		    (!strcmp(state, "running") || !strcmp(state, "starting")))
			return true;
	return false;
}

void add_to_cpu_list(char *list, size_t size, unsigned int cpu)
{
	const size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%u", used ? "," : "", cpu);
}

bool in_cpu_list(const char *list, unsigned int cpu)
{
	while (*list) {
		char *end;
		const unsigned long first = strtoul(list, &end, 10);
		const unsigned long last = *end == '-' ? strtoul(end + 1, &end, 10) : first;

		if (end == list)
			return false;
		if (cpu >= first && cpu <= last)
			return true;
		list = *end == ',' ? end + 1 : end;
		if (!*end || *end == '\n')
			return false;
	}
	return false;
}

bool fault_value(const struct cell_view *view, const char *key, char *value, size_t size)
{
	const size_t length = strlen(key);

	for (const char *line = view->fault; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) != 0 || line[length] != ' ')
			continue;
		snprintf(value, size, "%.*s", (int)strcspn(line + length + 1, "\n"),
			 line + length + 1);
		return true;
	}
	return false;
}
