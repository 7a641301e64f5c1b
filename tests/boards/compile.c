// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration compiler on this machine, many boards and systems in one run, for the tests of
 * this folder. It decides nothing: what the library answers goes out as it is, and each order is
 * answered exactly once, so that silence shows. The sanitizers end it at the first fault.
 *
 *	board<TAB>FILE[<TAB>BASE<TAB>SIZE]…	what follows is for this board, with this memory if
 *						its tree has none
 *	system<TAB>FILE[<TAB>ADDRESS]…		compile its cells, with their memory there, and
 *						then what they share
 *
 * Answers: the messages, then "@system HEX" or an "@cell HEX" for each cell, and last "@done" or
 * "@refused".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <config/blobs.h>
#include <config/system.h>

#define MAX_WORDS	128

struct file {
	void *bytes;
	size_t size;
};

/* An order's words, and the board that is being used. */
struct session {
	char *words[MAX_WORDS];
	unsigned int count;
	struct file tree;
	struct board board;
	bool have_board;
};

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "compile: %s '%s'\n", what, name);
	exit(2);
}

/* In an allocation of exactly its size, so that the sanitizer sees each byte too far. */
static struct file file_read(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct file file = { 0 };
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0)
		fail("cannot read", path);
	rewind(f);
	file.size = (size_t)size;
	file.bytes = malloc(file.size ? file.size : 1);
	if (!file.bytes || fread(file.bytes, 1, file.size, f) != file.size)
		fail("cannot read", path);
	fclose(f);
	return file;
}

static void answer_blob(const char *kind, const struct blob *blob)
{
	const unsigned char *bytes = (const unsigned char *)blob->words;

	printf("@%s ", kind);
	for (uint32_t i = 0; i < blob->size; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

static void answer_end(struct messages *m, bool done)
{
	messages_print(m, stdout);
	messages_free(m);
	puts(done ? "@done" : "@refused");
	/* If the next order ends this program, it is known which one it was. */
	fflush(stdout);
}

static void leave_board(struct session *s)
{
	if (s->have_board)
		board_free(&s->board);
	free(s->tree.bytes);
	s->tree.bytes = NULL;
	s->have_board = false;
}

static void take_board(struct session *s)
{
	struct tree_range ram[MAX_WORDS / 2];
	struct board_facts facts = { .ram = ram };
	struct messages m;

	leave_board(s);
	for (unsigned int i = 2; i + 1 < s->count; i += 2)
		ram[facts.ram_count++] = (struct tree_range){ strtoull(s->words[i], NULL, 0),
							      strtoull(s->words[i + 1], NULL, 0) };
	messages_init(&m, "board");
	s->tree = file_read(s->words[1]);
	s->have_board = board_read(&s->board, s->tree.bytes, s->tree.size, &facts, &m);
	if (s->have_board)
		answer_blob("system", &s->board.blob);
	answer_end(&m, s->have_board);
}

static uint64_t address(const struct session *s, uint32_t index)
{
	if (2 + index >= s->count)
		fail("not enough addresses for", s->words[1]);
	return strtoull(s->words[2 + index], NULL, 0);
}

static bool compile_cells(const struct session *s, const struct system *system, struct messages *m)
{
	bool done = true;

	for (uint32_t i = 0; i < system->memory_count; i++)
		system->memories[i].address = address(s, system->count + i);
	for (uint32_t i = 0; i < system->count; i++) {
		struct blob blob;

		if (cell_compile(&system->cells[i], &s->board, address(s, i), NULL, &blob, m))
			answer_blob("cell", &blob);
		else
			done = false;
	}
	return done;
}

static void take_system(struct session *s)
{
	struct file file = file_read(s->words[1]);
	struct system system;
	struct messages m;
	bool done;

	if (!s->have_board)
		fail("no board for", s->words[1]);
	messages_init(&m, "system");
	done = system_read(&system, &s->board, file.bytes, file.size, &m);
	if (done) {
		done = compile_cells(s, &system, &m);
		system_free(&system);
	}
	answer_end(&m, done);
	free(file.bytes);
}

static void split(struct session *s, char *line)
{
	char *rest = NULL;

	line[strcspn(line, "\n")] = '\0';
	s->count = 0;
	for (char *word = strtok_r(line, "\t", &rest); word && s->count < MAX_WORDS;
	     word = strtok_r(NULL, "\t", &rest))
		s->words[s->count++] = word;
}

int main(void)
{
	struct session s = { 0 };
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		split(&s, line);
		if (s.count < 2)
			fail("cannot read the order", line);
		if (!strcmp(s.words[0], "board"))
			take_board(&s);
		else if (!strcmp(s.words[0], "system"))
			take_system(&s);
		else
			fail("unknown order", s.words[0]);
	}
	leave_board(&s);
	free(line);
	return 0;
}
