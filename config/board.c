// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a board's device tree to the system blob. Everything that is wrong is said at once; a board
 * that the hypervisor cannot drive is refused here, in words, and not by a fault at EL2.
 */
#include <stdlib.h>
#include <string.h>
#include <libfdt.h>
#include <core/blob.h>
#include "blobs.h"
#include "pci.h"

#define FIRST_SPI	32
#define LAST_SPI	1019
#define GICC_SIZE	0x2000	/* of a GICv2 */

/* The parts of a system blob while they are being found. */
struct draft {
	struct board *b;
	const struct board_facts *facts;
	struct messages *m;
	uint32_t gic_version;
	struct pt_range gicd;
	struct pt_range gicc;
	struct pt_range gicr[PT_MAX_RANGES];
	uint32_t gicr_count;
	uint64_t cpus[PT_MAX_CPUS];
	uint32_t cpu_count;
	struct pt_range ram[PT_MAX_RANGES];
	uint32_t ram_count;
	struct pt_range reserved[PT_MAX_RANGES];
	uint32_t reserved_count;
	struct pt_range ecam[PT_MAX_RANGES];
	uint32_t ecam_count;
};

static const char *const iommus[] = {
	"arm,smmu-v3",	   "arm,smmu-v2",
	"arm,smmu-v1",	   "arm,mmu-400",
	"arm,mmu-401",	   "arm,mmu-500",
	"qcom,smmu-v2",	   "qcom,smmu-500",
	"cavium,smmu-v2",  "marvell,ap806-smmu-500",
	"nvidia,smmu-500",
};

bool range_to_pages(struct tree_range *r)
{
	const uint64_t mask = PT_PAGE_SIZE - 1;
	uint64_t end;

	if (r->size > PT_ADDRESS_LIMIT || r->base > PT_ADDRESS_LIMIT - r->size)
		return false;
	end = (r->base + r->size + mask) & ~mask;
	r->base &= ~mask;
	r->size = end - r->base;
	return true;
}

static bool touches(const struct pt_system *s, struct pt_table table, uint64_t base, uint64_t size)
{
	const struct pt_range *r = blob_entries(s, table);

	for (uint32_t i = 0; i < table.count; i++)
		if (overlap(r[i].base, r[i].size, base, size))
			return true;
	return false;
}

bool board_covers_gic(const struct board *b, uint64_t base, uint64_t size)
{
	const struct pt_system *s = board_system(b);

	return overlap(s->gicd.base, s->gicd.size, base, size) ||
	       overlap(s->gicc.base, s->gicc.size, base, size) || touches(s, s->gicr, base, size);
}

bool board_touches_ram(const struct board *b, uint64_t base, uint64_t size)
{
	const struct pt_system *s = board_system(b);

	return touches(s, s->ram, base, size);
}

bool board_touches_ecam(const struct board *b, uint64_t base, uint64_t size)
{
	const struct pt_system *s = board_system(b);

	return touches(s, s->ecam, base, size);
}

static uint64_t end_of(const struct pt_system *s, struct pt_table table)
{
	const struct pt_range *r = blob_entries(s, table);
	uint64_t end = 0;

	for (uint32_t i = 0; i < table.count; i++)
		end = r[i].base + r[i].size > end ? r[i].base + r[i].size : end;
	return end;
}

uint64_t board_end(const struct board *b)
{
	const struct pt_system *s = board_system(b);
	const uint64_t gicd = s->gicd.base + s->gicd.size, gicr = end_of(s, s->gicr);
	const uint64_t gicc = s->gicc.base + s->gicc.size, ram = end_of(s, s->ram);
	const uint64_t frames = gicc > gicr ? gicc : gicr, gic = gicd > frames ? gicd : frames;

	return gic > ram ? gic : ram;
}

static bool is_iommu(const struct tree *t, uint32_t node)
{
	for (size_t i = 0; i < sizeof(iommus) / sizeof(iommus[0]); i++)
		if (tree_compatible(t, node, iommus[i]))
			return true;
	return false;
}

bool board_keeps_node(const struct board *b, uint32_t node)
{
	return node == b->gic || is_iommu(&b->tree, node) ||
	       tree_compatible(&b->tree, node, "arm,gic-v3-its") ||
	       tree_compatible(&b->tree, node, "arm,gic-v2m-frame");
}

