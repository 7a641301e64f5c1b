// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the outside in: a part is looked at only once the one that says where it lies has passed. At last no byte may be
 * left that belongs to no part, so that there is none whose change goes unnoticed.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include <partita/info.h>
#include "blobs.h"
#include "crc.h"
#include "pack.h"
#include "packed.h"

#define ALIGN		16u
#define MAX_EXTENTS	(2 * PT_MAX_CELLS + PT_MAX_PIECES + 3)
#define BRANCH		0x14000000u	/* DDI0487, C6.2.26: B */
#define BRANCH_MASK	0xfc000000u

/* A part of the file. */
struct extent {
	uint64_t offset, size;
};

struct reading {
	struct packed *p;
	uint64_t size;
	char *problem;
	struct extent extents[MAX_EXTENTS];
	uint32_t extent_count;
};

__attribute__((format(printf, 2, 3)))
static bool refuse(struct reading *r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(r->problem, PACKED_PROBLEM_SIZE, format, arguments);
	va_end(arguments);
	return false;
}

static bool is_inside(uint64_t offset, uint64_t size, uint64_t from, uint64_t end)
{
	return offset >= from && offset <= end && size <= end - offset;
}

static void take(struct reading *r, uint64_t offset, uint64_t size)
{
	r->extents[r->extent_count++] = (struct extent){ offset, size };
}

bool packed_looks_so(const void *bytes, size_t size)
{
	uint64_t magic;

	if (size < PT_IMAGE_HEADER + sizeof(magic))
		return false;
	memcpy(&magic, (const uint8_t *)bytes + PT_IMAGE_HEADER, sizeof(magic));
	return magic == PT_IMAGE_MAGIC;
}

static bool check_header(struct reading *r)
{
	const struct pt_image_header *h = r->p->header;

	if (!packed_looks_so(r->p->bytes, r->size))
		return refuse(r, "is no packed image: it does not begin like one");
	if (r->size < PT_IMAGE_HEADER + sizeof(*h))
		return refuse(r, "is cut off in the head of the hypervisor");
	if (h->version != PT_ABI_VERSION)
		return refuse(r, "is of another version of Partita: it has interface version %u, this command %d",
			      h->version, PT_ABI_VERSION);
	if (r->size == h->file_size)
		return refuse(r, "is the hypervisor alone: nothing is packed into it");
	if (h->file_size < PT_IMAGE_HEADER + sizeof(*h) || h->core_size % PT_PAGE_SIZE ||
	    h->system_offset % PT_PAGE_SIZE || h->boot_offset % PT_PAGE_SIZE ||
	    !is_inside(h->system_offset, PT_BLOB_MAX, h->file_size, h->core_size) ||
	    !is_inside(h->boot_offset, PT_BLOB_MAX, h->file_size, h->core_size) ||
	    h->system_offset == h->boot_offset)
		return refuse(r, "is damaged in the head of the hypervisor: its sizes make no sense");
	if (h->core_size >= r->size)
		return refuse(r, "is cut off: it has %llu bytes, and the hypervisor alone fills %llu",
			      (unsigned long long)r->size, (unsigned long long)h->core_size);
	take(r, 0, h->file_size);
	return true;
}

/* The header of its blob, and that all of it is there. */
static bool check_blob(struct reading *r, const char *what, const struct pt_blob_header *h, uint32_t magic,
		       size_t fixed)
{
	if (h->magic != magic)
		return refuse(r, "is damaged: there is no %s where it should be", what);
	if (h->version != PT_ABI_VERSION)
		return refuse(r, "is damaged: its %s is of interface version %u", what, h->version);
	if (h->length < fixed || h->length > PT_BLOB_MAX || h->length % 8)
		return refuse(r, "is damaged: its %s has an impossible length", what);
	if (h->checksum != blob_checksum(h, h->length))
		return refuse(r, "is damaged: its %s fails its checksum", what);
	return true;
}

