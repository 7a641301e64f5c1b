// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root manages cells in any order, with good and bad blobs, an empty pool now and then, CPUs that come and go, while the
 * cells run, fault and turn themselves off. After every step each page, CPU and interrupt has one owner.
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

static void note_running(void)
{
	for (unsigned int i = 1; i < PT_MAX_CELLS; i++)
		fuzz_accepted |= status.cells[i].state == PT_CELL_RUNNING;
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
	fake_hvc(0, PT_HC_CELL_CREATE, length, 0, 0);
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
	uint64_t value = 0;

	if (fake.cpu[n].where != IN_GUEST)
		return;
	switch (take(in, 1) % 9) {
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
	case 3:		/* SYSTEM_OFF */
		fake_smc(n, 0x84000008, 0, 0, 0);
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
		fake_hvc(0, PT_HC_CELL_LOADABLE + (op & 7) - 1, take(in, 1) % 8, 0, 0);
		break;
	case 6:
		root_finish(PT_HC_CELL_LOADABLE, take(in, 1) % 8);
		break;
	default:
		root_finish((op & 8) ? PT_HC_CELL_STOP : PT_HC_CELL_DESTROY, take(in, 1) % 8);
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
			fake_wake((unsigned int)take(&in, 1) % CPUS);
			break;
		case 14:
			debug(&in);
			break;
		default:
			fake_settle();
		}
		note_running();
		/* In the middle of a call things may be half done. */
		if (fake.cpu[0].where != IN_WFI)
			fake_check();
	}
	return 0;
}
