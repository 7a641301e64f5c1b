// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell create: from a file to cells that can be started. Everything that can be found wrong
 * is said before anything changes; if it fails all the same, the cells made by this call are taken
 * back. Memory that no cell got goes back when the device is closed, whatever ends this program.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <config/blobs.h>
#include <config/system.h>
#include <config/view.h>
#include <core/blob.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "board_facts.h"
#include "cell_files.h"
#include "cli.h"
#include "device.h"
#include "dtc.h"
#include "in_use.h"
#include "load.h"
#include "manager.h"
#include "progress.h"
#include "vacate.h"

/* A cell that is to be made, its files, and what became of it. */
struct plan {
	const struct cell *cell;
	struct cell_files files;
	struct buffer tree;		/* that goes into its memory */
	struct cell_view made;		/* id 0: not yet */
};

struct creation {
	struct running_board board;
	struct system system;
	struct messages m;
	struct plan plans[PT_MAX_CELLS];
	unsigned int count;
	int device;
	sigset_t held;			/* signals that wait until a step is done */
};

static bool owns_registers(uint32_t id, const struct tree *board, uint32_t node)
{
	struct tree_range r;

	for (uint32_t i = 0; tree_reg(board, node, i, &r) == TREE_REG_FINE; i++)
		if (range_to_pages(&r) && cell_has_registers(id, r.base, r.size))
			return true;
	return false;
}

static void check_devices(struct creation *c, const struct cell *cell, const struct cell_view *v)
{
	for (uint32_t i = 0; i < cell->device_count; i++)
		if (owns_registers(v->id, &c->board.board.tree, cell->devices[i].node))
			messages_error_at(&c->m, messages_place(&c->m, cell->name, "devices"),
					  "cell '%s': device '%s' belongs to cell '%s'; remove it "
					  "here or destroy that: partita cell destroy %s",
					  cell->name, cell->devices[i].path, v->name, v->name);
}

/* What existing cells and Linux have now. The hypervisor decides; this is to explain. */
static void check_against_running(struct creation *c, const struct cell *cell)
{
	struct cell_view v;

	for (uint32_t id = PT_ROOT_CELL + 1; next_cell(id, &v); id = v.id + 1) {
		const bool same = !strcmp(v.name, cell->name);

		if (same)
			messages_error_at(&c->m, messages_place(&c->m, v.name, NULL),
					  "cell '%s' exists already (%s); destroy it first: "
					  "partita cell destroy %s", v.name, v.state, v.name);
		for (uint32_t i = 0; !same && i < cell->cpu_count; i++)
			if (in_cpu_list(v.cpus, cell->cpus[i]))
				messages_error_at(&c->m, messages_place(&c->m, cell->name, "cpus"),
						  "cell '%s': CPU %u belongs to cell '%s'; choose "
						  "another or destroy that: partita cell destroy "
						  "%s", cell->name, cell->cpus[i], v.name, v.name);
		if (!same)
			check_devices(c, cell, &v);
	}
	refuse_devices_in_use(cell, &c->board.board.tree, &c->m);
}

static void plan_cell(struct creation *c, struct cell *cell, const char *file)
{
	struct plan *p = &c->plans[c->count++];

	p->cell = cell;
	/* What it sees where has been looked at but for what only the image's size tells. */
	if (cell_files_read(&p->files, cell, file, false, &c->m) && cell->image_part)
		view_check(cell, &c->board.board, cell->memory_address, &c->m);
	check_against_running(c, cell);
}

static bool is_named(const char *name, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return true;
	return count == 0;
}

static const struct cell *cell_of(const struct system *s, const char *name)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (!strcmp(s->cells[i].name, name))
			return &s->cells[i];
	return NULL;
}

static void plan_cells(struct creation *c, const char *file, int count, char **names)
{
	for (int i = 0; i < count; i++)
		if (!cell_of(&c->system, names[i]))
			messages_error(&c->m, "describes no cell '%s'", names[i]);
	for (uint32_t i = 0; i < c->system.count; i++)
		if (is_named(c->system.cells[i].name, count, names))
			plan_cell(c, &c->system.cells[i], file);
}

