// SPDX-License-Identifier: GPL-2.0-only
/* The blob checker: every reason at the very field that is wrong, and bytes of any kind. */
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include "test.h"

static _Alignas(8) unsigned char bytes[PT_BLOB_MAX];
static struct pt_system *const system_ = (void *)bytes;
static struct pt_cell *const cell = (void *)bytes;

/* In a buffer of exactly this size, so that the sanitizer sees every byte too many. */
static enum pt_blob_reason check(bool is_system, size_t size, uint32_t *offset)
{
	void *copy = malloc(size);
	enum pt_blob_reason reason;

	*offset = 0;
	memcpy(copy, bytes, size);
	reason = is_system ? blob_check_system(copy, size, offset) :
			     blob_check_cell(copy, size, (void *)board_system, offset);
	free(copy);
	return reason;
}

static void expect_system(enum pt_blob_reason want, size_t want_offset)
{
	uint32_t offset;

	board_sign(bytes);
	assert_int_equal(check(true, system_->header.length, &offset), want);
	assert_int_equal(offset, want_offset);
	board_system_blob(bytes);
}

static void expect_cell(enum pt_blob_reason want, size_t want_offset)
{
	uint32_t offset;

	board_sign(bytes);
	assert_int_equal(check(false, cell->header.length, &offset), want);
	assert_int_equal(offset, want_offset);
	board_cell_blob(bytes, &other_cell);
}

static struct pt_range *range(struct pt_table table, uint32_t i)
{
	return (struct pt_range *)(bytes + table.offset) + i;
}

static struct pt_region *region(uint32_t i)
{
	return (struct pt_region *)(bytes + cell->regions.offset) + i;
}

static uint64_t *mpidr(struct pt_table table, uint32_t i)
{
	return (uint64_t *)(bytes + table.offset) + i;
}

static uint32_t *spi(uint32_t i)
{
	return (uint32_t *)(bytes + cell->spis.offset) + i;
}

static size_t at(const void *field)
{
	return (size_t)((const unsigned char *)field - bytes);
}

static void begin_system(void)
{
	board_system_blob(bytes);
}

static void begin_cell(void)
{
	board_system_blob(board_system);
	board_cell_blob(bytes, &other_cell);
}

#define REFUSED(kind, assignment, reason, field) do {			\
	size_t offset_ = at(&(field));					\
	assignment;							\
	expect_##kind(reason, offset_);					\
} while (0)

static void test_good_blobs_are_fine(void **state)
{
	begin_system();
	expect_system(PT_BLOB_FINE, 0);
	begin_cell();
	expect_cell(PT_BLOB_FINE, 0);
	board_cell_blob(bytes, &small_cell);
	expect_cell(PT_BLOB_FINE, 0);
}

static void test_checksum_is_the_one_of_zlib(void **state)
{
	static const _Alignas(8) char text[] = "123456789012345678901234";	/* 12..15 count as 0 */

	assert_int_equal(blob_checksum(text, sizeof(text) - 1), 0x3251211e);
}

static void test_header_is_checked_first(void **state)
{
	uint32_t offset;

	begin_system();
	REFUSED(system, system_->header.magic ^= 1, PT_BLOB_MAGIC, system_->header.magic);
	REFUSED(system, system_->header.magic = PT_CELL_MAGIC, PT_BLOB_MAGIC, system_->header.magic);
	REFUSED(system, system_->header.version++, PT_BLOB_VERSION, system_->header.version);
	REFUSED(system, system_->header.length -= 4, PT_BLOB_LENGTH, system_->header.length);
	REFUSED(system, system_->header.length = sizeof(*system_) - 8, PT_BLOB_LENGTH, system_->header.length);
	begin_cell();
	REFUSED(cell, cell->header.magic = PT_SYSTEM_MAGIC, PT_BLOB_MAGIC, cell->header.magic);
	REFUSED(cell, cell->header.version = 0, PT_BLOB_VERSION, cell->header.version);
	REFUSED(cell, cell->header.length = sizeof(*cell) - 8, PT_BLOB_LENGTH, cell->header.length);

	for (size_t size = 0; size < cell->header.length; size++) {
		assert_int_equal(check(false, size, &offset), PT_BLOB_LENGTH);
		assert_int_equal(offset, offsetof(struct pt_blob_header, length));
	}
	assert_int_equal(check(false, PT_BLOB_MAX, &offset), PT_BLOB_FINE);
	assert_int_equal(blob_check_cell(bytes, PT_BLOB_MAX + 1, (void *)board_system, &offset), PT_BLOB_LENGTH);
	assert_int_equal(blob_check_system(bytes, (size_t)-1, &offset), PT_BLOB_LENGTH);
	cell->header.checksum ^= 0x80;
	assert_int_equal(check(false, PT_BLOB_MAX, &offset), PT_BLOB_CHECKSUM);
	assert_int_equal(offset, offsetof(struct pt_blob_header, checksum));
	/* Longer than the buffer: not even the checksum is looked at. */
	for (uint32_t length = 264; length > 8; length *= 8) {
		cell->header.length = length;
		assert_int_equal(check(false, 256, &offset), PT_BLOB_LENGTH);
		cell->header.length = 0 - length;
		assert_int_equal(check(false, 256, &offset), PT_BLOB_LENGTH);
	}
}

