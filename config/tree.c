// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a device tree by the rules of the Devicetree Specification, and where boards differ from
 * it as Linux does: a bus without #address-cells has those of the bus above. Every cell is bounds-
 * checked before it is read. Interrupts are tree_irq.c's.
 */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include "pci.h"
#include "tree.h"

#define MAX_DEPTH	64
#define OLDEST_VERSION	16	/* the first with sizes of both blocks in its header */

/* @count is 0, 1 or 2. */
static uint64_t number_at(const void *cells, uint32_t index, uint32_t count)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < count; i++)
		value = value << 32 | tree_cell(cells, index + i);
	return value;
}

static void index_node(struct tree *t, uint32_t node, int offset, uint32_t parent)
{
	struct tree_node *n = &t->nodes[node];
	const bool root = parent == TREE_NONE;

	*n = (struct tree_node){
		.offset = offset,
		.parent = parent,
		.phandle = fdt_get_phandle(t->fdt, offset),
	};
	if (!tree_u32(t, node, "#address-cells", &n->address_cells))
		n->address_cells = root ? 2 : t->nodes[parent].address_cells;
	if (!tree_u32(t, node, "#size-cells", &n->size_cells))
		n->size_cells = root ? 1 : t->nodes[parent].size_cells;
}

static uint32_t count_nodes(const void *fdt)
{
	uint32_t count = 0;

	for (int offset = 0; offset >= 0; offset = fdt_next_node(fdt, offset, NULL))
		count++;
	return count;
}

static const char *index_nodes(struct tree *t)
{
	uint32_t path[MAX_DEPTH] = { 0 };
	uint32_t node = 0;
	int depth = 0;

	for (int offset = 0; offset >= 0 && node < t->count;
	     offset = fdt_next_node(t->fdt, offset, &depth)) {
		if (depth < 0 || depth >= MAX_DEPTH)
			return "is nested too deep";
		index_node(t, node, offset, depth ? path[depth - 1] : TREE_NONE);
		path[depth] = node++;
	}
	return NULL;
}

const char *tree_open(struct tree *t, const void *fdt, size_t size)
{
	const char *problem;
	int error;

	*t = (struct tree){ .fdt = fdt };
	if (size < sizeof(struct fdt_header))
		error = -FDT_ERR_TRUNCATED;
	else if (fdt_magic(fdt) == FDT_MAGIC && fdt_version(fdt) < OLDEST_VERSION)
		error = -FDT_ERR_BADVERSION; /* fdt_check_full() of libfdt 1.6.1 crashes at these */
	else
		error = fdt_check_full(fdt, size);
	if (error)
		return fdt_strerror(error);
	t->count = count_nodes(fdt);
	t->nodes = calloc(t->count, sizeof(*t->nodes));
	problem = t->nodes ? index_nodes(t) : "is too large for this machine's memory";
	if (problem)
		tree_close(t);
	return problem;
}

void tree_close(struct tree *t)
{
	free(t->nodes);
	*t = (struct tree){ 0 };
}

const void *tree_property(const struct tree *t, uint32_t node, const char *name, int *length)
{
	return fdt_getprop(t->fdt, t->nodes[node].offset, name, length);
}

bool tree_u32(const struct tree *t, uint32_t node, const char *name, uint32_t *value)
{
	int length;
	const void *cells = tree_property(t, node, name, &length);

	if (!cells || length < 4)
		return false;
	*value = tree_cell(cells, 0);
	return true;
}

const char *tree_string(const struct tree *t, uint32_t node, const char *name)
{
	return fdt_stringlist_get(t->fdt, t->nodes[node].offset, name, 0, NULL);
}

bool tree_compatible(const struct tree *t, uint32_t node, const char *compatible)
{
	return fdt_stringlist_search(t->fdt, t->nodes[node].offset, "compatible", compatible) >= 0;
}

