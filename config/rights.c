// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rights of cells over cells, by name: a right over a cell that there is not would be a right over whoever takes the
 * name one day, so it is an error.
 */
#include <stdio.h>
#include <string.h>
#include "rights.h"
#include "words.h"

#define ALL_OTHERS	"*"

static const struct verb {
	uint32_t flag;
	const char *property, *word;
} verbs[] = {
	{ PT_MAY_START, "may-start", "start" },
	{ PT_MAY_STOP, "may-stop", "stop" },
	{ PT_MAY_TYPE, "may-type", "type" },
};

#define VERB_COUNT	(sizeof(verbs) / sizeof(verbs[0]))

const char *right_property(uint32_t verb)
{
	size_t i = 0;

	while (i < VERB_COUNT - 1 && !(verbs[i].flag & verb))
		i++;
	return verbs[i].property;
}

char *right_words(uint32_t granted, char *words)
{
	size_t at = 0;

	words[0] = '\0';
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (granted & verbs[i].flag)
			at += (size_t)snprintf(words + at, RIGHT_WORDS_SIZE - at, "%s%s", at ? ", " : "",
					       verbs[i].word);
	return words;
}

static struct pt_right *find(struct cell *cell, const char *name)
{
	for (uint32_t i = 0; i < cell->right_count; i++)
		if (!strcmp(cell->rights[i].name, name))
			return &cell->rights[i];
	return NULL;
}

uint32_t right_over(const struct cell *cell, const char *name)
{
	for (uint32_t i = 0; i < cell->right_count; i++)
		if (!strcmp(cell->rights[i].name, name))
			return cell->rights[i].verbs;
	return 0;
}

/* False: more than there can be cells. */
static bool grant(struct cell *cell, uint32_t verb, const char *name)
{
	struct pt_right *right = find(cell, name);

	if (!right && cell->right_count == PT_MAX_CELLS)
		return false;
	if (!right) {
		right = &cell->rights[cell->right_count++];
		snprintf(right->name, sizeof(right->name), "%s", name);
	}
	right->verbs |= verb;
	return true;
}

void right_add(struct cell *cell, uint32_t verb, const char *name, struct messages *m)
{
	const char *property = right_property(verb);
	const struct place at = messages_place(m, cell->name, property);

	if (!strcmp(name, ALL_OTHERS))
		cell->rights_over_all |= verb;
	else if (!strcmp(name, cell->name))
		messages_error_at(m, at, "cell '%s': '%s' names the cell itself; a cell has rights over others only",
				  cell->name, property);
	else if (!cell_name_ok(name))
		messages_error_at(m, at, "cell '%s': '%s' names '%s', which no cell can be called", cell->name,
				  property, name);
	else if (!grant(cell, verb, name))
		messages_error_at(m, at, "cell '%s': '%s' is over more cells than the hypervisor holds (%d)",
				  cell->name, property, PT_MAX_CELLS - 1);
}

static const struct cell *cell_named(const struct system *s, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (!strcmp(s->cells[i].name, name))
			return &s->cells[i];
	return NULL;
}

/* The cell that @name was meant to be, or NULL. */
static const char *guess(const struct system *s, const struct cell *cell, const char *name)
{
	const char *best = NULL;
	unsigned int closest = 3;

	for (uint32_t i = 0; i < s->count; i++) {
		const unsigned int far = words_distance(name, s->cells[i].name);

		if (&s->cells[i] != cell && far < closest) {
			closest = far;
			best = s->cells[i].name;
		}
	}
	return best;
}

static void check_right(const struct system *s, const struct cell *cell, const struct pt_right *right,
			struct messages *m)
{
	const struct cell *other = cell_named(s, right->name);
	const char *property = right_property(right->verbs), *meant;

	if (!other) {
		meant = guess(s, cell, right->name);
		messages_error_at(m, messages_place(m, cell->name, property),
				  "cell '%s': '%s': there is no cell '%s'%s%s%s", cell->name, property, right->name,
				  meant ? "; did you mean '" : "; name a cell of this file, or \"*\" for all others",
				  meant ? meant : "", meant ? "'?" : "");
	} else if ((right->verbs & PT_MAY_TYPE) && !cell_has_uart(other)) {
		messages_warn_at(m, messages_place(m, cell->name, right_property(PT_MAY_TYPE)),
				 "cell '%s': 'may-type' over cell '%s' has no effect: only a console that the hypervisor "
				 "makes can be typed to; give that cell console = \"" CONSOLE_PL011 "\"",
				 cell->name, other->name);
	}
}

/* With "*" nobody said that each of them can be typed to. */
static void grant_all(const struct system *s, struct cell *cell)
{
	for (uint32_t i = 0; cell->rights_over_all && i < s->count; i++)
		if (&s->cells[i] != cell)
			grant(cell, cell->rights_over_all, s->cells[i].name);
}

static void check_event(const struct cell *cell, const struct board *b, struct messages *m)
{
	const char *property = right_property(cell->rights[0].verbs);
	const struct place at = messages_place(m, cell->name, property);

	if (!cell_event_spi(cell, b))
		messages_error_at(m, at,
				  "cell '%s': no interrupt of this board is left to tell it of changes of the cells that it "
				  "manages; remove '%s'", cell->name, property);
	else if (cell->spi_count + cell_has_uart(cell) >= PT_MAX_SPIS)
		messages_error_at(m, at,
				  "cell '%s': has as many interrupts already as a cell can have, %d; one that manages others "
				  "needs one more", cell->name, PT_MAX_SPIS);
}

void rights_check(struct system *s, const struct board *b, struct messages *m)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct cell *cell = &s->cells[i];

		for (uint32_t j = 0; j < cell->right_count; j++)
			check_right(s, cell, &cell->rights[j], m);
		if (cell->rights_over_all && s->count == 1)
			messages_error_at(m, messages_place(m, cell->name, right_property(cell->rights_over_all)),
					  "cell '%s': '%s' is over all others, and there are none; remove it",
					  cell->name, right_property(cell->rights_over_all));
		grant_all(s, cell);
		if (cell->right_count)
			check_event(cell, b, m);
	}
}
