// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root manages cells in any order, with good and bad blobs, an empty pool now and then, CPUs that come and go, while the
 * cells run, fault and turn themselves off. After every step each page, CPU and interrupt has one owner, and each cell is in a
 * state that a model of their lives allows; where there is no cell, the root has what it had before the first.
 */
#include <lib/pool.h>
#include "fuzz.h"

bool fuzz_accepted;	/* a cell ran */

static struct cell_spec specs[8];

static void make_specs(void)
{
	specs[0] = small_cell;
	specs[1] = other_cell;
	specs[2] = small_cell;		/* the same CPU as the first, other memory */
	specs[2].name = "third";
	specs[2].regions[0].pa = ARENA_BASE + 0x800000;
	specs[2].region_count = 1;
	specs[2].spis[0] = 33;
	specs[3] = other_cell;		/* in the same 2 MiB as the second, on other CPUs */
	specs[3].name = "fourth";
	specs[3].cpus[0] = 6;
	specs[3].cpus[1] = 7;
	specs[3].regions[0].pa = ARENA_BASE + 0x605000;
	specs[3].regions[0].size = 0x1fb000;
	specs[3].regions[1].pa = ARENA_BASE + 0x3ff000;
	specs[3].regions[1].size = 0x1000;
	specs[3].spis[0] = 43;
	specs[3].spis[1] = SPI_LIMIT - 1;
	specs[3].uart = 0x2000000;
	specs[3].uart_spi = 43;
	specs[4] = small_cell;		/* a whole block, and the hypervisor's neighbour */
	specs[4].name = "fifth";
	specs[4].cpus[0] = 2;
	specs[4].regions[0].pa = ARENA_BASE + 0x200000;
	specs[4].regions[0].size = 0x200000;
	specs[4].spis[0] = 44;
	specs[5] = reader_cell;		/* these two share memory, and are alone otherwise */
	specs[6] = writer_cell;
	specs[7] = pci_cell;
	/* Open to debuggers and dumps. */
	specs[1].flags = PT_CELL_DEBUG | PT_CELL_DUMP;
	specs[4].flags = PT_CELL_DEBUG;
}

/* The model: the states that cells were in before a step, and what they may be in after it. */

static struct {
	uint32_t state[PT_MAX_CELLS];
	uint64_t root_map;		/* and pages of the pool: without any cell */
	unsigned int pool;
} model;

static void model_begin(void)
{
	model.root_map = fake_map_hash(&cells[PT_ROOT_CELL].stage2);
	model.pool = pool_used();
}

static void model_note(void)
{
	for (unsigned int i = 0; i < PT_MAX_CELLS; i++)
		model.state[i] = status.cells[i].state;
}

static bool has_ended(uint32_t state)
{
	return state == PT_CELL_SHUT_DOWN || state == PT_CELL_FAILED || state == PT_CELL_RESET;
}

/* What the call @function for this cell may have made of it, with this answer. */
static uint32_t model_after(uint64_t function, uint32_t from, int64_t answer)
{
	switch (function) {
	case PT_HC_CELL_CREATE:
		return answer > 0 ? PT_CELL_CREATED : from;
	case PT_HC_CELL_LOADABLE:
		return answer == PT_OK ? PT_CELL_LOADABLE : from;
	case PT_HC_CELL_START:
		return answer == PT_OK ? PT_CELL_RUNNING : from;
	case PT_HC_CELL_STOP:
		return from == PT_CELL_RUNNING || from == PT_CELL_RESET ? PT_CELL_SHUT_DOWN : from;
	case PT_HC_CELL_DESTROY:
		return answer == PT_OK ? PT_CELL_NONE : from;
	default:
		return from;
	}
}

/* May a call that moves @cell from this state be answered so? */
static bool model_allows(uint64_t function, uint32_t from, int64_t answer)
{
	const bool still = from != PT_CELL_NONE && from != PT_CELL_RUNNING;

	if (answer == PT_ENOCELL)
		return from == PT_CELL_NONE;
	switch (function) {
	case PT_HC_CELL_CREATE:
		return answer <= 0 || from == PT_CELL_NONE;
	case PT_HC_CELL_LOADABLE:
		return still ? answer == PT_OK || (answer == PT_AGAIN && from != PT_CELL_LOADABLE) : answer == PT_ESTATE;
	case PT_HC_CELL_START:
		return from == PT_CELL_LOADABLE ? answer == PT_OK || answer == PT_ENOMEM || answer == PT_AGAIN : answer == PT_ESTATE;
	case PT_HC_CELL_SHUTDOWN:
		return answer == (from == PT_CELL_RUNNING ? PT_OK : PT_ESTATE);
	case PT_HC_CELL_STOP:
		return from == PT_CELL_RUNNING || has_ended(from) ? answer == PT_OK || answer == PT_AGAIN : answer == PT_ESTATE;
	case PT_HC_CELL_DESTROY:
		return still ? answer == PT_OK || answer == PT_AGAIN : answer == PT_ESTATE;
	default:
		return true;
	}
}

