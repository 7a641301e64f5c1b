/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What start.S and the C files must agree on: the stacks of each CPU and the names that cell.lds
 * defines. Code that runs before relocation may touch hidden symbols only, never through the GOT. /
 */
#ifndef CELL_LAYOUT_H
#define CELL_LAYOUT_H

/*
 * Per CPU, upwards: guard page, main stack (SP_EL0), guard page, exception stack (SP_EL1). The
 * guards are not mapped; an overflow of the main stack is reported from the other one. /
 */
#define STACK_STRIDE		0x8000
#define STACK_MAIN_BOTTOM	0x1000
#define STACK_MAIN_TOP		0x5000
#define STACK_EXCEPTION_BOTTOM	0x6000
#define STACK_EXCEPTION_TOP	0x8000

#define SCTLR_M			(1 << 0)
#define SCTLR_C			(1 << 2)
#define SCTLR_SA		(1 << 3)
#define SCTLR_I			(1 << 12)
#define SCTLR_RES1		0x30d00800	/* bits 29, 28, 23, 22, 20, 11 of ARMv8.0 */
#define CPACR_FPEN		(3 << 20)

#define MAIR_DEVICE_nGnRE	0x04
#define MAIR_NORMAL_WB		0xff
#define ATTR_DEVICE		0	/* indices into MAIR */
#define ATTR_NORMAL		1
#define MAIR_VALUE		(MAIR_DEVICE_nGnRE | MAIR_NORMAL_WB << 8 * ATTR_NORMAL)

#define TCR_T0SZ_48_BIT		16
#define TCR_IRGN0_WBWA		(1 << 8)
#define TCR_ORGN0_WBWA		(1 << 10)
#define TCR_SH0_INNER		(3 << 12)
#define TCR_EPD1		(1 << 23)
#define TCR_IPS_SHIFT		32
#define PARANGE_48_BIT		5

#ifndef __ASSEMBLER__

#include <stdint.h>

#include <cell/cpu.h>

#define HIDDEN __attribute__((visibility("hidden")))

extern char __image_start[] HIDDEN, __text_end[] HIDDEN, __rodata_end[] HIDDEN;
extern char __bss_start[] HIDDEN, __bss_end[] HIDDEN;
extern char __early_start[] HIDDEN, __early_end[] HIDDEN, __image_end[] HIDDEN;
extern uint8_t cell_stacks[CELL_MAX_CPUS][STACK_STRIDE] HIDDEN;
extern uint64_t cell_tables[][512] HIDDEN;

struct pt_info;
struct cell_frame;

/* Called by start.S and vectors.S, by nobody else. */
HIDDEN void cell_tables_build(const struct pt_info *info);
_Noreturn HIDDEN void cell_start(const struct pt_info *info);
_Noreturn HIDDEN void cell_start_secondary(uint64_t index);
HIDDEN void cell_irq(void);
HIDDEN void cell_fault(struct cell_frame *frame, uint64_t vector);
extern char cell_secondary_entry[] HIDDEN;

/* Between the files of the library. */
HIDDEN void cell_info_init(const struct pt_info *info);
HIDDEN void cell_irq_init_cpu(void);	/* does nothing before cell_irq_init() */
HIDDEN void cell_timer_init_cpu(void);
HIDDEN void cell_mmu_report(void);	/* prints what could not be mapped */
HIDDEN void cell_console_init(void);	/* the UART, if the cell has one to speak through */
HIDDEN void cell_console_force(void);	/* from here on, print without the lock */

#endif
#endif