static bool check_table(struct reading *r, const char *name, struct pt_table t, size_t entry, uint32_t min,
			uint32_t max)
{
	const uint32_t length = r->p->boot->header.length;

	if (t.count < min || t.count > max)
		return refuse(r, "is wrong: '%s' of its boot table has %u entries", name, t.count);
	if (t.count ? t.offset % 8 || !is_inside(t.offset, t.count * entry, sizeof(struct pt_boot), length) : t.offset)
		return refuse(r, "is wrong: '%s' of its boot table lies outside of it", name);
	return true;
}

static bool check_tables(struct reading *r)
{
	const struct pt_boot *b = r->p->boot;

	if (!check_table(r, "cpus", b->cpus, sizeof(*r->p->cpus), 1, PT_MAX_CPUS) ||
	    !check_table(r, "ram", b->ram, sizeof(struct pt_range), 1, PT_BLOB_MAX) ||
	    !check_table(r, "cells", b->cells, sizeof(*r->p->boot_cells), 1, PT_MAX_CELLS - 1) ||
	    !check_table(r, "pieces", b->pieces, sizeof(*r->p->pieces), 0, PT_MAX_PIECES))
		return false;
	r->p->cpus = blob_entries(b, b->cpus);
	r->p->boot_cells = blob_entries(b, b->cells);
	r->p->pieces = blob_entries(b, b->pieces);
	return true;
}

static bool check_boot(struct reading *r)
{
	const struct pt_boot *b = (const void *)(r->p->bytes + r->p->header->boot_offset);

	r->p->boot = b;
	if (!check_blob(r, "boot table", &b->header, PT_BOOT_MAGIC, sizeof(*b)) || !check_tables(r))
		return false;
	take(r, r->p->header->boot_offset, b->header.length);
	if (r->size < b->size)
		return refuse(r, "is cut off: it has %llu of %llu bytes", (unsigned long long)r->size,
			      (unsigned long long)b->size);
	if (r->size > b->size)
		return refuse(r, "has grown: %llu bytes follow its end", (unsigned long long)(r->size - b->size));
	if (b->uart_kind >= PT_UART_KINDS || !b->uart_kind != !b->uart || b->conduit >= PT_CONDUITS ||
	    b->rescue >= PT_RESCUES || b->locked > 1 || b->reserved0 || b->base % PT_PAGE_SIZE || b->base >= PT_ADDRESS_LIMIT)
		return refuse(r, "is wrong: its boot table names a way to boot that there is not");
	return true;
}

/* The head that loaders read. Its first instructions are the hypervisor's: all that can be said of them is what they are. */
static bool check_loader_header(struct reading *r)
{
	const uint8_t *bytes = r->p->bytes;
	uint8_t expected[PT_IMAGE_HEADER] = { 0 };
	uint32_t branch;

	memcpy(expected, bytes, PACK_CODE_SIZE);
	pack_loader_header(expected, r->p->system, r->p->boot->base, r->p->header->memory_size);
	memcpy(&branch, bytes, sizeof(branch));
	if (memcmp(expected, bytes, sizeof(expected)) != 0)
		return refuse(r, "is damaged in its first 64 bytes, which loaders read");
	if (branch && (branch & BRANCH_MASK) != BRANCH)
		return refuse(r, "is damaged: it does not begin with a branch");
	return true;
}

static bool check_hypervisor(struct reading *r)
{
	const struct pt_image_header *h = r->p->header;
	const struct pt_boot *b = r->p->boot;
	const struct pt_range *ram = blob_entries(r->p->system, r->p->system->ram);
	const uint32_t count = r->p->system->ram.count;
	uint32_t i = 0;

	if (b->checksum != crc32_of(r->p->bytes + PT_IMAGE_HEADER, h->file_size - PT_IMAGE_HEADER))
		return refuse(r, "is damaged: the hypervisor in it fails its checksum");
	if (h->percpu_offset % PT_PAGE_SIZE || h->percpu_offset < r->size || h->percpu_size > PT_ADDRESS_LIMIT ||
	    h->memory_size % PT_PAGE_SIZE ||
	    !is_inside(h->percpu_offset, h->percpu_size * b->cpus.count, r->size, h->memory_size))
		return refuse(r, "is wrong: the memory of the hypervisor is less than it needs");
	while (i < count && !is_inside(b->base, h->memory_size, ram[i].base, ram[i].base + ram[i].size))
		i++;
	return i < count || refuse(r, "is wrong: the memory of the hypervisor is not memory of the board");
}

