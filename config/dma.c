// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who does DMA. Trees rarely say so outright: a device that is coherent or behind an IOMMU does,
 * and so do kinds of devices that are useless without. What only names a DMA controller has that
 * one copy for it; then the controller is what must not be given away lightly.
 */
#include <stdlib.h>
#include <string.h>
#include "devices.h"
#include "dma.h"
#include "pci.h"

#define PROPERTY "unconfined-dma"

/* Of the device itself; those of Ethernet controllers come last. */
static const char *const signs[] = {
	"iommus",	"dma-coherent", "dma-ranges",	       "#dma-cells",
	"#iommu-cells", "phy-mode",	"phy-connection-type",
};

/*
 * Generic names of the Devicetree Specification (2.2.2), and what boards call the same, or nothing
 * else: job rings, 2D engines, trace routers, coprocessors.
 */
static const char *const kinds[] = {
	"camera",
	"crypto",
	"display-controller",
	"dma-controller",
	"dsi",
	"dsp",
	"dss",
	"dwe",
	"ethernet",
	"etr",
	"gpu",
	"isi",
	"isp",
	"jpegdec",
	"jpegenc",
	"jr",
	"mmc",
	"npu",
	"pru",
	"r5f",
	"rga",
	"ringacc",
	"sata",
	"sdhci",
	"ticsi2rx",
	"ufs",
	"ufshc",
	"usb",
	"video-codec",
	"virtio",
	"virtio_mmio",
	"vpu",
	"vpu-core",
};

const char *dma_sign(const struct tree *t, uint32_t node)
{
	const char *name = tree_name(t, node);
	const size_t length = strcspn(name, "@");
	int size;

	if (pci_is_function(t, node))
		return "PCI";
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (tree_property(t, node, signs[i], &size))
			return signs[i];
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i]) == length && !strncmp(name, kinds[i], length))
			return kinds[i];
	return NULL;
}

bool dma_is_accepted(const struct cell *cell, uint32_t node)
{
	for (uint32_t i = 0; i < cell->unconfined_count; i++)
		if (cell->unconfined[i] == node)
			return true;
	return false;
}

static bool append(struct cell *cell, uint32_t node)
{
	uint32_t *list = realloc(cell->unconfined, (cell->unconfined_count + 1) * sizeof(*list));

	if (!list)
		return false;
	cell->unconfined = list;
	list[cell->unconfined_count++] = node;
	return true;
}

/* Of those that the pattern names, the ones that do DMA. */
static void accept_matches(struct cell *cell, const struct board *b, const char *pattern,
			   struct messages *m)
{
	bool found = false;

	for (uint32_t node = 1; node < b->tree.count; node++) {
		if (!dma_sign(&b->tree, node) || !device_matches(&b->tree, node, pattern))
			continue;
		found = true;
		if (!dma_is_accepted(cell, node) && !append(cell, node))
			messages_error(m, "out of memory");
	}
	if (!found)
		messages_error_at(
			m, messages_place(m, cell->name, PROPERTY),
			"cell '%s': no device of the board that does DMA matches '%s' in '" PROPERTY
			"'",
			cell->name, pattern);
}

void dma_accept(struct cell *cell, const struct board *b, const char *name, struct messages *m)
{
	const uint32_t node = tree_find(&b->tree, name);

	if (strchr(name, '*'))
		accept_matches(cell, b, name, m);
	else if (node == TREE_NONE)
		device_unknown(cell, b, PROPERTY, name, m);
	else if (dma_is_accepted(cell, node))
		messages_error_at(m, messages_place(m, cell->name, PROPERTY),
				  "cell '%s': '" PROPERTY "' names '%s' twice", cell->name, name);
	else if (!append(cell, node))
		messages_error(m, "out of memory");
}

/*
 * Nothing translates for a device either: what a driver takes for its cell's memory would be that
 * of whoever has it.
 */
static void check_addresses(const struct cell *cell, const struct board *b, struct messages *m)
{
	char path[TREE_PATH_MAX];

	if (!cell->unconfined_count)
		return;
	for (uint32_t i = 0; i < cell->shared_count; i++) {
		const struct shared_memory *s = cell->shared[i];

		if (s->has_guest_address && s->guest_address != s->address)
			messages_error_at(m, messages_place(m, s->name, "guest-address"),
					  "cell '%s': device '%s' does DMA to physical addresses, and "
					  "shared memory '%s' would be seen at others; leave "
					  "guest-address out, or name the same one behind its 'size'",
					  cell->name, tree_path(&b->tree, cell->unconfined[0], path),
					  s->name);
	}
	if (cell->has_guest_address && cell->guest_address != cell->memory_address)
		messages_error_at(m, messages_place(m, cell->name, "guest-address"),
				  "cell '%s': device '%s' does DMA to physical addresses, and the "
				  "cell would see its memory at others; leave guest-address out, "
				  "or name the same one behind 'memory', like \"16M@0x%llx\"",
				  cell->name, tree_path(&b->tree, cell->unconfined[0], path),
				  (unsigned long long)cell->guest_address);
}

void dma_check_accepted(const struct cell *cell, const struct board *b, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, PROPERTY);
	char path[TREE_PATH_MAX];

	for (uint32_t i = 0; i < cell->unconfined_count; i++) {
		const uint32_t node = cell->unconfined[i];

		tree_path(&b->tree, node, path);
		if (!cell_has_node(cell, node))
			messages_error_at(m, at,
					  "cell '%s': '" PROPERTY
					  "' names '%s', which is none of its "
					  "devices; name it in 'devices' too, or remove it here",
					  cell->name, path);
		else if (!dma_sign(&b->tree, node))
			messages_error_at(m, at,
					  "cell '%s': '" PROPERTY
					  "' names '%s', which does no DMA; "
					  "remove it here",
					  cell->name, path);
	}
	check_addresses(cell, b, m);
}

/* " through '/smmu@9050000', which ..."; nothing where there is no IOMMU. */
static const char *iommu_words(const struct board *b, uint32_t node, char *words, size_t size)
{
	uint32_t phandle, iommu = TREE_NONE;
	char path[TREE_PATH_MAX];

	words[0] = '\0';
	if (tree_u32(&b->tree, node, "iommus", &phandle))
		iommu = tree_find_phandle(&b->tree, phandle);
	if (iommu != TREE_NONE)
		snprintf(words, size,
			 " through '%s', an IOMMU that this version of Partita does not "
			 "manage yet",
			 tree_path(&b->tree, iommu, path));
	return words;
}

void dma_refuse(const struct cell *cell, const struct cell_device *d, const struct board *b,
		struct messages *m)
{
	const char *sign = dma_sign(&b->tree, d->node);
	char words[TREE_PATH_MAX + 80];

	if (!sign || dma_is_accepted(cell, d->node))
		return;
	messages_error_at(
		m, messages_place(m, cell->name, "devices"),
		"cell '%s': device '%s': can do DMA ('%s')%s, and nothing confines it: whoever "
		"controls it can reach all memory; name it in '" PROPERTY "' to accept that, "
		"or leave it to Linux",
		cell->name, d->path, sign, iommu_words(b, d->node, words, sizeof(words)));
}
