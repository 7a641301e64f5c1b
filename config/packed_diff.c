// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two packed images compared: each property is put in words on both sides, and told where the words differ. What is
 * printed here is all that an image can differ in but for where its parts lie in the file.
 */
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include "firmware.h"
#include "packed.h"
#include "rights.h"
#include "show.h"
#include "uarts.h"

/* One image, and a cell of it where the property is a cell's. */
struct side {
	const struct packed *p;
	uint32_t cell;
};

struct property {
	const char *name;
	void (*put)(const struct side *s, FILE *out);
};

static const char *separator(FILE *out)
{
	return ftell(out) > 0 ? ", " : "";
}

static void put_place(uint64_t base, uint64_t size, FILE *out)
{
	char words[32];

	fprintf(out, "%s%s at 0x%llx", separator(out), size_exactly(size, words), (unsigned long long)base);
}

static void put_ranges(const void *blob, struct pt_table table, FILE *out)
{
	const struct pt_range *r = blob_entries(blob, table);

	for (uint32_t i = 0; i < table.count; i++)
		put_place(r[i].base, r[i].size, out);
}

static void put_cpus(const void *blob, struct pt_table table, FILE *out)
{
	const uint64_t *cpus = blob_entries(blob, table);

	for (uint32_t i = 0; i < table.count; i++)
		fprintf(out, "%s0x%llx", separator(out), (unsigned long long)cpus[i]);
}

static void put_hypervisor(const struct side *s, FILE *out)
{
	fprintf(out, "checksum 0x%08x", packed_hypervisor(s->p));
}

static void put_base(const struct side *s, FILE *out)
{
	fprintf(out, "0x%llx", (unsigned long long)s->p->boot->base);
}

static void put_memory_size(const struct side *s, FILE *out)
{
	char words[32];

	fputs(size_exactly(s->p->header->memory_size, words), out);
}

static void put_uart(const struct side *s, FILE *out)
{
	if (s->p->boot->uart_kind)
		fprintf(out, "%s at 0x%llx", uart_kind_words(s->p->boot->uart_kind),
			(unsigned long long)s->p->boot->uart);
}

static void put_conduit(const struct side *s, FILE *out)
{
	fputs(conduit_words[s->p->boot->conduit], out);
}

static void put_rescue(const struct side *s, FILE *out)
{
	fputs(rescue_words[s->p->boot->rescue], out);
}

static void put_locked(const struct side *s, FILE *out)
{
	fputs(s->p->boot->locked ? "yes" : "no", out);
}

static void put_board_cpus(const struct side *s, FILE *out)
{
	put_cpus(s->p->system, s->p->system->cpus, out);
}

static void put_types(const struct side *s, FILE *out)
{
	for (uint32_t i = 0; i < s->p->boot->cpus.count; i++) {
		const char *name = midr_words(s->p->cpus[i].midr);

		fprintf(out, "%s%s", separator(out), name ? name : s->p->cpus[i].midr ? "" : "any");
		if (!name && s->p->cpus[i].midr)
			fprintf(out, "0x%x", s->p->cpus[i].midr);
		if (s->p->cpus[i].release)
			fprintf(out, " released at 0x%llx", (unsigned long long)s->p->cpus[i].release);
	}
}

static void put_board_memory(const struct side *s, FILE *out)
{
	put_ranges(s->p->system, s->p->system->ram, out);
}

static void put_gic(const struct side *s, FILE *out)
{
	const struct pt_system *system = s->p->system;

	fprintf(out, "GICv%u", system->gic_version);
	put_place(system->gicd.base, system->gicd.size, out);
	if (system->gicc.size)
		put_place(system->gicc.base, system->gicc.size, out);
	put_ranges(system, system->gicr, out);
	fprintf(out, ", events by INTID %u", system->event_spi);
}

static void put_kept(const struct side *s, FILE *out)
{
	put_ranges(s->p->system, s->p->system->reserved, out);
	put_ranges(s->p->system, s->p->system->ecam, out);
}

