// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of a Linux that is over as soon as it is up. How is said behind "--" on the kernel's command line:
 *
 *	reboot		at once
 *	hotplug		reboots with its second CPU taken off
 *	halt		switches off
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

static int take_cpu_off(void)
{
	int file;

	mkdir("/sys", 0755);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL))
		return -1;
	file = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY);
	return write(file, "0", 1) == 1 ? 0 : -1;
}

int main(int argc, char **argv)
{
	/* Before it stand words that the kernel did not know for its own. */
	const char *how = argv[argc - 1];

	if (getpid() != 1) {
		fputs("this is for the first process of a Linux in a cell\n", stderr);
		return 2;
	}
	/* Where it goes wrong the kernel panics, and without panic=-1 stays so. */
	if (!strcmp(how, "hotplug") && take_cpu_off() == 0)
		reboot(RB_AUTOBOOT);
	else if (!strcmp(how, "reboot"))
		reboot(RB_AUTOBOOT);
	else if (!strcmp(how, "halt"))
		reboot(RB_POWER_OFF);
	return 1;
}