/* After a call for cell @id (or one that came to be): it is where it should be, and no other has moved. */
static void model_check_call(uint64_t function, uint64_t id, int64_t answer)
{
	if (function == PT_HC_CELL_CREATE)
		id = answer > 0 ? (uint64_t)answer : 0;
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++) {
		const uint32_t from = model.state[i], to = status.cells[i].state;

		if (i == id && !model_allows(function, from, answer))
			fake_bug("call %lx of a cell in state %u is answered %ld", function, from, answer);
		if (to != (i == id ? model_after(function, from, answer) : from))
			fake_bug("call %lx of cell %lu, answered %ld, takes cell %u from state %u to %u", function, id, answer, i, from, to);
	}
}

/* After what happens by itself, or by a guest: a cell may have ended, that ran; @mover alone, unless it is 0. */
static void model_check_guest(uint32_t mover)
{
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++) {
		const uint32_t from = model.state[i], to = status.cells[i].state;

		if (to != from && !(from == PT_CELL_RUNNING && has_ended(to) && (!mover || mover == i)))
			fake_bug("cell %u goes from state %u to %u by itself", i, from, to);
	}
}

static void model_check_none(void)
{
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		if (status.cells[i].state != PT_CELL_NONE)
			return;
	/* Of the root's views of communication areas tables may stay: docs/caveats.md. */
	if (fake_map_hash(&cells[PT_ROOT_CELL].stage2) != model.root_map || pool_used() > model.pool + 2)
		fake_bug("without cells the root has not what it had: %u pages of tables are %u", model.pool, pool_used());
}

static void note_running(void)
{
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		fuzz_accepted |= status.cells[i].state == PT_CELL_RUNNING;
}

/* One call, which may be stopped in the middle: what comes of it then is looked at by fake_check() alone. */
static void call(uint64_t function, uint64_t x1)
{
	int64_t answer;

	model_note();
	answer = fake_hvc(0, function, x1, 0, 0);
	if (fake.cpu[0].where != IN_WFI)
		model_check_call(function, x1, answer);
}

/* As root_finish(), with the model's eye on each step. */
static void finish(uint64_t function, uint64_t id)
{
	for (unsigned int i = 0; i < 1000; i++) {
		call(function, id);
		if (fake.cpu[0].where == IN_WFI || (int64_t)fake.cpu[0].x[0] != PT_AGAIN)
			return;
		model_note();
		fake_settle();
		model_check_guest(0);
	}
	fake_bug("call %lx never ends", function);
}

static void create(struct input *in)
{
	const struct cell_spec *spec = &specs[take(in, 1) % ARRAY_SIZE(specs)];
	uint32_t length = board_cell_blob(hypercall_page, spec);
	uint64_t changes = take(in, 1) % 4;

	/* Somebody who can compute a checksum has changed a few bytes. */
	for (uint64_t i = 0; i < changes; i++)
		hypercall_page[sizeof(struct pt_blob_header) + take(in, 1) % (length - sizeof(struct pt_blob_header))] ^= take(in, 1);
	if (changes)
		board_sign(hypercall_page);
	call(PT_HC_CELL_CREATE, length);
}

/* Whether memory is really there does not matter, but the fake machine cannot scrub what it does not have. */
static bool scrubbable(void)
{
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		for (uint32_t r = 0; cell_exists(&cells[i]) && r < cells[i].region_count; r++)
			if (!(cells[i].regions[r].flags & PT_REGION_DEVICE) &&
			    (cells[i].regions[r].pa + cells[i].regions[r].size > ARENA_BASE + ARENA_SIZE))
				return false;
	return true;
}

static void offline(unsigned int n)
{
	if (fake.cpu[n].where == IN_GUEST && cell_is_root(cpus[n].cell))
		root_offline(n);
}

