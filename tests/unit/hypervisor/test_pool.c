// SPDX-License-Identifier: GPL-2.0-only
/* lib/: the page pool, the lock, and the memory functions that are ours. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <lib/lock.h>
#include <lib/pool.h>
#include "test.h"

void *hv_memset(void *to, int byte, size_t size);
void *hv_memcpy(void *to, const void *from, size_t size);
int hv_memcmp(const void *a, const void *b, size_t size);

static void test_pages_are_zeroed_and_aligned(void **state)
{
	unsigned char *one = pool_take(1), *two = pool_take(2);

	assert_int_equal(pool_pa(one).pa % PT_PAGE_SIZE, 0);
	assert_int_equal(pool_pa(two).pa % (2 * PT_PAGE_SIZE), 0);
	memset(one, 0xff, PT_PAGE_SIZE);
	pool_give(one, 1);
	assert_ptr_equal(pool_take(1), one);
	for (unsigned int i = 0; i < PT_PAGE_SIZE; i++)
		assert_int_equal(one[i], 0);
}

static void test_addresses_turn_into_each_other(void **state)
{
	unsigned char *page = pool_take(1);

	assert_ptr_equal(pool_va(pool_pa(page)), page);
	assert_ptr_equal(fake_memory(pool_pa(page).pa), page);
}

static void test_empty_pool_says_so(void **state)
{
	unsigned int taken = 0;

	while (pool_take(1))
		taken++;
	assert_int_equal(taken, POOL_PAGES);
	assert_int_equal(pool_used(), POOL_PAGES);
	assert_null(pool_take(2));
	pool_give(NULL, 1);
	assert_int_equal(pool_used(), POOL_PAGES);
}

static void test_run_longer_than_the_pool_is_refused(void **state)
{
	assert_null(pool_take(POOL_PAGES + 1));
	assert_null(pool_take(256));
	assert_int_equal(pool_used(), 0);
}

static void test_no_page_is_given_twice(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 6 };
	struct { unsigned char *at; uint32_t count; } held[64] = { 0 };

	srandom(1);
	for (unsigned int step = 0; step < 20000; step++) {
		unsigned int slot = (unsigned int)random() % 64, used = 0;

		if (held[slot].at) {
			for (uint32_t i = 0; i < held[slot].count * PT_PAGE_SIZE; i += PT_PAGE_SIZE / 2)
				assert_int_equal(held[slot].at[i], slot + 1);
			pool_give(held[slot].at, held[slot].count);
			held[slot].at = NULL;
		} else {
			held[slot].count = sizes[random() % 3];
			held[slot].at = pool_take(held[slot].count);
			if (held[slot].at)
				memset(held[slot].at, (int)slot + 1, held[slot].count * PT_PAGE_SIZE);
		}
		for (unsigned int i = 0; i < 64; i++)
			used += held[i].at ? held[i].count : 0;
		assert_int_equal(pool_used(), used);
	}
}

static void test_memory_functions_mean_what_the_standard_says(void **state)
{
	unsigned char a[8] = "abcdefg", b[8] = "........";

	assert_ptr_equal(hv_memcpy(b, a, 4), b);
	assert_memory_equal(b, "abcd....", 8);
	assert_ptr_equal(hv_memset(b + 1, 'x', 2), b + 1);
	assert_memory_equal(b, "axxd....", 8);
	assert_int_equal(hv_memcmp(a, b, 1), 0);
	assert_true(hv_memcmp(a, b, 2) < 0);
	assert_true(hv_memcmp(b, a, 2) > 0);
	assert_int_equal(hv_memcmp(a, b, 0), 0);
}

static struct lock lock;
static unsigned int counted;

static void *count_under_lock(void *unused)
{
	for (unsigned int i = 0; i < 20000; i++) {
		lock_take(&lock);
		counted++;
		lock_release(&lock);
	}
	return unused;
}

static void test_lock_has_one_holder(void **state)
{
	pthread_t other;

	assert_int_equal(pthread_create(&other, NULL, count_under_lock, NULL), 0);
	count_under_lock(NULL);
	pthread_join(other, NULL);
	assert_int_equal(counted, 40000);
	assert_int_equal(lock.next, lock.serving);
}

TESTS(
	BARE(test_pages_are_zeroed_and_aligned),
	BARE(test_addresses_turn_into_each_other),
	BARE(test_empty_pool_says_so),
	BARE(test_run_longer_than_the_pool_is_refused),
	BARE(test_no_page_is_given_twice),
	BARE(test_lock_has_one_holder),
	BARE(test_memory_functions_mean_what_the_standard_says)
)
