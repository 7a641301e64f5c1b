// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blob checker on any bytes, or on a good blob with changes, so that its depths are reached whatever abi/ looks like. The
 * first byte says which, whether it is a system, a cell or the table of a packed image, and whether somebody has computed the checksum (and the header)
 * right. What is accepted is looked at again, by other means.
 */
#include <stdlib.h>
#include <core/blob.h>
#include "fuzz.h"

enum { SYSTEM = 1, SIGNED = 2, CHANGED = 4, WHICH_CELL = 3, WITH_UART = 0x20, WITH_PCI = 0x40 };

bool fuzz_accepted;

static bool inside(const void *blob, struct pt_table t, size_t entry)
{
	return t.count ? (t.offset % 8 == 0 && (uint64_t)t.offset + t.count * entry <= ((const struct pt_blob_header *)blob)->length) : !t.offset;
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
	bool entry = false, own = !c->uart && !c->uart_spi;

	expect(inside(c, c->cpus, 8) && inside(c, c->regions, sizeof(*r)) && inside(c, c->spis, 4), "tables inside");
	expect(c->cpus.count && c->cpus.count <= CPUS && c->regions.count && c->regions.count <= PT_MAX_REGIONS, "counts");
	expect(memchr(c->name, 0, PT_NAME_SIZE) > (void *)c->name, "a name");
	for (uint32_t i = 0; i < c->regions.count; i++) {
		const uint32_t apart_flags = r[i].flags & (PT_REGION_EXEC | PT_REGION_DEVICE | PT_REGION_SHARED);
		const bool ram = r[i].pa >= ARENA_BASE && r[i].pa + r[i].size <= ARENA_BASE + RAM_SIZE;

		expect(r[i].size && !((r[i].pa | r[i].ipa | r[i].size) & 4095), "pages");
		expect(r[i].pa < 1ULL << 40 && r[i].size <= (1ULL << 40) - r[i].pa && r[i].ipa < 1ULL << 40 &&
		       r[i].size <= (1ULL << 40) - r[i].ipa, "40 bits");
		expect(ram == !(r[i].flags & PT_REGION_DEVICE), "RAM or device");
		expect(!(r[i].flags & PT_REGION_PCI) == apart(r[i].pa, r[i].size, ECAM_PA, ECAM_SIZE) &&
		       (!(r[i].flags & PT_REGION_PCI) || (r[i].size == 4096 && r[i].flags & PT_REGION_DEVICE)),
		       "configuration space by functions");
		expect(r[i].flags & PT_REGION_READ && !(apart_flags & (apart_flags - 1)), "flags that go together");
		entry |= r[i].flags & PT_REGION_EXEC && c->entry >= r[i].ipa && c->entry - r[i].ipa < r[i].size;
		expect(apart(r[i].pa, r[i].size, GICD_PA, 0x10000) && apart(r[i].ipa, r[i].size, GICD_PA, 0x10000) &&
		       apart(r[i].pa, r[i].size, GICR_PA, CPUS * GICR_SIZE) && apart(r[i].pa, r[i].size, ITS_PA, 0x20000) &&
		       apart(r[i].ipa, r[i].size, GICR_PA, CPUS * GICR_SIZE), "apart from the board's own");
		expect(apart(r[i].ipa, r[i].size, c->comm, PT_COMM_SIZE), "apart from the communication area");
		expect(!c->uart || apart(r[i].ipa, r[i].size, c->uart, 4096), "apart from the UART");
		expect(!c->manage || apart(r[i].ipa, r[i].size, c->manage, PT_MANAGE_SIZE), "apart from the window");
		for (uint32_t j = 0; j < i; j++)
			expect(apart(r[i].pa, r[i].size, r[j].pa, r[j].size) && apart(r[i].ipa, r[i].size, r[j].ipa, r[j].size),
			       "regions apart");
	}
	expect(entry && c->entry % 4 == 0, "an entry in executable memory");
	expect(c->comm < 1ULL << 40 && c->comm <= (1ULL << 40) - PT_COMM_SIZE && !(c->comm & 4095) &&
	       apart(c->comm, PT_COMM_SIZE, GICD_PA, 0x10000) && apart(c->comm, PT_COMM_SIZE, GICR_PA, CPUS * GICR_SIZE),
	       "a communication area of its own");
	expect(!c->uart || (c->uart < 1ULL << 40 && !(c->uart & 4095) && apart(c->uart, 4096, c->comm, PT_COMM_SIZE) &&
			    apart(c->uart, 4096, GICD_PA, 0x10000) && apart(c->uart, 4096, GICR_PA, CPUS * GICR_SIZE)),
	       "a UART of its own");
	for (uint32_t i = 0; i < c->spis.count; i++) {
		expect(spis[i] >= 32 && spis[i] < 1020 && spis[i] != EVENT_SPI, "interrupts");
		own |= c->uart && spis[i] == c->uart_spi;
	}
	expect(own, "the UART's interrupt");
	expect(inside(c, c->rights, sizeof(struct pt_right)) && !c->rights.count == !c->manage && c->rights.count <= PT_MAX_CELLS, "rights");
	expect(!c->manage || (c->manage <= (1ULL << 40) - PT_MANAGE_SIZE && !(c->manage & 4095) &&
			      apart(c->manage, PT_MANAGE_SIZE, c->comm, PT_COMM_SIZE) && apart(c->manage, PT_MANAGE_SIZE, GICD_PA, 0x10000) &&
			      apart(c->manage, PT_MANAGE_SIZE, GICR_PA, CPUS * GICR_SIZE)), "a window of its own");
}

