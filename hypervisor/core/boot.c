// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done here for a cell costs that cell alone: its first CPU scrubs and loads its memory without a lock, and holds the one of
 * management calls for what is short. What the image says is trusted as its code is; what accidents have done to it
 * is found by its checksums: in what a cell starts from before the cell runs it, and then that cell alone fails.
 */
#include <core/blob.h>
#include <core/boot.h>
#include <core/console.h>
#include <core/enable.h>
#include <core/hypercall.h>
#include <core/ownership.h>
#include <core/trace.h>

#define RESTS_A_SECOND	10u	/* a cell that resets itself for ever is not started more often */

static const struct pt_boot *boot;	/* NULL: launched late */
static const char *looked_for;		/* on a board that may be another than the image's; NULL: nothing */
static uint64_t looked_at;
static uint32_t given_up;		/* bit n: cell n of the image, to be started at boot, could not be */

static const struct pt_boot_cell *boot_cells(void)
{
	return blob_entries(boot, boot->cells);
}

static void look_for(const char *what, uint64_t address)
{
	looked_for = what;
	looked_at = address;
}

__noreturn void boot_rescue(void)
{
	if (looked_for)
		console_announce("partita: boot: no %s at %lx: this is not the board that the image was made for",
				 looked_for, looked_at);
	if (boot && boot->rescue == PT_RESCUE_RESET)
		machine_reset();
	cpu_stay();
}

/* Marks first, then looks at all of them: an address that is another's alias holds that one's mark. */
static bool memory_is_there(void)
{
	const struct pt_range *r = blob_entries(boot, boot->ram);

	for (uint32_t i = 0; i < boot->ram.count; i++) {
		look_for("memory", r[i].base + r[i].size - sizeof(uint64_t));
		memory_mark(PA(looked_at));
	}
	for (uint32_t i = 0; i < boot->ram.count; i++) {
		look_for("memory", r[i].base + r[i].size - sizeof(uint64_t));
		if (!memory_is_marked(PA(looked_at)))
			return false;
	}
	look_for(NULL, 0);
	return true;
}

static bool type_fits(unsigned int number)
{
	const struct pt_boot_cpu *c = blob_entries(boot, boot->cpus);
	const uint32_t type = machine_cpu_type();

	if (!c[number].midr || c[number].midr == type)
		return true;
	console_announce("partita: boot: CPU %u is of type %lx, not %lx: this is not the board that the image was made for",
			 number, (uint64_t)type, (uint64_t)c[number].midr);
	return false;
}

bool boot_board(const struct pt_boot *image, const struct pt_system *system, paddr_t memory, uint64_t size)
{
	boot = image;
	look_for("interrupt controller with all that the board should have", system->gicd.base);
	if (enable_board(system, memory, size, true) != PT_OK)
		return false;
	status.booted = 1;
	status.rescue = boot->rescue;
	status.locked = boot->locked;
	return memory_is_there();
}

static void give_up(const struct pt_boot_cell *b)
{
	const uint32_t bit = (uint32_t)BIT(b - boot_cells());
	const uint32_t missing = bit | __atomic_fetch_or(&given_up, bit, __ATOMIC_ACQ_REL);

	for (uint32_t i = 0; i < boot->cells.count; i++)
		if ((boot_cells()[i].flags & PT_BOOT_START) && !(missing & BIT(i)))
			return;
	console_announce("partita: boot: no cell could be started");
	boot_rescue();
}

/* CPU @number will not come: neither do the cells that it was to make. */
static void give_up_cells_of(unsigned int number)
{
	for (uint32_t i = 0; i < boot->cells.count; i++)
		if (boot_cells()[i].first_cpu == number)
			give_up(&boot_cells()[i]);
}

static void call_cpu(unsigned int number)
{
	const struct pt_boot_cpu *c = blob_entries(boot, boot->cpus);
	const int64_t refused = machine_cpu_on(&cpus[number], c[number].release);

	if (!refused)
		return;
	console_announce("partita: boot: the firmware does not turn on CPU %u: error -%u", number, (unsigned int)-refused);
	give_up_cells_of(number);
}

/* Those of cells that are to be first, of other cells, and of none, which no firmware is to keep. */
static void call_cpus(unsigned int self)
{
	uint64_t left = board.system->cpus.count < 64 ? BIT(board.system->cpus.count) - 1 : ~0ULL;
	uint64_t wave[3] = { 0, 0, left };

	left &= ~BIT(self);
	for (uint32_t i = 0; i < boot->cells.count; i++)
		wave[(boot_cells()[i].flags & PT_BOOT_FIRST) ? 0 : 1] |= boot_cells()[i].cpus;
	for (unsigned int w = 0; w < ARRAY_SIZE(wave); w++) {
		for (unsigned int n = 0; n < board.system->cpus.count; n++)
			if (wave[w] & left & BIT(n))
				call_cpu(n);
		left &= ~wave[w];
	}
}

struct cell *boot_slot(const struct pt_boot_cell *contents)
{
	return &cells[PT_ROOT_CELL + 1 + (contents - boot_cells())];
}

/* One attempt; PT_ECPU while other CPUs of the cell are on their way. */
static int64_t create(const struct pt_boot_cell *b, uint64_t *reason, uint64_t *offset)
{
	int64_t id;

	hypercall_exclude();
	memory_copy(image_pa(hypercall_page), PA(board.hypervisor + b->offset), (b->size + 15) & ~15u, 0);
	id = cell_create(b->size, b, reason, offset);
	hypercall_admit();
	return id;
}

