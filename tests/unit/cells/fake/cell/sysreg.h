/* SPDX-License-Identifier: GPL-2.0-only */
/* Device registers are served by the test. */
#ifndef CELL_SYSREG_H
#define CELL_SYSREG_H

#include <stdint.h>

uint32_t cell_mmio_read32(uint64_t address);
void cell_mmio_write32(uint64_t address, uint32_t value);

#endif
