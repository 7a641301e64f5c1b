// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blob checker. Each check either passes or names the offset of the culprit; nothing here trusts a count,
 * an offset or a size before it has been compared with the bytes that exist. The caller hands over a private
 * copy, so no value can change between check and use.
 */
#include <core/blob.h>
#include <core/crc32.h>

/* The blob under examination and the first thing found wrong with it. */
struct check {
	const uint8_t *blob;
	uint32_t length;
	uint32_t offset;
	enum pt_blob_reason reason;
};

static bool refuse(struct check *c, enum pt_blob_reason reason, const void *field)
{
	c->reason = reason;
	c->offset = (uint32_t)((const uint8_t *)field - c->blob);
	return false;
}

uint32_t blob_checksum(const void *blob, uint32_t length)
{
	const struct pt_blob_header *h = blob;
	struct pt_blob_header head = *h;

	head.checksum = 0;
	return ~crc32_append(crc32_append(~0u, &head, sizeof(head)), h + 1, length - sizeof(head));
}

static bool check_header(struct check *c, size_t size, uint32_t magic, size_t fixed)
{
	const struct pt_blob_header *h = (const void *)c->blob;

	if (size < fixed || size > PT_BLOB_MAX)
		return refuse(c, PT_BLOB_LENGTH, &h->length);
	if (h->magic != magic)
		return refuse(c, PT_BLOB_MAGIC, &h->magic);
	if (h->version != PT_ABI_VERSION)
		return refuse(c, PT_BLOB_VERSION, &h->version);
	if (h->length < fixed || h->length > size || h->length % 8)
		return refuse(c, PT_BLOB_LENGTH, &h->length);
	if (h->checksum != blob_checksum(c->blob, h->length))
		return refuse(c, PT_BLOB_CHECKSUM, &h->checksum);
	c->length = h->length;
	return true;
}

static bool name_character(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	       ch == '.' || ch == '_' || ch == '-';
}

static bool check_name(struct check *c, const char name[PT_NAME_SIZE])
{
	size_t n = 0;

	while (n < PT_NAME_SIZE && name_character(name[n]))
		n++;
	if (n == 0 || n == PT_NAME_SIZE)
		return refuse(c, PT_BLOB_NAME, name);
	for (; n < PT_NAME_SIZE; n++)
		if (name[n])
			return refuse(c, PT_BLOB_NAME, name);
	return true;
}

static bool check_table(struct check *c, const struct pt_table *t, size_t fixed, size_t entry_size,
			uint32_t min, uint32_t max)
{
	if (t->count < min || t->count > max)
		return refuse(c, PT_BLOB_COUNT, &t->count);
	/* Where a table without entries lies says nothing, but its address is made. */
	if (!t->count)
		return !t->offset || refuse(c, PT_BLOB_TABLE, &t->offset);
	/* count is small now: the product cannot overflow. */
	if (t->offset % 8 || t->offset < fixed || t->offset > c->length ||
	    t->count * entry_size > c->length - t->offset)
		return refuse(c, PT_BLOB_TABLE, &t->offset);
	return true;
}

static bool page_aligned(uint64_t value)
{
	return value % PT_PAGE_SIZE == 0;
}

/* @base and @size stand in the blob at these very addresses, so that a refusal can name them. */
static bool check_range(struct check *c, const uint64_t *base, const uint64_t *size)
{
	if (!page_aligned(*base))
		return refuse(c, PT_BLOB_ALIGN, base);
	if (!page_aligned(*size))
		return refuse(c, PT_BLOB_ALIGN, size);
	if (*base >= PT_ADDRESS_LIMIT)
		return refuse(c, PT_BLOB_RANGE, base);
	if (*size == 0 || *size > PT_ADDRESS_LIMIT - *base)
		return refuse(c, PT_BLOB_RANGE, size);
	return true;
}

static bool in_ranges(const struct pt_range *r, uint32_t count, uint64_t base, uint64_t size, bool wholly)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!overlap(r[i].base, r[i].size, base, size))
			continue;
		if (!wholly || (base >= r[i].base && base + size <= r[i].base + r[i].size))
			return true;
	}
	return false;
}

static bool check_ranges(struct check *c, const struct pt_table *t)
{
	const struct pt_range *r = blob_entries(c->blob, *t);

	for (uint32_t i = 0; i < t->count; i++) {
		if (!check_range(c, &r[i].base, &r[i].size))
			return false;
		if (in_ranges(r, i, r[i].base, r[i].size, false))
			return refuse(c, PT_BLOB_OVERLAP, &r[i].base);
	}
	return true;
}

static bool has_cpu(const uint64_t *cpus, uint32_t count, uint64_t mpidr)
{
	for (uint32_t i = 0; i < count; i++)
		if (cpus[i] == mpidr)
			return true;
	return false;
}

