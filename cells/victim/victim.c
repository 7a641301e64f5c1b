/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The neighbour that must notice nothing: fills its memory with a pattern and reads it again and
 * again, with all SGIs and PPIs enabled, though nobody may send it one. It exits never, and sleeps
 * never either.
 *
 * Argument (see cell_argument): the microseconds from one reading to the next, with WFI between
 * them; for a cell that is trusted to idle. /
 */
#include <cell/cell.h>

#include "figures.h"

#define CHUNK_WORDS	512

static void set(unsigned int word, uint64_t value)
{
	__atomic_store_n(&cell_report()->user[word], value, __ATOMIC_RELAXED);
}

static void add(unsigned int word, uint64_t value)
{
	set(word, cell_report()->user[word] + value);
}

static void alien(uint32_t intid, void *unused)
{
	(void)unused;
	add(VICTIM_WORD_ALIENS, 1);
	cell_printf("victim: interrupt %u from nowhere\n", intid);
}

static void listen_to_all(void)
{
	for (uint32_t intid = 0; intid < GIC_SPI_FIRST; intid++) {
		cell_irq_handler(intid, alien, NULL);
		cell_irq_enable(intid, CELL_PRIORITY_NORMAL, intid < 16 ? CELL_EDGE : CELL_LEVEL);
	}
	cell_irq_unmask();
}

static uint64_t pattern(uint64_t index)
{
	return (index + 1) * 0x9e3779b97f4a7c15ULL;
}

static uint64_t damage_of(const volatile uint64_t *memory, uint64_t from, uint64_t words)
{
	uint64_t damage = 0;

	for (uint64_t i = from; i < from + CHUNK_WORDS && i < words; i++)
		damage += memory[i] != pattern(i);
	return damage;
}

static void watch_clock(void)
{
	static uint64_t last;
	uint64_t now = cell_now(), gap = last ? cell_ns(now - last) : 0;

	last = now;
	if (gap > cell_report()->user[VICTIM_WORD_GAP_MAX])
		set(VICTIM_WORD_GAP_MAX, gap);
}

static void look_once(const volatile uint64_t *memory, uint64_t words)
{
	uint64_t damage = 0;

	for (uint64_t at = 0; at < words && !cell_shutdown_requested(); at += CHUNK_WORDS) {
		damage += damage_of(memory, at, words);
		watch_clock();
		cell_heartbeat();
	}
	if (damage) {
		add(VICTIM_WORD_DAMAGE, damage);
		cell_printf("victim: %lu words are not as written\n", damage);
	}
	add(VICTIM_WORD_ROUNDS, 1);
}

static void rest_is_over(uint64_t deadline, uint64_t now, uint64_t missed, void *unused)
{
	(void)deadline;
	(void)now;
	(void)missed;
	(void)unused;
}

void main(void)
{
	uint64_t period_us = cell_parse_number(cell_argument(), NULL);
	size_t size;
	uint64_t *memory = cell_free_memory(&size);
	uint64_t words = size / sizeof(*memory);

	for (uint64_t i = 0; i < words; i++)
		memory[i] = pattern(i);
	cell_irq_init();
	listen_to_all();
	if (period_us)
		cell_timer_periodic(cell_now(), cell_ticks(period_us * 1000), rest_is_over, NULL);
	set(VICTIM_WORD_BYTES, size);
	__atomic_store_n(&cell_report()->user[VICTIM_WORD_MAGIC], VICTIM_MAGIC, __ATOMIC_RELEASE);
	cell_printf("victim: watching %lu KiB\n", size / 1024);
	while (!cell_shutdown_requested()) {
		look_once(memory, words);
		if (period_us)
			cell_wait_interrupt();
	}
	cell_printf("victim: %lu rounds, damage %lu, aliens %lu\n",
		    cell_report()->user[VICTIM_WORD_ROUNDS],
		    cell_report()->user[VICTIM_WORD_DAMAGE],
		    cell_report()->user[VICTIM_WORD_ALIENS]);
}
