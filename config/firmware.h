/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packed image must know of a board because it has nobody to ask: how CPUs are turned on and which they are,
 * and the UART on which a boot that fails says so.
 */
#ifndef CONFIG_FIRMWARE_H
#define CONFIG_FIRMWARE_H

#include <partita/boot.h>
#include "board.h"

struct firmware {
	uint32_t conduit;		/* enum pt_conduit */
	uint32_t uart_kind;		/* enum pt_uart_kind */
	uint64_t uart;			/* physical address */
	struct pt_boot_cpu cpus[PT_MAX_CPUS];	/* in the order of the board's */
};

/* False after an error in @m. */
bool firmware_read(struct firmware *f, const struct board *b, struct messages *m);

/* What the tree calls a part of Arm's: "cortex-a72"; NULL: not known. */
const char *midr_words(uint32_t midr);

#endif
