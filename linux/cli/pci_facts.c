// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux tells of PCI functions in sysfs, written by the PCI Bus Binding to IEEE 1275, for config/pci.c to read. Their
 * directories are nested as their buses are; the outermost hangs on a host bridge that is a node of the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libfdt.h>
#include <config/pci.h>
#include "cli.h"
#include "pci_facts.h"

#define LIVE_TREE	"/sys/firmware/devicetree/base"
#define DEVICES		"/sys/bus/pci/devices"
#define ROOM		1024		/* bytes of a tree that one function takes, and more */

#define BARS		6
#define COMMAND		0x04
#define INTX_OFF	(1 << 10)
#define CLASS		0x09
#define BRIDGE		0x0604
#define BAR		0x10
#define PIN		0x3d
#define HEADER		64		/* bytes that everyone may read */

struct function {
	char path[PATH_MAX];		/* in sysfs, without links */
	unsigned int domain, bus, device, number;
	uint8_t config[HEADER];
	unsigned long long start[BARS], end[BARS];
};

static uint32_t little(const uint8_t *bytes, unsigned int count)
{
	uint32_t value = 0;

	while (count--)
		value = value << 8 | bytes[count];
	return value;
}

static bool is_bridge(const struct function *f)
{
	return little(&f->config[CLASS + 1], 2) == BRIDGE;
}

static bool read_name(struct function *f, const char *name)
{
	return sscanf(name, "%x:%x:%x.%x", &f->domain, &f->bus, &f->device, &f->number) == 4 &&
	       f->bus < 256 && f->device < 32 && f->number < 8;
}

/* No byte more: there are functions that hang when some of the others are read. */
static bool read_header(struct function *f)
{
	char path[PATH_MAX + 16];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/config", f->path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = pread(fd, f->config, HEADER, 0);
	close(fd);
	return got == HEADER;
}

static bool read_resource(const struct function *f, struct buffer *content)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/resource", f->path);
	return file_read(path, content);
}

static bool read_function(struct function *f, const char *directory, const char *name)
{
	char link[PATH_MAX + NAME_MAX + 2];
	struct buffer resource;
	char *rest, *line;

	snprintf(link, sizeof(link), "%s/%s", directory, name);
	if (!realpath(link, f->path) || !read_name(f, name) || !read_header(f) ||
	    !read_resource(f, &resource))
		return false;
	rest = resource.bytes;
	for (unsigned int i = 0; i < BARS && (line = strsep(&rest, "\n")); i++)
		if (sscanf(line, "%llx %llx", &f->start[i], &f->end[i]) != 2)
			f->start[i] = 0;
	free(resource.bytes);
	return true;
}

/* The node of what is at @path, or below it as one of its functions. */
static int node_of(const void *fdt, const char *path)
{
	char link[PATH_MAX + 16], target[PATH_MAX];
	const char *base;

	snprintf(link, sizeof(link), "%s/of_node", path);
	if (!realpath(link, target))
		return -FDT_ERR_NOTFOUND;
	base = strstr(target, LIVE_TREE "/");
	return base ? fdt_path_offset(fdt, base + strlen(LIVE_TREE)) : -FDT_ERR_NOTFOUND;
}

/* Linux calls the directory of a root bus pciDDDD:BB; above it is the host bridge. */
static bool is_root_bus(const char *path)
{
	const char *name = strrchr(path, '/');
	unsigned int domain, bus;

	return name && sscanf(name, "/pci%x:%x", &domain, &bus) == 2;
}

static void cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

static void function_name(const struct function *f, char *name, size_t size)
{
	int length = snprintf(name, size, "pci%x,%x@%x", little(f->config, 2), little(&f->config[2], 2),
			      f->device);

	if (f->number)
		snprintf(name + length, size - (size_t)length, ",%x", f->number);
}

/* The node that this function's is below, by what has been added; and the domain, where the tree leaves it to Linux. */
static int parent_of(void *fdt, const struct function *f)
{
	char path[PATH_MAX], name[64];
	struct function bridge = *f;
	int host, above;

	snprintf(path, sizeof(path), "%s", f->path);
	cut_last(path);
	if (is_root_bus(path)) {
		cut_last(path);
		host = node_of(fdt, path);
		if (host >= 0 && !fdt_getprop(fdt, host, "linux,pci-domain", NULL) &&
		    fdt_setprop_u32(fdt, host, "linux,pci-domain", f->domain))
			return -FDT_ERR_NOSPACE;
		return host;
	}
	snprintf(bridge.path, sizeof(bridge.path), "%s", path);
	if (!read_name(&bridge, strrchr(path, '/') + 1) || !read_header(&bridge))
		return -FDT_ERR_NOTFOUND;
	above = node_of(fdt, path);
	if (above >= 0)
		return above;
	above = parent_of(fdt, &bridge);
	function_name(&bridge, name, sizeof(name));
	return above < 0 ? above : fdt_subnode_offset(fdt, above, name);
}

