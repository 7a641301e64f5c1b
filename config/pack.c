// SPDX-License-Identifier: GPL-2.0-only
/*
 * First a plan of what lies where, in the file and in memory; then the file is written in one go, and its checksums
 * last. Nothing of the machine that packs gets into it: no time, no path, no order of a directory.
 */
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include <partita/image.h>
#include <partita/info.h>
#include "blobs.h"
#include "crc.h"
#include "pack.h"

#define ALIGN		16u
#define LARGE_PAGE	(2ull << 20)
#define GIB		(1ull << 30)
#define CORE_MAX	(16ull << 20)	/* more than the hypervisor will ever be */

/* Of the arm64 boot protocol (Linux, Documentation/arch/arm64/booting.rst). */
#define TEXT_OFFSET	8
#define IMAGE_SIZE	16
#define FLAGS		24
#define MAGIC		56
static const char loader_magic[4] = { 'A', 'R', 'M', 0x64 };
#define FLAGS_4K	2u	/* little-endian, 4 KiB pages, as near to the start of RAM as text_offset says */

/* What the hypervisor takes for a cell besides its tables: blob, communication area (to its alignment), root of stage 2. */
#define CELL_PAGES	(1 + 8 + 2)
#define OWN_PAGES	16	/* for its own map */

struct plan {
	const struct pack *pack;
	struct messages *m;
	struct pt_image_header header;
	struct pt_boot_cell cells[PT_MAX_CELLS];
	struct pt_piece pieces[PT_MAX_PIECES];
	struct source_bytes {
		const void *bytes;
		size_t size;
		uint32_t lead;	/* zeros before them */
	} sources[PT_MAX_PIECES];
	uint32_t piece_count;
	struct pt_range ram[PT_MAX_CELLS * CELL_PIECES_MAX];
	uint32_t ram_count;
	uint64_t size;		/* of the file, so far */
	uint64_t base;
};

static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

static const struct pt_cell *cell_blob(const struct pack *p, uint32_t i)
{
	return (const struct pt_cell *)p->cells[i].blob->words;
}

/* The cell's own memory at @ipa, or NULL. */
static const struct pt_region *memory_at(const struct pt_cell *c, uint64_t ipa)
{
	const struct pt_region *r = blob_entries(c, c->regions);

	for (uint32_t i = 0; i < c->regions.count; i++)
		if (!(r[i].flags & (PT_REGION_DEVICE | PT_REGION_SHARED)) && ipa >= r[i].ipa &&
		    ipa - r[i].ipa < r[i].size)
			return &r[i];
	return NULL;
}

/* EL2 copies 16 bytes at a time: what lies around them in these is zero, as it is in memory that nobody has used. */
static bool add_piece(struct plan *p, uint64_t pa, const void *bytes, uint64_t size)
{
	const uint32_t lead = pa % ALIGN;
	struct pt_piece *piece = &p->pieces[p->piece_count];

	if (p->piece_count == PT_MAX_PIECES)
		return false;
	*piece = (struct pt_piece){ .offset = p->size, .size = round_up(lead + size, ALIGN), .pa = pa - lead };
	p->sources[p->piece_count++] = (struct source_bytes){ bytes, size, lead };
	p->size += piece->size;
	return true;
}

/* What the cell sees in one piece may physically be in several. */
static bool plan_part(struct plan *p, const struct pt_cell *c, const struct pack_part *part)
{
	uint64_t done = 0;

	while (done < part->size) {
		const struct pt_region *r = memory_at(c, part->ipa + done);
		const uint64_t in = r ? part->ipa + done - r->ipa : 0;
		const uint64_t left = part->size - done;
		const uint64_t size = r && r->size - in < left ? r->size - in : left;

		if (!r) {
			messages_error(p->m, "cell '%s': what it starts from reaches out of its memory at 0x%llx", c->name,
				       (unsigned long long)part->ipa + done);
			return false;
		}
		if (!add_piece(p, r->pa + in, (const uint8_t *)part->bytes + done, size)) {
			messages_error(p->m, "cell '%s': what all cells start from is in more than %d pieces", c->name,
				       PT_MAX_PIECES);
			return false;
		}
		done += size;
	}
	return true;
}

static bool pieces_apart(struct plan *p, uint32_t first, const char *name)
{
	for (uint32_t i = first; i < p->piece_count; i++)
		for (uint32_t j = first; j < i; j++) {
			const struct pt_piece *a = &p->pieces[i], *b = &p->pieces[j];

			if (a->pa < b->pa + b->size && b->pa < a->pa + a->size) {
				messages_error(p->m, "cell '%s': its image and its device tree share 16 bytes at 0x%llx; "
					       "choose another address for one of them", name,
					       (unsigned long long)(a->pa > b->pa ? a->pa : b->pa));
				return false;
			}
		}
	return true;
}

