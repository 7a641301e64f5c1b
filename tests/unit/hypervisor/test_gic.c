// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt controller behind its filters. Two sweeps over every register and access size show that no cell changes or
 * learns anything of what it does not own; single tests show that what it owns works.
 */
#include <stdlib.h>
#include <string.h>
#include <guest/guest.h>
#include <machine/gic_regs.h>
#include "test.h"

#define FRAME(n)	(GICR_PA + (n) * GICR_SIZE)
#define ICC_DIR_EL1	SYSREG(3, 0, 12, 11, 1)
#define ICC_SGI1R_EL1	SYSREG(3, 0, 12, 11, 5)
#define ICC_ASGI1R_EL1	SYSREG(3, 0, 12, 11, 6)
#define ICC_SGI0R_EL1	SYSREG(3, 0, 12, 11, 7)

/* CPUs 3 and 7; SPIs at the edges of words, next to foreign ones. */
static const struct cell_spec wide_cell = {
	.name = "wide", .comm = 0x10000000, .cpu_count = 2, .cpus = { 3, 7 }, .region_count = 1,
	.regions = { { ARENA_BASE, 0, 0x1000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 } },
	.spi_count = 6, .spis = { 32, 40, 41, 63, 64, SPI_LIMIT - 1 },
};

static bool wide_owns(uint32_t intid)
{
	for (uint32_t i = 0; i < wide_cell.spi_count; i++)
		if (wide_cell.spis[i] == intid)
			return true;
	return false;
}

static void begin(void)
{
	cell_in_state(&wide_cell, PT_CELL_RUNNING);
	srandom(4);
	for (unsigned int word = 1; word < SPI_LIMIT / 32; word++) {
		unsigned char *b = (unsigned char *)&gic.spis[word];

		for (unsigned int i = 0; i < sizeof(struct irq_bank); i++)
			b[i] = (unsigned char)random();
	}
}

/* A plain load or store, by x5, straight into the guest floor: as if it had trapped. */
static enum pt_fault_kind access(unsigned int n, uint64_t pa, unsigned int size, bool write, uint64_t *value)
{
	uint64_t x[31] = { [5] = *value };
	enum pt_fault_kind kind = mmio_access(&cpus[n], x, ESR_DABT | ABT_ISV | (write ? ABT_WNR : 0) | 5 << 16 |
					      ABT_SF | (uint64_t)__builtin_ctz(size) << 22, pa);

	*value = x[5];
	return kind;
}

static uint64_t load(unsigned int n, uint64_t pa, unsigned int size)
{
	uint64_t value = 0;

	assert_int_equal(access(n, pa, size, false, &value), PT_FAULT_NONE);
	return value;
}

static void store(unsigned int n, uint64_t pa, unsigned int size, uint64_t value)
{
	assert_int_equal(access(n, pa, size, true, &value), PT_FAULT_NONE);
}

/* Take everything that the cell (or, inverted, the root) owns out of @g; with @flip, turn over the rest. */
static void blank(struct gic *g, bool root, bool flip)
{
	if (root != flip) {	/* extended SPIs are all the root's */
		memset(g->extended, flip ? 0xff : 0, sizeof(g->extended));
		memset(g->route_extended, flip ? 0xff : 0, sizeof(g->route_extended));
	}
	for (uint32_t intid = 32; intid < 1024; intid++) {
		struct irq_bank *b = &g->spis[intid / 32];
		const uint32_t bit = 1u << intid % 32, two = 3u << 2 * (intid % 16);
		uint32_t *config = &b->config[intid / 16 % 2];

		if (wide_owns(intid) != root) {
			if (flip)
				continue;
			b->group &= ~bit;
			b->groupmod &= ~bit;
			b->enabled &= ~bit;
			b->pending &= ~bit;
			b->active &= ~bit;
			*config &= ~two;
			b->priority[intid % 32] = 0;
			g->route[intid] = 0;
		} else if (flip) {
			b->group ^= bit;
			b->groupmod ^= bit;
			b->enabled ^= bit;
			b->pending ^= bit;
			b->active ^= bit;
			*config ^= two;
			b->priority[intid % 32] ^= 0xff;
			g->route[intid] ^= 0x7;
		}
	}
}

