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

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
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
		layout->image = (int64_t)offset;
		layout->initrd = next_block(offset + wants);
		if (layout->initrd <= memory && initrd_size <= memory - layout->initrd) {
			layout->tree = next_block(layout->initrd + initrd_size);
			if (layout->tree < memory) {
				layout->has_tree = layout->kernel = true;
				layout->tree_room = smaller(memory - layout->tree, LAYOUT_TREE_MAX);
				return true;
			}
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

/* Has it nothing that keeps its memory from being in two areas? False after an error. */
static bool may_be_split(const struct cell *cell, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, "image-address");
	const uint32_t others = cell->region_count + cell->shared_count;

	if (cell->unconfined_count)
		messages_error_at(m, at,
				  "cell '%s': image-address 0x%llx is not in its memory, and its "
				  "devices with DMA would not see there what the cell sees; choose "
				  "one in its memory", cell->name, (unsigned long long)cell->image_address);
	else if (others > PT_MAX_REGIONS - 2)
		messages_error_at(m, at,
				  "cell '%s': image-address 0x%llx is not in its memory, which makes "
				  "two areas of that, and %d of devices and shared memory fit beside "
				  "them, not %u; choose one in its memory, or name fewer devices",
				  cell->name, (unsigned long long)cell->image_address,
				  PT_MAX_REGIONS - 2, others);
	else
		return true;
	return false;
}

/*
 * The image lies outside of the memory that the cell has at @guest_address: the memory's end goes
 * there, from 2 MiB on where that leaves large pages on both sides.
 */
static bool split_memory(struct cell *cell, uint64_t size, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, "image-address");
	const uint64_t needs = cell->image_address % PT_PAGE_SIZE + (size ? size : 1);
	const bool large = cell->image_address % BLOCK == 0 && needs < cell->memory_size &&
			   cell->memory_size - needs >= BLOCK;
	const uint64_t align = large ? BLOCK : PT_PAGE_SIZE;

	if (!may_be_split(cell, m))
		return false;
	if (!cell->image) {
		messages_error_at(m, at,
				  "cell '%s': image-address 0x%llx is not in its memory, and without "
				  "'image' nobody knows how much of that to move there; name the image",
				  cell->name, (unsigned long long)cell->image_address);
		return false;
	}
	if (needs >= cell->memory_size || cell->memory_size - needs < align) {
		messages_error_at(m, messages_place(m, cell->name, "memory"),
				  "cell '%s': its image (%llu KiB) lies outside of the rest of its memory, "
				  "which has %llu KiB with it, so that nothing is left; give it more",
				  cell->name, (unsigned long long)(size + 1023) / 1024,
				  (unsigned long long)cell->memory_size / 1024);
		return false;
	}
	cell->image_part = cell->memory_size - ((cell->memory_size - needs) & ~(align - 1));
	return true;
}

static bool place_image(struct cell *cell, uint64_t ipa, uint64_t size, struct messages *m)
{
	const uint64_t offset = cell->image_address - ipa;

	if (offset >= cell->memory_size)
		return split_memory(cell, size, m);
	if (size <= cell->memory_size - offset)
		return true;
	messages_error_at(m, messages_place(m, cell->name, "image-address"),
			  "cell '%s': its image (%llu KiB) at image-address 0x%llx reaches beyond the end of "
			  "its memory (0x%llx); give it more, or another image-address",
			  cell->name, (unsigned long long)(size + 1023) / 1024,
			  (unsigned long long)cell->image_address,
			  (unsigned long long)(ipa + cell->memory_size - 1));
	return false;
}

/* Up to the image if that is behind it. */
static bool place_tree(const struct cell *cell, uint64_t ipa, uint64_t size, struct layout *layout,
		       struct messages *m)
{
	const uint64_t tree = cell->tree_address - ipa, seen = cell_memory_seen(cell);
	const uint64_t image = (uint64_t)layout->image;
	const uint64_t first = ipa + image;
	const bool inside = image < seen;

	layout->tree = tree;
	layout->has_tree = true;
	layout->tree_room = 0;
	if (tree >= seen) {
		messages_error_at(m, messages_place(m, cell->name, "device-tree-address"),
				  "cell '%s': device-tree-address 0x%llx is not in the memory that is left "
				  "at guest-address 0x%llx (%llu KiB); choose a lower one",
				  cell->name, (unsigned long long)cell->tree_address,
				  (unsigned long long)ipa, (unsigned long long)seen / 1024);
		return false;
	}
	if (inside && tree >= image && tree - image < size) {
		messages_error_at(m, messages_place(m, cell->name, "device-tree-address"),
				  "cell '%s': device-tree-address 0x%llx lies in its image (0x%llx to "
				  "0x%llx); choose another",
				  cell->name, (unsigned long long)cell->tree_address,
				  (unsigned long long)first,
				  (unsigned long long)first + size - 1);
		return false;
	}
	layout->tree_room = smaller((inside && image > tree ? image : seen) - tree, LAYOUT_TREE_MAX);
	return true;
}

bool layout_program(struct cell *cell, size_t size, struct layout *layout, struct messages *m)
{
	uint64_t ipa;

	*layout = (struct layout){ 0 };
	cell->image_part = 0;
	/* Without these, where the memory lies need not be known. */
	if (!cell_memory_ipa(cell, &ipa))
		return true;
	if (cell->has_image_address) {
		if (!place_image(cell, ipa, size, m))
			return false;
		layout->image = (int64_t)(cell->image_address - ipa);
	}
	return !cell->has_tree_address || place_tree(cell, ipa, size, layout, m);
}
