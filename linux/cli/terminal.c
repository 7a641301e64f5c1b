// SPDX-License-Identifier: GPL-2.0-only
/*
 * A filter against hostile output. C0 and C1 controls, bidirectional overrides, line separators and
 * broken UTF-8 are shown as what they are; nothing that a terminal would act on passes.
 */
#include <stdbool.h>
#include <string.h>
#include "terminal.h"
#include "utf8.h"

static void show_escaped(unsigned char c, FILE *out)
{
	if (c < 0x20 || c == 0x7f)
		fprintf(out, "^%c", c ^ 0x40);
	else
		fprintf(out, "\\x%02x", c);
}

static void show_held_escaped(struct terminal *t, FILE *out)
{
	for (unsigned int i = 0; i < t->held_count; i++)
		show_escaped(t->held[i], out);
	t->held_count = 0;
}

static bool printable(uint32_t code)
{
	const bool c1 = code < 0xa0;
	const bool direction =
		(code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
		(code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code == 0x061c;
	const bool tag = code >= 0xe0000;

	return !c1 && !direction && !tag;
}

/* Another byte while a sequence is held. */
static void continue_sequence(struct terminal *t, unsigned char c, FILE *out)
{
	const unsigned int length = utf8_length(t->held[0]);
	uint32_t code;

	t->held[t->held_count++] = c;
	if (t->held_count < length)
		return;
	if (utf8_decode(t->held, &code) && printable(code)) {
		fwrite(t->held, 1, length, out);
		t->held_count = 0;
	} else {
		show_held_escaped(t, out);
	}
}

static void begin_character(struct terminal *t, unsigned char c, FILE *out)
{
	if (c == '\r' || utf8_length(c))
		t->held[t->held_count++] = c;
	else if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f))
		putc(c, out);
	else
		show_escaped(c, out);
}

static void write_byte(struct terminal *t, unsigned char c, FILE *out)
{
	if (t->held_count && t->held[0] == '\r' && c == '\n')
		t->held_count = 0;
	else if (t->held_count && t->held[0] != '\r' && (c & 0xc0) == 0x80) {
		continue_sequence(t, c, out);
		return;
	}
	show_held_escaped(t, out);
	begin_character(t, c, out);
}

void terminal_write(struct terminal *t, const char *bytes, size_t size, FILE *out)
{
	for (size_t i = 0; i < size; i++)
		write_byte(t, (unsigned char)bytes[i], out);
}

void terminal_end(struct terminal *t, FILE *out)
{
	show_held_escaped(t, out);
}

void terminal_text(const char *text, FILE *out)
{
	struct terminal t = { 0 };

	terminal_write(&t, text, strlen(text), out);
	terminal_end(&t, out);
}
