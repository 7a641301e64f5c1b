// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell dump: what is left of a cell that has failed or stopped, as a core file for a debugger. It
 * goes on standard output, or into a file, in which pages of zeros take no room.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "access.h"
#include "cli.h"
#include "core.h"
#include "device.h"
#include "manager.h"
#include "progress.h"

#define STEP	(1u << 20)

struct output {
	int fd;
	bool seeks;		/* pages of zeros can be left out */
	uint64_t left_out;	/* bytes at its end that are still to be accounted for */
};

static int refused(const struct cell_view *cell, int error)
{
	struct cell_view now;

	if (error == PT_EPERM)
		return fail("cell '%s' may not be dumped: put 'core-dump;' into its node of the system file and "
			    "create it anew", cell->name);
	if (error == PT_ESTATE && read_cell(cell->id, &now) && !strcmp(now.state, "running"))
		return fail("cell '%s' is running; stop it first (partita cell stop %s), or look at it while it "
			    "runs: partita cell gdb %s", cell->name, cell->name, cell->name);
	if (error == PT_ESTATE)
		return fail("nothing is left of cell '%s' to be dumped: since it ended its memory has been erased",
			    cell->name);
	errno = error > 0 ? error : EREMOTEIO;
	return cell_refused(cell, "dump", error < 0 ? error : 0);
}

/* What only this machine's CPUs tell: the thread that the fault is of. */
static void read_fault(const struct cell_view *cell, struct core *core)
{
	char kind[96], number[16];
	uint64_t mpidr;

	if (!fault_value(cell, "kind", kind, sizeof(kind)) || !fault_value(cell, "cpu", number, sizeof(number)))
		return;
	core->signal = strstr(kind, "memory") ? SIGSEGV : SIGILL;
	mpidr = sysfs_number("cpus/cpu%lu/mpidr", strtoul(number, NULL, 10));
	for (unsigned int n = 0; n < core->vcpu_count; n++)
		if ((core->vcpus[n].mpidr_el1 & PT_MPIDR_MASK) == mpidr)
			core->first = n;
}

static void read_regions(const struct cell_view *cell, struct core *core)
{
	struct cell_region r;

	for (unsigned int n = 0; core->region_count < PT_MAX_REGIONS && cell_region(cell->id, n, &r); n++)
		if (!strpbrk(r.flags, "ds"))
			core->regions[core->region_count++] = (struct core_region){
				.ipa = r.ipa,
				.size = r.size,
				.write = strchr(r.flags, 'w'),
				.exec = strchr(r.flags, 'x'),
			};
}

static int read_registers(int device, const struct cell_view *cell, struct core *core)
{
	int error;

	memcpy(core->name, cell->name, sizeof(core->name));
	do {
		error = access_vcpu(device, cell->id, core->vcpu_count, &core->vcpus[core->vcpu_count], false);
		core->vcpu_count += !error;
	} while (!error && core->vcpu_count < PT_MAX_CPUS);
	/* There is no further one. */
	if (error && error != EINVAL)
		return refused(cell, error);
	read_fault(cell, core);
	read_regions(cell, core);
	return EXIT_DONE;
}

static bool is_zero(const char *page)
{
	return !*page && !memcmp(page, page + 1, PT_PAGE_SIZE - 1);
}

static bool put(struct output *out, const char *bytes, size_t size)
{
	if (out->left_out && lseek(out->fd, (off_t)out->left_out, SEEK_CUR) < 0)
		return false;
	out->left_out = 0;
	return fd_write(out->fd, bytes, size);
}

/* @size is of whole pages. */
static bool put_memory(struct output *out, const char *bytes, size_t size)
{
	size_t from = 0;

	for (size_t at = 0; at < size && out->seeks; at += PT_PAGE_SIZE) {
		if (!is_zero(bytes + at))
			continue;
		if (at > from && !put(out, bytes + from, at - from))
			return false;
		out->left_out += PT_PAGE_SIZE;
		from = at + PT_PAGE_SIZE;
	}
	return size == from || put(out, bytes + from, size - from);
}

