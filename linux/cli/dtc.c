// SPDX-License-Identifier: GPL-2.0-only
/*
 * A system may be given as source or as blob; which it is, its first bytes tell and not its name.
 * dtc says itself what is wrong with a source, with file and line. Where a source's nodes and
 * properties stand, a second run of dtc tells; if that fails, messages have no lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"
#include "dtc.h"
#include "process.h"

extern char **environ;

static bool is_blob(const struct buffer *b)
{
	static const unsigned char magic[4] = { 0xd0, 0x0d, 0xfe, 0xed };

	return b->size >= sizeof(magic) && !memcmp(b->bytes, magic, sizeof(magic));
}

#define WORD(text)	((char *)(text))

/* The last but one is the file. */
static char *const blob_arguments[] = {
	WORD("dtc"), WORD("-q"), WORD("-I"), WORD("dts"), WORD("-O"), WORD("dtb"),
	WORD("-@"),  WORD("-o"), WORD("-"),  WORD("--"),  NULL,	      NULL,
};
/* Twice -q: what is wrong was said by the other run. */
static char *const places_arguments[] = {
	WORD("dtc"), WORD("-qq"), WORD("-I"), WORD("dts"), WORD("-O"), WORD("dts"),
	WORD("-T"),  WORD("-o"),  WORD("-"),  WORD("--"),  NULL,       NULL,
};

#define ARGUMENT_COUNT	(sizeof(blob_arguments) / sizeof(blob_arguments[0]))

/* Start `dtc` on @path with its output into @pipe_end. Returns 0 or an errno. */
static int start_dtc(char *const *arguments, const char *path, int pipe_end, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char *with_path[ARGUMENT_COUNT];
	int error;

	memcpy(with_path, arguments, sizeof(with_path));
	with_path[ARGUMENT_COUNT - 2] = (char *)path;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_end, STDOUT_FILENO);
	error = posix_spawnp(pid, "dtc", &actions, NULL, with_path, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static bool collect(pid_t pid, int pipe_end, struct buffer *out)
{
	const bool read = fd_read(pipe_end, out);

	if (process_ended_well(pid) && read)
		return true;
	if (read)
		free(out->bytes);
	return false;
}

/* All that dtc writes. False with *@error 0 where dtc itself fails. */
static bool run_dtc(char *const *arguments, const char *path, struct buffer *out, int *error)
{
	bool done = false;
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC)) {
		*error = errno;
		return false;
	}
	*error = start_dtc(arguments, path, ends[1], &pid);
	close(ends[1]);
	if (!*error)
		done = collect(pid, ends[0], out);
	close(ends[0]);
	return done;
}

static bool has_line(const char *text, const char *start)
{
	const size_t length = strlen(start);

	while (text && strncmp(text, start, length) != 0) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text;
}

/* What dtc cannot know: that this was meant for cpp, or that a label is one of the board's. */
static const char *hint(const char *text)
{
	if (has_line(text, "#include") || has_line(text, "#define") || has_line(text, "#if"))
		return "; a preprocessor makes one of it: "
		       "cpp -nostdinc -undef -x assembler-with-cpp FILE >OTHER.dts";
	if (strstr(text, "<&"))
		return "; & finds nodes of this source only: those of the board stand in quotes, "
		       "like \"/cpus/cpu@3\"";
	return "";
}

static bool compile(const char *path, const char *text, struct buffer *out)
{
	int error;

	if (run_dtc(blob_arguments, path, out, &error))
		return true;
	if (!error)
		fail("'%s' is not a device tree source that dtc understands%s", path, hint(text));
	else if (error == ENOENT)
		fail("'%s' is device tree source and there is no dtc here to compile it; "
		     "install it (apt install device-tree-compiler), or elsewhere: "
		     "dtc -@ -I dts -O dtb -o system.dtb %s", path, path);
	else
		fail("cannot run dtc: %s", strerror(error));
	return false;
}

static void find_places(const char *path, struct source *places)
{
	struct buffer text;
	int error;

	if (!run_dtc(places_arguments, path, &text, &error))
		return;
	source_read(places, text.bytes, path);
	free(text.bytes);
}

bool tree_file_read(const char *path, struct buffer *out, struct source *places)
{
	struct buffer file;
	bool done;

	*places = (struct source){ 0 };
	if (!file_read_or_fail(path, "the system", &file))
		return false;
	if (is_blob(&file)) {
		*out = file;
		return true;
	}
	done = compile(path, file.bytes, out);
	free(file.bytes);
	if (done)
		find_places(path, places);
	return done;
}
