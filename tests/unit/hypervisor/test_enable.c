// SPDX-License-Identifier: GPL-2.0-only
/* How the hypervisor comes under a running kernel and goes away again. */
#include <string.h>
#include <core/blob.h>
#include <core/console.h>
#include <core/enable.h>
#include <lib/pool.h>
#include <machine/cpu.h>
#include <machine/gic_regs.h>
#include "test.h"

static enum pt_error board_error(void)
{
	return enable_board((void *)board_system, PA(HYPERVISOR), HYPERVISOR_SIZE, false);
}

static void begin_board(void)
{
	fake_reset();
	board_system_blob(board_system);
}

static void test_root_has_everything_but_the_hypervisor_and_the_gic(void **state)
{
	static const uint64_t its[] = { 0, ARENA_BASE, ITS_PA, UART_PA, HYPERVISOR - 8, HYPERVISOR + HYPERVISOR_SIZE,
					(1ULL << 40) - 8 };
	uint64_t value;
	struct leaf leaf;

	fake_check();
	for (unsigned int i = 0; i < ARRAY_SIZE(its); i++) {
		assert_true(fake_walk(&cells[0].stage2, its[i], &leaf));
		assert_true(leaf.write && leaf.exec && !leaf.device);
		assert_int_equal(fake_load(i % CPUS, its[i], 8, &value), REACHED);
	}
	for (uint64_t at = HYPERVISOR; at < HYPERVISOR + HYPERVISOR_SIZE; at += PT_PAGE_SIZE) {
		if (fake_walk(&cells[0].stage2, at, &leaf)) {
			assert_false(leaf.exec);
			assert_int_equal(leaf.write, at == status.call_page);
			continue;
		}
		if (at % 0x10000 == 0)
			assert_int_equal(fake_store_to(1, at, 4, 1), INJECTED);
	}
	assert_false(fake_walk(&cells[0].stage2, GICD_PA, &leaf));
	assert_false(fake_walk(&cells[0].stage2, GICR_PA + GICR_SIZE * CPUS - 1, &leaf));
}

static void test_root_reads_status_and_console_and_writes_only_the_call_page(void **state)
{
	const uint64_t at = image_pa(&status).pa;
	uint64_t value;

	for (unsigned int n = 0; n < CPUS; n++) {
		assert_int_equal(fake_load(n, at, 4, &value), REACHED);
		assert_int_equal(value, PT_STATUS_MAGIC);
		assert_int_equal(fake_store_to(n, at, 4, 0), INJECTED);
		assert_int_equal(fake_load(n, status.console + PT_CONSOLE_SIZE - 8, 8, &value), REACHED);
		assert_int_equal(fake_store_to(n, status.console, 1, 0), INJECTED);
		assert_int_equal(fake_store_to(n, status.call_page + 4088, 8, 77 + n), REACHED);
		assert_int_equal(((uint64_t *)hypercall_page)[511], 77 + n);
		assert_int_equal(fake_abort(n, ESR(EC_IABT_LOWER) | 0xf, status.call_page), INJECTED);
	}
	assert_int_equal(status.memory_size, HYPERVISOR_SIZE);
	assert_int_equal(status.version, PT_ABI_VERSION);
	assert_int_equal(status.cpu_count, CPUS);
}

static void test_root_keeps_its_own_set_up_and_is_confined_on_top(void **state)
{
	const uint64_t *regs = fake.cpu[2].regs;

	assert_int_equal(regs[REG_hcr_el2], HCR_RW | HCR_API | HCR_APK | HCR_VM | HCR_AMO | HCR_TSC);
	assert_int_equal(regs[REG_vttbr_el2], cells[0].stage2.vttbr);
	assert_int_equal(regs[REG_vtcr_el2], 0x80023558);
	assert_int_equal(regs[REG_ich_hcr_el2], 1 << 10);
	assert_int_equal(regs[REG_cnthctl_el2], 7);
	assert_int_equal(regs[REG_cntvoff_el2], 0x123400);
	assert_int_equal(regs[REG_mdcr_el2], 0x46);
	/* KVM may have used the same VMIDs. */
	assert_int_equal(fake.cpu[2].tlb_flushes, 1);
	assert_int_equal(regs[REG_vmpidr_el2], regs[REG_mpidr_el1]);
	assert_int_equal(regs[REG_tpidr_el2], (uint64_t)&cpus[2]);
}

