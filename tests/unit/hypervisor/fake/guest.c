// SPDX-License-Identifier: GPL-2.0-only
/* What guests do: instructions that trap, loads and stores, and what happens by itself. */
#include <string.h>
#include <entry/entry.h>
#include "internal.h"

/* The stage 2 that CPU @n runs under. */
static struct stage2 stage2_of(unsigned int n)
{
	return (struct stage2){ .vttbr = fake.cpu[n].regs[REG_vttbr_el2] };
}

#define NOT_SAVED	0xdead000000000000ULL

static void sync_job(void *context)
{
	struct cpu *cpu = this_cpu();
	const uint64_t esr = fake_self()->regs[REG_esr_el2];
	uint64_t *x = context, saved[31];

	/* As vectors.S does it: the short way has x0 to x11 and x30. */
	for (unsigned int i = 0; i < 31; i++)
		saved[i] = i < 12 || i == 30 ? x[i] : NOT_SAVED + i;
	if (fake_self()->regs[REG_spsr_el2] & SPSR_AARCH32) {
		trap_sync_aarch32(cpu, x, 0);
	} else if (trap_short(cpu, saved, esr) == PT_FAULT_NONE) {
		memcpy(x, saved, 12 * sizeof(*x));
		x[30] = saved[30];
	} else {
		if (memcmp(x, saved, 12 * sizeof(*x)) != 0 || x[30] != saved[30])
			fake_bug("the short way has refused and changed a register");
		trap_sync(cpu, x, esr);
	}
	for (unsigned int i = 12; i < 30; i++)
		if (saved[i] != NOT_SAVED + i)
			fake_bug("the short way has changed x%u", i);
	fake_self()->where = IN_GUEST;
}

static void serror_job(void *context)
{
	trap_serror(this_cpu(), context);
	fake_self()->where = IN_GUEST;
}

void fake_trap(unsigned int n, uint64_t esr)
{
	if (fake.cpu[n].where != IN_GUEST)
		fake_bug("CPU %u is not in its guest", n);
	fake.cpu[n].regs[REG_esr_el2] = esr;
	fake_run(n, sync_job, fake.cpu[n].x);
}

void fake_serror(unsigned int n)
{
	fake.cpu[n].regs[REG_esr_el2] = ESR(EC_SERROR);
	fake_run(n, serror_job, fake.cpu[n].x);
}

static int64_t call(unsigned int n, uint64_t esr, const uint64_t x[4])
{
	memcpy(fake.cpu[n].x, x, 4 * sizeof(*x));
	if (ESR_EC(esr) == EC_HVC64)	/* the preferred return address is past it; an SMC is trapped before */
		fake.cpu[n].regs[REG_elr_el2] += 4;
	fake_trap(n, esr);
	return (int64_t)fake.cpu[n].x[0];
}

int64_t fake_hvc(unsigned int n, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	return call(n, ESR(EC_HVC64), (uint64_t[4]){ function, x1, x2, x3 });
}

int64_t fake_smc(unsigned int n, uint64_t function, uint64_t x1, uint64_t x2, uint64_t x3)
{
	return call(n, ESR(EC_SMC64), (uint64_t[4]){ function, x1, x2, x3 });
}

void fake_msr(unsigned int n, uint64_t reg, uint64_t value)
{
	fake.cpu[n].x[5] = value;
	fake_trap(n, ESR(EC_SYSREG) | reg | 5 << 5);
}

uint64_t fake_mrs(unsigned int n, uint64_t reg)
{
	fake_trap(n, ESR(EC_SYSREG) | reg | 5 << 5 | SYSREG_READ);
	return fake.cpu[n].x[5];
}

enum outcome fake_abort(unsigned int n, uint64_t esr, uint64_t ipa)
{
	struct fake_cpu *cpu = &fake.cpu[n];
	const uint64_t pc = cpu->regs[REG_elr_el2], old_esr = cpu->regs[REG_esr_el1];

	cpu->regs[REG_esr_el1] = ~0ULL;
	cpu->regs[REG_far_el2] = ipa;
	/* Not valid after a permission fault. */
	cpu->regs[REG_hpfar_el2] = FSC_PERMISSION(ABT_FSC(esr)) ? 0xbad0 : (ipa & MASK(47, 12)) >> 8;
	fake_trap(n, esr);
	if (cpu->where != IN_GUEST)
		return ENDED;
	if (cpu->regs[REG_esr_el1] != ~0ULL)
		return INJECTED;
	cpu->regs[REG_esr_el1] = old_esr;
	return cpu->regs[REG_elr_el2] == pc ? RETRIED : SERVED;
}

enum outcome fake_access(unsigned int n, uint64_t ipa, unsigned int size, bool write, uint64_t *value)
{
	const struct stage2 s2 = stage2_of(n);
	uint64_t esr = ESR(EC_DABT_LOWER) | ABT_ISV | 5 << 16 | (write ? ABT_WNR : 0) | (size == 8 ? ABT_SF : 0) |
		       (uint64_t)__builtin_ctz(size) << 22 | 0x7;
	enum outcome outcome;
	struct leaf leaf;

	if (fake_translate(n, &s2, ipa, &leaf)) {
		void *memory = fake_memory(leaf.pa + (ipa & (leaf.size - 1)));

		if (!write || leaf.write) {
			if (memory)
				memcpy(write ? memory : value, write ? value : memory, size);
			return REACHED;
		}
		esr = (esr & ~0x3fULL) | 0xf;	/* permission fault, level 3 */
	}
	fake.cpu[n].x[5] = *value;
	outcome = fake_abort(n, esr, ipa);
	*value = fake.cpu[n].x[5];
	return outcome;
}

enum outcome fake_load(unsigned int n, uint64_t ipa, unsigned int size, uint64_t *value)
{
	*value = 0;
	return fake_access(n, ipa, size, false, value);
}

enum outcome fake_store_to(unsigned int n, uint64_t ipa, unsigned int size, uint64_t value)
{
	return fake_access(n, ipa, size, true, &value);
}

static void fetch(unsigned int n)
{
	const struct stage2 s2 = stage2_of(n);
	struct leaf leaf;

	if (!fake_translate(n, &s2, fake.cpu[n].regs[REG_elr_el2], &leaf))
		fake_abort(n, ESR(EC_IABT_LOWER) | 0x7, fake.cpu[n].regs[REG_elr_el2]);
	else if (!leaf.exec)
		fake_abort(n, ESR(EC_IABT_LOWER) | 0xf, fake.cpu[n].regs[REG_elr_el2]);
}

void fake_settle(void)
{
	/* Twice: what one CPU does can concern another. */
	for (unsigned int i = 0; i < 2 * CPUS; i++) {
		const unsigned int n = i % CPUS;

		if (fake.cpu[n].where == CALLED)
			board_arrive(n);
		if (fake.cpu[n].where == IN_WFE || (fake.cpu[n].where == IN_WFI && gic_signalled(n)))
			fake_wake(n);
		if (fake.cpu[n].where == IN_GUEST)
			fetch(n);
	}
}
