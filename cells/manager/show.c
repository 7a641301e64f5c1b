/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What there is to look at: states, counts and faults are the hypervisor's word; texts, heartbeats
 * and sizes of rings are the cells', and may be anything.
 */
#include <cell/string.h>

#include "shell.h"

static const struct pt_cell_status *status_of(uint32_t id)
{
	return &cell_manage_status()->cells[id];
}

const char *fault_words(uint32_t kind)
{
	static const char *const words[] = {
#define WORDS(name, words)	words,
		PT_FAULTS(WORDS)
#undef WORDS
	};

	return kind < PT_FAULT_KINDS ? words[kind] : "unknown";
}

/* "0,2-3" */
static void cpu_list(uint64_t cpus, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (unsigned int cpu = 0, end; cpu < PT_MAX_CPUS && length < size; cpu = end) {
		end = cpu + 1;
		if (!(cpus >> cpu & 1))
			continue;
		while (end < PT_MAX_CPUS && cpus >> end & 1)
			end++;
		length += (size_t)cell_snprintf(text + length, size - length, "%s%u", length ? "," : "", cpu);
		if (end - cpu > 1 && length < size)
			length += (size_t)cell_snprintf(text + length, size - length, "-%u", end - 1);
	}
}

static void list_row(uint32_t id)
{
	const struct pt_cell_status *status = status_of(id);
	char name[PT_NAME_SIZE], cpus[32];

	cpu_list(status->cpus, cpus, sizeof(cpus));
	cell_printf("%-3u %-20s %-10s %-8s %6u %6u", id, cell_name(id, name),
		    cell_manage_state_word(cell_manage_state(id)), cpus, status->starts, status->resets);
	if (is_self(id))
		cell_printf("  this manager");
	else if (cell_manage_state(id) == PT_CELL_FAILED)
		cell_printf("  %s", fault_words(status->fault.kind));
	else if (!cell_manage_sees(id))
		cell_printf("  not managed from here");
	cell_printf("\n");
}

void show_list(void)
{
	cell_printf("%-3s %-20s %-10s %-8s %6s %6s\n", "ID", "NAME", "STATE", "CPUS", "STARTS", "RESETS");
	for (uint32_t id = next_cell(0); id < PT_MAX_CELLS; id = next_cell(id + 1))
		list_row(id);
}

static void stats_cpu(unsigned int cpu)
{
	static const char *const words[PT_EXIT_REASONS] = {
#define WORDS(name, word)	word,
		PT_EXITS(WORDS)
#undef WORDS
	};
	uint64_t exits[PT_EXIT_REASONS], all = 0;

	for (unsigned int i = 0; i < PT_EXIT_REASONS; i++) {
		exits[i] = cell_manage_status()->cpus[cpu].exits[i] & PT_EXITS_COUNT;
		all += i < PT_EXIT_CAUSES ? exits[i] : 0;
	}
	cell_printf("  CPU %-3u exits %lu", cpu, all);
	for (unsigned int i = 0; i < PT_EXIT_REASONS; i++)
		if (exits[i])
			cell_printf("  %s %lu", words[i], exits[i]);
	cell_printf("\n");
}

static void stats_cell(uint32_t id)
{
	const struct pt_cell_status *status = status_of(id);
	const struct pt_report *report = cell_manage_report(id);
	char name[PT_NAME_SIZE];

	cell_printf("cell %u '%s': %s, started %u time%s", id, cell_name(id, name),
		    cell_manage_state_word(cell_manage_state(id)), status->starts, status->starts == 1 ? "" : "s");
	if (report)
		cell_printf(", heartbeat %lu", report->heartbeat);
	cell_printf("\n");
	for (unsigned int cpu = 0; cpu < cell_manage_cpu_count(); cpu++)
		if (status->cpus >> cpu & 1)
			stats_cpu(cpu);
	if (cell_manage_state(id) == PT_CELL_FAILED)
		cell_printf("  failed: %s\n", fault_words(status->fault.kind));
}

void show_stats(uint32_t id)
{
	const struct pt_status *status = cell_manage_status();

	if (id < PT_MAX_CELLS) {
		stats_cell(id);
		return;
	}
	cell_printf("hypervisor memory: %lu KiB in use (fixed %lu, cells' communication areas %lu), page tables %lu KiB, "
		    "of %lu KiB given\n",
		    (status->fixed_size + status->comm_size) / 1024, status->fixed_size / 1024, status->comm_size / 1024,
		    status->table_size / 1024, status->memory_size / 1024);
	for (id = next_cell(0); id < PT_MAX_CELLS; id = next_cell(id + 1))
		stats_cell(id);
}

/* ESR_EL2 (DDI0487): what the cell was about to do. */
static const char *access_words(uint64_t esr)
{
	const unsigned int ec = esr >> 26 & 0x3f;

	if (ec == 0x20)
		return "instruction fetch";
	if (ec == 0x24)
		return esr & 1 << 6 ? "write" : "read";
	return NULL;
}

void show_fault(uint32_t id)
{
	const struct pt_fault *fault = &status_of(id)->fault;
	char name[PT_NAME_SIZE];

	cell_name(id, name);
	if (fault->kind == PT_FAULT_NONE) {
		cell_printf("'%s' has not failed\n", name);
		return;
	}
	cell_printf("'%s' failed on CPU %u: %s\n", name, fault->cpu, fault_words(fault->kind));
	if (fault->kind == PT_FAULT_CONTENTS)
		return;
	if (access_words(fault->esr))
		cell_printf("  %s at address %lx\n", access_words(fault->esr), fault->ipa);
	cell_printf("  pc %016lx  pstate %08lx\n", fault->pc, fault->pstate);
	cell_printf("  esr %08lx  far %016lx  ipa %016lx\n", fault->esr, fault->far, fault->ipa);
	for (unsigned int i = 0; i < 30; i += 3)
		cell_printf("  x%-2u %016lx  x%-2u %016lx  x%-2u %016lx\n", i, fault->x[i], i + 1, fault->x[i + 1],
			    i + 2, fault->x[i + 2]);
	cell_printf("  x30 %016lx\n", fault->x[30]);
}

void show_text(const char *text, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < size; i++) {
		const uint8_t c = (uint8_t)text[i];
		const char control[] = { '^', (char)(c ^ 0x40) };
		const char byte[] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

		if (c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f))
			cell_console_write(&text[i], 1);
		else if (c >= 0x80)
			cell_console_write(byte, sizeof(byte));
		else if (c != '\r')
			cell_console_write(control, sizeof(control));
	}
}

void show_lost(uint64_t lost)
{
	if (lost)
		cell_printf("[%lu earlier bytes are gone]\n", lost);
}

void show_log(void)
{
	char text[256];
	struct cell_ring ring;
	uint64_t lost;
	size_t got, all = 0;

	if (!cell_manage_log(&ring))
		return;
	/* Who writes meanwhile gives out more with each turn: one ring's worth is enough. */
	while (all < PT_CONSOLE_SIZE && (got = cell_ring_read(&ring, text, sizeof(text), &lost))) {
		show_lost(lost);
		show_text(text, got);
		all += got;
	}
}
