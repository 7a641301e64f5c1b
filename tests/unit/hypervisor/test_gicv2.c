// SPDX-License-Identifier: GPL-2.0-only
/*
 * A GICv2 behind the filter of its distributor, and the CPU interface that cells have themselves. Sweeps over every register and
 * access size show that no cell changes or learns anything of what it does not own; single tests show that what it owns works,
 * and that a cell cannot make itself unreachable.
 */
#include <stdlib.h>
#include <string.h>
#include <core/enable.h>
#include <guest/guest.h>
#include <machine/cpu.h>
#include <machine/gic_regs.h>
#include "test.h"

/* CPUs 3 and 7; SPIs at the edges of words, next to foreign ones. */
static const struct cell_spec wide_cell = {
	.name = "wide", .comm = 0x10000000, .cpu_count = 2, .cpus = { 3, 7 }, .region_count = 1,
	.regions = { { ARENA_BASE, 0, 0x1000, PT_REGION_READ | PT_REGION_WRITE | PT_REGION_EXEC, 0 } },
	.spi_count = 6, .spis = { 32, 40, 41, 63, 64, SPI_LIMIT - 1 },
};

static const uint8_t wide_cpus = 1 << (3 ^ 5) | 1 << (7 ^ 5);

static bool wide_owns(uint32_t intid)
{
	for (uint32_t i = 0; i < wide_cell.spi_count; i++)
		if (wide_cell.spis[i] == intid)
			return true;
	return false;
}

static int begin_gicv2(void **state)
{
	fake_gic_version = 2;
	board_enable(CPUS);
	return 0;
}

static int end_gicv2(void **state)
{
	fake_gic_version = 3;
	return 0;
}

static void begin(void)
{
	cell_in_state(&wide_cell, PT_CELL_RUNNING);
	assert_int_equal(fake_smc(3, 0xc4000003, board_mpidr[7], 0, 0), 0);
	fake_settle();
	assert_int_equal(fake.cpu[7].where, IN_GUEST);
	srandom(4);
	for (unsigned int word = 1; word < SPI_LIMIT / 32; word++) {
		unsigned char *b = (unsigned char *)&gic.spis[word];

		for (unsigned int i = 0; i < sizeof(struct irq_bank); i++)
			b[i] = (unsigned char)random();
	}
}

struct attempt {
	uint64_t x[31], esr, ipa;
	enum pt_fault_kind kind;
};

static void attempt_job(void *context)
{
	struct attempt *a = context;

	a->kind = mmio_access(this_cpu(), a->x, a->esr, a->ipa);
	fake.cpu[this_cpu()->number].where = IN_GUEST;
}

/* A plain load or store, by x5, straight into the guest floor: as if it had trapped on CPU @n. */
static enum pt_fault_kind access(unsigned int n, uint64_t pa, unsigned int size, bool write, uint64_t *value)
{
	struct attempt a = {
		.x = { [5] = *value }, .ipa = pa,
		.esr = ESR_DABT | ABT_ISV | (write ? ABT_WNR : 0) | 5 << 16 | ABT_SF |
		       (uint64_t)__builtin_ctz(size) << 22,
	};

	fake_run(n, attempt_job, &a);
	*value = a.x[5];
	return a.kind;
}

static uint64_t load(unsigned int n, uint64_t offset, unsigned int size)
{
	uint64_t value = 0;

	assert_int_equal(access(n, GICD_PA + offset, size, false, &value), PT_FAULT_NONE);
	return value;
}

static void store(unsigned int n, uint64_t offset, unsigned int size, uint64_t value)
{
	assert_int_equal(access(n, GICD_PA + offset, size, true, &value), PT_FAULT_NONE);
}

/*
 * Take everything out of @g that the cell (or, with @root, the root) owns and CPU @n can reach through the distributor; with @flip,
 * turn over the rest.
 */
