// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compiler on any bytes as a user's system, on a fixed board (QEMU's virt). Of what it takes,
 * each cell is compiled with memory where the file or the compiler chooses; what is compiled must
 * be EL2's to accept, no two cells may share anything but what is named shared, and the tree that
 * a cell gets must be one.
 */
#include <stdlib.h>
#include <core/blob.h>
#include <config/guest_tree.h>
#include <config/placement.h>
#include <libfdt.h>
#include "trees.h"

bool fuzz_accepted;

static struct board board;
static struct blob blobs[PT_MAX_CELLS];

/* The board's tree stays for as long as the program runs. */
static void open_board(void)
{
	static void *fdt;
	struct messages m;
	size_t size;

	if (fdt)
		return;
	fdt = tree_load(BOARD_DTB, &size);
	messages_init(&m, BOARD_DTB);
	expect(board_read(&board, fdt, size, NULL, &m), "the fixed board");
	messages_free(&m);
}

static bool apart(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a + a_size <= b || b + b_size <= a;
}

static bool same_shared(const struct pt_region *r, const struct pt_region *q)
{
	return (r->flags & q->flags & PT_REGION_SHARED) && r->pa == q->pa && r->size == q->size;
}

static void look_at_regions(const struct pt_cell *a, const struct pt_cell *b)
{
	const struct pt_region *r = blob_entries(a, a->regions), *q = blob_entries(b, b->regions);

	for (uint32_t i = 0; i < a->regions.count; i++)
		for (uint32_t j = 0; j < b->regions.count; j++)
			expect(same_shared(&r[i], &q[j]) ||
				       apart(r[i].pa, r[i].size, q[j].pa, q[j].size),
			       "memory and registers apart");
}

static void look_at_pair(const struct pt_cell *a, const struct pt_cell *b)
{
	const uint64_t *cpus = blob_entries(a, a->cpus), *other_cpus = blob_entries(b, b->cpus);
	const uint32_t *spis = blob_entries(a, a->spis), *other_spis = blob_entries(b, b->spis);

	look_at_regions(a, b);
	for (uint32_t i = 0; i < a->cpus.count; i++)
		for (uint32_t j = 0; j < b->cpus.count; j++)
			expect(cpus[i] != other_cpus[j], "CPUs apart");
	for (uint32_t i = 0; i < a->spis.count; i++)
		for (uint32_t j = 0; j < b->spis.count; j++)
			expect(spis[i] != other_spis[j], "interrupts apart");
}

static bool compile(const struct cell *cell, uint64_t memory, struct blob *blob)
{
	struct messages m;
	uint32_t offset;
	bool done;

	messages_init(&m, "fuzz");
	done = cell_compile(cell, &board, memory, NULL, blob, &m);
	if (done)
		expect(blob_check_cell(blob->words, blob->size, board_system(&board), &offset) ==
			       PT_BLOB_FINE,
		       "a cell that EL2 takes");
	expect(done == !m.errors && (done || m.count), "refused in words");
	messages_free(&m);
	return done;
}

static void look_at_guest_tree(const struct system *s, uint32_t i, const struct blob *blob)
{
	const struct guest_tree_options options = {.system = s};
	struct messages m;
	size_t size;
	void *fdt;

	messages_init(&m, "fuzz");
	if (guest_tree_write(&s->cells[i], &board, blob, &options, &fdt, &size, &m)) {
		expect(fdt_check_full(fdt, size) == 0, "a tree for the guest");
		free(fdt);
	} else {
		expect(m.errors && m.count, "refused in words");
	}
	messages_free(&m);
}

static bool place(struct placement *p, struct system *s)
{
	struct messages m;
	bool done;

	messages_init(&m, "fuzz");
	done = memory_place(p, s, &board, &m);
	expect(done == !m.errors && (done || m.count), "refused in words");
	messages_free(&m);
	return done;
}

static void compile_all(struct system *s)
{
	struct placement p = {0};
	uint32_t count = 0;

	expect(s->count && s->count < PT_MAX_CELLS, "as many cells as fit");
	if (!place(&p, s))
		return;
	for (uint32_t i = 0; i < s->count; i++)
		if (compile(&s->cells[i], p.address[i], &blobs[count]))
			look_at_guest_tree(s, i, &blobs[count++]);
	fuzz_accepted = count == s->count;
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t j = 0; j < i; j++)
			look_at_pair((const void *)blobs[i].words, (const void *)blobs[j].words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *fdt = tree_copy(data, size);
	struct messages m;
	struct system s;

	open_board();
	fuzz_accepted = false;
	messages_init(&m, "fuzz");
	if (system_read(&s, &board, fdt, size, &m)) {
		free(fdt); /* not needed afterwards */
		fdt = NULL;
		compile_all(&s);
		system_free(&s);
	} else {
		expect(m.errors && m.count, "refused in words");
	}
	messages_free(&m);
	free(fdt);
	return 0;
}
