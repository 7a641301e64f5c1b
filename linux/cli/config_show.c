// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita config show: any blob or packed image in words, or why the hypervisor would not take it.
 * Nothing of a refused one is printed but what is wrong with it. A description of cells is compiled
 * first, and then shown in the same words.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <config/show.h>
#include <core/blob.h>
#include "blob_json.h"
#include "cli.h"
#include "config_system.h"
#include "json.h"

struct request {
	const char *path, *system, *dtb;
	bool boots, json;
};

struct verdict {
	enum pt_blob_reason reason;
	uint32_t offset;
	char field[64];
};

static const struct pt_blob_header *header_of(const struct blob *blob)
{
	return (const struct pt_blob_header *)blob->words;
}

static const char *kind_of(const struct blob *blob)
{
	return header_of(blob)->magic == PT_CELL_MAGIC ? "cell" : "system";
}

/* No more than a blob can be is read, whatever the file is; so much tells what it is. */
static bool head_read(const char *path, char head[PT_BLOB_MAX + 1], size_t *size)
{
	FILE *f = fopen(path, "re");
	bool error = !f;

	if (f) {
		*size = fread(head, 1, PT_BLOB_MAX + 1, f);
		error = ferror(f);
		fclose(f);
	}
	if (error)
		fail("cannot read '%s': %s", path, strerror(errno));
	return !error;
}

static bool blob_copy(const char *path, const char *head, size_t size, struct blob *blob)
{
	memset(blob, 0, sizeof(*blob));
	if (size > PT_BLOB_MAX) {
		fail("'%s' is no blob: it is longer than %d bytes", path, PT_BLOB_MAX);
		return false;
	}
	memcpy(blob->words, head, size);
	blob->size = (uint32_t)size;
	if (size >= sizeof(struct pt_blob_header) && (header_of(blob)->magic == PT_CELL_MAGIC ||
						      header_of(blob)->magic == PT_SYSTEM_MAGIC))
		return true;
	fail("'%s' is no blob: it does not begin like one of a system or of a cell", path);
	return false;
}

/* Source, or a blob of it. */
static bool is_description(const char *head, size_t size)
{
	static const unsigned char magic[4] = { 0xd0, 0x0d, 0xfe, 0xed };
	const char *version = memmem(head, size, "/dts-v1/", 8);

	return (size >= sizeof(magic) && !memcmp(head, magic, sizeof(magic))) ||
	       (version && !memchr(head, '\0', size));
}

static void judge(const struct blob *blob, const struct pt_system *board, struct verdict *v)
{
	v->reason = blob_judge(blob, board, &v->offset);
	if (v->reason != PT_BLOB_FINE)
		blob_field_words(blob, v->offset, v->field, sizeof(v->field));
}

static int refused(const char *path, const struct blob *blob, const struct verdict *v)
{
	return fail("'%s': the hypervisor would refuse this %s: '%s' at byte 0x%x %s", path,
		    kind_of(blob), v->field, v->offset, blob_reason_words(v->reason));
}

static void put_refusal(const struct verdict *v)
{
	json_open("refused", '{');
	json_string("field", v->field);
	json_number("offset", v->offset);
	json_string("reason", blob_reason_words(v->reason));
	json_close('}');
}

static int show_json(const struct blob *blob, const struct verdict *v)
{
	const bool fine = v->reason == PT_BLOB_FINE;

	json_open(NULL, '{');
	json_string("kind", kind_of(blob));
	json_bool("accepted", fine);
	if (!fine)
		put_refusal(v);
	else if (header_of(blob)->magic == PT_CELL_MAGIC)
		json_cell((const struct pt_cell *)blob->words);
	else
		json_system((const struct pt_system *)blob->words);
	json_close('}');
	return fine ? EXIT_DONE : EXIT_FAILED;
}

static int show_blob(const struct request *r, const char *head, size_t size)
{
	char board_head[PT_BLOB_MAX + 1];
	struct blob blob, system;
	struct verdict v;
	size_t board_size;

	if (r->system) {
		if (!head_read(r->system, board_head, &board_size) ||
		    !blob_copy(r->system, board_head, board_size, &system))
			return EXIT_FAILED;
		if (header_of(&system)->magic != PT_SYSTEM_MAGIC)
			return fail("'%s' is a cell's blob; --system needs that of the board", r->system);
		judge(&system, NULL, &v);
		if (v.reason != PT_BLOB_FINE)
			return refused(r->system, &system, &v);
	}
	if (!blob_copy(r->path, head, size, &blob))
		return EXIT_FAILED;
	judge(&blob, r->system ? (const struct pt_system *)system.words : NULL, &v);
	if (r->json)
		return show_json(&blob, &v);
	if (v.reason != PT_BLOB_FINE)
		return refused(r->path, &blob, &v);
	blob_show(&blob, stdout);
	return EXIT_DONE;
}

