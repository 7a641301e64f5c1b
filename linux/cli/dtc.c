// SPDX-License-Identifier: GPL-2.0-only
/*
 * A system may be given as source or as blob; which it is, its first bytes tell and not its name.
 * dtc says itself what is wrong with a source, with file and line.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cli.h"
#include "dtc.h"

extern char **environ;

static bool is_blob(const struct buffer *b)
{
	static const unsigned char magic[4] = { 0xd0, 0x0d, 0xfe, 0xed };

	return b->size >= sizeof(magic) && !memcmp(b->bytes, magic, sizeof(magic));
}

/* Start `dtc` on @path with its output into @pipe_end. Returns 0 or an errno. */
static int start_dtc(const char *path, int pipe_end, pid_t *pid)
{
	char *const arguments[] = {(char *)"dtc", (char *)"-q",	 (char *)"-I", (char *)"dts",
				   (char *)"-O",  (char *)"dtb", (char *)"-@", (char *)"-o",
				   (char *)"-",	  (char *)"--",	 (char *)path, NULL};
	posix_spawn_file_actions_t actions;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_end, STDOUT_FILENO);
	error = posix_spawnp(pid, "dtc", &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static bool finished_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool collect(pid_t pid, int pipe_end, const char *path, struct buffer *out)
{
	bool read = fd_read(pipe_end, out);

	if (finished_well(pid) && read)
		return true;
	fail("'%s' is not a device tree source that dtc understands", path);
	if (read)
		free(out->bytes);
	return false;
}

static bool compile(const char *path, struct buffer *out)
{
	int ends[2], error;
	bool done = false;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC)) {
		fail("cannot run dtc: %s", strerror(errno));
		return false;
	}
	error = start_dtc(path, ends[1], &pid);
	close(ends[1]);
	if (!error)
		done = collect(pid, ends[0], path, out);
	else if (error == ENOENT)
		fail("'%s' is device tree source and there is no dtc here to compile it; "
		     "install it (apt install device-tree-compiler), or elsewhere: "
		     "dtc -@ -I dts -O dtb -o system.dtb %s", path, path);
	else
		fail("cannot run dtc: %s", strerror(error));
	close(ends[0]);
	return done;
}

bool tree_file_read(const char *path, struct buffer *out)
{
	struct buffer file;

	if (!file_read_or_fail(path, "the system", &file))
		return false;
	if (is_blob(&file)) {
		*out = file;
		return true;
	}
	free(file.bytes);
	return compile(path, out);
}
