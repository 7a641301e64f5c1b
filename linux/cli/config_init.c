// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config init: a system to start from, with what the board has to give as comments. It
 * passes `config check` as it stands. Every text out of the board's tree stands behind a `//` and
 * is made printable, so that no name in the tree can become a line of the file.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <config/show.h>
#include <core/blob.h>
#include "cli.h"
#include "config_devices.h"
#include "config_options.h"
#include "config_system.h"

#define MAX_REASONS	12	/* to be told of why devices are not assignable */
#define MAX_EXAMPLES	4	/* devices named for each */
#define MEMORY_SIZE	"16M"

/* Names and paths of the tree: printable, and in one line. */
static void put_text(const char *text)
{
	for (; *text; text++)
		putchar(*text < ' ' || *text > '~' ? '?' : *text);
}

static void put_head(const struct board *b, const char *dtb)
{
	const char *model = tree_string(&b->tree, 0, "model");

	fputs("// A system to start from, for ", stdout);
	put_text(model ? model : "a board without a name");
	fputs("\n// from ", stdout);
	put_text(dtb ? dtb : BOARD_TREE);
	fputs(".\n// partita-system(5) tells what may stand here; check it with "
	      "`partita config check`.\n",
	      stdout);
}

static bool is_cpu(const struct tree *t, uint32_t node)
{
	const char *type = tree_string(t, node, "device_type");
	const uint32_t parent = t->nodes[node].parent;

	return type && !strcmp(type, "cpu") && parent != TREE_NONE &&
	       t->nodes[parent].parent == 0 && !strcmp(tree_name(t, parent), "cpus");
}

/* Kinds of CPU and how many there are; which number Linux gives to which is its own choice. */
static void put_cpus(const struct board *b)
{
	const struct tree *t = &b->tree;
	const uint32_t count = board_system(b)->cpus.count;
	uint32_t same = 0;
	const char *kind = NULL;

	printf("//\n// CPUs: %u, of which Linux keeps at least one.", count);
	for (uint32_t node = 0; node < t->count; node++) {
		const char *name = is_cpu(t, node) ? tree_string(t, node, "compatible") : NULL;

		if (!name)
			continue;
		if (kind && strcmp(kind, name) != 0) {
			printf(" %u x ", same);
			put_text(kind);
			same = 0;
			putchar(',');
		}
		kind = name;
		same++;
	}
	if (kind) {
		printf(" %u x ", same);
		put_text(kind);
	}
	putchar('\n');
}

/* What Linux could do without, in bytes; false where the kernel does not tell. */
static bool available(uint64_t *bytes)
{
	char path[PATH_MAX];
	struct buffer text;
	const char *line;
	unsigned long long kib;
	bool found;

	if (!file_read(system_path("/proc/meminfo", path), &text))
		return false;
	line = strstr(text.bytes, "MemAvailable:");
	found = line && sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
	if (found)
		*bytes = kib * 1024;
	free(text.bytes);
	return found;
}

static void put_memory(const struct board *b, const char *dtb)
{
	const struct pt_system *s = board_system(b);
	const struct pt_range *ram = blob_entries(s, s->ram);
	uint64_t sum = 0, free_bytes;
	char size[32];

	for (uint32_t i = 0; i < s->ram.count; i++)
		sum += ram[i].size;
	printf("// Memory: %s", size_words(sum, size));
	if (dtb)
		puts("; how much of it is available, only the board itself can tell.");
	else if (available(&free_bytes))
		printf(", of which %s are available.\n", size_words(free_bytes, size));
	else
		puts(".");
}

static void put_spis(const struct cell *cell)
{
	for (uint32_t i = 0; i < cell->spi_count && i < MAX_EXAMPLES; i++)
		printf("%s SPI %u", i ? "," : ";", cell->spis[i] - 32);
	if (cell->spi_count > MAX_EXAMPLES)
		printf(" and %u more", cell->spi_count - MAX_EXAMPLES);
}

/* A cell that has this one has power over what others need. */
static bool serves_others(const struct tree *t, uint32_t node)
{
	static const char *const signs[] = { "#clock-cells", "#reset-cells", "#power-domain-cells",
					     "#dma-cells",   "#phy-cells",   "#mbox-cells",
					     "gpio-controller", "interrupt-controller" };
	int length;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (tree_property(t, node, signs[i], &length))
			return true;
	return false;
}

/* One line to be uncommented; its own comment tells what it is. */
static void put_device(const struct board *b, const struct candidate *c)
{
	const char *kind = tree_string(&b->tree, c->node, "compatible");
	char size[32];

	fputs("\t\t\t// \"", stdout);
	put_text(c->path);
	fputs("\",\t// ", stdout);
	put_text(kind ? kind : "");
	if (c->cell.region_count)
		printf("; %s at 0x%llx", size_exactly(c->cell.regions[0].size, size),
		       (unsigned long long)c->cell.regions[0].base);
	put_spis(&c->cell);
	fputs(tree_available(&b->tree, c->node) ? "" : "; disabled for Linux", stdout);
	fputs(serves_others(&b->tree, c->node) ? "; other devices depend on it" : "", stdout);
	fputs(c->dma ? "; can do DMA\n" : "\n", stdout);
}

