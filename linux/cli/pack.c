// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita pack: a system as one file that firmware starts. Everything is checked and put together in memory before a
 * byte of it is written.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <config/pack.h>
#include <config/show.h>
#include <core/blob.h>
#include "cli.h"
#include "config_system.h"
#include "image.h"
#include "progress.h"

struct request {
	const char *file, *dtb, *output, *hypervisor;
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

static int pack(const struct request *r, const struct board *b)
{
	struct buffer hypervisor, image = { 0 };
	bool done;

	if (!image_read(r->hypervisor, &hypervisor))
		return EXIT_FAILED;
	progress_begin("packing the image");
	done = compile_image(r, b, &hypervisor, &image);
	progress_end();
	free(hypervisor.bytes);
	if (done)
		done = file_write_or_fail(r->output, image.bytes, image.size);
	free(image.bytes);
	return done ? EXIT_DONE : EXIT_FAILED;
}

static bool read_options(struct request *r, int argc, char **argv)
{
	static const struct option options[] = {
		{ "board", required_argument, NULL, 'b' },
		{ "hypervisor", required_argument, NULL, 'h' },
		{ "output", required_argument, NULL, 'o' },
		{ 0 }
	};
	int option;

	*r = (struct request){ .hypervisor = HYPERVISOR_IMAGE };
	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (option == 'b')
			r->dtb = optarg;
		else if (option == 'h')
			r->hypervisor = optarg;
		else if (option == 'o')
			r->output = optarg;
		else
			return false;
	}
	if (argc - optind != 1 || !r->output)
		return false;
	r->file = argv[optind];
	return true;
}

static int run(int argc, char **argv)
{
	struct running_board b;
	struct request r;
	int result;

	if (!read_options(&r, argc, argv))
		return usage_error(&pack_verb);
	if (!config_board_read(&b, r.dtb, true))
		return EXIT_FAILED;
	result = pack(&r, &b.board);
	running_board_free(&b);
	return result;
}

const struct verb pack_verb = {
	.name = "pack",
	.arguments = "FILE -o IMAGE [--board DTB] [--hypervisor FILE]",
	.summary = "write a system as one file that firmware starts",
	.help =
	"Puts the hypervisor, the cells that FILE describes and what they start from into IMAGE. It has the\n"
	"header of an arm64 kernel, so that whatever starts those starts it: booti of U-Boot, -kernel of\n"
	"QEMU. No Linux is needed then. The same input gives the same bytes.\n\n"
	"  -o, --output IMAGE   where to\n"
	"  --board DTB          the board's device tree, instead of " BOARD_TREE "\n"
	"  --hypervisor FILE    the hypervisor, instead of " HYPERVISOR_IMAGE "\n",
	.run = run,
};
