// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory and registers that EL2 has no standing map of: seen through this CPU's windows for as long as that takes.
 */
#include <lib/string.h>
#include <core/crc32.h>
#include <core/machine.h>
#include <machine/el2map.h>
#include <machine/io.h>
#include <machine/sysreg.h>

static uint64_t cache_line(void)
{
	return 4ULL << FIELD(read_sysreg(ctr_el0), 19, 16);
}

void memory_publish(const void *va, size_t size)
{
	const uint64_t line = cache_line();
	uint64_t at = (uint64_t)va & ~(line - 1);

	for (; at < (uint64_t)va + size; at += line)
		dc_civac(at);
	dsb(sy);
}

/* Block by block (DC ZVA), each on its way to memory while the next is cleared. */
void memory_scrub(paddr_t pa, uint64_t size)
{
	const uint64_t dczid = read_sysreg(dczid_el0), block = 4ULL << FIELD(dczid, 3, 0);
	const uint64_t p = (uint64_t)window_open(WINDOW, pa, size, true);

	if ((dczid & BIT(4)) || block != cache_line()) {
		memset((void *)p, 0, size);
		memory_publish((void *)p, size);
	} else {
		const uint64_t blocks = size / block;

#pragma GCC unroll 4
		for (uint64_t i = 0; i < blocks; i++) {
			dc_zva(p + i * block);
			dc_civac(p + i * block);
		}
		dsb(sy);
	}
	window_close();
}

void memory_flush(paddr_t pa, uint64_t size)
{
	memory_publish(window_open(WINDOW, pa, size, false), size);
	window_close();
}

void memory_exchange(paddr_t pa, void *own, uint64_t size, bool write)
{
	void *p = window_open(WINDOW, pa, size, true);

	/* What a cell with its caches off has written may be newer than what caches hold. */
	memory_publish(p, size);
	memcpy(write ? p : own, write ? own : p, size);
	if (write)
		memory_publish(p, size);
	window_close();
}

uint32_t register_load(paddr_t pa)
{
	const uint32_t value = io_read32(window_open(WINDOW, pa, sizeof(value), false));

	window_close();
	return value;
}

void register_store(paddr_t pa, uint32_t value)
{
	io_write32(window_open(WINDOW, pa, sizeof(value), false), value);
	window_close();
}

void memory_mark(paddr_t pa)
{
	*(volatile uint64_t *)window_open(WINDOW, pa, sizeof(uint64_t), false) = pa.pa;
	dsb(sy);
	window_close();
}

bool memory_is_marked(paddr_t pa)
{
	const uint64_t found = *(const volatile uint64_t *)window_open(WINDOW, pa, sizeof(uint64_t), false);

	window_close();
	return found == pa.pa;
}

uint32_t memory_copy(paddr_t to, paddr_t from, uint64_t size, uint32_t crc)
{
	const uint64_t *source = window_open(WINDOW_SOURCE, from, size, true);
	uint64_t *target = window_open(WINDOW, to, size, true);

	for (uint64_t i = 0; i < size / sizeof(*source); i += 2) {
		uint64_t low, high;

		crc32_pair(crc, source, low, high);
		target[i] = low;
		target[i + 1] = high;
	}
	memory_publish(target, size);
	window_close();
	return crc;
}

uint32_t crc32_append(uint32_t crc, const void *words, uint64_t size)
{
	const uint64_t *next = words, *const end = next + size / sizeof(*next);
	uint64_t low, high;

	/* A boot spends a quarter of its time here. */
	while (end - next >= 16) {
		crc32_pair(crc, next, low, high);
		crc32_pair(crc, next, low, high);
		crc32_pair(crc, next, low, high);
		crc32_pair(crc, next, low, high);
		crc32_pair(crc, next, low, high);
		crc32_pair(crc, next, low, high);
		crc32_pair(crc, next, low, high);
		crc32_pair(crc, next, low, high);
	}
	while (next < end)
		crc32_one(crc, *next++);
	return crc;
}
