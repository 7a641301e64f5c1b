// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of a cell. The hypervisor gives away whole pages and whole interrupts, so whatever lies
 * in the same page or on the same line must belong to the same cell, or the device cannot be given
 * at all.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include "devices.h"
#include "dma.h"
#include "pci.h"
#include "streams.h"
#include "words.h"

/* A device while it is resolved, and who else may want what it has. */
struct asking {
	struct cell *cell;
	const struct cell_device *d;
	const struct system *s;		/* NULL: nobody but Linux */
	const struct board *b;
	struct messages *m;
};

/* Starts each message: where the cell names its devices, the cell, and the device. */
#define SAY(a, format, ...)                                                                       \
	(a)->m, messages_place((a)->m, (a)->cell->name, "devices"),                               \
		"cell '%s': device '%s': " format, (a)->cell->name, (a)->d->path, ##__VA_ARGS__

#define PARTY_SIZE	(TREE_PATH_MAX + PT_NAME_SIZE + PLACE_WORDS_SIZE + 32)

bool cell_has_node(const struct cell *cell, uint32_t node)
{
	for (uint32_t i = 0; i < cell->device_count; i++)
		if (cell->devices[i].node == node)
			return true;
	return false;
}

static bool is_device(const struct tree *t, uint32_t node)
{
	static const char *const signs[] = {"reg", "interrupts", "interrupts-extended"};
	int length;

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (tree_property(t, node, signs[i], &length))
			return true;
	return false;
}

/* Behind the last slash, which every path has and a label or an alias has not. */
static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* The device whose own name is the closest, if it is close: on another bus, or misspelt. */
static uint32_t closest_device(const struct tree *t, const char *name)
{
	const char *meant = last_part(name);
	unsigned int closest = (unsigned int)strnlen(meant, 8) / 4 + 1;
	uint32_t best = TREE_NONE;

	for (uint32_t node = 1; node < t->count; node++) {
		const unsigned int far = words_distance(meant, tree_name(t, node));

		if (far < closest && is_device(t, node)) {
			closest = far;
			best = node;
		}
	}
	return best;
}

void device_unknown(const struct cell *cell, const struct board *b, const char *property,
		    const char *name, struct messages *m)
{
	const struct place at = messages_place(m, cell->name, property);
	uint32_t guess = name[0] == '/' ? tree_guess(&b->tree, name) : TREE_NONE;
	char path[TREE_PATH_MAX];

	if (strstr(name, ", ")) {
		messages_error_at(m, at,
				  "cell '%s': the board has no device '%s'; "
				  "each stands in quotes of its own, like \"/a\", \"/b\"",
				  cell->name, name);
		return;
	}
	if (strchr(name, ':')) {
		messages_error_at(m, at,
				  "cell '%s': the board has no PCI function '%s' behind a host bridge "
				  "with ECAM; lspci lists them, but not those that cells have, and a "
				  "tree for --board has them only if it comes from 'partita hardware "
				  "tree'", cell->name, name);
		return;
	}
	if (guess == TREE_NONE)
		guess = closest_device(&b->tree, name);
	if (guess != TREE_NONE)
		messages_error_at(m, at,
				  "cell '%s': the board has no device '%s'; did you mean '%s'?",
				  cell->name, name, tree_path(&b->tree, guess, path));
	else if (name[0] == '/')
		messages_error_at(m, at,
				  "cell '%s': the board has no device '%s'; "
				  "'partita config init' lists its devices",
				  cell->name, name);
	else
		messages_error_at(m, at,
				  "cell '%s': the board has no device '%s': its tree has no such "
				  "alias, nor label (few trees keep any); write the path, which "
				  "'partita config init' lists",
				  cell->name, name);
}

bool device_append(struct cell *cell, const struct board *b, uint32_t node, struct messages *m)
{
	struct cell_device *devices =
		realloc(cell->devices, (cell->device_count + 1) * sizeof(*devices));

	if (!devices) {
		messages_error(m, "out of memory");
		return false;
	}
	cell->devices = devices;
	devices[cell->device_count].node = node;
	tree_path(&b->tree, node, devices[cell->device_count++].path);
	return true;
}

/* A star stands for anything within one part of the path. */
bool device_matches(const struct tree *t, uint32_t node, const char *pattern)
{
	char path[TREE_PATH_MAX];

	return is_device(t, node) &&
	       !fnmatch(pattern, tree_path(t, node, path), FNM_PATHNAME | FNM_NOESCAPE);
}