static void start(struct cell *cell)
{
	int64_t result;

	do {
		hypercall_exclude();
		result = cell_start(cell);
		hypercall_admit();
	} while (result == PT_AGAIN);
}

static void make(const struct pt_boot_cell *b)
{
	const uint64_t began = clock_now();
	uint64_t reason = 0, offset = 0;
	int64_t id = create(b, &reason, &offset);

	while (id == PT_ECPU && clock_now() - began < clock_frequency())
		id = create(b, &reason, &offset);
	if (id < 0) {
		console_announce("partita: boot: cell %u of the image is refused: error -%u, reason %u at byte %u of its blob",
				 (unsigned int)(b - boot_cells()) + 1, (unsigned int)-id, (unsigned int)reason, (unsigned int)offset);
		give_up(b);
	} else if (b->flags & PT_BOOT_START) {
		start(&cells[id]);
	}
}

__noreturn void boot_cpu(unsigned int number, bool first)
{
	struct cpu *cpu = &cpus[number];

	if (type_fits(number) && enable_cpu(number) != PT_OK)
		console_announce("partita: boot: CPU %u or its interrupt controller lacks what the hypervisor needs", number);
	if (load_relaxed(&cpu->status->state) != PT_CPU_RUNNING) {
		if (first)
			boot_rescue();
		give_up_cells_of(number);
		cpu_stay();
	}
	if (first)
		call_cpus(number);
	cpu_park(cpu, &cpu->status->state);
	for (uint32_t i = 0; i < boot->cells.count; i++)
		if (boot_cells()[i].first_cpu == number)
			make(&boot_cells()[i]);
	cell_cpu_wait(cpu);
}

static bool load(const struct pt_piece *p)
{
	uint32_t crc = ~0u;

	for (uint64_t done = 0; done < p->size; done += COPY_STEP)
		crc = memory_copy(PA(p->pa + done), PA(board.hypervisor + p->offset + done),
				  p->size - done < COPY_STEP ? p->size - done : COPY_STEP, crc);
	return ~crc == p->checksum;
}

static bool load_all(const struct cell *cell)
{
	const struct pt_piece *p = (const struct pt_piece *)blob_entries(boot, boot->pieces) + cell->contents->first_piece;

	for (uint32_t i = 0; i < cell->contents->piece_count; i++)
		if (!load(&p[i])) {
			console_announce("partita: boot: cell %s: part %u of what the image has for it is damaged",
					 cell->status->name, i + 1);
			return false;
		}
	return true;
}

void boot_load(struct cell *cell)
{
	bool runs;

	for (uint32_t i = 0; i < cell->region_count; i++) {
		const struct pt_region *r = &cell->regions[i];
		const uint64_t size = (r->flags & (PT_REGION_DEVICE | PT_REGION_SHARED)) ? 0 : r->size;

		for (uint64_t done = 0; done < size; done += SCRUB_STEP)
			memory_scrub(PA(r->pa + done), size - done < SCRUB_STEP ? size - done : SCRUB_STEP);
	}
	runs = load_all(cell);
	hypercall_exclude();
	if (runs)
		runs = cell_run(cell) == PT_OK;
	else
		cell_spoil(cell);
	hypercall_admit();
	if (!runs && !cell->status->starts)
		give_up(cell->contents);
}

/* Is @cell, which has ended, to be started again without anybody's asking? */
static bool comes_again(const struct cell *cell)
{
	const uint32_t state = load_acquire(&cell->status->state);

	return state == PT_CELL_RESET || (state == PT_CELL_FAILED && cell->blob->manage && cell->status->starts &&
					  boot->rescue == PT_RESCUE_RESTART);
}

/* Once for each life of a manager that ends so. */
static void mourn(const struct cell *cell)
{
	console_announce("partita: cell %s, which manages others, has failed: %s", cell->status->name,
			 boot->rescue == PT_RESCUE_HALT ? "nobody manages them" :
			 boot->rescue == PT_RESCUE_RESET ? "reset" : "it is started again");
	if (boot->rescue == PT_RESCUE_RESET)
		machine_reset();
}

enum cpu_order boot_wait(struct cpu *cpu)
{
	struct cell *cell = cpu->cell;
	uint64_t rests = 0;
	bool mourned = false;

	for (;;) {
		const enum cpu_order order = cpu_look(cpu);

		if (order != CPU_ORDER_NONE)
			return order;
		if (!cell->contents || cell_first_cpu(cell) != cpu) {
			cpu_doze();
			continue;
		}
		if (!mourned && cell->blob->manage && cell->status->starts &&
		    load_acquire(&cell->status->state) == PT_CELL_FAILED) {
			mourned = true;
			mourn(cell);
		}
		if (!comes_again(cell)) {
			rests = 0;
			cpu_doze();
			continue;
		}
		if (!rests)
			rests = clock_now();
		if (clock_now() - rests < clock_frequency() / RESTS_A_SECOND)
			continue;
		rests = clock_now();
		hypercall_exclude();
		/* Meanwhile somebody may have stopped it. */
		if (comes_again(cell) && cell_start(cell) == PT_OK)
			cell->status->resets += !mourned;
		hypercall_admit();
	}
}
