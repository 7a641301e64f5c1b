// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clocks of a cell's devices. Their controllers stay with Linux, so that a cell sees a fixed clock
 * in place of each; the frequency is what the board's tree says, or 0, and never a guess.
 */
#include <stdlib.h>
#include <string.h>
#include "guest_tree_parts.h"

#define CLOCK_CELLS	"#clock-cells"
#define MAX_FACTORS	8

bool clock_is_fixed(const struct tree *t, const struct tree_reference *r)
{
	return tree_compatible(t, r->provider, "fixed-clock");
}

static bool next_clock(const struct tree *t, uint32_t node, const char *property, uint32_t *at,
		       struct tree_reference *r)
{
	int length;
	const fdt32_t *cells = tree_property(t, node, property, &length);

	return cells && tree_next_reference(t, cells, (uint32_t)length / 4, at, CLOCK_CELLS, 0, r);
}

static bool same_clock(const struct tree_reference *a, const struct tree_reference *b)
{
	return a->provider == b->provider && a->count == b->count &&
	       !memcmp(a->cells, b->cells, a->count * sizeof(*a->cells));
}

/* What @node asks to be set of the clock @r. */
static bool assigned_by(const struct tree *t, uint32_t node, const struct tree_reference *r,
			uint32_t *hz)
{
	int length;
	const fdt32_t *rates = tree_property(t, node, "assigned-clock-rates", &length);
	struct tree_reference other;

	if (!rates)
		return false;
	for (uint32_t at = 0, i = 0; i < (uint32_t)length / 4 &&
	     next_clock(t, node, "assigned-clocks", &at, &other); i++) {
		*hz = fdt32_ld(&rates[i]);
		if (*hz && other.phandle && same_clock(&other, r))
			return true;
	}
	return false;
}

static bool assigned(const struct tree *t, uint32_t device, const struct tree_reference *r, uint32_t *hz)
{
	if (assigned_by(t, device, r, hz))
		return true;
	for (uint32_t node = 0; node < t->count; node++)
		if (assigned_by(t, node, r, hz))
			return true;
	return false;
}

static bool scale(uint64_t hz, uint64_t multiplier, uint64_t divisor, uint32_t *result)
{
	if (!divisor || (multiplier && hz > UINT64_MAX / multiplier) ||
	    hz * multiplier / divisor > UINT32_MAX)
		return false;
	*result = (uint32_t)(hz * multiplier / divisor);
	return true;
}

/* *@fixed: it comes from a crystal, through nothing that could be switched off. */
static bool clock_rate(const struct tree *t, uint32_t device, struct tree_reference r, uint32_t *hz,
		       bool *fixed)
{
	uint64_t multiplier = 1, divisor = 1;

	*hz = 0;
	*fixed = false;
	for (unsigned int i = 0; i < MAX_FACTORS; i++) {
		uint32_t own, by, at = 0;

		if (clock_is_fixed(t, &r)) {
			*fixed = true;
			return tree_u32(t, r.provider, "clock-frequency", &own) &&
			       scale(own, multiplier, divisor, hz);
		}
		if (!tree_compatible(t, r.provider, "fixed-factor-clock"))
			return assigned(t, device, &r, &own) && scale(own, multiplier, divisor, hz);
		if (!tree_u32(t, r.provider, "clock-mult", &own) ||
		    !tree_u32(t, r.provider, "clock-div", &by) || multiplier > UINT32_MAX ||
		    divisor > UINT32_MAX || !next_clock(t, r.provider, "clocks", &at, &r) ||
		    !r.phandle)
			return false;
		multiplier *= own;
		divisor *= by;
	}
	return false;
}

bool is_uart(const struct tree *t, uint32_t node)
{
	static const char *const starts[] = { "serial", "uart", "pl011" };
	const char *name = tree_name(t, node);

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])))
			return true;
	return false;
}

/* A UART's `clock-frequency` is that of its clock; for other devices it is the speed of a bus. */
static bool device_clock_rate(const struct guest *g, uint32_t node, const struct tree_reference *r,
			      bool first, uint32_t *hz, bool *fixed)
{
	return clock_rate(g->t, node, *r, hz, fixed) ||
	       (first && is_uart(g->t, node) && tree_u32(g->t, node, "clock-frequency", hz));
}

/* One for each clock and frequency, however many devices use it. 0 after an error. */
static uint32_t stand_in(struct guest *g, const struct tree_reference *r, uint32_t hz)
{
	struct stand_in *clocks;

	for (uint32_t i = 0; i < g->clock_count; i++) {
		const struct stand_in *s = &g->clocks[i];

		if (s->provider == r->provider && s->hz == hz && s->count == r->count &&
		    !memcmp(s->cells, r->cells, r->count * sizeof(*r->cells)))
			return s->phandle;
	}
	clocks = realloc(g->clocks, (g->clock_count + 1) * sizeof(*clocks));
	if (!clocks) {
		g->error = -FDT_ERR_NOSPACE;
		return 0;
	}
	g->clocks = clocks;
	clocks += g->clock_count++;
	*clocks = (struct stand_in){
		.provider = r->provider, .count = r->count, .hz = hz, .phandle = new_phandle(g),
	};
	memcpy(clocks->cells, r->cells, r->count * sizeof(*r->cells));
	return clocks->phandle;
}

