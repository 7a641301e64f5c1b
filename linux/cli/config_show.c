// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config show: any blob in words, or why the hypervisor would not take it. Nothing of a
 * refused blob is printed but what is wrong with it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <config/show.h>
#include <core/blob.h>
#include "cli.h"
#include "json.h"

struct verdict {
	enum pt_blob_reason reason;
	uint32_t offset;
	char field[64];
};

static const struct pt_blob_header *header_of(const struct blob *blob)
{
	return (const struct pt_blob_header *)blob->words;
}

static const char *kind_of(const struct blob *blob)
{
	return header_of(blob)->magic == PT_CELL_MAGIC ? "cell" : "system";
}

/* No more than a blob can be is read, whatever the file is. */
static bool blob_read(const char *path, struct blob *blob)
{
	char bytes[PT_BLOB_MAX + 1];
	FILE *f = fopen(path, "re");
	size_t size = 0;
	bool error = !f;

	memset(blob, 0, sizeof(*blob));
	if (f) {
		size = fread(bytes, 1, sizeof(bytes), f);
		error = ferror(f);
		fclose(f);
	}
	if (error) {
		fail("cannot read the blob '%s': %s", path, strerror(errno));
		return false;
	}
	if (size > PT_BLOB_MAX) {
		fail("'%s' is no blob: it is longer than %d bytes", path, PT_BLOB_MAX);
		return false;
	}
	memcpy(blob->words, bytes, size);
	blob->size = (uint32_t)size;
	if (size >= sizeof(struct pt_blob_header) && (header_of(blob)->magic == PT_CELL_MAGIC ||
						      header_of(blob)->magic == PT_SYSTEM_MAGIC))
		return true;
	fail("'%s' is no blob: it does not begin like one of a system or of a cell", path);
	return false;
}

static void judge(const struct blob *blob, const struct pt_system *board, struct verdict *v)
{
	v->reason = blob_judge(blob, board, &v->offset);
	if (v->reason != PT_BLOB_FINE)
		blob_field_words(blob, v->offset, v->field, sizeof(v->field));
}

static int refused(const char *path, const struct blob *blob, const struct verdict *v)
{
	return fail("'%s': the hypervisor would refuse this %s: '%s' at byte 0x%x %s", path,
		    kind_of(blob), v->field, v->offset, blob_reason_words(v->reason));
}

/* Text: a JSON number is not sure to hold 64 bits. */
static void put_address(const char *key, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	json_string(key, text);
}

static void put_range(const char *key, struct pt_range r)
{
	json_open(key, '{');
	put_address("base", r.base);
	json_number("size", r.size);
	json_close('}');
}

static void put_ranges(const char *key, const void *blob, struct pt_table table)
{
	const struct pt_range *r = blob_entries(blob, table);

	json_open(key, '[');
	for (uint32_t i = 0; i < table.count; i++)
		put_range(NULL, r[i]);
	json_close(']');
}

static void put_cpus(const void *blob, struct pt_table table)
{
	const uint64_t *cpus = blob_entries(blob, table);

	json_open("cpus", '[');
	for (uint32_t i = 0; i < table.count; i++)
		put_address(NULL, cpus[i]);
	json_close(']');
}

static void put_regions(const struct pt_cell *c)
{
	const struct pt_region *r = blob_entries(c, c->regions);

	json_open("regions", '[');
	for (uint32_t i = 0; i < c->regions.count; i++) {
		json_open(NULL, '{');
		json_string("kind", r[i].flags & PT_REGION_DEVICE ? "device" : "memory");
		put_address("physical", r[i].pa);
		put_address("address", r[i].ipa);
		json_number("size", r[i].size);
		json_bool("write", r[i].flags & PT_REGION_WRITE);
		json_bool("execute", r[i].flags & PT_REGION_EXEC);
		json_bool("shared", r[i].flags & PT_REGION_SHARED);
		json_bool("pci", r[i].flags & PT_REGION_PCI);
		json_close('}');
	}
	json_close(']');
}

