// SPDX-License-Identifier: GPL-2.0-only
/* A board of eight CPUs in four clusters, blobs for it, and what its root does again and again in tests. */
#include <string.h>
#include <core/blob.h>
#include <core/boot.h>
#include <core/crc32.h>
#include <core/enable.h>
#include <machine/cpu.h>
#include <machine/gic_regs.h>
#include <machine/image.h>
#include "fake.h"

/* Four neighbours, two in the next cluster, one beyond the first 16 of that, and one that differs in all fields. */
const uint64_t board_mpidr[CPUS] = { 0, 1, 2, 3, 0x100, 0x101, 0x112, 0x0100000203 };

_Alignas(8) unsigned char board_system[PT_BLOB_MAX];
_Alignas(8) unsigned char board_boot[PT_BLOB_MAX];

const struct cell_spec small_cell = {
	.name = "small", .entry = 0x40, .comm = 0x10000000,
	.cpu_count = 1, .cpus = { 3 },
	.region_count = 2, .regions = {
		{ ARENA_BASE + 0x10000, 0, 0x10000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 },
		{ UART_PA, UART_PA, 0x1000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE, 0 },
	},
	.spi_count = 1, .spis = { 40 },
	.boot_flags = PT_BOOT_START, .piece_count = 2, .pieces = {
		{ .size = 0x110, .pa = ARENA_BASE + 0x10000 }, { .offset = 7,
		  .size = 0xfe00, .pa = ARENA_BASE + 0x10110 } },
};

const struct cell_spec other_cell = {
	.name = "other", .entry = 0x80000000, .comm = 0x1000,
	.cpu_count = 2, .cpus = { 4, 5 },
	.region_count = 2, .regions = {
		{ ARENA_BASE + 0x400000, 0x80000000, 0x203000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 },
		{ ARENA_BASE + 0x603000, 0xa0000000, 0x2000, PT_REGION_READ, 0 },
	},
	.spi_count = 2, .spis = { 41, 63 },
	.boot_flags = PT_BOOT_START, .piece_count = 1, .pieces = { { .offset = 3, .size = 0x80010, .pa = ARENA_BASE + 0x400ff0 } },
};

const struct cell_spec uart_cell = {
	.name = "guest", .entry = 0, .comm = 0x1000000, .uart = 0x2000000, .uart_spi = 70,
	.cpu_count = 2, .cpus = { 1, 7 },
	.region_count = 1, .regions = {
		{ ARENA_BASE + 0xa00000, 0, 0x1000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 },
	},
	.spi_count = 2, .spis = { 71, 70 },
	.boot_flags = PT_BOOT_START, .piece_count = 1, .pieces = { { .offset = 5, .size = 0x1000, .pa = ARENA_BASE + 0xa00000 } },
};

const struct cell_spec pci_cell = {
	.name = "pci", .entry = 0, .comm = 0x1000000,
	.cpu_count = 2, .cpus = { 4, 5 },
	.region_count = 4, .regions = {
		{ ARENA_BASE + 0xb00000, 0, 0x2000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 },
		{ 0x10001000, 0x10001000, 0x1000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE, 0 },
		{ ECAM_PA + (FUNCTION << 12), ECAM_PA + (FUNCTION << 12), 0x1000,
		  PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE | PT_REGION_PCI,
		  1 << 5 | 3 << 20 | PT_BAR_UPPER << 25 },
		{ 0x8480004000, 0x8480004000, 0x4000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_DEVICE, 0 },
	},
	.spi_count = 1, .spis = { 36 },
};

const struct cell_spec reader_cell = {
	.name = "reader", .entry = 0, .comm = 0x1000000,
	.cpu_count = 1, .cpus = { 2 },
	.region_count = 2, .regions = {
		{ ARENA_BASE + 0x800000, 0, 0x1000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 },
		{ SHARED_PA, 0x20000000, SHARED_SIZE, PT_REGION_READ | PT_REGION_SHARED, 0 },
	},
	.boot_flags = PT_BOOT_START, .piece_count = 1, .pieces = { { .size = 0x20, .pa = ARENA_BASE + 0x800000 } },
};

