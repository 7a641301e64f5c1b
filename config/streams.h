/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stream IDs: by which of an IOMMU's streams a device reads and writes memory ("iommus", and "iommu-map" of
 * a bus). Two devices of one stream are one to the IOMMU, so that they cannot be two owners'.
 */
#ifndef CONFIG_STREAMS_H
#define CONFIG_STREAMS_H

#include "tree.h"

struct stream {
	uint32_t iommu;		/* node */
	uint32_t first, count;	/* IDs, all below 2^32 */
	uint32_t mask;		/* bits of the ID that the IOMMU does not look at (Arm's SMMUv2) */
};

/* Stream number @index of @node. False behind the last one, and where the property is broken. */
bool stream_of(const struct tree *t, uint32_t node, uint32_t index, struct stream *out);
/* The first ID of @a that is one of @b's. False: there is none. */
bool streams_meet(const struct stream *a, const struct stream *b, uint32_t *id);

#endif