/* The file is as long as it says, also where it ends with a hole. */
static bool finish(struct output *out)
{
	const off_t end = out->left_out ? lseek(out->fd, (off_t)out->left_out, SEEK_CUR) : 0;

	return !out->left_out || (end >= 0 && ftruncate(out->fd, end) == 0);
}

static int write_failed(void)
{
	return fail("cannot write the core file: %s", strerror(errno));
}

static int write_memory(int device, const struct cell_view *cell, const struct core *core, struct output *out)
{
	char *bytes = malloc(STEP), size[32];
	int error = 0, result = EXIT_DONE;

	if (!bytes)
		return fail("out of memory");
	for (unsigned int i = 0; i < core->region_count && result == EXIT_DONE; i++) {
		const struct core_region *r = &core->regions[i];

		for (uint64_t at = 0; at < r->size && result == EXIT_DONE; at += STEP) {
			const size_t step = r->size - at < STEP ? (size_t)(r->size - at) : STEP;

			progress_say("dumping: %s of %s", size_words(at, size), cell->name);
			error = access_memory(device, cell->id, r->ipa + at, bytes, step, false);
			if (error)
				result = refused(cell, error);
			else if (!put_memory(out, bytes, step))
				result = write_failed();
		}
	}
	free(bytes);
	return result == EXIT_DONE && !finish(out) ? write_failed() : result;
}

static int write_core(int device, const struct cell_view *cell, const struct core *core, int fd)
{
	struct output out = { .fd = fd };
	struct buffer head;
	struct stat file;
	int result;

	if (!core_head(core, &head))
		return fail("out of memory");
	out.seeks = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && !(fcntl(fd, F_GETFL) & O_APPEND);
	progress_begin("dumping");
	result = put(&out, head.bytes, head.size) ? write_memory(device, cell, core, &out) : write_failed();
	progress_end();
	free(head.bytes);
	return result;
}

/* What is in @path is whole, or nothing is. */
static int write_file(int device, const struct cell_view *cell, const struct core *core, const char *path)
{
	/* It holds whatever secrets the cell has. */
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int result;

	if (fd < 0)
		return fail("'%s': %s", path, strerror(errno));
	result = write_core(device, cell, core, fd);
	if (close(fd) < 0 && result == EXIT_DONE)
		result = write_failed();
	if (result != EXIT_DONE)
		unlink(path);
	return result;
}

static int dump(int device, const char *name, const char *path)
{
	struct core *core = calloc(1, sizeof(*core));
	struct cell_view cell;
	int result = EXIT_FAILED;

	if (!core)
		return fail("out of memory");
	if (find_cell(name, &cell))
		result = read_registers(device, &cell, core);
	if (result == EXIT_DONE)
		result = path ? write_file(device, &cell, core, path)
			      : write_core(device, &cell, core, STDOUT_FILENO);
	free(core);
	return result;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "output", required_argument, NULL, 'o' }, { 0 } };
	const char *path = NULL;
	int option, device, result;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) == 'o')
		path = optarg;
	if (option != -1 || optind != argc - 1)
		return usage_error(&cell_dump_verb);
	if (!path && isatty(STDOUT_FILENO))
		return fail("a core file is nothing for a terminal; say where it goes: partita cell dump %s -o FILE",
			    argv[optind]);
	if (!require_root("cell dump", "What is left of cell %s is not for this one to see.", argv[optind]))
		return EXIT_FAILED;
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	result = dump(device, argv[optind], path);
	close(device);
	return result;
}

const struct verb cell_dump_verb = {
	.group = "cell",
	.name = "dump",
	.arguments = "CELL [-o FILE]",
	.summary = "write a core file of a cell that has ended",
	.help =
	"The cell has failed, was stopped or has ended by itself; its node of the system file says\n"
	"'core-dump;'. The core file is an ELF file with its memory, at the addresses that the cell\n"
	"sees it at, and with the registers of each of its CPUs; gdb opens it with the program that\n"
	"the cell ran:\n\n"
	"  partita cell dump loop -o loop.core\n"
	"  gdb-multiarch loop.elf loop.core\n\n"
	"Memory that it shares with other cells is not in it. To start, load or destroy the cell\n"
	"erases what can be dumped.\n\n"
	"  -o, --output FILE   instead of standard output, and not left behind half written\n",
	.run = run,
};