static void test_names_are_of_the_alphabet_and_terminated(void **state)
{
	begin_cell();
	REFUSED(cell, cell->name[0] = 0, PT_BLOB_NAME, cell->name);
	REFUSED(cell, memset(cell->name, 'a', PT_NAME_SIZE), PT_BLOB_NAME, cell->name);
	REFUSED(cell, cell->name[PT_NAME_SIZE - 1] = 'x', PT_BLOB_NAME, cell->name);
	for (int ch = 1; ch < 256; ch++) {
		const bool good = memchr("._-", ch, 3) || (ch >= '0' && ch <= '9') ||
				  (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');

		cell->name[2] = (char)ch;
		expect_cell(good ? PT_BLOB_FINE : PT_BLOB_NAME, good ? 0 : at(cell->name));
	}
	memset(cell->name, 'a', PT_NAME_SIZE - 1);
	expect_cell(PT_BLOB_FINE, 0);
	begin_system();
	REFUSED(system, system_->name[1] = '/', PT_BLOB_NAME, system_->name);
}

static void test_the_gic_is_of_one_kind(void **state)
{
	begin_system();
	REFUSED(system, system_->gic_version = 1, PT_BLOB_GIC, system_->gic_version);
	REFUSED(system, system_->gic_version = 4, PT_BLOB_GIC, system_->gic_version);
	/* Redistributors are not a GICv2's. */
	REFUSED(system, system_->gic_version = 2; system_->gicc.base = 0x1000; system_->gicc.size = 0x1000, PT_BLOB_COUNT,
		system_->gicr.count);
	fake_gic_version = 2;
	begin_system();
	expect_system(PT_BLOB_FINE, 0);
	REFUSED(system, system_->gicc.size = 0, PT_BLOB_RANGE, system_->gicc.size);
	REFUSED(system, system_->gicc.base = 0x800, PT_BLOB_ALIGN, system_->gicc.base);
	REFUSED(system, system_->gicc.base = PT_ADDRESS_LIMIT, PT_BLOB_RANGE, system_->gicc.base);
	REFUSED(system, system_->gicc.base = system_->gicd.base, PT_BLOB_OVERLAP, system_->gicd.base);
	REFUSED(system, system_->gicc.base = ARENA_BASE, PT_BLOB_OVERLAP, system_->gicc.base);
	REFUSED(system, system_->gicc.base = ECAM_PA, PT_BLOB_OVERLAP, system_->gicc.base);
	REFUSED(system, system_->gic_version = 3, PT_BLOB_RESERVED, system_->gicc.base);
	REFUSED(system, system_->cpus.count = 9, PT_BLOB_COUNT, system_->cpus.count);
	fake_gic_version = 3;
}

static void test_reserved_fields_are_zero(void **state)
{
	begin_system();
	REFUSED(system, system_->gicc.base = 0x1000, PT_BLOB_RESERVED, system_->gicc.base);
	REFUSED(system, system_->gicc.size = 0x1000, PT_BLOB_RESERVED, system_->gicc.base);
	begin_cell();
	REFUSED(cell, cell->uart_spi = *spi(0), PT_BLOB_RESERVED, cell->uart_spi);
	REFUSED(cell, cell->flags = 1u << 4, PT_BLOB_RESERVED, cell->flags);
	REFUSED(cell, cell->flags = 1u << 31, PT_BLOB_RESERVED, cell->flags);
	REFUSED(cell, region(0)->flags |= 64, PT_BLOB_RESERVED, region(0)->flags);
	REFUSED(cell, region(1)->bars = 1, PT_BLOB_RESERVED, region(1)->bars);
	cell->flags = PT_CELL_TRUSTED_IDLE;
	expect_cell(PT_BLOB_FINE, 0);
}

/* All tables of both blobs, each with the least and the most entries it may have. */
static void test_tables_lie_in_the_blob_and_counts_are_capped(void **state)
{
	static const struct {
		bool is_system;
		size_t at;
		uint32_t min, max, bytes;
	} tables[] = {
		{ true, offsetof(struct pt_system, gicr), 1, PT_MAX_RANGES, 16 },
		{ true, offsetof(struct pt_system, cpus), 1, PT_MAX_CPUS, 8 },
		{ true, offsetof(struct pt_system, ram), 1, PT_MAX_RANGES, 16 },
		{ true, offsetof(struct pt_system, reserved), 0, PT_MAX_RANGES, 16 },
		{ false, offsetof(struct pt_cell, cpus), 1, PT_MAX_CPUS, 8 },
		{ false, offsetof(struct pt_cell, regions), 1, PT_MAX_REGIONS, 32 },
		{ false, offsetof(struct pt_cell, spis), 0, PT_MAX_SPIS, 4 },
	};

	begin_cell();
	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		struct pt_table *t = (void *)(bytes + tables[i].at);
		const uint32_t fixed = tables[i].is_system ? sizeof(*system_) : sizeof(*cell);
		void (*expect)(enum pt_blob_reason, size_t) = tables[i].is_system ? expect_system : expect_cell;
		const uint32_t counts[] = { tables[i].max + 1, 0x10000000, 0x20000001, ~0u };
		uint32_t length, offsets[8];

		if (tables[i].is_system)
			begin_system();
		else
			begin_cell();
		length = cell->header.length;
		for (unsigned int k = 0; k < ARRAY_SIZE(counts); k++) {
			t->count = counts[k];
			expect(PT_BLOB_COUNT, at(&t->count));
		}
		if (tables[i].min) {
			t->count = 0;
			expect(PT_BLOB_COUNT, at(&t->count));
		}
		memcpy(offsets, (uint32_t[]){ 0, fixed - 8, t->offset + 4, length, length + 8, length - t->count * tables[i].bytes + 8,
				0x80000000, 0xfffffff8 }, sizeof(offsets));
		for (unsigned int k = 0; k < ARRAY_SIZE(offsets); k++) {
			/* An SPI is smaller than the alignment: two of them fit into the last eight bytes. */
			if (offsets[k] >= fixed && offsets[k] % 8 == 0 && offsets[k] + t->count * tables[i].bytes <= length)
				continue;
			t->offset = offsets[k];
			expect(PT_BLOB_TABLE, at(&t->offset));
		}
	}
	/* A table without entries is nowhere, not even where one could lie. */
	begin_cell();
	REFUSED(cell, cell->spis.count = 0, PT_BLOB_TABLE, cell->spis.offset);
	REFUSED(cell, cell->spis = ((struct pt_table){ 0xdeadbeef, 0 }), PT_BLOB_TABLE, cell->spis.offset);
	cell->spis = (struct pt_table){ 0, 0 };
	expect_cell(PT_BLOB_FINE, 0);
	begin_system();
	REFUSED(system, system_->reserved.count = 0, PT_BLOB_TABLE, system_->reserved.offset);
	system_->reserved = (struct pt_table){ 0, 0 };
	expect_system(PT_BLOB_FINE, 0);
}

