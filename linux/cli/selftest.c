// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita selftest: a cell that means harm, on this board, beside one that must not notice it. What
 * the hostile cell can do it says itself, with what must become of it (tests/attack/README.md). All
 * is judged from outside: by the cells' states, the neighbour's memory and heartbeat, and Linux' own.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <partita/info.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "file.h"
#include "json.h"
#include "manager.h"
#include "process.h"
#include "progress.h"
#include "sysfs.h"

#define IMAGES		"/usr/lib/partita/cells"
#define HOSTILE		"selftest-hostile"
#define VICTIM		"selftest-victim"
/* Where the board has nothing, so that each of its addresses is foreign. */
#define HOME		0x1000000000ULL
#define ARGUMENT_OFFSET	0x200000	/* CELL_ARGUMENT_OFFSET of the cells' library */
#define PATIENCE_S	60
#define ENDLESS_MS	200		/* how long one that never ends may try */
#define GUARD_SIZE	(16u << 20)
#define MAX_BEHAVIOURS	160
#define MAX_PLACES	64
#define QUICK_PLACES	2

/* What the hostile cell says of a behaviour. */
struct behaviour {
	char name[32], verdict[12], kind[16], address[16];
};

struct place {
	char name[64];
	uint64_t address;
};

struct tally {
	const char *kind;
	uint64_t behaviours, attempts, through;
};

struct selftest {
	int device;
	unsigned int hostile_cpu, victim_cpu;
	bool has_victim, json, quick;
	struct cell_view hostile, victim;
	struct behaviour behaviours[MAX_BEHAVIOURS];
	unsigned int behaviour_count;
	struct place places[MAX_PLACES];
	unsigned int place_count;
	struct tally tallies[8];
	char online[64];		/* Linux' CPUs before the first attempt */
	uint64_t victim_exits;
	uint64_t *guard;		/* memory of Linux' that nobody may change */
	char folder[32];
};

static const char *const kinds[] = { "memory", "interrupts", "waiting", "calls", "registers", "pci" };
#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* This command again, silently. */
static bool partita(const char *verb, const char *action, const char *argument)
{
	const pid_t child = fork();
	int nowhere;

	if (child < 0)
		return false;
	if (child > 0)
		return process_ended_well(child);
	nowhere = open("/dev/null", O_WRONLY);
	dup2(nowhere, STDOUT_FILENO);
	execl("/proc/self/exe", "partita", verb, action, argument, (char *)NULL);
	_exit(EXIT_FAILED);
}

static bool destroy(const char *cell)
{
	return partita("cell", "stop", cell) && partita("cell", "destroy", cell);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* What @cell has said; the caller frees it. */
static char *console_of(const struct selftest *t, const struct cell_view *cell)
{
	char *text = calloc(1, PT_CONSOLE_SIZE + 1);
	struct pt_ioc_console call = { .cell = cell->id, .data = (uintptr_t)text, .size = PT_CONSOLE_SIZE };

	if (text && device_call(t->device, PT_IOC_CONSOLE, &call) < 0)
		*text = '\0';
	return text;
}

/* The first line that begins with @words and goes on with @name, or NULL. */
static const char *line_with(const char *text, const char *words, const char *name)
{
	const size_t length = strlen(words);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, words, length) && !strncmp(line + length, name, strlen(name)))
			return line + length;
	}
	return NULL;
}

static uint64_t pattern(uint64_t index)
{
	return (index + 1) * 0x9e3779b97f4a7c15ULL;
}

static void guard_fill(struct selftest *t)
{
	for (size_t i = 0; i < GUARD_SIZE / sizeof(*t->guard); i++)
		t->guard[i] = pattern(i);
}

static bool guard_is_whole(const struct selftest *t)
{
	for (size_t i = 0; i < GUARD_SIZE / sizeof(*t->guard); i++)
		if (t->guard[i] != pattern(i))
			return false;
	return true;
}

static uint64_t exits_of(unsigned int cpu)
{
	char text[1024];
	unsigned long long total = 0;

	if (sysfs_text(text, sizeof(text), "cpus/cpu%u/exits", cpu))
		sscanf(text, "total %llu", &total);
	return total;
}

