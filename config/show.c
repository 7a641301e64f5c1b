// SPDX-License-Identifier: GPL-2.0-only
/*
 * Printing blobs. Nothing of a blob is printed before the hypervisor's own check has accepted it:
 * then names are printable and tables lie inside.
 */
#include <core/blob.h>
#include <partita/boot.h>
#include "rights.h"
#include "show.h"
#include "uarts.h"

#define FIRST_SPI	32

char *size_exactly(uint64_t bytes, char *words)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	unsigned int unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < 4) {
		bytes /= 1024;
		unit++;
	}
	snprintf(words, 32, "%llu %s", (unsigned long long)bytes, units[unit]);
	return words;
}

/* May the table be read before the check? Its fixed part may. */
static bool table_fits(const struct blob *blob, struct pt_table table, size_t entry_size)
{
	return table.offset % 8 == 0 && table.offset <= blob->size &&
	       table.count <= (blob->size - table.offset) / entry_size;
}

/* A board with just the memory and CPUs that the cell names, and nothing in the way. */
static bool board_for_cell(const struct blob *blob, struct blob *board)
{
	const struct pt_cell *c = (const struct pt_cell *)blob->words;
	struct pt_system *s = (struct pt_system *)board->words;
	struct pt_range ram[PT_MAX_REGIONS];
	const struct pt_region *r;
	uint32_t count = 0;

	blob_begin(board, sizeof(*s));
	if (blob->size < sizeof(*c) || c->cpus.count > PT_MAX_CPUS ||
	    c->regions.count > PT_MAX_REGIONS || !table_fits(blob, c->cpus, sizeof(uint64_t)) ||
	    !table_fits(blob, c->regions, sizeof(struct pt_region)))
		return false;
	r = blob_entries(c, c->regions);
	for (uint32_t i = 0; i < c->regions.count; i++)
		if (!(r[i].flags & PT_REGION_DEVICE))
			ram[count++] = (struct pt_range){ r[i].pa, r[i].size };
	return blob_add(board, &s->ram, ram, count, sizeof(ram[0])) &&
	       blob_add(board, &s->cpus, blob_entries(c, c->cpus), c->cpus.count, sizeof(uint64_t));
}

enum pt_blob_reason blob_judge(const struct blob *blob, const struct pt_system *board,
			       uint32_t *offset)
{
	const struct pt_blob_header *h = (const struct pt_blob_header *)blob->words;
	struct blob own = { 0 };

	if (h->magic != PT_CELL_MAGIC)
		return blob_check_system(blob->words, blob->size, offset);
	if (!board) {
		/* Where its tables do not fit, the check ends before it asks for the board. */
		board_for_cell(blob, &own);
		board = (const struct pt_system *)own.words;
	}
	return blob_check_cell(blob->words, blob->size, board, offset);
}

void show_range(const char *label, uint64_t base, uint64_t size, FILE *out)
{
	char words[32];

	fprintf(out, "%-16s 0x%llx-0x%llx, %s", label, (unsigned long long)base,
		(unsigned long long)(base + size - 1), size_exactly(size, words));
}

static void show_ranges(const char *label, const void *blob, struct pt_table table, FILE *out)
{
	const struct pt_range *r = blob_entries(blob, table);

	for (uint32_t i = 0; i < table.count; i++) {
		show_range(i ? "" : label, r[i].base, r[i].size, out);
		fputc('\n', out);
	}
}

static void show_cpus(const void *blob, struct pt_table table, FILE *out)
{
	const uint64_t *cpus = blob_entries(blob, table);

	fprintf(out, "%-16s %u, MPIDR", table.count == 1 ? "CPU" : "CPUs", table.count);
	for (uint32_t i = 0; i < table.count; i++)
		fprintf(out, " 0x%llx", (unsigned long long)cpus[i]);
	fputc('\n', out);
}

static void show_spi(const char *label, uint32_t intid, FILE *out)
{
	fprintf(out, "%-16s SPI %u (INTID %u)\n", label, intid - FIRST_SPI, intid);
}

static void show_head(const char *kind, const struct pt_blob_header *h, const char *name, FILE *out)
{
	fprintf(out, "%-16s '%s'; %u bytes, interface version %u\n", kind, name, h->length,
		h->version);
}