static const struct property image_properties[] = {
	{ "hypervisor", put_hypervisor }, { "address", put_base },	 { "memory-size", put_memory_size },
	{ "early-uart", put_uart },	  { "cpus-turned-on", put_conduit }, { "rescue", put_rescue },
	{ "locked", put_locked },
};

static const struct property board_properties[] = {
	{ "cpus", put_board_cpus }, { "cpu-types", put_types }, { "memory", put_board_memory },
	{ "interrupt-controller", put_gic }, { "kept-from-cells", put_kept },
};

static void put_cell_cpus(const struct side *s, FILE *out)
{
	const struct pt_cell *c = s->p->cells[s->cell];

	put_cpus(c, c->cpus, out);
}

/* Those of which these flags are so. */
static void put_regions(const struct side *s, uint32_t mask, uint32_t flags, FILE *out)
{
	const struct pt_cell *c = s->p->cells[s->cell];
	const struct pt_region *r = blob_entries(c, c->regions);

	for (uint32_t i = 0; i < c->regions.count; i++) {
		if ((r[i].flags & mask) != flags)
			continue;
		put_place(r[i].pa, r[i].size, out);
		if (r[i].ipa != r[i].pa)
			fprintf(out, " seen at 0x%llx", (unsigned long long)r[i].ipa);
	}
}

static void put_memory(const struct side *s, FILE *out)
{
	put_regions(s, PT_REGION_DEVICE | PT_REGION_SHARED, 0, out);
}

static void put_shared(const struct side *s, FILE *out)
{
	put_regions(s, PT_REGION_SHARED, PT_REGION_SHARED, out);
}

static void put_devices(const struct side *s, FILE *out)
{
	put_regions(s, PT_REGION_DEVICE, PT_REGION_DEVICE, out);
}

static void put_interrupts(const struct side *s, FILE *out)
{
	const struct pt_cell *c = s->p->cells[s->cell];
	const uint32_t *spis = blob_entries(c, c->spis);

	for (uint32_t i = 0; i < c->spis.count; i++)
		fprintf(out, "%sINTID %u", separator(out), spis[i]);
}

static void put_entry(const struct side *s, FILE *out)
{
	const struct pt_cell *c = s->p->cells[s->cell];

	fprintf(out, "0x%llx with 0x%llx", (unsigned long long)c->entry, (unsigned long long)c->argument);
}

static void put_console(const struct side *s, FILE *out)
{
	const struct pt_cell *c = s->p->cells[s->cell];

	if (c->uart)
		fprintf(out, "the hypervisor's PL011 at 0x%llx", (unsigned long long)c->uart);
	if (c->serial)
		fprintf(out, "%s%s at 0x%llx", separator(out), uart_kind_words(c->serial_kind),
			(unsigned long long)c->serial);
}

static void put_flags(const struct side *s, FILE *out)
{
	const uint32_t flags = s->p->cells[s->cell]->flags;

	if (flags & PT_CELL_TRUSTED_IDLE)
		fprintf(out, "%strusted to idle", separator(out));
	if (flags & PT_CELL_FIRMWARE_SERVICES)
		fprintf(out, "%sallowed to ask the firmware", separator(out));
	if (flags & PT_CELL_DUMP)
		fprintf(out, "%sopen to core dumps", separator(out));
	if (flags & PT_CELL_DEBUG)
		fprintf(out, "%sopen to debuggers", separator(out));
}

static void put_exit_limit(const struct side *s, FILE *out)
{
	const struct pt_cell *c = s->p->cells[s->cell];

	if (c->exit_rate)
		fprintf(out, "%u a second, then %s", c->exit_rate, exit_action_words[c->exit_action]);
}

static void put_rights(const struct side *s, FILE *out)
{
	const struct pt_cell *c = s->p->cells[s->cell];
	const struct pt_right *r = blob_entries(c, c->rights);
	char words[RIGHT_WORDS_SIZE];

	for (uint32_t i = 0; i < c->rights.count; i++)
		fprintf(out, "%s'%s' (%s)", separator(out), r[i].name, right_words(r[i].verbs, words));
}

static void put_start(const struct side *s, FILE *out)
{
	fputs(start_words(s->p->boot_cells[s->cell].flags), out);
}

