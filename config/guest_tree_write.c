// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writing a tree with libfdt's sequential functions into room that grows. An error stays in
 * g->error and all that comes after it does nothing, so that who writes need not ask.
 */
#include <stdlib.h>
#include <string.h>
#include "guest_tree_parts.h"

static bool grow(struct guest *g, size_t wanted)
{
	const size_t room = (size_t)g->room * 2 + wanted;
	void *fdt = room > INT32_MAX ? NULL : malloc(room);

	/* In place is impossible: libfdt moves the strings to the end of the new room. */
	if (!fdt || fdt_resize(g->fdt, fdt, (int)room)) {
		free(fdt);
		return false;
	}
	free(g->fdt);
	g->fdt = fdt;
	g->room = (int)room;
	return true;
}

void write_begin(struct guest *g, const char *name)
{
	while (!g->error) {
		g->error = fdt_begin_node(g->fdt, name);
		if (g->error != -FDT_ERR_NOSPACE || !grow(g, strlen(name)))
			break;
		g->error = 0;
	}
}

void write_end(struct guest *g)
{
	while (!g->error) {
		g->error = fdt_end_node(g->fdt);
		if (g->error != -FDT_ERR_NOSPACE || !grow(g, 0))
			break;
		g->error = 0;
	}
}

void write_bytes(struct guest *g, const char *name, const void *bytes, size_t size)
{
	while (!g->error) {
		g->error = fdt_property(g->fdt, name, bytes, (int)size);
		if (g->error != -FDT_ERR_NOSPACE || !grow(g, size))
			break;
		g->error = 0;
	}
}

void write_string(struct guest *g, const char *name, const char *value)
{
	write_bytes(g, name, value, strlen(value) + 1);
}

void write_u32(struct guest *g, const char *name, uint32_t value)
{
	const fdt32_t cell = cpu_to_fdt32(value);

	write_bytes(g, name, &cell, sizeof(cell));
}

void write_u64(struct guest *g, const char *name, uint64_t value)
{
	const fdt64_t cells = cpu_to_fdt64(value);

	write_bytes(g, name, &cells, sizeof(cells));
}

void cells_add(struct guest *g, struct cells *c, uint32_t value)
{
	fdt32_t *at = realloc(c->at, (c->count + 1) * sizeof(*at));

	if (!at) {
		g->error = -FDT_ERR_NOSPACE;
		return;
	}
	c->at = at;
	at[c->count++] = cpu_to_fdt32(value);
}

void cells_add_range(struct guest *g, struct cells *c, uint64_t base, uint64_t size)
{
	cells_add(g, c, (uint32_t)(base >> 32));
	cells_add(g, c, (uint32_t)base);
	cells_add(g, c, (uint32_t)(size >> 32));
	cells_add(g, c, (uint32_t)size);
}

void write_cells(struct guest *g, const char *name, struct cells *c)
{
	write_bytes(g, name, c->at, c->count * sizeof(*c->at));
	free(c->at);
	*c = (struct cells){ 0 };
}

void write_finish(struct guest *g)
{
	while (!g->error) {
		g->error = fdt_finish(g->fdt);
		if (g->error != -FDT_ERR_NOSPACE || !grow(g, 0))
			break;
		g->error = 0;
	}
}