static void add_matches(struct cell *cell, const struct board *b, const char *pattern,
			struct messages *m)
{
	bool found = false;

	for (uint32_t node = 1; node < b->tree.count; node++) {
		if (!device_matches(&b->tree, node, pattern))
			continue;
		found = true;
		if (!cell_has_node(cell, node) && !device_append(cell, b, node, m))
			return;
	}
	if (!found)
		messages_error_at(m, messages_place(m, cell->name, "devices"),
				  "cell '%s': no device of the board matches '%s'; a pattern is a "
				  "full path, where * stands for anything but /",
				  cell->name, pattern);
}

void device_add(struct cell *cell, const struct board *b, const char *name, struct messages *m)
{
	uint32_t node;

	if (strchr(name, '*')) {
		add_matches(cell, b, name, m);
		return;
	}
	node = tree_find(&b->tree, name);
	if (node == TREE_NONE)
		device_unknown(cell, b, "devices", name, m);
	else if (cell_has_node(cell, node))
		messages_error_at(m, messages_place(m, cell->name, "devices"),
				  "cell '%s': device '%s' is named twice", cell->name, name);
	else
		device_append(cell, b, node, m);
}

/* Of the secure world alone (Linux' bindings, arm/secure.yaml): there, though not for us. */
static bool is_secure(const struct tree *t, uint32_t node)
{
	const char *secure = tree_string(t, node, "secure-status");

	return !tree_available(t, node) && secure &&
	       (!strcmp(secure, "okay") || !strcmp(secure, "ok"));
}

/* Not ours to use, but in use: who has it, or NULL. */
static const char *other_world(const struct tree *t, uint32_t node)
{
	const char *status = tree_string(t, node, "status");

	if (status && !strcmp(status, "reserved"))
		return "firmware or another OS";
	return is_secure(t, node) ? "the secure world" : NULL;
}

/* Cells are few, and so are their devices. */
static const struct cell *owner_of(const struct asking *a, uint32_t node)
{
	for (uint32_t i = 0; a->s && i < a->s->count; i++)
		if (cell_has_node(&a->s->cells[i], node))
			return &a->s->cells[i];
	return NULL;
}

/* The other device, and whose it is where a cell or another system has it. */
static const char *party(const struct asking *a, uint32_t node, char words[PARTY_SIZE])
{
	const struct cell *owner = owner_of(a, node);
	char path[TREE_PATH_MAX], there[PLACE_WORDS_SIZE];

	tree_path(&a->b->tree, node, path);
	if (owner)
		snprintf(words, PARTY_SIZE, "'%s' of cell '%s'%s", path, owner->name,
			 place_words(messages_place(a->m, owner->name, "devices"), there));
	else if (other_world(&a->b->tree, node))
		snprintf(words, PARTY_SIZE, "'%s', which %s has", path,
			 other_world(&a->b->tree, node));
	else
		snprintf(words, PARTY_SIZE, "'%s'", path);
	return words;
}

static const char *remedy(const struct asking *a, uint32_t node)
{
	if (owner_of(a, node))
		return "name both in 'devices' of one of them";
	if (other_world(&a->b->tree, node))
		return "remove it from 'devices'";
	return "name both in 'devices' of this cell, or neither";
}

static bool same_range(struct tree_range a, struct tree_range b)
{
	return a.base == b.base && a.size == b.size;
}

/* Is @other the window of a bus around @node? The pages in there are its children's. */
static bool is_window(const struct tree *t, const struct board_registers *other, uint32_t node)
{
	uint32_t above = t->nodes[node].parent;
	int length;

	while (above != TREE_NONE && above != other->node)
		above = t->nodes[above].parent;
	return above != TREE_NONE && tree_property(t, above, "ranges", &length);
}

static bool in_use(const struct tree *t, uint32_t node)
{
	return tree_available(t, node) || other_world(t, node);
}

/*
 * Another user of these pages. A disabled node of the very same registers is this device by another
 * name.
 */