static bool check_cpus(struct check *c, const struct pt_table *t, const struct pt_system *board)
{
	const uint64_t *cpus = blob_entries(c->blob, *t);

	for (uint32_t i = 0; i < t->count; i++) {
		if (cpus[i] & ~PT_MPIDR_MASK)
			return refuse(c, PT_BLOB_CPU, &cpus[i]);
		if (has_cpu(cpus, i, cpus[i]))
			return refuse(c, PT_BLOB_TWICE, &cpus[i]);
		if (board && !has_cpu(blob_entries(board, board->cpus), board->cpus.count, cpus[i]))
			return refuse(c, PT_BLOB_CPU, &cpus[i]);
	}
	return true;
}

static bool check_spi(struct check *c, const uint32_t *intid)
{
	return (*intid >= 32 && *intid < 1020) || refuse(c, PT_BLOB_IRQ, intid);
}

/* A GICv2 has one CPU interface, a GICv3 redistributors; neither has what the other has. */
static bool check_gic(struct check *c, const struct pt_system *s)
{
	const bool v2 = s->gic_version == 2;

	if (!v2 && s->gic_version != 3)
		return refuse(c, PT_BLOB_GIC, &s->gic_version);
	if (v2 && !check_range(c, &s->gicc.base, &s->gicc.size))
		return false;
	if (!v2 && (s->gicc.base || s->gicc.size))
		return refuse(c, PT_BLOB_RESERVED, &s->gicc.base);
	if (!check_table(c, &s->gicr, sizeof(*s), sizeof(struct pt_range), !v2, v2 ? 0 : PT_MAX_RANGES) ||
	    !check_ranges(c, &s->gicr))
		return false;
	return !(overlap(s->gicd.base, s->gicd.size, s->gicc.base, s->gicc.size) ||
		 in_ranges(blob_entries(s, s->gicr), s->gicr.count, s->gicd.base, s->gicd.size, false)) ||
	       refuse(c, PT_BLOB_OVERLAP, &s->gicd.base);
}

/* Each cell sees the CPU interface, so it may be nothing else. */
static bool gicc_touches(const struct pt_system *s, const struct pt_table *t)
{
	return in_ranges(blob_entries(s, *t), t->count, s->gicc.base, s->gicc.size, false);
}

static bool check_system(struct check *c, size_t size)
{
	const struct pt_system *s = (const void *)c->blob;
	const size_t fixed = sizeof(*s);
	const bool v2 = size >= fixed && s->gic_version == 2;

	if (!check_header(c, size, PT_SYSTEM_MAGIC, fixed) || !check_name(c, s->name) ||
	    !check_range(c, &s->gicd.base, &s->gicd.size) || !check_gic(c, s) ||
	    !check_table(c, &s->cpus, fixed, sizeof(uint64_t), 1, v2 ? PT_GICV2_MAX_CPUS : PT_MAX_CPUS) ||
	    !check_table(c, &s->ram, fixed, sizeof(struct pt_range), 1, PT_MAX_RANGES) ||
	    !check_table(c, &s->reserved, fixed, sizeof(struct pt_range), 0, PT_MAX_RANGES) ||
	    !check_table(c, &s->ecam, fixed, sizeof(struct pt_range), 0, PT_MAX_RANGES) ||
	    !check_ranges(c, &s->ram) || !check_ranges(c, &s->reserved) || !check_ranges(c, &s->ecam) ||
	    !check_cpus(c, &s->cpus, NULL))
		return false;
	if (s->gicc.size && (gicc_touches(s, &s->ram) || gicc_touches(s, &s->reserved) || gicc_touches(s, &s->ecam)))
		return refuse(c, PT_BLOB_OVERLAP, &s->gicc.base);
	return !s->event_spi || check_spi(c, &s->event_spi);
}

/* The GIC frames stand at their physical addresses in every cell: nothing else may be mapped there. */
static bool covers_gic(const struct pt_system *b, uint64_t ipa, uint64_t size)
{
	return overlap(b->gicd.base, b->gicd.size, ipa, size) || overlap(b->gicc.base, b->gicc.size, ipa, size) ||
	       in_ranges(blob_entries(b, b->gicr), b->gicr.count, ipa, size, false);
}

/* Does [base, base + size) touch the interrupt controller or something else that no cell may have? */
static bool board_keeps(const struct pt_system *b, uint64_t base, uint64_t size)
{
	return covers_gic(b, base, size) ||
	       in_ranges(blob_entries(b, b->reserved), b->reserved.count, base, size, false);
}