static unsigned int add_bar(const struct function *f, unsigned int n, fdt32_t cells[5])
{
	const uint32_t low = little(&f->config[BAR + 4 * n], 4);
	const bool wide = (low & 6) == 4 && n + 1 < BARS;
	const uint32_t high = wide ? little(&f->config[BAR + 4 * n + 4], 4) : 0;
	const unsigned long long size = f->end[n] - f->start[n] + 1;

	/* Ports, or nothing there, or without an address. */
	if ((low & 1) || !f->start[n] || f->end[n] <= f->start[n] || !((low & ~0xfu) | high))
		return 0;
	cells[0] = cpu_to_fdt32((wide ? 0x83000000 : 0x82000000) | f->bus << 16 | f->device << 11 |
				f->number << 8 | (BAR + 4 * n));
	cells[1] = cpu_to_fdt32(high);
	cells[2] = cpu_to_fdt32(low & ~0xfu);
	cells[3] = cpu_to_fdt32((uint32_t)(size >> 32));
	cells[4] = cpu_to_fdt32((uint32_t)size);
	return 5;
}

static int describe(void *fdt, int node, const struct function *f)
{
	const fdt32_t reg[5] = { cpu_to_fdt32(f->bus << 16 | f->device << 11 | f->number << 8) };
	char compatible[64];
	fdt32_t bars[5 * BARS];
	unsigned int count = 0, length;
	int error;

	length = (unsigned int)snprintf(compatible, sizeof(compatible), "pci%x,%x%cpciclass,%06x",
					little(f->config, 2), little(&f->config[2], 2), 0,
					little(&f->config[CLASS], 3)) + 1;
	error = fdt_setprop(fdt, node, "reg", reg, sizeof(reg));
	if (!error)
		error = fdt_setprop(fdt, node, "compatible", compatible, (int)length);
	if (!error && f->config[PIN])
		error = fdt_setprop_u32(fdt, node, "interrupts", f->config[PIN]);
	if (!error && (little(&f->config[COMMAND], 2) & INTX_OFF))
		error = fdt_setprop_empty(fdt, node, PCI_PIN_OFF);
	if (is_bridge(f)) {
		if (!error)
			error = fdt_setprop_string(fdt, node, "device_type", "pci");
		if (!error)
			error = fdt_setprop_u32(fdt, node, "#address-cells", 3);
		return error ? error : fdt_setprop_u32(fdt, node, "#size-cells", 2);
	}
	for (unsigned int n = 0; n < BARS; n++) {
		count += add_bar(f, n, &bars[count]);
		/* The upper half of a 64-bit one. */
		if ((little(&f->config[BAR + 4 * n], 4) & 7) == 4)
			n++;
	}
	return error ? error : fdt_setprop(fdt, node, "assigned-addresses", bars, (int)(count * 4));
}

static int add(void *fdt, const struct function *f)
{
	int node = node_of(fdt, f->path), parent;
	char name[64];

	/* The firmware may know of one that is soldered in. */
	if (node >= 0)
		return describe(fdt, node, f);
	parent = parent_of(fdt, f);
	/* A host bridge that the tree does not tell of: its functions stay with Linux. */
	if (parent < 0)
		return parent == -FDT_ERR_NOSPACE ? parent : 0;
	function_name(f, name, sizeof(name));
	node = fdt_add_subnode(fdt, parent, name);
	return node < 0 ? node : describe(fdt, node, f);
}

/* Sorted, what is behind a bridge comes after it, as a rule; a bus that is numbered otherwise stays with Linux. */
static int add_all(void *fdt, struct dirent **names, int count, const char *directory)
{
	struct function f;
	int error = 0;

	for (int i = 0; i < count && !error; i++)
		if (read_function(&f, directory, names[i]->d_name))
			error = add(fdt, &f);
	return error;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

void pci_facts_add(struct buffer *tree, struct messages *m)
{
	char directory[PATH_MAX];
	struct dirent **names;
	int count = scandir(system_path(DEVICES, directory), &names, is_visible, alphasort);
	const size_t size = tree->size + (count > 0 ? (size_t)count * ROOM : 0);
	void *fdt;
	int error;

	if (count < 0)
		return;
	fdt = size <= INT_MAX ? malloc(size) : NULL;
	/* What is no tree is told of by whoever reads it. */
	if (count && fdt && tree->size >= sizeof(struct fdt_header) &&
	    !fdt_check_full(tree->bytes, tree->size) && !fdt_open_into(tree->bytes, fdt, (int)size)) {
		error = add_all(fdt, names, count, directory);
		if (error) {
			messages_error(m, "PCI functions cannot be added to it: %s", fdt_strerror(error));
		} else {
			fdt_pack(fdt);
			free(tree->bytes);
			tree->bytes = fdt;
			tree->size = fdt_totalsize(fdt);
			fdt = NULL;
		}
	}
	free(fdt);
	while (count--)
		free(names[count]);
	free(names);
}
