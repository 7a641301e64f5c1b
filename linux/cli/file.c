// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files read and written whole. Sizes are found by reading: files of /sys and pipes do not tell theirs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli.h"
#include "file.h"

static bool grow(struct buffer *b, size_t *room)
{
	const size_t more = *room ? *room * 2 : 64 * 1024;
	char *bytes = realloc(b->bytes, more);

	if (!bytes)
		return false;
	b->bytes = bytes;
	*room = more;
	return true;
}

bool fd_read(int fd, struct buffer *out)
{
	size_t room = 0;
	ssize_t got = 1;

	*out = (struct buffer){ 0 };
	while (got) {
		if (out->size + 1 >= room && !grow(out, &room))
			break;
		got = read(fd, out->bytes + out->size, room - out->size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		out->size += (size_t)got;
	}
	if (!got) {
		out->bytes[out->size] = '\0';
		return true;
	}
	free(out->bytes);
	*out = (struct buffer){ 0 };
	return false;
}

bool file_read(const char *path, struct buffer *out)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool done;
	int error;

	*out = (struct buffer){ 0 };
	if (fd < 0)
		return false;
	done = fd_read(fd, out);
	error = errno;
	close(fd);
	errno = error;
	return done;
}

bool file_read_or_fail(const char *path, const char *what, struct buffer *out)
{
	if (file_read(path, out))
		return true;
	fail("cannot read %s '%s': %s%s", what, path, strerror(errno),
	     errno == EACCES ? "; run it as root" : "");
	return false;
}

bool file_read_line(const char *path, char *line, size_t size)
{
	char rooted[PATH_MAX];
	struct buffer text;

	if (!file_read(system_path(path, rooted), &text))
		return false;
	snprintf(line, size, "%.*s", (int)strcspn(text.bytes, "\n"), text.bytes);
	free(text.bytes);
	return true;
}

bool fd_write(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		const ssize_t written = write(fd, at, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		at += written;
		size -= (size_t)written;
	}
	return true;
}

static bool write_new(const char *path, int flags, const void *bytes, size_t size)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
	bool done = fd >= 0 && fd_write(fd, bytes, size);

	/* Some file systems tell only now that the disk is full. */
	if (fd >= 0 && close(fd))
		done = false;
	return done;
}

static bool replace(const char *path, const void *bytes, size_t size)
{
	char temporary[PATH_MAX];
	int error;

	if (snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid()) >= (int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (write_new(temporary, O_EXCL, bytes, size) && !rename(temporary, path))
		return true;
	error = errno;
	unlink(temporary);
	errno = error;
	return false;
}

bool file_write_or_fail(const char *path, const void *bytes, size_t size)
{
	struct stat there;
	const bool special = !stat(path, &there) && !S_ISREG(there.st_mode);

	if (special ? write_new(path, 0, bytes, size) : replace(path, bytes, size))
		return true;
	fail("cannot write '%s': %s", path, strerror(errno));
	return false;
}