/* Every naturally aligned access to the distributor. */
#define FOR_EACH_ACCESS(offset, size)						\
	for (unsigned int size = 1; size <= 8; size *= 2)			\
		for (uint64_t offset = 0; offset < GIC_FRAME; offset += size)

static void no_write_reaches(unsigned int n, bool root)
{
	static const uint64_t values[] = { ~0ULL, 0, 0x0000002a0000002a, 100 };

	for (unsigned int v = 0; v < ARRAY_SIZE(values); v++) {
		static struct gic before, after;

		before = gic;
		blank(&before, root, false);
		FOR_EACH_ACCESS(offset, size)
			store(n, GICD_PA + offset, size, values[v]);
		after = gic;
		blank(&after, root, false);
		assert_memory_equal(&after, &before, offsetof(struct gic, told));
	}
}

static void test_no_write_to_the_distributor_changes_what_is_anothers(void **state)
{
	begin();
	no_write_reaches(3, false);
	no_write_reaches(0, true);
	for (uint32_t intid = 32; intid < SPI_LIMIT; intid++)
		assert_true(cell_cpu_by_mpidr(wide_owns(intid) ? cpus[3].cell : &cells[0], gic.route[intid]));
}

static void no_read_depends(unsigned int n, bool root)
{
	static struct gic one, other;
	static uint64_t values[4][GIC_FRAME];

	one = other = gic;
	blank(&other, root, true);
	gic = one;
	FOR_EACH_ACCESS(offset, size)
		values[__builtin_ctz(size)][offset] = load(n, GICD_PA + offset, size);
	gic = other;
	FOR_EACH_ACCESS(offset, size)
		if (values[__builtin_ctz(size)][offset] != load(n, GICD_PA + offset, size))
			fail_msg("offset %lx by %u bytes tells of another's interrupts", offset, size);
	gic = one;
}

static void test_no_read_of_the_distributor_tells_of_what_is_anothers(void **state)
{
	begin();
	no_read_depends(3, false);
	no_read_depends(0, true);
}

static void test_own_bits_are_set_cleared_and_read(void **state)
{
	static const uint64_t set[] = { GICD_ISENABLER, GICD_ISPENDR, GICD_ISACTIVER };
	static const uint64_t clear[] = { GICD_ICENABLER, GICD_ICPENDR, GICD_ICACTIVER };
	const uint32_t own = 1u << 0 | 1u << 8 | 1u << 9 | 1u << 31;

	begin();
	for (unsigned int i = 0; i < 3; i++) {
		uint32_t *word = &gic.spis[1].enabled + i, others = *word & ~own;

		store(3, GICD_PA + set[i] + 4, 4, 1u << 8 | 1u << 31);
		store(3, GICD_PA + clear[i] + 4, 4, 1u << 0 | 1u << 9);
		assert_int_equal(*word, others | 1u << 8 | 1u << 31);
		assert_int_equal(load(3, GICD_PA + set[i] + 4, 4), 1u << 8 | 1u << 31);
		assert_int_equal(load(3, GICD_PA + clear[i] + 4, 4), 1u << 8 | 1u << 31);
	}
	assert_int_equal(status.cpus[3].exits[PT_EXIT_IRQ_REFUSED], 0);
	store(3, GICD_PA + GICD_ISENABLER + 4, 4, 1u << 1);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_IRQ_REFUSED], 1);
	assert_true(status.cpus[3].exits[PT_EXIT_GICD] > 10);
}

static void test_own_trigger_priority_and_group_are_as_in_hardware(void **state)
{
	begin();
	gic.spis[1].config[0] = 0x55555555;
	store(3, GICD_PA + GICD_ICFGR + 8, 4, 2 << 16);			/* 40; level for 32 and 41 */
	assert_int_equal(gic.spis[1].config[0], 0x55525554);
	assert_int_equal(load(3, GICD_PA + GICD_ICFGR + 8, 4), 2 << 16);

	memset(gic.spis[1].priority, 0x11, 32);
	store(3, GICD_PA + GICD_IPRIORITYR + 40, 1, 0x80);
	store(3, GICD_PA + GICD_IPRIORITYR + 62, 2, 0x9091);
	store(3, GICD_PA + GICD_IPRIORITYR + 32, 4, 0xa0a1a2a3);
	assert_int_equal(gic.spis[1].priority[8], 0x80);
	assert_int_equal(gic.spis[1].priority[30], 0x11);
	assert_int_equal(gic.spis[1].priority[31], 0x90);
	assert_int_equal(gic.spis[1].priority[0], 0xa3);
	assert_int_equal(gic.spis[1].priority[1], 0x11);
	assert_int_equal(load(3, GICD_PA + GICD_IPRIORITYR + 40, 4), 0x1180);
	assert_int_equal(load(3, GICD_PA + GICD_IPRIORITYR + 63, 1), 0x90);

	gic.spis[1].group = ~0u;
	store(3, GICD_PA + GICD_IGROUPR + 4, 4, 0);
	assert_int_equal(gic.spis[1].group, ~0u);
	assert_int_equal(load(3, GICD_PA + GICD_IGROUPR + 4, 4), 0x80000301);
}

