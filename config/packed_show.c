// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packed image in words: how it boots, then the board and each cell as blobs are shown anywhere.
 */
#include <string.h>
#include <core/blob.h>
#include "firmware.h"
#include "packed.h"
#include "show.h"
#include "uarts.h"

const char *const conduit_words[PT_CONDUITS] = { "a spin table", "PSCI (SMC)" };

void blob_of(struct blob *blob, const struct pt_blob_header *header)
{
	blob->size = header->length;
	memcpy(blob->words, header, header->length);
}

static void show_blob(const struct pt_blob_header *header, FILE *out)
{
	struct blob blob = { 0 };

	blob_of(&blob, header);
	fputc('\n', out);
	blob_show(&blob, out);
}

/* As many as there are of a kind, in the order of their numbers. */
static void show_parts(const struct packed *p, FILE *out)
{
	const uint32_t count = p->boot->cpus.count;

	fprintf(out, "%-16s", count == 1 ? "CPU type" : "CPU types");
	for (uint32_t i = 0, same; i < count; i += same) {
		const char *name = midr_words(p->cpus[i].midr);

		for (same = 1; i + same < count && p->cpus[i + same].midr == p->cpus[i].midr;)
			same++;
		fprintf(out, "%s %u %s", i ? "," : "", same, name ? name : p->cpus[i].midr ? "unknown" : "of any type");
	}
	fputc('\n', out);
}

static void show_head(const struct packed *p, FILE *out)
{
	const struct pt_boot *b = p->boot;

	fprintf(out, "%-16s %llu bytes, interface version %u, hypervisor's checksum 0x%08x\n", "packed image",
		(unsigned long long)b->size, b->header.version, packed_hypervisor(p));
	show_range("lies at", b->base, p->header->memory_size, out);
	fputc('\n', out);
	if (b->uart_kind)
		fprintf(out, "%-16s %s at 0x%llx\n", "early UART", uart_kind_words(b->uart_kind),
			(unsigned long long)b->uart);
	else
		fprintf(out, "%-16s none\n", "early UART");
	fprintf(out, "%-16s %s\n", "CPUs turned on", conduit_words[b->conduit]);
	show_parts(p, out);
	fprintf(out, "%-16s %s\n", "rescue", rescue_words[b->rescue]);
	if (b->locked)
		fprintf(out, "%-16s from the beginning\n", "locked");
}

static void show_contents(const struct packed *p, const struct pt_boot_cell *cell, FILE *out)
{
	for (uint32_t i = cell->first_piece; i < cell->first_piece + cell->piece_count; i++) {
		const struct pt_piece *piece = &p->pieces[i];

		show_range("contents", piece->pa, piece->size, out);
		fprintf(out, ", checksum 0x%08x\n", piece->checksum);
	}
}

void packed_show(const struct packed *p, FILE *out)
{
	show_head(p, out);
	show_blob(&p->system->header, out);
	for (uint32_t i = 0; i < p->boot->cells.count; i++) {
		show_blob(&p->cells[i]->header, out);
		show_start(p->boot_cells[i].flags, out);
		show_contents(p, &p->boot_cells[i], out);
	}
}
