// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a cell's node, property by property. One that is not known is an error that names it: a
 * misspelt word must not be silence, and neither must be one that has no effect yet.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include "cell.h"
#include "cpus.h"
#include "devices.h"
#include "dma.h"
#include "numbers.h"
#include "rights.h"
#include "shared.h"

/* What Linux on arm64 reads of a command line, without the terminating NUL. */
#define COMMAND_LINE_MAX	2047

/* One cell's node while it is read. */
struct reading {
	const struct tree *t;
	uint32_t node;
	struct cell *cell;
	const struct system *s;
	const struct board *b;
	struct messages *m;
};

/* Each error begins with the line of the property and the name of the cell. */
#define SAY(r, property, format, ...)						\
	(r)->m, place_of(r, property), "cell '%s': " format, (r)->cell->name, ##__VA_ARGS__

bool cell_name_ok(const char *name)
{
	const size_t length = strlen(name);
	const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return length && length < PT_NAME_SIZE && strspn(name, alphabet) == length &&
	       strspn(name, "0123456789") != length;
}

bool is_dtc_property(const char *name)
{
	return !strcmp(name, "phandle") || !strcmp(name, "linux,phandle") || !strcmp(name, "name");
}

/* By the node's own name, since that of the cell may be cut. */
static struct place place_of(const struct reading *r, const char *property)
{
	return messages_place(r->m, tree_name(r->t, r->node), property);
}

bool is_text(const char *value, int length)
{
	return length > 1 && !value[length - 1] && strlen(value) + 1 == (size_t)length;
}

bool read_address(const void *value, int length, uint64_t *address)
{
	if (length != 4 && length != 8)
		return false;
	*address = length == 8 ? fdt64_ld(value) : fdt32_ld(value);
	return true;
}

static bool read_text(struct reading *r, const char *property, const char *what, const char *value,
		      int length, char **text)
{
	if (!is_text(value, length)) {
		messages_error_at(SAY(r, property, "'%s' must be one %s", property, what));
		return false;
	}
	*text = strdup(value);
	if (!*text)
		messages_error(r->m, "out of memory");
	return *text;
}

static void add_cpu(struct reading *r, uint32_t cpu)
{
	const uint32_t board_cpus = board_system(r->b)->cpus.count;
	struct cell *cell = r->cell;

	if (cpu >= board_cpus)
		messages_error_at(SAY(r, "cpus", "CPU %u: this board has CPUs 0 to %u", cpu,
				      board_cpus - 1));
	else if (cell->cpu_count < PT_MAX_CPUS)
		cell->cpus[cell->cpu_count++] = cpu;
}

/* No number of a CPU has four characters that can be printed, so this cannot be one. */
static bool are_names(const struct reading *r, const char *value, int length)
{
	bool printable = length > 1 && value[0];

	for (int i = 0; i < length; i++)
		printable = printable && (!value[i] || isprint((unsigned char)value[i]));
	return printable && fdt_stringlist_count(r->t->fdt, r->t->nodes[r->node].offset,
						 "cpus") > 0;
}

static void read_cpu_names(struct reading *r)
{
	const int offset = r->t->nodes[r->node].offset;
	const int count = fdt_stringlist_count(r->t->fdt, offset, "cpus");

	for (int i = 0; i < count; i++) {
		const char *name = fdt_stringlist_get(r->t->fdt, offset, "cpus", i, NULL);
		const uint32_t cpu = cpu_named(r->b, name);

		if (cpu == CPU_NONE)
			messages_error_at(SAY(r, "cpus",
					      "the board has no CPU '%s'; 'cpus' must be CPU "
					      "numbers, like <2 3>, or nodes of CPUs, like "
					      "\"/cpus/cpu@2\"", name));
		else
			add_cpu(r, cpu);
	}
}

static void read_cpus(struct reading *r, const void *value, int length)
{
	if (are_names(r, value, length)) {
		read_cpu_names(r);
		return;
	}
	if (length < 4 || length % 4) {
		messages_error_at(SAY(r, "cpus", "'cpus' must be CPU numbers, like <2 3>, or nodes "
				      "of CPUs, like \"/cpus/cpu@2\""));
		return;
	}
	for (int i = 0; i < length / 4; i++)
		add_cpu(r, fdt32_ld((const fdt32_t *)value + i));
}

