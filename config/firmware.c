// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a board's tree that Linux reads for itself, and that somebody must read who boots without it.
 */
#include <stdio.h>
#include <string.h>
#include <core/blob.h>
#include "cpus.h"
#include "firmware.h"
#include "uarts.h"

#define ARM		0x41000000u	/* MIDR_EL1.Implementer */
#define PART(number)	(ARM | (uint32_t)(number) << 4)

/* MIDR_EL1.PartNum, as the manual of each processor tells it. */
static const struct part {
	const char *name;
	uint32_t midr;
} parts[] = {
	{ "cortex-a34", PART(0xd02) },	 { "cortex-a35", PART(0xd04) },	  { "cortex-a53", PART(0xd03) },
	{ "cortex-a55", PART(0xd05) },	 { "cortex-a57", PART(0xd07) },	  { "cortex-a65", PART(0xd06) },
	{ "cortex-a65ae", PART(0xd43) }, { "cortex-a72", PART(0xd08) },	  { "cortex-a73", PART(0xd09) },
	{ "cortex-a75", PART(0xd0a) },	 { "cortex-a76", PART(0xd0b) },	  { "cortex-a76ae", PART(0xd0e) },
	{ "cortex-a77", PART(0xd0d) },	 { "cortex-a78", PART(0xd41) },	  { "cortex-a78ae", PART(0xd42) },
	{ "cortex-a78c", PART(0xd4b) },	 { "cortex-a510", PART(0xd46) },  { "cortex-a520", PART(0xd80) },
	{ "cortex-a710", PART(0xd47) },	 { "cortex-a715", PART(0xd4d) },  { "cortex-a720", PART(0xd81) },
	{ "cortex-x1", PART(0xd44) },	 { "cortex-x1c", PART(0xd4c) },	  { "cortex-x2", PART(0xd48) },
	{ "cortex-x3", PART(0xd4e) },	 { "cortex-x4", PART(0xd82) },	  { "neoverse-e1", PART(0xd4a) },
	{ "neoverse-n1", PART(0xd0c) },	 { "neoverse-n2", PART(0xd49) },  { "neoverse-v1", PART(0xd40) },
	{ "neoverse-v2", PART(0xd4f) },
};

#define PART_COUNT	(sizeof(parts) / sizeof(parts[0]))

const char *midr_words(uint32_t midr)
{
	for (size_t i = 0; i < PART_COUNT; i++)
		if (parts[i].midr == midr)
			return parts[i].name;
	return NULL;
}

static uint32_t midr_of(const struct tree *t, uint32_t node)
{
	char name[32];

	for (size_t i = 0; i < PART_COUNT; i++) {
		snprintf(name, sizeof(name), "arm,%s", parts[i].name);
		if (tree_compatible(t, node, name))
			return parts[i].midr;
	}
	return 0;
}

/* /chosen says "serial0:115200n8" or a path; without it, the first serial port by its alias. */
static uint32_t console_node(const struct tree *t)
{
	const uint32_t chosen = tree_find(t, "/chosen");
	const char *named = chosen == TREE_NONE ? NULL : tree_string(t, chosen, "stdout-path");
	char name[TREE_PATH_MAX];

	snprintf(name, sizeof(name), "%.*s", named ? (int)strcspn(named, ":") : 7, named ? named : "serial0");
	return tree_find(t, name);
}

static void read_uart(struct firmware *f, const struct board *b, struct messages *m)
{
	const struct tree *t = &b->tree;
	const uint32_t node = console_node(t);
	char path[TREE_PATH_MAX];
	struct tree_range r;

	if (node == TREE_NONE) {
		messages_warn(m, "the board's tree names no console (stdout-path of /chosen, or the alias serial0): a boot "
			      "that fails could not say why");
		return;
	}
	f->uart_kind = tree_reg(t, node, 0, &r) == TREE_REG_FINE ? uart_kind(t, node) : PT_UART_NONE;
	if (f->uart_kind)
		f->uart = r.base;
	else
		messages_warn(m, "the board's console '%s' is no UART that the hypervisor can drive: a boot that fails could "
			      "not say why", tree_path(t, node, path));
}

