/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A cell that means harm: it does what its argument says, "NAME [NUMBER...]" with "smp" before it
 * for all its CPUs at once, and tells on the console what came of it. Tests judge by the words
 * described in tests/attack/README.md; nothing but them may begin with these words. /
 */
#include "hostile.h"

static const struct behaviour *const rooms[] = {
	address_behaviours, memory_behaviours, gic_behaviours, waiting_behaviours, call_behaviours, register_behaviours,
	pci_behaviours,
};
static const char *const kinds[] = { "memory", "memory", "interrupts", "waiting", "calls", "registers", "pci" };

#define ROOMS (sizeof(rooms) / sizeof(rooms[0]))

volatile uint64_t exceptions, last_esr;
uint64_t attempts;

static const struct behaviour *chosen;
static struct numbers numbers;
static uint32_t arrived;

bool cell_exception(struct cell_frame *frame)
{
	uint64_t class = frame->esr >> 26 & 0x3f;

	if (!chosen || chosen->verdict == OFF)
		return false;
	exceptions++;
	last_esr = frame->esr;
	/* PC misaligned, or nothing to execute there: back to who jumped. */
	if (class == 0x20 || class == 0x21 || class == 0x22)
		frame->elr = frame->x[30];
	else
		frame->elr += 4;
	/*
	 * A return to an exception level that is not there sets PSTATE.IL: without clearing it
	 * nothing runs any more.
	 */
	frame->spsr &= ~(1ULL << 20);
	return true;
}

void granted(const char *what, uint64_t a, uint64_t b)
{
	cell_printf("GRANTED: %s %lx %lx\n", what, a, b);
}

static const struct behaviour *find(const char *name, size_t length)
{
	for (size_t i = 0; i < ROOMS; i++)
		for (const struct behaviour *b = rooms[i]; b->name; b++)
			if (strlen(b->name) == length && !memcmp(b->name, name, length))
				return b;
	return NULL;
}

static void list(void)
{
	static const char *const verdicts[] = { "survives", "fatal", "endless", "off", "reported" };

	for (size_t i = 0; i < ROOMS; i++)
		for (const struct behaviour *b = rooms[i]; b->name; b++)
			cell_printf("behaviour: %s %s %s%s\n", b->name, verdicts[b->verdict], kinds[i],
				    rooms[i] == address_behaviours ? " at-address" : "");
	cell_printf("listed: all\n");
}

static void try(const struct behaviour *b)
{
	static const char *const after[] = { "survived", "NOT STOPPED", "ENDED", "NOT OFF", "survived" };

	exceptions = 0;
	attempts = 0;
	cell_printf("trying: %s\n", b->name);
	b->run(&numbers);
	cell_printf("%s: %s (%lu attempts", after[b->verdict], b->name, attempts ? attempts : 1);
	if (exceptions)
		cell_printf(", %lu exceptions, last ESR %lx", exceptions, last_esr);
	cell_printf(")\n");
}

static void try_all_survivable(void)
{
	for (size_t i = 0; i < ROOMS; i++)
		for (chosen = rooms[i]; chosen->name; chosen++)
			if (chosen->verdict == SURVIVES)
				try(chosen);
	cell_printf("survived: all\n");
}

/* All CPUs begin at the same moment. */
static void run_together(uint64_t unused)
{
	(void)unused;
	__atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < cell_cpu_count())
		asm volatile("yield");
	try(chosen);
	if (cell_cpu_index())
		cell_cpu_off();
}

static const char *word_end(const char *text)
{
	while (*text && *text != ' ')
		text++;
	return text;
}

static const char *skip_spaces(const char *text)
{
	while (*text == ' ')
		text++;
	return text;
}

static void parse_numbers(const char *text)
{
	const char *end;

	for (unsigned int i = 0; i < MAX_NUMBERS; i++) {
		text = skip_spaces(text);
		numbers.n[i] = cell_parse_number(text, &end);
		text = end;
	}
}

static void obey(const char *argument)
{
	const char *end = word_end(argument);
	bool together = end - argument == 3 && !memcmp(argument, "smp", 3);

	if (together) {
		argument = skip_spaces(end);
		end = word_end(argument);
	}
	parse_numbers(end);
	if (!strcmp(argument, "list")) {
		list();
	} else if (!strcmp(argument, "survivable")) {
		try_all_survivable();
	} else {
		chosen = find(argument, (size_t)(end - argument));
		if (!chosen) {
			cell_printf("unknown: \"%s\"; try list\n", argument);
		} else if (together) {
			for (unsigned int i = 1; i < cell_cpu_count(); i++)
				cell_cpu_on(i, run_together, 0);
			run_together(0);
		} else {
			try(chosen);
		}
	}
	chosen = NULL;
}

void main(void)
{
	cell_irq_init();
	obey(cell_argument());
	/* What was left in the way of interrupts shall not keep a survivor from obeying. */
	cell_irq_init();
	cell_idle_until_shutdown();
	cell_printf("hostile: goodbye\n");
}