/* @base and @size of a range, wherever it is. */
static void refuse_range(void (*expect)(enum pt_blob_reason, size_t), uint64_t *base, uint64_t *size)
{
	static const uint64_t bases[] = { PT_ADDRESS_LIMIT, 1ULL << 63, ~0ULL << 12 };
	static const uint64_t sizes[] = { 0, PT_ADDRESS_LIMIT + 4096, 1ULL << 63, ~0ULL << 12 };

	*base += 8;
	expect(PT_BLOB_ALIGN, at(base));
	*size += 2048;
	expect(PT_BLOB_ALIGN, at(size));
	for (unsigned int i = 0; i < ARRAY_SIZE(bases); i++) {
		*base = bases[i];
		expect(PT_BLOB_RANGE, at(base));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		*size = sizes[i];
		expect(PT_BLOB_RANGE, at(size));
	}
	*size = PT_ADDRESS_LIMIT - *base + 4096;
	expect(PT_BLOB_RANGE, at(size));
	*size = 0 - *base;	/* ends at 2^64 */
	expect(PT_BLOB_RANGE, at(size));
}

static void test_ranges_do_not_wrap_or_leave_the_address_space(void **state)
{
	begin_system();
	refuse_range(expect_system, &system_->gicd.base, &system_->gicd.size);
	refuse_range(expect_system, &range(system_->gicr, 0)->base, &range(system_->gicr, 0)->size);
	refuse_range(expect_system, &range(system_->ram, 0)->base, &range(system_->ram, 0)->size);
	refuse_range(expect_system, &range(system_->reserved, 0)->base, &range(system_->reserved, 0)->size);
	begin_cell();
	refuse_range(expect_cell, &region(1)->pa, &region(1)->size);
	REFUSED(cell, region(0)->ipa += 4, PT_BLOB_ALIGN, region(0)->ipa);
	REFUSED(cell, region(0)->ipa = ~0ULL << 12, PT_BLOB_RANGE, region(0)->ipa);
	REFUSED(cell, region(0)->ipa = PT_ADDRESS_LIMIT - 4096, PT_BLOB_RANGE, region(0)->size);
	REFUSED(cell, cell->comm += 8, PT_BLOB_ALIGN, cell->comm);
	REFUSED(cell, cell->comm = PT_ADDRESS_LIMIT - PT_PAGE_SIZE, PT_BLOB_RANGE, cell->comm);
	REFUSED(cell, cell->comm = ~0ULL << 12, PT_BLOB_RANGE, cell->comm);
	cell->comm = PT_ADDRESS_LIMIT - PT_COMM_SIZE;
	expect_cell(PT_BLOB_FINE, 0);
}