/* Read and check everything, change nothing. */
static bool prepare(struct creation *c, const char *file, int count, char **names)
{
	struct messages board_messages;
	struct buffer tree;
	bool board;

	if (!require_enabled() || !tree_file_read(file, &tree, &c->m.source))
		return false;
	messages_init(&board_messages, BOARD_TREE);
	board = running_board_read(&c->board, &board_messages);
	messages_print(&board_messages, stderr);
	board = board && !board_messages.errors;
	messages_free(&board_messages);
	if (board && system_read(&c->system, &c->board.board, tree.bytes, tree.size, &c->m))
		plan_cells(c, file, count, names);
	free(tree.bytes);
	messages_print(&c->m, stderr);
	return board && !c->m.errors;
}

/* Linux cannot leave so much, since something fixed is in between. */
static int explain_pieces(const struct cell *cell, const char *whose, uint64_t size,
			  unsigned int pieces, const struct vacated *v)
{
	const unsigned long long mib = (size + (1 << 20) - 1) >> 20;
	char wanted[32], most[32], free[32], movable[32], fixed[32], in[32] = "one piece";

	if (pieces > 1)
		snprintf(in, sizeof(in), "%u pieces", pieces);
	return fail("cell '%s': %s memory: Linux cannot leave %s in %s, but at most %s. Of its "
		    "memory %s is free, %s can be moved, and %s cannot, which is in between. Ask for "
		    "less; try it right after boot, or after echo 3 > /proc/sys/vm/drop_caches; or "
		    "boot Linux with cma=%lluM or movablecore=%lluM, or keep memory from it, by a "
		    "reserved-memory node with no-map or by mem=, and name its address",
		    cell->name, whose, size_words(size, wanted), in, size_words(v->most, most),
		    size_words(v->sums.free, free), size_words(v->sums.movable, movable),
		    size_words(v->sums.fixed, fixed), mib, mib + mib / 8);
}

static int explain_memory(const struct cell *cell, const struct pt_ioc_memory *memory,
			  unsigned int pieces, const struct vacated *v)
{
	const uint64_t short_of = memory->missing ? memory->missing : v->missing;
	const char *whose = memory->name[0] ? memory->name : "its own";
	char size[32], missing[32], possible[32];

	switch (errno) {
	case ENOMEM:
		return explain_pieces(cell, whose, memory->size, pieces, v);
	case ENOSPC:
		return fail("cell '%s': %s memory: without %s too little would be left to Linux: %s "
			    "more would have to be available (MemAvailable in /proc/meminfo); ask for "
			    "at most %s, or end what needs memory",
			    cell->name, whose, size_words(memory->size, size),
			    size_words(short_of, missing),
			    size_words(memory->size > short_of ? memory->size - short_of : 0,
				       possible));
	case EINTR:
		return EXIT_FAILED;
	case EBUSY:
		return fail("cell '%s': %s memory: Linux or somebody else uses 0x%llx (see "
			    "/proc/iomem); name memory that is kept from Linux, by a "
			    "reserved-memory node with no-map or by mem=, or leave the address out",
			    cell->name, whose, (unsigned long long)memory->address);
	case EEXIST:
		return fail("cell '%s': shared memory '%s' exists already with another size or "
			    "address; destroy the cells that have it, or call this one something "
			    "else", cell->name, memory->name);
	default:
		return fail("cell '%s': cannot get %s memory: %s", cell->name, whose,
			    strerror(errno));
	}
}

