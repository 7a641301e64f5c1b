// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images and initrds: reading them, what they are, and where they go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <core/blob.h>
#include "cell_files.h"
#include "cli.h"

/* A file is named relative to the file that names it. */
static void path_of(const char *file, const char *name, char *path)
{
	const char *slash = strrchr(file, '/');

	if (*name == '/' || !slash)
		snprintf(path, PATH_MAX, "%s", name);
	else
		snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - file), file, name);
}

static void read_one(const struct cell *cell, const char *property, const char *path,
		     bool elsewhere, struct buffer *out, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, property);
	char have[32], need[32];

	if (!file_read(path, out) && elsewhere)
		messages_warn_at(m, at,
				 "cell '%s': cannot read %s '%s': %s; whether it fits is not known",
				 cell->name, property, path, strerror(errno));
	else if (!out->bytes)
		messages_error_at(m, at, "cell '%s': cannot read %s '%s': %s", cell->name, property,
				  path, strerror(errno));
	else if (!out->size)
		messages_error_at(m, at, "cell '%s': %s '%s' is empty", cell->name, property, path);
	else if (out->size > cell->memory_size)
		messages_error_at(m, at,
				  "cell '%s': %s '%s' (%s) does not fit its memory (%s); "
				  "give it more with 'memory'", cell->name, property, path,
				  size_words(out->size, need), size_words(cell->memory_size, have));
}

/* The first bytes of what people compress kernels with. */
static const char *compression(const struct buffer *b)
{
	static const struct {
		const char *bytes;
		size_t count;
		const char *name;
	} known[] = {
		{ "\x1f\x8b", 2, "gzip" }, { "\x28\xb5\x2f\xfd", 4, "zstd" },
		{ "\xfd" "7zXZ", 5, "xz" }, { "BZh", 3, "bzip2" }, { "\x04\x22\x4d\x18", 4, "lz4" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (b->size > known[i].count && !memcmp(b->bytes, known[i].bytes, known[i].count))
			return known[i].name;
	/* An EFI program that unpacks the kernel inside it (CONFIG_EFI_ZBOOT). */
	if (b->size > 8 && !memcmp(b->bytes, "MZ", 2) && !memcmp(b->bytes + 4, "zimg", 4))
		return "EFI zboot";
	return NULL;
}

static bool refuse_compressed(const struct cell_files *f, const struct cell *cell,
			      struct messages *m)
{
	const char *name = f->image.bytes ? compression(&f->image) : NULL;

	if (name)
		messages_error_at(m, messages_place(m, cell->name, "image"),
				  "cell '%s': image '%s' is compressed (%s) and cannot run so; "
				  "unpack it first", cell->name, f->image_path, name);
	return name;
}

/* Only a kernel is told of these. */
static void refuse_without_kernel(const struct cell_files *f, const struct cell *cell,
				  struct messages *m)
{
	const struct {
		const char *property;
		bool wanted;
	} words[] = {
		{ "initrd", cell->initrd },
		{ "command-line", cell->command_line },
	};

	if (f->kernel)
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].wanted)
			messages_error_at(m, messages_place(m, cell->name, words[i].property),
					  "cell '%s': '%s' is for kernels, and %s; remove it",
					  cell->name, words[i].property,
					  cell->image ? "its image has no arm64 kernel's header" :
							"the cell names no image");
}

/* A kernel's places are its own business. */
static void refuse_with_kernel(const struct cell_files *f, const struct cell *cell,
			       struct messages *m)
{
	const struct {
		const char *property;
		bool wanted;
	} words[] = {
		{ "image-address", cell->has_image_address },
		{ "device-tree-address", cell->has_tree_address },
	};

	for (size_t i = 0; f->kernel && i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].wanted)
			messages_error_at(m, messages_place(m, cell->name, words[i].property),
					  "cell '%s': '%s' is for programs, and its image is an arm64 "
					  "kernel, which lies where its header wants it; remove it",
					  cell->name, words[i].property);
}

bool cell_files_read(struct cell_files *f, struct cell *cell, const char *file,
		     bool elsewhere, struct messages *m)
{
	const unsigned int errors = m->errors;
	bool unknown;

	*f = (struct cell_files){ 0 };
	if (cell->image) {
		path_of(file, cell->image, f->image_path);
		read_one(cell, "image", f->image_path, elsewhere, &f->image, m);
	}
	if (cell->initrd) {
		path_of(file, cell->initrd, f->initrd_path);
		read_one(cell, "initrd", f->initrd_path, elsewhere, &f->initrd, m);
	}
	/* What is inside of a compressed image, or one that is not there, may be a kernel. */
	unknown = refuse_compressed(f, cell, m) || (cell->image && !f->image.size);
	f->kernel = is_kernel(f->image.bytes, f->image.size);
	if (!unknown)
		refuse_without_kernel(f, cell, m);
	refuse_with_kernel(f, cell, m);
	if (m->errors != errors)
		return false;
	if (f->kernel)
		return layout_choose(cell, f->image.bytes, f->image.size, f->initrd.size,
				     &f->layout, m);
	return layout_program(cell, f->image.size, &f->layout, m);
}

void cell_files_free(struct cell_files *f)
{
	free(f->image.bytes);
	free(f->initrd.bytes);
	f->image.bytes = f->initrd.bytes = NULL;
}

bool cell_files_missing(const struct cell_files *f, const struct cell *cell)
{
	const bool needed = cell->initrd || cell->command_line || cell->image_part;

	return needed && ((cell->image && !f->image.bytes) || (cell->initrd && !f->initrd.bytes));
}

const struct layout *cell_files_layout(const struct cell_files *f)
{
	return &f->layout;
}

static bool refuse_large_tree(const struct cell_files *f, const struct cell *cell, size_t size,
			      struct messages *m)
{
	const unsigned long long room = f->layout.tree_room;

	if (size <= room)
		return false;
	if (f->kernel)
		messages_error_at(m, messages_place(m, cell->name, "memory"),
				  "cell '%s': its device tree of %zu bytes does not fit behind its "
				  "kernel and initrd, where %llu are left; give it more memory",
				  cell->name, size, room);
	else
		messages_error_at(m, messages_place(m, cell->name, "device-tree-address"),
				  "cell '%s': its device tree of %zu bytes does not fit at "
				  "device-tree-address 0x%llx, where %llu are free; choose another",
				  cell->name, size, (unsigned long long)cell->tree_address, room);
	return true;
}

bool cell_files_tree(const struct cell_files *f, const struct cell *cell, const struct system *s,
		     const struct board *b, const struct blob *blob, void **fdt, size_t *size,
		     struct messages *m)
{
	const struct pt_cell *c = (const struct pt_cell *)blob->words;
	const uint64_t memory = ((const struct pt_region *)blob_entries(c, c->regions))->ipa;
	struct guest_tree_options options = {
		.system = s,
		.bootargs = cell->command_line,
		.stdout_path = cell->console[0] && !cell_has_uart(cell) ? cell->console : NULL,
	};

	if (f->kernel && f->initrd.size) {
		options.initrd_start = memory + f->layout.initrd;
		options.initrd_end = options.initrd_start + f->initrd.size;
	}
	if (!guest_tree_write(cell, b, blob, &options, fdt, size, m))
		return false;
	if (f->layout.has_tree && refuse_large_tree(f, cell, *size, m)) {
		free(*fdt);
		return false;
	}
	return true;
}
