// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a program ended.
 */
#include <errno.h>
#include <sys/wait.h>
#include "process.h"

bool process_ended_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