static void test_own_routes_stay_within_the_cell(void **state)
{
	const uint64_t at = GICD_PA + GICD_IROUTER + 8 * 40;

	begin();
	assert_int_equal(gic.route[40], board_mpidr[3]);
	store(3, at, 8, board_mpidr[7]);
	assert_int_equal(gic.route[40], board_mpidr[7]);
	assert_int_equal(load(3, at, 8), board_mpidr[7]);
	assert_int_equal(load(3, at, 4), 0x203);
	assert_int_equal(load(3, at + 4, 4), 1);
	store(3, at, 8, board_mpidr[2]);		/* the root's */
	assert_int_equal(gic.route[40], board_mpidr[3]);
	store(7, at, 8, GICD_IROUTER_IRM);
	assert_int_equal(gic.route[40], board_mpidr[7]);
	store(3, at, 4, 3);				/* upper half is still 1: no such CPU */
	assert_int_equal(gic.route[40], board_mpidr[3]);
	store(3, at, 4, 0x203);
	store(3, at + 4, 4, 1);
	store(3, at, 1, 0xff);
	assert_int_equal(gic.route[40], board_mpidr[3]);
}

static void test_message_interrupts_are_raised_by_their_owner_only(void **state)
{
	begin();
	gic.spis[1].pending = 0;
	store(3, GICD_PA + GICD_SETSPI_NSR, 4, 41);
	assert_int_equal(gic.spis[1].pending, 1 << 9);
	store(3, GICD_PA + GICD_SETSPI_NSR, 4, 43);
	store(0, GICD_PA + GICD_SETSPI_NSR, 4, 41);
	store(0, GICD_PA + GICD_CLRSPI_NSR, 4, 41);
	store(3, GICD_PA + GICD_SETSPI_NSR, 4, 0xffffffff);
	store(3, GICD_PA + GICD_SETSPI_NSR, 4, 5);
	assert_int_equal(gic.spis[1].pending, 1 << 9);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_IRQ_REFUSED], 3);
	store(3, GICD_PA + GICD_CLRSPI_NSR, 4, 41);
	assert_int_equal(gic.spis[1].pending, 0);
}

static void test_control_of_the_distributor_is_nobodys(void **state)
{
	const uint32_t ctlr = gic.ctlr;

	begin();
	for (unsigned int n = 0; n <= 3; n += 3) {
		store(n, GICD_PA + GICD_CTLR, 4, 0);
		assert_int_equal(gic.ctlr, ctlr);
		assert_int_equal(load(n, GICD_PA + GICD_CTLR, 4), ctlr);
		assert_int_equal(load(n, GICD_PA + GICD_TYPER, 4), 0x100 | (SPI_LIMIT / 32 - 1));
		assert_int_equal(load(n, GICD_PA + GIC_PIDR2, 4), 0x3b);
		assert_int_equal(load(n, GICD_PA + GICD_IIDR, 4), 0x43b);
	}
}