bool board_spi_of(const struct tree_interrupt *irq, uint32_t *intid)
{
	const bool spi = irq->count >= 3 && irq->cells[0] == 0;	/* in the bindings of all GICs: 0 = SPI */

	if (!spi || irq->cells[1] > LAST_SPI - FIRST_SPI)
		return false;
	*intid = FIRST_SPI + irq->cells[1];
	return true;
}

/* Keeps @list sorted, and merged where ranges touch. */
static bool add_range(struct pt_range *list, uint32_t *count, uint64_t base, uint64_t size)
{
	uint32_t at = 0, same;

	while (at < *count && list[at].base + list[at].size < base)
		at++;
	for (same = at; same < *count && list[same].base <= base + size; same++) {
		const uint64_t end = list[same].base + list[same].size;

		const uint64_t new_end = base + size > end ? base + size : end;

		base = list[same].base < base ? list[same].base : base;
		size = new_end - base;
	}
	if (same == at && *count == PT_MAX_RANGES)
		return false;
	memmove(&list[at + 1], &list[same], (*count - same) * sizeof(*list));
	list[at] = (struct pt_range){ base, size };
	*count = *count + 1 - (same - at);
	return true;
}

static void reserve(struct draft *d, uint32_t node, struct tree_range r)
{
	char path[TREE_PATH_MAX];

	if (!r.size)
		return;
	if (!range_to_pages(&r))
		messages_error(d->m,
			       "'%s': its registers at 0x%llx cannot be kept from cells: they lie "
			       "beyond the 40-bit addresses that this version of Partita manages",
			       tree_path(&d->b->tree, node, path), (unsigned long long)r.base);
	else if (!add_range(d->reserved, &d->reserved_count, r.base, r.size))
		messages_error(d->m,
			       "'%s': its registers at 0x%llx cannot be kept from cells: there are "
			       "more than %d ranges of that kind",
			       tree_path(&d->b->tree, node, path), (unsigned long long)r.base,
			       PT_MAX_RANGES);
}

static void reserve_node(struct draft *d, uint32_t node)
{
	struct tree_range r;

	for (uint32_t i = 0; tree_reg(&d->b->tree, node, i, &r) == TREE_REG_FINE; i++)
		reserve(d, node, r);
}

/* Controllers that are programmed alike are of one version, whatever they are called. Of version 1 is none that cells could have. */
static const struct gic_kind {
	const char *name;
	uint32_t version;
} gic_kinds[] = {
	{ "arm,gic-v3", 3 },	     { "arm,gic-400", 2 },	 { "arm,cortex-a15-gic", 2 },
	{ "arm,cortex-a7-gic", 2 },  { "qcom,msm-qgic2", 2 },	 { "arm,cortex-a9-gic", 1 },
	{ "arm,pl390", 1 },	     { "arm,arm11mp-gic", 1 },	 { "arm,arm1176jzf-devchip-gic", 1 },
	{ "qcom,msm-8660-qgic", 1 },
};

uint32_t board_gic_version(const struct tree *t, uint32_t *node, const char **name)
{
	for (size_t i = 0; i < sizeof(gic_kinds) / sizeof(gic_kinds[0]); i++) {
		*node = tree_find_compatible(t, TREE_NONE, gic_kinds[i].name);
		*name = gic_kinds[i].name;
		if (*node != TREE_NONE)
			return gic_kinds[i].version;
	}
	return 0;
}

static bool find_gic(struct draft *d)
{
	d->gic_version = board_gic_version(&d->b->tree, &d->b->gic, &d->b->gic_name);
	if (!d->gic_version)
		messages_error(d->m, "no GICv3 ('arm,gic-v3') and no GICv2 ('arm,gic-400', 'arm,cortex-a15-gic') in this "
			       "tree; this version of Partita needs one");
	else if (d->gic_version < 2)
		messages_error(d->m, "the interrupt controller is a GICv1 ('%s'); this version of Partita needs a GICv2 or "
			       "GICv3", d->b->gic_name);
	return d->gic_version >= 2;
}

/* One frame set of the GIC: registers @index of its node. */
static bool gic_frame(struct draft *d, uint32_t index, const char *frame, struct pt_range *out)
{
	struct tree_range r;

	if (tree_reg(&d->b->tree, d->b->gic, index, &r) != TREE_REG_FINE || !r.size) {
		messages_error(d->m, "the GIC has no usable %s registers (entry %u of its 'reg')",
			       frame, index);
		return false;
	}
	if (!range_to_pages(&r)) {
		messages_error(d->m,
			       "the GIC's %s registers at 0x%llx lie beyond the 40-bit addresses "
			       "that this version of Partita manages", frame,
			       (unsigned long long)r.base);
		return false;
	}
	*out = (struct pt_range){ r.base, r.size };
	return true;
}

