/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The commands. Each says what stood in its way and what to do about it; that it was done is told
 * like anything else that happens to a cell (events.c).
 */
#include <cell/string.h>
#include <partita/error.h>

#include "shell.h"

#define CALL_MS		5000	/* for a hypercall that wants to be called again */
#define START_MS	5000
#define SHUTDOWN_MS	5000

struct command {
	const char *name;
	const char *arguments;
	const char *summary;
	unsigned int least, most;	/* words after it */
	void (*run)(char *words[MAX_WORDS]);
};

static void help(char *words[MAX_WORDS]);

/* False when the time is over, or nobody wants to wait any longer. */
static bool await_other_state(uint32_t id, enum pt_cell_state state, uint64_t ms)
{
	const uint64_t end = now_ms() + ms;

	while (cell_manage_state(id) == state) {
		if (now_ms() >= end || console_interrupted())
			return false;
		console_wait();
	}
	return true;
}

static int64_t insist(int64_t (*call)(uint32_t), uint32_t id)
{
	const uint64_t end = now_ms() + CALL_MS;
	int64_t answer = call(id);

	while ((answer == PT_AGAIN || answer == PT_EBUSY) && now_ms() < end)
		answer = call(id);
	return answer;
}

/* True if the hypervisor has done it, or begun to; else says what is in the way. right: the property that allows it. */
static bool done(uint32_t id, const char *words, const char *right, int64_t answer)
{
	char name[PT_NAME_SIZE];

	if (answer == PT_OK)
		return true;
	cell_name(id, name);
	if (answer == PT_EPERM && is_self(id))
		cell_printf("'%s' is this manager: it cannot %s itself\n", name, words);
	else if (answer == PT_EPERM)
		cell_printf("this manager may not %s '%s': that takes %s in its part of the system file\n", words, name, right);
	else if (answer == PT_ESTATE && cell_manage_state(id) == PT_CELL_CREATED && !cell_manage_status()->booted)
		cell_printf("cannot %s '%s': it has to be loaded first, by the Linux that created it\n", words, name);
	else if (answer == PT_ESTATE)
		cell_printf("cannot %s '%s': it is %s\n", words, name, cell_manage_state_word(cell_manage_state(id)));
	else if (answer == PT_EBUSY)
		cell_printf("cannot %s '%s': another manager is at work; try again\n", words, name);
	else
		cell_printf("cannot %s '%s': %s\n", words, name, cell_manage_error_word(answer));
	return false;
}

static void start(uint32_t id)
{
	char name[PT_NAME_SIZE];

	if (!done(id, "start", "may-start", insist(cell_manage_start, id)))
		return;
	if (!await_other_state(id, PT_CELL_LOADABLE, START_MS))
		cell_printf("'%s' is still being loaded: 'list' shows when it runs\n", cell_name(id, name));
}

static void stop(uint32_t id)
{
	const enum pt_cell_state before = cell_manage_state(id);
	char name[PT_NAME_SIZE];

	/* One that has ended by itself is left as it is. */
	if (done(id, "stop", "may-stop", insist(cell_manage_stop, id)) && cell_manage_state(id) == before)
		cell_printf("'%s' does not run: it is %s\n", cell_name(id, name), cell_manage_state_word(before));
}

static bool shut_down(uint32_t id)
{
	const struct pt_report *report = cell_manage_report(id);
	char name[PT_NAME_SIZE];

	if (!done(id, "shut down", "may-stop", insist(cell_manage_shutdown, id)))
		return false;
	if (await_other_state(id, PT_CELL_RUNNING, SHUTDOWN_MS))
		return true;
	cell_name(id, name);
	if (report && report->answer == PT_ANSWER_NO)
		cell_printf("'%s' refuses to shut down; 'stop %s' ends it by force\n", name, name);
	else
		cell_printf("'%s' has been asked and still runs; 'stop %s' ends it by force\n", name, name);
	return false;
}

static void list(char *words[MAX_WORDS])
{
	(void)words;
	show_list();
}

static void do_start(char *words[MAX_WORDS])
{
	uint32_t id;

	if (find_cell(words[1], &id))
		start(id);
}

static void do_stop(char *words[MAX_WORDS])
{
	uint32_t id;

	if (find_cell(words[1], &id))
		stop(id);
}

static void do_shutdown(char *words[MAX_WORDS])
{
	uint32_t id;

	if (find_cell(words[1], &id))
		shut_down(id);
}

static void do_restart(char *words[MAX_WORDS])
{
	uint32_t id;

	if (!find_cell(words[1], &id) || (cell_manage_state(id) == PT_CELL_RUNNING && !shut_down(id)))
		return;
	events_print(true);
	start(id);
}

