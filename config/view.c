// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check of a cell's own addresses. The hypervisor would refuse the same, but could not say
 * whose property it was.
 */
#include "view.h"

#define LARGE_PAGE (2ull << 20)

/* Memory that the cell sees, and the property that decides where. */
struct window {
	uint64_t base, size; /* size 0: not known where */
	struct place at;
	const struct shared_memory *shared; /* NULL: the cell's own */
	bool chosen;			    /* by guest-address, and not where it physically is */
};

#define WORDS_SIZE (PT_NAME_SIZE + 64)

static const char *window_words(const struct window *w, char words[WORDS_SIZE])
{
	const char *how = w->chosen ? "guest-address " : "";

	if (w->shared)
		snprintf(words, WORDS_SIZE, "shared memory '%s' at %s0x%llx", w->shared->name, how,
			 (unsigned long long)w->base);
	else
		snprintf(words, WORDS_SIZE, "memory at %s0x%llx", how, (unsigned long long)w->base);
	return words;
}

static struct window own_window(const struct cell *c, uint64_t memory, const struct messages *m)
{
	const bool known = c->has_guest_address || memory;

	return (struct window){
		.base = c->has_guest_address ? c->guest_address : memory,
		.size = known ? c->memory_size : 0,
		.at = messages_place(m, c->name, c->has_guest_address ? "guest-address" : "memory"),
		.chosen = c->has_guest_address,
	};
}

static struct window shared_window(const struct cell *c, uint32_t i, const struct messages *m)
{
	const struct shared_memory *s = c->shared[i];
	const bool known = s->has_guest_address || s->address;

	return (struct window){
		.base = s->has_guest_address ? s->guest_address : s->address,
		.size = known ? s->size : 0,
		.at = messages_place(m, s->name, s->has_guest_address ? "guest-address" : "size"),
		.shared = s,
		.chosen = s->has_guest_address,
	};
}

static bool overlap(const struct window *w, uint64_t base, uint64_t size)
{
	return size && w->size && w->base < base + size && base < w->base + w->size;
}

static void check_devices(const struct cell *c, const struct window *w, struct messages *m)
{
	char words[WORDS_SIZE];

	for (uint32_t i = 0; i < c->region_count; i++)
		if (overlap(w, c->regions[i].base, c->regions[i].size))
			messages_error_at(
				m, w->at,
				"cell '%s': %s would cover the cell's own device at 0x%llx",
				c->name, window_words(w, words),
				(unsigned long long)c->regions[i].base);
}

static void check_pair(const struct cell *c, const struct window *w, const struct window *other,
		       struct messages *m)
{
	char words[WORDS_SIZE], others[WORDS_SIZE], there[PLACE_WORDS_SIZE];

	/* Where both are physical, memory_check() has said it already. */
	if ((w->chosen || other->chosen) && overlap(w, other->base, other->size))
		messages_error_at(
			m, w->at,
			"cell '%s': %s would cover its %s%s; choose another guest-address for "
			"one of them",
			c->name, window_words(w, words), window_words(other, others),
			place_words(other->at, there));
}

/* False where the rest of the checks would make no sense. */
static bool check_own(const struct cell *c, const struct board *b, const struct window *w,
		      struct messages *m)
{
	const unsigned long long at = w->base;

	if (!w->chosen || !w->size)
		return true;
	if (at % PT_PAGE_SIZE || at >= PT_ADDRESS_LIMIT || w->size > PT_ADDRESS_LIMIT - at) {
		messages_error_at(m, w->at,
				  "cell '%s': guest-address 0x%llx is not on a 4 KiB page, or the "
				  "memory would end beyond 40-bit addresses",
				  c->name, at);
		return false;
	}
	if (board_covers_gic(b, at, w->size))
		messages_error_at(m, w->at,
				  "cell '%s': memory at guest-address 0x%llx would cover the "
				  "interrupt controller, which each cell sees at its own address",
				  c->name, at);
	return true;
}

void view_check(const struct cell *cell, const struct board *b, uint64_t memory, struct messages *m)
{
	const struct window own = own_window(cell, memory, m);

	if (!check_own(cell, b, &own, m))
		return;
	check_devices(cell, &own, m);
	for (uint32_t i = 0; i < cell->shared_count; i++) {
		const struct window w = shared_window(cell, i, m);

		check_devices(cell, &w, m);
		check_pair(cell, &w, &own, m);
		for (uint32_t j = 0; j < i; j++) {
			const struct window other = shared_window(cell, j, m);

			check_pair(cell, &w, &other, m);
		}
	}
}

/* @base is what Linux gives, on a large page, where no address was asked for. */
static void check_congruence(struct place at, const char *who, uint64_t guest, uint64_t base,
			     uint64_t size, struct messages *m)
{
	const uint64_t next = guest - (guest - base) % LARGE_PAGE + LARGE_PAGE;

	if (size >= LARGE_PAGE && (guest - base) % LARGE_PAGE)
		messages_warn_at(
			m, at,
			"%s: guest-address 0x%llx does not lie in its 2 MiB as the memory does: "
			"all of it is mapped in 4 KiB pages, which costs time; choose 0x%llx",
			who, (unsigned long long)guest, (unsigned long long)next);
}

void view_check_pages(const struct system *s, struct messages *m)
{
	char who[PT_NAME_SIZE + 32];

	for (uint32_t i = 0; i < s->count; i++) {
		const struct cell *c = &s->cells[i];

		snprintf(who, sizeof(who), "cell '%s'", c->name);
		if (c->has_guest_address)
			check_congruence(messages_place(m, c->name, "guest-address"), who,
					 c->guest_address, c->memory_address, c->memory_size, m);
	}
	for (uint32_t i = 0; i < s->memory_count; i++) {
		const struct shared_memory *shared = &s->memories[i];

		snprintf(who, sizeof(who), "shared memory '%s'", shared->name);
		if (shared->has_guest_address)
			check_congruence(messages_place(m, shared->name, "guest-address"), who,
					 shared->guest_address, shared->address, shared->size, m);
	}
}
