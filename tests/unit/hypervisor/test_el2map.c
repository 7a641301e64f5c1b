// SPDX-License-Identifier: GPL-2.0-only
/* EL2's own address space, as it is built with the MMU off: host pointers are physical addresses here. No fake machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <machine/sysreg.h>

#undef read_sysreg
#undef isb
#undef dsb
#undef tlbi
#define read_sysreg(name)	0x1125ULL
#define isb()			((void)0)
#define dsb(domain)		((void)0)
#define tlbi(what)		((void)0)

#include <machine/el2map.c>

#define PAGE		4096ULL
#define PHYS_CPUS	3u
#define TEXT_SIZE	0x3000
#define RODATA_SIZE	0x2000
#define DATA_AT		0x6000
#define IMAGE_SIZE	0x20000
#define POOL_BYTES	0x80000ULL

__attribute__((used)) static char image[IMAGE_SIZE] __aligned(4096);
__asm__(".set image_start, image\n.set image_idmap, image + 0x1000\n.set image_text_end, image + 0x3000\n"
	".set image_rodata_end, image + 0x5000\n.set image_data, image + 0x6000\n.set image_end, image + 0x20000\n");

static uint64_t percpu, pool;

struct page {
	uint64_t va, pa, pte;
};

static struct page pages[4096];
static unsigned int page_count;

static void walk(uint64_t table, unsigned int level, uint64_t va)
{
	const uint64_t *entries = (const uint64_t *)table;

	for (uint64_t i = 0; i < ENTRIES; i++) {
		const uint64_t pte = entries[i], at = va | i << (39 - 9 * level);

		if (!(pte & 1))
			continue;
		assert_int_equal(pte & 3, 3);	/* no blocks */
		if (level < 3) {
			walk(pte & MASK(47, 12), level + 1, at);
			continue;
		}
		assert_true(pte & PTE_AF);
		pages[page_count++] = (struct page){ at, pte & MASK(47, 12), pte };
	}
}

static void look(unsigned int cpu)
{
	page_count = 0;
	walk(el2map_ttbr(cpu), 0, 0);
}

static const struct page *page_at(uint64_t va)
{
	for (unsigned int i = 0; i < page_count; i++)
		if (pages[i].va == va)
			return &pages[i];
	return NULL;
}

static int build(void **state)
{
	const size_t size = PHYS_CPUS * PERCPU_PAGES * PAGE;

	(void)state;
	percpu = (uint64_t)memset(aligned_alloc(4096, size), 0, size);
	pool = (uint64_t)memset(aligned_alloc(4096, POOL_BYTES), 0, POOL_BYTES);
	el2map_build(percpu, PHYS_CPUS, pool, POOL_BYTES);
	device_l3 = (uint64_t *)(pool + POOL_L3 * PAGE);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	free((void *)percpu);
	free((void *)pool);
	return 0;
}

static void test_text_is_read_only_and_nothing_else_is_executed(void **state)
{
	const uint64_t base = (uint64_t)image;

	(void)state;
	for (unsigned int cpu = 0; cpu < PHYS_CPUS; cpu++) {
		look(cpu);
		for (unsigned int i = 0; i < page_count; i++) {
			const bool text = pages[i].pa - base < TEXT_SIZE;
			const bool rodata = pages[i].pa - base - TEXT_SIZE < RODATA_SIZE;

			assert_int_equal(!(pages[i].pte & PTE_XN), text);
			assert_int_equal(!!(pages[i].pte & PTE_RO), text || rodata);
			assert_int_equal(FIELD(pages[i].pte, 4, 2), 1);		/* Normal */
		}
		for (uint64_t at = 0; at < IMAGE_SIZE; at += PAGE) {
			const bool hole = at == TEXT_SIZE + RODATA_SIZE;

			assert_int_equal(!page_at(HV_VA + at), hole);
			if (!hole)
				assert_int_equal(page_at(HV_VA + at)->pa, base + at);
		}
		/* Where the MMU is turned on: at its physical address, and only that page. */
		assert_int_equal(page_at(base + 0x1000)->pa, base + 0x1000);
		assert_null(page_at(base));
	}
}