static uint32_t psci_node(const struct tree *t)
{
	static const char *const compatible[] = { "arm,psci-1.0", "arm,psci-0.2" };
	uint32_t node = TREE_NONE;

	for (size_t i = 0; i < sizeof(compatible) / sizeof(compatible[0]) && node == TREE_NONE; i++)
		node = tree_find_compatible(t, TREE_NONE, compatible[i]);
	return node;
}

/* PSCI may be there to reset the board where CPUs are not turned on by it: the conduit then says no more than that of the CPUs. */
static void read_conduit(struct firmware *f, const struct tree *t, struct messages *m)
{
	const uint32_t node = psci_node(t);
	const char *method = node == TREE_NONE ? NULL : tree_string(t, node, "method");

	if (method && !strcmp(method, "smc")) {
		f->conduit = PT_CONDUIT_SMC;
	} else if (method && !strcmp(method, "hvc")) {
		messages_error(m, "PSCI is called by 'hvc': something runs at EL2 already, or this is the tree of the board without "
				  "EL2 (QEMU: ask for it with virtualization=on)");
	} else if (node != TREE_NONE) {
		messages_error(m, "PSCI is called by '%s'; that must be 'smc'", method ? method : "nothing");
	}
}

static bool is_spin_table(const struct tree *t, uint32_t node)
{
	const char *method = tree_string(t, node, "enable-method");

	return method && !strcmp(method, "spin-table");
}

static void read_release(struct pt_boot_cpu *cpu, const struct tree *t, uint32_t node, struct messages *m)
{
	char path[TREE_PATH_MAX];
	int length;
	const void *value = tree_property(t, node, "cpu-release-addr", &length);

	if (value && (length == 4 || length == 8))
		cpu->release = length == 8 ? fdt64_ld(value) : fdt32_ld(value);
	if (!cpu->release || cpu->release % 8 || cpu->release >= PT_ADDRESS_LIMIT)
		messages_error(m, "'%s': is started by a spin table, and has no 'cpu-release-addr' that says where it waits",
			       tree_path(t, node, path));
}

static void read_cpu(struct firmware *f, uint32_t cpu, const struct board *b, bool spin_table, struct messages *m)
{
	const struct tree *t = &b->tree;
	const uint32_t node = cpu_node_of(b, cpu);
	const char *method = node == TREE_NONE ? NULL : tree_string(t, node, "enable-method");
	char path[TREE_PATH_MAX];

	if (node == TREE_NONE)
		return;
	f->cpus[cpu].midr = midr_of(t, node);
	if (spin_table && is_spin_table(t, node))
		read_release(&f->cpus[cpu], t, node, m);
	else if (spin_table || (method && strcmp(method, "psci") != 0))
		messages_error(m, "'%s': is started by '%s'; a packed image starts all CPUs by PSCI, or all by a spin table",
			       tree_path(t, node, path), method ? method : "nothing");
}

bool firmware_read(struct firmware *f, const struct board *b, struct messages *m)
{
	const uint32_t first = cpu_node_of(b, 0), count = board_system(b)->cpus.count;
	const bool spin_table = first != TREE_NONE && is_spin_table(&b->tree, first);
	const unsigned int errors = m->errors;

	*f = (struct firmware){ 0 };
	if (!spin_table)
		read_conduit(f, &b->tree, m);
	if (!spin_table && !f->conduit && m->errors == errors && count > 1)
		messages_error(m, "no PSCI 0.2 or later in this tree, and no spin table: there is no way to turn its CPUs on; on "
			       "some boards the firmware adds the node: take the tree of the running board");
	for (uint32_t cpu = 0; cpu < count; cpu++)
		read_cpu(f, cpu, b, spin_table, m);
	read_uart(f, b, m);
	return m->errors == errors;
}