static void plan_ram(struct plan *p, const struct pt_cell *c)
{
	const struct pt_region *r = blob_entries(c, c->regions);

	for (uint32_t i = 0; i < c->regions.count; i++) {
		bool known = false;

		for (uint32_t j = 0; j < p->ram_count; j++)
			known = known || p->ram[j].base == r[i].pa;
		if (!known && !(r[i].flags & PT_REGION_DEVICE) && p->ram_count < sizeof(p->ram) / sizeof(p->ram[0]))
			p->ram[p->ram_count++] = (struct pt_range){ r[i].pa, r[i].size };
	}
}

static uint64_t cpus_of(const struct cell *cell)
{
	uint64_t cpus = 0;

	for (uint32_t i = 0; i < cell->cpu_count; i++)
		cpus |= 1ull << cell->cpus[i];
	return cpus;
}

static bool plan_cell(struct plan *p, uint32_t i)
{
	const struct pt_cell *c = cell_blob(p->pack, i);
	const uint32_t first = p->piece_count;

	p->cells[i] = (struct pt_boot_cell){
		.offset = p->size,
		.size = p->pack->cells[i].blob->size,
		.cpus = cpus_of(&p->pack->s->cells[i]),
		.first_cpu = p->pack->s->cells[i].cpus[0],
		.flags = p->pack->s->cells[i].boot,
		.first_piece = first,
	};
	p->size = round_up(p->size + p->cells[i].size, ALIGN);
	for (uint32_t part = 0; part < PACK_PARTS_MAX; part++)
		if (!plan_part(p, c, &p->pack->cells[i].parts[part]))
			return false;
	p->cells[i].piece_count = p->piece_count - first;
	plan_ram(p, c);
	return pieces_apart(p, first, c->name);
}

/* At most: a table for each GiB that it touches, and one for each 2 MiB that it does not map as a whole. */
static uint64_t tables_for(uint64_t pa, uint64_t ipa, uint64_t size)
{
	const uint64_t blocks = (ipa % LARGE_PAGE + size + LARGE_PAGE - 1) / LARGE_PAGE;
	const uint64_t gibs = (ipa % GIB + size + GIB - 1) / GIB;

	return gibs + ((pa ^ ipa) % LARGE_PAGE || blocks < 2 ? blocks : 2);
}

static uint64_t cell_pages(const struct pt_cell *c, const struct pt_system *s)
{
	const struct pt_region *r = blob_entries(c, c->regions);
	const struct pt_range *gicr = blob_entries(s, s->gicr);
	uint64_t pages = CELL_PAGES;

	for (uint32_t i = 0; i < c->regions.count; i++)
		pages += tables_for(r[i].pa, r[i].ipa, r[i].size);
	for (uint32_t i = 0; i < s->gicr.count; i++)
		pages += tables_for(0, gicr[i].base + 1, gicr[i].size);
	pages += tables_for(0, s->gicd.base + 1, s->gicd.size) + tables_for(0, s->gicc.base + 1, s->gicc.size);
	return pages + tables_for(0, c->comm + 1, PT_COMM_SIZE) + tables_for(0, c->manage + 1, PT_MANAGE_SIZE);
}

/* No page is ever taken from elsewhere, so that all of it must be there. */
static uint64_t pool_size(const struct plan *p)
{
	const struct pt_system *s = board_system(p->pack->b);
	uint64_t pages = OWN_PAGES;

	for (uint32_t i = 0; i < p->pack->s->count; i++)
		pages += cell_pages(cell_blob(p->pack, i), s);
	return pages * PT_PAGE_SIZE > p->header.pool_size ? pages * PT_PAGE_SIZE : p->header.pool_size;
}

static bool header_sane(const struct pt_image_header *h)
{
	const uint64_t last = h->core_size < CORE_MAX ? h->core_size - PT_BLOB_MAX : 0;

	return h->core_size >= PT_BLOB_MAX && h->file_size <= h->system_offset && h->file_size <= h->boot_offset &&
	       h->system_offset <= last && h->boot_offset <= last && h->percpu_size < CORE_MAX && h->pool_size < CORE_MAX;
}

