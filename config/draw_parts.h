/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the picture share: the sheet, where on it the next part begins, and how owners,
 * sizes and kinds of devices are written everywhere the same.
 */
#ifndef CONFIG_DRAW_PARTS_H
#define CONFIG_DRAW_PARTS_H

#include "owners.h"
#include "svg.h"

#define SHEET_WIDTH	1200
#define SHEET_LEFT	32
#define SHEET_RIGHT	(SHEET_WIDTH - SHEET_LEFT)
#define WORDS_MAX	512

struct sheet {
	FILE *f;
	const struct owners *o;
	int y;			/* where the next part may begin */
};

static inline uint64_t range_end(uint64_t base, uint64_t size)
{
	return size > UINT64_MAX - base ? UINT64_MAX : base + size;
}

/* Class of an owner's areas, in @words of at least 8 bytes. */
const char *owner_class(unsigned int owner, char *words);
/* Cells are A, B, C... */
char cell_letter(unsigned int owner);
const char *owner_name(const struct owners *o, unsigned int owner);
/* The owner's letter in a box, 16 pixels wide; nothing for those who have none. */
void badge(FILE *f, unsigned int owner, int x, int y);

/* "A, B": the cells that have memory @i of the system, in @words. */
const char *sharers_in_words(const struct owners *o, uint32_t i, char words[WORDS_MAX]);

/* "16 MiB", "1.5 GiB", in @words of at least 32 bytes. */
const char *size_in_words(uint64_t bytes, char *words);
/* "0-3, 8" of those CPUs of the board that @owner has. */
const char *cpus_in_words(const struct owners *o, unsigned int owner, char words[WORDS_MAX]);

/*
 * "12 i2c, 7 serial, 1 rtc": the devices that @chosen[node] marks, the most frequent first, in at
 * most @size - 1 characters.
 */
void kinds_in_words(const struct owners *o, const bool *chosen, char *words, size_t size);

/* A part's title, and beside it in small letters how to read it. */
void heading(struct sheet *d, const char *title, const char *hint);

void draw_cards(struct sheet *d);
void draw_cpus(struct sheet *d);
void draw_memory_lanes(struct sheet *d);
void draw_addresses(struct sheet *d);
void draw_interrupts(struct sheet *d);

#endif
