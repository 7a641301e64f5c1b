// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkimage of U-Boot's tools makes it. No key is ever seen here: who signs runs mkimage once more, with the same source.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include "cli.h"
#include "fit.h"
#include "process.h"

extern char **environ;

/* Names of files are relative to the source's. %s thrice: of the FIT; %x twice each: upper and lower half of the address. */
static const char source[] =
	"/dts-v1/;\n"
	"/ {\n"
	"\tdescription = \"Partita system\";\n"
	"\t#address-cells = <2>;\n"
	"\n"
	"\timages {\n"
	"\t\tsystem {\n"
	"\t\t\tdescription = \"hypervisor, cells and what they start from\";\n"
	"\t\t\tdata = /incbin/(\"%s.img\");\n"
	"\t\t\ttype = \"kernel\";\n"
	"\t\t\tarch = \"arm64\";\n"
	"\t\t\tos = \"linux\";\n"
	"\t\t\tcompression = \"none\";\n"
	"\t\t\tload = <0x%x 0x%x>;\n"
	"\t\t\tentry = <0x%x 0x%x>;\n"
	"\t\t\thash-1 {\n"
	"\t\t\t\talgo = \"sha256\";\n"
	"\t\t\t};\n"
	"\t\t};\n"
	"\t\tboard {\n"
	"\t\t\tdescription = \"device tree of the board\";\n"
	"\t\t\tdata = /incbin/(\"%s.dtb\");\n"
	"\t\t\ttype = \"flat_dt\";\n"
	"\t\t\tarch = \"arm64\";\n"
	"\t\t\tcompression = \"none\";\n"
	"\t\t\thash-1 {\n"
	"\t\t\t\talgo = \"sha256\";\n"
	"\t\t\t};\n"
	"\t\t};\n"
	"\t};\n"
	"\n"
	"\tconfigurations {\n"
	"\t\tdefault = \"partita\";\n"
	"\t\tpartita {\n"
	"\t\t\tkernel = \"system\";\n"
	"\t\t\tfdt = \"board\";\n"
	"\t\t};\n"
	"\t};\n"
	"};\n";

static bool write_beside(const char *path, const char *suffix, const void *bytes, size_t size)
{
	char name[PATH_MAX];

	snprintf(name, sizeof(name), "%s.%s", path, suffix);
	return file_write_or_fail(name, bytes, size);
}

static bool write_source(const char *path, uint64_t base)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const unsigned int high = (unsigned int)(base >> 32), low = (unsigned int)base;
	char text[sizeof(source) + 2 * PATH_MAX];
	const int length = snprintf(text, sizeof(text), source, name, high, low, high, low, name);

	return write_beside(path, "its", text, (size_t)length);
}

/* A tree that was written with room to grow in is as long as that. */
static bool write_tree(const char *path, const struct buffer *tree)
{
	void *copy = malloc(tree->size);
	bool done;

	if (!copy) {
		fail("out of memory");
		return false;
	}
	memcpy(copy, tree->bytes, tree->size);
	fdt_pack(copy);
	done = write_beside(path, "dtb", copy, fdt_totalsize(copy));
	free(copy);
	return done;
}

/* It writes the time into what it makes, unless told which. What it says of success is of no use. */
static int run_mkimage(const char *path)
{
	char its[PATH_MAX];
	char *const arguments[] = { (char *)"mkimage", (char *)"-f", its, (char *)path, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	snprintf(its, sizeof(its), "%s.its", path);
	setenv("SOURCE_DATE_EPOCH", "0", false);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	error = posix_spawnp(&pid, "mkimage", &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		return fail("'%s' is written, but cannot run mkimage: %s%s", its, strerror(error),
			    error == ENOENT ? "; install it (apt install u-boot-tools)" : "");
	return process_ended_well(pid) ? EXIT_DONE : fail("mkimage cannot make '%s' of '%s'", path, its);
}

int fit_write(const char *path, const struct buffer *image, const struct buffer *tree, uint64_t base)
{
	if (strpbrk(path, "\"\\\n") || strlen(path) + sizeof(".its") > PATH_MAX)
		return fail("'%s' is no name for a FIT: it may have no quotes and backslashes, and not be so long", path);
	if (!write_beside(path, "img", image->bytes, image->size) || !write_tree(path, tree) ||
	    !write_source(path, base))
		return EXIT_FAILED;
	return run_mkimage(path);
}
