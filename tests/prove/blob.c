// SPDX-License-Identifier: GPL-2.0-only
/*
 * What CBMC proves of the hypervisor's blob checker: entry points that call its real source with
 * any bytes of any length. Searches through a table and checks of one are proven by themselves, for
 * any table; where the checker calls one, a stand-in demands what that proof relies on and answers
 * anything that it allows. Loops are taken by the invariants in loops.json, not by unrolling.
 */
#include <stdlib.h>

#include <core/blob.h>

#include SOURCE /* hypervisor/core/blob.c, or one that is broken on purpose */

bool nondet_bool(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
size_t nondet_size(void);

/*
 * Exactly @size bytes of anything, so that one too many is out of bounds; but never less than a
 * header, whose fields are named (not read) when a blob is too short to have them.
 */
static void *any_bytes(size_t size)
{
	void *bytes =
		malloc(size < sizeof(struct pt_blob_header) ? sizeof(struct pt_blob_header) : size);

	__CPROVER_assume(bytes);
	return bytes;
}

static size_t any_size(void)
{
	const size_t size = nondet_size();

	__CPROVER_assume(size <= PT_BLOB_MAX);
	return size;
}

/* What the searches rely on. */
static bool readable(const void *entries, uint32_t count, size_t entry_size, uint32_t max)
{
	return count <= max && (!count || __CPROVER_r_ok(entries, count * entry_size));
}

bool any_in_ranges(const struct pt_range *r, uint32_t count, uint64_t base, uint64_t size,
		   bool wholly)
{
	(void)base;
	(void)size;
	(void)wholly;
	__CPROVER_assert(readable(r, count, sizeof(*r), PT_MAX_RANGES),
			 "in_ranges() is given entries that exist");
	return nondet_bool();
}

bool any_has_cpu(const uint64_t *cpus, uint32_t count, uint64_t mpidr)
{
	(void)mpidr;
	__CPROVER_assert(readable(cpus, count, sizeof(*cpus), PT_MAX_CPUS),
			 "has_cpu() is given entries that exist");
	return nondet_bool();
}

uint32_t any_checksum(const void *blob, uint32_t length)
{
	__CPROVER_assert(length <= PT_BLOB_MAX && __CPROVER_r_ok(blob, length),
			 "the checksum is over bytes that exist");
	return nondet_u32();
}

/* The instructions of EL2. */
uint32_t any_crc32_append(uint32_t crc, const void *words, uint64_t size)
{
	(void)crc;
	__CPROVER_assert(size <= PT_BLOB_MAX && __CPROVER_r_ok(words, size),
			 "the checksum is over bytes that exist");
	return nondet_u32();
}

static bool inside(struct pt_table t, size_t entry_size, uint32_t max, size_t size)
{
	return t.count <= max && t.offset <= size && t.count * entry_size <= size - t.offset &&
	       (t.count || !t.offset);
}

/* What a system that passed is worth to the check of a cell. */
static bool tables_inside(const struct pt_system *s, size_t size)
{
	return size >= sizeof(*s) &&
	       inside(s->gicr, sizeof(struct pt_range), PT_MAX_RANGES, size) &&
	       inside(s->cpus, sizeof(uint64_t), PT_MAX_CPUS, size) &&
	       inside(s->ram, sizeof(struct pt_range), PT_MAX_RANGES, size) &&
	       inside(s->reserved, sizeof(struct pt_range), PT_MAX_RANGES, size) &&
	       inside(s->ecam, sizeof(struct pt_range), PT_MAX_RANGES, size);
}

static bool cell_inside(const struct pt_cell *cell, size_t size)
{
	return size >= sizeof(*cell) && inside(cell->cpus, sizeof(uint64_t), PT_MAX_CPUS, size) &&
	       inside(cell->regions, sizeof(struct pt_region), PT_MAX_REGIONS, size) &&
	       inside(cell->spis, sizeof(uint32_t), PT_MAX_SPIS, size) &&
	       inside(cell->rights, sizeof(struct pt_right), PT_MAX_CELLS, size);
}

/* A refusal names a reason that has words, and a culprit inside the largest blob. */
static bool refusal(enum pt_blob_reason reason, uint32_t offset)
{
	return reason > PT_BLOB_FINE && reason < PT_BLOB_REASONS && offset < PT_BLOB_MAX;
}

static void look_at_check(const struct check *c, bool good)
{
	__CPROVER_assert(good ? c->reason == PT_BLOB_FINE : refusal(c->reason, c->offset),
			 "a part is fine, or refused in words");
}

/* A check on its way through @size bytes that has found nothing wrong. */
static struct check any_check(size_t size)
{
	return (struct check){ .blob = any_bytes(size), .length = (uint32_t)size };
}

static const struct pt_system *any_board(void)
{
	const size_t size = any_size();
	const struct pt_system *board = any_bytes(size);

	__CPROVER_assume(tables_inside(board, size));
	return board;
}

/* What the proof of a table's check promises to those that call it. */
static bool any_answer(struct check *c, bool given)
{
	__CPROVER_assert(given && c->reason == PT_BLOB_FINE, "a table is checked where it exists");
	if (nondet_bool())
		return true;
	c->reason = nondet_u32();
	c->offset = nondet_u32();
	__CPROVER_assume(refusal(c->reason, c->offset));
	return false;
}

bool any_check_name(struct check *c, const char name[PT_NAME_SIZE])
{
	return any_answer(c, __CPROVER_r_ok(name, PT_NAME_SIZE));
}

bool any_check_ranges(struct check *c, const struct pt_table *t)
{
	return any_answer(c, inside(*t, sizeof(struct pt_range), PT_MAX_RANGES, c->length));
}

bool any_check_cpus(struct check *c, const struct pt_table *t, const struct pt_system *board)
{
	(void)board;
	return any_answer(c, inside(*t, sizeof(uint64_t), PT_MAX_CPUS, c->length));
}

bool any_check_regions(struct check *c, const struct pt_cell *cell, const struct pt_system *b)
{
	(void)b;
	return any_answer(c, cell_inside(cell, c->length));
}

bool any_check_entry(struct check *c, const struct pt_cell *cell)
{
	return any_answer(c, cell_inside(cell, c->length));
}

bool any_check_spis(struct check *c, const struct pt_cell *cell, const struct pt_system *b)
{
	(void)b;
	return any_answer(c, cell_inside(cell, c->length));
}

bool any_check_raised(struct check *c, const struct pt_cell *cell, const uint32_t *spi)
{
	return any_answer(c, cell_inside(cell, c->length) && __CPROVER_r_ok(spi, sizeof(*spi)));
}

bool any_check_rights(struct check *c, const struct pt_cell *cell)
{
	return any_answer(c, cell_inside(cell, c->length));
}

void prove_system(void)
{
	const size_t size = any_size();
	const void *blob = any_bytes(size);
	enum pt_blob_reason reason;
	uint32_t offset;

	reason = blob_check_system(blob, size, &offset);
	if (reason == PT_BLOB_FINE)
		__CPROVER_assert(tables_inside(blob, size),
				 "the tables of an accepted system are inside");
	else
		__CPROVER_assert(refusal(reason, offset), "a system is refused in words");
}

void prove_cell(void)
{
	const size_t size = any_size();
	const void *blob = any_bytes(size);
	enum pt_blob_reason reason;
	uint32_t offset;

	reason = blob_check_cell(blob, size, any_board(), &offset);
	if (reason == PT_BLOB_FINE)
		__CPROVER_assert(cell_inside(blob, size),
				 "the tables of an accepted cell are inside");
	else
		__CPROVER_assert(refusal(reason, offset), "a cell is refused in words");
}

void prove_ranges(void)
{
	struct check c = any_check(any_size());
	const struct pt_table t = { nondet_u32(), nondet_u32() };

	__CPROVER_assume(inside(t, sizeof(struct pt_range), PT_MAX_RANGES, c.length));
	look_at_check(&c, check_ranges(&c, &t));
}

void prove_cpus(void)
{
	struct check c = any_check(any_size());
	const struct pt_table t = { nondet_u32(), nondet_u32() };

	__CPROVER_assume(inside(t, sizeof(uint64_t), PT_MAX_CPUS, c.length));
	look_at_check(&c, check_cpus(&c, &t, nondet_bool() ? any_board() : NULL));
}

/* A region that passes is of pages, and ends where addresses end: ownership.c relies on that. */
void prove_region(void)
{
	struct check c = any_check(any_size());
	const struct pt_region *r = (const void *)c.blob;
	bool good;

	__CPROVER_assume(c.length >= sizeof(*r));
	good = check_region(&c, r, any_board());
	look_at_check(&c, good);
	__CPROVER_assert(!good || (r->size && !((r->pa | r->ipa | r->size) % PT_PAGE_SIZE) &&
				   r->pa < PT_ADDRESS_LIMIT && r->size <= PT_ADDRESS_LIMIT - r->pa &&
				   r->ipa < PT_ADDRESS_LIMIT && r->size <= PT_ADDRESS_LIMIT - r->ipa),
			 "a region that passes does not wrap around");
}

void prove_regions(void)
{
	struct check c = any_check(any_size());

	__CPROVER_assume(cell_inside((const void *)c.blob, c.length));
	look_at_check(&c, check_regions(&c, (const void *)c.blob, any_board()));
}

void prove_entry(void)
{
	struct check c = any_check(any_size());

	__CPROVER_assume(cell_inside((const void *)c.blob, c.length));
	look_at_check(&c, check_entry(&c, (const void *)c.blob));
}

void prove_spis(void)
{
	struct check c = any_check(any_size());

	__CPROVER_assume(cell_inside((const void *)c.blob, c.length));
	look_at_check(&c, check_spis(&c, (const void *)c.blob, any_board()));
}

void prove_raised(void)
{
	struct check c = any_check(any_size());
	const struct pt_cell *cell = (const void *)c.blob;

	__CPROVER_assume(cell_inside(cell, c.length));
	look_at_check(&c, check_raised(&c, cell, nondet_bool() ? &cell->uart_spi : &cell->event_spi));
}

void prove_name(void)
{
	struct check c = any_check(any_size());
	const uint32_t at = nondet_u32();

	__CPROVER_assume(at <= c.length && PT_NAME_SIZE <= c.length - at);
	look_at_check(&c, check_name(&c, (const char *)c.blob + at));
}

void prove_rights(void)
{
	struct check c = any_check(any_size());

	__CPROVER_assume(cell_inside((const void *)c.blob, c.length));
	look_at_check(&c, check_rights(&c, (const void *)c.blob));
}

void prove_checksum(void)
{
	const size_t size = any_size();

	__CPROVER_assume(size >= sizeof(struct pt_blob_header));
	blob_checksum(any_bytes(size), (uint32_t)size);
}

void prove_searches(void)
{
	const uint32_t ranges = nondet_u32(), cpus = nondet_u32();

	__CPROVER_assume(ranges <= PT_MAX_RANGES && cpus <= PT_MAX_CPUS);
	in_ranges(any_bytes(ranges * sizeof(struct pt_range)), ranges, nondet_u64(), nondet_u64(),
		  nondet_bool());
	has_cpu(any_bytes(cpus * sizeof(uint64_t)), cpus, nondet_u64());
}