static bool refuse_blob(struct reading *r, const char *what, const char *name, const void *words, uint32_t size,
			uint32_t offset, enum pt_blob_reason reason)
{
	struct blob blob = { .size = size };
	char field[64];

	memcpy(blob.words, words, size);
	return refuse(r, "is wrong: %s%s%s%s: '%s' %s", what, name ? " '" : "", name ? name : "", name ? "'" : "",
		      blob_field_words(&blob, offset, field, sizeof(field)), blob_reason_words(reason));
}

static bool check_system(struct reading *r)
{
	const struct pt_system *s = (const void *)(r->p->bytes + r->p->header->system_offset);
	enum pt_blob_reason reason;
	uint32_t offset;

	r->p->system = s;
	if (!check_blob(r, "description of the board", &s->header, PT_SYSTEM_MAGIC, sizeof(*s)))
		return false;
	take(r, r->p->header->system_offset, s->header.length);
	reason = blob_check_system(s, s->header.length, &offset);
	if (reason != PT_BLOB_FINE)
		return refuse_blob(r, "the board", NULL, s, s->header.length, offset, reason);
	if (s->cpus.count != r->p->boot->cpus.count)
		return refuse(r, "is wrong: its boot table is for %u CPUs, and the board has %u", r->p->boot->cpus.count,
			      s->cpus.count);
	for (uint32_t i = 0; i < s->cpus.count; i++)
		if (r->p->cpus[i].release % 8 || r->p->cpus[i].release >= PT_ADDRESS_LIMIT || r->p->cpus[i].reserved0)
			return refuse(r, "is wrong: CPU %u waits where it cannot", i);
	return true;
}

/* Is it one that several cells may have? */
static bool is_shared(const struct pt_region *a, const struct pt_region *b)
{
	return (a->flags & b->flags & PT_REGION_SHARED) && a->pa == b->pa && a->size == b->size;
}

static bool cells_apart(struct reading *r, const struct pt_cell *a, const struct pt_cell *b)
{
	const uint64_t *cpus = blob_entries(a, a->cpus), *others = blob_entries(b, b->cpus);
	const struct pt_region *x = blob_entries(a, a->regions), *y = blob_entries(b, b->regions);
	const uint32_t *spis = blob_entries(a, a->spis), *lines = blob_entries(b, b->spis);

	if (!strcmp(a->name, b->name))
		return refuse(r, "is wrong: two cells are called '%s'", a->name);
	for (uint32_t i = 0; i < a->cpus.count; i++)
		for (uint32_t j = 0; j < b->cpus.count; j++)
			if (cpus[i] == others[j])
				return refuse(r, "is wrong: cells '%s' and '%s' have the same CPU", a->name, b->name);
	for (uint32_t i = 0; i < a->regions.count; i++)
		for (uint32_t j = 0; j < b->regions.count; j++)
			if (overlap(x[i].pa, x[i].size, y[j].pa, y[j].size) && !is_shared(&x[i], &y[j]))
				return refuse(r, "is wrong: cells '%s' and '%s' have the same memory or device", a->name,
					      b->name);
	for (uint32_t i = 0; i < a->spis.count; i++)
		for (uint32_t j = 0; j < b->spis.count; j++)
			if (spis[i] == lines[j])
				return refuse(r, "is wrong: cells '%s' and '%s' have the same interrupt", a->name, b->name);
	return true;
}