static void test_board_that_will_not_do_is_refused(void **state)
{
	struct pt_system *s = (void *)board_system;
	struct leaf leaf;

	begin_board();
	gic.ctlr &= ~(uint32_t)GICD_CTLR_ARE_NS;
	assert_int_equal(board_error(), PT_EHW);
	begin_board();
	s->event_spi = SPI_LIMIT;
	assert_int_equal(board_error(), PT_EHW);
	begin_board();	/* a CPU without a redistributor */
	((uint64_t *)(board_system + s->cpus.offset))[6] = 0x55;
	assert_int_equal(board_error(), PT_EHW);
	begin_board();	/* one that the walk does not reach */
	gic.redistributor[4].typer |= GICR_TYPER_LAST;
	assert_int_equal(board_error(), PT_EHW);
	for (unsigned int fail = 1;; fail++) {
		enum pt_error error;

		begin_board();
		fake.pool_fails_in = fail;
		error = board_error();
		if (error == PT_OK)
			break;
		assert_int_equal(error, PT_ENOMEM);
		assert_int_equal(status.magic, 0);
	}
	assert_false(fake_walk(&cells[0].stage2, GICR_PA, &leaf));
	assert_false(fake_walk(&cells[0].stage2, GICD_PA, &leaf));
	assert_false(fake_walk(&cells[0].stage2, HYPERVISOR, &leaf));
	assert_true(fake_walk(&cells[0].stage2, status.call_page, &leaf));
}

static void test_redistributors_end_where_their_region_does(void **state)
{
	begin_board();
	gic.redistributor[CPUS - 1].typer &= ~GICR_TYPER_LAST;
	assert_int_equal(board_error(), PT_OK);
}

static void test_cpu_that_will_not_do_is_refused(void **state)
{
	begin_board();
	assert_int_equal(board_error(), PT_OK);
	fake.cpu[0].regs[REG_icc_sre_el2] = 0;
	assert_int_equal(enable_cpu(0), PT_EHW);
	fake.cpu[0].regs[REG_icc_sre_el2] = 7;
	fake.cpu[0].regs[REG_id_aa64pfr0_el1] &= ~(0xfULL << 24);
	assert_int_equal(enable_cpu(0), PT_EHW);
	fake.cpu[0].regs[REG_id_aa64pfr0_el1] |= 1 << 24;
	fake.cpu[0].regs[REG_id_aa64mmfr0_el1] |= 0xf0000000;	/* no 4 KiB granule */
	assert_int_equal(enable_cpu(0), PT_EHW);
	assert_int_equal(status.cpus[0].state, PT_CPU_ABSENT);
	assert_int_equal(fake.cpu[0].regs[REG_vttbr_el2], 0);
}

static void leaves_as_it_came(unsigned int n, const struct fake_cpu *before)
{
	struct fake_cpu *cpu = &fake.cpu[n];

	for (unsigned int i = 1; i < 31; i++)
		cpu->x[i] = 0x700 + i;
	assert_int_equal(fake_hvc(n, PT_HC_LEAVE, cpu->x[1], cpu->x[2], cpu->x[3]), PT_OK);
	assert_int_equal(cpu->where, HAS_LEFT);
	assert_int_equal(cpu->tlb_flushes, 2);
	for (unsigned int i = 1; i < 31; i++)
		assert_int_equal(cpu->x[i], 0x700 + i);
	for (unsigned int reg = 0; reg < REGISTERS; reg++) {
		uint64_t want = before->regs[reg];

		if (reg == REG_esr_el2 || reg == REG_icc_sgi1r_el1)
			continue;
		if (reg == REG_elr_el2)
			want += 4;
		if (cpu->regs[reg] != want)
			fail_msg("%s: %lx, not %lx", fake_names[reg], cpu->regs[reg], want);
	}
	assert_int_equal(status.cpus[n].state, PT_CPU_ABSENT);
}

static void test_cpus_leave_as_they_came(void **state)
{
	struct fake_cpu before[CPUS];

	board_enable(0);
	for (unsigned int n = 0; n < CPUS; n++) {
		static const enum fake_register others[] = {
			REG_hstr_el2, REG_cntvoff_el2, REG_mdcr_el2, REG_tpidr_el2, REG_vttbr_el2, REG_vtcr_el2, REG_vpidr_el2,
			REG_vmpidr_el2, REG_ich_hcr_el2, REG_cptr_el2,
		};

		for (unsigned int i = 0; i < ARRAY_SIZE(others); i++)
			fake.cpu[n].regs[others[i]] = 0x1000 * n + i;
	}
	memcpy(before, fake.cpu, sizeof(before));
	board_enter(CPUS);
	assert_int_equal(root_finish(PT_HC_DISABLE, 0), PT_OK);
	before[0].regs[REG_elr_el2] = fake.cpu[0].regs[REG_elr_el2];
	for (unsigned int n = CPUS; n--;)
		leaves_as_it_came(n, &before[n]);
}

static void test_half_enabled_board_is_rolled_back_by_leaving(void **state)
{
	struct fake_cpu before[CPUS];

	board_enable(0);
	memcpy(before, fake.cpu, sizeof(before));
	board_enter(3);
	for (unsigned int n = 0; n < 3; n++)
		leaves_as_it_came(n, &before[n]);
}

