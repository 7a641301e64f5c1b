// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux' devices know their node in the board's tree, PCI functions are known by their place; those with a driver are in use. A device
 * without one is taken as free: nothing in Linux touches it until a driver is bound.
 */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <config/pci.h>
#include "cli.h"
#include "in_use.h"

#define LIVE_TREE	"/sys/firmware/devicetree/base"

static bool last_part(const char *link, char *name, size_t size)
{
	char target[PATH_MAX];

	if (!realpath(link, target))
		return false;
	snprintf(name, size, "%s", strrchr(target, '/') + 1);
	return true;
}

static const struct cell_device *function_of(const struct cell *cell, const struct tree *t,
					     const char *id)
{
	char name[PCI_NAME_SIZE];
	struct pci_function f;

	for (uint32_t i = 0; i < cell->device_count; i++)
		if (pci_function(t, cell->devices[i].node, &f) && !strcmp(pci_name(t, &f, name), id))
			return &cell->devices[i];
	return NULL;
}

static const struct cell_device *device_of(const struct cell *cell, const char *of_node)
{
	char target[PATH_MAX];
	const char *base;

	if (!realpath(of_node, target))
		return NULL;
	base = strstr(target, LIVE_TREE "/");
	for (uint32_t i = 0; base && i < cell->device_count; i++)
		if (!strcmp(base + strlen(LIVE_TREE), cell->devices[i].path))
			return &cell->devices[i];
	return NULL;
}

static void refuse(const struct cell *cell, const struct cell_device *device, const char *bus,
		   const char *driver, const char *id, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, "devices");
	char path[64 + NAME_MAX], rooted[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/%s/drivers/%s/unbind", bus, driver);
	if (access(system_path(path, rooted), F_OK) == 0)
		messages_error_at(m, at,
				  "cell '%s': device '%s' is in use by driver '%s'; unbind it "
				  "first: echo %s > %s",
				  cell->name, device->path, driver, id, path);
	else
		messages_error_at(
			m, at,
			"cell '%s': device '%s' is in use by driver '%s', which cannot be unbound; "
			"boot Linux with status = \"disabled\" in that node of its device tree",
			cell->name, device->path, driver);
}

static void check_device(const struct cell *cell, const struct tree *t, const char *bus,
			 const char *directory, const char *id, struct messages *m)
{
	const struct cell_device *device;
	char link[PATH_MAX + NAME_MAX + 16], driver[NAME_MAX + 1];

	snprintf(link, sizeof(link), "%s/%s/of_node", directory, id);
	device = !strcmp(bus, "pci") ? function_of(cell, t, id) : device_of(cell, link);
	if (!device)
		return;
	snprintf(link, sizeof(link), "%s/%s/driver", directory, id);
	if (last_part(link, driver, sizeof(driver)))
		refuse(cell, device, bus, driver, id, m);
}

static void check_bus(const struct cell *cell, const struct tree *t, const char *bus,
		      struct messages *m)
{
	char path[64], directory[PATH_MAX];
	struct dirent *entry;
	DIR *devices;

	snprintf(path, sizeof(path), "/sys/bus/%s/devices", bus);
	devices = opendir(system_path(path, directory));
	if (!devices)
		return;
	while ((entry = readdir(devices)))
		if (entry->d_name[0] != '.')
			check_device(cell, t, bus, directory, entry->d_name, m);
	closedir(devices);
}

void refuse_devices_in_use(const struct cell *cell, const struct tree *t, struct messages *m)
{
	if (!cell->device_count)
		return;
	/* What has registers of its own is on one of these. */
	check_bus(cell, t, "platform", m);
	check_bus(cell, t, "amba", m);
	check_bus(cell, t, "pci", m);
}