static void test_ranges_of_one_kind_do_not_overlap(void **state)
{
	/* Around [0x10000, 0x20000): within, at its two ends, over it, and next to it on both sides. */
	static const struct pt_range second[] = {
		{ 0x12000, 0x1000 }, { 0xf000, 0x2000 }, { 0x1f000, 0x2000 }, { 0x8000, 0x20000 }, { 0xf000, 0x1000 },
		{ 0x20000, 0x1000 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(second); i++) {
		const bool apart = i >= 4;

		/* The CPUs' table makes room. */
		begin_system();
		system_->ram.offset = system_->cpus.offset;
		system_->ram.count = 2;
		*range(system_->ram, 0) = (struct pt_range){ 0x10000, 0x10000 };
		*range(system_->ram, 1) = second[i];
		system_->cpus.offset += 2 * sizeof(struct pt_range);
		system_->cpus.count = 4;
		expect_system(apart ? PT_BLOB_FINE : PT_BLOB_OVERLAP, apart ? 0 : at(range(system_->ram, 1)));
	}
	REFUSED(system, system_->gicd.base = GICR_PA - 0xf000, PT_BLOB_OVERLAP, system_->gicd.base);

	begin_cell();
	REFUSED(cell, region(1)->pa = region(0)->pa + region(0)->size - 0x1000, PT_BLOB_OVERLAP, region(1)->pa);
	REFUSED(cell, region(1)->ipa = region(0)->ipa - 0x1000, PT_BLOB_OVERLAP, region(1)->ipa);
	REFUSED(cell, cell->comm = region(1)->ipa, PT_BLOB_OVERLAP, cell->comm);
	REFUSED(cell, cell->comm = region(0)->ipa - PT_COMM_SIZE + 0x1000, PT_BLOB_OVERLAP, cell->comm);
	cell->comm = region(0)->ipa - PT_COMM_SIZE;
	expect_cell(PT_BLOB_FINE, 0);
}

static void test_interrupt_controller_cannot_be_mapped_or_hidden(void **state)
{
	static const uint64_t kept[] = { GICD_PA, GICD_PA + 0xf000, GICR_PA, GICR_PA + CPUS * GICR_SIZE - 0x1000,
					 ITS_PA, ITS_PA + 0x1f000 };

	begin_cell();
	for (unsigned int i = 0; i < ARRAY_SIZE(kept); i++) {
		region(1)->size = 0x1000;
		region(1)->flags = PT_REGION_READ | PT_REGION_DEVICE;
		REFUSED(cell, region(1)->pa = kept[i], PT_BLOB_TAKEN, region(1)->pa);
		region(1)->size = 0x1000;
		if (kept[i] - ITS_PA >= 0x20000)
			REFUSED(cell, region(1)->ipa = kept[i], PT_BLOB_OVERLAP, region(1)->ipa);
		if (kept[i] - ITS_PA >= 0x20000)
			REFUSED(cell, cell->comm = kept[i], PT_BLOB_OVERLAP, cell->comm);
	}
	/* Partly, and around it. */
	for (unsigned int i = 0; i < 3; i++) {
		static const uint64_t sizes[] = { 0x2000, 0x200000, 0x1000 };

		region(1)->size = sizes[i];
		region(1)->flags = PT_REGION_READ | PT_REGION_DEVICE;
		region(1)->pa = ITS_PA - (i == 2 ? 0x2000 : 0x1000);
		expect_cell(i == 2 ? PT_BLOB_FINE : PT_BLOB_TAKEN, i == 2 ? 0 : at(&region(1)->pa));
	}
}

static void test_ram_is_ram_and_devices_are_not(void **state)
{
	begin_cell();
	REFUSED(cell, region(0)->flags |= PT_REGION_DEVICE, PT_BLOB_FLAGS, region(0)->flags);	/* EXEC */
	REFUSED(cell, region(0)->flags &= ~(uint32_t)PT_REGION_READ, PT_BLOB_FLAGS, region(0)->flags);
	REFUSED(cell, region(0)->flags = 0, PT_BLOB_FLAGS, region(0)->flags);
	REFUSED(cell, region(1)->flags |= PT_REGION_DEVICE, PT_BLOB_MEMORY, region(1)->pa);
	REFUSED(cell, region(1)->pa = UART_PA, PT_BLOB_MEMORY, region(1)->pa);
	REFUSED(cell, region(1)->pa = ARENA_BASE - 0x1000, PT_BLOB_MEMORY, region(1)->pa);
	REFUSED(cell, region(1)->pa = ARENA_BASE + RAM_SIZE - 0x1000, PT_BLOB_MEMORY, region(1)->pa);
	region(1)->flags = PT_REGION_READ | PT_REGION_DEVICE;
	REFUSED(cell, region(1)->pa = ARENA_BASE - 0x1000, PT_BLOB_MEMORY, region(1)->pa);
	region(1)->pa = ARENA_BASE + RAM_SIZE - 0x2000;
	expect_cell(PT_BLOB_FINE, 0);
}

static void test_shared_memory_is_ram_that_holds_no_code(void **state)
{
	begin_cell();
	region(1)->flags |= PT_REGION_SHARED;
	expect_cell(PT_BLOB_FINE, 0);
	region(1)->flags |= PT_REGION_SHARED | PT_REGION_WRITE;
	expect_cell(PT_BLOB_FINE, 0);
	REFUSED(cell, region(0)->flags |= PT_REGION_SHARED, PT_BLOB_FLAGS, region(0)->flags);	/* EXEC */
	REFUSED(cell, region(1)->flags = PT_REGION_SHARED, PT_BLOB_FLAGS, region(1)->flags);
	board_cell_blob(bytes, &small_cell);
	REFUSED(cell, region(1)->flags |= PT_REGION_SHARED, PT_BLOB_FLAGS, region(1)->flags);	/* DEVICE */
	/* Where the entry is, has to be memory of the cell alone. */
	region(1)->flags = PT_REGION_READ | PT_REGION_SHARED;
	REFUSED(cell, cell->entry = region(1)->ipa, PT_BLOB_ENTRY, cell->entry);
}

#define PCI_REFUSED(change, reason, field) do {					\
	board_cell_blob(bytes, &pci_cell);						\
	REFUSED(cell, change, reason, field);						\
} while (0)