const struct cell_spec writer_cell = {
	.name = "writer", .entry = 0, .comm = 0x1000000,
	.cpu_count = 1, .cpus = { 6 },
	.region_count = 2, .regions = {
		{ SHARED_PA, 0x30000000, SHARED_SIZE, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_SHARED, 0 },
		{ ARENA_BASE + 0x801000, 0, 0x1000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 },
	},
	.boot_flags = PT_BOOT_START, .piece_count = 1, .pieces = { { .size = 0x20, .pa = ARENA_BASE + 0x801000 } },
};

const struct cell_spec manager_cell = {
	.name = "boss", .entry = 0, .comm = 0x1000000, .manage = MANAGE, .event_spi = 80,
	.cpu_count = 1, .cpus = { 0 },
	.region_count = 1, .regions = {
		{ ARENA_BASE + 0xc00000, 0, 0x2000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 },
	},
	.spi_count = 1, .spis = { 80 },
	.right_count = 2, .rights = { { .name = "small", .verbs = PT_MAY_START }, { .name = "guest", .verbs = PT_MAY_ALL } },
	.boot_flags = PT_BOOT_START, .piece_count = 1, .pieces = { { .size = 0x40, .pa = ARENA_BASE + 0xc00000 } },
};

void board_sign(void *blob)
{
	struct pt_blob_header *h = blob;

	h->checksum = blob_checksum(blob, h->length);
}

static struct pt_table append(unsigned char *blob, const void *entries, uint32_t count, size_t size)
{
	struct pt_blob_header *h = (void *)blob;
	const struct pt_table table = { count ? h->length : 0, count };

	memcpy(blob + h->length, entries, count * size);
	h->length += (uint32_t)(count * size + 7) & ~7u;
	return table;
}

uint32_t board_system_blob(void *blob)
{
	const struct pt_range gicr = { GICR_PA, CPUS * GICR_SIZE };
	const struct pt_range ram = { ARENA_BASE, RAM_SIZE };
	const struct pt_range reserved = { ITS_PA, 0x20000 };
	const struct pt_range ecam = { ECAM_PA, ECAM_SIZE };
	struct pt_system *s = blob;

	memset(blob, 0, PT_BLOB_MAX);
	s->header = (struct pt_blob_header){ PT_SYSTEM_MAGIC, PT_ABI_VERSION, sizeof(*s), 0 };
	strcpy(s->name, "root");
	s->gic_version = fake_gic_version;
	s->gicd = (struct pt_range){ GICD_PA, fake_gic_version == 2 ? 0x1000 : 0x10000 };
	if (fake_gic_version == 2)
		s->gicc = (struct pt_range){ GICC_PA, GICC_SIZE };
	else
		s->gicr = append(blob, &gicr, 1, sizeof(gicr));
	s->cpus = append(blob, board_mpidr, CPUS, sizeof(*board_mpidr));
	s->ram = append(blob, &ram, 1, sizeof(ram));
	s->reserved = append(blob, &reserved, 1, sizeof(reserved));
	s->ecam = append(blob, &ecam, 1, sizeof(ecam));
	s->event_spi = EVENT_SPI;
	board_sign(blob);
	return s->header.length;
}

uint32_t board_cell_blob(void *blob, const struct cell_spec *spec)
{
	uint64_t mpidrs[CPUS];
	struct pt_cell *c = blob;

	memset(blob, 0, PT_BLOB_MAX);
	c->header = (struct pt_blob_header){ PT_CELL_MAGIC, PT_ABI_VERSION, sizeof(*c), 0 };
	strncpy(c->name, spec->name, PT_NAME_SIZE - 1);
	c->flags = spec->flags;
	c->entry = spec->entry;
	c->argument = spec->comm + PT_COMM_INFO;
	c->comm = spec->comm;
	c->uart = spec->uart;
	c->uart_spi = spec->uart_spi;
	for (uint32_t i = 0; i < spec->cpu_count; i++)
		mpidrs[i] = board_mpidr[spec->cpus[i]];
	c->cpus = append(blob, mpidrs, spec->cpu_count, sizeof(*mpidrs));
	c->regions = append(blob, spec->regions, spec->region_count, sizeof(*spec->regions));
	c->spis = append(blob, spec->spis, spec->spi_count, sizeof(*spec->spis));
	c->manage = spec->manage;
	c->event_spi = spec->event_spi;
	c->exit_rate = spec->exit_rate;
	c->exit_action = spec->exit_action;
	c->rights = append(blob, spec->rights, spec->right_count, sizeof(*spec->rights));
	board_sign(blob);
	return c->header.length;
}

