// SPDX-License-Identifier: GPL-2.0-only
/*
 * What devices of a cell need of others. No reference to what is not in the cell's tree is copied
 * where the property is known to be one; what a driver may miss is said in a warning, which names
 * both. So is what Linux' devices need of the cell's.
 */
#include <stdlib.h>
#include <string.h>
#include "guest_tree_parts.h"

#define REMEDY									\
	"see that it is kept as the device needs it, or name it in 'devices' of this cell too"

/*
 * Properties that refer to other nodes. A name ends or begins with * where it is a pattern; at the
 * end it stands for digits.
 */
static const struct reference_property {
	const char *name;
	const char *cells;	/* of the provider, how many follow the phandle; NULL: @fixed */
	uint32_t fixed;
	const char *names;	/* the property that goes with it, or NULL */
	const char *loss;	/* what the device misses without it; NULL: it does without */
} reference_properties[] = {
	{ "power-domains", "#power-domain-cells", 0, "power-domain-names", "power domain" },
	{ "resets", "#reset-cells", 0, "reset-names", "reset line" },
	{ "pinctrl-*", NULL, 0, "pinctrl-names", "choice of pins" },
	{ "dmas", "#dma-cells", 0, "dma-names", "DMA channel" },
	{ "gpios", "#gpio-cells", 0, NULL, "GPIO" },
	{ "*-gpios", "#gpio-cells", 0, NULL, "GPIO" },
	{ "gpio", "#gpio-cells", 0, NULL, "GPIO" },
	{ "*-gpio", "#gpio-cells", 0, NULL, "GPIO" },
	{ "gpio-ranges", NULL, 3, NULL, "set of pins" },
	{ "*-supply", NULL, 0, NULL, "supply" },
	{ "phys", "#phy-cells", 0, "phy-names", "PHY" },
	{ "phy-handle", NULL, 0, NULL, "PHY" },
	{ "usb-phy", NULL, 0, NULL, "PHY" },
	{ "interconnects", "#interconnect-cells", 0, "interconnect-names", "path to memory" },
	{ "mboxes", "#mbox-cells", 0, "mbox-names", "mailbox" },
	{ "nvmem-cells", "#nvmem-cell-cells", 0, "nvmem-cell-names", "stored value" },
	{ "io-channels", "#io-channel-cells", 0, "io-channel-names", "measured channel" },
	{ "pwms", "#pwm-cells", 0, "pwm-names", "PWM" },
	{ "hwlocks", "#hwlock-cells", 0, "hwlock-names", "hardware lock" },
	{ "mux-controls", "#mux-control-cells", 0, "mux-control-names", "multiplexer" },
	{ "sound-dai", "#sound-dai-cells", 0, NULL, "audio interface" },
	{ "memory-region", NULL, 0, "memory-region-names", "reserved memory" },
	{ "mmc-pwrseq", NULL, 0, NULL, "power sequence" },
	{ "extcon", NULL, 0, NULL, "connector" },
	{ "backlight", NULL, 0, NULL, "backlight" },
	{ "panel", NULL, 0, NULL, "panel" },
	{ "syscon", NULL, 0, NULL, "system controller" },
	{ "remote-endpoint", NULL, 0, NULL, "other end of a link" },
	{ "iommus", "#iommu-cells", 0, NULL, NULL },
	{ "msi-parent", "#msi-cells", 0, NULL, NULL },
	{ "thermal-sensors", "#thermal-sensor-cells", 0, NULL, NULL },
	{ "cooling-device", "#cooling-cells", 2, NULL, NULL },
	{ "operating-points-v2", NULL, 0, NULL, NULL },
	{ "access-controllers", "#access-controller-cells", 0, "access-controller-names", NULL },
	{ "assigned-clocks", "#clock-cells", 0, "assigned-clock-rates", NULL },
	{ "assigned-clock-parents", "#clock-cells", 0, NULL, NULL },
	{ "interrupt-affinity", NULL, 0, NULL, NULL },
};

#define REFERENCE_PROPERTIES	(sizeof(reference_properties) / sizeof(reference_properties[0]))

static bool pattern_fits(const char *pattern, const char *name)
{
	const size_t length = strlen(pattern), name_length = strlen(name);

	if (pattern[0] == '*')
		return name_length >= length &&
		       !strcmp(name + name_length - (length - 1), pattern + 1);
	if (pattern[length - 1] != '*')
		return !strcmp(pattern, name);
	return !strncmp(name, pattern, length - 1) && name_length >= length &&
	       strspn(name + length - 1, "0123456789") == name_length - (length - 1);
}

/* A hog's `gpios` name lines of the controller that it stands below. */
static const struct reference_property *reference_property(const struct tree *t, uint32_t node,
							   const char *name)
{
	if (!strcmp(name, "gpios") && node_has(t, node, "gpio-hog"))
		return NULL;
	for (size_t i = 0; i < REFERENCE_PROPERTIES; i++)
		if (pattern_fits(reference_properties[i].name, name))
			return &reference_properties[i];
	return NULL;
}