bool tree_available(const struct tree *t, uint32_t node)
{
	const char *status = tree_string(t, node, "status");

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

const char *tree_name(const struct tree *t, uint32_t node)
{
	const char *name = fdt_get_name(t->fdt, t->nodes[node].offset, NULL);

	return name ? name : "";
}

char *tree_path(const struct tree *t, uint32_t node, char *path)
{
	char *end = &path[TREE_PATH_MAX - 1];
	char *at = end;

	*at = '\0';
	for (; node && node != TREE_NONE; node = t->nodes[node].parent) {
		const char *name = tree_name(t, node);
		const size_t length = strlen(name);

		if (length + 1 > (size_t)(at - path))
			break;
		at -= length;
		memcpy(at, name, length);
		*--at = '/';
	}
	if (at == end)
		*--at = '/';
	memmove(path, at, (size_t)(end - at) + 1);
	return path;
}

uint32_t tree_find_compatible(const struct tree *t, uint32_t after, const char *compatible)
{
	for (uint32_t node = after == TREE_NONE ? 0 : after + 1; node < t->count; node++)
		if (tree_compatible(t, node, compatible))
			return node;
	return TREE_NONE;
}

uint32_t tree_find_phandle(const struct tree *t, uint32_t phandle)
{
	for (uint32_t node = 0; phandle && node < t->count; node++)
		if (t->nodes[node].phandle == phandle)
			return node;
	return TREE_NONE;
}

static uint32_t node_at(const struct tree *t, int offset)
{
	for (uint32_t node = 0; offset >= 0 && node < t->count; node++)
		if (t->nodes[node].offset == offset)
			return node;
	return TREE_NONE;
}

uint32_t tree_guess(const struct tree *t, const char *name)
{
	/* libfdt lets a unit address be left out and then takes the first node that fits. */
	return node_at(t, fdt_path_offset(t->fdt, name));
}

static uint32_t find_path(const struct tree *t, const char *name)
{
	char path[TREE_PATH_MAX];
	uint32_t node = tree_guess(t, name);

	return node != TREE_NONE && !strcmp(tree_path(t, node, path), name) ? node : TREE_NONE;
}

uint32_t tree_find(const struct tree *t, const char *name)
{
	static const char *const books[] = { "/__symbols__", "/aliases" };

	if (name[0] == '/')
		return find_path(t, name);
	for (size_t i = 0; i < sizeof(books) / sizeof(books[0]); i++) {
		const uint32_t book = find_path(t, books[i]);
		const char *path = book == TREE_NONE ? NULL : tree_string(t, book, name);

		if (path && path[0] == '/')
			return find_path(t, path);
	}
	return pci_find(t, name);
}

/* Move @r from the address space inside @bus to the one that @bus itself lies in. */
static bool translate_up(const struct tree *t, uint32_t bus, struct tree_range *r)
{
	const struct tree_node *inner = &t->nodes[bus], *outer = &t->nodes[inner->parent];
	const uint32_t na = inner->address_cells, ns = inner->size_cells,
		       pna = outer->address_cells;
	const uint32_t entry = na + pna + ns;
	int length;
	const void *ranges = tree_property(t, bus, "ranges", &length);

	if (!ranges)
		return false;
	if (length == 0)
		return true;
	if (!na || na > 2 || !pna || pna > 2 || !ns || ns > 2)
		return false;
	for (uint32_t i = 0; i + entry <= (uint32_t)length / 4; i += entry) {
		const uint64_t child = number_at(ranges, i, na);
		const uint64_t parent = number_at(ranges, i + na, pna);
		const uint64_t size = number_at(ranges, i + na + pna, ns);

		if (r->base < child || r->base - child >= size ||
		    r->size > size - (r->base - child))
			continue;
		r->base = parent + (r->base - child);
		return r->base >= parent && r->size <= UINT64_MAX - r->base;
	}
	return false;
}

enum tree_reg tree_reg(const struct tree *t, uint32_t node, uint32_t index, struct tree_range *out)
{
	const uint32_t parent = t->nodes[node].parent;
	uint32_t na, ns;
	int length;
	const void *reg = tree_property(t, node, "reg", &length);

	if (!reg || parent == TREE_NONE || length == 0)
		return TREE_REG_END;
	if (pci_is_function(t, node))
		return pci_reg(t, node, index, out);
	na = t->nodes[parent].address_cells;
	ns = t->nodes[parent].size_cells;
	if (!na || na > 2 || !ns || ns > 2)
		return index ? TREE_REG_END : TREE_REG_UNMAPPED;
	if (index >= (uint32_t)length / 4 / (na + ns))
		return TREE_REG_END;
	out->base = number_at(reg, index * (na + ns), na);
	out->size = number_at(reg, index * (na + ns) + na, ns);
	if (out->size > UINT64_MAX - out->base)
		return TREE_REG_UNMAPPED;
	for (uint32_t bus = parent; t->nodes[bus].parent != TREE_NONE; bus = t->nodes[bus].parent)
		if (!translate_up(t, bus, out))
			return TREE_REG_UNMAPPED;
	return TREE_REG_FINE;
}

bool tree_next_reference(const struct tree *t, const fdt32_t *cells, uint32_t total, uint32_t *at,
			 const char *cells_name, uint32_t fixed, struct tree_reference *r)
{
	*r = (struct tree_reference){ .provider = TREE_NONE };
	if (*at >= total)
		return false;
	r->phandle = fdt32_ld(&cells[(*at)++]);
	r->cells = &cells[*at];
	if (!r->phandle)
		return true;
	r->provider = tree_find_phandle(t, r->phandle);
	r->count = fixed;
	if (r->provider == TREE_NONE)
		return false;
	if (cells_name)
		tree_u32(t, r->provider, cells_name, &r->count);
	if (r->count > total - *at)
		return false;
	*at += r->count;
	return true;
}
