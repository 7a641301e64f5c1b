// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C half of the late entry. launch_build() runs once, with the MMU off, at physical addresses: it may use
 * no absolute address and no lock. launch_enter() runs on every CPU, in EL2's own address space.
 */
#include <partita/image.h>
#include <core/blob.h>
#include <core/enable.h>
#include <core/trace.h>
#include <entry/entry.h>
#include <lib/pool.h>
#include <machine/cpu.h>
#include <machine/el2map.h>
#include <machine/image.h>
#include <machine/layout.h>
#include <machine/sysreg.h>

_Static_assert(PT_IMAGE_MAGIC == 0x34366d7261545950ULL && PT_ABI_VERSION == 5 &&
	       PT_IMAGE_HEADER == PT_IMAGE_HEADER_AT, "late.S says so too");
_Static_assert(offsetof(struct pt_image_header, memory_size) == 56, "late.S lays out the header");
_Static_assert(offsetof(struct pt_system, cpus) == SYSTEM_CPUS, "late.S reads the table");
_Static_assert(offsetof(struct private, leave.x) == LEAVE_X &&
	       offsetof(struct private, leave.sctlr) == LEAVE_SCTLR &&
	       offsetof(struct private, leave.sp) == LEAVE_SP, "mmu_off reads struct leave");
_Static_assert(sizeof(struct private) <= PT_PAGE_SIZE, "one private page");

extern uint64_t image_memory_size, image_percpu_offset;

/* Filled in by the launcher, never changed afterwards. */
uint8_t system_blob[PT_BLOB_MAX] __aligned(PT_PAGE_SIZE) __section(".system,\"aw\",%nobits//");
uint8_t boot_blob[PT_BLOB_MAX] __aligned(PT_PAGE_SIZE) __section(".system,\"aw\",%nobits//");

/* Written once by the first CPU with its MMU off, read by later ones with theirs off: on cache lines of their own. */
uint32_t launch_ready __aligned(256);
uint64_t launch_percpu __aligned(256);
uint64_t launch_registers[3] __aligned(256);	/* TCR_EL2, MAIR_EL2, SCTLR_EL2 */

/* Physical. */
static uint64_t memory_base, pool_base, pool_size;

/* The kernel's cacheable view of this memory may have left clean lines of its former content. */
static void invalidate(uint64_t from, uint64_t size)
{
	const uint64_t line = 4ULL << FIELD(read_sysreg(ctr_el0), 19, 16);

	dsb(sy);
	for (uint64_t at = from; at < from + size; at += line)
		dc_civac(at);
	dsb(sy);
}

struct launch_result launch_build(void)
{
	const struct pt_system *system = (const void *)system_blob;
	const uint64_t base = (uint64_t)image_start;
	uint32_t offset;
	enum pt_blob_reason reason = blob_check_system(system, PT_BLOB_MAX, &offset);
	uint64_t percpu = base + image_percpu_offset, percpu_size;

	if (reason != PT_BLOB_FINE)
		return (struct launch_result){ PT_EBLOB, (uint64_t)reason << 32 | offset };
	percpu_size = (uint64_t)system->cpus.count * PERCPU_PAGES * PT_PAGE_SIZE;
	if (image_percpu_offset < image_core_size() ||
	    image_memory_size < image_percpu_offset + percpu_size + IMAGE_POOL_SIZE)
		return (struct launch_result){ PT_EINVAL, 0 };

	memory_base = base;
	pool_base = percpu + percpu_size;
	pool_size = image_memory_size - (pool_base - base);
	if (pool_size > POOL_VA_SIZE)
		pool_size = POOL_VA_SIZE;
	el2map_build(percpu, system->cpus.count, pool_base, pool_size);
	launch_percpu = percpu;
	launch_registers[0] = el2map_tcr();
	launch_registers[1] = EL2_MAIR;
	launch_registers[2] = EL2_SCTLR;
	launch_ready = 1;
	invalidate(base, image_memory_size);
	return (struct launch_result){ PT_OK, 0 };
}

static enum pt_error enter(unsigned int number)
{
	const uint64_t skip = EL2MAP_POOL_PAGES * PT_PAGE_SIZE;
	enum pt_error error = PT_OK;

	if (!status.magic) {
		pool_init((uint8_t *)POOL_VA + skip, PA(pool_base + skip),
			  (uint32_t)((pool_size - skip) / PT_PAGE_SIZE));
		error = enable_board((const void *)system_blob, PA(memory_base), image_memory_size);
	}
	return error == PT_OK ? enable_cpu(number) : error;
}

void launch_enter(uint64_t x[31], unsigned int number)
{
	enum pt_error error;

	cpu_save_stub();
	error = enter(number);
	x[0] = (uint64_t)error;
	if (error != PT_OK)
		cpu_release(&cpus[number], x);
	x[1] = image_pa(&status).pa;
}
