// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that knows QEMU's virt board by heart and nothing else: no device tree, no Partita. It
 * stands for the RTOS images that are linked for that board, and must run there and in a cell, byte
 * for byte the same. Every address and number is the board's.
 */
#include <stdbool.h>
#include <stdint.h>

#define UART		0x09000000ul	/* PL011 */
#define UARTDR		0x00
#define UARTFR		0x18
#define UARTFR_RXFE	(1u << 4)
#define UARTFR_TXFF	(1u << 5)

#define GICD		0x08000000ul	/* GICv3 */
#define GICD_CTLR	0x0000
#define GICD_CTLR_GRP1	(1u << 1)
#define GICD_CTLR_ARE	(1u << 4)
#define GICR		0x080a0000ul	/* two frames of 64 KiB for each CPU, in their order */
#define GICR_SIZE	0x20000ul
#define GICR_WAKER	0x0014
#define WAKER_SLEEP	(1u << 1)
#define WAKER_ASLEEP	(1u << 2)
#define SGI_BASE	0x10000ul
#define IGROUPR0	0x0080
#define ISENABLER0	0x0100
#define IPRIORITYR	0x0400

#define TIMER_INTID	27u		/* of the virtual timer */
#define TICKS_PER_S	100
#define TICKS		10
#define PSCI_SYSTEM_OFF	0x84000008u	/* by HVC, on a board without EL2 */

#define read(reg) ({ uint64_t value_; asm volatile("mrs %0, " #reg : "=r" (value_)); value_; })
#define write(reg, value) asm volatile("msr " #reg ", %0" :: "r" ((uint64_t)(value)) : "memory")
#define isb() asm volatile("isb" ::: "memory")

const char unexpected_words[] = "virt: unexpected exception\n";

static volatile uint32_t ticks, others;

static uint32_t in(uint64_t address)
{
	uint32_t value;

	asm volatile("ldr %w0, [%1]" : "=r" (value) : "r" (address) : "memory");
	return value;
}

static void out(uint64_t address, uint32_t value)
{
	asm volatile("str %w0, [%1]" :: "r" (value), "r" (address) : "memory");
}

static void put(char c)
{
	while (in(UART + UARTFR) & UARTFR_TXFF)
		;
	out(UART + UARTDR, (uint8_t)c);
}

void print(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			put('\r');
		put(*text);
	}
}

static char get(void)
{
	while (in(UART + UARTFR) & UARTFR_RXFE)
		;
	return (char)in(UART + UARTDR);
}

void interrupt(void)
{
	const uint64_t intid = read(S3_0_C12_C12_0);	/* ICC_IAR1_EL1 */

	if (intid == TIMER_INTID) {
		ticks++;
		write(cntv_tval_el0, read(cntfrq_el0) / TICKS_PER_S);
		isb();
	} else {
		others++;
	}
	write(S3_0_C12_C12_1, intid);			/* ICC_EOIR1_EL1 */
}

/* Its frames by the number of the CPU, as those do it that were written for one board. */
static void start_interrupts(uint64_t cpu)
{
	const uint64_t own = GICR + cpu * GICR_SIZE, sgi = own + SGI_BASE;

	out(GICD + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	out(own + GICR_WAKER, in(own + GICR_WAKER) & ~WAKER_SLEEP);
	while (in(own + GICR_WAKER) & WAKER_ASLEEP)
		;
	out(sgi + IGROUPR0, ~0u);
	out(sgi + IPRIORITYR + TIMER_INTID / 4 * 4, 0x80808080);
	out(sgi + ISENABLER0, 1u << TIMER_INTID);
	write(S3_0_C12_C12_5, read(S3_0_C12_C12_5) | 1);	/* ICC_SRE_EL1 */
	isb();
	write(S3_0_C4_C6_0, 0xff);				/* ICC_PMR_EL1 */
	write(S3_0_C12_C12_7, 1);				/* ICC_IGRPEN1_EL1 */
	write(cntv_tval_el0, read(cntfrq_el0) / TICKS_PER_S);
	write(cntv_ctl_el0, 1);
	isb();
	asm volatile("msr daifclr, #2" ::: "memory");
}

static void power_off(void)
{
	register uint64_t x0 asm("x0") = PSCI_SYSTEM_OFF;

	asm volatile("hvc #0" : "+r" (x0) :: "x1", "x2", "x3", "memory");
	print("virt: still on\n");
}

void main(void)
{
	const uint64_t cpu = read(mpidr_el1) & 0xff;
	char typed;

	print("virt: on CPU ");
	put((char)('0' + cpu));
	print("\n");
	start_interrupts(cpu);
	while (ticks < TICKS)
		asm volatile("wfi");
	print(others ? "virt: interrupts of nobody\n" : "virt: the timer ticks\n");
	print("virt: type a line\n");
	do {
		typed = get();
		put(typed);
	} while (typed != '\r');
	print("\nvirt: off\n");
	power_off();
}