static void stats(char *words[MAX_WORDS])
{
	uint32_t id = PT_MAX_CELLS;

	if (!words[1] || find_cell(words[1], &id))
		show_stats(id);
}

static void fault(char *words[MAX_WORDS])
{
	uint32_t id;

	if (find_cell(words[1], &id))
		show_fault(id);
}

static void log_of_hypervisor(char *words[MAX_WORDS])
{
	(void)words;
	show_log();
}

static void do_attach(char *words[MAX_WORDS])
{
	uint32_t id;

	if (find_cell(words[1], &id))
		attach(id);
}

static const struct command commands[] = {
	{ "help", "", "this", 0, 0, help },
	{ "list", "", "all cells and their states", 0, 0, list },
	{ "start", "CELL", "from the beginning, with all that the image has for it", 1, 1, do_start },
	{ "shutdown", "CELL", "ask it to end", 1, 1, do_shutdown },
	{ "stop", "CELL", "end it, by force", 1, 1, do_stop },
	{ "restart", "CELL", "shutdown if it runs, then start", 1, 1, do_restart },
	{ "attach", "CELL", "its console, to look at and to type into; Ctrl-] comes back", 1, 1, do_attach },
	{ "stats", "[CELL]", "exits by CPU and reason, heartbeat, memory of the hypervisor", 0, 1, stats },
	{ "fault", "CELL", "what it failed of, with its registers", 1, 1, fault },
	{ "log", "", "what the hypervisor has to say", 0, 0, log_of_hypervisor },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(char *words[MAX_WORDS])
{
	(void)words;
	for (size_t i = 0; i < COMMANDS; i++)
		cell_printf("  %-8s %-6s  %s\n", commands[i].name, commands[i].arguments, commands[i].summary);
	cell_printf("The beginning of a name will do, Tab completes it. Ctrl-C ends waiting and empties the line, "
		    "Ctrl-P is the line before.\n");
}

static const struct command *find_command(const char *word)
{
	const struct command *found = NULL;
	unsigned int count = 0;

	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i].name, word))
			return &commands[i];
		if (begins_with(commands[i].name, word, strlen(word))) {
			found = &commands[i];
			count++;
		}
	}
	if (count == 1)
		return found;
	if (count)
		cell_printf("'%s' may be %u commands: give more of it\n", word, count);
	else
		cell_printf("'%s' is no command: 'help' lists them\n", word);
	return NULL;
}

/* Cuts the line into words; how many there are, which may be more than fit. */
static unsigned int split(char *line, char *words[MAX_WORDS])
{
	unsigned int count = 0;

	for (char *c = line; *c;) {
		while (*c == ' ')
			*c++ = '\0';
		if (!*c)
			break;
		if (count < MAX_WORDS)
			words[count] = c;
		count++;
		while (*c && *c != ' ')
			c++;
	}
	return count;
}

void command_run(char *line)
{
	char *words[MAX_WORDS] = { NULL };
	const unsigned int count = split(line, words);
	const struct command *command = count ? find_command(words[0]) : NULL;

	if (!command)
		return;
	if (count - 1 < command->least || count - 1 > command->most)
		cell_printf("usage: %s %s\n", command->name, command->arguments);
	else
		command->run(words);
	events_print(true);
}

/* Of all that begins with the word: what they have in common behind it. */
struct common {
	const char *word;
	size_t length;
	char *more;
	unsigned int count;
};

static void add_common(struct common *common, const char *name)
{
	const char *rest;
	size_t same = 0;

	if (!begins_with(name, common->word, common->length))
		return;
	rest = name + common->length;
	if (!common->count++) {
		memcpy(common->more, rest, strlen(rest) + 1);
		return;
	}
	while (rest[same] && rest[same] == common->more[same])
		same++;
	common->more[same] = '\0';
}

void command_complete(const char *line, char more[PT_NAME_SIZE])
{
	struct common common = { .word = line, .more = more };
	char name[PT_NAME_SIZE];
	bool first = true;

	for (const char *c = line; *c; c++) {
		if (*c != ' ')
			continue;
		first = first && c == common.word;
		common.word = c + 1;
	}
	first = first ? common.word == line : false;
	common.length = strlen(common.word);
	*more = '\0';
	for (size_t i = 0; first && i < COMMANDS; i++)
		add_common(&common, commands[i].name);
	for (uint32_t id = next_cell(0); !first && id < PT_MAX_CELLS; id = next_cell(id + 1))
		add_common(&common, cell_name(id, name));
	if (common.count == 1 && strlen(more) + 1 < PT_NAME_SIZE)
		memcpy(more + strlen(more), " ", 2);
}
