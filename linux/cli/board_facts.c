// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux adds to the board's tree: which CPU it calls 0, its memory where the firmware
 * (EFI) tells that by other means, and PCI functions.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "board_facts.h"
#include "cli.h"
#include "pci_facts.h"

#define LIVE_TREE		"/sys/firmware/devicetree/base"
#define MAX_IOMEM_PIECES	1024	/* before those that touch are merged */

bool cpu_node_path(unsigned int cpu, char *path, size_t size)
{
	char link[64], rooted[PATH_MAX], target[PATH_MAX];
	const char *base;

	snprintf(link, sizeof(link), "/sys/devices/system/cpu/cpu%u/of_node", cpu);
	if (!realpath(system_path(link, rooted), target))
		return false;
	base = strstr(target, LIVE_TREE "/");
	if (!base)
		return false;
	snprintf(path, size, "%s", base + strlen(LIVE_TREE));
	return true;
}

/* Top-level "System RAM" lines; the kernel shows zeros to all but root. */
static uint32_t read_iomem(struct tree_range *ram, struct messages *m)
{
	char path[PATH_MAX], *rest, *line;
	struct buffer text;
	uint32_t count = 0;

	if (!file_read(system_path("/proc/iomem", path), &text))
		return 0;
	rest = text.bytes;
	while (count < MAX_IOMEM_PIECES && (line = strsep(&rest, "\n"))) {
		unsigned long long first, last;

		if (sscanf(line, "%llx-%llx : System RAM", &first, &last) == 2 && *line != ' ' &&
		    last > first && strstr(line, ": System RAM"))
			ram[count++] = (struct tree_range){ first, last - first + 1 };
	}
	if (rest && strstr(rest, ": System RAM"))
		messages_error(m, "memory is in more than %d pieces (/proc/iomem)",
			       MAX_IOMEM_PIECES);
	free(text.bytes);
	return count;
}

bool running_board_read_quietly(struct running_board *b, bool boots, struct messages *m)
{
	char path[PATH_MAX], boot_cpu[TREE_PATH_MAX];
	struct tree_range ram[MAX_IOMEM_PIECES];
	struct board_facts facts = { .ram = ram, .boots = boots };

	*b = (struct running_board){ 0 };
	if (!file_read(system_path(BOARD_TREE, path), &b->tree))
		return false;
	pci_facts_add(&b->tree, m);
	facts.ram_count = read_iomem(ram, m);
	if (cpu_node_path(0, boot_cpu, sizeof(boot_cpu)))
		facts.boot_cpu = boot_cpu;
	board_read(&b->board, b->tree.bytes, b->tree.size, &facts, m);
	return true;
}

bool running_board_read(struct running_board *b, struct messages *m)
{
	if (running_board_read_quietly(b, false, m))
		return true;
	fail("cannot read the board's device tree '%s': %s%s", BOARD_TREE, strerror(errno),
	     errno == EACCES   ? "; run it as root"
	     : errno == ENOENT ? "; this board was not booted with one (with ACPI, try acpi=off)"
			       : "");
	return false;
}

void running_board_free(struct running_board *b)
{
	board_free(&b->board);
	free(b->tree.bytes);
	*b = (struct running_board){ 0 };
}
