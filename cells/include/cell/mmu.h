/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cell's own (stage 1) map. Start-up maps everything the info page names, each address onto
 * itself: text read-only and executable, other RAM never executable, device regions and the
 * interrupt controller as Device-nGnRE. A cell needs this header only for special cases. /
 */
#ifndef CELL_MMU_H
#define CELL_MMU_H

#include <stdint.h>

enum cell_memory {
	CELL_MEMORY_TEXT,	/* Normal write-back, read-only, executable */
	CELL_MEMORY_CONST,	/* Normal write-back, read-only */
	CELL_MEMORY_DATA,	/* Normal write-back */
	CELL_MEMORY_DEVICE,	/* Device-nGnRE */
};

/*
 * Maps address to intermediate physical address ipa, all page aligned. Existing mappings are never
 * changed: -1 if part of the range is mapped already or the table pool is empty; what was mapped
 * before that stays. Not for two CPUs at once. /
 */
int cell_map(uint64_t address, uint64_t ipa, uint64_t size, enum cell_memory type);

#endif