/* Two beats more: the second one was all after the attempt. */
static bool victim_beats(const struct selftest *t)
{
	const uint64_t deadline = now_ms() + PATIENCE_S * 1000;
	const uint64_t first = sysfs_number("cells/%u/heartbeat", t->victim.id);

	while (sysfs_number("cells/%u/heartbeat", t->victim.id) < first + 2 && now_ms() < deadline)
		usleep(1000);
	return now_ms() < deadline;
}

static const char *victim_harmed(const struct selftest *t)
{
	char *text;
	bool hurt;

	if (!t->has_victim)
		return NULL;
	if (!victim_beats(t))
		return "the neighbour's heart has stopped";
	text = console_of(t, &t->victim);
	hurt = !text || strstr(text, "not as written") || strstr(text, "from nowhere");
	free(text);
	if (hurt)
		return "the neighbour's memory or interrupts were touched";
	return exits_of(t->victim_cpu) != t->victim_exits ? "the neighbour's CPU has entered the hypervisor" : NULL;
}

/* What has happened to others, in words; NULL: nothing. */
static const char *harm(const struct selftest *t)
{
	char online[64] = "";

	file_read_line("/sys/devices/system/cpu/online", online, sizeof(online));
	if (strcmp(online, t->online) != 0)
		return "Linux has lost a CPU";
	if (!guard_is_whole(t))
		return "Linux' memory was written to";
	return victim_harmed(t);
}

static bool load(const struct selftest *t, const char *argument)
{
	/* The cell reads up to a line feed. */
	char text[128];
	struct pt_ioc_cell_load call = { .cell = t->hostile.id, .data = (uintptr_t)text, .ipa = HOME + ARGUMENT_OFFSET };

	snprintf(text, sizeof(text), "%s\n", argument);
	call.size = strlen(text) + 1;
	return device_call(t->device, PT_IOC_CELL_LOAD, &call) == 0 ||
	       (cell_refused(&t->hostile, "load", errno == EREMOTEIO ? call.error : 0), false);
}

static bool is(const struct cell_view *cell, const char *state)
{
	struct cell_view now;

	return read_cell(cell->id, &now) && !strcmp(now.state, state);
}

/* Has it come to the end that its verdict says, or said something in its own words? */
static bool settled(const struct selftest *t, const struct behaviour *b)
{
	char *text;
	bool said;

	if (!is(&t->hostile, "running"))
		return true;
	text = console_of(t, &t->hostile);
	said = text && (line_with(text, "survived: ", b->name) || line_with(text, "NOT STOPPED: ", b->name) ||
			line_with(text, "ENDED: ", b->name) || line_with(text, "NOT OFF: ", b->name) ||
			line_with(text, "unknown: ", ""));
	free(text);
	return said;
}

/* Time for those that never end; the end of all others. */
static void await(const struct selftest *t, const struct behaviour *b)
{
	const bool endless = !strcmp(b->verdict, "endless");
	const uint64_t deadline = now_ms() + (endless ? ENDLESS_MS : PATIENCE_S * 1000);

	while (!settled(t, b) && now_ms() < deadline)
		usleep(2000);
}

/* What it got that it must not get, in words; NULL: nothing. @attempts: how many it made. */
static const char *judge(const struct selftest *t, const struct behaviour *b, uint64_t *attempts)
{
	static const char *const ends[][2] = {
		{ "survives", "running" }, { "fatal", "failed" }, { "endless", "running" },
	};
	char *text = console_of(t, &t->hostile);
	const char *line = text ? line_with(text, "survived: ", b->name) : NULL, *found = NULL;
	unsigned long long told = 1;

	if (line && (line = strchr(line, '(')))
		sscanf(line, "(%llu attempts", &told);
	*attempts = told;
	if (!strcmp(b->verdict, "endless"))
		*attempts = exits_of(t->hostile_cpu) + 1;
	if (!text || line_with(text, "GRANTED: ", ""))
		found = "it was granted something";
	else if (line_with(text, "NOT STOPPED: ", "") || line_with(text, "ENDED: ", "") || line_with(text, "NOT OFF: ", "") ||
		 line_with(text, "unknown: ", ""))
		found = "it did not end as it must";
	for (size_t i = 0; !found && i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!strcmp(b->verdict, ends[i][0]) && !is(&t->hostile, ends[i][1]))
			found = "it did not end as it must";
	free(text);
	return found;
}