/* The field of the blob that is refused, by what the user wrote. */
static int explain_field(const struct cell *cell, const struct pt_ioc_cell_create *call,
			 const struct blob *blob)
{
	const struct pt_cell *c = (const struct pt_cell *)blob->words;
	const uint32_t cpu = (call->offset - c->cpus.offset) / sizeof(uint64_t);
	const char *reason = blob_reason_words(call->reason);
	char field[64];

	if (call->offset >= c->cpus.offset && cpu < c->cpus.count)
		return fail("cell '%s': CPU %u %s", cell->name, cell->cpus[cpu],
			    call->error == PT_ECPU ? "is still in use: it could not be parked"
						   : reason);
	return fail("cell '%s': %s: '%s' %s", cell->name, error_words(call->error),
		    blob_field_words(blob, call->offset, field, sizeof(field)), reason);
}

static int explain_function(const struct cell *cell, const struct pt_ioc_cell_create *call,
			    const struct blob *blob)
{
	const struct pt_cell *c = (const struct pt_cell *)blob->words;
	const struct pt_region *regions = blob_entries(c, c->regions);
	const uint32_t i = (uint32_t)call->code;
	const unsigned long long config = i < c->regions.count ? regions[i].pa : 0;

	if (call->error == PT_REFUSED_FUNCTION)
		return fail("cell '%s': Linux has no PCI function with configuration space at 0x%llx "
			    "any more", cell->name, config);
	return fail("cell '%s': the PCI function with configuration space at 0x%llx is in use by Linux "
		    "(lspci -k tells the driver), or is or has virtual ones; unbind it, or write 0 to "
		    "'sriov_numvfs', first", cell->name, config);
}

static int explain_create(const struct cell *cell, const struct pt_ioc_cell_create *call,
			  const struct blob *blob)
{
	switch (call->error) {
	case PT_EBLOB:
	case PT_EOWNED:
	case PT_ECPU:
		return explain_field(cell, call, blob);
	case PT_EEXIST:
		return fail("cell '%s' exists already; destroy it first: partita cell destroy %s",
			    cell->name, cell->name);
	case PT_ELIMIT:
		return fail("cell '%s': %d cells exist, and no more fit; destroy one first",
			    cell->name, PT_MAX_CELLS - 1);
	case PT_REFUSED_CPU_BUSY:
		return fail("cell '%s': Linux cannot give up CPU %u: %s", cell->name, call->cpu,
			    strerror(call->code < 0 ? -call->code : call->code));
	case PT_REFUSED_CPU_OFFLINE:
		return fail("cell '%s': CPU %u is offline; bring it back first: "
			    "echo 1 > /sys/devices/system/cpu/cpu%u/online",
			    cell->name, call->cpu, call->cpu);
	case PT_REFUSED_FUNCTION:
	case PT_REFUSED_FUNCTION_BUSY:
		return explain_function(cell, call, blob);
	case PT_REFUSED_FOREIGN_MEMORY:
		return fail(
			"cell '%s': the driver does not know its memory (a bug of this command)",
			cell->name);
	case PT_REFUSED_MESSAGE_SPI:
		return fail("cell '%s': interrupt %d is one of those that Linux gives to devices for "
			    "messages; say so in the board's tree ('arm,msi-base-spi' and "
			    "'arm,msi-num-spis' of its 'arm,gic-v2m-frame')",
			    cell->name, call->code);
	case PT_REFUSED_NOT:
		return fail("cannot create cell '%s': %s", cell->name, strerror(errno));
	default:
		return fail("cannot create cell '%s': %s", cell->name, error_words(call->error));
	}
}

/*
 * From CMA where it has so much, and else what Linux can be made to leave, in at most @pieces pieces; or at its address.
 * With v->count 0 afterwards it is in one piece at memory->address.
 */
static int get_memory(const struct creation *c, const struct cell *cell,
		      struct pt_ioc_memory *memory, unsigned int pieces, struct vacated *v)
{
	*v = (struct vacated){ 0 };
	if (device_call(c->device, PT_IOC_MEM_ALLOC, memory) == 0)
		return EXIT_DONE;
	if (errno != ENOMEM || memory->address || !vacate(c->device, memory, pieces, &c->held, v))
		return explain_memory(cell, memory, pieces, v);
	memory->address = v->pieces[0].base;
	return EXIT_DONE;
}

