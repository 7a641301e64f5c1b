/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A cell that makes exits of every kind, with every general register in the place where the
 * instruction names one, and looks that each changed what it answers and nothing else. /
 */
#include <cell/cell.h>
#include <partita/error.h>
#include <partita/hypercall.h>

#define REGISTERS	31
#define PSCI_VERSION	0x84000000u
#define PSCI_UNKNOWN	0x8400001fu

typedef void attempt_fn(const uint64_t before[REGISTERS], uint64_t after[REGISTERS]);

extern attempt_fn *const load_attempts[REGISTERS], *const store_attempts[REGISTERS];
extern attempt_fn *const read_attempts[REGISTERS], *const write_attempts[REGISTERS];
extern attempt_fn attempt_hvc, attempt_smc;

static unsigned int made, wrong;

static void fill(uint64_t x[REGISTERS])
{
	for (unsigned int i = 0; i < REGISTERS; i++)
		x[i] = 0x1122334400000000ULL + (i << 16) + made;
}

/* All of after but the first registers from @first on, @count of them, must be as before. */
static void compare(const char *what, unsigned int n, const uint64_t before[], const uint64_t after[],
		    unsigned int first, unsigned int count)
{
	made++;
	for (unsigned int i = 0; i < REGISTERS; i++) {
		if (before[i] == after[i] || (i >= first && i < first + count))
			continue;
		wrong++;
		cell_printf("exits: %s with x%u changed x%u from %lx to %lx\n", what, n, i, before[i], after[i]);
	}
}

static void answer(const char *what, unsigned int n, uint64_t got, uint64_t right)
{
	if (got == right)
		return;
	wrong++;
	cell_printf("exits: %s with x%u gave %lx instead of %lx\n", what, n, got, right);
}

static void loads_and_stores(void)
{
	const uint64_t typer = cell_info()->gicd + GICD_TYPER;
	/* What is not the cell's ignores writes. */
	const uint64_t ispendr = cell_info()->gicd + GIC_ISPENDR(1);
	const uint32_t right = cell_mmio_read32(typer);
	uint64_t before[REGISTERS], after[REGISTERS];

	for (unsigned int n = 0; n < REGISTERS; n++) {
		fill(before);
		before[(n + 1) % REGISTERS] = typer;
		load_attempts[n](before, after);
		compare("ldr", n, before, after, n, 1);
		answer("ldr", n, after[n], right);

		fill(before);
		before[(n + 1) % REGISTERS] = ispendr;
		store_attempts[n](before, after);
		compare("str", n, before, after, 0, 0);
	}
}

static void system_registers(void)
{
	uint64_t before[REGISTERS], after[REGISTERS];

	for (unsigned int n = 0; n < REGISTERS; n++) {
		fill(before);
		before[n] = 0x80 + 8 * (n % 8);
		write_attempts[n](before, after);
		compare("msr", n, before, after, 0, 0);

		fill(before);
		read_attempts[n](before, after);
		compare("mrs", n, before, after, n, 1);
		answer("mrs", n, after[n], 0x80 + 8 * (n % 8));
	}
}

/* SMCCC lets a call change x0 to x3 (DEN0028 2.6); those that answer in x0 alone change no more. */
static void calls(void)
{
	static const struct {
		const char *what;
		attempt_fn *attempt;
		uint64_t function;
		unsigned int answers;
		uint64_t right;
	} all[] = {
		{ "hvc revision", attempt_hvc, PT_HC_REVISION, 2, PT_ABI_VERSION },
		{ "hvc uid", attempt_hvc, PT_HC_UID, 4, PT_UID_0 },
		{ "hvc unknown", attempt_hvc, 0x86001234, 1, (uint64_t)-1 },
		{ "hvc of a manager", attempt_hvc, PT_HC_DISABLE, 1, (uint64_t)PT_EPERM },
		{ "smc version", attempt_smc, PSCI_VERSION, 1, 0x10001 },
		{ "smc features", attempt_smc, 0x80000001u, 1, (uint64_t)-1 },
		{ "smc unknown", attempt_smc, PSCI_UNKNOWN, 1, (uint64_t)-1 },
	};
	uint64_t before[REGISTERS], after[REGISTERS];

	for (unsigned int i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		fill(before);
		before[0] = all[i].function;
		all[i].attempt(before, after);
		compare(all[i].what, 0, before, after, 0, all[i].answers);
		answer(all[i].what, 0, after[0], all[i].right);
	}
}

void main(void)
{
	loads_and_stores();
	system_registers();
	calls();
	cell_printf("exits: %u made, %u wrong\n", made, wrong);
	cell_irq_mask();
	while (!cell_shutdown_requested())
		asm volatile("wfe");
}