static void blank(struct gic *g, unsigned int n, bool root, bool flip)
{
	for (uint32_t intid = 32; intid < SPI_LIMIT; intid++) {
		struct irq_bank *b = &g->spis[intid / 32];
		const uint32_t bit = 1u << intid % 32, two = 3u << 2 * (intid % 16);
		uint32_t *config = &b->config[intid / 16 % 2];

		if (wide_owns(intid) != root) {
			if (flip)
				continue;
			b->enabled &= ~bit;
			b->pending &= ~bit;
			b->active &= ~bit;
			*config &= ~two;
			b->priority[intid % 32] = 0;
			g->route[intid] = 0;
		} else if (flip) {
			b->group ^= bit;
			b->enabled ^= bit;
			b->pending ^= bit;
			b->active ^= bit;
			*config ^= two;
			b->priority[intid % 32] ^= 0xff;
			g->route[intid] ^= 0xff;
		}
	}
	for (unsigned int i = 0; i < CPUS; i++) {
		const bool own_sgis = (i == 3 || i == 7) != root;

		if (i == n && !flip)
			memset(&g->redistributor[i].bank, 0, sizeof(g->redistributor[i].bank));
		if (own_sgis && !flip) {	/* its siblings may send it SGIs */
			memset(g->gicc[i].from, 0, sizeof(g->gicc[i].from));
			g->redistributor[i].bank.pending &= ~0xffffu;
		}
		if (i != n && flip) {
			memset(&g->redistributor[i].bank, 0x5a, sizeof(g->redistributor[i].bank));
			memset(&g->gicc[i], 0x5a, sizeof(g->gicc[i]));
		}
	}
}

#define FOR_EACH_ACCESS(offset, size)						\
	for (unsigned int size = 1; size <= 8; size *= 2)			\
		for (uint64_t offset = 0; offset < GICD_V2_SIZE; offset += size)

static void no_write_reaches(unsigned int n, bool root)
{
	static const uint64_t values[] = { ~0ULL, 0, 0x00ff000300ff0003, 0x01ff000f01ff000f, 0x0200000102000001, 100 };

	for (unsigned int v = 0; v < ARRAY_SIZE(values); v++) {
		static struct gic before, after;

		before = gic;
		blank(&before, n, root, false);
		FOR_EACH_ACCESS(offset, size)
			store(n, offset, size, values[v]);
		after = gic;
		blank(&after, n, root, false);
		assert_memory_equal(&after, &before, offsetof(struct gic, told));
	}
}

static void test_no_write_to_the_distributor_changes_what_is_anothers(void **state)
{
	begin();
	no_write_reaches(3, false);
	no_write_reaches(7, false);
	no_write_reaches(0, true);
	for (uint32_t intid = 32; intid < SPI_LIMIT; intid++)
		assert_int_equal(gic.route[intid] & (wide_owns(intid) ? ~wide_cpus : wide_cpus) & 0xff, 0);
	fake_settle();
	fake_check();
}

static void no_read_depends(unsigned int n, bool root)
{
	static struct gic one, other;
	static uint64_t values[4][GICD_V2_SIZE];

	one = other = gic;
	blank(&other, n, root, true);
	gic = one;
	FOR_EACH_ACCESS(offset, size)
		values[__builtin_ctz(size)][offset] = load(n, offset, size);
	gic = other;
	FOR_EACH_ACCESS(offset, size)
		if (values[__builtin_ctz(size)][offset] != load(n, offset, size))
			fail_msg("offset %lx by %u bytes tells of another's interrupts", offset, size);
	gic = one;
}

static void test_no_read_of_the_distributor_tells_of_what_is_anothers(void **state)
{
	begin();
	no_read_depends(3, false);
	no_read_depends(0, true);
}

/* A board may give the distributor 64 KiB, of which 4 are there. */
static void test_nothing_is_behind_the_first_page(void **state)
{
	((struct pt_system *)board_system)->gicd.size = 0x10000;
	for (uint64_t offset = GICD_V2_SIZE; offset < GIC_FRAME; offset += 8) {
		assert_int_equal(load(0, offset, 4), 0);
		store(0, offset, 8, ~0ULL);
		store(0, offset + 4, 4, ~0ULL);
	}
}

