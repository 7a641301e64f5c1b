// SPDX-License-Identifier: GPL-2.0-only
/*
 * One character at a time, so that it does not matter how the stream was cut into pieces.
 */
#include <string.h>
#include "gdb_packet.h"

#define CTRL_C		'\003'
#define ESCAPE		'}'
#define ESCAPED_BY	0x20

int gdb_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void gdb_to_hex(const void *bytes, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;

	for (size_t i = 0; i < size; i++) {
		*text++ = digits[from[i] >> 4];
		*text++ = digits[from[i] & 0xf];
	}
	*text = '\0';
}

size_t gdb_from_hex(const char *text, void *bytes, size_t size)
{
	uint8_t *to = bytes;
	size_t n;

	for (n = 0; n < size; n++, text += 2) {
		const int high = gdb_digit(text[0]), low = high < 0 ? -1 : gdb_digit(text[1]);

		if (low < 0)
			break;
		to[n] = (uint8_t)(high << 4 | low);
	}
	return n;
}

static enum gdb_event begin(struct gdb_input *in, char c)
{
	if (c == '$') {
		in->where = WITHIN;
		in->size = 0;
		in->sum = 0;
	}
	/* Acknowledgements are of no use on a stream that loses nothing. */
	return c == CTRL_C ? GDB_INTERRUPT : GDB_NOTHING;
}

static void keep(struct gdb_input *in, char c)
{
	/* One too long is counted on, and found at its end. */
	if (in->size < GDB_PAYLOAD_MAX)
		in->payload[in->size] = c;
	if (in->size <= GDB_PAYLOAD_MAX)
		in->size++;
}

static enum gdb_event within(struct gdb_input *in, char c)
{
	if (c == '$')
		return begin(in, c);
	if (c == '#') {
		in->where = CHECKSUM_HIGH;
		return GDB_NOTHING;
	}
	in->sum = (uint8_t)(in->sum + (uint8_t)c);
	if (in->where == ESCAPED)
		keep(in, (char)(c ^ ESCAPED_BY));
	else if (c != ESCAPE)
		keep(in, c);
	in->where = c == ESCAPE && in->where == WITHIN ? ESCAPED : WITHIN;
	return GDB_NOTHING;
}

static enum gdb_event end(struct gdb_input *in, char c)
{
	const int digit = gdb_digit(c);

	if (digit < 0) {
		in->where = BETWEEN;
		return GDB_BROKEN;
	}
	in->said = (uint8_t)(in->said << 4 | digit);
	if (in->where == CHECKSUM_HIGH) {
		in->where = CHECKSUM_LOW;
		return GDB_NOTHING;
	}
	in->where = BETWEEN;
	if (in->said != in->sum || in->size > GDB_PAYLOAD_MAX)
		return GDB_BROKEN;
	in->payload[in->size] = '\0';
	return GDB_PACKET;
}

enum gdb_event gdb_input(struct gdb_input *in, char c)
{
	switch (in->where) {
	case BETWEEN:
		return begin(in, c);
	case WITHIN:
	case ESCAPED:
		return within(in, c);
	default:
		return end(in, c);
	}
}

size_t gdb_frame(const char *payload, size_t size, char *frame)
{
	char *to = frame;
	uint8_t sum = 0;

	*to++ = '$';
	for (size_t i = 0; i < size; i++) {
		const char c = payload[i];

		if (c && strchr("$#}*", c)) {
			*to++ = ESCAPE;
			sum = (uint8_t)(sum + ESCAPE);
			*to++ = (char)(c ^ ESCAPED_BY);
		} else {
			*to++ = c;
		}
		sum = (uint8_t)(sum + (uint8_t)to[-1]);
	}
	*to++ = '#';
	gdb_to_hex(&sum, 1, to);
	return (size_t)(to - frame) + 2;
}