/* The cell's own memory. */
static int get_own(struct creation *c, const struct plan *p, uint64_t *address)
{
	struct cell *cell = &c->system.cells[p->cell - c->system.cells];
	struct pt_ioc_memory memory = { .size = cell->memory_size,
					.address = cell->memory_address };
	struct vacated v;

	if (get_memory(c, cell, &memory, cell_pieces_allowed(cell), &v) != EXIT_DONE)
		return EXIT_FAILED;
	memcpy(cell->pieces, v.pieces, sizeof(cell->pieces));
	cell->piece_count = v.count;
	*address = memory.address;
	progress_say("creating the cell");
	return EXIT_DONE;
}

/* The memories that the cell shares, new ones or those that are there. */
static int get_shared(struct creation *c, const struct cell *cell)
{
	for (uint32_t i = 0; i < cell->shared_count; i++) {
		struct shared_memory *shared =
			&c->system.memories[cell->shared[i] - c->system.memories];
		struct pt_ioc_memory memory = { .size = shared->size, .address = shared->address };
		struct vacated v;

		memcpy(memory.name, shared->name, sizeof(memory.name));
		if (get_memory(c, cell, &memory, 1, &v) != EXIT_DONE)
			return EXIT_FAILED;
		shared->address = memory.address;
	}
	return EXIT_DONE;
}

/* The blob and, where it gets one, its tree. */
static bool compile(const struct creation *c, struct plan *p, uint64_t memory, struct blob *blob)
{
	const struct board *b = &c->board.board;
	struct messages m;
	void *fdt = NULL;
	bool done;

	messages_init(&m, c->m.file);
	/* The lines are known once, and belong to what was said before anything was changed. */
	m.source = c->m.source;
	view_check(p->cell, b, memory, &m);
	done = !m.errors && cell_compile(p->cell, b, memory, cell_files_layout(&p->files), blob, &m);
	if (done && p->files.layout.has_tree)
		done = cell_files_tree(&p->files, p->cell, &c->system, b, blob, &fdt,
				       &p->tree.size, &m);
	p->tree.bytes = fdt;
	messages_print(&m, stderr);
	m.source = (struct source){ 0 };
	messages_free(&m);
	return done;
}

static int create(struct creation *c, struct plan *p)
{
	const struct cell *cell = p->cell;
	struct pt_ioc_cell_create call = { 0 };
	struct blob blob;
	uint64_t address;

	if (get_own(c, p, &address) != EXIT_DONE || get_shared(c, cell) != EXIT_DONE ||
	    !compile(c, p, address, &blob))
		return EXIT_FAILED;
	call.blob = (uintptr_t)blob.words;
	call.size = blob.size;
	if (device_call(c->device, PT_IOC_CELL_CREATE, &call) < 0)
		return explain_create(cell, &call, &blob);
	if (!read_cell(call.cell, &p->made)) {
		p->made.id = call.cell;
		memcpy(p->made.name, cell->name, sizeof(p->made.name));
	}
	return EXIT_DONE;
}

static int load(const struct creation *c, const struct plan *p)
{
	const struct cell_files *f = &p->files;
	const struct {
		const char *name;
		const struct buffer *bytes;
		uint64_t offset;	/* modulo 2^64 */
	} parts[] = {
		{ f->image_path, &f->image, (uint64_t)f->layout.image },
		{ f->initrd_path, &f->initrd, f->layout.initrd },
		{ "its device tree", &p->tree, f->layout.tree },
	};
	struct cell_region memory;
	int result = EXIT_DONE;

	if (!f->image.bytes && !p->tree.bytes)
		return EXIT_DONE;
	if (!cell_memory_region(p->made.id, LOAD_AT_START, &memory))
		return fail("cell '%s' has no memory that could be loaded", p->made.name);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && result == EXIT_DONE; i++)
		if (parts[i].bytes->bytes)
			result = load_image(c->device, &p->made, parts[i].name, parts[i].bytes,
					    memory.ipa + parts[i].offset);
	return result;
}