/* A second list: who uncomments a line there has read why. */
static void put_dma(const struct candidates *found)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < found->count; i++) {
		const struct candidate *c = &found->list[i];

		if (c->reason || !c->dma)
			continue;
		if (!count++)
			fputs("\n\t\t// These can do DMA, which nothing confines: whoever controls "
			      "one can "
			      "reach all memory.\n\t\t// Those of the cell have to stand here, "
			      "too.\n"
			      "\t\tunconfined-dma =\n",
			      stdout);
		fputs("\t\t\t// \"", stdout);
		put_text(c->path);
		fputs("\",\n", stdout);
	}
	if (count)
		fputs("\t\t\t[];\t// ends the list\n", stdout);
}

static void put_cell(const struct board *b, const struct candidates *found)
{
	printf("\n/dts-v1/;\n/ {\n\tcompatible = \"partita,system-v1\";\n\n"
	       "\tcell {\n\t\tcompatible = \"partita,cell-v1\";\n"
	       "\t\tcpus = <%u>;\n\t\tmemory = \"" MEMORY_SIZE "\";"
	       "\t// or \"" MEMORY_SIZE
	       "@0x70000000\", where Linux keeps off\n\t\t// image = \"cell.bin\";\n"
	       "\t\t// trusted-idle;\n",
	       board_system(b)->cpus.count - 1);
	fputs("\n\t\t// Devices that look assignable: uncomment those of the cell.\n"
	      "\t\tdevices =\n",
	      stdout);
	for (uint32_t i = 0; i < found->count; i++)
		if (!found->list[i].reason)
			put_device(b, &found->list[i]);
	fputs("\t\t\t[];\t// ends the list\n", stdout);
	put_dma(found);
	fputs("\t};\n\n"
	      "\t// Memory that cells share; each names it with shared-memory = \"exchange\".\n"
	      "\t// exchange {\n\t//\tcompatible = \"partita,memory-v1\";\n\t//\tsize = \"64K\";\n"
	      "\t// };\n};\n", stdout);
}

static void put_reason(const struct candidates *found, const struct reason *r)
{
	uint32_t named = 0;

	printf("//\n// %u %s, like ", r->count, r->count == 1 ? "device" : "devices");
	for (uint32_t i = 0; i < found->count && named < MAX_EXAMPLES; i++) {
		const struct candidate *c = &found->list[i];

		if (!c->reason || strcmp(c->key, r->first->key) != 0)
			continue;
		fputs(named++ ? ", " : "", stdout);
		put_text(c->path);
	}
	fputs(":\n//   ", stdout);
	put_text(r->first->reason);
	putchar('\n');
}

static void put_reasons(const struct candidates *found)
{
	struct reason reasons[MAX_REASONS];
	uint32_t others;
	const uint32_t count = reasons_list(found, reasons, MAX_REASONS, &others);

	if (!count)
		return;
	puts("\n// Not assignable, each with what the first one was refused for:");
	for (uint32_t i = 0; i < count; i++)
		put_reason(found, &reasons[i]);
	if (others)
		printf("//\n// %u more for other reasons: `partita config check` tells of each.\n",
		       others);
}

static int init(const struct board *b, const char *dtb)
{
	struct candidates found;

	if (board_system(b)->cpus.count < 2)
		return fail("this board has one CPU, which Linux needs itself: there is none for a "
			    "cell");
	if (!candidates_find(&found, b, !dtb))
		return fail("out of memory");
	put_head(b, dtb);
	put_cpus(b);
	put_memory(b, dtb);
	put_cell(b, &found);
	put_reasons(&found);
	candidates_free(&found);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	struct config_options o;
	struct running_board b;
	int result;

	if (!config_options_read(&o, argc, argv, "b", 0))
		return usage_error(&config_init_verb);
	if (!config_board_read(&b, o.dtb, false))
		return EXIT_FAILED;
	result = init(&b.board, o.dtb);
	running_board_free(&b);
	return result;
}

const struct verb config_init_verb = {
	.group = "config",
	.name = "init",
	.arguments = "[--board DTB]",
	.summary = "write a description of cells to start from",
	.help =
	"Prints a system of one cell, with the board's CPUs, its memory, the devices that look\n"
	"assignable as lines to be uncommented, and why the others are not.\n\n"
	"  --board DTB   the board's device tree, instead of " BOARD_TREE ";\n"
	"                `partita hardware tree` writes it with the PCI functions\n",
	.run = run,
};
