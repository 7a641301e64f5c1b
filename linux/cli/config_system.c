// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading boards and systems for `partita config`. Nothing here needs the driver, the hypervisor or
 * an arm64 machine, and nothing is changed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "config_system.h"
#include "dtc.h"

static bool running_board(struct running_board *b, bool boots, struct messages *m)
{
	if (running_board_read_quietly(b, boots, m))
		return true;
	fail("cannot read the board's device tree '%s': %s; name that of a board with --board DTB",
	     BOARD_TREE, strerror(errno));
	return false;
}

static bool board_of_file(struct running_board *b, const char *dtb, bool boots, struct messages *m)
{
	const struct board_facts facts = { .boots = boots };
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
	board_read(&b->board, b->tree.bytes, b->tree.size, &facts, m);
	return true;
}

bool config_board_read(struct running_board *b, const char *dtb, bool boots)
{
	struct messages m;
	bool read, errors;

	messages_init(&m, dtb ? dtb : BOARD_TREE);
	read = dtb ? board_of_file(b, dtb, boots, &m) : running_board(b, boots, &m);
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

static void compile_cell(struct compiled *c, uint32_t i, const struct board *b, struct messages *m)
{
	const struct cell *cell = &c->system.cells[i];
	const struct cell_files *files = &c->files[i];

	if (cell_compile(cell, b, c->memory.address[i], cell_files_layout(files), &c->blobs[i], m))
		cell_files_tree(files, cell, &c->system, b, &c->blobs[i], &c->trees[i].fdt,
				&c->trees[i].size, m);
}

bool config_compile(struct compiled *c, const char *file, const struct board *b, bool elsewhere,
		    const struct named_memory *named, unsigned int count, struct messages *m)
{
	const unsigned int errors = m->errors;
	bool fine[PT_MAX_CELLS] = { false }, placed;

	*c = (struct compiled){ 0 };
	if (!config_system_read(&c->system, file, b, m))
		return false;
	for (uint32_t i = 0; i < c->system.count; i++) {
		fine[i] = cell_files_read(&c->files[i], &c->system.cells[i], file, elsewhere, m);
		c->guessed[i] = cell_files_missing(&c->files[i], &c->system.cells[i]);
	}
	for (unsigned int i = 0; i < count; i++)
		place_named(c, &named[i], m);
	placed = memory_place(&c->memory, &c->system, b, m);
	for (uint32_t i = 0; i < c->system.count; i++)
		if (placed && fine[i])
			compile_cell(c, i, b, m);
	return m->errors == errors;
}

void compiled_free(struct compiled *c)
{
	for (uint32_t i = 0; i < c->system.count; i++) {
		free(c->trees[i].fdt);
		cell_files_free(&c->files[i]);
	}
	system_free(&c->system);
}