static bool stride_known(struct draft *d)
{
	int length;
	const void *stride = tree_property(&d->b->tree, d->b->gic, "redistributor-stride", &length);

	if (!stride || (length == 8 && fdt64_ld(stride) == 0x20000))
		return true;
	messages_error(d->m, "the GIC's redistributors are spaced by an unusual 'redistributor-stride'; "
		       "this version of Partita knows 0x20000 only");
	return false;
}

/* Returns where in `reg` the redistributors end; 0 with an error. */
static uint32_t read_redistributors(struct draft *d)
{
	uint32_t regions = 1, index = 1;

	tree_u32(&d->b->tree, d->b->gic, "#redistributor-regions", &regions);
	if (!regions || regions > PT_MAX_RANGES) {
		messages_error(d->m,
			       "the GIC has %u redistributor regions; at most %d are supported",
			       regions, PT_MAX_RANGES);
		return 0;
	}
	for (; index <= regions; index++) {
		if (!gic_frame(d, index, "redistributor", &d->gicr[d->gicr_count]))
			return 0;
		d->gicr_count++;
	}
	return index;
}

/*
 * Cells get these registers themselves, so they must not be more than that. Linux makes use of EL2 on a GICv2 only if all 8 KiB of
 * them are there; or 128 KiB, where each of the two pages fills 64 KiB.
 */
static uint32_t read_cpu_interface(struct draft *d)
{
	struct tree_range r;

	if (!gic_frame(d, 1, "CPU interface", &d->gicc))
		return 0;
	tree_reg(&d->b->tree, d->b->gic, 1, &r);
	if (r.size < GICC_SIZE || r.base % PT_PAGE_SIZE) {
		messages_error(d->m, "the GIC's CPU interface registers (entry 1 of its 'reg') are 0x%llx bytes at 0x%llx; "
			       "this version of Partita needs the 8 KiB of a GICv2, on whole pages", (unsigned long long)r.size,
			       (unsigned long long)r.base);
		return 0;
	}
	for (uint32_t i = 2; tree_reg(&d->b->tree, d->b->gic, i, &r) == TREE_REG_FINE; i++)
		if (overlap(d->gicc.base, d->gicc.size, r.base, r.size)) {
			messages_error(d->m, "the GIC's CPU interface registers at 0x%llx overlap those for guests at "
				       "0x%llx (entry %u of its 'reg')", (unsigned long long)d->gicc.base,
				       (unsigned long long)r.base, i);
			return 0;
		}
	return 2;
}

/*
 * Where the pages of the CPU interface fill 64 KiB each, bits 15:12 of an address are not looked at, and of the distributor's
 * neither: what follows its first page is the same registers again.
 */
static void take_aliases(struct draft *d)
{
	const uint64_t step = 0x10000;

	if (d->gicc.size < 2 * step && d->gicc.base % step + GICC_SIZE <= step)
		return;
	if (d->gicd.base % step)
		messages_error(d->m, "the GIC's distributor at 0x%llx is not on 64 KiB, as its CPU interface is",
			       (unsigned long long)d->gicd.base);
	d->gicd.size = step;
}

static void read_gic(struct draft *d)
{
	struct tree_range r;
	uint32_t index;

	if (!find_gic(d) || !stride_known(d) || !gic_frame(d, 0, "distributor", &d->gicd))
		return;
	index = d->gic_version == 2 ? read_cpu_interface(d) : read_redistributors(d);
	if (index && d->gic_version == 2)
		take_aliases(d);
	/* What follows are the frames of a GICv2 for guests: no cell's, either. */
	for (; index && tree_reg(&d->b->tree, d->b->gic, index, &r) == TREE_REG_FINE; index++)
		reserve(d, d->b->gic, r);
}

static void read_reserved(struct draft *d)
{
	for (uint32_t node = 0; node < d->b->tree.count; node++)
		if (node != d->b->gic && board_keeps_node(d->b, node))
			reserve_node(d, node);
}

/*
 * What is not listed is registers like others to the hypervisor, so that devices.c gives away no
 * function of it.
 */