static int create_and_load(struct creation *c, struct plan *p)
{
	char size[32];
	int result;

	progress_begin("creating the cell");
	result = create(c, p);
	progress_end();
	if (result != EXIT_DONE)
		return result;
	printf("%s: created as cell %u on %s %s with %s of memory\n", p->made.name, p->made.id,
	       cpu_word(p->made.cpus), p->made.cpus, size_words(p->cell->memory_size, size));
	return load(c, p);
}

static void undo(struct creation *c)
{
	for (unsigned int i = c->count; i-- > 0;) {
		const struct cell_view *made = &c->plans[i].made;

		if (made->id &&
		    cell_call(c->device, PT_IOC_CELL_DESTROY, made, "destroy") == EXIT_DONE)
			printf("%s: taken back\n", made->name);
	}
}

static const int interrupts[] = { SIGINT, SIGTERM, SIGHUP };

#define INTERRUPT_COUNT	(sizeof(interrupts) / sizeof(interrupts[0]))

/*
 * An interrupt is a failure like others: it waits until the step is done and undoes it. One that is
 * ignored (nohup) must not be held, since held it would become pending. A reader of our output who
 * goes away is no reason to leave half of the work behind.
 */
static void hold_interrupts(struct creation *c)
{
	struct sigaction action;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&c->held);
	for (size_t i = 0; i < INTERRUPT_COUNT; i++)
		if (sigaction(interrupts[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
			sigaddset(&c->held, interrupts[i]);
	sigprocmask(SIG_BLOCK, &c->held, NULL);
}

static int carry_out(struct creation *c)
{
	int result = EXIT_DONE;

	hold_interrupts(c);
	for (unsigned int i = 0; i < c->count && result == EXIT_DONE; i++) {
		result = create_and_load(c, &c->plans[i]);
		if (signal_pending(&c->held))
			result = fail("interrupted");
	}
	if (result != EXIT_DONE)
		undo(c);
	return result;
}

static void clean_up(struct creation *c)
{
	for (unsigned int i = 0; i < c->count; i++) {
		cell_files_free(&c->plans[i].files);
		free(c->plans[i].tree.bytes);
	}
	system_free(&c->system);
	running_board_free(&c->board);
	messages_free(&c->m);
	close(c->device);
	free(c);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "verbose", no_argument, NULL, 'v' }, { 0 } };
	struct creation *c;
	int option, result = EXIT_FAILED;
	bool verbose = false;

	while ((option = getopt_long(argc, argv, "", options, NULL)) == 'v')
		verbose = true;
	if (option != -1 || optind == argc)
		return usage_error(&cell_create_verb);
	if (!require_root("cell create", "A further cell goes into the system file that the board's "
			  "image is packed from."))
		return EXIT_FAILED;
	c = calloc(1, sizeof(*c));
	if (!c)
		return fail("out of memory");
	messages_init(&c->m, argv[optind]);
	c->m.verbose = verbose;
	c->device = device_open();
	if (c->device >= 0 &&
	    prepare(c, argv[optind], argc - optind - 1, argv + optind + 1))
		result = carry_out(c);
	clean_up(c);
	return result;
}

const struct verb cell_create_verb = {
	.group = "cell",
	.name = "create",
	.arguments = "[--verbose] FILE [CELL]…",
	.summary = "make the cells that a file describes",
	.help = "FILE is device tree source, or a blob of it; partita-system(5) tells what may "
		"stand there.\n"
		"Makes all its cells or the named ones, and loads the images that it names. Linux "
		"gives\n"
		"up the cells' CPUs. If anything fails, nothing is left of the cells of this "
		"call.\n\n"
		"  --verbose   say of each device that \"rest\" leaves to Linux why\n",
	.run = run,
};