static void test_stack_and_private_page_lie_between_guards(void **state)
{
	(void)state;
	look(1);
	assert_null(page_at(PRIVATE_STACK - PAGE));
	for (uint64_t at = PRIVATE_STACK; at < PRIVATE_STACK_TOP; at += PAGE)
		assert_non_null(page_at(at));
	assert_null(page_at(PRIVATE_STACK_TOP));
	assert_non_null(page_at(PRIVATE_PAGE));
	assert_null(page_at(PRIVATE_PAGE + PAGE));
	for (uint64_t at = WINDOW_VA - PAGE; at <= WINDOW_VA + WINDOWS * WINDOW_SIZE; at += PAGE)
		assert_null(page_at(at));
}

static void test_cpu_sees_no_other_cpus_memory(void **state)
{
	(void)state;
	for (unsigned int cpu = 0; cpu < PHYS_CPUS; cpu++) {
		unsigned int own = 0;

		look(cpu);
		for (unsigned int i = 0; i < page_count; i++) {
			const uint64_t at = (pages[i].pa - percpu) / PAGE;

			if (pages[i].pa - percpu >= PHYS_CPUS * PERCPU_PAGES * PAGE)
				continue;
			assert_int_equal(at / PERCPU_PAGES, cpu);
			assert_true(at % PERCPU_PAGES >= PERCPU_L3);	/* nor its own upper tables */
			own++;
		}
		assert_int_equal(own, 1 + PERCPU_STACK_PAGES + 1);
	}
}

static void test_pool_is_one_piece(void **state)
{
	(void)state;
	look(0);
	for (uint64_t at = 0; at < POOL_BYTES; at += PAGE)
		assert_int_equal(page_at(POOL_VA + at)->pa, pool + at);
	assert_null(page_at(POOL_VA + POOL_BYTES));
}

static void test_devices_are_device_memory_until_there_is_no_room(void **state)
{
	uint8_t *at = el2map_device(PA(0x8000000), 0x10000);

	(void)state;
	look(2);
	assert_ptr_equal(at, (void *)DEVICE_VA);
	for (uint64_t i = 0; i < 0x10000; i += PAGE) {
		const struct page *p = page_at(DEVICE_VA + i);

		assert_int_equal(p->pa, 0x8000000 + i);
		assert_int_equal(FIELD(p->pte, 4, 2), 0);
		assert_true(p->pte & PTE_XN);
		assert_false(p->pte & PTE_RO);
	}
	assert_ptr_equal(el2map_device(PA(0x9000000), PAGE), at + 0x10000);
	assert_null(el2map_device(PA(0), device_size));
	assert_non_null(el2map_device(PA(0), device_size - 0x11000));
	assert_null(el2map_device(PA(0), PAGE));
}

static void test_nothing_else_is_mapped(void **state)
{
	(void)state;
	look(0);
	assert_int_equal(page_count, IMAGE_SIZE / PAGE - 1 + 1 + POOL_BYTES / PAGE + PERCPU_STACK_PAGES + 2);
	assert_int_equal(el2map_tcr(), BIT(31) | BIT(23) | 5 << 16 | 0x3510);
}

int main(void)
{
#define BUILT(test)	cmocka_unit_test_setup_teardown(test, build, drop)
	const struct CMUnitTest tests[] = {
		BUILT(test_text_is_read_only_and_nothing_else_is_executed),
		BUILT(test_stack_and_private_page_lie_between_guards),
		BUILT(test_cpu_sees_no_other_cpus_memory),
		BUILT(test_pool_is_one_piece),
		BUILT(test_devices_are_device_memory_until_there_is_no_room),
		BUILT(test_nothing_else_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