static void read_ecam(struct draft *d)
{
	struct tree_range r;

	for (uint32_t node = 0; node < d->b->tree.count; node++)
		if (pci_is_host(&d->b->tree, node) &&
		    tree_reg(&d->b->tree, node, 0, &r) == TREE_REG_FINE && r.size && range_to_pages(&r))
			add_range(d->ecam, &d->ecam_count, r.base, r.size);
}

static bool is_cpu(const struct tree *t, uint32_t node)
{
	const uint32_t parent = t->nodes[node].parent;
	const char *type = tree_string(t, node, "device_type");
	const char *status = tree_string(t, node, "status");

	/* As Linux counts them: a failed CPU has no number, a disabled one has. */
	return parent != TREE_NONE && t->nodes[parent].parent == 0 &&
	       !strcmp(tree_name(t, parent), "cpus") && type && !strcmp(type, "cpu") &&
	       !(status && !strncmp(status, "fail", 4));
}

static void add_cpu(struct draft *d, uint32_t node)
{
	const struct tree *t = &d->b->tree;
	const uint32_t cells = t->nodes[t->nodes[node].parent].address_cells;
	const char *method = tree_string(t, node, "enable-method");
	char path[TREE_PATH_MAX];
	int length;
	const void *reg = tree_property(t, node, "reg", &length);
	uint64_t mpidr;

	if (!reg || (cells != 1 && cells != 2) || length < (int)(4 * cells)) {
		messages_error(d->m, "'%s': has no 'reg' that says its MPIDR",
			       tree_path(t, node, path));
		return;
	}
	mpidr = cells == 2 ? fdt64_ld(reg) : fdt32_ld(reg);
	if (method && strcmp(method, "psci") != 0 && !d->b->boots) {
		messages_error(d->m, "'%s': is started by '%s'; this version of Partita needs PSCI",
			       tree_path(t, node, path), method);
		return;
	}
	if (d->cpu_count < PT_MAX_CPUS)
		d->cpus[d->cpu_count] = mpidr & PT_MPIDR_MASK;
	d->cpu_count++;
}

static void read_cpus(struct draft *d)
{
	const struct tree *t = &d->b->tree;
	const uint32_t boot =
		d->facts && d->facts->boot_cpu ? tree_find(t, d->facts->boot_cpu) : TREE_NONE;

	if (boot != TREE_NONE && is_cpu(t, boot))
		add_cpu(d, boot);
	for (uint32_t node = 0; node < t->count; node++)
		if (node != boot && is_cpu(t, node))
			add_cpu(d, node);
	if (!d->cpu_count)
		messages_error(d->m, "no usable CPU in this tree");
	if (d->gic_version == 2 && d->cpu_count > PT_GICV2_MAX_CPUS)
		messages_error(d->m, "%u CPUs, but a GICv2 has at most %d CPU interfaces", d->cpu_count,
			       PT_GICV2_MAX_CPUS);
	if (d->cpu_count > PT_MAX_CPUS) {
		messages_error(d->m, "%u CPUs; this version of Partita drives at most %d",
			       d->cpu_count, PT_MAX_CPUS);
		d->cpu_count = PT_MAX_CPUS;
	}
}

static void add_ram(struct draft *d, struct tree_range r)
{
	const uint64_t mask = PT_PAGE_SIZE - 1;
	const uint64_t base = (r.base + mask) & ~mask;
	const uint64_t end = (r.base + r.size) & ~mask;

	if (r.base + r.size > PT_ADDRESS_LIMIT)
		messages_error(d->m, "memory at 0x%llx ends above 1 TiB; this version of Partita "
			       "manages 40-bit addresses", (unsigned long long)r.base);
	else if (base < end && !add_range(d->ram, &d->ram_count, base, end - base))
		messages_error(d->m, "memory is in more than %d pieces", PT_MAX_RANGES);
}

static void read_memory(struct draft *d)
{
	const struct tree *t = &d->b->tree;
	struct tree_range r;
	bool in_tree;

	for (uint32_t node = 0; node < t->count; node++) {
		const char *type = tree_string(t, node, "device_type");

		if (t->nodes[node].parent != 0 || !type || strcmp(type, "memory") != 0 ||
		    !tree_available(t, node))
			continue;
		for (uint32_t i = 0; tree_reg(t, node, i, &r) == TREE_REG_FINE; i++)
			add_ram(d, r);
	}
	in_tree = d->ram_count;
	for (uint32_t i = 0; !in_tree && d->facts && i < d->facts->ram_count; i++)
		add_ram(d, d->facts->ram[i]);
	if (!d->ram_count)
		messages_error(d->m,
			       "no memory in this tree: its firmware fills it in at boot; take the "
			       "tree of the running board, /sys/firmware/fdt");
}