static void test_extended_interrupts_are_the_roots(void **state)
{
	begin();
	store(0, GICD_PA + GICD_EXTENDED + 8, 4, 0x12345678);
	store(0, GICD_PA + GICD_IROUTERE, 8, board_mpidr[5]);
	store(0, GICD_PA + GICD_IROUTERE + 8, 8, board_mpidr[3]);	/* not its CPU any more */
	assert_int_equal(load(0, GICD_PA + GICD_EXTENDED + 8, 4), 0x12345678);
	assert_int_equal(gic.route_extended[0], board_mpidr[5]);
	assert_int_equal(load(0, GICD_PA + GICD_IROUTERE, 8), board_mpidr[5]);
	assert_int_equal(gic.route_extended[1], board_mpidr[0]);
	store(3, GICD_PA + GICD_EXTENDED + 8, 4, ~0u);
	store(3, GICD_PA + GICD_IROUTERE, 8, board_mpidr[3]);
	assert_int_equal(load(3, GICD_PA + GICD_EXTENDED + 8, 4), 0);
	assert_int_equal(load(3, GICD_PA + GICD_IROUTERE, 8), 0);
	assert_int_equal(gic.extended[2], 0x12345678);
	assert_int_equal(gic.route_extended[0], board_mpidr[5]);
}

static void test_own_redistributor_works(void **state)
{
	const uint64_t sgi = FRAME(7) + GICR_SGI;
	struct irq_bank *b = &gic.redistributor[7].bank;

	begin();
	/* Also from another CPU of the cell. */
	for (unsigned int n = 3; n <= 7; n += 4) {
		store(n, sgi + GICD_ISENABLER, 4, 1u << 27);
		assert_int_equal(b->enabled, 1u << 27);
		assert_int_equal(load(n, sgi + GICD_ICENABLER, 4), 1u << 27);
		store(n, sgi + GICD_ICENABLER, 4, ~0u);
		assert_int_equal(b->enabled, 0);
		store(n, sgi + GICD_IPRIORITYR + 27, 1, 0x40 + n);
		assert_int_equal(b->priority[27], 0x40 + n);
		assert_int_equal(load(n, sgi + GICD_IPRIORITYR + 27, 1), 0x40 + n);
		store(n, sgi + GICD_IPRIORITYR, 4, 0x01020304);
		assert_int_equal(load(n, sgi + GICD_IPRIORITYR, 4), 0x01020304);
		assert_int_equal(b->priority[0], 4);
		store(n, sgi + GICR_ICFGR1, 4, 0xaaaaaaaa);
		assert_int_equal(b->config[1], 0xaaaaaaaa);
		store(n, sgi + GICD_IGROUPR, 4, 0);
		store(n, sgi + GICD_IGRPMODR, 4, ~0u);
		assert_int_equal(b->group, ~0u);
		assert_int_equal(b->groupmod, 0);
	}
	assert_int_equal(load(3, FRAME(3) + GICR_TYPER, 8), gic.redistributor[3].typer);
	assert_int_equal(load(3, FRAME(3) + GICR_TYPER + 4, 4), 3);
	assert_int_equal(load(3, FRAME(3) + GICR_WAKER, 4), 0);
	assert_true(status.cpus[3].exits[PT_EXIT_GICR] > 10);
}

static void test_lpi_tables_stay_where_they_are(void **state)
{
	struct redistributor *r = &gic.redistributor[0];

	begin();
	r->ctlr = GICR_CTLR_ENABLE_LPIS;
	r->propbaser = 0x4600078d;
	r->pendbaser = 0x46100780;
	for (unsigned int size = 1; size <= 8; size *= 2) {
		store(0, FRAME(0) + GICR_CTLR, size == 8 ? 4 : size, 0);
		store(0, FRAME(0) + GICR_PROPBASER, size, ~0ULL);
		store(0, FRAME(0) + GICR_PENDBASER, size, ~0ULL);
	}
	assert_int_equal(r->ctlr, GICR_CTLR_ENABLE_LPIS);
	assert_int_equal(load(0, FRAME(0) + GICR_PROPBASER, 8), 0x4600078d);
	assert_int_equal(load(0, FRAME(0) + GICR_PENDBASER, 8), 0x46100780);
}

static void test_roots_lpis_rest_while_a_cell_has_the_cpu(void **state)
{
	struct redistributor *r = &gic.redistributor[3];

	r->ctlr = GICR_CTLR_ENABLE_LPIS;
	cell_in_state(&small_cell, PT_CELL_RUNNING);
	assert_int_equal(r->ctlr, 0);
	root_finish(PT_HC_CELL_STOP, 1);
	root_finish(PT_HC_CELL_DESTROY, 1);
	assert_int_equal(fake_smc(0, 0xc4000003, board_mpidr[3], ARENA_BASE, 0), 0);
	fake_settle();
	assert_int_equal(r->ctlr, GICR_CTLR_ENABLE_LPIS);
}