static void read_memory(struct reading *r, const void *value, int length)
{
	struct cell *cell = r->cell;

	if (!is_text(value, length)) {
		messages_error_at(SAY(r, "memory", "'memory' must be one size, like \"16M\" or "
				      "\"16M@0x70000000\""));
		return;
	}
	if (!parse_placed_size(value, &cell->memory_size, &cell->memory_address)) {
		messages_error_at(
			SAY(r, "memory",
			    "memory \"%s\" has no address behind its @ (0 is none); write it "
			    "like \"16M@0x70000000\", or leave the @ out to have one chosen",
			    (const char *)value));
		cell->memory_address = 0;
		cell->memory_size = PT_PAGE_SIZE;
	} else if (!cell->memory_size || cell->memory_size % PT_PAGE_SIZE ||
	    cell->memory_size > PT_ADDRESS_LIMIT) {
		messages_error_at(SAY(r, "memory",
				      "memory \"%s\" is not a size in whole 4 KiB pages; "
				      "write it like \"512K\", \"16M\" or \"1G\"",
				      (const char *)value));
		cell->memory_address = 0;
		cell->memory_size = PT_PAGE_SIZE;
	}
}

static void read_device(struct reading *r, const char *name)
{
	if (!strcmp(name, "rest"))
		r->cell->takes_rest = true;
	else
		device_add(r->cell, r->b, name, r->m);
}

static void read_devices(struct reading *r, const void *value, int length)
{
	const int offset = r->t->nodes[r->node].offset;
	const int count = fdt_stringlist_count(r->t->fdt, offset, "devices");

	(void)value;
	if (length == 0)
		return;
	if (count < 0) {
		messages_error_at(SAY(r, "devices",
				      "'devices' must be paths, labels or aliases of the board's "
				      "tree, like \"/pl011@9040000\""));
		return;
	}
	for (int i = 0; i < count; i++)
		read_device(r, fdt_stringlist_get(r->t->fdt, offset, "devices", i, NULL));
}

static void read_unconfined_dma(struct reading *r, const void *value, int length)
{
	const int offset = r->t->nodes[r->node].offset;
	const int count = fdt_stringlist_count(r->t->fdt, offset, "unconfined-dma");

	(void)value;
	if (length && count < 0)
		messages_error_at(
			SAY(r, "unconfined-dma",
			    "'unconfined-dma' must be devices of the cell by path, label or "
			    "alias, like \"/ethernet@9060000\""));
	for (int i = 0; length && i < count; i++)
		dma_accept(r->cell, r->b, fdt_stringlist_get(r->t->fdt, offset, "unconfined-dma", i,
							     NULL), r->m);
}

static void read_shared_memory(struct reading *r, const void *value, int length)
{
	const int offset = r->t->nodes[r->node].offset;
	const int count = fdt_stringlist_count(r->t->fdt, offset, "shared-memory");

	(void)value;
	if (length && count < 0)
		messages_error_at(SAY(r, "shared-memory",
				      "'shared-memory' must be names of shared memory, like "
				      "\"exchange\""));
	for (int i = 0; length && i < count; i++)
		shared_add(r->cell, r->s, fdt_stringlist_get(r->t->fdt, offset, "shared-memory", i,
							     NULL), r->m);
}

static void read_rights(struct reading *r, uint32_t verb, int length)
{
	const char *property = right_property(verb);
	const int offset = r->t->nodes[r->node].offset;
	const int count = fdt_stringlist_count(r->t->fdt, offset, property);

	if (!length || count < 0)
		messages_error_at(SAY(r, property, "'%s' must be names of cells, like \"control-loop\", or \"*\" for "
				      "all others", property));
	for (int i = 0; length && i < count; i++)
		right_add(r->cell, verb, fdt_stringlist_get(r->t->fdt, offset, property, i, NULL), r->m);
}

static void read_may_start(struct reading *r, const void *value, int length)
{
	(void)value;
	read_rights(r, PT_MAY_START, length);
}

static void read_may_stop(struct reading *r, const void *value, int length)
{
	(void)value;
	read_rights(r, PT_MAY_STOP, length);
}

static void read_may_type(struct reading *r, const void *value, int length)
{
	(void)value;
	read_rights(r, PT_MAY_TYPE, length);
}