static uint32_t page_sharer(const struct asking *a, struct tree_range exact,
			    struct tree_range pages)
{
	for (uint32_t i = 0; i < a->b->register_count; i++) {
		const struct board_registers *other = &a->b->registers[i];
		struct tree_range r = other->range;

		if (!range_to_pages(&r) || r.base >= pages.base + pages.size ||
		    pages.base >= r.base + r.size || cell_has_node(a->cell, other->node))
			continue;
		if (same_range(other->range, exact) && !in_use(&a->b->tree, other->node))
			continue;
		if (is_window(&a->b->tree, other, a->d->node))
			continue;
		return other->node;
	}
	return TREE_NONE;
}

/* The cell's memory is a region, and so is each that it shares. */
static uint32_t room_for_registers(const struct cell *cell)
{
	return PT_MAX_REGIONS - 1 - cell->shared_count;
}

/* The cell's regions may not overlap: devices of one cell that share a page share a region. */
static bool add_region(struct cell *cell, struct tree_range r)
{
	uint32_t i = 0;

	while (i < cell->region_count) {
		const struct pt_range have = cell->regions[i];
		const uint64_t end = r.base + r.size, have_end = have.base + have.size;

		if (r.base >= have_end || have.base >= end) {
			i++;
			continue;
		}
		r.base = r.base < have.base ? r.base : have.base;
		r.size = (end > have_end ? end : have_end) - r.base;
		memmove(&cell->regions[i], &cell->regions[i + 1],
			(cell->region_count - i - 1) * sizeof(have));
		cell->region_count--;
		i = 0;
	}
	if (cell->region_count >= room_for_registers(cell))
		return false;
	cell->regions[cell->region_count++] = (struct pt_range){ r.base, r.size };
	return true;
}

/*
 * What firmware holds back lies beside the memory nodes on some boards: by its address it could be
 * a device.
 */
static bool is_reserved_memory(const struct tree *t, uint32_t node)
{
	const uint32_t parent = t->nodes[node].parent;

	return parent != TREE_NONE && t->nodes[parent].parent == 0 &&
	       !strcmp(tree_name(t, parent), "reserved-memory");
}

static void resolve_register(const struct asking *a, struct tree_range exact)
{
	const unsigned long long at = exact.base;
	struct tree_range pages = exact;
	char words[PARTY_SIZE];
	uint32_t sharer;

	if (!range_to_pages(&pages)) {
		messages_error_at(
			SAY(a, "its registers at 0x%llx lie beyond 40-bit addresses", at));
		return;
	}
	if (board_touches_ram(a->b, pages.base, pages.size) ||
	    is_reserved_memory(&a->b->tree, a->d->node)) {
		messages_error_at(SAY(a,
				      "at 0x%llx is memory, not registers; "
				      "'memory' gives memory to a cell",
				      at));
		return;
	}
	sharer = page_sharer(a, exact, pages);
	if (sharer != TREE_NONE)
		messages_error_at(SAY(a, "its registers at 0x%llx share a 4 KiB page with %s; %s",
				      at, party(a, sharer, words), remedy(a, sharer)));
	else if (!add_region(a->cell, pages))
		messages_error_at(SAY(a,
				      "is one too many: a cell has at most %u areas of registers"
				      "%s; name fewer devices",
				      room_for_registers(a->cell),
				      a->cell->shared_count ? " beside what it shares" : ""));
}

static uint32_t resolve_registers(const struct asking *a)
{
	struct tree_range exact;
	enum tree_reg found;
	uint32_t i;

	for (i = 0; (found = tree_reg(&a->b->tree, a->d->node, i, &exact)) != TREE_REG_END; i++) {
		if (found == TREE_REG_UNMAPPED)
			messages_error_at(
				SAY(a,
				    "its registers are not at an address of the CPU's "
				    "(a device behind another one); name that one instead"));
		else if (exact.size)
			resolve_register(a, exact);
	}
	return i;
}

/* The nexus that leads to the device's own interrupt is no other user of it. */
static uint32_t spi_sharer(const struct asking *a, const struct tree_interrupt *irq, uint32_t intid)
{
	for (uint32_t i = 0; i < a->b->spi_count; i++) {
		const struct board_spi *spi = &a->b->spis[i];

		if (spi->intid == intid && !cell_has_node(a->cell, spi->node) &&
		    in_use(&a->b->tree, spi->node) && !(spi->route && spi->node == irq->nexus))
			return spi->node;
	}
	return TREE_NONE;
}

static bool has_spi(const struct cell *cell, uint32_t intid)
{
	for (uint32_t i = 0; i < cell->spi_count; i++)
		if (cell->spis[i] == intid)
			return true;
	return false;
}