static void test_private_interrupts_are_each_cpus_own(void **state)
{
	begin();
	for (unsigned int n = 3; n <= 7; n += 4) {
		struct irq_bank *b = &gic.redistributor[n].bank;

		store(n, GICD_ISENABLER, 4, 1u << 27 | 1u << n);
		assert_int_equal(b->enabled, 1u << 27 | 1u << n);
		assert_int_equal(load(n, GICD_ICENABLER, 4), 1u << 27 | 1u << n);
		store(n, GICD_IPRIORITYR + 27, 1, 0x40 + n);
		assert_int_equal(b->priority[27], 0x40 + n);
		assert_int_equal(load(n, GICD_IPRIORITYR + 24, 4) >> 24, 0x40 + n);
		store(n, GICR_ICFGR1, 4, 0xaaaaaaaa);
		assert_int_equal(b->config[1], 0xaaaaaaaa);
		store(n, GICD_ISPENDR, 4, 1u << 30);
		assert_int_equal(load(n, GICD_ISPENDR, 4), 1u << 30);
		store(n, GICD_IGROUPR, 4, ~0u);
		assert_int_equal(b->group, 0);
		/* Whose they are, which nobody can change, tells the CPU its number. */
		store(n, GICD_ITARGETSR, 4, ~0u);
		store(n, GICD_ITARGETSR + 31, 1, 0xff);
		assert_int_equal(load(n, GICD_ITARGETSR, 4), 0x01010101u * gicv2_bit(n));
		assert_int_equal(load(n, GICD_ITARGETSR + 30, 1), gicv2_bit(n));
	}
	assert_int_equal(gic.redistributor[0].bank.enabled & 1u << 27, 0);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_IRQ_REFUSED], 0);
}

static void test_own_targets_stay_within_the_cell(void **state)
{
	const uint8_t c3 = gicv2_bit(3), c7 = gicv2_bit(7), root = gicv2_bit(2);

	begin();
	assert_int_equal(gic.route[40], c3);
	store(3, GICD_ITARGETSR + 40, 1, c7);
	assert_int_equal(gic.route[40], c7);
	store(3, GICD_ITARGETSR + 40, 1, 0xff);		/* all that it has */
	assert_int_equal(gic.route[40], c3 | c7);
	assert_int_equal(load(7, GICD_ITARGETSR + 40, 1), c3 | c7);
	store(3, GICD_ITARGETSR + 40, 1, root);		/* another's: its own CPU */
	assert_int_equal(gic.route[40], c3);
	store(3, GICD_ITARGETSR + 40, 1, 0);		/* nobody */
	assert_int_equal(gic.route[40], 0);
	/* Four at once; 42 and 43 are the root's. */
	gic.route[42] = gic.route[43] = root;
	store(7, GICD_ITARGETSR + 40, 4, 0x01010101u * (c7 | root));
	assert_int_equal(gic.route[40], c7);
	assert_int_equal(gic.route[41], c7);
	assert_int_equal(gic.route[42], root);
	assert_int_equal(gic.route[43], root);
	assert_int_equal(load(7, GICD_ITARGETSR + 40, 4), c7 | c7 << 8);
}

static void test_targets_follow_an_interrupt_from_owner_to_owner(void **state)
{
	gic.route[40] = gicv2_bit(1) | gicv2_bit(3);
	gic.route[50] = gicv2_bit(3);
	gic.route[51] = gicv2_bit(3) | gicv2_bit(6);
	begin();
	/* What the root had sent to a CPU that it has no more. */
	assert_int_equal(gic.route[50], gicv2_bit(0));
	assert_int_equal(gic.route[51], gicv2_bit(6));
	assert_int_equal(gic.route[40], gicv2_bit(3));
	assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
	assert_int_equal(gic.route[40], gicv2_bit(1));
	fake_check();
}

static void expect_sgis(unsigned int from, uint32_t intid, uint8_t cpus_bits)
{
	for (unsigned int n = 0; n < CPUS; n++) {
		assert_int_equal(gic.gicc[n].from[intid], cpus_bits & 1 << n ? gicv2_bit(from) : 0);
		gic.gicc[n].from[intid] = 0;
	}
}

#define SGIR(filter, list, intid)	((uint64_t)(filter) << 24 | (uint64_t)(list) << 16 | (intid))

