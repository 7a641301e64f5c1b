// SPDX-License-Identifier: GPL-2.0-only
/*
 * A Linux that is a cell itself and manages others: what then does not apply, and why.
 */
#include <stdarg.h>
#include <string.h>
#include "cli.h"
#include "manager.h"

bool is_manager(void)
{
	return this_cell() != PT_ROOT_CELL;
}

bool require_root(const char *what, const char *instead, ...)
{
	struct cell_view self;
	char words[256];
	va_list args;

	if (!is_manager())
		return true;
	va_start(args, instead);
	vsnprintf(words, sizeof(words), instead, args);
	va_end(args);
	read_cell(this_cell(), &self);
	fail("this Linux is itself a cell ('%s'), of a system that was there before it; '%s' is for "
	     "a Linux that has enabled Partita. %s", self.name, what, words);
	return false;
}

/* The property of the system file that gives the right. */
static const char *right_to(const char *verb)
{
	if (!strcmp(verb, "start"))
		return "may-start";
	return strcmp(verb, "type into") ? "may-stop" : "may-type";
}

int no_right(const char *verb, const struct cell_view *cell)
{
	return fail("this Linux may not %s cell '%s': its own cell has no right to (%s in the system "
		    "file)", verb, cell->name, right_to(verb));
}