static void resolve_spi(const struct asking *a, const struct tree_interrupt *irq, uint32_t intid)
{
	const uint32_t sharer = spi_sharer(a, irq, intid);
	char words[PARTY_SIZE];

	if (sharer != TREE_NONE)
		messages_error_at(SAY(a, "shares interrupt %u (SPI %u) with %s; %s", intid,
				      intid - 32, party(a, sharer, words), remedy(a, sharer)));
	else if (has_spi(a->cell, intid))
		return;
	else if (a->cell->spi_count == PT_MAX_SPIS)
		messages_error_at(SAY(a, "is one too many: a cell has at most %d interrupts; "
				      "name fewer devices",
				      PT_MAX_SPIS));
	else
		a->cell->spis[a->cell->spi_count++] = intid;
}

/* A controller that has to be driven, or a nexus whose map does not have the interrupt. */
static void refuse_detour(const struct asking *a, uint32_t controller)
{
	char path[TREE_PATH_MAX];
	int length;

	tree_path(&a->b->tree, controller, path);
	if (tree_property(&a->b->tree, controller, "interrupt-controller", &length) ||
	    !tree_property(&a->b->tree, controller, "interrupt-map", &length))
		messages_error_at(SAY(a,
				      "its interrupt passes through '%s'; this version of Partita "
				      "gives away only interrupts that go straight to the GIC",
				      path));
	else
		messages_error_at(
			SAY(a,
			    "its interrupt cannot be followed: the 'interrupt-map' of '%s' "
			    "does not lead on from there",
			    path));
}

static void resolve_interrupt(const struct asking *a, const struct tree_interrupt *irq)
{
	uint32_t intid;

	if (irq->controller == TREE_NONE)
		return;
	if (irq->controller != a->b->gic)
		refuse_detour(a, irq->controller);
	else if (board_spi_of(irq, &intid))
		resolve_spi(a, irq, intid);
	else if (irq->count < 3 || (irq->cells[0] != 1 && irq->cells[0] != 3))
		messages_error_at(SAY(a,
				      "has an interrupt of kind %u number %u, "
				      "which this version of Partita does not know",
				      irq->cells[0], irq->count > 1 ? irq->cells[1] : 0));
	/* What is left are private interrupts: they come with the CPU. */
}

static uint32_t resolve_interrupts(const struct asking *a)
{
	struct tree_interrupt irq;
	enum tree_irq found;
	uint32_t i;

	for (i = 0; (found = tree_irq(&a->b->tree, a->d->node, i, &irq)) == TREE_IRQ_FINE; i++)
		resolve_interrupt(a, &irq);
	if (found == TREE_IRQ_BROKEN)
		messages_error_at(
			SAY(a, "its interrupts cannot be read: the controller that they name is "
			    "not in the board's tree"));
	return i;
}

/* Another user of one of the device's streams. */
static uint32_t stream_sharer(const struct asking *a, const struct stream *mine, uint32_t *id)
{
	const struct tree *t = &a->b->tree;
	struct stream other;

	for (uint32_t node = 1; node < t->count; node++) {
		if (!in_use(t, node) || cell_has_node(a->cell, node))
			continue;
		for (uint32_t i = 0; stream_of(t, node, i, &other); i++)
			if (streams_meet(mine, &other, id))
				return node;
	}
	return TREE_NONE;
}

static void resolve_streams(const struct asking *a)
{
	char words[PARTY_SIZE], path[TREE_PATH_MAX];
	struct stream mine;
	uint32_t id;

	for (uint32_t i = 0; stream_of(&a->b->tree, a->d->node, i, &mine); i++) {
		const uint32_t sharer = stream_sharer(a, &mine, &id);

		if (sharer != TREE_NONE)
			messages_error_at(SAY(a, "its stream ID 0x%x at '%s' is also that of %s; %s",
					      id, tree_path(&a->b->tree, mine.iommu, path),
					      party(a, sharer, words), remedy(a, sharer)));
	}
}

