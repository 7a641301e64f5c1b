// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a cell to its blob: guest addresses are chosen here, and the hypervisor's own check is run
 * on the result before it leaves.
 */
#include <string.h>
#include <core/blob.h>
#include <partita/info.h>
#include "blobs.h"
#include "layout.h"
#include "pci.h"
#include "uarts.h"

/* The pieces of its memory, one of them in two parts, and as many shared ones and registers as a cell has room for. */
#define MAX_FILLED	(2 * PT_MAX_REGIONS + CELL_PIECES_MAX + 1)
/* Of the arm64 boot protocol. */
#define KERNEL_ALIGN	(2ull << 20)
#define MAX_OBSTACLES	(MAX_FILLED + 2 * PT_MAX_RANGES + 4)

/*
 * One behind the other to the cell, wherever they are, but for the part that has the image: that is
 * behind the rest, and seen elsewhere.
 */
static uint32_t fill_memory(const struct cell *cell, uint64_t memory, struct pt_region *regions)
{
	const struct pt_range whole = { memory, cell->memory_size };
	const struct pt_range *piece = cell->piece_count ? cell->pieces : &whole;
	const struct pt_range *end = piece + (cell->piece_count ? cell->piece_count : 1);
	const uint64_t seen = cell_memory_seen(cell);
	const uint64_t base = cell->has_guest_address ? cell->guest_address : piece->base;
	const uint64_t image = cell->image_address - cell->image_address % PT_PAGE_SIZE;
	uint64_t at = 0, size;
	uint32_t count = 0;

	for (; piece < end; piece++)
		for (uint64_t done = 0; done < piece->size; done += size, at += size) {
			size = piece->size - done;
			if (at < seen && size > seen - at)
				size = seen - at;
			regions[count++] = (struct pt_region){
				.pa = piece->base + done,
				.ipa = at < seen ? base + at : image + (at - seen),
				.size = size,
				.flags = PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC,
			};
		}
	return count;
}

/* Registers, where they physically are. Of configuration space a cell has single functions. */
static struct pt_region device_region(const struct cell *cell, const struct board *b, struct pt_range r)
{
	struct pt_region region = {
		.pa = r.base,
		.ipa = r.base,
		.size = r.size,
		.flags = PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE,
	};
	struct pci_function f;

	if (!board_touches_ecam(b, r.base, r.size))
		return region;
	region.flags |= PT_REGION_PCI;
	for (uint32_t i = 0; i < cell->device_count; i++)
		if (pci_function(&b->tree, cell->devices[i].node, &f) && f.config == r.base)
			region.bars = pci_bars(&b->tree, cell->devices[i].node);
	return region;
}

/*
 * What the cell sees at guest addresses: memory first, then what it shares, then registers where they
 * physically are. @regions has room for all that fits a blob, and as much again.
 */
static uint32_t fill_regions(const struct cell *cell, const struct board *b, uint64_t memory,
			     struct pt_region *regions)
{
	uint32_t count = fill_memory(cell, memory, regions);

	for (uint32_t i = 0; i < cell->shared_count; i++) {
		const struct shared_memory *s = cell->shared[i];

		regions[count++] = (struct pt_region){
			.pa = s->address,
			.ipa = s->has_guest_address ? s->guest_address : s->address,
			.size = s->size,
			.flags = PT_REGION_READ | PT_REGION_WRITE | PT_REGION_SHARED,
		};
	}
	for (uint32_t i = 0; i < cell->region_count; i++)
		regions[count++] = device_region(cell, b, cell->regions[i]);
	return count;
}

static uint32_t fill_obstacles(const struct pt_region *regions, uint32_t count,
			       const struct pt_system *s, struct pt_range *obstacles)
{
	const struct pt_range *gicr = blob_entries(s, s->gicr), *ecam = blob_entries(s, s->ecam);
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++)
		obstacles[n++] = (struct pt_range){ regions[i].ipa, regions[i].size };
	obstacles[n++] = s->gicd;
	if (s->gicc.size)
		obstacles[n++] = s->gicc;
	for (uint32_t i = 0; i < s->gicr.count; i++)
		obstacles[n++] = gicr[i];
	/* Functions that are not the cell's are there as absent ones. */
	for (uint32_t i = 0; i < s->ecam.count; i++)
		obstacles[n++] = ecam[i];
	return n;
}

static bool fits(uint64_t base, uint64_t size, const struct pt_range *obstacles, uint32_t count)
{
	if (base > PT_ADDRESS_LIMIT - size)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (base < obstacles[i].base + obstacles[i].size && obstacles[i].base < base + size)
			return false;
	return true;
}

/*
 * The first gap behind something, the memory's end before all others. A page is left free in
 * between, so that a cell which runs over the end of its memory faults and does not scribble over
 * its own report.
 */
static bool choose_gap(const struct pt_range *obstacles, uint32_t count, uint64_t size,
		       uint64_t *base)
{
	for (uint32_t i = 0; i < count; i++) {
		*base = obstacles[i].base + obstacles[i].size + PT_PAGE_SIZE;
		if (fits(*base, size, obstacles, count))
			return true;
	}
	*base = PT_PAGE_SIZE;
	return fits(*base, size, obstacles, count);
}

