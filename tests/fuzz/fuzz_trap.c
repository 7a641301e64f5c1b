// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two running cells and the root do what guests can do: trapped loads and stores, system registers, SMCs, HVCs, WFI, and
 * any syndrome at all. Whoever does it, the others' interrupts, CPUs and memory are as before.
 */
#include "fuzz.h"

#ifndef BOARD_GIC
#define BOARD_GIC	3	/* fuzz_trap_gicv2.c has the other one */
#endif

bool fuzz_accepted = true;	/* there is nothing to refuse */

#define FUNCTION_PA	(ECAM_PA + (FUNCTION << 12))
#define UART_IPA	0x10000000	/* of one of the cells; nothing to the others */

/* The parts of the distributor that are not @cell's, by themselves. */
static void blank_own(const struct cell *cell, struct gic *g)
{
	for (uint32_t intid = 32; intid < SPI_LIMIT; intid++) {
		struct irq_bank *b = &g->spis[intid / 32];
		const uint32_t bit = 1u << intid % 32;

		if (!cell_owns_spi(cell, intid))
			continue;
		b->group &= ~bit;
		b->groupmod &= ~bit;
		b->enabled &= ~bit;
		b->pending &= ~bit;
		b->active &= ~bit;
		b->config[intid / 16 % 2] &= ~(3u << 2 * (intid % 16));
		b->priority[intid % 32] = 0;
		g->route[intid] = 0;
	}
	if (cell_is_root(cell)) {
		memset(g->extended, 0, sizeof(g->extended));
		memset(g->route_extended, 0, sizeof(g->route_extended));
	}
	for (unsigned int n = 0; n < CPUS; n++) {
		if (!cell_owns_cpu(cell, n))
			continue;
		memset(&g->redistributor[n], 0, sizeof(g->redistributor[n]));
		memset(&g->gicc[n], 0, sizeof(g->gicc[n]));
	}
	/* The event that a cell's end is told by. */
	g->spis[EVENT_SPI / 32].pending &= ~(1u << EVENT_SPI % 32);
}

static void act(struct input *in, unsigned int n)
{
	static const uint64_t places[] = { GICD_PA, BOARD_GIC == 2 ? GICD_PA : GICD_PA + 0x6000, GICR_PA,
					   GICR_PA + 3 * GICR_SIZE + 0x10000, 0, ARENA_BASE, HYPERVISOR, UART_IPA, FUNCTION_PA,
					   FUNCTION_PA + PT_PAGE_SIZE };
	struct fake_cpu *cpu = &fake.cpu[n];
	const uint64_t kind = take(in, 1);
	uint64_t esr;

	for (unsigned int i = 0; i < 8; i++)
		cpu->x[i] = take(in, kind >> 4 & 8);
	switch (kind & 7) {
	case 0 ... 2:	/* a plain load or store */
		esr = ESR_DABT | ABT_ISV | (take(in, 1) & 7) << 16 | (take(in, 1) & 3) << 22 | (take(in, 1) & 0x61) << 15;
		esr |= (kind & 8) ? ABT_WNR : 0;
		fake_abort(n, esr, places[take(in, 1) % ARRAY_SIZE(places)] + take(in, 2));
		break;
	case 3:		/* MRS, MSR */
		esr = ESR(EC_SYSREG) | take(in, 4) % (1u << 22);
		fake_trap(n, (kind & 8) ? (esr & ~0x3ffc1eULL) | SYSREG(3, 0, 12, 11, (unsigned int)take(in, 1) & 7) : esr);
		break;
	case 4:
		fake_smc(n, take(in, 4), take(in, 8), take(in, 8), take(in, 8));
		break;
	case 5:
		/* The root's management calls are another target's matter. */
		fake_hvc(n, cell_is_root(cpus[n].cell) ? PT_HC_REVISION : take(in, 4), take(in, 8), 0, 0);
		break;
	case 6:
		if (kind & 8)
			fake_serror(n);
		else
			fake_trap(n, ESR(EC_WFX) | take(in, 1) % 4);
		break;
	default:
		esr = take(in, 4);
		if (ESR_EC(esr) != EC_HVC64)
			fake_abort(n, esr, take(in, 8));
		break;
	}
}

static void begin(void)
{
	struct cell_spec other = other_cell;

	fake_gic_version = BOARD_GIC;
	board_enable(CPUS);
	other.regions[0].size = 0x3000;	/* less to scrub */
	other.uart = UART_IPA;
	other.uart_spi = 63;
	other.regions[other.region_count++] = pci_cell.regions[2];
	cell_in_state(&other, PT_CELL_RUNNING);
	fake_smc(4, 0xc4000003, board_mpidr[5], other.entry, 0);
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	fake_save();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned int who[] = { 3, 4, 5, 0, 3, 3, 4, 6 };
	static struct gic before, after;
	static struct fake_cpu cpus_before[CPUS];
	struct input in = { data, size };

	if (!fake_restore())
		begin();
	while (in.size) {
		const unsigned int n = who[take(&in, 1) % ARRAY_SIZE(who)];
		const struct cell *cell = cpus[n].cell;

		if (fake.cpu[n].where != IN_GUEST) {
			fake_settle();
			continue;
		}
		before = gic;
		memcpy(cpus_before, fake.cpu, sizeof(fake.cpu));
		act(&in, n);
		blank_own(cell, &before);
		after = gic;
		blank_own(cell, &after);
		if (memcmp(&before, &after, offsetof(struct gic, told)))
			fake_bug("CPU %u has changed interrupts that are not its cell's", n);
		for (unsigned int i = 0; i < CPUS; i++)
			if (i != n && memcmp(&cpus_before[i], &fake.cpu[i], offsetof(struct fake_cpu, private)))
				fake_bug("CPU %u has changed CPU %u", n, i);
		fake_check();
	}
	fake_settle();
	fake_check();
	if (fake.cpu[0].where == IN_GUEST && status.cells[0].state != PT_CELL_RUNNING)
		fake_bug("the root is over");
	return 0;
}
