// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading boards and systems for `partita config`. Nothing here needs the driver, the hypervisor or
 * an arm64 machine, and nothing is changed.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli.h"
#include "config_system.h"
#include "dtc.h"

static bool running_board(struct running_board *b, struct messages *m)
{
	if (running_board_read_quietly(b, m))
		return true;
	fail("cannot read the board's device tree '%s': %s; name that of a board with --board DTB",
	     BOARD_TREE, strerror(errno));
	return false;
}

static bool board_of_file(struct running_board *b, const char *dtb, struct messages *m)
{
	static const char magic[4] = { '\xd0', '\x0d', '\xfe', '\xed' };

	*b = (struct running_board){ 0 };
	if (!file_read_or_fail(dtb, "the board's device tree", &b->tree))
		return false;
	if (b->tree.size < sizeof(magic) || memcmp(b->tree.bytes, magic, sizeof(magic)) != 0) {
		fail("'%s' is not a device tree blob; dtc -I dts -O dtb makes one of a source",
		     dtb);
		free(b->tree.bytes);
		return false;
	}
	board_read(&b->board, b->tree.bytes, b->tree.size, NULL, m);
	return true;
}

bool config_board_read(struct running_board *b, const char *dtb)
{
	struct messages m;
	bool read, errors;

	messages_init(&m, dtb ? dtb : BOARD_TREE);
	read = dtb ? board_of_file(b, dtb, &m) : running_board(b, &m);
	messages_print(&m, stderr);
	errors = m.errors;
	messages_free(&m);
	if (read && errors)
		running_board_free(b);
	return read && !errors;
}

bool config_system_read(struct system *s, const char *file, const struct board *b,
			struct messages *m)
{
	struct buffer tree;
	bool read;

	if (!tree_file_read(file, &tree, &m->source))
		return false;
	read = system_read(s, b, tree.bytes, tree.size, m);
	free(tree.bytes);
	return read;
}

/* An image is named relative to the file that names it. */
static void image_path(const char *file, const char *image, char *path)
{
	const char *slash = strrchr(file, '/');

	if (*image == '/' || !slash)
		snprintf(path, PATH_MAX, "%s", image);
	else
		snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - file), file, image);
}

/* A file that a cell names with @property. */
static void check_file(const struct cell *cell, const char *property, const char *name,
		       const char *file, bool elsewhere, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, property);
	char path[PATH_MAX], have[32], need[32];
	struct stat st;

	image_path(file, name, path);
	if (stat(path, &st) && elsewhere)
		messages_warn_at(m, at,
				 "cell '%s': cannot read %s '%s': %s; whether it fits is not known",
				 cell->name, property, path, strerror(errno));
	else if (stat(path, &st))
		messages_error_at(m, at, "cell '%s': cannot read %s '%s': %s", cell->name, property,
				  path, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		messages_error_at(m, at, "cell '%s': %s '%s' is a directory", cell->name, property,
				  path);
	else if (S_ISREG(st.st_mode) && !st.st_size)
		messages_error_at(m, at, "cell '%s': %s '%s' is empty", cell->name, property, path);
	else if ((uint64_t)st.st_size > cell->memory_size)
		messages_error_at(m, at,
				  "cell '%s': %s '%s' (%s) does not fit its memory (%s); "
				  "give it more with 'memory'",
				  cell->name, property, path,
				  size_words((uint64_t)st.st_size, need),
				  size_words(cell->memory_size, have));
}

static void check_files(const struct system *s, const char *file, bool elsewhere,
			struct messages *m)
{
	for (uint32_t i = 0; i < s->count; i++) {
		const struct cell *cell = &s->cells[i];

		if (cell->image)
			check_file(cell, "image", cell->image, file, elsewhere, m);
		if (cell->initrd)
			check_file(cell, "initrd", cell->initrd, file, elsewhere, m);
	}
}

static void place_named(struct compiled *c, const struct named_memory *named, struct messages *m)
{
	uint32_t i = 0;

	while (i < c->system.count &&
	       (strncmp(c->system.cells[i].name, named->cell, named->cell_length) != 0 ||
		c->system.cells[i].name[named->cell_length]))
		i++;
	if (i == c->system.count)
		messages_error(m, "describes no cell '%.*s', for which --memory names an address",
			       (int)named->cell_length, named->cell);
	else if (c->memory.named[i])
		messages_error(m, "cell '%s': --memory names its address twice; once is enough",
			       c->system.cells[i].name);
	else {
		c->memory.named[i] = true;
		c->memory.address[i] = named->address;
	}
}

/* Where an initrd will lie is up to whoever loads it. */
static void make_tree(struct compiled *c, uint32_t i, const struct board *b, struct messages *m)
{
	const struct cell *cell = &c->system.cells[i];
	const struct guest_tree_options options = {
		.system = &c->system,
		.bootargs = cell->command_line,
		.stdout_path = cell->console[0] ? cell->console : NULL,
	};

	guest_tree_write(cell, b, &c->blobs[i], &options, &c->trees[i].fdt, &c->trees[i].size, m);
}

bool config_compile(struct compiled *c, const char *file, const struct board *b, bool elsewhere,
		    const struct named_memory *named, unsigned int count, struct messages *m)
{
	*c = (struct compiled){ 0 };
	if (!config_system_read(&c->system, file, b, m))
		return false;
	check_files(&c->system, file, elsewhere, m);
	for (unsigned int i = 0; i < count; i++)
		place_named(c, &named[i], m);
	if (!memory_place(&c->memory, &c->system, b, m))
		return false;
	for (uint32_t i = 0; i < c->system.count; i++)
		if (cell_compile(&c->system.cells[i], b, c->memory.address[i], &c->blobs[i], m))
			make_tree(c, i, b, m);
	return !m->errors;
}

void compiled_free(struct compiled *c)
{
	for (uint32_t i = 0; i < c->system.count; i++)
		free(c->trees[i].fdt);
	system_free(&c->system);
}