/*
 * Is all that the property refers to in the cell's tree? Else r->provider is what is not, or
 * TREE_NONE where the board has no such thing either.
 */
static bool resolves(const struct guest *g, uint32_t node, const char *name,
		     const struct reference_property *p, struct tree_reference *r)
{
	int length;
	const fdt32_t *cells = tree_property(g->t, node, name, &length);
	const uint32_t total = cells ? (uint32_t)length / 4 : 0;

	for (uint32_t at = 0; at < total;) {
		if (!tree_next_reference(g->t, cells, total, &at, p->cells, p->fixed, r)) {
			r->provider = TREE_NONE;
			return false;
		}
		if (r->phandle && g->parts[r->provider] == PART_ABSENT)
			return false;
	}
	return true;
}

/* `reset-names` and the like go when what they name goes. */
static bool names_nothing(const struct guest *g, uint32_t node, const char *name)
{
	struct tree_reference r;

	if (!strcmp(name, "clock-names"))
		return node_has(g->t, node, "clocks") && !clocks_readable(g, node);
	for (size_t i = 0; i < REFERENCE_PROPERTIES; i++) {
		const struct reference_property *p = &reference_properties[i];
		const char *named = p->name[strlen(p->name) - 1] == '*' ? "pinctrl-0" : p->name;

		if (p->names && !strcmp(p->names, name) && !resolves(g, node, named, p, &r))
			return true;
	}
	return false;
}

static void warn_of_loss(struct guest *g, uint32_t node, const char *name,
			 const struct reference_property *p, const struct tree_reference *r)
{
	const struct place at = messages_place(g->m, g->cell->name, "devices");
	char path[TREE_PATH_MAX], provider[TREE_PATH_MAX], owner[64];

	tree_path(g->t, node, path);
	if (!p->loss || (p->name[strlen(p->name) - 1] == '*' && strcmp(name, "pinctrl-0") != 0))
		return;
	if (r->provider == TREE_NONE)
		messages_warn_at(g->m, at, SAY(g, path, "its '%s' names what the board's tree has "
					       "not; it is left out of the cell's", name));
	else
		messages_warn_at(g->m, at,
				 SAY(g, path, "its %s ('%s') is '%s', which %s; " REMEDY, p->loss,
				     name, tree_path(g->t, r->provider, provider),
				     owner_words(g, r->provider, owner)));
}

bool reference_survives(struct guest *g, uint32_t node, const char *name)
{
	const struct reference_property *p = reference_property(g->t, node, name);
	struct tree_reference r;

	if (p && !resolves(g, node, name, p, &r)) {
		warn_of_loss(g, node, name, p, &r);
		return false;
	}
	return !names_nothing(g, node, name);
}

/* What a bus before the device needs is no property of the device, and yet the device's need. */
static void warn_of_bus(struct guest *g, uint32_t device, uint32_t bus, const char *need,
			const char *need_cells)
{
	char path[TREE_PATH_MAX], bus_path[TREE_PATH_MAX], provider[TREE_PATH_MAX], owner[64];
	uint32_t first = 0;
	int length;
	const fdt32_t *cells = tree_property(g->t, bus, need, &length);
	struct tree_reference r;

	if (!cells ||
	    !tree_next_reference(g->t, cells, (uint32_t)length / 4, &first, need_cells, 0, &r) ||
	    !r.phandle || clock_is_fixed(g->t, &r) || g->parts[r.provider] != PART_ABSENT)
		return;
	messages_warn_at(g->m, messages_place(g->m, g->cell->name, "devices"),
			 SAY(g, tree_path(g->t, device, path),
			     "the bus '%s' before it needs '%s' ('%s'), which %s; "
			     "see that it is kept on", tree_path(g->t, bus, bus_path),
			     tree_path(g->t, r.provider, provider), need,
			     owner_words(g, r.provider, owner)));
}

static uint64_t number_at(const fdt32_t *cells, uint32_t count)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < count; i++)
		value = value << 32 | fdt32_ld(&cells[i]);
	return value;
}

/* Do devices on @bus reach memory at other addresses than CPUs do? */
static bool shifts_dma(const struct tree *t, uint32_t bus)
{
	const uint32_t na = t->nodes[bus].address_cells, ns = t->nodes[bus].size_cells;
	const uint32_t pna = t->nodes[t->nodes[bus].parent].address_cells;
	/* Of PCI's three cells the first is the kind of space. */
	const uint32_t skip = na == 3;
	int length;
	const fdt32_t *cells = tree_property(t, bus, "dma-ranges", &length);

	if (!cells || na > 3 || ns > 2 || pna > 2 || !(na + ns + pna))
		return false;
	for (uint32_t left = (uint32_t)length / 4; left >= na + pna + ns; left -= na + pna + ns) {
		if (number_at(cells + skip, na - skip) != number_at(cells + na, pna))
			return true;
		cells += na + pna + ns;
	}
	return false;
}