static void look_at_system(const struct pt_system *s)
{
	expect(inside(s, s->gicr, 16) && inside(s, s->cpus, 8) && inside(s, s->ram, 16) && inside(s, s->reserved, 16) &&
	       inside(s, s->ecam, 16),
	       "tables inside");
	expect(s->cpus.count && s->cpus.count <= (s->gic_version == 2 ? PT_GICV2_MAX_CPUS : PT_MAX_CPUS), "CPUs");
	expect(s->gicr.count <= PT_MAX_RANGES && (s->gic_version == 2 ? s->gicc.size && !s->gicr.count :
						  s->gic_version == 3 && !s->gicc.size && s->gicr.count), "the GIC");
	expect(!s->event_spi || (s->event_spi >= 32 && s->event_spi < 1020), "the event");
}

/* Three bytes a change: where, and what is added there. */
static size_t change(struct input *in, uint8_t kind, void *blob)
{
	static const struct cell_spec *const cells_known[] = { &small_cell, &other_cell, &manager_cell, &writer_cell };
	const uint32_t length = (kind & SYSTEM) ? board_system_blob(blob) : board_cell_blob(blob, (kind & WITH_PCI) ? &pci_cell : (kind & WITH_UART) ? &uart_cell :
					  cells_known[kind >> WHICH_CELL & 3]);

	while (in->size) {
		const uint64_t at = take(in, 2);

		((uint8_t *)blob)[at % length] += (uint8_t)take(in, 1);
	}
	return length;
}

/* A copy of what is checked, in an allocation of its size, so that the sanitizer sees a byte too many. */
static void *candidate(struct input *in, uint8_t kind, size_t *size)
{
	static _Alignas(8) unsigned char whole[PT_BLOB_MAX];
	const void *from = in->data;
	void *blob;

	*size = in->size;
	if (kind & CHANGED) {
		*size = change(in, kind, whole);
		from = whole;
	}
	blob = malloc(*size ? *size : 1);
	memcpy(blob, from, *size);
	return blob;
}

static void sign(struct pt_blob_header *blob, uint8_t kind, size_t size)
{
	blob->magic = (kind & SYSTEM) ? PT_SYSTEM_MAGIC : PT_CELL_MAGIC;
	blob->version = PT_ABI_VERSION;
	blob->length = (uint32_t)size & ~7u;
	board_sign(blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const uint8_t kind = (uint8_t)take(&in, 1);
	uint32_t offset = ~0u;
	void *blob;

	if (!size)
		return 0;
	if (!((struct pt_system *)board_system)->header.length)
		board_system_blob(board_system);
	blob = candidate(&in, kind, &size);
	if ((kind & SIGNED) && size >= sizeof(struct pt_system))
		sign(blob, kind, size);
	if (kind & SYSTEM)
		fuzz_accepted = blob_check_system(blob, size, &offset) == PT_BLOB_FINE;
	else
		fuzz_accepted = blob_check_cell(blob, size, (void *)board_system, &offset) == PT_BLOB_FINE;
	if (fuzz_accepted && (kind & SYSTEM))
		look_at_system(blob);
	else if (fuzz_accepted)
		look_at_cell(blob);
	if (offset >= size && offset >= sizeof(struct pt_system))
		fake_bug("offset %u", offset);
	free(blob);
	return 0;
}
