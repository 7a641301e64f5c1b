/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that others wrote (a cell, a file, a process) on the user's terminal: it is shown, never
 * obeyed.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What of a character has come so far. Start with all 0. */
struct terminal {
	unsigned char held[4];	/* a UTF-8 sequence not yet complete, or one CR */
	unsigned int held_count;
};

/*
 * Write @size bytes to @out: printable ASCII and UTF-8, newline and tab as they are, CR LF as
 * newline, all else as ^X or \xNN. A sequence may be cut anywhere between two calls.
 */
void terminal_write(struct terminal *t, const char *bytes, size_t size, FILE *out);
/* The stream has ended: show what was held back. */
void terminal_end(struct terminal *t, FILE *out);
/* A whole text at once. */
void terminal_text(const char *text, FILE *out);

#endif