static void enter_job(void *context)
{
	const unsigned int n = *(unsigned int *)context;

	cpu_save_stub();
	if (n == 0 && enable_board((void *)board_system, PA(HYPERVISOR), HYPERVISOR_SIZE, false) != PT_OK)
		fake_bug("the board was refused");
	if (enable_cpu(n) != PT_OK)
		fake_bug("CPU %u was refused", n);
	fake.cpu[n].where = IN_GUEST;
}

void board_enable(unsigned int count)
{
	fake_reset();
	board_system_blob(board_system);
	board_enter(count);
}

void board_enter(unsigned int count)
{
	for (unsigned int n = 0; n < count; n++)
		fake_run(n, enter_job, &n);
}

void root_offline(unsigned int n)
{
	fake_smc(n, 0x84000002, 0, 0, 0);
	if (fake.cpu[n].where != IN_WFE)
		fake_bug("CPU %u did not go offline", n);
}

int64_t root_create(const struct cell_spec *spec)
{
	return fake_hvc(0, PT_HC_CELL_CREATE, board_cell_blob(hypercall_page, spec), 0, 0);
}

int64_t root_call(uint64_t function, uint64_t cell)
{
	return fake_hvc(0, function, cell, 0, 0);
}

int64_t root_finish(uint64_t function, uint64_t cell)
{
	for (unsigned int i = 0; i < 1000; i++) {
		int64_t result = root_call(function, cell);

		if (result != PT_AGAIN)
			return result;
		fake_settle();
	}
	fake_bug("call %lx never ends", function);
}

unsigned int cell_in_state(const struct cell_spec *spec, enum pt_cell_state state)
{
	int64_t id;

	for (uint32_t i = 0; i < spec->cpu_count; i++)
		if (fake.cpu[spec->cpus[i]].where == IN_GUEST)
			root_offline(spec->cpus[i]);
	id = root_create(spec);
	if (id <= 0)
		fake_bug("cell %s: %ld", spec->name, id);
	if (state >= PT_CELL_LOADABLE && root_finish(PT_HC_CELL_LOADABLE, (uint64_t)id) != PT_OK)
		fake_bug("cell %s is not loadable", spec->name);
	if (state >= PT_CELL_RUNNING) {
		if (root_finish(PT_HC_CELL_START, (uint64_t)id) != PT_OK)
			fake_bug("cell %s does not start", spec->name);
		fake_settle();
	}
	return (unsigned int)id;
}

/* Packed images. The cells' blobs, a page each, then a stretch of which each piece is a part. */

#define BLOB_PAGES	8u
#define CONTENTS_SIZE	0x90000u

_Alignas(4096) unsigned char board_image[BLOB_PAGES * PT_PAGE_SIZE + CONTENTS_SIZE];

static uint64_t image_offset(const void *at)
{
	return (uint64_t)((const char *)at - image_start);
}

static unsigned char *contents_of(const struct cell_spec *spec, unsigned int piece)
{
	return board_image + BLOB_PAGES * PT_PAGE_SIZE + 16 * spec->pieces[piece].offset;
}

bool board_is_loaded(const struct cell_spec *spec, unsigned int piece)
{
	return !memcmp(fake_memory(spec->pieces[piece].pa), contents_of(spec, piece), spec->pieces[piece].size);
}

static void fill_contents(void)
{
	for (uint32_t i = 0; i < CONTENTS_SIZE; i++)
		board_image[BLOB_PAGES * PT_PAGE_SIZE + i] = (unsigned char)(1 + i % 251);
}