static bool is_absent(const struct guest *g, const struct tree_reference *r)
{
	return r->phandle && g->parts[r->provider] == PART_ABSENT;
}

bool clocks_readable(const struct guest *g, uint32_t node)
{
	struct tree_reference r;
	uint32_t at = 0;
	int length;

	if (!tree_property(g->t, node, "clocks", &length))
		return false;
	while (at < (uint32_t)length / 4)
		if (!next_clock(g->t, node, "clocks", &at, &r) ||
		    r.count > sizeof(g->clocks->cells) / sizeof(g->clocks->cells[0]))
			return false;
	return true;
}

static void warn_of_clock(struct guest *g, uint32_t node, uint32_t provider, bool known)
{
	static const char *const advice[] = {
		"its frequency is not known, so that the cell's tree says 0: if the driver asks "
		"for it, give it by 'assigned-clock-rates' in the board's tree",
		"see that it keeps running as it is",
	};
	char path[TREE_PATH_MAX], other[TREE_PATH_MAX], owner[64];

	messages_warn_at(g->m, messages_place(g->m, g->cell->name, "devices"),
			 "cell '%s': device '%s': its clock comes from '%s', which %s; %s",
			 g->cell->name, tree_path(g->t, node, path),
			 tree_path(g->t, provider, other), owner_words(g, provider, owner),
			 advice[known]);
}

/* One warning for a provider, of its first clock whose frequency is not known, if there is one. */
static void warn_of_provider(struct guest *g, uint32_t node, uint32_t provider)
{
	bool switched = false, known = true, fixed;
	uint32_t at = 0, hz;
	struct tree_reference r;

	for (bool first = true; next_clock(g->t, node, "clocks", &at, &r); first = false) {
		if (!r.phandle || r.provider != provider)
			continue;
		known = device_clock_rate(g, node, &r, first, &hz, &fixed) && known;
		switched = switched || !fixed;
	}
	if (switched || !known)
		warn_of_clock(g, node, provider, known);
}

static void warn_of_providers(struct guest *g, uint32_t node)
{
	struct tree_reference r, before;
	uint32_t at = 0;

	while (next_clock(g->t, node, "clocks", &at, &r)) {
		uint32_t earlier = 0;

		if (!is_absent(g, &r))
			continue;
		while (next_clock(g->t, node, "clocks", &earlier, &before) && earlier < at &&
		       before.provider != r.provider)
			;
		if (earlier == at)
			warn_of_provider(g, node, r.provider);
	}
}

static void warn_of_unreadable(struct guest *g, uint32_t node)
{
	char path[TREE_PATH_MAX];

	messages_warn_at(g->m, messages_place(g->m, g->cell->name, "devices"),
			 "cell '%s': device '%s': its 'clocks' cannot be read; they are left out "
			 "of the cell's tree", g->cell->name, tree_path(g->t, node, path));
}

void clocks_write(struct guest *g, uint32_t node)
{
	struct cells c = { 0 };
	struct tree_reference r;
	uint32_t at = 0, hz;
	bool fixed;

	if (!tree_property(g->t, node, "clocks", NULL))
		return;
	if (!clocks_readable(g, node)) {
		warn_of_unreadable(g, node);
		return;
	}
	for (bool first = true; next_clock(g->t, node, "clocks", &at, &r); first = false) {
		if (is_absent(g, &r)) {
			device_clock_rate(g, node, &r, first, &hz, &fixed);
			cells_add(g, &c, stand_in(g, &r, hz));
			continue;
		}
		cells_add(g, &c, r.phandle);
		for (uint32_t i = 0; i < r.count; i++)
			cells_add(g, &c, fdt32_ld(&r.cells[i]));
	}
	if (c.count)
		write_cells(g, "clocks", &c);
	warn_of_providers(g, node);
}

void stand_ins_write(struct guest *g)
{
	char name[NODE_NAME_MAX];

	for (uint32_t i = 0; i < g->clock_count; i++) {
		snprintf(name, sizeof(name), "fixed-clock-%u", i);
		write_begin(g, name);
		write_string(g, "compatible", "fixed-clock");
		write_u32(g, "#clock-cells", 0);
		write_u32(g, "clock-frequency", g->clocks[i].hz);
		write_u32(g, "phandle", g->clocks[i].phandle);
		write_end(g);
	}
}
