// SPDX-License-Identifier: GPL-2.0-only
/*
 * A root that means harm: a kernel that has given itself away to an attacker, after `partita lock`.
 * Each attempt is made from EL1 with all rights that a kernel has. Says in the log how many were
 * made of a kind, and how many got through; those must be none.
 *
 * A kernel does not survive an external abort of its own, so probes run with vectors of this
 * module, on one CPU with all masked, a page at a time.
 */
#include <linux/arm-smccc.h>
#include <linux/atomic.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <asm/daifflags.h>
#include <asm/sysreg.h>

#include <partita/error.h>
#include <partita/hypercall.h>
#include <partita/types.h>

static char *foreign = "";
module_param(foreign, charp, 0400);
MODULE_PARM_DESC(foreign, "memory that is not the root's: ADDRESS+SIZE,...");

static unsigned int other_cells = 1;
module_param(other_cells, uint, 0400);
MODULE_PARM_DESC(other_cells, "bit n: cell n is not to be stopped or started, which the root may");

extern char siege_vectors[];
/* 1: the access was refused by an exception. */
u64 siege_read(const void *at);
u64 siege_write(void *at);

asm(".pushsection .text\n"
    "	.balign	2048\n"
    "siege_vectors:\n"
    "	.rept	4\n"
    "	.balign	128\n"
    "	b	.\n"
    "	.endr\n"
    "	.balign	128\n"
    "	mrs	x16, elr_el1\n"
    "	add	x16, x16, #4\n"
    "	msr	elr_el1, x16\n"
    "	mov	x17, #1\n"
    "	eret\n"
    "	.rept	11\n"
    "	.balign	128\n"
    "	b	.\n"
    "	.endr\n"
    "	.balign	128\n"
    "	.global	siege_read, siege_write\n"
    "siege_read:\n"
    "	hint	#34\n"
    "	mov	x17, xzr\n"
    "	ldr	xzr, [x0]\n"
    "	mov	x0, x17\n"
    "	ret\n"
    "siege_write:\n"
    "	hint	#34\n"
    "	mov	x17, xzr\n"
    "	str	xzr, [x0]\n"
    "	mov	x0, x17\n"
    "	ret\n"
    "	.popsection\n");

static u64 probe(void *at)
{
	const unsigned long flags = local_daif_save();
	const u64 vectors = read_sysreg(vbar_el1);
	u64 refused;

	write_sysreg((u64)siege_vectors, vbar_el1);
	isb();
	refused = siege_read(at) + siege_write(at);
	dsb(sy);
	write_sysreg(vectors, vbar_el1);
	isb();
	local_daif_restore(flags);
	return 2 - refused;
}

static void probe_all(void)
{
	unsigned long long base, size;
	u64 attempts = 0, through = 0;
	const char *next = foreign;

	while (sscanf(next, "%llx+%llx", &base, &size) == 2) {
		for (u64 pa = base; pa < base + size; pa += PAGE_SIZE, attempts += 2)
			through += probe(phys_to_virt(pa));
		next = strchrnul(next, ',');
		next += *next == ',';
	}
	pr_info("siege: memory: %llu attempts, %llu got through\n", attempts, through);
}

static const u64 borders[] = { 0, 1, 2, 15, 16, 4095, 4096, 4097, BIT(31), BIT(32), BIT(63), ~0ULL };

static atomic64_t calls, answered;

static bool is_locked_out(u32 function)
{
	switch (function) {
	case PT_HC_CELL_CREATE:
	case PT_HC_CELL_LOADABLE:
	case PT_HC_CELL_DESTROY:
	case PT_HC_DISABLE:
	case PT_HC_LEAVE:
		return true;
	default:
		return false;
	}
}

/* What the root may also when locked, with cells that others watch. */
static bool is_allowed(u32 function, u64 cell)
{
	return !is_locked_out(function) && cell < 64 && (other_cells & BIT(cell));
}

static void call(u32 function, u64 first, u64 second)
{
	struct arm_smccc_res res;

	arm_smccc_1_1_hvc(function, first, second, second, second, &res);
	atomic64_inc(&calls);
	if (is_locked_out(function) && (s64)res.a0 != PT_ELOCKED && (s64)res.a0 != PT_EBUSY) {
		atomic64_inc(&answered);
		pr_err("siege: call %x (%llx, %llx) answers %lx\n", function, first, second, res.a0);
	}
}

/* On each CPU, all at the same time. */
static void call_all(void *unused)
{
	for (u32 function = PT_HC_CELL_CREATE & ~0xffU; function <= (PT_HC_CELL_CREATE | 0xffU); function++)
		for (size_t i = 0; i < ARRAY_SIZE(borders); i++)
			for (size_t k = 0; k < ARRAY_SIZE(borders); k++)
				if (!is_allowed(function, borders[i]))
					call(function, borders[i], borders[k]);
}

static int __init siege_init(void)
{
	probe_all();
	on_each_cpu(call_all, NULL, true);
	pr_info("siege: calls: %lld attempts, %lld got through\n", (s64)atomic64_read(&calls),
		(s64)atomic64_read(&answered));
	return 0;
}

static void __exit siege_exit(void)
{
}

module_init(siege_init);
module_exit(siege_exit);

MODULE_DESCRIPTION("A root that means harm, for Partita's tests");
MODULE_AUTHOR("The Partita authors");
MODULE_LICENSE("GPL");