static void read_start(struct reading *r, const void *value, int length)
{
	if (is_text(value, length) && !strcmp(value, "first"))
		r->cell->boot |= PT_BOOT_FIRST;
	else if (is_text(value, length) && !strcmp(value, "no"))
		r->cell->boot &= ~(uint32_t)PT_BOOT_START;
	else
		messages_error_at(SAY(r, "start", "'start' must be \"first\" or \"no\"; leave it out to have the "
				      "cell started with the others"));
}

static void read_image(struct reading *r, const void *value, int length)
{
	read_text(r, "image", "file name", value, length, &r->cell->image);
}

static void read_initrd(struct reading *r, const void *value, int length)
{
	read_text(r, "initrd", "file name", value, length, &r->cell->initrd);
}

static void read_command_line(struct reading *r, const void *value, int length)
{
	if (read_text(r, "command-line", "text", value, length, &r->cell->command_line) &&
	    length - 1 > COMMAND_LINE_MAX)
		messages_error_at(SAY(r, "command-line",
				      "'command-line' has %d characters; Linux reads %d",
				      length - 1, COMMAND_LINE_MAX));
}

/* "pl011@0x9000000": of one spelling, so that two that are the same look the same. */
static void read_uart_address(struct reading *r, const char *value)
{
	const char *text = value + strlen(CONSOLE_PL011 "@"), *end;
	uint64_t address;

	if (!parse_number(text, &end, &address) || *end || !address || address % PT_PAGE_SIZE ||
	    address >= PT_ADDRESS_LIMIT) {
		messages_error_at(SAY(r, "console",
				      "console \"%s\" has no address of a 4 KiB page behind its @ "
				      "(0 is none); write it like \"pl011@0x9000000\", or leave the "
				      "@ out to have one chosen",
				      value));
		return;
	}
	r->cell->uart_address = address;
	snprintf(r->cell->console, TREE_PATH_MAX, CONSOLE_PL011 "@0x%llx",
		 (unsigned long long)address);
}

/* Whether the device is the cell's is known when "rest" is. */
static void read_console(struct reading *r, const void *value, int length)
{
	uint32_t node;

	if (!is_text(value, length)) {
		messages_error_at(SAY(r, "console",
				      "'console' must be \"ring\", \"pl011\" or one of the "
				      "cell's devices"));
		return;
	}
	if (!strcmp(value, "ring"))
		return;
	if (!strcmp(value, CONSOLE_PL011)) {
		strcpy(r->cell->console, CONSOLE_PL011);
		return;
	}
	if (!strncmp(value, CONSOLE_PL011 "@", strlen(CONSOLE_PL011 "@"))) {
		read_uart_address(r, value);
		return;
	}
	node = tree_find(&r->b->tree, value);
	if (node == TREE_NONE)
		messages_error_at(SAY(r, "console", "the board has no device '%s'; 'console' must "
				      "be \"ring\", \"pl011\" or one of the cell's devices",
				      (const char *)value));
	else
		tree_path(&r->b->tree, node, r->cell->console);
}

/* A property of one word, of which this version knows the first of @words only. */
static void read_word(struct reading *r, const char *property, const char *const words[2],
		      const char *value, int length)
{
	if (is_text(value, length) && !strcmp(value, words[0]))
		return;
	if (is_text(value, length) && !strcmp(value, words[1]))
		messages_error_at(SAY(r, property, "%s = \"%s\" is not yet there in this version "
				      "of Partita; only \"%s\" is", property, words[1], words[0]));
	else
		messages_error_at(SAY(r, property, "'%s' must be \"%s\"", property, words[0]));
}

static void read_on_fault(struct reading *r, const void *value, int length)
{
	read_word(r, "on-fault", (const char *const[]){ "stop", "restart" }, value, length);
}

static void read_interrupt_mode(struct reading *r, const void *value, int length)
{
	read_word(r, "interrupt-mode", (const char *const[]){ "direct", "virtual" }, value, length);
}

static void read_channels(struct reading *r, const void *value, int length)
{
	(void)value;
	(void)length;
	messages_error_at(SAY(r, "channels", "'channels' between cells are not yet there in this "
			      "version of Partita; remove the property"));
}