static void test_sgis_reach_the_own_cell_only(void **state)
{
	uint64_t *exits = status.cpus[3].exits;

	begin();
	memset(status.cpus[3].exits, 0, sizeof(status.cpus[3].exits));
	store(3, GICD_SGIR, 4, SGIR(0, gicv2_bit(7), 5));
	expect_sgis(3, 5, 1 << 7);
	store(3, GICD_SGIR, 4, SGIR(0, gicv2_bit(3) | gicv2_bit(7), 15));
	expect_sgis(3, 15, 1 << 3 | 1 << 7);
	store(3, GICD_SGIR, 4, SGIR(1, 0xff, 1));	/* the list is not looked at */
	expect_sgis(3, 1, 1 << 7);
	store(3, GICD_SGIR, 4, SGIR(2, 0xff, 1));
	expect_sgis(3, 1, 1 << 3);
	assert_int_equal(exits[PT_EXIT_GICD], 4);
	assert_int_equal(exits[PT_EXIT_SGI_REFUSED], 0);

	store(3, GICD_SGIR, 4, SGIR(3, 0xff, 1));	/* reserved */
	expect_sgis(3, 1, 0);
	store(3, GICD_SGIR, 4, SGIR(0, 0, 1));
	expect_sgis(3, 1, 0);
	assert_int_equal(exits[PT_EXIT_SGI_REFUSED], 0);
	store(3, GICD_SGIR, 4, SGIR(0, 0xff, 2) | BIT(15));
	expect_sgis(3, 2, 1 << 3 | 1 << 7);
	store(3, GICD_SGIR, 4, SGIR(0, gicv2_bit(0), 2));
	expect_sgis(3, 2, 0);
	assert_int_equal(exits[PT_EXIT_SGI_REFUSED], 2);
	store(3, GICD_SGIR, 1, 0);
	store(3, GICD_SGIR, 2, 0);
	store(3, GICD_SGIR, 8, SGIR(0, 0xff, 1));
	expect_sgis(3, 0, 0);
	expect_sgis(3, 1, 0);
	assert_int_equal(load(3, GICD_SGIR, 4), 0);

	store(0, GICD_SGIR, 4, SGIR(1, 0, 4));
	expect_sgis(0, 4, 0xff & ~(1 << 0 | 1 << 3 | 1 << 7));
	store(0, GICD_SGIR, 4, SGIR(0, 0xff, 4));
	expect_sgis(0, 4, 0xff & ~(1 << 3 | 1 << 7));
	assert_int_equal(status.cpus[0].exits[PT_EXIT_SGI_REFUSED], 1);
}

/* Linux may have CPUs that the board does not name. */
static void test_sgis_of_the_root_reach_cpus_that_the_board_does_not_name(void **state)
{
	fake_reset();
	board_system_blob(board_system);
	((struct pt_system *)board_system)->cpus.count = 4;
	board_sign(board_system);
	board_enter(4);
	cell_in_state(&(struct cell_spec){
		.name = "one", .comm = 0x10000000, .cpu_count = 1, .cpus = { 3 }, .region_count = 1,
		.regions = { { ARENA_BASE, 0, 0x1000, PT_REGION_READ | PT_REGION_EXEC, 0 } },
	}, PT_CELL_RUNNING);
	store(0, GICD_SGIR, 4, SGIR(1, 0, 4));
	expect_sgis(0, 4, 0xff & ~(1 << 0 | 1 << 3));
}

static void test_pending_sgis_are_the_receivers_to_set_and_clear(void **state)
{
	begin();
	store(3, GICD_SPENDSGIR + 4, 4, 0x00000102);
	assert_int_equal(gic.gicc[3].from[4], 2);
	assert_int_equal(gic.gicc[3].from[5], 1);
	assert_int_equal(load(3, GICD_SPENDSGIR + 4, 4), 0x102);
	assert_int_equal(load(3, GICD_CPENDSGIR + 5, 1), 1);
	assert_int_equal(load(3, GICD_ISPENDR, 4) & 0xffff, 0x30);
	store(3, GICD_CPENDSGIR + 4, 1, 0xff);
	assert_int_equal(gic.gicc[3].from[4], 0);
	assert_int_equal(gic.gicc[3].from[5], 1);
	assert_int_equal(gic.gicc[7].from[5], 0);
}

