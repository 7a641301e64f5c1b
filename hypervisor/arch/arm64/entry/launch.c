// SPDX-License-Identifier: GPL-2.0-only
/*
 * The C half of the entries. launch_build() and boot_build() run once, with the MMU off, at physical addresses: it may use
 * no absolute address and no lock. launch_enter() runs on every CPU, in EL2's own address space.
 */
#include <partita/image.h>
#include <core/blob.h>
#include <core/boot.h>
#include <core/console.h>
#include <core/crc32.h>
#include <core/enable.h>
#include <core/trace.h>
#include <entry/entry.h>
#include <lib/pool.h>
#include <machine/cpu.h>
#include <machine/el2map.h>
#include <machine/image.h>
#include <machine/layout.h>
#include <machine/sysreg.h>

_Static_assert(PT_IMAGE_MAGIC == 0x34366d7261545950ULL && PT_ABI_VERSION == 6 &&
	       PT_IMAGE_HEADER == PT_IMAGE_HEADER_AT, "late.S says so too");
_Static_assert(offsetof(struct pt_image_header, memory_size) == 56, "late.S lays out the header");
_Static_assert(offsetof(struct pt_system, cpus) == SYSTEM_CPUS, "late.S reads the table");
_Static_assert(offsetof(struct private, leave.x) == LEAVE_X && offsetof(struct private, leave.sctlr) == LEAVE_SCTLR &&
	       offsetof(struct private, leave.sp) == LEAVE_SP, "mmu_off reads struct leave");
_Static_assert(sizeof(struct private) <= PT_PAGE_SIZE, "one private page");

extern uint64_t image_memory_size, image_percpu_offset;

/* Filled in by the launcher, never changed afterwards. */
uint8_t system_blob[PT_BLOB_MAX] __aligned(PT_PAGE_SIZE) __section(".system,\"aw\",%nobits//");
uint8_t boot_blob[PT_BLOB_MAX] __aligned(PT_PAGE_SIZE) __section(".system,\"aw\",%nobits//");

/* Written once by the first CPU with its MMU off, read by later ones with theirs off: on cache lines of their own. */
uint32_t launch_ready __aligned(256) __before_mmu;
uint64_t launch_percpu __aligned(256) __before_mmu;
uint64_t launch_registers[3] __aligned(256) __before_mmu;	/* TCR_EL2, MAIR_EL2, SCTLR_EL2 */

/* Physical. */
static uint64_t memory_base __before_mmu, pool_base __before_mmu, pool_size __before_mmu;

/* The kernel's cacheable view of this memory may have left clean lines of its former content. */
static void invalidate(uint64_t from, uint64_t size)
{
	const uint64_t line = 4ULL << FIELD(read_sysreg(ctr_el0), 19, 16);

	dsb(sy);
	for (uint64_t at = from; at < from + size; at += 4 * line) {
		dc_civac(at);
		dc_civac(at + line);
		dc_civac(at + 2 * line);
		dc_civac(at + 3 * line);
	}
	dsb(sy);
}

static struct launch_result build(void)
{
	const struct pt_system *system = (const void *)system_blob;
	const uint64_t base = (uint64_t)image_start;
	uint32_t offset;
	enum pt_blob_reason reason;
	uint64_t percpu = base + image_percpu_offset, percpu_size;

	/* Checksums are made by instructions (FEAT_CRC32), which no CPU but the very first of its architecture lacks. */
	if (!FIELD(read_sysreg(id_aa64isar0_el1), 19, 16))
		return (struct launch_result){ PT_EHW, 0 };
	reason = blob_check_system(system, PT_BLOB_MAX, &offset);
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
	return (struct launch_result){ PT_OK, 0 };
}

struct launch_result launch_build(void)
{
	struct launch_result result = build();

	if (result.error != PT_OK)
		return result;
	launch_ready = 1;
	invalidate(memory_base, image_memory_size);
	return result;
}

/* Before anybody whose stack is watched. */
static void make_pool(void)
{
	__stack_chk_guard = machine_random();
	const struct pt_system *system = (const void *)system_blob;
	const uint64_t skip = el2map_pool_pages(system->cpus.count) * PT_PAGE_SIZE;

	pool_init((uint8_t *)POOL_VA + skip, PA(pool_base + skip), (uint32_t)((pool_size - skip) / PT_PAGE_SIZE));
}

static enum pt_error enter(unsigned int number)
{
	enum pt_error error = PT_OK;

	if (!status.magic) {
		make_pool();
		error = enable_board((const void *)system_blob, PA(memory_base), image_memory_size, false);
		console_print("partita: %s, %u CPUs, memory %lx + %lx", ((const struct pt_system *)system_blob)->name,
			      status.cpu_count, memory_base, image_memory_size);
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

void boot_build(uint64_t current_el)
{
	const struct pt_boot *boot = (const void *)boot_blob;
	const struct pt_system *system = (const void *)system_blob;
	struct launch_result result = { PT_OK, 0 };
	uint32_t offset;

	/* Without this nobody knows a UART. */
	while (boot->header.magic != PT_BOOT_MAGIC)
		wfe();
	machine_boot(boot, false);
	if (boot->header.version != PT_ABI_VERSION)
		console_announce("partita: boot: the image was packed for interface version %u, not %u",
				 boot->header.version, PT_ABI_VERSION);
	else if (current_el >> 2 != 2)
		console_announce("partita: boot: started at exception level %u, not 2", (unsigned int)current_el >> 2);
	else if (boot->base != (uint64_t)image_start)
		console_announce("partita: boot: started at %lx, not %lx", (uint64_t)image_start, boot->base);
	else if ((result = build()).error == PT_EHW)
		console_announce("partita: boot: the CPU has no CRC32 instructions");
	else if (result.error != PT_OK)
		console_announce("partita: boot: the system blob of the image is damaged: reason and offset %lx", result.detail);
	else if (blob_check_boot(boot, PT_BLOB_MAX, &offset) != PT_BLOB_FINE)
		console_announce("partita: boot: the table of the image is damaged: offset %u", offset);
	else
		launch_ready = 1;
	if (!launch_ready)
		cpu_stay();
	/* What was written until here; the loader has cleaned all the rest (arm64 boot protocol). */
	invalidate((uint64_t)image_data, (uint64_t)(image_before_mmu_end - image_data));
	for (uint32_t n = 0; n < system->cpus.count; n++)
		invalidate(launch_percpu + n * PERCPU_PAGES * PT_PAGE_SIZE, PERCPU_TABLES * PT_PAGE_SIZE);
	invalidate(pool_base, el2map_pool_pages(system->cpus.count) * PT_PAGE_SIZE);
}

static bool make_board(void)
{
	const struct pt_boot *boot = (const void *)boot_blob;
	uint32_t crc;

	make_pool();
	machine_boot(boot, true);
	crc = ~crc32_append(~0u, image_start + PT_IMAGE_HEADER, (uint64_t)(image_file_end - image_start) - PT_IMAGE_HEADER);
	if (crc == boot->checksum)
		return boot_board(boot, (const void *)system_blob, PA(memory_base), image_memory_size);
	console_announce("partita: boot: the image is damaged: the checksum of the hypervisor is %lx, not %lx",
			 (uint64_t)crc, (uint64_t)boot->checksum);
	return false;
}

__noreturn void boot_enter(unsigned int number, bool first)
{
	cpu_reset_stub();
	if (first && !make_board())
		boot_rescue();
	boot_cpu(number, first);
}
