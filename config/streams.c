// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading stream IDs. How many cells follow an IOMMU's phandle, and what they mean, is the IOMMU's: the first
 * is the ID for all, the second of two is a mask for Arm's SMMUs up to version 2. One without cells
 * has one stream.
 */
#include <libfdt.h>
#include "streams.h"

#define MAP_CELLS	4	/* of an entry: requester ID, phandle, first stream ID, how many */
#define STREAMS_MAX	65536	/* that one entry of a map is looked through for */

static bool has_mask(const struct tree *t, const struct tree_reference *r)
{
	return r->count == 2 && (tree_compatible(t, r->provider, "arm,smmu-v2") ||
				 tree_compatible(t, r->provider, "arm,smmu-v1") ||
				 tree_compatible(t, r->provider, "arm,mmu-500") ||
				 tree_compatible(t, r->provider, "arm,mmu-401") ||
				 tree_compatible(t, r->provider, "arm,mmu-400"));
}

static bool mapped_stream(const struct tree *t, uint32_t node, uint32_t index, struct stream *out)
{
	int length;
	const fdt32_t *map = tree_property(t, node, "iommu-map", &length);

	if (!map || (uint32_t)length / 4 < MAP_CELLS || index > (uint32_t)length / 4 / MAP_CELLS - 1)
		return false;
	out->iommu = tree_find_phandle(t, tree_cell(map, index * MAP_CELLS + 1));
	out->first = tree_cell(map, index * MAP_CELLS + 2);
	out->count = tree_cell(map, index * MAP_CELLS + 3);
	out->mask = 0;
	if (out->count > UINT32_MAX - out->first)
		out->count = UINT32_MAX - out->first;
	return true;
}

bool stream_of(const struct tree *t, uint32_t node, uint32_t index, struct stream *out)
{
	struct tree_reference r;
	uint32_t at = 0, seen = 0;
	int length;
	const fdt32_t *cells = tree_property(t, node, "iommus", &length);
	const uint32_t total = cells ? (uint32_t)length / 4 : 0;

	while (tree_next_reference(t, cells, total, &at, "#iommu-cells", 0, &r)) {
		if (seen++ != index)
			continue;
		*out = (struct stream){ r.provider, r.count ? tree_cell(r.cells, 0) : 0, 1,
					has_mask(t, &r) ? tree_cell(r.cells, 1) : 0 };
		return true;
	}
	return mapped_stream(t, node, index - seen, out);
}

static bool has_id(const struct stream *s, uint32_t id, uint32_t mask)
{
	if (s->count == 1)
		return !((id ^ s->first) & ~(s->mask | mask));
	return id - s->first < s->count;
}

bool streams_meet(const struct stream *a, const struct stream *b, uint32_t *id)
{
	const struct stream *small = a->count <= b->count ? a : b;
	const struct stream *large = small == a ? b : a;

	if (a->iommu == TREE_NONE || a->iommu != b->iommu)
		return false;
	for (uint32_t i = 0; i < small->count && i < STREAMS_MAX; i++) {
		*id = small->first + i;
		if (has_id(large, *id, small->mask))
			return true;
	}
	return false;
}
