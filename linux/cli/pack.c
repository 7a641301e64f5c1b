// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita pack: a system as one file that firmware starts. Everything is checked and put together in memory, and read back,
 * before a byte of it is written.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <config/pack.h>
#include <config/packed.h>
#include <config/show.h>
#include <core/blob.h>
#include "blob_json.h"
#include "changes.h"
#include "cli.h"
#include "config_system.h"
#include "fit.h"
#include "image.h"
#include "json.h"
#include "progress.h"
#include "terminal.h"

struct request {
	const char *file, *dtb, *output, *hypervisor;
	const char *other;		/* of --diff: the second image, @file being the first */
	bool diff, fit, json;
};

static void add_part(struct pack_part *part, const void *bytes, size_t size, uint64_t ipa)
{
	*part = (struct pack_part){ .bytes = bytes, .size = bytes ? size : 0, .ipa = ipa };
}

/* The same places that `cell create` loads them to. */
static void add_cell(struct pack *p, const struct compiled *c, uint32_t i)
{
	const struct cell_files *f = &c->files[i];
	const struct pt_cell *cell = (const struct pt_cell *)c->blobs[i].words;
	const uint64_t memory = ((const struct pt_region *)blob_entries(cell, cell->regions))->ipa;
	struct pack_cell *packed = &p->cells[i];

	packed->blob = &c->blobs[i];
	add_part(&packed->parts[0], f->image.bytes, f->image.size, memory + (uint64_t)f->layout.image);
	add_part(&packed->parts[1], f->initrd.bytes, f->initrd.size, memory + f->layout.initrd);
	if (f->layout.has_tree)
		add_part(&packed->parts[2], c->trees[i].fdt, c->trees[i].size, memory + f->layout.tree);
}

static void refuse_empty(const struct compiled *c, struct messages *m)
{
	for (uint32_t i = 0; i < c->system.count; i++)
		if (!c->files[i].image.bytes)
			messages_error_at(m, messages_place(m, c->system.cells[i].name, NULL),
					  "cell '%s': has no 'image', and without Linux nobody can load one later; name it",
					  c->system.cells[i].name);
}

static bool read_firmware(struct firmware *f, const struct board *b, const char *dtb)
{
	struct messages m;
	bool done;

	messages_init(&m, dtb ? dtb : BOARD_TREE);
	done = firmware_read(f, b, &m);
	messages_print(&m, stderr);
	messages_free(&m);
	return done;
}

/* @image is the caller's to free. */
static bool put_together(const struct compiled *c, const struct board *b, const struct firmware *f,
			 const struct buffer *hypervisor, struct buffer *image, struct messages *m)
{
	struct pack p = {
		.hypervisor = hypervisor->bytes,
		.hypervisor_size = hypervisor->size,
		.b = b,
		.firmware = f,
		.s = &c->system,
		.memory = &c->memory,
	};
	void *bytes = NULL;
	bool done;

	for (uint32_t i = 0; i < c->system.count; i++)
		add_cell(&p, c, i);
	done = pack_write(&p, &bytes, &image->size, m);
	image->bytes = bytes;
	return done;
}

static bool compile_image(const struct request *r, const struct board *b, const struct buffer *hypervisor,
			  struct buffer *image)
{
	struct compiled *c = malloc(sizeof(*c));
	struct firmware firmware;
	struct messages m;
	bool done;

	if (!c) {
		fail("out of memory");
		return false;
	}
	messages_init(&m, r->file);
	done = config_compile(c, r->file, b, false, NULL, 0, &m);
	if (done) {
		refuse_empty(c, &m);
		done = read_firmware(&firmware, b, r->dtb) && !m.errors &&
		       put_together(c, b, &firmware, hypervisor, image, &m);
	}
	messages_print(&m, stderr);
	messages_free(&m);
	compiled_free(c);
	free(c);
	return done;
}

static void tell(const struct request *r, const struct packed *p)
{
	const struct pt_boot *b = p->boot;
	char size[32], memory[32];

	if (r->json) {
		json_open(NULL, '{');
		json_packed(p);
		json_close('}');
		return;
	}
	terminal_text(r->output, stdout);
	printf(": %u %s, %s; lies at 0x%llx and takes %s there\n", b->cells.count, b->cells.count == 1 ? "cell" : "cells",
	       size_words(b->size, size), (unsigned long long)b->base, size_words(p->header->memory_size, memory));
}

