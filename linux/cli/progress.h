/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line for those who wait: shown on a terminal only, and only after a second.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/* "starting cell 'x'": shown with the seconds gone by until progress_end(). */
void progress_begin(const char *what);
/* What it says from now on; nothing where no line has been begun. */
__attribute__((format(printf, 1, 2)))
void progress_say(const char *format, ...);
void progress_end(void);

#endif