/* The communication area, behind it the UART, and what a manager sees. @obstacles has room for three more. */
static bool choose_addresses(const struct cell *cell, struct pt_range *obstacles, uint32_t count,
			     struct pt_cell *c)
{
	c->uart = cell->uart_address;
	if (c->uart)
		obstacles[count++] = (struct pt_range){ c->uart, PT_PAGE_SIZE };
	if (!choose_gap(obstacles, count, PT_COMM_SIZE, &c->comm))
		return false;
	obstacles[count++] = obstacles[0];
	obstacles[0] = (struct pt_range){ c->comm, PT_COMM_SIZE };
	if (!c->uart && cell_has_uart(cell)) {
		if (!choose_gap(obstacles, count, PT_PAGE_SIZE, &c->uart))
			return false;
		obstacles[count++] = (struct pt_range){ c->uart, PT_PAGE_SIZE };
	}
	return !cell->right_count || choose_gap(obstacles, count, PT_MANAGE_SIZE, &c->manage);
}

/* Its devices', and those that the hypervisor raises. */
static uint32_t fill_spis(const struct cell *cell, const struct board *b, struct pt_cell *c, uint32_t *spis)
{
	uint32_t count = cell->spi_count;

	memcpy(spis, cell->spis, count * sizeof(*spis));
	if (cell_has_uart(cell))
		c->uart_spi = spis[count++] = cell_uart_spi(cell, b);
	if (cell->right_count)
		c->event_spi = spis[count++] = cell_event_spi(cell, b);
	return count;
}

/* A kernel finds its console in its device tree, and has drivers for more than these. */
static void fill_serial(const struct cell *cell, const struct board *b, const struct layout *layout, struct pt_cell *c)
{
	const uint32_t node = cell->console[0] == '/' ? tree_find(&b->tree, cell->console) : TREE_NONE;
	struct tree_range r;

	if (node == TREE_NONE || (layout && layout->kernel) || tree_reg(&b->tree, node, 0, &r) != TREE_REG_FINE)
		return;
	c->serial_kind = uart_kind(&b->tree, node);
	c->serial = c->serial_kind ? r.base : 0;
}

static bool fill_blob(const struct cell *cell, const struct board *b, uint64_t memory,
		      const struct layout *layout, struct blob *blob)
{
	const struct pt_system *s = board_system(b);
	const uint64_t *board_cpus = blob_entries(s, s->cpus);
	struct pt_range obstacles[MAX_OBSTACLES];
	struct pt_region regions[MAX_FILLED] = {{0}};
	struct pt_cell *c = (struct pt_cell *)blob->words;
	uint64_t cpus[PT_MAX_CPUS];
	uint32_t spis[PT_MAX_SPIS + 2], spi_count;
	const uint32_t count = fill_regions(cell, b, memory, regions);
	const uint32_t obstacle_count = fill_obstacles(regions, count, s, obstacles);

	blob_begin(blob, sizeof(*c));
	memcpy(c->name, cell->name, sizeof(c->name));
	c->flags = cell->flags;
	c->exit_rate = cell->exit_rate;
	c->exit_action = cell->exit_action;
	spi_count = fill_spis(cell, b, c, spis);
	fill_serial(cell, b, layout, c);
	c->entry = regions[0].ipa + (layout ? (uint64_t)layout->image : 0);
	for (uint32_t i = 0; i < cell->cpu_count; i++)
		cpus[i] = board_cpus[cell->cpus[i]];
	if (!choose_addresses(cell, obstacles, obstacle_count, c) ||
	    !blob_add(blob, &c->cpus, cpus, cell->cpu_count, sizeof(cpus[0])) ||
	    !blob_add(blob, &c->regions, regions, count, sizeof(regions[0])) ||
	    !blob_add(blob, &c->spis, spis, spi_count, sizeof(spis[0])) ||
	    !blob_add(blob, &c->rights, cell->rights, cell->right_count, sizeof(cell->rights[0])))
		return false;
	c->argument = layout && layout->has_tree ? regions[0].ipa + layout->tree :
						   c->comm + PT_COMM_INFO;
	blob_finish(blob, PT_CELL_MAGIC);
	return true;
}

/* Nobody would tell such a program of its console: it has no tree, and no driver is known here. */
static void warn_of_serial(const struct cell *cell, const struct layout *layout, const struct blob *blob,
			   struct messages *m)
{
	const struct pt_cell *c = (const struct pt_cell *)blob->words;

	if (cell->console[0] == '/' && !c->serial && !(layout && layout->has_tree))
		messages_warn_at(m, messages_place(m, cell->name, "console"),
				 "cell '%s': is not told of its console '%s': that is no UART that Partita's library knows (PL011, "
				 "Cadence, i.MX, 16550 with 32-bit registers)", cell->name, cell->console);
}

bool cell_compile(const struct cell *cell, const struct board *b, uint64_t memory,
		  const struct layout *layout, struct blob *blob, struct messages *m)
{
	const uint64_t start = cell->has_guest_address ? cell->guest_address : memory;
	enum pt_blob_reason reason;
	uint32_t offset;
	char field[64];

	if (layout && layout->kernel && start % KERNEL_ALIGN) {
		messages_error_at(m, messages_place(m, cell->name, "memory"),
				  "cell '%s': a kernel wants its memory to begin at a multiple of "
				  "2 MiB, and it begins at 0x%llx; choose it with 'guest-address'",
				  cell->name, (unsigned long long)start);
		return false;
	}
	if (!fill_blob(cell, b, memory, layout, blob)) {
		messages_error(m, "cell '%s': has more regions and interrupts than fit a blob",
			       cell->name);
		return false;
	}
	reason = blob_check_cell(blob->words, blob->size, board_system(b), &offset);
	if (reason == PT_BLOB_FINE) {
		warn_of_serial(cell, layout, blob, m);
		return true;
	}
	messages_error(m, "cell '%s': the hypervisor would refuse it: '%s' %s", cell->name,
		       blob_field_words(blob, offset, field, sizeof(field)),
		       blob_reason_words(reason));
	return false;
}