static int write_image(const struct request *r, const struct running_board *b, const struct buffer *image)
{
	char problem[PACKED_PROBLEM_SIZE];
	struct packed p;
	int result;

	if (!packed_open(&p, image->bytes, image->size, problem))
		return fail("the image %s (a bug of this command)", problem);
	if (r->fit)
		result = fit_write(r->output, image, &b->tree, p.boot->base);
	else
		result = file_write_or_fail(r->output, image->bytes, image->size) ? EXIT_DONE : EXIT_FAILED;
	if (result == EXIT_DONE)
		tell(r, &p);
	return result;
}

static int pack(const struct request *r, const struct running_board *b)
{
	struct buffer hypervisor, image = { 0 };
	int result = EXIT_FAILED;
	bool done;

	if (!image_read(r->hypervisor, &hypervisor))
		return EXIT_FAILED;
	progress_begin("packing the image");
	done = compile_image(r, &b->board, &hypervisor, &image);
	progress_end();
	free(hypervisor.bytes);
	if (done)
		result = write_image(r, b, &image);
	free(image.bytes);
	return result;
}

static bool open_image(const char *path, struct buffer *image, struct packed *p)
{
	char problem[PACKED_PROBLEM_SIZE];

	if (!file_read_or_fail(path, "the image", image))
		return false;
	if (packed_open(p, image->bytes, image->size, problem))
		return true;
	fail("'%s' %s", path, problem);
	return false;
}

static int compare(const struct request *r)
{
	struct buffer before = { 0 }, after = { 0 };
	struct packed old, new;
	struct changes changes;
	int result = EXIT_FAILED;

	if (open_image(r->file, &before, &old) && open_image(r->other, &after, &new)) {
		packed_diff(&changes, &old, &new);
		result = changes_tell(&changes, r->json);
	}
	free(before.bytes);
	free(after.bytes);
	return result;
}

static bool read_options(struct request *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "board", required_argument, NULL, 'b' },
		{ "diff", no_argument, NULL, 'd' },
		{ "fit", no_argument, NULL, 'f' },
		{ "hypervisor", required_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "output", required_argument, NULL, 'o' },
		{ 0 }
	};
	bool compiles = false;
	int option;

	*r = (struct request){ .hypervisor = HYPERVISOR_IMAGE };
	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == '?')
			return false;
		compiles = compiles || !strchr("dj", option);
		r->diff = r->diff || option == 'd';
		r->fit = r->fit || option == 'f';
		r->json = r->json || option == 'j';
		if (option == 'b')
			r->dtb = optarg;
		else if (option == 'h')
			r->hypervisor = optarg;
		else if (option == 'o')
			r->output = optarg;
	}
	if (argc - optind != 1 + r->diff || (r->diff ? compiles : !r->output))
		return false;
	r->file = argv[optind];
	r->other = argv[argc - 1];
	return true;
}

static int run(int argc, char **argv)
{
	struct running_board b;
	struct request r;
	int result;

	if (!read_options(&r, argc, argv))
		return usage_error(&pack_verb);
	if (r.diff)
		return compare(&r);
	if (!config_board_read(&b, r.dtb, true))
		return EXIT_FAILED;
	result = pack(&r, &b);
	running_board_free(&b);
	return result;
}

const struct verb pack_verb = {
	.name = "pack",
	.arguments = "FILE -o IMAGE [--board DTB] [--hypervisor FILE] [--fit] [--json] | --diff OLD NEW [--json]",
	.summary = "write a system as one file that firmware starts",
	.help =
	"Puts the hypervisor, the cells that FILE describes and what they start from into IMAGE. It has the\n"
	"header of an arm64 kernel, so that whatever starts those starts it: booti of U-Boot, -kernel of\n"
	"QEMU. No Linux is needed then. The same input gives the same bytes. `partita config show` tells\n"
	"what is in an image, --diff what changes from one to another.\n\n"
	"  -o, --output IMAGE   where to\n"
	"  --board DTB          the board's device tree, instead of " BOARD_TREE "\n"
	"  --hypervisor FILE    the hypervisor, instead of " HYPERVISOR_IMAGE "\n"
	"  --fit                make IMAGE a FIT for U-Boot's bootm, by mkimage; IMAGE.its is its source\n"
	"  --diff OLD NEW       one line for each thing that two images differ in; nothing where none is\n"
	"  --json               for programs\n",
	.run = run,
};