/* Every register of the own frame, every size: neighbours do not notice, and no access is one that the manual forbids. */
static void test_no_access_to_the_own_redistributor_changes_another_cpus(void **state)
{
	static struct gic before;

	begin();
	before = gic;
	for (unsigned int size = 1; size <= 8; size *= 2)
		for (uint64_t offset = 0; offset < GICR_SIZE; offset += size) {
			load(3, FRAME(3) + offset, size);
			store(3, FRAME(3) + offset, size, ~0ULL);
			load(0, FRAME(0) + offset, size);
			store(0, FRAME(0) + offset, size, ~0ULL);
		}
	before.redistributor[3].bank = gic.redistributor[3].bank;
	before.redistributor[0].bank = gic.redistributor[0].bank;
	before.redistributor[3].waker = gic.redistributor[3].waker;
	before.redistributor[0].waker = gic.redistributor[0].waker;
	assert_memory_equal(&gic, &before, offsetof(struct gic, told));
}

static void test_foreign_redistributors_tell_who_they_are_and_no_more(void **state)
{
	static const uint64_t open[] = { GICR_CTLR, GICR_IIDR, GICR_TYPER, GICR_TYPER + 4, GIC_ID, GIC_PIDR2, 0xfffc };
	static const unsigned int pairs[][2] = { { 3, 0 }, { 0, 3 }, { 3, 6 }, { 1, 7 } };
	static struct gic before;

	begin();
	before = gic;
	for (unsigned int p = 0; p < ARRAY_SIZE(pairs); p++) {
		const uint64_t frame = FRAME(pairs[p][1]);

		assert_int_equal(load(pairs[p][0], frame + GICR_TYPER, 8), gic.redistributor[pairs[p][1]].typer);
		for (unsigned int size = 1; size <= 8; size *= 2)
			for (uint64_t offset = 0; offset < GICR_SIZE; offset += size) {
				bool is_open = offset >= GIC_ID && offset < GIC_FRAME;
				/* EDK2 puts the first frame of the board into group 1 before it looks for its own. */
				const bool ignores = offset == GICR_SGI + GICD_IGROUPR;
				uint64_t value = ~0ULL;

				for (unsigned int i = 0; i < ARRAY_SIZE(open); i++)
					is_open |= offset == open[i];
				assert_int_equal(access(pairs[p][0], frame + offset, size, true, &value),
						 ignores ? PT_FAULT_NONE : PT_FAULT_GIC);
				assert_int_equal(access(pairs[p][0], frame + offset, size, false, &value),
						 is_open ? PT_FAULT_NONE : PT_FAULT_GIC);
			}
	}
	assert_memory_equal(&gic, &before, offsetof(struct gic, told));
}

static void test_foreign_redistributor_ends_a_cell_and_is_an_abort_for_the_root(void **state)
{
	uint64_t value;

	begin();
	assert_int_equal(fake_store_to(0, FRAME(3) + GICR_SGI + GICD_ICENABLER, 4, ~0u), INJECTED);
	assert_int_equal(fake_load(0, FRAME(3) + GICR_TYPER, 8, &value), SERVED);
	assert_int_equal(fake_store_to(3, FRAME(0) + GICR_SGI + GICD_ICENABLER, 4, ~0u), ENDED);
	assert_int_equal(status.cells[1].fault.kind, PT_FAULT_GIC);
	assert_int_equal(status.cells[1].fault.ipa, FRAME(0) + GICR_SGI + GICD_ICENABLER);
}

/* ICC_SGI1R_EL1's view of a board's CPU. */
static uint64_t affinity(unsigned int n)
{
	const uint64_t m = board_mpidr[n];

	return (m >> 32) << 48 | (m >> 8 & 0xff) << 16 | (m >> 4 & 0xf) << 44;
}

static uint64_t bit_of(unsigned int n)
{
	return 1ULL << (board_mpidr[n] & 15);
}

/* What came of the last SGI: which CPUs have INTID 9 pending. */
static unsigned int who_got_it(void)
{
	unsigned int got = 0;

	for (unsigned int n = 0; n < CPUS; n++) {
		got |= (gic.redistributor[n].bank.pending >> 9 & 1) << n;
		gic.redistributor[n].bank.pending = 0;
	}
	return got;
}