static void test_cells_reach_the_cpu_interface_themselves(void **state)
{
	struct leaf leaf;
	uint64_t value;

	begin();
	for (uint64_t at = GICC_PA; at < GICC_PA + GICC_SIZE; at += PT_PAGE_SIZE) {
		assert_true(fake_walk(&cells[1].stage2, at, &leaf));
		assert_true(leaf.pa == leaf.ipa && leaf.write && leaf.device && !leaf.exec);
		assert_true(fake_walk(&cells[0].stage2, at, &leaf));
	}
	assert_false(fake_walk(&cells[1].stage2, GICC_PA + GICC_SIZE, &leaf));
	assert_int_equal(fake_load(3, GICD_PA, 4, &value), SERVED);
	fake_check();
	assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
	assert_false(fake_walk(&cells[1].stage2, GICC_PA, &leaf));
}

static void test_a_cell_finds_the_version_in_its_information_page(void **state)
{
	const struct pt_info *info;

	begin();
	info = (const struct pt_info *)cells[1].comm;
	assert_int_equal(info->gicd, GICD_PA);
	assert_int_equal(info->gicc, GICC_PA);
	assert_int_equal(info->cpus[0].gicr, 0);
}

static void spoil(unsigned int n)
{
	struct irq_bank *b = &gic.redistributor[n].bank;
	struct gicc *c = &gic.gicc[n];

	memset(b->priority, 0xff, sizeof(b->priority));
	b->enabled = b->active = b->pending = b->config[1] = ~0u;
	memset(c->from, 0xff, sizeof(c->from));
	memset(c->active, 0xff, sizeof(c->active));
	c->ctlr = 0x3ff;
	c->pmr = 0;
	c->bpr = c->abpr = 7;
	c->running = 0;
}

static void test_nothing_of_the_former_owner_is_left_at_the_cpu_interface(void **state)
{
	const struct irq_bank *b = &gic.redistributor[3].bank;
	const struct gicc *c = &gic.gicc[3];

	begin();
	spoil(3);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
	assert_int_equal(fake.cpu[3].where, IN_WFE);
	/* But for what the firmware had set: 0x60 of 0x261. */
	assert_int_equal(c->ctlr, 0x60);
	assert_int_equal(c->pmr | c->bpr | c->abpr, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(c->active); i++)
		assert_int_equal(c->active[i], 0);
	assert_int_equal(c->running, 0xff);
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(c->from[i], 0);
	assert_int_equal(b->enabled | b->active | b->pending | b->config[1], 0);
	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(b->priority[i], 0xa0);
}

static void wait_for_interrupt(unsigned int n)
{
	fake_trap(n, ESR(EC_WFX));
}

static void test_a_cell_that_masks_everything_and_waits_is_stopped(void **state)
{
	struct irq_bank *b = &gic.redistributor[3].bank;
	struct gicc *c = &gic.gicc[3];

	begin();
	c->pmr = 0;
	c->ctlr = 0x200;
	c->bpr = 7;
	b->enabled = 0;
	memset(b->priority, 0xff, sizeof(b->priority));
	wait_for_interrupt(3);
	assert_int_equal(fake.cpu[3].where, IN_WFI);
	assert_int_equal(c->bpr | c->abpr, 0);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
	assert_int_equal(fake.cpu[3].where, IN_WFE);
}

static void test_a_cell_that_waits_finds_its_interface_as_it_was(void **state)
{
	struct irq_bank *b = &gic.redistributor[3].bank;
	struct gicc *c = &gic.gicc[3];

	begin();
	c->pmr = 0x50;
	c->bpr = 5;
	c->abpr = 6;
	c->ctlr = 0x260;
	b->enabled = 1u << 27 | 2;
	memset(b->priority, 0x80, sizeof(b->priority));
	wait_for_interrupt(3);
	assert_int_equal(fake.cpu[3].where, IN_WFI);
	b->pending |= 1u << 27;		/* masked by the cell, but it ends the wait */
	fake_settle();
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
	assert_int_equal(c->pmr, 0x50);
	assert_int_equal(c->bpr, 5);
	assert_int_equal(c->abpr, 6);
	assert_int_equal(c->ctlr, 0x260);
	assert_int_equal(b->enabled, 1u << 27 | 2);
	assert_int_equal(b->priority[0], 0x80);
	assert_int_equal(fake.cpu[3].regs[REG_hcr_el2] & (HCR_IMO | HCR_FMO), 0);
}