static void check_psci(struct draft *d)
{
	const struct tree *t = &d->b->tree;
	uint32_t node = tree_find_compatible(t, TREE_NONE, "arm,psci-0.2");
	const char *method;

	if (node == TREE_NONE)
		node = tree_find_compatible(t, TREE_NONE, "arm,psci-1.0");
	if (node == TREE_NONE) {
		messages_error(d->m, "no PSCI 0.2 or later in this tree: "
			       "its firmware cannot start and stop CPUs as Partita needs; on some "
			       "boards (LS1028A, LS1046A) U-Boot adds the node: take the tree of "
			       "the running board, /sys/firmware/fdt");
		return;
	}
	method = tree_string(t, node, "method");
	if (!method || strcmp(method, "smc") != 0)
		messages_error(d->m, "PSCI is called by '%s', so something already runs at EL2; "
			       "Partita needs method 'smc'", method ? method : "nothing");
}

/* Room for one more entry: the list doubles each time its length is a power of two. */
static void *grown(void *list, uint32_t count, size_t entry_size)
{
	if (count < 16 ? count : count & (count - 1))
		return list;
	return realloc(list, (count < 16 ? 16 : (size_t)count * 2) * entry_size);
}

static bool list_registers(struct board *b, uint32_t node)
{
	struct tree_range r;
	enum tree_reg found;

	for (uint32_t i = 0; (found = tree_reg(&b->tree, node, i, &r)) != TREE_REG_END; i++) {
		struct board_registers *list;

		if (found == TREE_REG_UNMAPPED || !r.size)
			continue;
		list = grown(b->registers, b->register_count, sizeof(*list));
		if (!list)
			return false;
		b->registers = list;
		list[b->register_count++] = (struct board_registers){ r, node };
	}
	return true;
}

static bool list_spi(struct board *b, uint32_t node, uint32_t intid, bool route)
{
	struct board_spi *list = grown(b->spis, b->spi_count, sizeof(*list));

	if (!list)
		return false;
	b->spis = list;
	list[b->spi_count++] = (struct board_spi){ intid, node, route };
	return true;
}

static bool list_interrupts(struct board *b, uint32_t node)
{
	struct tree_interrupt irq;
	uint32_t intid;
	int length;

	/* A pin that is off raises none, and nobody is kept from the line. */
	if (tree_property(&b->tree, node, PCI_PIN_OFF, &length))
		return true;
	/* Controllers between a device and the GIC that have its specifiers hand on its numbers. */
	for (uint32_t i = 0; tree_irq(&b->tree, node, i, &irq) == TREE_IRQ_FINE; i++)
		if (irq.controller != TREE_NONE && board_spi_of(&irq, &intid) &&
		    !list_spi(b, node, intid, false))
			return false;
	for (uint32_t i = 0; tree_irq_map(&b->tree, node, i, &irq) == TREE_IRQ_FINE; i++)
		if (irq.controller == b->gic && board_spi_of(&irq, &intid) &&
		    !list_spi(b, node, intid, true))
			return false;
	return true;
}

/*
 * Interrupts that message controllers and routers hold in reserve stand in properties of their own:
 * rows of @columns cells, of which one is the first interrupt and the last is how many.
 */
static const struct reserve_property {
	const char *name;
	uint32_t columns;
	uint32_t first;		/* column */
	uint32_t base;		/* INTID of number 0 */
} reserve_properties[] = {
	{ "mbi-ranges", 2, 0, 0 },
	{ "marvell,spi-ranges", 2, 0, 0 },
	{ "ti,interrupt-ranges", 3, 1, 0 },
	{ "qcom,pdc-ranges", 3, 1, FIRST_SPI },
};

static bool list_reserve(struct board *b, uint32_t node, const struct reserve_property *p)
{
	int length;
	const fdt32_t *cells = tree_property(&b->tree, node, p->name, &length);
	const uint32_t rows = cells ? (uint32_t)length / 4 / p->columns : 0;

	for (uint32_t row = 0; row < rows; row++) {
		const fdt32_t *at = cells + row * p->columns;
		const uint32_t first = fdt32_ld(at + p->first),
			       count = fdt32_ld(at + p->columns - 1);

		for (uint32_t i = 0; i < count && i <= LAST_SPI && first <= LAST_SPI - i; i++)
			if (!list_spi(b, node, p->base + first + i, false))
				return false;
	}
	return true;
}

