/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The framing of the gdb remote protocol (Debugging with GDB, appendix E): $payload#checksum, with
 * escapes. What comes in is of whoever has connected, and may be anything.
 */
#ifndef CLI_GDB_PACKET_H
#define CLI_GDB_PACKET_H

#include <stddef.h>
#include <stdint.h>

#define GDB_PAYLOAD_MAX	0x4000	/* bytes, as PacketSize tells gdb */
#define GDB_FRAME_MAX	(2 * GDB_PAYLOAD_MAX + 4)

enum gdb_event {
	GDB_NOTHING,		/* not yet */
	GDB_PACKET,		/* payload[0, size) is whole; a NUL follows it */
	GDB_BROKEN,		/* a packet whose checksum is wrong, or that is too long */
	GDB_INTERRUPT,		/* Ctrl-C */
};

/* Begins all 0. */
struct gdb_input {
	char payload[GDB_PAYLOAD_MAX + 1];
	size_t size;
	enum { BETWEEN, WITHIN, ESCAPED, CHECKSUM_HIGH, CHECKSUM_LOW } where;
	uint8_t sum, said;
};

/* Take one character. A payload stays until the next one. */
enum gdb_event gdb_input(struct gdb_input *in, char c);

/* Frame @size bytes, at most GDB_PAYLOAD_MAX, in @frame of GDB_FRAME_MAX. Returns its length. */
size_t gdb_frame(const char *payload, size_t size, char *frame);

/* The value of a hexadecimal digit, or -1. */
int gdb_digit(char c);

/* @size bytes as twice as many digits and a NUL; and back: how many bytes of @text were read. */
void gdb_to_hex(const void *bytes, size_t size, char *text);
size_t gdb_from_hex(const char *text, void *bytes, size_t size);

#endif
