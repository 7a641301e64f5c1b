// SPDX-License-Identifier: GPL-2.0-only
/*
 * The preconditions of `partita enable`, one function each: what is there, and what to do where it
 * is not. They look and change nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "cli.h"
#include "image.h"
#include "preconditions.h"
#include "sysfs.h"

#define ENOUGH_PA_BITS	40	/* no board that is accepted has more: PT_ADDRESS_LIMIT */

__attribute__((format(printf, 4, 5))) static struct finding *
find(struct check *c, const char *name, enum verdict verdict, const char *format, ...)
{
	struct finding *f = &c->findings[c->count < MAX_FINDINGS - 1 ? c->count++ : c->count];
	va_list args;

	*f = (struct finding){ .name = name, .verdict = verdict };
	va_start(args, format);
	vsnprintf(f->found, sizeof(f->found), format, args);
	va_end(args);
	return f;
}

__attribute__((format(printf, 2, 3)))
static void remedy(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->remedy, sizeof(f->remedy), format, args);
	va_end(args);
}

static void check_processor(struct check *c)
{
	struct utsname name;

	uname(&name);
	if (!strcmp(name.machine, "aarch64"))
		find(c, "processor", OK, "arm64");
	else
		remedy(find(c, "processor", MISSING, "%s", name.machine),
		       "this version of Partita is for arm64");
}

/* What the kernel said at boot, for the time before the driver is loaded and can tell. */
static const char *el2_by_kernel_log(void)
{
	const int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	const char *el2 = "";
	char record[8192];
	ssize_t got;

	while (log >= 0 && ((got = read(log, record, sizeof(record) - 1)) > 0 || errno == EPIPE)) {
		record[got > 0 ? got : 0] = '\0';
		if (strstr(record, "All CPU(s) started at EL1"))
			el2 = "none";
		else if (strstr(record, "All CPU(s) started at EL2") && !*el2)
			el2 = "stub";
		else if (strstr(record, "Virtualization Host Extensions") ||
			 strstr(record, "VHE mode initialized"))
			el2 = "vhe";
	}
	if (log >= 0)
		close(log);
	return el2;
}

static void check_el2(struct check *c)
{
	char el2[16];

	if (!sysfs_text(el2, sizeof(el2), "el2") || !*el2)
		snprintf(el2, sizeof(el2), "%s", el2_by_kernel_log());
	if (c->enabled)
		find(c, "EL2", OK, "the hypervisor is there");
	else if (!strcmp(el2, "stub"))
		find(c, "EL2", OK, "the kernel runs at EL1 and its stub holds EL2");
	else if (!strcmp(el2, "vhe"))
		remedy(find(c, "EL2", MISSING, "the kernel itself runs at EL2 (VHE)"),
		       "boot it with: id_aa64mmfr1.vh=0 kvm-arm.mode=none");
	else if (!strcmp(el2, "none"))
		remedy(find(c, "EL2", MISSING, "the kernel was started at EL1"),
		       "firmware or boot loader must start it at EL2 (QEMU: -machine "
		       "virtualization=on)");
	else
		remedy(find(c, "EL2", UNKNOWN, "cannot tell"),
		       "load the driver, which knows: modprobe partita");
}

static void check_physical_addresses(struct check *c)
{
	const unsigned int bits = (unsigned int)sysfs_number("pa_bits");
	const uint64_t end = board_end(&c->board.board);

	if (!bits)
		remedy(find(c, "physical addresses", UNKNOWN, "cannot tell"),
		       "load the driver, which knows: modprobe partita");
	else if (bits >= ENOUGH_PA_BITS || (end && end <= 1ull << bits))
		find(c, "physical addresses", OK, "%u bits (PARange)", bits);
	else if (!end)
		find(c, "physical addresses", UNKNOWN,
		     "%u bits (PARange); enough or not is not known without a fit device tree",
		     bits);
	else
		remedy(find(c, "physical addresses", MISSING,
			    "%u bits (PARange), and the board ends at 0x%llx", bits,
			    (unsigned long long)end),
		       "memory and interrupt controller must be where every CPU reaches them");
}