static void test_configuration_space_is_given_by_whole_functions_and_by_nothing_else(void **state)
{
	begin_cell();
	board_cell_blob(bytes, &pci_cell);
	expect_cell(PT_BLOB_FINE, 0);
	PCI_REFUSED(region(2)->flags &= ~(uint32_t)PT_REGION_WRITE, PT_BLOB_FLAGS, region(2)->flags);
	PCI_REFUSED(region(2)->flags &= ~(uint32_t)PT_REGION_READ, PT_BLOB_FLAGS, region(2)->flags);
	PCI_REFUSED(region(2)->flags &= ~(uint32_t)PT_REGION_DEVICE, PT_BLOB_FLAGS, region(2)->flags);
	PCI_REFUSED(region(2)->flags |= PT_REGION_EXEC, PT_BLOB_FLAGS, region(2)->flags);
	PCI_REFUSED(region(2)->flags |= PT_REGION_SHARED, PT_BLOB_FLAGS, region(2)->flags);
	PCI_REFUSED(region(2)->size = 0x2000, PT_BLOB_RANGE, region(2)->size);
	/* A plain device there would reach all functions; a function elsewhere would be no function. */
	PCI_REFUSED(region(2)->bars = 0; region(2)->flags &= ~(uint32_t)PT_REGION_PCI, PT_BLOB_TAKEN, region(2)->pa);
	PCI_REFUSED(region(1)->pa = ECAM_PA + 0x40000, PT_BLOB_TAKEN, region(1)->pa);
	PCI_REFUSED(region(1)->pa = ECAM_PA - 0x1000; region(1)->size = 0x2000, PT_BLOB_TAKEN, region(1)->pa);
	PCI_REFUSED(region(2)->pa = 0x10002000, PT_BLOB_TAKEN, region(2)->pa);
	PCI_REFUSED(region(2)->pa = ECAM_PA - 0x1000, PT_BLOB_TAKEN, region(2)->pa);
	PCI_REFUSED(region(2)->pa = ECAM_PA + ECAM_SIZE, PT_BLOB_TAKEN, region(2)->pa);
	PCI_REFUSED(region(2)->pa = GICD_PA, PT_BLOB_TAKEN, region(2)->pa);
	PCI_REFUSED(region(2)->pa = ARENA_BASE, PT_BLOB_TAKEN, region(2)->pa);
	board_cell_blob(bytes, &pci_cell);
	region(2)->pa = region(2)->ipa = ECAM_PA + ECAM_SIZE - 0x1000;
	region(2)->bars = ~0u >> 2;	/* of what it says only the cell makes use */
	expect_cell(PT_BLOB_FINE, 0);
	PCI_REFUSED(region(2)->bars |= 1u << 30, PT_BLOB_RESERVED, region(2)->bars);
}

