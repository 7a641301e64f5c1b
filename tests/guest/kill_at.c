// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a command and send it SIGKILL, or the signal of that number, at its N-th step, a step being
 * the entry to or the return from an ioctl: the moments between which the state of the system
 * changes.
 *
 *	kill_at N[:SIGNAL] COMMAND [ARGUMENT]...
 *
 * Exit 137 if it was killed; else the command had fewer steps or outlived it, and its own status.
 */
#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static int in_ioctl(pid_t child)
{
	struct user_regs_struct regs;
	struct iovec iov = { &regs, sizeof(regs) };

	return ptrace(PTRACE_GETREGSET, child, (void *)NT_PRSTATUS, &iov) == 0 &&
	       regs.regs[8] == SYS_ioctl;
}

int main(int argc, char **argv)
{
	const char *colon = argc > 2 ? strchr(argv[1], ':') : NULL;
	const int deadly = colon ? atoi(colon + 1) : SIGKILL;
	long step = argc > 2 ? atol(argv[1]) : -1;
	int status;
	pid_t child;

	if (step < 0) {
		fprintf(stderr, "usage: kill_at N[:SIGNAL] COMMAND [ARGUMENT]...\n");
		return 2;
	}
	child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	for (int signal = 0;;) {
		ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)signal);
		if (waitpid(child, &status, 0) != child)
			return 1;
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
			continue;
		}
		signal = 0;
		if (in_ioctl(child) && step-- == 0)
			kill(child, deadly);
	}
}