static void check_tree(struct check *c, const struct messages *m)
{
	const char *model;

	if (!c->has_tree) {
		remedy(find(c, "device tree", geteuid() ? UNKNOWN : MISSING, "%s cannot be read",
			    BOARD_TREE),
		       geteuid() ? "run this as root"
				 : "boot with a device tree (with ACPI, try acpi=off)");
		return;
	}
	model = tree_string(&c->tree, 0, "model");
	if (!m->errors)
		find(c, "device tree", OK, "%s", model ? model : "a board without a name");
	else
		remedy(find(c, "device tree", MISSING, "%s is not fit",
			    model ? model : "this board"),
		       "%s%s", m->count ? m->lines[0] : "out of memory",
		       m->errors > 1 ? " (and more)" : "");
}

static void check_gic(struct check *c)
{
	const char *name;
	uint32_t node;
	const uint32_t version = c->has_tree ? board_gic_version(&c->tree, &node, &name) : 0;

	if (version >= 2)
		find(c, "interrupt controller", OK, "GICv%u", version);
	else if (c->has_tree)
		remedy(find(c, "interrupt controller", MISSING, "no GICv2 or GICv3 in the device tree"),
		       "this version of Partita needs a board with one (QEMU: -machine "
		       "gic-version=3)");
	else
		find(c, "interrupt controller", UNKNOWN, "cannot tell without a device tree");
}

static void check_psci(struct check *c)
{
	const char *method = NULL;
	uint32_t node;

	if (!c->has_tree) {
		find(c, "PSCI", UNKNOWN, "cannot tell without a device tree");
		return;
	}
	node = tree_find_compatible(&c->tree, TREE_NONE, "arm,psci-0.2");
	if (node == TREE_NONE)
		node = tree_find_compatible(&c->tree, TREE_NONE, "arm,psci-1.0");
	if (node != TREE_NONE)
		method = tree_string(&c->tree, node, "method");
	if (method && !strcmp(method, "smc"))
		find(c, "PSCI", OK, "by SMC");
	else if (method)
		remedy(find(c, "PSCI", MISSING, "by '%s'", method),
		       "PSCI must be called by SMC; with HVC, another hypervisor is already below");
	else
		remedy(find(c, "PSCI", MISSING, "none in the device tree"),
		       "firmware must offer PSCI 0.2 or later to start and stop CPUs");
}

/* A CPU that belongs to a cell is not online in Linux, and shall not be. */
static bool belongs_to_cell(unsigned int cpu)
{
	return sysfs_number("cpus/cpu%u/cell", cpu) != PT_ROOT_CELL;
}

static void check_cpus(struct check *c)
{
	char online[256] = "", present[256] = "", missing[256] = "";
	unsigned int count = 0;

	file_read_line("/sys/devices/system/cpu/online", online, sizeof(online));
	file_read_line("/sys/devices/system/cpu/present", present, sizeof(present));
	for (unsigned int cpu = 0; cpu < PT_MAX_CPUS; cpu++) {
		if (!in_cpu_list(present, cpu))
			continue;
		count++;
		if (!in_cpu_list(online, cpu) && !belongs_to_cell(cpu))
			add_to_cpu_list(missing, sizeof(missing), cpu);
	}
	if (!count)
		find(c, "CPUs", UNKNOWN, "the kernel does not tell");
	else if (*missing)
		remedy(find(c, "CPUs", MISSING, "%u, of which %s offline", count, missing),
		       "bring each back: echo 1 > /sys/devices/system/cpu/cpuN/online");
	else
		find(c, "CPUs", OK, "%u, all taking part", count);
}

static void check_image(struct check *c, const char *path)
{
	const char *problem;
	char size[32];

	if (!file_read(path, &c->image)) {
		remedy(find(c, "hypervisor image", MISSING, "%s: %s", path, strerror(errno)),
		       "install it (make install), or name another: partita enable --image FILE");
		return;
	}
	problem = image_problem(&c->image);
	if (problem) {
		remedy(find(c, "hypervisor image", MISSING, "%s %s", path, problem),
		       "install it again");
		free(c->image.bytes);
		c->image = (struct buffer){ 0 };
		return;
	}
	find(c, "hypervisor image", OK, "%s, %s", path, size_words(c->image.size, size));
}

static bool meminfo(const char *key, uint64_t *bytes)
{
	char path[PATH_MAX], *line;
	struct buffer text;
	bool found;

	if (!file_read(system_path("/proc/meminfo", path), &text))
		return false;
	line = strstr(text.bytes, key);
	found = line && line[strlen(key)] == ':';
	if (found)
		*bytes = strtoull(line + strlen(key) + 1, NULL, 10) * 1024;
	free(text.bytes);
	return found;
}