static void read_flag(struct reading *r, const char *property, int length, uint32_t flag)
{
	if (length)
		messages_error_at(SAY(r, property, "'%s' takes no value; leave it out to say no"),
				  property);
	r->cell->flags |= flag;
}

static void read_trusted_idle(struct reading *r, const void *value, int length)
{
	(void)value;
	read_flag(r, "trusted-idle", length, PT_CELL_TRUSTED_IDLE);
}

static void read_firmware_services(struct reading *r, const void *value, int length)
{
	(void)value;
	read_flag(r, "firmware-services", length, PT_CELL_FIRMWARE_SERVICES);
}

/* More than can be meant is no limit. */
static void read_exit_limit(struct reading *r, const void *value, int length)
{
	r->cell->exit_rate = length == 4 ? fdt32_ld(value) : 0;
	if (!r->cell->exit_rate)
		messages_error_at(SAY(r, "exit-limit", "'exit-limit' must be a number of exits in a second, like "
				      "<20000>; leave it out to have no limit"));
}

static void read_on_exit_limit(struct reading *r, const void *value, int length)
{
	if (is_text(value, length) && !strcmp(value, exit_action_words[PT_EXITS_THROTTLE]))
		r->cell->exit_action = PT_EXITS_THROTTLE;
	else if (!is_text(value, length) || strcmp(value, exit_action_words[PT_EXITS_FAULT]) != 0)
		messages_error_at(SAY(r, "on-exit-limit", "'on-exit-limit' must be \"fault\" or \"throttle\""));
	if (!tree_property(r->t, r->node, "exit-limit", &length))
		messages_error_at(SAY(r, "on-exit-limit", "'on-exit-limit' says what becomes of a cell beyond its "
				      "'exit-limit'; add that"));
}

static void read_core_dump(struct reading *r, const void *value, int length)
{
	(void)value;
	read_flag(r, "core-dump", length, PT_CELL_DUMP);
}

static void read_debug(struct reading *r, const void *value, int length)
{
	(void)value;
	read_flag(r, "debug", length, PT_CELL_DEBUG);
}

static void read_guest_address(struct reading *r, const void *value, int length)
{
	struct cell *cell = r->cell;

	cell->has_guest_address = read_address(value, length, &cell->guest_address);
	if (!cell->has_guest_address)
		messages_error_at(SAY(r, "guest-address", "'guest-address' must be one address, "
				      "like <0x40000000> or /bits/ 64 <0x100000000>"));
}

static void read_image_address(struct reading *r, const void *value, int length)
{
	struct cell *cell = r->cell;

	cell->has_image_address = read_address(value, length, &cell->image_address);
	if (!cell->has_image_address)
		messages_error_at(SAY(r, "image-address", "'image-address' must be one address, "
				      "like <0x40080000>"));
	else if (cell->image_address % 4 || cell->image_address >= PT_ADDRESS_LIMIT)
		messages_error_at(SAY(r, "image-address",
				      "image-address 0x%llx is none of an instruction: not a multiple "
				      "of 4, or beyond 40-bit addresses",
				      (unsigned long long)cell->image_address));
}

static void read_device_tree_address(struct reading *r, const void *value, int length)
{
	struct cell *cell = r->cell;

	cell->has_tree_address = read_address(value, length, &cell->tree_address);
	if (!cell->has_tree_address)
		messages_error_at(SAY(r, "device-tree-address", "'device-tree-address' must be one "
				      "address, like <0x40000000>"));
	else if (cell->tree_address % 8)
		messages_error_at(SAY(r, "device-tree-address",
				      "device-tree-address 0x%llx is not a multiple of 8, as a "
				      "device tree's must be",
				      (unsigned long long)cell->tree_address));
}

/* An address that the cell sees means something as soon as that of its memory is known. */
static void check_addresses(const struct reading *r)
{
	const struct cell *cell = r->cell;
	const char *property = cell->has_image_address ? "image-address" : "device-tree-address";
	uint64_t ipa;

	if (!cell->has_image_address && !cell->has_tree_address)
		return;
	if (!cell_memory_ipa(cell, &ipa))
		messages_error_at(SAY(r, property,
				      "'%s' says where in the cell, but not so where its memory lies "
				      "there; add 'guest-address'",
				      property));
	else if (cell->has_tree_address && cell->tree_address - ipa >= cell->memory_size)
		messages_error_at(SAY(r, "device-tree-address",
				      "device-tree-address 0x%llx is not in its memory (0x%llx to "
				      "0x%llx)",
				      (unsigned long long)cell->tree_address, (unsigned long long)ipa,
				      (unsigned long long)(ipa + cell->memory_size - 1)));
}

