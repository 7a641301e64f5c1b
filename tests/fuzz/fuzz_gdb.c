// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a debugger, or whoever else has connected, may say to the gdb server of the command; and what a cell's tables may hold. A byte of
 * 0x80 to 0x8f lets a CPU of the cell hit something, 0x90 lets the cell end. Packets need no checksum: it is put right.
 */
#include <stdlib.h>
#include <string.h>
#include <tests/unit/cli/gdb_cell.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((noreturn, format(printf, 1, 2))) void fake_bug(const char *format, ...);

#define REGIME	17	/* bytes at the end: TCR_EL1, TTBR<n>_EL1, and a mark */

bool fuzz_accepted;

void fake_bug(const char *format, ...)
{
	(void)format;
	abort();
}

static struct gdb_server s;
static struct gdb_input in;

static void hear(enum gdb_event event)
{
	bool answers = false;

	if (event == GDB_PACKET)
		answers = gdb_server_packet(&s, in.payload, in.size);
	else if (event == GDB_INTERRUPT)
		answers = gdb_server_interrupt(&s);
	if (answers) {
		static char frame[GDB_FRAME_MAX];

		if (gdb_frame(s.reply, s.reply_size, frame) > sizeof(frame) || s.reply_size > GDB_PAYLOAD_MAX)
			abort();
		fuzz_accepted |= event == GDB_PACKET && s.reply_size && *s.reply != 'E';
	}
}

static void happen(uint8_t what)
{
	static const unsigned int classes[] = { 0x30, 0x32, 0x34, 0x3c };

	if (what == 0x90)
		cell.ended = true;
	else if (s.runs)
		gdb_cell_event(what % CELL_CPUS, classes[what / 2 % 4], CELL_RAM + what * 0x100);
	gdb_server_look(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_accepted = false;
	gdb_cell_reset(&s);
	memset(&in, 0, sizeof(in));
	if (gdb_server_begin(&s))
		abort();
	/* A cell's memory and registers are what it has made of them. */
	memcpy(cell.ram, data, size < sizeof(cell.ram) ? size : sizeof(cell.ram));
	if (size > REGIME && data[size - 1] == 'W') {
		struct pt_vcpu *v = &s.target.vcpus[0];

		v->sctlr_el1 = 1;
		memcpy(&v->tcr_el1, data + size - REGIME, sizeof(v->tcr_el1));
		memcpy(&v->ttbr0_el1, data + size - REGIME + 8, sizeof(v->ttbr0_el1));
		v->ttbr1_el1 = v->ttbr0_el1;
		size -= REGIME;
	}
	for (size_t i = 0; i < size && !s.over; i++) {
		char sum[3];

		if (data[i] >= 0x80 && data[i] <= 0x90) {
			happen(data[i]);
			continue;
		}
		hear(gdb_input(&in, (char)data[i]));
		if (in.where != CHECKSUM_HIGH)
			continue;
		gdb_to_hex(&in.sum, 1, sum);
		hear(gdb_input(&in, sum[0]));
		hear(gdb_input(&in, sum[1]));
	}
	return 0;
}