static void test_entry_is_executable(void **state)
{
	begin_cell();
	REFUSED(cell, cell->entry += 2, PT_BLOB_ALIGN, cell->entry);
	REFUSED(cell, cell->entry = region(1)->ipa, PT_BLOB_ENTRY, cell->entry);
	REFUSED(cell, cell->entry = region(0)->ipa - 4, PT_BLOB_ENTRY, cell->entry);
	REFUSED(cell, cell->entry = region(0)->ipa + region(0)->size, PT_BLOB_ENTRY, cell->entry);
	REFUSED(cell, cell->entry = ~3ULL, PT_BLOB_ENTRY, cell->entry);
	cell->entry = region(0)->ipa + region(0)->size - 4;
	expect_cell(PT_BLOB_FINE, 0);
}

static void test_cpus_and_interrupts_exist_and_are_named_once(void **state)
{
	begin_system();
	REFUSED(system, *mpidr(system_->cpus, 3) = 1ULL << 31, PT_BLOB_CPU, *mpidr(system_->cpus, 3));
	REFUSED(system, *mpidr(system_->cpus, 3) = 1ULL << 40, PT_BLOB_CPU, *mpidr(system_->cpus, 3));
	REFUSED(system, *mpidr(system_->cpus, 7) = 2, PT_BLOB_TWICE, *mpidr(system_->cpus, 7));
	REFUSED(system, system_->event_spi = 31, PT_BLOB_IRQ, system_->event_spi);
	REFUSED(system, system_->event_spi = 1020, PT_BLOB_IRQ, system_->event_spi);
	system_->event_spi = 0;
	expect_system(PT_BLOB_FINE, 0);
	begin_cell();
	REFUSED(cell, *mpidr(cell->cpus, 1) = 4, PT_BLOB_CPU, *mpidr(cell->cpus, 1));
	REFUSED(cell, *mpidr(cell->cpus, 1) |= 1ULL << 31, PT_BLOB_CPU, *mpidr(cell->cpus, 1));
	REFUSED(cell, *mpidr(cell->cpus, 1) = *mpidr(cell->cpus, 0), PT_BLOB_TWICE, *mpidr(cell->cpus, 1));
	REFUSED(cell, *spi(1) = *spi(0), PT_BLOB_TWICE, *spi(1));
	REFUSED(cell, *spi(0) = 31, PT_BLOB_IRQ, *spi(0));
	REFUSED(cell, *spi(0) = 1020, PT_BLOB_IRQ, *spi(0));
	REFUSED(cell, *spi(1) = ~0u, PT_BLOB_IRQ, *spi(1));
	REFUSED(cell, *spi(1) = EVENT_SPI, PT_BLOB_TAKEN, *spi(1));
	*spi(1) = 1019;
	expect_cell(PT_BLOB_FINE, 0);
}