static void test_nobody_leaves_while_a_cell_exists(void **state)
{
	unsigned int id = cell_in_state(&small_cell, PT_CELL_CREATED);

	assert_int_equal(root_call(PT_HC_DISABLE, 0), PT_EBUSY);
	assert_int_equal(root_call(PT_HC_LEAVE, 0), PT_EBUSY);
	assert_int_equal(fake.cpu[0].where, IN_GUEST);
	assert_int_equal(root_finish(PT_HC_CELL_DESTROY, id), PT_OK);
	assert_int_equal(root_create(&small_cell), id);	/* a refused disable has no effect */
	root_finish(PT_HC_CELL_DESTROY, id);
	assert_int_equal(root_finish(PT_HC_DISABLE, 0), PT_OK);
	assert_int_equal(root_create(&small_cell), PT_EBUSY);
}

static void test_no_cell_is_created_once_a_cpu_has_left(void **state)
{
	root_offline(3);
	fake_hvc(1, PT_HC_LEAVE, 0, 0, 0);
	assert_int_equal(fake.cpu[1].where, HAS_LEFT);
	assert_int_equal(root_create(&small_cell), PT_EBUSY);
	assert_int_equal(status.cells[1].state, PT_CELL_NONE);
}

static void test_disable_switches_parked_cpus_off_and_waits_for_none(void **state)
{
	root_offline(2);
	root_offline(5);
	assert_int_equal(root_call(PT_HC_DISABLE, 0), PT_AGAIN);
	assert_int_equal(status.cpus[2].state, PT_CPU_OFF);
	assert_int_equal(root_call(PT_HC_DISABLE, 0), PT_AGAIN);
	fake_wake(2);
	assert_int_equal(fake.cpu[2].where, IS_OFF);
	assert_int_equal(root_call(PT_HC_DISABLE, 0), PT_AGAIN);
	fake_wake(5);
	assert_int_equal(fake.cpu[5].where, IS_OFF);
	assert_int_equal(root_call(PT_HC_DISABLE, 0), PT_OK);
	/* It is the firmware's now: nobody turns it on behind the hypervisor's back. */
	assert_int_equal(fake_smc(0, 0xc4000003, board_mpidr[2], 0, 0), -4);
}

static void test_second_manager_is_told_so(void **state)
{
	root_offline(2);
	fake.firmware_dawdles = true;
	root_call(PT_HC_DISABLE, 0);
	assert_int_equal(fake.cpu[0].where, IN_WFI);	/* in the middle of the call */
	for (uint64_t call = PT_HC_CELL_CREATE; call <= PT_HC_LEAVE; call++)
		assert_int_equal(fake_hvc(1, call, 1, 0, 0), PT_EBUSY);
	assert_int_equal(fake_hvc(1, PT_HC_REVISION, 0, 0, 0), PT_ABI_VERSION);
	fake_wake(0);
	assert_int_equal(fake.cpu[0].x[0], PT_AGAIN);
	assert_int_equal(fake_hvc(1, PT_HC_CELL_STOP, 1, 0, 0), PT_ENOCELL);
}

static void test_console_keeps_the_newest(void **state)
{
	const uint64_t head = status.console_head;
	char line[32];

	console_print("%s %u %lx", "words", 4294967295u, 0x123456789abcdef0ul);
	assert_memory_equal(console_ring + head, "words 4294967295 0x123456789abcdef0\n", 36);
	assert_int_equal(status.console_head, head + 36);
	console_print("%u%s%lx", 0u, "", 0ul);
	assert_memory_equal(console_ring + head + 36, "00x0\n", 5);
	for (unsigned int i = 0; i < 5000; i++)
		console_print("line %u", i);
	assert_true(status.console_head > 2 * PT_CONSOLE_SIZE);
	for (unsigned int i = 0; i < 10; i++)
		line[i] = console_ring[(status.console_head - 10 + i) % PT_CONSOLE_SIZE];
	assert_memory_equal(line, "line 4999\n", 10);
}

/* A cell cannot flood it: one line for each life. */
static void test_fault_prints_one_line(void **state)
{
	uint64_t head;

	cell_in_state(&small_cell, PT_CELL_RUNNING);
	head = status.console_head;
	fake_store_to(3, 0x30000, 4, 0);
	assert_true(status.console_head > head && status.console_head < head + 200);
	assert_memory_equal(console_ring + head, "cell small: access to memory it does not own: CPU 3, address 0x30000,", 69);
}

TESTS(
	ENABLED(test_root_has_everything_but_the_hypervisor_and_the_gic),
	ENABLED(test_root_reads_status_and_console_and_writes_only_the_call_page),
	ENABLED(test_root_keeps_its_own_set_up_and_is_confined_on_top),
	BARE(test_board_that_will_not_do_is_refused),
	BARE(test_redistributors_end_where_their_region_does),
	BARE(test_cpu_that_will_not_do_is_refused),
	BARE(test_cpus_leave_as_they_came),
	BARE(test_half_enabled_board_is_rolled_back_by_leaving),
	ENABLED(test_nobody_leaves_while_a_cell_exists),
	ENABLED(test_no_cell_is_created_once_a_cpu_has_left),
	ENABLED(test_disable_switches_parked_cpus_off_and_waits_for_none),
	ENABLED(test_second_manager_is_told_so),
	ENABLED(test_console_keeps_the_newest),
	ENABLED(test_fault_prints_one_line)
)