static void put_spis(const struct pt_cell *c)
{
	const uint32_t *spis = blob_entries(c, c->spis);

	json_open("interrupts", '[');
	for (uint32_t i = 0; i < c->spis.count; i++) {
		json_open(NULL, '{');
		json_number("spi", spis[i] - 32);
		json_number("intid", spis[i]);
		json_close('}');
	}
	json_close(']');
}

static void put_cell(const struct pt_cell *c)
{
	json_string("name", c->name);
	put_cpus(c, c->cpus);
	put_regions(c);
	put_spis(c);
	put_address("entry", c->entry);
	put_address("argument", c->argument);
	put_address("communication", c->comm);
	if (c->uart) {
		put_address("uart", c->uart);
		json_number("uart_intid", c->uart_spi);
	} else {
		json_null("uart");
		json_null("uart_intid");
	}
	json_bool("trusted_idle", c->flags & PT_CELL_TRUSTED_IDLE);
	json_bool("firmware_services", c->flags & PT_CELL_FIRMWARE_SERVICES);
}

static void put_system(const struct pt_system *s)
{
	json_string("name", s->name);
	put_cpus(s, s->cpus);
	put_ranges("memory", s, s->ram);
	json_number("gic_version", s->gic_version);
	put_range("distributor", s->gicd);
	put_ranges("redistributors", s, s->gicr);
	if (s->gicc.size)
		put_range("cpu_interface", s->gicc);
	else
		json_null("cpu_interface");
	put_ranges("reserved", s, s->reserved);
	put_ranges("ecam", s, s->ecam);
	if (s->event_spi)
		json_number("event_intid", s->event_spi);
	else
		json_null("event_intid");
}

static void put_refusal(const struct verdict *v)
{
	json_open("refused", '{');
	json_string("field", v->field);
	json_number("offset", v->offset);
	json_string("reason", blob_reason_words(v->reason));
	json_close('}');
}

static int show_json(const struct blob *blob, const struct verdict *v)
{
	const bool fine = v->reason == PT_BLOB_FINE;

	json_open(NULL, '{');
	json_string("kind", kind_of(blob));
	json_bool("accepted", fine);
	if (!fine)
		put_refusal(v);
	else if (header_of(blob)->magic == PT_CELL_MAGIC)
		put_cell((const struct pt_cell *)blob->words);
	else
		put_system((const struct pt_system *)blob->words);
	json_close('}');
	return fine ? EXIT_DONE : EXIT_FAILED;
}

static int show(const char *path, const char *system_path, bool json)
{
	struct blob blob, system;
	struct verdict v;

	if (system_path) {
		if (!blob_read(system_path, &system))
			return EXIT_FAILED;
		if (header_of(&system)->magic != PT_SYSTEM_MAGIC)
			return fail("'%s' is a cell's blob; --system needs that of the board",
				    system_path);
		judge(&system, NULL, &v);
		if (v.reason != PT_BLOB_FINE)
			return refused(system_path, &system, &v);
	}
	if (!blob_read(path, &blob))
		return EXIT_FAILED;
	judge(&blob, system_path ? (const struct pt_system *)system.words : NULL, &v);
	if (json)
		return show_json(&blob, &v);
	if (v.reason != PT_BLOB_FINE)
		return refused(path, &blob, &v);
	blob_show(&blob, stdout);
	return EXIT_DONE;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "system", required_argument, NULL, 's' },
		{ 0 }
	};
	const char *system_path = NULL;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'j')
			json = true;
		else if (option == 's')
			system_path = optarg;
		else
			return usage_error(&config_show_verb);
	}
	if (argc - optind != 1)
		return usage_error(&config_show_verb);
	return show(argv[optind], system_path, json);
}

const struct verb config_show_verb = {
	.group = "config",
	.name = "show",
	.arguments = "BLOB [--system BLOB] [--json]",
	.summary = "print a blob in words",
	.help =
	"BLOB is what `partita config compile` wrote. One that the hypervisor would refuse is\n"
	"not printed; the field that is wrong and its place are, and the exit status is 1.\n\n"
	"  --system BLOB   check a cell against this board as well, and not by itself only\n"
	"  --json          for programs\n",
	.run = run,
};