/* Neither cell nor root may find something else there, and its interrupt is owned as all of them are. */
static void test_uart_has_a_page_of_its_own_and_an_interrupt_of_the_cell(void **state)
{
	const uint64_t taken[] = { GICD_PA, GICD_PA + 0xf000, GICR_PA, GICR_PA + CPUS * GICR_SIZE - 0x1000, 0x1000,
				   0x1000 + PT_COMM_SIZE - 0x1000, 0x80000000, 0x80202000, 0xa0001000 };

#define UART(address)	(cell->uart_spi = *spi(1), cell->uart = (address))
	begin_cell();
	UART(0x80203000);
	expect_cell(PT_BLOB_FINE, 0);
	UART(PT_ADDRESS_LIMIT - 0x1000);
	expect_cell(PT_BLOB_FINE, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(taken); i++)
		REFUSED(cell, UART(taken[i]), PT_BLOB_OVERLAP, cell->uart);
	REFUSED(cell, UART(0x80203800), PT_BLOB_ALIGN, cell->uart);
	REFUSED(cell, UART(PT_ADDRESS_LIMIT), PT_BLOB_RANGE, cell->uart);
	REFUSED(cell, UART(~0xfffULL), PT_BLOB_RANGE, cell->uart);
	REFUSED(cell, UART(0x90000000); cell->uart_spi = 0, PT_BLOB_IRQ, cell->uart_spi);
	REFUSED(cell, UART(0x90000000); cell->uart_spi = 100, PT_BLOB_IRQ, cell->uart_spi);
	REFUSED(cell, UART(0x90000000); cell->uart_spi = EVENT_SPI, PT_BLOB_IRQ, cell->uart_spi);
	REFUSED(cell, UART(0x90000000); cell->uart_spi = *spi(1) = EVENT_SPI, PT_BLOB_TAKEN, *spi(1));
}

static void corrupt_each_byte(bool is_system)
{
	const uint32_t length = cell->header.length;

	for (uint32_t i = 0; i < length; i++) {
		const unsigned char good = bytes[i];

		for (unsigned int flip = 1; flip < 256; flip++) {
			uint32_t offset;

			bytes[i] = good ^ (unsigned char)flip;
			if (check(is_system, length, &offset) == PT_BLOB_FINE)
				fail_msg("byte %u xor %u is not noticed", i, flip);
			assert_true(offset < length);
			if (cell->header.length > length)
				continue;
			/* The same by somebody who can compute a checksum: anything but a crash. */
			board_sign(bytes);
			check(is_system, length, &offset);
			assert_true(offset < length);
			bytes[i] = good;
			board_sign(bytes);
		}
		bytes[i] = good;
		board_sign(bytes);
	}
}

static void test_no_single_byte_changes_unnoticed(void **state)
{
	begin_system();
	corrupt_each_byte(true);
	begin_cell();
	corrupt_each_byte(false);
}

static const struct cell_spec *const packed[] = { &small_cell, &other_cell, &manager_cell };
static struct pt_boot *const boot = (void *)bytes;

static void begin_boot(void)
{
	static bool made;

	if (!made)
		board_pack(packed, ARRAY_SIZE(packed), PT_RESCUE_HALT);
	made = true;
	memcpy(bytes, board_boot, sizeof(bytes));
	board_system_blob(board_system);
}

static void test_each_flipped_byte_of_an_images_table_is_refused(void **state)
{
	uint32_t offset;

	begin_boot();
	assert_int_equal(blob_check_boot(bytes, boot->header.length, &offset), PT_BLOB_FINE);
	for (size_t i = 0; i < boot->header.length; i++) {
		const size_t length = boot->header.length;

		bytes[i] ^= 1 << i % 8;
		assert_int_not_equal(blob_check_boot(bytes, length, &offset), PT_BLOB_FINE);
		assert_true(offset < length);
		bytes[i] ^= 1 << i % 8;
	}
	for (size_t size = 0; size < boot->header.length; size++)
		assert_int_equal(blob_check_boot(bytes, size, &offset), PT_BLOB_LENGTH);
}

static struct pt_right *right(uint32_t i)
{
	return (struct pt_right *)(bytes + cell->rights.offset) + i;
}