static struct pt_boot_cell pack_cell(const struct cell_spec *spec, unsigned int n, struct pt_piece *pieces, uint32_t *count)
{
	unsigned char *blob = board_image + n * PT_PAGE_SIZE;
	struct pt_boot_cell b = {
		.offset = image_offset(blob), .size = board_cell_blob(blob, spec), .flags = spec->boot_flags,
		.first_cpu = spec->cpus[0], .first_piece = *count, .piece_count = spec->piece_count,
	};

	for (uint32_t i = 0; i < spec->cpu_count; i++)
		b.cpus |= BIT(spec->cpus[i]);
	for (uint32_t i = 0; i < spec->piece_count; i++) {
		const unsigned char *contents = contents_of(spec, i);

		pieces[*count] = spec->pieces[i];
		pieces[*count].offset = image_offset(contents);
		pieces[(*count)++].checksum = ~crc32_append(~0u, contents, spec->pieces[i].size);
	}
	return b;
}

void board_pack(const struct cell_spec *const *specs, unsigned int count, enum pt_rescue rescue)
{
	const struct pt_range ram[] = { { ARENA_BASE, 0x1000000 }, { ARENA_BASE + 0x2000000, 0x1000000 } };
	struct pt_boot *boot = (void *)board_boot;
	struct pt_boot_cpu types[CPUS] = { 0 };
	struct pt_boot_cell packed[BLOB_PAGES];
	struct pt_piece pieces[PT_MAX_PIECES];
	uint32_t piece_count = 0;

	fake_reset();
	fill_contents();
	board_system_blob(board_system);
	memset(boot, 0, PT_BLOB_MAX);
	for (unsigned int n = 0; n < CPUS; n++)
		types[n].midr = 0x4100d080;
	for (unsigned int i = 0; i < count; i++)
		packed[i] = pack_cell(specs[i], i, pieces, &piece_count);
	boot->header = (struct pt_blob_header){ PT_BOOT_MAGIC, PT_ABI_VERSION, sizeof(*boot), 0 };
	boot->base = HYPERVISOR;
	boot->size = HYPERVISOR_SIZE;
	boot->uart_kind = PT_UART_PL011;
	boot->uart = BOOT_UART_PA;
	boot->conduit = PT_CONDUIT_SMC;
	boot->rescue = rescue;
	boot->cpus = append(board_boot, types, CPUS, sizeof(*types));
	boot->ram = append(board_boot, ram, 2, sizeof(*ram));
	boot->cells = append(board_boot, packed, count, sizeof(*packed));
	boot->pieces = append(board_boot, pieces, piece_count, sizeof(*pieces));
	board_sign(boot);
}

static void boot_job(void *context)
{
	const unsigned int n = *(unsigned int *)context;
	const struct pt_boot *boot = (void *)board_boot;

	cpu_reset_stub();
	if (!n) {
		machine_boot(boot, true);
		if (!boot_board(boot, (void *)board_system, PA(HYPERVISOR), HYPERVISOR_SIZE))
			boot_rescue();
	}
	boot_cpu(n, !n);
}

void board_arrive(unsigned int n)
{
	fake_run(n, boot_job, &n);
}

/* As firmware leaves it that has used nothing of this. */
void board_power_on(void)
{
	gic.ctlr = fake_gic_version == 2 ? 0 : BIT(6);
	for (unsigned int word = 1; word < SPI_LIMIT / 32; word++)
		gic.spis[word].group = 0;
	for (unsigned int n = 0; n < CPUS; n++) {
		uint64_t *regs = fake.cpu[n].regs;

		gic.redistributor[n].waker = fake_gic_version == 2 ? 0 : 6;
		regs[REG_hcr_el2] = HCR_RW;
		regs[REG_icc_sre_el2] = 0;
		regs[REG_cptr_el2] = 0x33ff;
		regs[REG_S3_4_C1_C2_0] = regs[REG_S3_4_C1_C2_2] = 0x5a5a;
	}
	board_arrive(0);
}

void board_settle(void)
{
	for (unsigned int i = 0; i < 40; i++)
		fake_settle();
}

struct cell *board_cell(const char *name)
{
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		if (cell_exists(&cells[i]) && !strcmp(status.cells[i].name, name))
			return &cells[i];
	return NULL;
}
