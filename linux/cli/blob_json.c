// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same facts as config/show.c and packed_show.c tell, under names that stay.
 */
#include <stdio.h>
#include <config/firmware.h>
#include <config/show.h>
#include <config/uarts.h>
#include <core/blob.h>
#include "blob_json.h"
#include "json.h"

void json_address(const char *key, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	json_string(key, text);
}

static void put_intid(const char *key, uint32_t intid)
{
	if (intid)
		json_number(key, intid);
	else
		json_null(key);
}

static void put_range(const char *key, struct pt_range r)
{
	json_open(key, '{');
	json_address("base", r.base);
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
		json_address(NULL, cpus[i]);
	json_close(']');
}

static void put_regions(const struct pt_cell *c)
{
	const struct pt_region *r = blob_entries(c, c->regions);

	json_open("regions", '[');
	for (uint32_t i = 0; i < c->regions.count; i++) {
		json_open(NULL, '{');
		json_string("kind", r[i].flags & PT_REGION_DEVICE ? "device" : "memory");
		json_address("physical", r[i].pa);
		json_address("address", r[i].ipa);
		json_number("size", r[i].size);
		json_bool("write", r[i].flags & PT_REGION_WRITE);
		json_bool("execute", r[i].flags & PT_REGION_EXEC);
		json_bool("shared", r[i].flags & PT_REGION_SHARED);
		json_bool("pci", r[i].flags & PT_REGION_PCI);
		json_close('}');
	}
	json_close(']');
}

static void put_rights(const struct pt_cell *c)
{
	const struct pt_right *r = blob_entries(c, c->rights);

	json_open("rights", '[');
	for (uint32_t i = 0; i < c->rights.count; i++) {
		json_open(NULL, '{');
		json_string("cell", r[i].name);
		json_bool("start", r[i].verbs & PT_MAY_START);
		json_bool("stop", r[i].verbs & PT_MAY_STOP);
		json_bool("type", r[i].verbs & PT_MAY_TYPE);
		json_close('}');
	}
	json_close(']');
	if (c->manage)
		json_address("manage", c->manage);
	else
		json_null("manage");
	put_intid("event_intid", c->event_spi);
}

static void put_uart(const char *key, uint32_t kind, uint64_t address)
{
	if (!kind) {
		json_null(key);
		return;
	}
	json_open(key, '{');
	json_string("kind", uart_kind_words(kind));
	json_address("address", address);
	json_close('}');
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

static void put_exit_limit(const struct pt_cell *c)
{
	if (!c->exit_rate) {
		json_null("exit_limit");
		json_null("on_exit_limit");
		return;
	}
	json_number("exit_limit", c->exit_rate);
	json_string("on_exit_limit", exit_action_words[c->exit_action]);
}

void json_cell(const struct pt_cell *c)
{
	json_string("name", c->name);
	put_cpus(c, c->cpus);
	put_regions(c);
	put_spis(c);
	json_address("entry", c->entry);
	json_address("argument", c->argument);
	json_address("communication", c->comm);
	if (c->uart) {
		json_address("uart", c->uart);
		json_number("uart_intid", c->uart_spi);
	} else {
		json_null("uart");
		json_null("uart_intid");
	}
	put_uart("serial", c->serial_kind, c->serial);
	put_rights(c);
	json_bool("trusted_idle", c->flags & PT_CELL_TRUSTED_IDLE);
	json_bool("firmware_services", c->flags & PT_CELL_FIRMWARE_SERVICES);
	put_exit_limit(c);
	json_bool("core_dump", c->flags & PT_CELL_DUMP);
	json_bool("debug", c->flags & PT_CELL_DEBUG);
}

void json_system(const struct pt_system *s)
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
	put_intid("event_intid", s->event_spi);
}

static void put_checksum(const char *key, uint32_t checksum)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", checksum);
	json_string(key, text);
}

static void put_pieces(const struct packed *p, const struct pt_boot_cell *cell)
{
	json_open("contents", '[');
	for (uint32_t i = cell->first_piece; i < cell->first_piece + cell->piece_count; i++) {
		json_open(NULL, '{');
		json_address("physical", p->pieces[i].pa);
		json_number("size", p->pieces[i].size);
		put_checksum("checksum", p->pieces[i].checksum);
		json_close('}');
	}
	json_close(']');
}

static void put_types(const struct packed *p)
{
	json_open("cpu_types", '[');
	for (uint32_t i = 0; i < p->boot->cpus.count; i++)
		if (midr_words(p->cpus[i].midr))
			json_string(NULL, midr_words(p->cpus[i].midr));
		else
			json_null(NULL);
	json_close(']');
}

void json_packed(const struct packed *p)
{
	const struct pt_boot *b = p->boot;

	json_number("size", b->size);
	json_number("interface_version", b->header.version);
	put_checksum("hypervisor_checksum", packed_hypervisor(p));
	json_address("base", b->base);
	json_number("memory_size", p->header->memory_size);
	put_uart("uart", b->uart_kind, b->uart);
	json_string("conduit", conduit_words[b->conduit]);
	put_types(p);
	json_string("rescue", rescue_words[b->rescue]);
	json_bool("locked", b->locked);
	json_open("board", '{');
	json_system(p->system);
	json_close('}');
	json_open("cells", '[');
	for (uint32_t i = 0; i < b->cells.count; i++) {
		json_open(NULL, '{');
		json_cell(p->cells[i]);
		json_string("start", start_words(p->boot_cells[i].flags));
		put_pieces(p, &p->boot_cells[i]);
		json_close('}');
	}
	json_close(']');
}