/* The cell's tree has no such bus, so that its driver will not know. */
static void warn_of_shift(struct guest *g, uint32_t device, uint32_t bus)
{
	char path[TREE_PATH_MAX], bus_path[TREE_PATH_MAX];

	if (shifts_dma(g->t, bus))
		messages_warn_at(g->m, messages_place(g->m, g->cell->name, "devices"),
				 SAY(g, tree_path(g->t, device, path),
				     "the bus '%s' before it shifts the addresses of DMA "
				     "('dma-ranges'), which the cell's tree does not tell; use the "
				     "device without DMA", tree_path(g->t, bus, bus_path)));
}

void warn_of_buses(struct guest *g, uint32_t device)
{
	for (uint32_t at = g->t->nodes[device].parent; at; at = g->t->nodes[at].parent) {
		warn_of_bus(g, device, at, "clocks", "#clock-cells");
		warn_of_bus(g, device, at, "power-domains", "#power-domain-cells");
		warn_of_bus(g, device, at, "resets", "#reset-cells");
		warn_of_shift(g, device, at);
	}
}

/* Who needs a device of the cell's. */
struct dependants {
	uint32_t count;
	uint32_t first, last;	/* nodes */
	const char *property;	/* of the first */
};

/* The device that the cell was given, of which @node is a part; TREE_NONE: it is not the cell's. */
static uint32_t given_device(const struct guest *g, uint32_t node)
{
	while (g->parts[node] == PART_CHILD)
		node = g->t->nodes[node].parent;
	return g->parts[node] == PART_DEVICE ? node : TREE_NONE;
}

static bool used_by_linux(const struct guest *g, uint32_t node)
{
	const char *type = tree_string(g->t, node, "device_type");

	if (g->parts[node] != PART_ABSENT || (type && !strcmp(type, "cpu")) || other_owner(g, node))
		return false;
	while (node != TREE_NONE && tree_available(g->t, node))
		node = g->t->nodes[node].parent;
	return node == TREE_NONE;
}

/* Links have two ends, and the cell's has been warned of. */
static const struct reference_property *need(const struct guest *g, uint32_t node, const char *name)
{
	static const struct reference_property clocks = { "clocks", "#clock-cells", 0, NULL,
							  "clock" };
	const struct reference_property *p = reference_property(g->t, node, name);

	if (!strcmp(name, clocks.name))
		return &clocks;
	return p && p->loss && strcmp(name, "remote-endpoint") != 0 ? p : NULL;
}

static void count_needs(const struct guest *g, uint32_t node, const char *name,
			struct dependants *all)
{
	const struct reference_property *p = need(g, node, name);
	uint32_t device, at = 0;
	struct tree_reference r;
	int length;
	const fdt32_t *cells = tree_property(g->t, node, name, &length);
	const uint32_t total = cells ? (uint32_t)length / 4 : 0;

	while (p && tree_next_reference(g->t, cells, total, &at, p->cells, p->fixed, &r)) {
		device = r.phandle ? given_device(g, r.provider) : TREE_NONE;
		if (device == TREE_NONE || all[device].last == node)
			continue;
		if (!all[device].count++) {
			all[device].first = node;
			all[device].property = name;
		}
		all[device].last = node;
	}
}

static void warn_of_those(struct guest *g, uint32_t device, const struct dependants *d)
{
	char path[TREE_PATH_MAX], other[TREE_PATH_MAX], more[48] = "";

	if (d->count > 1)
		snprintf(more, sizeof(more), ", and %u more need it", d->count - 1);
	messages_warn_at(g->m, messages_place(g->m, g->cell->name, "devices"),
			 SAY(g, tree_path(g->t, device, path),
			     "'%s', which stays with Linux, needs it ('%s')%s; "
			     "see that it is kept as it is needed, or leave it to Linux",
			     tree_path(g->t, d->first, other), d->property, more));
}

void warn_of_dependants(struct guest *g)
{
	struct dependants *all = calloc(g->t->count, sizeof(*all));
	int property;

	if (!all) {
		g->error = -FDT_ERR_NOSPACE;
		return;
	}
	for (uint32_t node = 1; node < g->t->count; node++) {
		if (!used_by_linux(g, node))
			continue;
		fdt_for_each_property_offset(property, g->t->fdt, g->t->nodes[node].offset) {
			const char *name = NULL;

			if (fdt_getprop_by_offset(g->t->fdt, property, &name, NULL) && name)
				count_needs(g, node, name, all);
		}
	}
	for (uint32_t node = 1; node < g->t->count; node++)
		if (all[node].count)
			warn_of_those(g, node, &all[node]);
	free(all);
}