static void guest(struct input *in, unsigned int n)
{
	const uint32_t mover = cpus[n].cell->id;
	uint64_t value = 0, kind;

	if (fake.cpu[n].where != IN_GUEST)
		return;
	model_note();
	kind = take(in, 1);
	switch (kind % 9) {
	case 0:
		fake_access(n, take(in, 1) << 12, 4, false, &value);
		break;
	case 1:
		fake_access(n, ARENA_BASE + (take(in, 2) << 12), 4, true, &value);
		break;
	case 2:		/* CPU_OFF; CPU 0 is the manager's */
		if (n)
			fake_smc(n, 0x84000002, 0, 0, 0);
		break;
	case 3:		/* SYSTEM_OFF, SYSTEM_RESET */
		fake_smc(n, (kind & 8) ? 0x84000009 : 0x84000008, 0, 0, 0);
		break;
	case 4:
		fake_smc(n, 0xc4000003, board_mpidr[take(in, 1) % CPUS], ARENA_BASE, 0);
		break;
	case 5:
		fake_trap(n, ESR(EC_WFX));
		break;
	case 6:
		fake_access(n, GICD_PA + take(in, 2) * 4 % 0x10000, 4, take(in, 1) & 1, &value);
		break;
	case 7:
		fake_trap(n, ESR(take(in, 1) % 2 ? EC_BRK : EC_STEP));
		break;
	default:
		fake_serror(n);
	}
	/* The root moves nobody so. */
	model_check_guest(mover ? mover : PT_MAX_CELLS);
}

/* CPU @n looks up, or all do. A call that was stopped in the middle may be what goes on. */
static void by_itself(unsigned int n)
{
	const bool in_call = fake.cpu[0].where == IN_WFI;

	model_note();
	if (n < CPUS)
		fake_wake(n);
	else
		fake_settle();
	if (!in_call)
		model_check_guest(0);
}

/* What a debugger does, with whatever stands in the call page. */
static void debug(struct input *in)
{
	const uint64_t op = take(in, 1), id = take(in, 1) % 8;

	if (fake.cpu[0].where == IN_WFI)
		fake_wake(0);
	fake.cpu[0].x[4] = op >> 7;
	switch (op % 4) {
	case 0:
		fake_hvc(0, PT_HC_CELL_INSPECT, id, ((op & 4) ? 0x80000000 : 0) + (take(in, 1) << 12), 64);
		break;
	case 1:
		fake_hvc(0, PT_HC_CELL_VCPU, id, take(in, 1) % (CPUS + 1), op >> 7);
		break;
	default:
		fake_hvc(0, PT_HC_CELL_DEBUG, id, op >> 4 & 7, 0);
	}
}

/* What the manager does. Before, it ends what it was in the middle of. */
static void manage(struct input *in, uint64_t op)
{
	if (fake.cpu[0].where == IN_WFI)
		fake_wake(0);
	fake.pool_fails_in = (op & 0xe0) == 0xe0 ? 1 + (unsigned int)take(in, 1) % 16 : 0;
	fake.dawdle_in = (op & 0xe0) == 0xc0 && (op & 7) < 6 ? 1 + (unsigned int)take(in, 1) : 0;
	switch (op & 7) {
	case 0:
		create(in);
		break;
	case 1 ... 5:
		call(PT_HC_CELL_LOADABLE + (op & 7) - 1, take(in, 1) % 8);
		break;
	case 6:
		finish(PT_HC_CELL_LOADABLE, take(in, 1) % 8);
		break;
	default:
		finish((op & 8) ? PT_HC_CELL_STOP : PT_HC_CELL_DESTROY, take(in, 1) % 8);
	}
	fake.pool_fails_in = 0;
	fake.dawdle_in = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	fuzz_accepted = false;
	if (!fake_restore()) {
		make_specs();
		board_enable(CPUS);
		model_begin();
		fake_save();
	}
	while (in.size && scrubbable()) {
		const uint64_t op = take(&in, 1);

		switch (op & 15) {
		case 0 ... 7:
		case 15:
			manage(&in, op);
			break;
		case 8:
			offline(1 + (unsigned int)take(&in, 1) % 7);
			break;
		case 9 ... 11:
			guest(&in, (unsigned int)take(&in, 1) % CPUS);
			break;
		case 12:
			by_itself((unsigned int)take(&in, 1) % CPUS);
			break;
		case 14:
			debug(&in);
			break;
		default:
			by_itself(CPUS);
		}
		note_running();
		/* In the middle of a call things may be half done. */
		if (fake.cpu[0].where == IN_WFI)
			continue;
		fake_check();
		model_check_none();
	}
	return 0;
}