static int show_image_json(const struct packed *p, const char *problem)
{
	json_open(NULL, '{');
	json_string("kind", "image");
	json_bool("accepted", !problem);
	if (problem)
		json_string("refused", problem);
	else
		json_packed(p);
	json_close('}');
	return problem ? EXIT_FAILED : EXIT_DONE;
}

static int show_image(const struct request *r)
{
	char problem[PACKED_PROBLEM_SIZE];
	struct buffer image;
	struct packed p;
	int result = EXIT_DONE;
	bool fine;

	if (!file_read_or_fail(r->path, "the image", &image))
		return EXIT_FAILED;
	fine = packed_open(&p, image.bytes, image.size, problem);
	if (r->json)
		result = show_image_json(&p, fine ? NULL : problem);
	else if (fine)
		packed_show(&p, stdout);
	else
		result = fail("'%s' %s", r->path, problem);
	free(image.bytes);
	return result;
}

static void show_compiled(const struct compiled *c, const struct board *b)
{
	blob_show(&b->blob, stdout);
	for (uint32_t i = 0; i < c->system.count; i++) {
		putchar('\n');
		blob_show(&c->blobs[i], stdout);
		show_start(c->system.cells[i].boot, stdout);
	}
}

static void show_compiled_json(const struct compiled *c, const struct board *b)
{
	json_open(NULL, '{');
	json_string("kind", "description");
	json_bool("accepted", true);
	json_string("rescue", rescue_words[c->system.rescue]);
	json_bool("locked", c->system.locked);
	json_open("board", '{');
	json_system(board_system(b));
	json_close('}');
	json_open("cells", '[');
	for (uint32_t i = 0; i < c->system.count; i++) {
		json_open(NULL, '{');
		json_cell((const struct pt_cell *)c->blobs[i].words);
		json_string("start", start_words(c->system.cells[i].boot));
		json_close('}');
	}
	json_close(']');
	json_close('}');
}

static int compile_and_show(const struct request *r, const struct board *b)
{
	struct compiled *c = malloc(sizeof(*c));
	struct messages m;
	bool fine;

	if (!c)
		return fail("out of memory");
	messages_init(&m, r->path);
	fine = config_compile(c, r->path, b, r->dtb, NULL, 0, &m);
	messages_print(&m, stderr);
	if (fine && r->json)
		show_compiled_json(c, b);
	else if (fine)
		show_compiled(c, b);
	messages_free(&m);
	compiled_free(c);
	free(c);
	return fine ? EXIT_DONE : EXIT_FAILED;
}

static int show_description(const struct request *r)
{
	struct running_board b;
	int result;

	if (!config_board_read(&b, r->dtb, r->boots))
		return EXIT_FAILED;
	result = compile_and_show(r, &b.board);
	running_board_free(&b);
	return result;
}

static int show(const struct request *r)
{
	char head[PT_BLOB_MAX + 1];
	size_t size;

	if (!head_read(r->path, head, &size))
		return EXIT_FAILED;
	if (packed_looks_so(head, size))
		return show_image(r);
	return is_description(head, size) ? show_description(r) : show_blob(r, head, size);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "board", required_argument, NULL, 'b' },
		{ "boot", no_argument, NULL, 'B' },
		{ "json", no_argument, NULL, 'j' },
		{ "system", required_argument, NULL, 's' },
		{ 0 }
	};
	struct request r = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'b')
			r.dtb = optarg;
		else if (option == 'B')
			r.boots = true;
		else if (option == 'j')
			r.json = true;
		else if (option == 's')
			r.system = optarg;
		else
			return usage_error(&config_show_verb);
	}
	if (argc - optind != 1)
		return usage_error(&config_show_verb);
	r.path = argv[optind];
	return show(&r);
}

const struct verb config_show_verb = {
	.group = "config",
	.name = "show",
	.arguments = "FILE [--system BLOB] [--board DTB] [--boot] [--json]",
	.summary = "print a blob, a packed image or a description in words",
	.help =
	"FILE is a blob that `partita config compile` wrote, an image that `partita pack` wrote, or a\n"
	"description of cells, which is compiled for that. What the hypervisor would refuse is not\n"
	"printed; what is wrong and where is, and the exit status is 1.\n\n"
	"  --system BLOB   check a cell's blob against this board as well, and not by itself only\n"
	"  --board DTB     of a description: the board's device tree, instead of\n"
	"                  " BOARD_TREE "\n"
	"  --boot          of a description: as for `partita pack`, without Linux on the board\n"
	"  --json          for programs\n",
	.run = run,
};