#define MANAGER_REFUSED(change, reason, field) do {				\
	board_cell_blob(bytes, &manager_cell);					\
	REFUSED(cell, change, reason, field);					\
} while (0)

static void test_rights_name_cells_and_verbs_that_there_are(void **state)
{
	begin_cell();
	board_cell_blob(bytes, &manager_cell);
	expect_cell(PT_BLOB_FINE, 0);
	MANAGER_REFUSED(right(1)->verbs = 0, PT_BLOB_RIGHTS, right(1)->verbs);
	MANAGER_REFUSED(right(0)->verbs |= PT_MAY_ALL + 1, PT_BLOB_RIGHTS, right(0)->verbs);
	MANAGER_REFUSED(right(0)->reserved0 = 1, PT_BLOB_RESERVED, right(0)->reserved0);
	MANAGER_REFUSED(right(1)->name[0] = 0, PT_BLOB_NAME, right(1)->name);
	MANAGER_REFUSED(memset(right(1)->name, 'x', PT_NAME_SIZE), PT_BLOB_NAME, right(1)->name);
	MANAGER_REFUSED(cell->rights.count = PT_MAX_CELLS + 1, PT_BLOB_COUNT, cell->rights.count);
	MANAGER_REFUSED(cell->manage = 0, PT_BLOB_RIGHTS, cell->manage);
	MANAGER_REFUSED(cell->manage += 8, PT_BLOB_ALIGN, cell->manage);
	MANAGER_REFUSED(cell->manage = PT_ADDRESS_LIMIT - PT_PAGE_SIZE, PT_BLOB_RANGE, cell->manage);
	MANAGER_REFUSED(cell->manage = cell->comm - PT_MANAGE_SIZE + PT_PAGE_SIZE, PT_BLOB_OVERLAP, cell->manage);
	MANAGER_REFUSED(cell->manage = region(0)->ipa + 0x1000, PT_BLOB_OVERLAP, cell->manage);
	MANAGER_REFUSED(cell->manage = GICD_PA - PT_PAGE_SIZE, PT_BLOB_OVERLAP, cell->manage);
	MANAGER_REFUSED(cell->event_spi = 81, PT_BLOB_IRQ, cell->event_spi);
	/* What only a manager has. */
	begin_cell();
	REFUSED(cell, cell->manage = MANAGE, PT_BLOB_RIGHTS, cell->manage);
	REFUSED(cell, cell->event_spi = 41, PT_BLOB_RIGHTS, cell->event_spi);
}

static void test_limit_of_exits_has_an_action_that_there_is(void **state)
{
	begin_cell();
	for (uint32_t action = 0; action < PT_EXITS_ACTIONS; action++) {
		cell->exit_rate = 1;
		cell->exit_action = action;
		expect_cell(PT_BLOB_FINE, 0);
	}
	cell->exit_rate = ~0u;
	REFUSED(cell, cell->exit_action = PT_EXITS_ACTIONS, PT_BLOB_RESERVED, cell->exit_action);
	REFUSED(cell, cell->exit_action = PT_EXITS_THROTTLE, PT_BLOB_RESERVED, cell->exit_action);
}

TESTS(
	BARE(test_limit_of_exits_has_an_action_that_there_is),
	BARE(test_good_blobs_are_fine),
	BARE(test_checksum_is_the_one_of_zlib),
	BARE(test_header_is_checked_first),
	BARE(test_names_are_of_the_alphabet_and_terminated),
	BARE(test_the_gic_is_of_one_kind),
	BARE(test_reserved_fields_are_zero),
	BARE(test_tables_lie_in_the_blob_and_counts_are_capped),
	BARE(test_ranges_do_not_wrap_or_leave_the_address_space),
	BARE(test_ranges_of_one_kind_do_not_overlap),
	BARE(test_interrupt_controller_cannot_be_mapped_or_hidden),
	BARE(test_ram_is_ram_and_devices_are_not),
	BARE(test_shared_memory_is_ram_that_holds_no_code),
	BARE(test_configuration_space_is_given_by_whole_functions_and_by_nothing_else),
	BARE(test_entry_is_executable),
	BARE(test_cpus_and_interrupts_exist_and_are_named_once),
	BARE(test_uart_has_a_page_of_its_own_and_an_interrupt_of_the_cell),
	BARE(test_no_single_byte_changes_unnoticed),
	BARE(test_each_flipped_byte_of_an_images_table_is_refused),
	BARE(test_rights_name_cells_and_verbs_that_there_are),
)
