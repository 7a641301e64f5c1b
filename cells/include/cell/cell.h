/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything a bare-metal cell needs. The library calls main() on the first CPU with the MMU on and
 * interrupts masked; when main() returns, the cell ends as by cell_off().
 */
#ifndef CELL_H
#define CELL_H

#include <cell/console.h>
#include <cell/cpu.h>
#include <cell/exception.h>
#include <cell/gic.h>
#include <cell/info.h>
#include <cell/manage.h>
#include <cell/mmu.h>
#include <cell/psci.h>
#include <cell/serial.h>
#include <cell/string.h>
#include <cell/sysreg.h>
#include <cell/timer.h>

void main(void);

#endif
