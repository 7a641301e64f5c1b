// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another kernel in place of the one that runs, as kexec-tools do it, but for where things lie: that is said here.
 *
 *	kexec load ADDRESS KERNEL INITRD TREE	for `kexec now`; each part lies 64 MiB behind the one before
 *	kexec panic ADDRESS KERNEL INITRD TREE	for a panic, in the memory that crashkernel= has reserved
 *	kexec now				starts it
 *
 * The tree names the initrd at ADDRESS + 64 MiB.
 */
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define APART		(64ul << 20)
#define PAGE		4096ul
#define KERNEL_SIZE_AT	16	/* in its header: with what it has no bytes for in its file */

/* What lies in front of a kernel that kexec starts with all registers unknown. */
struct start {
	uint32_t code[4];
	uint64_t tree, kernel;
};

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static struct kexec_segment segment_of(const char *path, unsigned long address)
{
	struct kexec_segment segment;
	struct stat about;
	int file = open(path, O_RDONLY);
	void *content;

	must(file >= 0 && !fstat(file, &about), path);
	content = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	must(content != MAP_FAILED, path);
	segment.buf = content;
	segment.bufsz = (size_t)about.st_size;
	segment.mem = (void *)address;
	segment.memsz = (segment.bufsz + PAGE - 1) & -PAGE;
	return segment;
}

static int load(unsigned long flags, unsigned long address, char **paths)
{
	static struct start start = { .code = {
		0x58000080,	/* ldr x0, tree */
		0x580000b0,	/* ldr x16, kernel: 8 bytes further, one instruction later */
		0xd61f0200,	/* br  x16 */
		0xd503201f,	/* nop */
	} };
	struct kexec_segment parts[4];
	uint64_t kernel_size;

	for (unsigned int part = 0; part < 3; part++)
		parts[part] = segment_of(paths[part], address + part * APART);
	memcpy(&kernel_size, (const char *)parts[0].buf + KERNEL_SIZE_AT, sizeof(kernel_size));
	parts[0].memsz = (kernel_size + PAGE - 1) & -PAGE;
	start.kernel = address;
	start.tree = address + 2 * APART;
	parts[3].buf = &start;
	parts[3].bufsz = sizeof(start);
	parts[3].mem = (void *)(address + 2 * APART + (16ul << 20));
	parts[3].memsz = PAGE;
	must(!syscall(SYS_kexec_load, (unsigned long)parts[3].mem, 4ul, parts, flags | KEXEC_ARCH_AARCH64),
	     "kexec_load");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6 && (!strcmp(argv[1], "load") || !strcmp(argv[1], "panic")))
		return load(!strcmp(argv[1], "panic") ? KEXEC_ON_CRASH : 0, strtoul(argv[2], NULL, 0), argv + 3);
	if (argc == 2 && !strcmp(argv[1], "now")) {
		sync();
		must(!syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL),
		     "reboot");
	}
	fprintf(stderr, "usage: kexec load|panic ADDRESS KERNEL INITRD TREE | kexec now\n");
	return 2;
}
