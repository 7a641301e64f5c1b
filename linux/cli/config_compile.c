// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config compile: a system as blobs in files. They are written under temporary names and
 * renamed once all are there: an error leaves what was in the directory before.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <config/numbers.h>
#include "cli.h"
#include "config_system.h"

#define SYSTEM_FILE	"system"

/* A file that is to be. */
struct output {
	char name[PT_NAME_SIZE + 8];
	char temporary[PT_NAME_SIZE + 48];	/* empty: not begun */
	const void *bytes;
	size_t size;
};

struct outputs {
	const char *path;		/* of the directory */
	int directory;
	struct output list[2 * PT_MAX_CELLS + 1];
	unsigned int count;
};

struct request {
	const char *file, *dtb, *directory;
	struct named_memory named[PT_MAX_CELLS];
	unsigned int named_count;
	bool boots;
};

static void output_add(struct outputs *o, const char *name, const char *suffix, const void *bytes,
		       size_t size)
{
	struct output *f = &o->list[o->count++];

	snprintf(f->name, sizeof(f->name), "%s.%s", name, suffix);
	f->bytes = bytes;
	f->size = size;
}

static bool output_write(const struct outputs *o, struct output *f)
{
	char temporary[sizeof(f->temporary)];
	bool done;
	int fd;

	snprintf(temporary, sizeof(temporary), ".%s.%ld", f->name, (long)getpid());
	fd = openat(o->directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0)
		memcpy(f->temporary, temporary, sizeof(temporary));
	done = fd >= 0 && fd_write(fd, f->bytes, f->size);
	/* Some file systems tell only now that the disk is full. */
	if (fd >= 0 && close(fd))
		done = false;
	if (!done)
		fail("cannot write '%s' in '%s': %s", f->name, o->path, strerror(errno));
	return done;
}

static bool output_rename(const struct outputs *o, struct output *f)
{
	if (renameat(o->directory, f->temporary, o->directory, f->name)) {
		fail("cannot write '%s' in '%s': %s", f->name, o->path, strerror(errno));
		return false;
	}
	f->temporary[0] = '\0';
	return true;
}

static int outputs_write(struct outputs *o)
{
	bool done = true;

	o->directory = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->directory < 0)
		return fail("cannot write to '%s': %s%s", o->path, strerror(errno),
			    errno == ENOENT ? "; make that directory first" : "");
	for (unsigned int i = 0; i < o->count && done; i++)
		done = output_write(o, &o->list[i]);
	for (unsigned int i = 0; i < o->count && done; i++)
		done = output_rename(o, &o->list[i]);
	for (unsigned int i = 0; i < o->count; i++)
		if (o->list[i].temporary[0])
			unlinkat(o->directory, o->list[i].temporary, 0);
	close(o->directory);
	return done ? EXIT_DONE : EXIT_FAILED;
}

static void refuse_name_of_system(const struct system *s, struct messages *m)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (!strcmp(s->cells[i].name, SYSTEM_FILE))
			messages_error(m,
				       "cell '" SYSTEM_FILE "': its blob would have the name of "
				       "the board's, '" SYSTEM_FILE ".blob'; call it something "
				       "else");
}

/* A warning is enough for a check; but here something would be written that cannot start. */
static void refuse_guesses(const struct compiled *c, struct messages *m)
{
	for (uint32_t i = 0; i < c->system.count; i++)
		if (c->guessed[i])
			messages_error_at(m, messages_place(m, c->system.cells[i].name, "image"),
					  "cell '%s': where it starts and what lies where is known "
					  "by its image and initrd only; put them where the file "
					  "names them", c->system.cells[i].name);
}

static int write_compiled(const struct compiled *c, const struct board *b, const char *directory)
{
	struct outputs o = { .path = directory };

	output_add(&o, SYSTEM_FILE, "blob", b->blob.words, b->blob.size);
	for (uint32_t i = 0; i < c->system.count; i++) {
		const char *name = c->system.cells[i].name;

		output_add(&o, name, "blob", c->blobs[i].words, c->blobs[i].size);
		output_add(&o, name, "dtb", c->trees[i].fdt, c->trees[i].size);
	}
	return outputs_write(&o);
}

static int compile(const struct request *r, const struct board *b)
{
	struct compiled *c = malloc(sizeof(*c));
	int result = EXIT_FAILED;
	struct messages m;

	if (!c)
		return fail("out of memory");
	messages_init(&m, r->file);
	if (config_compile(c, r->file, b, r->dtb, r->named, r->named_count, &m)) {
		refuse_name_of_system(&c->system, &m);
		refuse_guesses(c, &m);
		if (!m.errors)
			result = write_compiled(c, b, r->directory);
	}
	messages_print(&m, stderr);
	messages_free(&m);
	compiled_free(c);
	free(c);
	return result;
}

/* CELL=ADDRESS */
static bool read_named(struct request *r, const char *text)
{
	const char *equals = strchr(text, '='), *end = text;
	struct named_memory *named = &r->named[r->named_count];

	if (!equals || equals == text || !parse_number(equals + 1, &end, &named->address) || *end) {
		fail("--memory '%s' is not CELL=ADDRESS, like control-loop=0x60000000", text);
		return false;
	}
	if (r->named_count == PT_MAX_CELLS - 1) {
		fail("--memory names more cells than there can be");
		return false;
	}
	named->cell = text;
	named->cell_length = (size_t)(equals - text);
	r->named_count++;
	return true;
}

static bool read_options(struct request *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "board", required_argument, NULL, 'b' },
		{ "boot", no_argument, NULL, 'B' },
		{ "output", required_argument, NULL, 'o' },
		{ "memory", required_argument, NULL, 'm' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == 'b')
			r->dtb = optarg;
		else if (option == 'B')
			r->boots = true;
		else if (option == 'o')
			r->directory = optarg;
		else if (option != 'm' || !read_named(r, optarg))
			return false;
	}
	if (argc - optind != 1 || !r->directory)
		return false;
	r->file = argv[optind];
	return true;
}

static int run(int argc, char **argv)
{
	struct request r = { 0 };
	struct running_board b;
	int result;

	if (!read_options(&r, argc, argv))
		return usage_error(&config_compile_verb);
	if (!config_board_read(&b, r.dtb, r.boots))
		return EXIT_FAILED;
	result = compile(&r, &b.board);
	running_board_free(&b);
	return result;
}

const struct verb config_compile_verb = {
	.group = "config",
	.name = "compile",
	.arguments = "FILE -o DIRECTORY [--board DTB] [--boot] [--memory CELL=ADDRESS]…",
	.summary = "write what the hypervisor would get",
	.help =
	"Writes system.blob, which is the board, and for each cell that FILE describes a\n"
	"CELL.blob and a CELL.dtb, its own device tree. The same input gives the same bytes; what\n"
	"the hypervisor would refuse is not written, and after an error nothing is.\n\n"
	"  -o, --output DIRECTORY    where to\n"
	"  --board DTB               the board's device tree, instead of " BOARD_TREE ";\n"
	"                            `partita hardware tree` writes it with the PCI functions\n"
	"  --boot                    as for `partita pack`, without Linux on the board\n"
	"  --memory CELL=ADDRESS     where the cell's memory physically is; without it, as high\n"
	"                            in the board's memory as it fits\n",
	.run = run,
};