static struct tally *tally_of(struct selftest *t, const char *kind)
{
	size_t i = 0;

	while (i < KINDS && strcmp(kinds[i], kind) != 0)
		i++;
	return &t->tallies[i];
}

/* Who resets itself is started again by the driver, and thereby keeps loading from being possible. */
static bool stop(const struct selftest *t)
{
	struct pt_ioc_cell call = { .cell = t->hostile.id };

	return is(&t->hostile, "failed") || is(&t->hostile, "shut down") || is(&t->hostile, "created") ||
	       is(&t->hostile, "loadable") || device_call(t->device, PT_IOC_CELL_STOP, &call) == 0;
}

/* One attempt, or what one behaviour makes of them. False: the test itself cannot go on. */
static bool attempt(struct selftest *t, const struct behaviour *b, const char *argument)
{
	struct tally *tally = tally_of(t, b->kind);
	uint64_t attempts = 0;
	const char *found, *hurt;

	if (!load(t, argument) || cell_call(t->device, PT_IOC_CELL_START, &t->hostile, "start") != EXIT_DONE)
		return false;
	await(t, b);
	found = judge(t, b, &attempts);
	if (!stop(t))
		found = "it could not be stopped";
	hurt = harm(t);
	tally->behaviours++;
	tally->attempts += attempts;
	if (found || hurt) {
		tally->through++;
		fail("%s: %s", argument, hurt ? hurt : found);
	}
	if (hurt || (found && !stop(t)))
		return fail("the board is not in order any more: the test ends here"), false;
	return true;
}

/* "behaviour: NAME VERDICT KIND [at-address]", one a line. */
static bool read_list(struct selftest *t)
{
	const struct behaviour list = { .name = "list" };
	const uint64_t deadline = now_ms() + PATIENCE_S * 1000;
	char *text = NULL;
	const char *at;

	if (!load(t, list.name) || cell_call(t->device, PT_IOC_CELL_START, &t->hostile, "start") != EXIT_DONE)
		return false;
	do {
		free(text);
		usleep(2000);
		text = console_of(t, &t->hostile);
	} while (text && !strstr(text, "listed: all") && now_ms() < deadline);
	for (at = text; (at = line_with(at, "behaviour: ", "")) && t->behaviour_count < MAX_BEHAVIOURS;) {
		struct behaviour *b = &t->behaviours[t->behaviour_count];

		if (sscanf(at, "%31s %11s %15s%*1[ ]%15[a-z-]", b->name, b->verdict, b->kind, b->address) >= 3)
			t->behaviour_count++;
	}
	free(text);
	return stop(t) && (t->behaviour_count || (fail("the hostile cell says nothing"), false));
}

static void add_place(struct selftest *t, const char *name, uint64_t address)
{
	if (t->place_count == MAX_PLACES)
		return;
	snprintf(t->places[t->place_count].name, sizeof(t->places[0].name), "%s", name);
	t->places[t->place_count++].address = address;
}

/* Where each thing of the board begins, as Linux knows it; and where nothing is. */
static void find_places(struct selftest *t)
{
	struct buffer map = { 0 };
	char path[PATH_MAX], *rest, *line;
	struct cell_region r;

	if (t->has_victim && cell_memory_region(t->victim.id, UINT64_MAX, &r))
		add_place(t, "the neighbour's memory", r.pa);
	add_place(t, "before its own memory", HOME - 4096);
	add_place(t, "beyond 39 bits", 1ULL << 39);
	if (!file_read(system_path("/proc/iomem", path), &map))
		return;
	for (rest = map.bytes; (line = strsep(&rest, "\n"));) {
		unsigned long long from, to;
		char name[48];

		if (sscanf(line, "%llx-%llx : %47[^\n]", &from, &to, name) != 3)
			continue;
		/* The interrupt controller is served: it has behaviours of its own. */
		if (!strstr(name, "GIC") && !strstr(name, "interrupt-controller"))
			add_place(t, name, from);
	}
	free(map.bytes);
}

static bool try_at_places(struct selftest *t, const struct behaviour *b)
{
	char argument[96];

	for (unsigned int i = 0; i < t->place_count && (!t->quick || i < QUICK_PLACES); i++) {
		snprintf(argument, sizeof(argument), "%s 0x%llx", b->name, (unsigned long long)t->places[i].address);
		if (!attempt(t, b, argument))
			return false;
	}
	return true;
}

