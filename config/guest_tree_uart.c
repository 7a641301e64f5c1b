// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cell's device tree: the UART that the hypervisor makes for a cell with console = "pl011". It is
 * a PL011 as every driver of one knows it; its clock is there because drivers ask for one.
 */
#include "guest_tree_parts.h"

#define FIRST_SPI	32
#define SPI		0
#define LEVEL_HIGH	4
/* Of no effect, but fast enough for any speed; the divisor at reset (guest/pl011.c) is of it. */
#define CLOCK_HZ	24000000
#define SERIALS		64		/* more than there are devices with such an alias */

char *uart_path(const struct guest *g, char *path)
{
	snprintf(path, TREE_PATH_MAX, "/pl011@%llx", (unsigned long long)g->blob->uart);
	return path;
}

static void write_clock(struct guest *g, uint32_t phandle)
{
	write_begin(g, "uart-clock");
	write_string(g, "compatible", "fixed-clock");
	write_u32(g, "#clock-cells", 0);
	write_u32(g, "clock-frequency", CLOCK_HZ);
	write_u32(g, "phandle", phandle);
	write_end(g);
}

void uart_write(struct guest *g)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char clock_names[] = "uartclk\0apb_pclk";
	struct cells reg = { 0 }, interrupts = { 0 }, clocks = { 0 };
	char path[TREE_PATH_MAX];
	uint32_t clock;

	if (!g->blob->uart)
		return;
	clock = new_phandle(g);
	write_begin(g, uart_path(g, path) + 1);
	write_bytes(g, "compatible", compatible, sizeof(compatible));
	cells_add_range(g, &reg, g->blob->uart, PT_PAGE_SIZE);
	write_cells(g, "reg", &reg);
	write_u32(g, "interrupt-parent", g->gic_phandle);
	cells_add(g, &interrupts, SPI);
	cells_add(g, &interrupts, g->blob->uart_spi - FIRST_SPI);
	cells_add(g, &interrupts, LEVEL_HIGH);
	write_cells(g, "interrupts", &interrupts);
	cells_add(g, &clocks, clock);
	cells_add(g, &clocks, clock);
	write_cells(g, "clocks", &clocks);
	write_bytes(g, "clock-names", clock_names, sizeof(clock_names));
	write_end(g);
	write_clock(g, clock);
}

static bool is_in_tree(const struct guest *g, uint32_t book, const char *name)
{
	const char *value = book == TREE_NONE ? NULL : tree_string(g->t, book, name);
	const uint32_t node = value && value[0] == '/' ? tree_find(g->t, value) : TREE_NONE;

	return node != TREE_NONE && g->parts[node] > PART_MACHINE;
}

void uart_alias_write(struct guest *g, uint32_t book)
{
	char name[16], path[TREE_PATH_MAX];

	for (unsigned int i = 0; g->blob->uart && i < SERIALS; i++) {
		snprintf(name, sizeof(name), "serial%u", i);
		if (is_in_tree(g, book, name))
			continue;
		write_string(g, name, uart_path(g, path));
		return;
	}
}
