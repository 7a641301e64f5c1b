// SPDX-License-Identifier: GPL-2.0-only
/* Trapped loads and stores: what the syndrome says is what happens to the registers, and nothing more. */
#include <string.h>
#include <guest/guest.h>
#include <machine/gic_regs.h>
#include "test.h"

#define PRIORITIES	(GICR_PA + GICR_SGI + GICD_IPRIORITYR)

static uint64_t x[31];

static enum pt_fault_kind run(uint64_t syndrome, uint64_t pa)
{
	for (unsigned int i = 0; i < 31; i++)
		x[i] = 0x1111111111111111ULL * (i % 15 + 1);
	return mmio_access(&cpus[0], x, ESR(EC_DABT_LOWER) | 7 | syndrome, pa);
}

static uint64_t syndrome(unsigned int size, unsigned int reg, uint64_t flags)
{
	return ABT_ISV | (uint64_t)__builtin_ctz(size) << 22 | (uint64_t)reg << 16 | flags;
}

static void expect_only(unsigned int changed)
{
	for (unsigned int i = 0; i < 31; i++)
		if (i != changed)
			assert_int_equal(x[i], 0x1111111111111111ULL * (i % 15 + 1));
}

static void test_load_goes_to_the_register_named_and_to_no_other(void **state)
{
	memcpy(gic.redistributor[0].bank.priority, "\x12\x34\x56\x78\x9a\xbc\xde\xf0", 8);
	for (unsigned int reg = 0; reg < 31; reg++) {
		assert_int_equal(run(syndrome(4, reg, ABT_SF), PRIORITIES), PT_FAULT_NONE);
		assert_int_equal(x[reg], 0x78563412);
		expect_only(reg);
	}
	assert_int_equal(run(syndrome(4, 31, ABT_SF), PRIORITIES), PT_FAULT_NONE);
	expect_only(31);
}

static void test_loads_are_extended_as_the_instruction_says(void **state)
{
	static const struct { unsigned int size, offset; uint64_t flags, want; } cases[] = {
		{ 1, 0, 0, 0x92 },					/* LDRB */
		{ 1, 0, ABT_SSE, 0xffffff92 },				/* LDRSB W */
		{ 1, 0, ABT_SSE | ABT_SF, 0xffffffffffffff92 },		/* LDRSB X */
		{ 1, 1, ABT_SSE | ABT_SF, 0x34 },
		{ 4, 0, 0, 0xf8563492 },				/* LDR W */
		{ 4, 0, ABT_SSE | ABT_SF, 0xfffffffff8563492 },		/* LDRSW */
		{ 4, 0, ABT_SF, 0xf8563492 },
		{ 4, 4, ABT_SSE | ABT_SF, 0x70debc9a },
	};

	memcpy(gic.redistributor[0].bank.priority, "\x92\x34\x56\xf8\x9a\xbc\xde\x70", 8);
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(run(syndrome(cases[i].size, 9, cases[i].flags), PRIORITIES + cases[i].offset), PT_FAULT_NONE);
		assert_int_equal(x[9], cases[i].want);
	}
	/* By halves, from the distributor. */
	memcpy(gic.spis[1].priority, "\x92\x34\x56\xf8", 4);
	run(syndrome(2, 9, ABT_SSE), GICD_PA + GICD_IPRIORITYR + 34);
	assert_int_equal(x[9], 0xfffff856);
	run(syndrome(2, 9, ABT_SSE | ABT_SF), GICD_PA + GICD_IPRIORITYR + 34);
	assert_int_equal(x[9], 0xfffffffffffff856);
	run(syndrome(8, 9, ABT_SF), GICR_PA + GICR_TYPER);
	assert_int_equal(x[9], gic.redistributor[0].typer);
}

static void test_stores_write_and_loads_read(void **state)
{
	struct irq_bank *b = &gic.spis[1];

	memset(b->priority, 0, 32);
	run(syndrome(1, 14, ABT_WNR), GICD_PA + GICD_IPRIORITYR + 33);
	assert_memory_equal(b->priority, "\0\xff\0\0", 4);
	run(syndrome(2, 13, ABT_WNR | ABT_SSE | ABT_SF), GICD_PA + GICD_IPRIORITYR + 34);
	assert_memory_equal(b->priority, "\0\xff\xee\xee\0", 5);
	expect_only(31);
	run(syndrome(4, 31, ABT_WNR), GICD_PA + GICD_IPRIORITYR + 32);	/* XZR */
	assert_memory_equal(b->priority, "\0\0\0\0", 4);
	expect_only(31);
}

static void test_access_without_syndrome_is_not_guessed(void **state)
{
	const struct gic before = gic;

	assert_int_equal(run(syndrome(4, 5, ABT_WNR) & ~ABT_ISV, GICD_PA + GICD_ISENABLER + 4), PT_FAULT_DECODE);
	assert_int_equal(run(syndrome(4, 5, 0) & ~ABT_ISV, GICR_PA), PT_FAULT_DECODE);
	expect_only(31);
	assert_memory_equal(&gic, &before, sizeof(before));
}

static void test_access_that_is_not_aligned_is_refused(void **state)
{
	for (unsigned int size = 2; size <= 8; size *= 2)
		for (unsigned int off = 1; off < size; off++) {
			assert_int_equal(run(syndrome(size, 5, 0), GICD_PA + 0x100 + off), PT_FAULT_GIC);
			assert_int_equal(run(syndrome(size, 5, ABT_WNR), GICR_PA + 0x10100 + off), PT_FAULT_GIC);
			expect_only(31);
		}
}

static void test_what_is_not_the_interrupt_controller_is_memory(void **state)
{
	static const uint64_t others[] = { 0, GICD_PA - 1, GICD_PA + 0x10000, GICR_PA - 8, GICR_PA + CPUS * GICR_SIZE, ~0ULL };

	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(run(syndrome(1, 5, 0), others[i]), PT_FAULT_MEMORY);
	assert_int_equal(status.cpus[0].exits[PT_EXIT_GICD] + status.cpus[0].exits[PT_EXIT_GICR], 0);
}

TESTS(
	ENABLED(test_load_goes_to_the_register_named_and_to_no_other),
	ENABLED(test_loads_are_extended_as_the_instruction_says),
	ENABLED(test_stores_write_and_loads_read),
	ENABLED(test_access_without_syndrome_is_not_guessed),
	ENABLED(test_access_that_is_not_aligned_is_refused),
	ENABLED(test_what_is_not_the_interrupt_controller_is_memory)
)