static void put_contents(const struct side *s, FILE *out)
{
	const struct pt_boot_cell *cell = &s->p->boot_cells[s->cell];

	for (uint32_t i = cell->first_piece; i < cell->first_piece + cell->piece_count; i++) {
		put_place(s->p->pieces[i].pa, s->p->pieces[i].size, out);
		fprintf(out, " (checksum 0x%08x)", s->p->pieces[i].checksum);
	}
}

static const struct property cell_properties[] = {
	{ "cpus", put_cell_cpus }, { "memory", put_memory },	 { "shared-memory", put_shared },
	{ "devices", put_devices }, { "interrupts", put_interrupts }, { "entry", put_entry },
	{ "console", put_console }, { "allowed", put_flags },	 { "exits", put_exit_limit },
	{ "rights", put_rights },
	{ "start", put_start },	   { "contents", put_contents },
};

#define COUNT(list)	(sizeof(list) / sizeof((list)[0]))

/* The caller's to free; NULL: out of memory. */
static char *words_of(const struct property *property, const struct side *side)
{
	char *words = NULL;
	size_t size;
	FILE *out = open_memstream(&words, &size);

	if (!out)
		return NULL;
	property->put(side, out);
	fclose(out);
	return words;
}

static void diff_property(const struct subject *s, const struct property *property, const struct side *before,
			  const struct side *after)
{
	char *old = words_of(property, before), *new = words_of(property, after);
	const bool named = *s->name;

	if (!old || !new)
		s->changes->failed = true;
	else if (strcmp(old, new) != 0)
		change_add(s, property->name, *old ? old : NULL, *new ? new : NULL, "%s%s%s%s: %s: %s; before: %s", s->kind,
			   named ? " '" : "", s->name, named ? "'" : "", property->name, *new ? new : "none",
			   *old ? old : "none");
	free(old);
	free(new);
}

static void diff_properties(const struct subject *s, const struct property *properties, size_t count,
			    const struct side *before, const struct side *after)
{
	for (size_t i = 0; i < count; i++)
		diff_property(s, &properties[i], before, after);
}

/* Its place in the image, or the number of cells there. */
static uint32_t find(const struct packed *p, const char *name)
{
	uint32_t i = 0;

	while (i < p->boot->cells.count && strcmp(p->cells[i]->name, name) != 0)
		i++;
	return i;
}

static void add_cell(struct changes *changes, const struct side *side, bool new)
{
	const struct pt_cell *c = side->p->cells[side->cell];
	const struct subject s = { changes, "cell", c->name };
	const struct property memory = { "memory", put_memory };
	char *words = words_of(&memory, side);

	if (words)
		change_add(&s, NULL, new ? NULL : words, new ? words : NULL, "cell '%s' is %s: %u %s, memory %s", c->name,
			   new ? "new" : "gone", c->cpus.count, c->cpus.count == 1 ? "CPU" : "CPUs", words);
	else
		changes->failed = true;
	free(words);
}

static void diff_cells(struct changes *changes, const struct packed *before, const struct packed *after)
{
	for (uint32_t i = 0; i < before->boot->cells.count; i++)
		if (find(after, before->cells[i]->name) == after->boot->cells.count)
			add_cell(changes, &(struct side){ before, i }, false);
	for (uint32_t i = 0; i < after->boot->cells.count; i++) {
		const struct subject s = { changes, "cell", after->cells[i]->name };
		const struct side new = { after, i }, old = { before, find(before, s.name) };

		if (old.cell == before->boot->cells.count)
			add_cell(changes, &new, true);
		else
			diff_properties(&s, cell_properties, COUNT(cell_properties), &old, &new);
	}
}

void packed_diff(struct changes *changes, const struct packed *before, const struct packed *after)
{
	const struct subject image = { changes, "image", "" }, board = { changes, "board", "" };
	const struct side old = { before, 0 }, new = { after, 0 };

	*changes = (struct changes){ 0 };
	diff_properties(&image, image_properties, COUNT(image_properties), &old, &new);
	diff_properties(&board, board_properties, COUNT(board_properties), &old, &new);
	diff_cells(changes, before, after);
}