#define SGI9	(9ULL << 24)

static void test_sgi_reaches_the_own_cpus(void **state)
{
	begin();
	fake_msr(3, ICC_SGI1R_EL1, SGI9 | affinity(7) | bit_of(7));
	assert_int_equal(who_got_it(), 1 << 7);
	fake_msr(3, ICC_SGI1R_EL1, SGI9 | affinity(3) | bit_of(3));	/* itself */
	assert_int_equal(who_got_it(), 1 << 3);
	fake_msr(0, ICC_SGI1R_EL1, SGI9 | affinity(6) | bit_of(6));	/* range selector 1 */
	assert_int_equal(who_got_it(), 1 << 6);
	fake_msr(0, ICC_SGI1R_EL1, SGI9 | affinity(4) | bit_of(4) | bit_of(5));
	assert_int_equal(who_got_it(), 1 << 4 | 1 << 5);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_SGI], 2);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_SGI_REFUSED], 0);
	assert_int_equal(fake.cpu[3].regs[REG_elr_el2], wide_cell.entry + 8);
}

static void test_sgi_to_foreign_cpu_is_dropped_and_counted(void **state)
{
	begin();
	fake_msr(3, ICC_SGI1R_EL1, SGI9 | bit_of(0));
	assert_int_equal(who_got_it(), 0);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_SGI_REFUSED], 1);
	fake_msr(3, ICC_SGI1R_EL1, SGI9 | 0xffff);	/* its own among foreign ones and ones that do not exist */
	assert_int_equal(who_got_it(), 1 << 3);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_SGI_REFUSED], 2);
	fake_msr(0, ICC_SGI1R_EL1, SGI9 | bit_of(3) | bit_of(2));
	assert_int_equal(who_got_it(), 1 << 2);
	assert_int_equal(status.cpus[0].exits[PT_EXIT_SGI_REFUSED], 1);
	/* No such cluster: each of the four fields wrong. */
	for (unsigned int shift = 16; shift <= 48; shift += shift == 16 ? 16 : shift == 32 ? 12 : 4)
		fake_msr(0, ICC_SGI1R_EL1, SGI9 | 7ULL << shift | 0xffff);
	assert_int_equal(who_got_it(), 0);
	assert_int_equal(status.cpus[0].exits[PT_EXIT_SGI_REFUSED], 5);
	/* To nobody is not refused. */
	fake_msr(0, ICC_SGI1R_EL1, SGI9);
	assert_int_equal(status.cpus[0].exits[PT_EXIT_SGI_REFUSED], 5);
}

/* All that no cell has is the root's: a Linux whose tree lacks a CPU that it uses would wait for that CPU in vain. */
static void test_root_reaches_cpus_that_the_board_does_not_name(void **state)
{
	begin();
	fake.sgi_count = 0;
	fake_msr(0, ICC_SGI1R_EL1, SGI9 | 1 << 14);
	assert_int_equal(fake.sgi_count, 1);
	assert_int_equal(fake.sgis[0].value, SGI9 | 1 << 14);
	assert_int_equal(status.cpus[0].exits[PT_EXIT_SGI_REFUSED], 0);
	fake_msr(3, ICC_SGI1R_EL1, SGI9 | 1 << 14);
	assert_int_equal(fake.sgi_count, 1);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_SGI_REFUSED], 1);
}

static void test_sgi_to_all_others_means_the_cells_others(void **state)
{
	begin();
	fake_msr(3, ICC_SGI1R_EL1, SGI9 | 1ULL << 40 | 0xff00ff0000);
	assert_int_equal(who_got_it(), 1 << 7);
	fake_msr(2, ICC_SGI1R_EL1, SGI9 | 1ULL << 40);
	assert_int_equal(who_got_it(), 0x77 & ~(1 << 2));
	assert_int_equal(status.cpus[2].exits[PT_EXIT_SGI_REFUSED], 0);
}

static void test_sgis_of_other_groups_are_refused(void **state)
{
	begin();
	for (unsigned int n = 0; n <= 3; n += 3) {
		fake.sgi_count = 0;
		fake_msr(n, ICC_SGI0R_EL1, SGI9 | bit_of(n));
		fake_msr(n, ICC_ASGI1R_EL1, SGI9 | bit_of(n));
		assert_int_equal(fake.sgi_count, 0);
		assert_int_equal(status.cpus[n].exits[PT_EXIT_SGI_REFUSED], 2);
		assert_int_equal(fake.cpu[n].where, IN_GUEST);
	}
}

