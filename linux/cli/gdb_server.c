// SPDX-License-Identifier: GPL-2.0-only
/*
 * A thread is a CPU; its number is one more than the CPU's place in the cell's blob, since 0 means any. A CPU that is off is
 * none. What gdb does not get it does without: an empty reply says that there is no such thing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "gdb_registers.h"
#include "gdb_server.h"

#define SIGNAL_INT	2	/* as gdb counts them, include/gdb/signals.h */
#define SIGNAL_TRAP	5

#define ANY		0
#define ALL		-1

__attribute__((format(printf, 2, 3)))
static bool say(struct gdb_server *s, const char *format, ...)
{
	const size_t room = sizeof(s->reply) - s->reply_size;
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(s->reply + s->reply_size, room, format, args);
	va_end(args);
	if (size > 0 && (size_t)size < room)
		s->reply_size += (size_t)size;
	return true;
}

static bool ok(struct gdb_server *s)
{
	return say(s, "OK");
}

static bool error(struct gdb_server *s)
{
	return say(s, "E01");
}

static bool nothing(struct gdb_server *s)
{
	(void)s;
	return true;
}

static bool begins(const char **text, const char *with)
{
	const size_t length = strlen(with);

	if (strncmp(*text, with, length) != 0)
		return false;
	*text += length;
	return true;
}

static bool number(const char **text, uint64_t *value)
{
	const char *from = *text;

	*value = 0;
	for (; gdb_digit(**text) >= 0; ++*text)
		*value = *value << 4 | (uint64_t)gdb_digit(**text);
	return *text != from && *text - from <= 16;
}

/* "1f", or "-1" for all. */
static bool thread_id(const char **text, int *id)
{
	uint64_t value;

	*id = ALL;
	if (begins(text, "-1"))
		return true;
	if (!number(text, &value) || value > PT_MAX_CPUS)
		return false;
	*id = (int)value;
	return true;
}

static bool is_on(const struct gdb_server *s, unsigned int n)
{
	return n < s->target.vcpu_count && (s->target.vcpus[n].flags & PT_VCPU_KEPT);
}

static unsigned int first_on(const struct gdb_server *s)
{
	unsigned int n = 0;

	while (n < s->target.vcpu_count && !is_on(s, n))
		n++;
	return n < s->target.vcpu_count ? n : 0;
}

static bool say_stop(struct gdb_server *s)
{
	const struct gdb_watch *w = gdb_target_watch(&s->target, s->stopped);

	say(s, "T%02x", (unsigned int)s->signal);
	if (w)
		say(s, "%s:%llx;", w->kind == GDB_WATCH_WRITE ? "watch" : w->kind == GDB_WATCH_READ ? "rwatch" : "awatch",
		    (unsigned long long)w->address);
	return say(s, "thread:%x;", s->stopped + 1);
}

static void stopped(struct gdb_server *s, unsigned int vcpu, int signal)
{
	s->runs = false;
	s->stopped = is_on(s, vcpu) ? vcpu : first_on(s);
	s->thread = s->stopped;
	s->signal = signal;
}

/* "X09": killed, of whatever. What has become of the cell the user is told beside. */
static bool gone(struct gdb_server *s)
{
	s->runs = false;
	s->over = true;
	return say(s, "X09");
}

int gdb_server_begin(struct gdb_server *s)
{
	const int problem = gdb_target_halt(&s->target);

	if (!problem)
		stopped(s, first_on(s), SIGNAL_INT);
	return problem;
}

bool gdb_server_interrupt(struct gdb_server *s)
{
	unsigned int vcpu;

	s->reply_size = 0;
	if (!s->runs)
		return false;
	/* It may just have halted by itself. */
	if (gdb_server_look(s))
		return true;
	if (gdb_target_halt(&s->target))
		return gone(s);
	vcpu = s->thread;
	stopped(s, vcpu, SIGNAL_INT);
	return say_stop(s);
}

bool gdb_server_look(struct gdb_server *s)
{
	unsigned int vcpu;

	s->reply_size = 0;
	switch (s->runs ? gdb_target_look(&s->target, &vcpu) : GDB_RUNS) {
	case GDB_HALTED:
		stopped(s, vcpu, SIGNAL_TRAP);
		return say_stop(s);
	case GDB_GONE:
		return gone(s);
	default:
		return false;
	}
}

/* Registers. */

static bool read_registers(struct gdb_server *s)
{
	char bytes[GDB_REGISTER_MAX];

	for (unsigned int n = 0; n < gdb_register_count(); n++) {
		gdb_register_get(&s->target.vcpus[s->thread], n, bytes);
		gdb_to_hex(bytes, gdb_register_size(n), s->reply + s->reply_size);
		s->reply_size += 2 * gdb_register_size(n);
	}
	return true;
}