static void check_memory(struct check *c)
{
	const struct pt_system *s = board_system(&c->board.board);
	uint64_t available = 0, needed = 0;
	char have[32], need[32];

	if (!meminfo("CmaFree", &available)) {
		remedy(find(c, "contiguous memory", MISSING, "this kernel has no CMA"),
		       "boot it with cma=64M, or use a kernel built with CONFIG_DMA_CMA");
		return;
	}
	if (c->image.size && !c->enabled)
		needed = image_memory(&c->image, s->cpus.count ? s->cpus.count : 1);
	if (available >= needed)
		find(c, "contiguous memory", OK, "%s free in CMA", size_words(available, have));
	else
		remedy(find(c, "contiguous memory", MISSING,
			    "%s free in CMA, and the hypervisor takes %s",
			    size_words(available, have), size_words(needed, need)),
		       "boot Linux with a larger cma=, like cma=128M");
}

static void check_driver(struct check *c)
{
	char version[16], path[PATH_MAX];

	if (!driver_loaded() && access(system_path("/dev/partita", path), F_OK))
		remedy(find(c, "driver", MISSING, "not loaded"), "modprobe partita");
	else if (sysfs_text(version, sizeof(version), "abi_version") &&
		 atoi(version) != PT_ABI_VERSION)
		remedy(find(c, "driver", MISSING, "has interface version %s, this command %d",
			    version, PT_ABI_VERSION),
		       "install both from one build");
	else
		find(c, "driver", OK, "loaded");
}

/*
 * Does the process hold a virtual machine of KVM ("kvm-vm") or a CPU of one ("kvm-vcpu:N")? Either
 * keeps the guest alive. Its files are readable by root alone.
 */
static bool holds_guest(const char *pid)
{
	static const char guest[] = "anon_inode:kvm-v";
	char path[32 + NAME_MAX], rooted[PATH_MAX], target[64];
	struct dirent *entry;
	bool found = false;
	DIR *files;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	files = opendir(system_path(path, rooted));
	if (!files)
		return false;
	while (!found && (entry = readdir(files))) {
		const ssize_t length =
			readlinkat(dirfd(files), entry->d_name, target, sizeof(target) - 1);

		target[length > 0 ? length : 0] = '\0';
		found = !strncmp(target, guest, strlen(guest));
	}
	closedir(files);
	return found;
}

static void check_kvm(struct check *c)
{
	struct dirent *entry;
	char path[64 + NAME_MAX], rooted[PATH_MAX], name[64] = "";
	DIR *processes = opendir(system_path("/proc", rooted));

	while (processes && (entry = readdir(processes)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		    holds_guest(entry->d_name)) {
			snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
			file_read_line(path, name, sizeof(name));
			remedy(find(c, "KVM", MISSING, "process %s (%s) runs a guest",
				    entry->d_name, name),
			       "end it first; KVM and Partita both need EL2");
			closedir(processes);
			return;
		}
	if (processes)
		closedir(processes);
	if (geteuid())
		remedy(find(c, "KVM", UNKNOWN, "cannot see other users' processes"),
		       "run this as root");
	else
		find(c, "KVM", OK, "no guest runs");
}

static void check_all(struct check *c, const char *image, const struct messages *m)
{
	check_processor(c);
	check_el2(c);
	check_physical_addresses(c);
	check_tree(c, m);
	check_gic(c);
	check_psci(c);
	check_cpus(c);
	check_kvm(c);
	check_driver(c);
	check_image(c, image);
	check_memory(c);
}

/* The tree is looked at even where it is not that of a fit board: to say all that is missing. */
void preconditions_check(struct check *c, const char *image)
{
	struct messages m;

	messages_init(&m, BOARD_TREE);
	c->enabled = hypervisor_enabled();
	if (running_board_read_quietly(&c->board, false, &m))
		c->has_tree = tree_open(&c->tree, c->board.tree.bytes, c->board.tree.size) == NULL;
	check_all(c, image, &m);
	messages_free(&m);
}

enum verdict overall(const struct check *c)
{
	enum verdict verdict = OK;

	for (unsigned int i = 0; i < c->count && verdict != MISSING; i++)
		if (c->findings[i].verdict != OK)
			verdict = c->findings[i].verdict;
	return verdict;
}

void preconditions_free(struct check *c)
{
	tree_close(&c->tree);
	running_board_free(&c->board);
	free(c->image.bytes);
}
