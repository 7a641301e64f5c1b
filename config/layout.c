// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel lies first, then its initrd, then its device tree, each on 2 MiB: the last comes last
 * because its size is known only when the addresses of the others are.
 */
#include <string.h>
#include <libfdt.h>
#include "layout.h"

#define BLOCK		(2ull << 20)
#define OLD_OFFSET	0x80000u	/* of kernels before 3.17, whose header has no size */

/* Little-endian, at the start of the image. */
struct header {
	uint32_t code[2];
	uint64_t text_offset;
	uint64_t image_size;
	uint64_t flags;
	uint64_t reserved[3];
	char magic[4];
	uint32_t pe_offset;
};

static uint64_t le64(const void *at)
{
	const uint8_t *b = at;
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | b[i];
	return value;
}

bool is_kernel(const void *image, size_t size)
{
	const size_t magic = offsetof(struct header, magic);

	return size >= sizeof(struct header) &&
	       !memcmp((const char *)image + magic, "ARM\x64", sizeof("ARM\x64") - 1);
}

/* Where the kernel begins and how much it wants for itself, the file and what is zero behind it. */
static bool read_header(const struct cell *cell, const uint8_t *image, size_t size,
			uint64_t *offset, uint64_t *wants, struct messages *m)
{
	const uint64_t flags = le64(image + offsetof(struct header, flags));

	*offset = le64(image + offsetof(struct header, text_offset));
	*wants = le64(image + offsetof(struct header, image_size));
	if (flags & 1) {
		messages_error_at(m, messages_place(m, cell->name, "image"),
				  "cell '%s': the kernel in its image is a big-endian one; cells "
				  "start little-endian", cell->name);
		return false;
	}
	if (!*wants)
		*offset = OLD_OFFSET;
	if (*wants < size)
		*wants = size;
	return true;
}

static uint64_t next_block(uint64_t offset)
{
	return (offset + BLOCK - 1) & ~(BLOCK - 1);
}

bool layout_choose(const struct cell *cell, const void *image, size_t size, uint64_t initrd_size,
		   struct layout *layout, struct messages *m)
{
	const uint64_t memory = cell->memory_size;
	uint64_t offset, wants;

	if (!read_header(cell, image, size, &offset, &wants, m))
		return false;
	/* None of these can wrap: each is compared before it is added to. */
	if (offset <= memory && wants <= memory - offset) {
		layout->image = offset;
		layout->initrd = next_block(offset + wants);
		if (layout->initrd <= memory && initrd_size <= memory - layout->initrd) {
			layout->tree = next_block(layout->initrd + initrd_size);
			if (layout->tree < memory)
				return true;
		}
	}
	messages_error_at(m, messages_place(m, cell->name, "memory"),
			  "cell '%s': its kernel (%llu KiB with what it zeroes), initrd (%llu KiB) "
			  "and device tree, on 2 MiB each, do not fit its memory (%llu KiB); give "
			  "it more", cell->name, (unsigned long long)wants / 1024,
			  (unsigned long long)(initrd_size + 1023) / 1024,
			  (unsigned long long)memory / 1024);
	return false;
}