static bool beside_image(struct reading *r, const struct pt_cell *c)
{
	const struct pt_region *region = blob_entries(c, c->regions);

	for (uint32_t i = 0; i < c->regions.count; i++)
		if (overlap(region[i].pa, region[i].size, r->p->boot->base, r->p->header->memory_size))
			return refuse(r, "is wrong: cell '%s' has memory where the image itself lies", c->name);
	return true;
}

/* The boot table names its CPUs by their numbers, its blob by their MPIDRs. */
static bool check_cpus(struct reading *r, const struct pt_boot_cell *b, const struct pt_cell *c)
{
	const struct pt_system *s = r->p->system;
	const uint64_t *all = blob_entries(s, s->cpus), *own = blob_entries(c, c->cpus);
	uint64_t cpus = 0;

	for (uint32_t n = 0; n < s->cpus.count; n++)
		for (uint32_t i = 0; i < c->cpus.count; i++)
			cpus |= all[n] == own[i] ? 1ull << n : 0;
	return (cpus == b->cpus && b->first_cpu < s->cpus.count && all[b->first_cpu] == own[0]) ||
	       refuse(r, "is wrong: cell '%s' has other CPUs in the boot table than in its blob", c->name);
}

/* Not before its blob has been checked. */
static bool check_start(struct reading *r, const struct pt_boot_cell *b, const struct pt_cell *c)
{
	if (b->flags & ~(uint32_t)PT_BOOT_FLAGS)
		return refuse(r, "is wrong: cell '%s' has unknown flags in the boot table", c->name);
	if (!is_inside(b->first_piece, b->piece_count, 0, r->p->boot->pieces.count))
		return refuse(r, "is wrong: cell '%s' starts from pieces that there are not", c->name);
	return true;
}

static bool check_cell(struct reading *r, uint32_t i)
{
	const struct pt_boot_cell *b = &r->p->boot_cells[i];
	const struct pt_cell *c = (const void *)(r->p->bytes + b->offset);
	enum pt_blob_reason reason;
	uint32_t offset;
	char what[32];

	snprintf(what, sizeof(what), "blob of cell %u", i + 1);
	if (b->offset % ALIGN || b->size < sizeof(*c) || b->size > PT_BLOB_MAX ||
	    !is_inside(b->offset, b->size, r->p->header->core_size, r->size))
		return refuse(r, "is wrong: the %s lies outside of it", what);
	if (c->header.length != b->size)
		return refuse(r, "is wrong: the %s is of another size than its boot table says", what);
	if (!check_blob(r, what, &c->header, PT_CELL_MAGIC, sizeof(*c)))
		return false;
	r->p->cells[i] = c;
	take(r, b->offset, b->size);
	reason = blob_check_cell(c, b->size, r->p->system, &offset);
	if (reason != PT_BLOB_FINE)
		return refuse_blob(r, "the", what, c, b->size, offset, reason);
	for (uint32_t j = 0; j < i; j++)
		if (!cells_apart(r, r->p->cells[j], c))
			return false;
	return beside_image(r, c) && check_cpus(r, b, c) && check_start(r, b, c);
}

/* In memory of its own, so that no other cell could change it. */
static bool is_own_memory(const struct pt_cell *c, uint64_t pa, uint64_t size)
{
	const struct pt_region *region = blob_entries(c, c->regions);

	for (uint32_t i = 0; i < c->regions.count; i++)
		if (!(region[i].flags & (PT_REGION_DEVICE | PT_REGION_SHARED)) &&
		    is_inside(pa, size, region[i].pa, region[i].pa + region[i].size))
			return true;
	return false;
}

