// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blob checker on any bytes. The first byte says whether they are a system or a cell, and whether somebody has computed
 * the checksum (and the header) right. What is accepted is looked at again, by other means.
 */
#include <stdlib.h>
#include <core/blob.h>
#include "fuzz.h"

static bool inside(const void *blob, struct pt_table t, size_t entry)
{
	return !t.count || (t.offset % 8 == 0 && (uint64_t)t.offset + t.count * entry <= ((const struct pt_blob_header *)blob)->length);
}

static bool apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a + a_size <= b || b + b_size <= a;
}

static void expect(bool fact, const char *what)
{
	if (!fact)
		fake_bug("accepted, although not: %s", what);
}

static void look_at_cell(const struct pt_cell *c)
{
	const struct pt_region *r = blob_entries(c, c->regions);
	const uint32_t *spis = blob_entries(c, c->spis);

	expect(inside(c, c->cpus, 8) && inside(c, c->regions, sizeof(*r)) && inside(c, c->spis, 4), "tables inside");
	expect(c->cpus.count && c->cpus.count <= CPUS && c->regions.count && c->regions.count <= PT_MAX_REGIONS, "counts");
	expect(memchr(c->name, 0, PT_NAME_SIZE) > (void *)c->name, "a name");
	for (uint32_t i = 0; i < c->regions.count; i++) {
		const bool ram = r[i].pa >= ARENA_BASE && r[i].pa + r[i].size <= ARENA_BASE + RAM_SIZE;

		expect(r[i].size && !((r[i].pa | r[i].ipa | r[i].size) & 4095), "pages");
		expect(r[i].pa < 1ULL << 40 && r[i].size <= (1ULL << 40) - r[i].pa && r[i].ipa < 1ULL << 40 &&
		       r[i].size <= (1ULL << 40) - r[i].ipa, "40 bits");
		expect(ram == !(r[i].flags & PT_REGION_DEVICE), "RAM or device");
		expect(apart(r[i].pa, r[i].size, GICD_PA, 0x10000) && apart(r[i].ipa, r[i].size, GICD_PA, 0x10000) &&
		       apart(r[i].pa, r[i].size, GICR_PA, CPUS * GICR_SIZE) && apart(r[i].pa, r[i].size, ITS_PA, 0x20000) &&
		       apart(r[i].ipa, r[i].size, GICR_PA, CPUS * GICR_SIZE), "apart from the board's own");
		expect(apart(r[i].ipa, r[i].size, c->comm, PT_COMM_SIZE), "apart from the communication area");
		for (uint32_t j = 0; j < i; j++)
			expect(apart(r[i].pa, r[i].size, r[j].pa, r[j].size) && apart(r[i].ipa, r[i].size, r[j].ipa, r[j].size),
			       "regions apart");
	}
	for (uint32_t i = 0; i < c->spis.count; i++)
		expect(spis[i] >= 32 && spis[i] < 1020 && spis[i] != EVENT_SPI, "interrupts");
}

static void look_at_system(const struct pt_system *s)
{
	expect(inside(s, s->gicr, 16) && inside(s, s->cpus, 8) && inside(s, s->ram, 16) && inside(s, s->reserved, 16),
	       "tables inside");
	expect(s->cpus.count && s->cpus.count <= PT_MAX_CPUS && s->gicr.count && s->gicr.count <= PT_MAX_RANGES, "counts");
	expect(!s->event_spi || (s->event_spi >= 32 && s->event_spi < 1020), "the event");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pt_blob_header *blob;
	uint32_t offset = ~0u;
	bool is_system;

	if (!size)
		return 0;
	if (!((struct pt_system *)board_system)->header.length)
		board_system_blob(board_system);
	is_system = data[0] & 1;
	blob = malloc(size);
	memcpy(blob, data + 1, size - 1);
	if ((data[0] & 2) && size - 1 >= sizeof(struct pt_system)) {
		blob->magic = is_system ? PT_SYSTEM_MAGIC : PT_CELL_MAGIC;
		blob->version = PT_ABI_VERSION;
		blob->length = (uint32_t)(size - 1) & ~7u;
		board_sign(blob);
	}
	if (is_system) {
		if (blob_check_system(blob, size - 1, &offset) == PT_BLOB_FINE)
			look_at_system((void *)blob);
	} else if (blob_check_cell(blob, size - 1, (void *)board_system, &offset) == PT_BLOB_FINE) {
		look_at_cell((void *)blob);
	}
	if (offset >= size && offset >= sizeof(struct pt_system))
		fake_bug("offset %u", offset);
	free(blob);
	return 0;
}
