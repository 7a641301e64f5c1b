/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are in EL2's address space. 48-bit, 4 KiB granule; all of the hypervisor lies in one 1 GiB, so that each
 * CPU's own view differs in one level 3 table only:
 *
 *   HV_VA       image: text, rodata, data, bss				shared
 *   PRIVATE_VA  guard | stack | guard | private page | guard | own level 3 table | ... | window	this CPU's alone
 *   POOL_VA     page pool						shared
 *   DEVICE_VA   distributor, redistributors				shared
 *
 * and, far below, the .idmap page at its physical address, where the MMU is turned on and off.
 * Cells' memory and PCI configuration space are nowhere; the window shows a piece while this CPU scrubs it, or serves an access.
 */
#ifndef MACHINE_LAYOUT_H
#define MACHINE_LAYOUT_H

#define HV_VA			0x800000000000
#define PRIVATE_VA		0x800000200000
#define PRIVATE_STACK		(PRIVATE_VA + 0x1000)
#define PRIVATE_STACK_TOP	(PRIVATE_VA + 0x3000)
#define PRIVATE_PAGE		(PRIVATE_VA + 0x4000)
#define PRIVATE_L3		(PRIVATE_VA + 0x6000)
#define WINDOW_VA		(PRIVATE_VA + 0x100000)
#define WINDOW_SIZE		0x40000
#define POOL_VA			0x800000400000
#define POOL_VA_SIZE		0x400000
#define DEVICE_VA		0x800001000000
#define DEVICE_PER_CPU		0x40000		/* a redistributor, with virtual LPIs */
#define DEVICE_OTHERS		0x12000		/* a distributor, a CPU interface, a UART */

/* Pages of a CPU's block of memory (struct pt_image_header.percpu_size). */
#define PERCPU_L0		0
#define PERCPU_L1		1
#define PERCPU_L2		2
#define PERCPU_L3		3
#define PERCPU_STACK		4
#define PERCPU_STACK_PAGES	2
#define PERCPU_PRIVATE		6
#define PERCPU_PAGES		7
#define PERCPU_TABLES		4	/* of these, page tables */

#define IMAGE_POOL_SIZE		0x100000	/* bytes of pool that the launcher is asked for */
#define PT_IMAGE_HEADER_AT	64		/* PT_IMAGE_HEADER, asserted in launch.c */
#define SYSTEM_CPUS		72		/* offset of pt_system.cpus, asserted in launch.c */

/* Offsets into struct private (cpu.h), asserted in launch.c. */
#define LEAVE_X			0
#define LEAVE_SCTLR		248
#define LEAVE_TTBR0		256
#define LEAVE_TCR		264
#define LEAVE_MAIR		272
#define LEAVE_VBAR		280
#define LEAVE_SP		288

#endif