static bool write_registers(struct gdb_server *s, const char *text)
{
	char bytes[GDB_REGISTER_MAX];

	for (unsigned int n = 0; n < gdb_register_count() && *text; n++) {
		const size_t size = gdb_register_size(n);

		if (gdb_from_hex(text, bytes, size) != size)
			return error(s);
		gdb_register_set(&s->target.vcpus[s->thread], n, bytes);
		text += 2 * size;
	}
	return ok(s);
}

static bool read_register(struct gdb_server *s, const char *text)
{
	char bytes[GDB_REGISTER_MAX];
	uint64_t n;

	if (!number(&text, &n) || n >= gdb_register_count())
		return error(s);
	gdb_register_get(&s->target.vcpus[s->thread], (unsigned int)n, bytes);
	gdb_to_hex(bytes, gdb_register_size((unsigned int)n), s->reply);
	s->reply_size = 2 * gdb_register_size((unsigned int)n);
	return true;
}

static bool write_register(struct gdb_server *s, const char *text)
{
	char bytes[GDB_REGISTER_MAX];
	uint64_t n;

	if (!number(&text, &n) || n >= gdb_register_count() || *text++ != '=' ||
	    gdb_from_hex(text, bytes, gdb_register_size((unsigned int)n)) != gdb_register_size((unsigned int)n) ||
	    !gdb_register_set(&s->target.vcpus[s->thread], (unsigned int)n, bytes))
		return error(s);
	return ok(s);
}

/* Memory. */

static bool address_and_size(const char **text, uint64_t *address, uint64_t *size)
{
	return number(text, address) && begins(text, ",") && number(text, size);
}

static bool read_memory(struct gdb_server *s, const char *text)
{
	char bytes[GDB_PAYLOAD_MAX / 2];
	uint64_t address, size;

	if (!address_and_size(&text, &address, &size))
		return error(s);
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	if (!gdb_target_memory(&s->target, s->thread, address, bytes, size, false))
		return error(s);
	gdb_to_hex(bytes, size, s->reply);
	s->reply_size = 2 * size;
	return true;
}

/* In digits, or as they are (X). */
static bool write_memory(struct gdb_server *s, const char *text, const char *end, bool binary)
{
	char bytes[GDB_PAYLOAD_MAX];
	uint64_t address, size;

	if (!address_and_size(&text, &address, &size) || !begins(&text, ":") || size > sizeof(bytes))
		return error(s);
	if (binary ? (size_t)(end - text) != size : gdb_from_hex(text, bytes, size) != size)
		return error(s);
	if (binary)
		memcpy(bytes, text, size);
	return gdb_target_memory(&s->target, s->thread, address, bytes, size, true) ? ok(s) : error(s);
}

/* Z and z: kind, address and size. */
static bool point(struct gdb_server *s, const char *text, bool insert)
{
	uint64_t kind, address, size;

	if (!number(&text, &kind) || !begins(&text, ",") || !address_and_size(&text, &address, &size))
		return error(s);
	if (kind > GDB_WATCH_ACCESS)
		return nothing(s);
	if (insert ? gdb_target_insert(&s->target, s->thread, (enum gdb_point)kind, address, size)
		   : gdb_target_remove(&s->target, (enum gdb_point)kind, address, size))
		return ok(s);
	return error(s);
}

/* Threads. */

static bool set_thread(struct gdb_server *s, const char *text)
{
	int id;

	if (!thread_id(&text, &id) || (id > ANY && !is_on(s, (unsigned int)id - 1)))
		return error(s);
	if (id > ANY)
		s->thread = (unsigned int)id - 1;
	return ok(s);
}

static bool list_threads(struct gdb_server *s)
{
	const char *separator = "m";

	for (unsigned int n = 0; n < s->target.vcpu_count; n++) {
		if (!is_on(s, n))
			continue;
		say(s, "%s%x", separator, n + 1);
		separator = ",";
	}
	return *separator == ',' || say(s, "l");
}

static bool describe_thread(struct gdb_server *s, const char *text)
{
	const struct pt_vcpu *v;
	char words[64];
	int id;

	if (!thread_id(&text, &id) || id <= ANY || !is_on(s, (unsigned int)id - 1))
		return error(s);
	v = &s->target.vcpus[id - 1];
	snprintf(words, sizeof(words), "CPU %#llx, EL%u", (unsigned long long)(v->mpidr_el1 & PT_MPIDR_MASK),
		 (unsigned int)v->pstate >> 2 & 3);
	gdb_to_hex(words, strlen(words), s->reply);
	s->reply_size = 2 * strlen(words);
	return true;
}