/* What makes it nothing that a cell can have. False after an error. */
static bool can_be_given(const struct asking *a)
{
	const char *type = tree_string(&a->b->tree, a->d->node, "device_type");
	const char *others = other_world(&a->b->tree, a->d->node);
	const unsigned int errors = a->m->errors;
	int length;

	if (board_keeps_node(a->b, a->d->node))
		messages_error_at(
			SAY(a, "is needed by the hypervisor itself and can be given to no cell"));
	else if (type && !strcmp(type, "cpu"))
		messages_error_at(SAY(a, "is a CPU; 'cpus' gives CPUs to a cell"));
	else if (others)
		messages_error_at(SAY(
			a, "%s has it (%s in the board's tree); remove it from 'devices'", others,
			is_secure(&a->b->tree, a->d->node) ? "secure-status = \"okay\""
							   : "status = \"reserved\""));
	else if ((type && !strcmp(type, "pci")) ||
		 tree_property(&a->b->tree, a->d->node, "interrupt-map", &length))
		messages_error_at(SAY(a, "is a bus with devices behind it; "
				      "this version of Partita gives away single devices only"));
	return a->m->errors == errors;
}

/* A system looks for the others of a device only if it has the first; @f is of @a->d. */
static void check_first_function(const struct asking *a, const struct pci_function *f)
{
	struct pci_function first = *f;
	char name[PCI_NAME_SIZE];
	uint32_t node;

	first.devfn &= ~7u;
	if (first.devfn == f->devfn)
		return;
	node = pci_find(&a->b->tree, pci_name(&a->b->tree, &first, name));
	if (node == TREE_NONE || !cell_has_node(a->cell, node))
		messages_error_at(SAY(a, "is found only behind function 0 of its device; name '%s' too", name));
}

static void check_bus(const struct asking *a, const struct pci_function *f)
{
	char name[PCI_NAME_SIZE];
	struct pci_function other;

	for (uint32_t i = 0; i < a->cell->device_count && &a->cell->devices[i] != a->d; i++) {
		if (!pci_function(&a->b->tree, a->cell->devices[i].node, &other) ||
		    (other.host == f->host && other.bus == f->bus))
			continue;
		messages_error_at(SAY(a, "is on another bus than '%s'; this version of Partita shows a cell "
				      "one PCI bus: give them to two cells",
				      pci_name(&a->b->tree, &other, name)));
		return;
	}
}

static void check_function(const struct asking *a)
{
	struct pci_function f;
	char name[PCI_NAME_SIZE];
	struct pci_bar bar;
	uint32_t i;

	if (!pci_function(&a->b->tree, a->d->node, &f))
		return;
	/* As registers the page would be the cell's without a filter. */
	if (!board_touches_ecam(a->b, f.config, PT_PAGE_SIZE))
		messages_error_at(SAY(a, "its configuration space at 0x%llx is none that the hypervisor "
				      "can filter: it does so for %d host bridges at most, and below "
				      "1 TiB; leave it to Linux",
				      (unsigned long long)f.config, PT_MAX_RANGES));
	check_first_function(a, &f);
	check_bus(a, &f);
	for (i = 0; pci_bar(&a->b->tree, a->d->node, i, &bar); i++)
		if (bar.cpu.base % PT_PAGE_SIZE)
			messages_error_at(SAY(a, "its BAR %u at 0x%llx does not begin on a 4 KiB page; boot "
					      "Linux with pci=resource_alignment=12@%s", bar.number,
					      (unsigned long long)bar.cpu.base,
					      pci_name(&a->b->tree, &f, name)));
	if (!i)
		messages_error_at(SAY(a, "has no memory BAR with an address: there is nothing to give away"));
}

void device_resolve(struct cell *cell, const struct cell_device *d, const struct system *s,
		    const struct board *b, struct messages *m)
{
	const struct asking a = { cell, d, s, b, m };
	uint32_t parts;

	if (!can_be_given(&a))
		return;
	check_function(&a);
	parts = resolve_registers(&a);
	parts += resolve_interrupts(&a);
	resolve_streams(&a);
	if (!parts)
		messages_error_at(
			SAY(&a, "has neither registers nor interrupts that could be given away"));
	dma_refuse(cell, d, b, m);
}

void devices_resolve(struct cell *cell, const struct board *b, struct messages *m)
{
	for (uint32_t i = 0; i < cell->device_count; i++)
		device_resolve(cell, &cell->devices[i], NULL, b, m);
}

void devices_resolve_all(struct system *s, const struct board *b, struct messages *m)
{
	for (uint32_t i = 0; i < s->count; i++)
		for (uint32_t j = 0; j < s->cells[i].device_count; j++)
			device_resolve(&s->cells[i], &s->cells[i].devices[j], s, b, m);
}