static bool try_all(struct selftest *t)
{
	for (unsigned int i = 0; i < t->behaviour_count; i++) {
		struct behaviour b = t->behaviours[i];

		/* It ends at the first, as any other. */
		if (!strcmp(b.verdict, "reported"))
			strcpy(b.verdict, "fatal");
		progress_begin(b.name);
		if (*b.address ? !try_at_places(t, &b) : !attempt(t, &b, b.name)) {
			progress_end();
			return false;
		}
		progress_end();
	}
	return true;
}

/* The highest two CPUs of Linux' own, if it keeps CPU 0 besides. */
static bool choose_cpus(struct selftest *t)
{
	struct cell_view root;
	unsigned int spare[2], count = 0;

	if (!read_cell(PT_ROOT_CELL, &root))
		return false;
	for (unsigned int cpu = PT_MAX_CPUS; count < 2 && cpu-- > 1;)
		if (in_cpu_list(root.cpus, cpu))
			spare[count++] = cpu;
	if (!count)
		return fail("no CPU is to spare: the hostile cell needs one beside Linux' CPU 0"), false;
	t->hostile_cpu = spare[0];
	t->victim_cpu = spare[count - 1];
	t->has_victim = count == 2;
	return true;
}

static bool parse_cpus(struct selftest *t, const char *text)
{
	char end;
	const int count = sscanf(text, "%u,%u%c", &t->hostile_cpu, &t->victim_cpu, &end);

	t->has_victim = count == 2;
	return count == 1 || count == 2;
}

static bool write_system(const struct selftest *t, const char *path)
{
	char text[1024], victim[320] = "";

	if (t->has_victim)
		snprintf(victim, sizeof(victim),
			 "\t" VICTIM " {\n\t\tcompatible = \"partita,cell-v1\";\n\t\tcpus = <%u>;\n\t\tmemory = \"4M\";\n"
			 "\t\ttrusted-idle;\n\t\timage = \"%s/victim.bin\";\n\t};\n", t->victim_cpu, IMAGES);
	snprintf(text, sizeof(text),
		 "/dts-v1/;\n/ {\n\tcompatible = \"partita,system-v1\";\n"
		 "\t" HOSTILE " {\n\t\tcompatible = \"partita,cell-v1\";\n\t\tcpus = <%u>;\n\t\tmemory = \"4M\";\n"
		 "\t\tguest-address = <0x%x 0x%x>;\n\t\timage = \"%s/hostile.bin\";\n\t};\n%s};\n",
		 t->hostile_cpu, (unsigned int)(HOME >> 32), (unsigned int)HOME, IMAGES, victim);
	return file_write_or_fail(path, text, strlen(text));
}

static bool create(struct selftest *t)
{
	char path[64];
	bool done;

	snprintf(t->folder, sizeof(t->folder), "/tmp/partita-XXXXXX");
	if (!mkdtemp(t->folder))
		return fail("cannot make a folder in /tmp: %s", strerror(errno)), false;
	snprintf(path, sizeof(path), "%s/system.dts", t->folder);
	done = write_system(t, path) && partita("cell", "create", path);
	unlink(path);
	rmdir(t->folder);
	return done && find_cell(HOSTILE, &t->hostile) && (!t->has_victim || find_cell(VICTIM, &t->victim));
}

/* It has filled its memory when its heart beats; from then on it makes no exits. */
static bool start_victim(struct selftest *t)
{
	if (!t->has_victim)
		return true;
	if (cell_call(t->device, PT_IOC_CELL_START, &t->victim, "start") != EXIT_DONE)
		return false;
	if (!victim_beats(t))
		return fail("the neighbour does not come to life"), false;
	t->victim_exits = exits_of(t->victim_cpu);
	return true;
}

static void print_text(const struct selftest *t, uint64_t attempts, uint64_t through)
{
	for (size_t i = 0; i < KINDS; i++)
		if (t->tallies[i].behaviours)
			printf("%-11s %8llu attempts, %llu got through\n", kinds[i],
			       (unsigned long long)t->tallies[i].attempts, (unsigned long long)t->tallies[i].through);
	printf("%-11s %8llu attempts, %llu got through\n", "all", (unsigned long long)attempts,
	       (unsigned long long)through);
}