static void read_compatible(struct reading *r, const void *value, int length)
{
	(void)value;
	(void)length;
	if (!tree_compatible(r->t, r->node, "partita,cell-v1"))
		messages_error_at(SAY(r, "compatible",
				      "its compatible is not \"partita,cell-v1\""));
}

static const struct property {
	const char *name;
	void (*read)(struct reading *r, const void *value, int length);
	bool required;
} properties[] = {
	{ "compatible", read_compatible, true },
	{ "cpus", read_cpus, true },
	{ "memory", read_memory, true },
	{ "devices", read_devices, false },
	{ "unconfined-dma", read_unconfined_dma, false },
	{ "shared-memory", read_shared_memory, false },
	{ "image", read_image, false },
	{ "initrd", read_initrd, false },
	{ "command-line", read_command_line, false },
	{ "console", read_console, false },
	{ "interrupt-mode", read_interrupt_mode, false },
	{ "on-fault", read_on_fault, false },
	{ "channels", read_channels, false },
	{ "trusted-idle", read_trusted_idle, false },
	{ "firmware-services", read_firmware_services, false },
	{ "exit-limit", read_exit_limit, false },
	{ "on-exit-limit", read_on_exit_limit, false },
	{ "core-dump", read_core_dump, false },
	{ "debug", read_debug, false },
	{ "guest-address", read_guest_address, false },
	{ "image-address", read_image_address, false },
	{ "device-tree-address", read_device_tree_address, false },
	{ "may-start", read_may_start, false },
	{ "may-stop", read_may_stop, false },
	{ "may-type", read_may_type, false },
	{ "start", read_start, false },
};

#define PROPERTY_COUNT	(sizeof(properties) / sizeof(properties[0]))
#define KNOWN_WORDS						\
	"compatible, cpus, memory, devices, unconfined-dma, shared-memory, image, initrd, "	\
	"command-line, console, interrupt-mode, on-fault, trusted-idle, firmware-services, "	\
	"exit-limit, on-exit-limit, core-dump, debug, guest-address, image-address, device-tree-address, may-start, may-stop, may-type and start"

static void refuse_unknown_properties(const struct reading *r)
{
	const void *fdt = r->t->fdt;
	int at;

	fdt_for_each_property_offset(at, fdt, r->t->nodes[r->node].offset) {
		const char *name = NULL;
		size_t i = 0;

		fdt_getprop_by_offset(fdt, at, &name, NULL);
		while (name && i < PROPERTY_COUNT && strcmp(name, properties[i].name) != 0)
			i++;
		if (name && i == PROPERTY_COUNT && !is_dtc_property(name))
			messages_error_at(SAY(r, name, "unknown property '%s'; there are %s", name,
					      KNOWN_WORDS));
	}
}

static void read_name(struct reading *r)
{
	const char *name = tree_name(r->t, r->node);

	strncpy(r->cell->name, name, PT_NAME_SIZE - 1);
	if (!cell_name_ok(name))
		messages_error_at(r->m, place_of(r, NULL),
				  "cell '%s': not a name for a cell: up to 31 of A-Z a-z 0-9 . _ - "
				  "and not only digits", name);
	else if (!strcmp(name, BOARD_ROOT_NAME))
		messages_error_at(SAY(r, NULL, "that is the name of the running Linux itself"));
}

void cell_read(struct cell *cell, const struct system *s, const struct tree *t, uint32_t node,
	       const struct board *b, struct messages *m)
{
	struct reading r = { t, node, cell, s, b, m };

	cell->boot = PT_BOOT_START;
	read_name(&r);
	for (size_t i = 0; i < PROPERTY_COUNT; i++) {
		int length;
		const void *value = tree_property(t, node, properties[i].name, &length);

		if (value)
			properties[i].read(&r, value, length);
		else if (properties[i].required)
			messages_error_at(SAY(&r, NULL, "property '%s' is missing",
					      properties[i].name));
	}
	check_addresses(&r);
	refuse_unknown_properties(&r);
}
