// SPDX-License-Identifier: GPL-2.0-only
/*
 * A filter against hostile output. C0 and C1 controls, bidirectional overrides, line separators and
 * broken UTF-8 are shown as what they are; nothing that a terminal would act on passes.
 */
#include <stdbool.h>
#include "terminal.h"

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

/* Bytes of the sequence that starts with @c; 0 where none does (RFC 3629). */
static unsigned int sequence_length(unsigned char c)
{
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef)
		return 3;
	return c >= 0xf0 && c <= 0xf4 ? 4 : 0;
}

static uint32_t code_point(const unsigned char *s, unsigned int length)
{
	uint32_t code = s[0] & (0x7fu >> length);

	for (unsigned int i = 1; i < length; i++)
		code = code << 6 | (s[i] & 0x3fu);
	return code;
}

static bool printable(uint32_t code, unsigned int length)
{
	const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
	const bool surrogate = code >= 0xd800 && code <= 0xdfff;
	const bool c1 = code < 0xa0;
	const bool direction =
		(code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
		(code >= 0x2060 && code <= 0x206f) || code == 0xfeff || code == 0x061c;
	const bool tag = code >= 0xe0000;

	return !overlong && !surrogate && !c1 && !direction && !tag;
}

/* Another byte while a sequence is held. */
static void continue_sequence(struct terminal *t, unsigned char c, FILE *out)
{
	const unsigned int length = sequence_length(t->held[0]);

	t->held[t->held_count++] = c;
	if (t->held_count < length)
		return;
	if (printable(code_point(t->held, length), length)) {
		fwrite(t->held, 1, length, out);
		t->held_count = 0;
	} else {
		show_held_escaped(t, out);
	}
}

static void begin_character(struct terminal *t, unsigned char c, FILE *out)
{
	if (c == '\r' || sequence_length(c))
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