/* One of ";s:1", ";c": what it says goes for CPUs that nothing was said of before. */
static bool action(struct gdb_server *s, const char **text, enum gdb_action *actions, bool *told)
{
	const bool step = **text == 's' || **text == 'S';
	const bool with_signal = **text == 'S' || **text == 'C';
	uint64_t signal;
	int id = ALL;

	if (!**text || !strchr("sScC", *(*text)++) || (with_signal && !number(text, &signal)))
		return false;
	if (begins(text, ":") && !thread_id(text, &id))
		return false;
	for (unsigned int n = 0; n < s->target.vcpu_count; n++) {
		if (told[n] || (id != ALL && id != ANY && (unsigned int)id - 1 != n))
			continue;
		told[n] = true;
		actions[n] = step ? GDB_STEP : GDB_CONTINUE;
	}
	return true;
}

/* A signal is nothing that a cell could be given. */
static bool resume(struct gdb_server *s, const char *text)
{
	enum gdb_action actions[PT_MAX_CPUS] = { GDB_HOLD };
	bool told[PT_MAX_CPUS] = { false };

	while (begins(&text, ";"))
		if (!action(s, &text, actions, told))
			return error(s);
	if (gdb_target_resume(&s->target, actions))
		return gone(s);
	s->runs = true;
	return false;
}

/* Queries. */

static bool transfer(struct gdb_server *s, const char *text)
{
	const char *whole = gdb_description();
	const size_t length = strlen(whole), most = GDB_PAYLOAD_MAX - 1;
	uint64_t offset, size;

	if (!address_and_size(&text, &offset, &size))
		return error(s);
	if (offset > length)
		offset = length;
	if (size > most)
		size = most;
	if (size > length - offset)
		size = length - offset;
	return say(s, "%c%.*s", offset + size < length ? 'm' : 'l', (int)size, whole + offset);
}

static bool query(struct gdb_server *s, const char *text)
{
	if (begins(&text, "Supported"))
		return say(s, "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+", GDB_PAYLOAD_MAX);
	if (begins(&text, "Xfer:features:read:target.xml:"))
		return transfer(s, text);
	if (begins(&text, "ThreadExtraInfo,"))
		return describe_thread(s, text);
	if (!strcmp(text, "fThreadInfo"))
		return list_threads(s);
	if (!strcmp(text, "sThreadInfo"))
		return say(s, "l");
	if (!strcmp(text, "C"))
		return say(s, "QC%x", s->thread + 1);
	if (begins(&text, "Attached"))
		return say(s, "1");
	return nothing(s);
}

static bool long_command(struct gdb_server *s, const char *text)
{
	if (!strcmp(text, "Cont?"))
		return say(s, "vCont;c;C;s;S");
	return begins(&text, "Cont") ? resume(s, text) : nothing(s);
}

static bool detach(struct gdb_server *s)
{
	s->over = true;
	return gdb_target_detach(&s->target) ? error(s) : ok(s);
}

static bool is_alive(struct gdb_server *s, const char *text)
{
	int id;

	return thread_id(&text, &id) && id > ANY && is_on(s, (unsigned int)id - 1) ? ok(s) : error(s);
}

bool gdb_server_packet(struct gdb_server *s, const char *payload, size_t size)
{
	const char *text = payload + 1;

	s->reply_size = 0;
	/* While it runs there is nothing to be had but Ctrl-C. */
	if (!size || s->runs)
		return !s->runs;
	switch (*payload) {
	case '?':
		return say_stop(s);
	case 'g':
		return read_registers(s);
	case 'G':
		return write_registers(s, text);
	case 'p':
		return read_register(s, text);
	case 'P':
		return write_register(s, text);
	case 'm':
		return read_memory(s, text);
	case 'M':
		return write_memory(s, text, payload + size, false);
	case 'X':
		return write_memory(s, text, payload + size, true);
	case 'Z':
	case 'z':
		return point(s, text, *payload == 'Z');
	case 'H':
		return set_thread(s, *text ? text + 1 : text);
	case 'T':
		return is_alive(s, text);
	case 'v':
		return long_command(s, text);
	case 'q':
		return query(s, text);
	case 'Q':
		s->silent = !strcmp(text, "StartNoAckMode");
		return s->silent ? ok(s) : nothing(s);
	case 'D':
		return detach(s);
	case 'k':
		/* A debugger that gives up is no reason for a cell to end. */
		detach(s);
		return false;
	default:
		return nothing(s);
	}
}