/* A message frame of a GICv2. Where the tree does not say which interrupts it has, only a register of the frame does. */
static bool list_frame(struct board *b, uint32_t node)
{
	uint32_t first = 0, count = 0;

	tree_u32(&b->tree, node, "arm,msi-base-spi", &first);
	tree_u32(&b->tree, node, "arm,msi-num-spis", &count);
	for (uint32_t i = 0; i < count && i <= LAST_SPI && first <= LAST_SPI - i; i++)
		if (!list_spi(b, node, first + i, false))
			return false;
	return true;
}

static bool list_node(struct board *b, uint32_t node)
{
	const size_t properties = sizeof(reserve_properties) / sizeof(reserve_properties[0]);

	if (!list_registers(b, node) || !list_interrupts(b, node) || !list_frame(b, node))
		return false;
	for (size_t i = 0; i < properties; i++)
		if (!list_reserve(b, node, &reserve_properties[i]))
			return false;
	return true;
}

static void list_devices(struct draft *d)
{
	for (uint32_t node = 0; node < d->b->tree.count; node++)
		if (!list_node(d->b, node)) {
			messages_error(d->m, "is too large for this machine's memory");
			return;
		}
}

/*
 * How many interrupts there are is known to the GIC alone, so those below others that the tree names
 * are the safest guess.
 */
uint32_t board_spare_spi(const struct board *b, uint32_t n)
{
	bool used[LAST_SPI + 2] = { false };
	uint32_t spare = FIRST_SPI + 1;

	for (uint32_t i = 0; i < b->spi_count; i++)
		if (b->spis[i].intid <= LAST_SPI)
			used[b->spis[i].intid] = true;
	while (spare <= LAST_SPI && (used[spare] || n--))
		spare++;
	return spare <= LAST_SPI ? spare : 0;
}

static void compile(struct draft *d)
{
	struct blob *blob = &d->b->blob;
	struct pt_system *s = (struct pt_system *)blob->words;
	enum pt_blob_reason reason;
	uint32_t offset;
	char field[64];

	blob_begin(blob, sizeof(*s));
	strcpy(s->name, BOARD_ROOT_NAME);
	s->gic_version = d->gic_version;
	s->gicd = d->gicd;
	s->gicc = d->gicc;
	s->event_spi = board_spare_spi(d->b, 0);
	if (!blob_add(blob, &s->gicr, d->gicr, d->gicr_count, sizeof(d->gicr[0])) ||
	    !blob_add(blob, &s->cpus, d->cpus, d->cpu_count, sizeof(d->cpus[0])) ||
	    !blob_add(blob, &s->ram, d->ram, d->ram_count, sizeof(d->ram[0])) ||
	    !blob_add(blob, &s->reserved, d->reserved, d->reserved_count, sizeof(d->reserved[0])) ||
	    !blob_add(blob, &s->ecam, d->ecam, d->ecam_count, sizeof(d->ecam[0]))) {
		messages_error(d->m, "the board has more CPUs and ranges than fit a blob");
		return;
	}
	blob_finish(blob, PT_SYSTEM_MAGIC);
	reason = blob_check_system(blob->words, blob->size, &offset);
	if (reason != PT_BLOB_FINE)
		messages_error(d->m, "the hypervisor would refuse this board: '%s' %s",
			       blob_field_words(blob, offset, field, sizeof(field)),
			       blob_reason_words(reason));
}

bool board_read(struct board *b, const void *fdt, size_t size, const struct board_facts *facts,
		struct messages *m)
{
	struct draft d = { .b = b, .facts = facts, .m = m };
	const char *problem;

	*b = (struct board){ .gic = TREE_NONE, .boots = facts && facts->boots };
	problem = tree_open(&b->tree, fdt, size);
	if (problem) {
		messages_error(m, "is not a device tree: %s", problem);
		return false;
	}
	read_gic(&d);
	/* Without Linux there are other ways: firmware.c. */
	if (!b->boots)
		check_psci(&d);
	read_cpus(&d);
	read_memory(&d);
	read_reserved(&d);
	read_ecam(&d);
	list_devices(&d);
	if (!m->errors)
		compile(&d);
	if (m->errors)
		board_free(b);
	return !m->errors;
}

void board_free(struct board *b)
{
	free(b->registers);
	free(b->spis);
	tree_close(&b->tree);
	*b = (struct board){ .gic = TREE_NONE };
}