/* What would keep the kick out also keeps EL2 from sleeping. */
static void test_a_cell_that_waits_within_a_handler_does_not_sleep(void **state)
{
	begin();
	gic.gicc[3].running = 0;
	wait_for_interrupt(3);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
	gic.gicc[3].running = 0xff;
	gic.redistributor[3].bank.active = 1;
	wait_for_interrupt(3);
	assert_int_equal(fake.cpu[3].where, IN_GUEST);
	assert_int_equal(status.cpus[3].exits[PT_EXIT_WFI], 2);
	assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
}

static enum pt_error board_error(void)
{
	return enable_board((const void *)board_system, PA(HYPERVISOR), HYPERVISOR_SIZE, false);
}

static void power_on(void)
{
	fake_reset();
	board_system_blob(board_system);
	cpu_save_stub();
}

static void test_board_that_will_not_do_is_refused(void **state)
{
	power_on();
	gic.gicc[0].iidr = 0x3901243b;		/* GICv1 */
	assert_int_equal(board_error(), PT_EHW);
	power_on();
	gic.lines = 32;
	assert_int_equal(board_error(), PT_EHW);
	power_on();				/* one number for two CPUs; several for one; none */
	assert_int_equal(board_error(), PT_OK);
	gic.private_targets[0] = 3;
	assert_int_equal(enable_cpu(0), PT_EHW);
	power_on();
	assert_int_equal(board_error(), PT_OK);
	cpus[6].machine.sgi_list = gicv2_bit(0);
	assert_int_equal(enable_cpu(0), PT_EHW);
	power_on();
	assert_int_equal(board_error(), PT_OK);
	gic.private_targets[0] = 0;
	assert_int_equal(enable_cpu(0), PT_OK);
	assert_int_equal(cpus[0].machine.sgi_list, 1);
	power_on();				/* a GICv3's registers, in use */
	assert_int_equal(board_error(), PT_OK);
	fake.cpu[0].regs[REG_id_aa64pfr0_el1] |= 1 << 24;
	assert_int_equal(enable_cpu(0), PT_EHW);
}

static void test_fifty_lives_leave_nothing_behind(void **state)
{
	for (unsigned int life = 0; life < 50; life++) {
		begin();
		spoil(3);
		spoil(7);
		assert_int_equal(root_finish(PT_HC_CELL_STOP, 1), PT_OK);
		assert_int_equal(root_finish(PT_HC_CELL_DESTROY, 1), PT_OK);
		for (unsigned int n = 3; n <= 7; n += 4)
			assert_int_equal(fake_smc(0, 0xc4000003, board_mpidr[n], ARENA_BASE, 0), 0);
		fake_settle();
		fake_check();
	}
}

#define GICV2(test)	cmocka_unit_test_setup_teardown(test, begin_gicv2, end_gicv2)

TESTS(GICV2(test_no_write_to_the_distributor_changes_what_is_anothers),
      GICV2(test_no_read_of_the_distributor_tells_of_what_is_anothers),
      GICV2(test_nothing_is_behind_the_first_page),
      GICV2(test_private_interrupts_are_each_cpus_own),
      GICV2(test_own_targets_stay_within_the_cell),
      GICV2(test_targets_follow_an_interrupt_from_owner_to_owner),
      GICV2(test_sgis_reach_the_own_cell_only),
      GICV2(test_sgis_of_the_root_reach_cpus_that_the_board_does_not_name),
      GICV2(test_pending_sgis_are_the_receivers_to_set_and_clear),
      GICV2(test_cells_reach_the_cpu_interface_themselves),
      GICV2(test_a_cell_finds_the_version_in_its_information_page),
      GICV2(test_nothing_of_the_former_owner_is_left_at_the_cpu_interface),
      GICV2(test_a_cell_that_masks_everything_and_waits_is_stopped),
      GICV2(test_a_cell_that_waits_finds_its_interface_as_it_was),
      GICV2(test_a_cell_that_waits_within_a_handler_does_not_sleep),
      GICV2(test_board_that_will_not_do_is_refused),
      GICV2(test_fifty_lives_leave_nothing_behind))