static bool check_region(struct check *c, const struct pt_region *r, const struct pt_system *b)
{
	const uint32_t apart = r->flags & (PT_REGION_EXEC | PT_REGION_DEVICE | PT_REGION_SHARED);
	const uint32_t registers = PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE;
	const uint32_t known = registers | PT_REGION_EXEC | PT_REGION_SHARED | PT_REGION_PCI;
	const bool device = r->flags & PT_REGION_DEVICE, pci = r->flags & PT_REGION_PCI;
	const struct pt_range *ram = blob_entries(b, b->ram);

	if (!check_range(c, &r->pa, &r->size) || !check_range(c, &r->ipa, &r->size))
		return false;
	if (r->flags & ~known)
		return refuse(c, PT_BLOB_RESERVED, &r->flags);
	if (pci ? r->bars >> (PT_BARS * PT_BAR_BITS) : r->bars)
		return refuse(c, PT_BLOB_RESERVED, &r->bars);
	if (!(r->flags & PT_REGION_READ) || (apart & (apart - 1)) || (pci && (registers & ~r->flags)))
		return refuse(c, PT_BLOB_FLAGS, &r->flags);
	if (pci && r->size != PT_PAGE_SIZE)
		return refuse(c, PT_BLOB_RANGE, &r->size);
	/* Configuration space is given away as such, and nothing else is. */
	if (board_keeps(b, r->pa, r->size) ||
	    in_ranges(blob_entries(b, b->ecam), b->ecam.count, r->pa, r->size, pci) != pci)
		return refuse(c, PT_BLOB_TAKEN, &r->pa);
	if (covers_gic(b, r->ipa, r->size))
		return refuse(c, PT_BLOB_OVERLAP, &r->ipa);
	/* RAM lies wholly in one range of RAM, a device touches none. */
	if (in_ranges(ram, b->ram.count, r->pa, r->size, !device) == device)
		return refuse(c, PT_BLOB_MEMORY, &r->pa);
	return true;
}

/* What a cell sees beside its regions. */
struct window {
	const uint64_t *base;	/* in the blob */
	uint64_t size;		/* 0: it has none */
};
#define WINDOWS	3

static struct window window_of(const struct pt_cell *cell, unsigned int n)
{
	switch (n) {
	case 0:
		return (struct window){ &cell->comm, PT_COMM_SIZE };
	case 1:
		return (struct window){ &cell->uart, cell->uart ? PT_PAGE_SIZE : 0 };
	default:
		return (struct window){ &cell->manage, cell->manage ? PT_MANAGE_SIZE : 0 };
	}
}

/* One of the first @count windows that [@base, +@size) touches, or NULL. */
static const uint64_t *window_touched(const struct pt_cell *cell, unsigned int count, uint64_t base, uint64_t size)
{
	for (unsigned int n = 0; n < count; n++) {
		const struct window w = window_of(cell, n);

		if (overlap(*w.base, w.size, base, size))
			return w.base;
	}
	return NULL;
}

static bool check_regions(struct check *c, const struct pt_cell *cell, const struct pt_system *b)
{
	const struct pt_region *r = blob_entries(cell, cell->regions);

	for (uint32_t i = 0; i < cell->regions.count; i++) {
		const uint64_t *touched;

		if (!check_region(c, &r[i], b))
			return false;
		touched = window_touched(cell, WINDOWS, r[i].ipa, r[i].size);
		if (touched)
			return refuse(c, PT_BLOB_OVERLAP, touched);
		for (uint32_t j = 0; j < i; j++) {
			if (overlap(r[i].pa, r[i].size, r[j].pa, r[j].size))
				return refuse(c, PT_BLOB_OVERLAP, &r[i].pa);
			if (overlap(r[i].ipa, r[i].size, r[j].ipa, r[j].size))
				return refuse(c, PT_BLOB_OVERLAP, &r[i].ipa);
		}
	}
	return true;
}

static bool check_entry(struct check *c, const struct pt_cell *cell)
{
	const struct pt_region *r = blob_entries(cell, cell->regions);

	if (cell->entry % 4)
		return refuse(c, PT_BLOB_ALIGN, &cell->entry);
	for (uint32_t i = 0; i < cell->regions.count; i++)
		if ((r[i].flags & PT_REGION_EXEC) && cell->entry >= r[i].ipa && cell->entry - r[i].ipa < r[i].size)
			return true;
	return refuse(c, PT_BLOB_ENTRY, &cell->entry);
}

static bool check_windows(struct check *c, const struct pt_cell *cell, const struct pt_system *b)
{
	for (unsigned int n = 0; n < WINDOWS; n++) {
		const struct window w = window_of(cell, n);

		if (!page_aligned(*w.base))
			return refuse(c, PT_BLOB_ALIGN, w.base);
		if (*w.base > PT_ADDRESS_LIMIT - w.size)
			return refuse(c, PT_BLOB_RANGE, w.base);
		if (covers_gic(b, *w.base, w.size) || window_touched(cell, n, *w.base, w.size))
			return refuse(c, PT_BLOB_OVERLAP, w.base);
	}
	return cell->uart || !cell->uart_spi || refuse(c, PT_BLOB_RESERVED, &cell->uart_spi);
}