static void test_sgi_filter_follows_cpus_that_change_hands(void **state)
{
	begin();
	root_finish(PT_HC_CELL_STOP, 1);
	root_finish(PT_HC_CELL_DESTROY, 1);
	fake_msr(0, ICC_SGI1R_EL1, SGI9 | bit_of(3));
	assert_int_equal(who_got_it(), 1 << 3);
	cell_in_state(&small_cell, PT_CELL_CREATED);
	fake_msr(0, ICC_SGI1R_EL1, SGI9 | bit_of(3));
	assert_int_equal(who_got_it(), 0);
}

static void test_group_0_looks_empty_to_a_cell(void **state)
{
	begin();
	for (unsigned int op2 = 0; op2 < 8; op2++) {	/* ICC_IAR0, EOIR0, HPPIR0, BPR0, AP0R<n>_EL1 */
		fake_msr(3, SYSREG(3, 0, 12, 8, op2), ~0ULL);
		assert_int_equal(fake_mrs(3, SYSREG(3, 0, 12, 8, op2)), op2 == 0 || op2 == 2 ? 1023 : 0);
	}
	fake_msr(3, SYSREG(3, 0, 12, 12, 6), 1);	/* ICC_IGRPEN0_EL1 */
	assert_int_equal(fake_mrs(3, SYSREG(3, 0, 12, 12, 6)), 0);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
}

static void test_interrupt_is_deactivated_by_its_owner_only(void **state)
{
	static const struct { uint64_t intid; bool root, cell; } cases[] = {
		{ 0, true, true }, { 27, true, true }, { 31, true, true }, { 40, false, true }, { 63, false, true },
		{ 43, true, false }, { 1020, true, false }, { 4096, true, false }, { 8192, true, false },
		{ 0xffffff, true, false },
	};

	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++)
		for (unsigned int n = 0; n <= 3; n += 3) {
			fake.cpu[n].regs[REG_icc_dir_el1] = 0xdead;
			fake_msr(n, ICC_DIR_EL1, cases[i].intid | 0xabcd000000000000);
			assert_int_equal(fake.cpu[n].regs[REG_icc_dir_el1],
					 (n ? cases[i].cell : cases[i].root) ? cases[i].intid : 0xdead);
			assert_int_equal(fake.cpu[n].where, IN_GUEST);
		}
	assert_int_equal(status.cpus[3].exits[PT_EXIT_IRQ_REFUSED], 1);
}

TESTS(
	ENABLED(test_no_write_to_the_distributor_changes_what_is_anothers),
	ENABLED(test_no_read_of_the_distributor_tells_of_what_is_anothers),
	ENABLED(test_own_bits_are_set_cleared_and_read),
	ENABLED(test_own_trigger_priority_and_group_are_as_in_hardware),
	ENABLED(test_own_routes_stay_within_the_cell),
	ENABLED(test_message_interrupts_are_raised_by_their_owner_only),
	ENABLED(test_control_of_the_distributor_is_nobodys),
	ENABLED(test_extended_interrupts_are_the_roots),
	ENABLED(test_own_redistributor_works),
	ENABLED(test_lpi_tables_stay_where_they_are),
	ENABLED(test_roots_lpis_rest_while_a_cell_has_the_cpu),
	ENABLED(test_no_access_to_the_own_redistributor_changes_another_cpus),
	ENABLED(test_foreign_redistributors_tell_who_they_are_and_no_more),
	ENABLED(test_foreign_redistributor_ends_a_cell_and_is_an_abort_for_the_root),
	ENABLED(test_sgi_reaches_the_own_cpus),
	ENABLED(test_sgi_to_foreign_cpu_is_dropped_and_counted),
	ENABLED(test_root_reaches_cpus_that_the_board_does_not_name),
	ENABLED(test_sgi_to_all_others_means_the_cells_others),
	ENABLED(test_sgis_of_other_groups_are_refused),
	ENABLED(test_sgi_filter_follows_cpus_that_change_hands),
	ENABLED(test_group_0_looks_empty_to_a_cell),
	ENABLED(test_interrupt_is_deactivated_by_its_owner_only)
)
