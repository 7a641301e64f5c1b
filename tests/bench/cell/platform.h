/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the benchmark cell must know of the machine under it, written into the image at PLATFORM_OFFSET by whoever starts it
 * (tests/bench): the rest of the image is the same, byte for byte, on every system that is measured.
 */
#ifndef BENCH_PLATFORM_H
#define BENCH_PLATFORM_H

#define PLATFORM_OFFSET		64	/* after the arm64 Image header, which stands at 0 */
#define STARTED_OFFSET		248	/* the cell puts CNTVCT_EL0 of its first instruction here */
#define PLATFORM_MAGIC		0x31484342	/* "BCH1" */

#define CONDUIT_NONE		0
#define CONDUIT_SMC		1
#define CONDUIT_HVC		2

#ifndef __ASSEMBLER__
#include <stdint.h>

struct platform {
	uint32_t magic;
	uint32_t conduit;	/* of PSCI: CONDUIT_* */
	uint64_t gicd;		/* distributor */
	uint64_t gicr;		/* first redistributor; frames of 128 KiB, the CPU's own is found by GICR_TYPER */
	uint64_t uart;		/* PL011 for the output */
	uint64_t uart_direct;	/* PL011 whose interrupt can be measured, 0: none; the same as uart or another */
	uint32_t uart_spi;	/* INTID of uart_direct */
	uint32_t timer_ppi;	/* INTID of the virtual timer, 27 */
	uint32_t hypercall;	/* function in W0 of the trivial hypercall by HVC #0, 0: none */
	uint32_t metrics;	/* bit n: measure metric n of bench.c; one bit a metric, named there */
	uint64_t second_mpidr;	/* of the other CPU, ~0: none; turned on by PSCI CPU_ON through the conduit */
	uint64_t samples;
	uint64_t spi_word;	/* offset of the GICD_ISENABLER to read and write: 0x104 */
	uint32_t off_when_done;	/* 1: PSCI SYSTEM_OFF after `done`; 0: sleep in WFI with all masked */
	uint32_t reserved;
};

_Static_assert(PLATFORM_OFFSET + sizeof(struct platform) <= STARTED_OFFSET, "no room for the platform");
#endif

#endif
