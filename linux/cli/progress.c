// SPDX-License-Identifier: GPL-2.0-only
/*
 * The waiting happens inside the kernel, in one call, so the line is drawn by a thread of its own.
 * Where no thread can be had there is no line, and nothing else is lost.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "progress.h"

static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static bool running, over;
static char text[128];		/* guarded by the lock */

static void *draw(void *unused)
{
	struct timespec until;
	unsigned int seconds = 0;

	(void)unused;
	clock_gettime(CLOCK_REALTIME, &until);
	pthread_mutex_lock(&lock);
	while (!over) {
		until.tv_sec++;
		while (!over && pthread_cond_timedwait(&ended, &lock, &until) == 0)
			;
		if (!over)
			fprintf(stderr, "\r\033[Kpartita: %s… %u s", text, ++seconds);
	}
	if (seconds)
		fputs("\r\033[K", stderr);
	pthread_mutex_unlock(&lock);
	return NULL;
}

void progress_begin(const char *what)
{
	progress_say("%s", what);
	over = false;
	if (!running && isatty(STDERR_FILENO))
		running = pthread_create(&thread, NULL, draw, NULL) == 0;
}

void progress_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	pthread_mutex_lock(&lock);
	vsnprintf(text, sizeof(text), format, arguments);
	pthread_mutex_unlock(&lock);
	va_end(arguments);
}

void progress_end(void)
{
	if (!running)
		return;
	pthread_mutex_lock(&lock);
	over = true;
	pthread_cond_signal(&ended);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	running = false;
}
