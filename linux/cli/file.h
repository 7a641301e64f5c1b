/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files read and written whole: images, trees, and the small texts of /sys and /proc.
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *bytes;	/* followed by a NUL that is not counted; aligned to 16 */
	size_t size;
};

/* False with errno set. The caller frees out->bytes. */
bool fd_read(int fd, struct buffer *out);
bool file_read(const char *path, struct buffer *out);
/* The same, explained on standard error by the name that the user knows. */
bool file_read_or_fail(const char *path, const char *what, struct buffer *out);
/* The first line of a file of /sys or /proc, after PARTITA_ROOT; as it was where there is none. */
bool file_read_line(const char *path, char *line, size_t size);

/* All of it. False with errno set. */
bool fd_write(int fd, const void *bytes, size_t size);
/* What was there before stays until all of it is written. Says on standard error what went wrong. */
bool file_write_or_fail(const char *path, const void *bytes, size_t size);

#endif
