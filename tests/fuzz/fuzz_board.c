// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader of a board's device tree on any bytes, once with what the tree says and once with
 * what Linux knows better. Of a board that it takes, nodes are asked for as a cell's devices. What
 * it refuses it must refuse in words.
 */
#include <stdlib.h>
#include <core/blob.h>
#include <config/devices.h>
#include "trees.h"

bool fuzz_accepted;

#define NODES 48 /* of a board, asked for as devices: the time is quadratic in them */

static void look_at_board(const struct board *b)
{
	const struct pt_system *s = board_system(b);
	uint32_t offset;

	expect(blob_check_system(s, b->blob.size, &offset) == PT_BLOB_FINE,
	       "a system that EL2 takes");
	expect(board_end(b) <= PT_ADDRESS_LIMIT, "40 bits");
	for (uint32_t i = 0; i < b->spi_count; i++)
		expect(!s->event_spi || b->spis[i].intid != s->event_spi,
		       "an event that no device uses");
}

static void look_at_devices(const struct cell *cell, const struct board *b)
{
	expect(cell->region_count < PT_MAX_REGIONS && cell->spi_count <= PT_MAX_SPIS, "counts");
	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_range *r = &cell->regions[i];

		expect(r->size && !((r->base | r->size) % PT_PAGE_SIZE), "pages");
		expect(!board_touches_ram(b, r->base, r->size), "registers apart from memory");
	}
	for (uint32_t i = 0; i < cell->spi_count; i++)
		expect(cell->spis[i] >= 32 && cell->spis[i] < 1020, "interrupts");
}

static void ask_for_devices(const struct board *b)
{
	const uint32_t step = b->tree.count / NODES + 1;
	struct cell cell = {.name = "fuzz"};
	char path[TREE_PATH_MAX];
	struct messages m;

	messages_init(&m, "fuzz");
	for (uint32_t node = 0; node < b->tree.count; node += step)
		device_add(&cell, b, tree_path(&b->tree, node, path), &m);
	devices_resolve(&cell, b, &m);
	look_at_devices(&cell, b);
	messages_free(&m);
	free(cell.devices);
}

static void read_board(const void *fdt, size_t size, const struct board_facts *facts)
{
	struct messages m;
	struct board b;

	messages_init(&m, "fuzz");
	if (board_read(&b, fdt, size, facts, &m)) {
		expect(!m.errors, "a board without errors");
		fuzz_accepted = true;
		look_at_board(&b);
		ask_for_devices(&b);
		board_free(&b);
	} else {
		expect(m.errors && m.count, "refused in words");
	}
	messages_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tree_range ram[] = {{0x40000000, 0x8000000}, {0x80000800, 0x10000000}};
	static const struct board_facts facts = {"/cpus/cpu@1", ram, 2, false};
	static const struct board_facts boots = {.boots = true};
	void *fdt = tree_copy(data, size);

	fuzz_accepted = false;
	read_board(fdt, size, NULL);
	read_board(fdt, size, &facts);
	read_board(fdt, size, &boots);
	free(fdt);
	return 0;
}