static bool check_piece(struct reading *r, uint32_t cell, uint32_t i)
{
	const struct pt_boot_cell *b = &r->p->boot_cells[cell];
	const struct pt_piece *piece = &r->p->pieces[i];
	const char *name = r->p->cells[cell]->name;
	const unsigned int number = i - b->first_piece + 1;

	if (!piece->size || (piece->offset | piece->size | piece->pa) % ALIGN || piece->reserved0 ||
	    !is_inside(piece->offset, piece->size, r->p->header->core_size, r->size))
		return refuse(r, "is wrong: piece %u of cell '%s' lies outside of it", number, name);
	if (!is_own_memory(r->p->cells[cell], piece->pa, piece->size))
		return refuse(r, "is wrong: piece %u of cell '%s' goes to memory that is not the cell's own", number, name);
	for (uint32_t j = b->first_piece; j < i; j++)
		if (overlap(piece->pa, piece->size, r->p->pieces[j].pa, r->p->pieces[j].size))
			return refuse(r, "is wrong: pieces of cell '%s' go to the same memory", name);
	if (piece->checksum != crc32_of(r->p->bytes + piece->offset, piece->size))
		return refuse(r, "is damaged: piece %u of cell '%s' fails its checksum", number, name);
	take(r, piece->offset, piece->size);
	return true;
}

static bool check_cells(struct reading *r)
{
	const uint32_t count = r->p->boot->cells.count;
	uint32_t pieces = 0, flags = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!check_cell(r, i))
			return false;
		flags |= r->p->boot_cells[i].flags;
	}
	if (!(flags & PT_BOOT_START))
		return refuse(r, "is wrong: no cell of it is started at boot");
	for (uint32_t i = 0; i < count; i++) {
		const struct pt_boot_cell *b = &r->p->boot_cells[i];

		if (b->first_piece != pieces)
			return refuse(r, "is wrong: cell '%s' does not start from its own pieces", r->p->cells[i]->name);
		for (; pieces < b->first_piece + b->piece_count; pieces++)
			if (!check_piece(r, i, pieces))
				return false;
	}
	return pieces == r->p->boot->pieces.count || refuse(r, "is wrong: it has pieces that are of no cell");
}

/* What is looked for before it is given away is what cells have, or a board without it would be taken for the right one. */
static bool check_ram(struct reading *r)
{
	const struct pt_range *ram = blob_entries(r->p->boot, r->p->boot->ram);
	const uint32_t count = r->p->boot->ram.count;

	for (uint32_t i = 0; i < r->p->boot->cells.count; i++) {
		const struct pt_cell *c = r->p->cells[i];
		const struct pt_region *region = blob_entries(c, c->regions);

		for (uint32_t j = 0; j < c->regions.count; j++) {
			uint32_t k = 0;

			while (k < count && !is_inside(region[j].pa, region[j].size, ram[k].base, ram[k].base + ram[k].size))
				k++;
			if (k == count && !(region[j].flags & PT_REGION_DEVICE))
				return refuse(r, "is wrong: memory of cell '%s' is not in its boot table", c->name);
		}
	}
	return true;
}

static int by_offset(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool check_rest(struct reading *r)
{
	uint64_t at = 0;

	qsort(r->extents, r->extent_count, sizeof(r->extents[0]), by_offset);
	take(r, r->size, 0);
	for (uint32_t i = 0; i < r->extent_count; at = r->extents[i].offset + r->extents[i].size, i++) {
		if (r->extents[i].offset < at)
			return refuse(r, "is wrong: two of its parts share byte 0x%llx",
				      (unsigned long long)r->extents[i].offset);
		for (; at < r->extents[i].offset; at++)
			if (r->p->bytes[at])
				return refuse(r, "is damaged: byte 0x%llx is of no part and not 0", (unsigned long long)at);
	}
	return true;
}

uint32_t packed_hypervisor(const struct packed *p)
{
	const uint64_t code = PT_IMAGE_HEADER + sizeof(*p->header);

	return crc32_of(p->bytes + code, p->header->file_size - code);
}

bool packed_open(struct packed *p, const void *bytes, size_t size, char problem[PACKED_PROBLEM_SIZE])
{
	struct reading r = { .p = p, .size = size, .problem = problem };

	*p = (struct packed){ .bytes = bytes };
	p->header = (const void *)(p->bytes + PT_IMAGE_HEADER);
	return check_header(&r) && check_boot(&r) && check_system(&r) && check_hypervisor(&r) &&
	       check_loader_header(&r) && check_cells(&r) && check_ram(&r) && check_rest(&r);
}