static void show_system(const struct pt_system *s, FILE *out)
{
	show_head("system of", &s->header, s->name, out);
	show_cpus(s, s->cpus, out);
	show_ranges("memory", s, s->ram, out);
	show_range("distributor", s->gicd.base, s->gicd.size, out);
	fputc('\n', out);
	if (s->gicc.size) {
		show_range("CPU interface", s->gicc.base, s->gicc.size, out);
		fputc('\n', out);
	} else {
		show_ranges("redistributors", s, s->gicr, out);
	}
	show_ranges("kept from cells", s, s->reserved, out);
	show_ranges("PCI functions", s, s->ecam, out);
	if (s->event_spi)
		show_spi("event interrupt", s->event_spi, out);
	else
		fprintf(out, "%-16s none\n", "event interrupt");
}

const char *start_words(uint32_t flags)
{
	if (!(flags & PT_BOOT_START))
		return "no";
	return flags & PT_BOOT_FIRST ? "first" : "with the others";
}

void show_start(uint32_t flags, FILE *out)
{
	fprintf(out, "%-16s %s\n", "start", start_words(flags));
}

static const char *kind_of(const struct pt_region *r)
{
	if (r->flags & PT_REGION_PCI)
		return "PCI function";
	if (r->flags & PT_REGION_DEVICE)
		return "device";
	return r->flags & PT_REGION_SHARED ? "shared memory" : "memory";
}

static void show_region(const struct pt_region *r, FILE *out)
{
	show_range(kind_of(r), r->pa, r->size, out);
	if (r->ipa != r->pa)
		fprintf(out, ", seen at 0x%llx", (unsigned long long)r->ipa);
	fprintf(out, "; read%s%s\n", r->flags & PT_REGION_WRITE ? ", write" : "",
		r->flags & PT_REGION_EXEC ? ", execute" : "");
}

static const char *spi_label(const struct pt_cell *c, uint32_t intid)
{
	if (intid == c->uart_spi)
		return "UART interrupt";
	return intid == c->event_spi ? "event interrupt" : "interrupt";
}

static void show_rights(const struct pt_cell *c, FILE *out)
{
	const struct pt_right *r = blob_entries(c, c->rights);
	char words[RIGHT_WORDS_SIZE];

	for (uint32_t i = 0; i < c->rights.count; i++)
		fprintf(out, "%-16s '%s': %s\n", i ? "" : "manages", r[i].name, right_words(r[i].verbs, words));
	if (!c->manage)
		return;
	show_range("sees them at", c->manage, PT_MANAGE_SIZE, out);
	fputc('\n', out);
}

static void show_cell(const struct pt_cell *c, FILE *out)
{
	const struct pt_region *regions = blob_entries(c, c->regions);
	const uint32_t *spis = blob_entries(c, c->spis);

	show_head("cell", &c->header, c->name, out);
	show_cpus(c, c->cpus, out);
	for (uint32_t i = 0; i < c->regions.count; i++)
		show_region(&regions[i], out);
	for (uint32_t i = 0; i < c->spis.count; i++)
		show_spi(spi_label(c, spis[i]), spis[i], out);
	fprintf(out, "%-16s 0x%llx, with 0x%llx in X0\n", "entry", (unsigned long long)c->entry,
		(unsigned long long)c->argument);
	show_range("communication", c->comm, PT_COMM_SIZE, out);
	fputc('\n', out);
	if (c->uart) {
		show_range("UART", c->uart, PT_PAGE_SIZE, out);
		fputc('\n', out);
	}
	if (c->serial)
		fprintf(out, "%-16s %s at 0x%llx\n", "speaks by", uart_kind_words(c->serial_kind),
			(unsigned long long)c->serial);
	show_rights(c, out);
	fprintf(out, "%-16s %s\n", "idle",
		c->flags & PT_CELL_TRUSTED_IDLE ? "trusted: wfi is the cell's own"
						: "each wfi is an exit");
	if (c->flags & PT_CELL_FIRMWARE_SERVICES)
		fprintf(out, "%-16s %s\n", "firmware", "asked for SOC_ID and TRNG");
	if (c->exit_rate)
		fprintf(out, "%-16s %u a second on each CPU, then %s\n", "exits", c->exit_rate,
			exit_action_words[c->exit_action]);
	if (c->flags & PT_CELL_DUMP)
		fprintf(out, "%-16s %s\n", "core dump", "when it has ended, Linux may read it");
	if (c->flags & PT_CELL_DEBUG)
		fprintf(out, "%-16s %s\n", "debug", "Linux may halt, read and change it");
}

void blob_show(const struct blob *blob, FILE *out)
{
	const struct pt_blob_header *h = (const struct pt_blob_header *)blob->words;

	if (h->magic == PT_CELL_MAGIC)
		show_cell((const struct pt_cell *)blob->words, out);
	else
		show_system((const struct pt_system *)blob->words, out);
}