static bool plan_all(struct plan *p)
{
	const struct pack *pack = p->pack;
	const uint32_t cpus = board_system(pack->b)->cpus.count;
	uint32_t flags = 0;

	memcpy(&p->header, (const uint8_t *)pack->hypervisor + PT_IMAGE_HEADER, sizeof(p->header));
	if (!header_sane(&p->header)) {
		messages_error(p->m, "the hypervisor's image is damaged: the sizes in its head make no sense");
		return false;
	}
	p->size = p->header.core_size;
	for (uint32_t i = 0; i < pack->s->count; i++) {
		if (!plan_cell(p, i))
			return false;
		flags |= p->cells[i].flags;
	}
	if (!(flags & PT_BOOT_START)) {
		messages_error(p->m, "no cell is started at boot: all have start = \"no\"; take that from one of them");
		return false;
	}
	p->header.percpu_offset = round_up(p->size, PT_PAGE_SIZE);
	p->header.memory_size = p->header.percpu_offset + cpus * p->header.percpu_size + pool_size(p);
	return memory_place_image(pack->memory, pack->s, pack->b, p->header.memory_size, &p->base, p->m);
}

static void put(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

void pack_loader_header(uint8_t *header, const struct pt_system *s, uint64_t base, uint64_t memory_size)
{
	const struct pt_range *ram = blob_entries(s, s->ram);

	put(header + TEXT_OFFSET, base - round_up(ram->base, LARGE_PAGE));
	put(header + IMAGE_SIZE, memory_size);
	put(header + FLAGS, FLAGS_4K);
	memcpy(header + MAGIC, loader_magic, sizeof(loader_magic));
}

static void write_header(const struct plan *p, uint8_t *image)
{
	pack_loader_header(image, board_system(p->pack->b), p->base, p->header.memory_size);
	memcpy(image + PT_IMAGE_HEADER, &p->header, sizeof(p->header));
}

static void write_pieces(struct plan *p, uint8_t *image)
{
	for (uint32_t i = 0; i < p->piece_count; i++) {
		struct pt_piece *piece = &p->pieces[i];

		memcpy(image + piece->offset + p->sources[i].lead, p->sources[i].bytes, p->sources[i].size);
		piece->checksum = crc32_of(image + piece->offset, piece->size);
	}
}

static bool fill_boot(const struct plan *p, const uint8_t *image, struct blob *blob)
{
	const struct firmware *f = p->pack->firmware;
	const uint32_t cpus = board_system(p->pack->b)->cpus.count;
	struct pt_boot *boot = (struct pt_boot *)blob->words;

	blob_begin(blob, sizeof(*boot));
	boot->base = p->base;
	boot->size = p->size;
	boot->checksum = crc32_of(image + PT_IMAGE_HEADER, p->header.file_size - PT_IMAGE_HEADER);
	boot->uart_kind = f->uart_kind;
	boot->uart = f->uart;
	boot->conduit = f->conduit;
	boot->rescue = p->pack->s->rescue;
	boot->locked = p->pack->s->locked;
	if (!blob_add(blob, &boot->cpus, f->cpus, cpus, sizeof(f->cpus[0])) ||
	    !blob_add(blob, &boot->ram, p->ram, p->ram_count, sizeof(p->ram[0])) ||
	    !blob_add(blob, &boot->cells, p->cells, p->pack->s->count, sizeof(p->cells[0])) ||
	    !blob_add(blob, &boot->pieces, p->pieces, p->piece_count, sizeof(p->pieces[0])))
		return false;
	blob_finish(blob, PT_BOOT_MAGIC);
	return true;
}

static bool write_all(struct plan *p, uint8_t *image)
{
	const struct blob *system = &p->pack->b->blob;
	struct blob boot = { 0 };

	memcpy(image, p->pack->hypervisor, p->header.file_size);
	write_header(p, image);
	memcpy(image + p->header.system_offset, system->words, system->size);
	for (uint32_t i = 0; i < p->pack->s->count; i++)
		memcpy(image + p->cells[i].offset, p->pack->cells[i].blob->words, p->cells[i].size);
	write_pieces(p, image);
	if (!fill_boot(p, image, &boot)) {
		messages_error(p->m, "its CPUs, cells, memories and what they start from are more than fit the %d bytes of a "
			       "packed image's table", PT_BLOB_MAX);
		return false;
	}
	memcpy(image + p->header.boot_offset, boot.words, boot.size);
	return true;
}

bool pack_write(const struct pack *pack, void **image, size_t *size, struct messages *m)
{
	struct plan *p = calloc(1, sizeof(*p));
	bool done = false;

	*image = NULL;
	if (!p) {
		messages_error(m, "out of memory");
		return false;
	}
	p->pack = pack;
	p->m = m;
	if (plan_all(p)) {
		*size = p->size;
		*image = calloc(1, p->size);
		if (*image)
			done = write_all(p, *image);
		else
			messages_error(m, "out of memory");
	}
	if (!done) {
		free(*image);
		*image = NULL;
	}
	free(p);
	return done;
}