static void print_json(const struct selftest *t, uint64_t attempts, uint64_t through, bool whole)
{
	json_open(NULL, '{');
	json_bool("complete", whole);
	json_bool("neighbour", t->has_victim);
	json_number("attempts", attempts);
	json_number("through", through);
	json_open("kinds", '[');
	for (size_t i = 0; i < KINDS; i++) {
		if (!t->tallies[i].behaviours)
			continue;
		json_open(NULL, '{');
		json_string("kind", kinds[i]);
		json_number("behaviours", t->tallies[i].behaviours);
		json_number("attempts", t->tallies[i].attempts);
		json_number("through", t->tallies[i].through);
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

static int report(const struct selftest *t, bool whole)
{
	uint64_t attempts = 0, through = 0;

	for (size_t i = 0; i < KINDS; i++) {
		attempts += t->tallies[i].attempts;
		through += t->tallies[i].through;
	}
	if (t->json)
		print_json(t, attempts, through, whole);
	else
		print_text(t, attempts, through);
	return whole && !through ? EXIT_DONE : EXIT_FAILED;
}

static int besiege(struct selftest *t)
{
	int result = EXIT_FAILED;

	/* CPUs that cells have are offline for as long. */
	if (create(t) && start_victim(t) && read_list(t)) {
		file_read_line("/sys/devices/system/cpu/online", t->online, sizeof(t->online));
		find_places(t);
		guard_fill(t);
		result = report(t, try_all(t));
	}
	if ((*t->victim.name && !destroy(VICTIM)) || (*t->hostile.name && !destroy(HOSTILE)))
		result = EXIT_FAILED;
	return result;
}

static int prepare(struct selftest *t, const char *cpus)
{
	const bool enabled = hypervisor_enabled();
	int result = EXIT_FAILED;

	if (!enabled && !partita("enable", NULL, NULL))
		return EXIT_FAILED;
	if (sysfs_number("hypervisor/locked"))
		fail("the hypervisor is locked until the board is reset: no cell can be made to test it");
	else if (cpus || choose_cpus(t))
		result = besiege(t);
	if (!enabled && !partita("disable", NULL, NULL))
		result = EXIT_FAILED;
	return result;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpus", required_argument, NULL, 'c' }, { "quick", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' }, { 0 }
	};
	struct selftest *t = calloc(1, sizeof(*t));
	const char *cpus = NULL;
	int option, result = EXIT_FAILED;

	while (t && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		t->json |= option == 'j';
		t->quick |= option == 'q';
		cpus = option == 'c' ? optarg : cpus;
		if ((option != 'j' && option != 'q' && option != 'c') || (option == 'c' && !parse_cpus(t, optarg))) {
			free(t);
			return usage_error(&selftest_verb);
		}
	}
	if (t && optind != argc) {
		free(t);
		return usage_error(&selftest_verb);
	}
	if (!require_root("selftest", "Run it in that one."))
		goto out;
	if (t)
		t->guard = malloc(GUARD_SIZE);
	if (!t || !t->guard) {
		fail("out of memory");
		goto out;
	}
	t->device = device_open();
	if (t->device < 0)
		goto out;
	result = prepare(t, cpus);
	close(t->device);
out:
	if (t)
		free(t->guard);
	free(t);
	return result;
}

const struct verb selftest_verb = {
	.name = "selftest",
	.arguments = "[--cpus HOSTILE[,NEIGHBOUR]] [--quick] [--json]",
	.summary = "try on this board to break out of a cell",
	.help =
	"Makes a cell that means harm and, on a second CPU, a neighbour that must notice nothing. The\n"
	"hostile cell tries all that it knows: foreign memory and devices in every way, the interrupt\n"
	"controller, calls, system registers, never giving its CPU back. Counts what it tried and what got\n"
	"through, by kind; exits with 1 if anything did. Takes some minutes, two CPUs and 8 MiB, and\n"
	"enables the hypervisor for as long if it is not.\n\n"
	"Where the hypervisor does not hold on this board, anything may happen to it: not for a board at\n"
	"work.\n\n"
	"  --cpus H[,N]   these CPUs, instead of Linux' last two; without N no neighbour\n"
	"  --quick        at two foreign addresses, instead of where each thing of the board begins\n"
	"  --json         for programs\n",
	.run = run,
};
