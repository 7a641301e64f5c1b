// SPDX-License-Identifier: GPL-2.0-only
/*
 * The layout of blobs, and the way back from an offset to a name. Never writes a byte that does not
 * come from the input: padding is 0.
 */
#include <stdio.h>
#include <string.h>
#include <core/blob.h>
#include "blobs.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "blobs are little-endian and written in place"
#endif

static uint32_t round_up_8(size_t size)
{
	return (uint32_t)((size + 7) & ~(size_t)7);
}

void blob_begin(struct blob *blob, size_t fixed_size)
{
	memset(blob, 0, sizeof(*blob));
	blob->size = round_up_8(fixed_size);
}

bool blob_add(struct blob *blob, struct pt_table *table, const void *entries, uint32_t count,
	      size_t entry_size)
{
	const size_t size = count * entry_size;

	if (count > PT_BLOB_MAX || size > PT_BLOB_MAX - blob->size)
		return false;
	if (!count)
		return true;
	*table = (struct pt_table){ .offset = blob->size, .count = count };
	memcpy((uint8_t *)blob->words + blob->size, entries, size);
	blob->size += round_up_8(size);
	return true;
}

void blob_finish(struct blob *blob, uint32_t magic)
{
	struct pt_blob_header *header = (struct pt_blob_header *)blob->words;

	*header = (struct pt_blob_header){
		.magic = magic,
		.version = PT_ABI_VERSION,
		.length = blob->size,
	};
	header->checksum = blob_checksum(blob->words, blob->size);
}

struct field {
	const char *name;
	size_t offset;		/* in the fixed part, or in an entry */
	size_t size;
};

struct table_field {
	const char *name;
	size_t offset;		/* of the struct pt_table in the fixed part */
	size_t entry_size;
	const struct field *fields;	/* of an entry; NULL: it is one number */
};

#define FIELD(type, name)                                                            \
	{                                                                            \
#name, offsetof(struct type, name), sizeof(((struct type *)0)->name) \
	}
#define END			{ NULL, 0, 0 }

static const struct field header_fields[] = {
	FIELD(pt_blob_header, magic), FIELD(pt_blob_header, version), FIELD(pt_blob_header, length),
	FIELD(pt_blob_header, checksum), END
};
static const struct field range_fields[] = { FIELD(pt_range, base), FIELD(pt_range, size), END };
static const struct field right_fields[] = {
	FIELD(pt_right, name), FIELD(pt_right, verbs), END
};
static const struct field region_fields[] = {FIELD(pt_region, pa),	  FIELD(pt_region, ipa),
					     FIELD(pt_region, size),	  FIELD(pt_region, flags),
					     FIELD(pt_region, bars),	  END};
static const struct field system_fields[] = {
	FIELD(pt_system, name),	     FIELD(pt_system, gicd),
	FIELD(pt_system, gicr),	     FIELD(pt_system, cpus),
	FIELD(pt_system, ram),	     FIELD(pt_system, reserved),
	FIELD(pt_system, ecam),	     FIELD(pt_system, gicc),
	FIELD(pt_system, event_spi), FIELD(pt_system, gic_version),
	END};
static const struct field cell_fields[] = {
	FIELD(pt_cell, name), FIELD(pt_cell, flags), FIELD(pt_cell, entry),
	FIELD(pt_cell, argument), FIELD(pt_cell, comm), FIELD(pt_cell, uart), FIELD(pt_cell, uart_spi),
	FIELD(pt_cell, manage), FIELD(pt_cell, serial), FIELD(pt_cell, serial_kind), FIELD(pt_cell, event_spi),
	FIELD(pt_cell, cpus), FIELD(pt_cell, regions), FIELD(pt_cell, spis), FIELD(pt_cell, rights),
	FIELD(pt_cell, exit_rate), FIELD(pt_cell, exit_action), END
};
static const struct table_field system_tables[] = {
	{ "gicr", offsetof(struct pt_system, gicr), sizeof(struct pt_range), range_fields },
	{ "cpus", offsetof(struct pt_system, cpus), sizeof(uint64_t), NULL },
	{ "ram", offsetof(struct pt_system, ram), sizeof(struct pt_range), range_fields },
	{ "reserved", offsetof(struct pt_system, reserved), sizeof(struct pt_range), range_fields },
	{ "ecam", offsetof(struct pt_system, ecam), sizeof(struct pt_range), range_fields },
	{ NULL, 0, 0, NULL }
};
static const struct table_field cell_tables[] = {
	{ "cpus", offsetof(struct pt_cell, cpus), sizeof(uint64_t), NULL },
	{ "regions", offsetof(struct pt_cell, regions), sizeof(struct pt_region), region_fields },
	{ "spis", offsetof(struct pt_cell, spis), sizeof(uint32_t), NULL },
	{ "rights", offsetof(struct pt_cell, rights), sizeof(struct pt_right), right_fields },
	{ NULL, 0, 0, NULL }
};

static const char *field_at(const struct field *f, size_t offset)
{
	for (; f && f->name; f++)
		if (offset >= f->offset && offset - f->offset < f->size)
			return f->name;
	return NULL;
}

static bool table_words(const struct blob *blob, const struct table_field *tables, uint32_t offset,
			char *words, size_t size)
{
	for (const struct table_field *t = tables; t->name; t++) {
		struct pt_table table;
		const char *field;
		size_t index;

		memcpy(&table, (const uint8_t *)blob->words + t->offset, sizeof(table));
		if (offset < table.offset || (offset - table.offset) / t->entry_size >= table.count)
			continue;
		index = (offset - table.offset) / t->entry_size;
		field = field_at(t->fields, (offset - table.offset) % t->entry_size);
		snprintf(words, size, "%s[%zu]%s%s", t->name, index, field ? "." : "",
			 field ? field : "");
		return true;
	}
	return false;
}

char *blob_field_words(const struct blob *blob, uint32_t offset, char *words, size_t size)
{
	const struct pt_blob_header *header = (const struct pt_blob_header *)blob->words;
	const bool cell = header->magic == PT_CELL_MAGIC;
	const char *field = field_at(header_fields, offset);

	if (!field)
		field = field_at(cell ? cell_fields : system_fields, offset);
	if (field)
		snprintf(words, size, "%s", field);
	else if (!table_words(blob, cell ? cell_tables : system_tables, offset, words, size))
		snprintf(words, size, "byte %u", offset);
	return words;
}

const char *blob_reason_words(enum pt_blob_reason reason)
{
#define WORDS(name, text) text,
	static const char *const words[] = {PT_REASONS(WORDS)};
#undef WORDS

	return reason >= 0 && reason < PT_BLOB_REASONS ? words[reason]
						       : "is refused for an unknown reason";
}
