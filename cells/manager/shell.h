/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Between the files of the manager: the console as the shell sees it, the line that is being typed,
 * other cells by their names, and the commands.
 */
#ifndef MANAGER_SHELL_H
#define MANAGER_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cell/console.h>
#include <cell/manage.h>
#include <partita/types.h>

#define CTRL(letter)	((letter) & 0x1f)
#define LINE_SIZE	128
#define MAX_WORDS	4

/* manager.c: the console, and time. */

/* The next character that was typed, -1 if there is none. */
int console_key(void);

/* Like console_key(), but only to read what the shell does not want yet: true if a Ctrl-C is among it. */
bool console_interrupted(void);

/* Sleeps until something may have happened, some milliseconds at most. */
void console_wait(void);

uint64_t now_ms(void);

/* line.c: a line, with the one before it. */

struct line {
	char text[LINE_SIZE];	/* always terminated */
	size_t length;
	char before[LINE_SIZE];
	char name[PT_NAME_SIZE];	/* what the prompt says */
	unsigned int escape;	/* how much of an escape sequence has come */
	bool carriage_return;	/* the last character; a line feed after it is the same key */
};

void line_begin(struct line *line);	/* prints the prompt */
void line_hide(const struct line *line);	/* something else is to be printed here */
void line_show(const struct line *line);	/* again, as it was */

/* Takes a character and echoes it. True when the line is complete: it is in text until line_begin(). */
bool line_key(struct line *line, int key);

/* cells.c: which cell is meant, and what it is called. */

/* The name as a string, whatever is in the other one's memory. */
const char *cell_name(uint32_t id, char name[PT_NAME_SIZE]);

bool is_self(uint32_t id);

/* By its name or the beginning of it, or its number. Says what is wrong where there is none. */
bool find_cell(const char *word, uint32_t *id);

/* The next cell from id on; PT_MAX_CELLS if there is none. */
uint32_t next_cell(uint32_t id);

bool begins_with(const char *text, const char *beginning, size_t length);

/* commands.c */

void command_run(char *line);

/* What completes the last word of a line, in more: "" if that is nothing or not one thing. */
void command_complete(const char *line, char more[PT_NAME_SIZE]);

/* show.c: what there is to look at. */

void show_list(void);
void show_stats(uint32_t id);	/* PT_MAX_CELLS: of all, and of the hypervisor */
void show_fault(uint32_t id);
void show_log(void);

/* Text that nobody answers for: shown, never obeyed. */
void show_text(const char *text, size_t size);
void show_lost(uint64_t lost);

const char *fault_words(uint32_t kind);

/* events.c: what happens to other cells meanwhile. */

/* Whether there is something to say. */
bool events_pending(void);

/* Says it. After a command that changed something at once: else a cell that starts over and over is told once a second. */
void events_print(bool at_once);

/* attach.c */

void attach(uint32_t id);

#endif
