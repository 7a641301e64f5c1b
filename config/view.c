// SPDX-License-Identifier: GPL-2.0-only
/*
 * The check of a cell's own addresses. The hypervisor would refuse the same, but could not say
 * whose property it was.
 */
#include "pci.h"
#include "view.h"

#define LARGE_PAGE (2ull << 20)

/* What the cell sees somewhere, and the property that decides where. */
struct window {
	const char *what;	/* in words, as of a sentence on the cell */
	const char *name;	/* of shared memory, or NULL */
	const char *property;	/* that gives the address; NULL: it is where it physically is */
	uint64_t base, size;	/* size 0: not known where */
	struct place at;
};

/* Its memory, the part of that with the image, its UART, what it shares. */
#define MAX_WINDOWS	(PT_MAX_REGIONS + 3)
#define WORDS_SIZE	(PT_NAME_SIZE + 96)

static const char *window_words(const struct window *w, char words[WORDS_SIZE])
{
	snprintf(words, WORDS_SIZE, "%s%s%s%s at %s%s0x%llx", w->what, w->name ? " '" : "",
		 w->name ? w->name : "", w->name ? "'" : "", w->property ? w->property : "",
		 w->property ? " " : "", (unsigned long long)w->base);
	return words;
}

static struct window own_window(const struct cell *c, uint64_t memory, const struct messages *m)
{
	const char *property = c->has_guest_address ? "guest-address" : NULL;
	const bool known = c->has_guest_address || memory;

	return (struct window){
		.what = "memory",
		.property = property,
		.base = c->has_guest_address ? c->guest_address : memory,
		.size = known ? cell_memory_seen(c) : 0,
		.at = messages_place(m, c->name, property ? property : "memory"),
	};
}

static struct window image_window(const struct cell *c, const struct messages *m)
{
	return (struct window){
		.what = "the memory of its image",
		.property = "image-address",
		.base = c->image_address - c->image_address % PT_PAGE_SIZE,
		.size = c->image_part,
		.at = messages_place(m, c->name, "image-address"),
	};
}

static struct window uart_window(const struct cell *c, const struct messages *m)
{
	return (struct window){
		.what = "the UART",
		.property = "console",
		.base = c->uart_address,
		.size = PT_PAGE_SIZE,
		.at = messages_place(m, c->name, "console"),
	};
}

static struct window shared_window(const struct cell *c, uint32_t i, const struct messages *m)
{
	const struct shared_memory *s = c->shared[i];
	const char *property = s->has_guest_address ? "guest-address" : NULL;
	const bool known = s->has_guest_address || s->address;

	return (struct window){
		.what = "shared memory",
		.name = s->name,
		.property = property,
		.base = s->has_guest_address ? s->guest_address : s->address,
		.size = known ? s->size : 0,
		.at = messages_place(m, s->name, property ? property : "size"),
	};
}

static bool overlap(const struct window *w, uint64_t base, uint64_t size)
{
	return size && w->size && w->base < base + size && base < w->base + w->size;
}

/* All of the bus of a PCI function is there, if only as absent ones. */
static bool covers(const struct window *w, const struct board *b, struct pt_range r)
{
	if (board_touches_ecam(b, r.base, r.size))
		r = (struct pt_range){ r.base & ~(PCI_BUS_SIZE - 1), PCI_BUS_SIZE };
	return overlap(w, r.base, r.size);
}

static void check_devices(const struct cell *c, const struct board *b, const struct window *w,
			  struct messages *m)
{
	char words[WORDS_SIZE];

	for (uint32_t i = 0; i < c->region_count; i++)
		if (covers(w, b, c->regions[i]))
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
	if ((w->property || other->property) && overlap(w, other->base, other->size))
		messages_error_at(m, w->at,
				  "cell '%s': %s would cover its %s%s; choose another address for one of them",
				  c->name, window_words(w, words), window_words(other, others),
				  place_words(other->at, there));
}

/* False where the rest of the checks would make no sense. */
static bool check_window(const struct cell *c, const struct board *b, const struct window *w,
			 struct messages *m)
{
	const unsigned long long at = w->base;
	char words[WORDS_SIZE];

	/* Shared memory has been looked at where it is described. */
	if (!w->property || !w->size || w->name)
		return true;
	if (at % PT_PAGE_SIZE || at >= PT_ADDRESS_LIMIT || w->size > PT_ADDRESS_LIMIT - at) {
		messages_error_at(m, w->at,
				  "cell '%s': %s 0x%llx is not on a 4 KiB page, or the "
				  "memory would end beyond 40-bit addresses",
				  c->name, w->property, at);
		return false;
	}
	if (board_covers_gic(b, at, w->size))
		messages_error_at(m, w->at,
				  "cell '%s': %s would cover the interrupt controller, which each "
				  "cell sees at its own address",
				  c->name, window_words(w, words));
	return true;
}

void view_check(const struct cell *cell, const struct board *b, uint64_t memory, struct messages *m)
{
	struct window windows[MAX_WINDOWS];
	uint32_t count = 0;

	windows[count++] = own_window(cell, memory, m);
	if (cell->image_part)
		windows[count++] = image_window(cell, m);
	if (cell->uart_address)
		windows[count++] = uart_window(cell, m);
	for (uint32_t i = 0; i < cell->shared_count; i++)
		windows[count++] = shared_window(cell, i, m);
	for (uint32_t i = 0; i < count; i++)
		if (!check_window(cell, b, &windows[i], m))
			return;
	for (uint32_t i = 0; i < count; i++) {
		check_devices(cell, b, &windows[i], m);
		for (uint32_t j = 0; j < i; j++)
			check_pair(cell, &windows[i], &windows[j], m);
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