/* One of its interrupts that the hypervisor raises: all that is said of these is said of it. */
static bool check_raised(struct check *c, const struct pt_cell *cell, const uint32_t *spi)
{
	const uint32_t *spis = blob_entries(cell, cell->spis);

	for (uint32_t i = 0; i < cell->spis.count; i++)
		if (spis[i] == *spi)
			return true;
	return refuse(c, PT_BLOB_IRQ, spi);
}

static bool check_rights(struct check *c, const struct pt_cell *cell)
{
	const struct pt_right *r = blob_entries(cell, cell->rights);

	for (uint32_t i = 0; i < cell->rights.count; i++) {
		if (!check_name(c, r[i].name))
			return false;
		if (!r[i].verbs || (r[i].verbs & ~(uint32_t)PT_MAY_ALL))
			return refuse(c, PT_BLOB_RIGHTS, &r[i].verbs);
		if (r[i].reserved0)
			return refuse(c, PT_BLOB_RESERVED, &r[i].reserved0);
	}
	if (!cell->rights.count != !cell->manage)
		return refuse(c, PT_BLOB_RIGHTS, &cell->manage);
	if (!cell->rights.count && cell->event_spi)
		return refuse(c, PT_BLOB_RIGHTS, &cell->event_spi);
	return !cell->event_spi || check_raised(c, cell, &cell->event_spi);
}

static bool check_spis(struct check *c, const struct pt_cell *cell, const struct pt_system *b)
{
	const uint32_t *spis = blob_entries(cell, cell->spis);

	for (uint32_t i = 0; i < cell->spis.count; i++) {
		if (!check_spi(c, &spis[i]))
			return false;
		if (spis[i] == b->event_spi)
			return refuse(c, PT_BLOB_TAKEN, &spis[i]);
		for (uint32_t j = 0; j < i; j++)
			if (spis[i] == spis[j])
				return refuse(c, PT_BLOB_TWICE, &spis[i]);
	}
	return true;
}

static bool check_exits(struct check *c, const struct pt_cell *cell)
{
	return cell->exit_action < (cell->exit_rate ? PT_EXITS_ACTIONS : PT_EXITS_FAULT + 1) ||
	       refuse(c, PT_BLOB_RESERVED, &cell->exit_action);
}

static bool check_cell(struct check *c, size_t size, const struct pt_system *b)
{
	const struct pt_cell *cell = (const void *)c->blob;
	const size_t fixed = sizeof(*cell);

	if (!check_header(c, size, PT_CELL_MAGIC, fixed) || !check_name(c, cell->name))
		return false;
	if (cell->flags & ~(uint32_t)PT_CELL_FLAGS)
		return refuse(c, PT_BLOB_RESERVED, &cell->flags);
	return check_windows(c, cell, b) && check_table(c, &cell->cpus, fixed, sizeof(uint64_t), 1, PT_MAX_CPUS) &&
	       check_table(c, &cell->regions, fixed, sizeof(struct pt_region), 1, PT_MAX_REGIONS) &&
	       check_table(c, &cell->spis, fixed, sizeof(uint32_t), 0, PT_MAX_SPIS) &&
	       check_table(c, &cell->rights, fixed, sizeof(struct pt_right), 0, PT_MAX_CELLS) &&
	       check_cpus(c, &cell->cpus, b) && check_regions(c, cell, b) && check_entry(c, cell) &&
	       check_spis(c, cell, b) && (!cell->uart || check_raised(c, cell, &cell->uart_spi)) &&
	       check_rights(c, cell) && check_exits(c, cell);
}

enum pt_blob_reason blob_check_boot(const void *blob, size_t size, uint32_t *offset)
{
	struct check c = { .blob = blob, .reason = PT_BLOB_FINE };

	check_header(&c, size, PT_BOOT_MAGIC, sizeof(struct pt_boot));
	*offset = c.offset;
	return c.reason;
}

enum pt_blob_reason blob_check_system(const void *blob, size_t size, uint32_t *offset)
{
	struct check c = { .blob = blob, .reason = PT_BLOB_FINE };

	check_system(&c, size);
	*offset = c.offset;
	return c.reason;
}

enum pt_blob_reason blob_check_cell(const void *blob, size_t size, const struct pt_system *system, uint32_t *offset)
{
	struct check c = { .blob = blob, .reason = PT_BLOB_FINE };

	check_cell(&c, size, system);
	*offset = c.offset;
	return c.reason;
}
