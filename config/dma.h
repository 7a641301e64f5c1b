/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices that read and write memory by themselves. Nothing confines them before the hypervisor
 * manages IOMMUs, so that none is given away unless the user accepts that by name.
 */
#ifndef CONFIG_DMA_H
#define CONFIG_DMA_H

#include "system.h"

/*
 * What the node says or is that means DMA, or NULL. A UART that has a DMA controller copy for it
 * does none.
 */
const char *dma_sign(const struct tree *t, uint32_t node);

/* The user accepts the DMA of @name (path, label, alias or pattern of paths), the cell's. */
void dma_accept(struct cell *cell, const struct board *b, const char *name, struct messages *m);
bool dma_is_accepted(const struct cell *cell, uint32_t node);
/*
 * Once all devices of the cell are known: was all that was accepted its own, and does DMA? Does the
 * cell see its memory where the devices do?
 */
void dma_check_accepted(const struct cell *cell, const struct board *b, struct messages *m);

/* An error, unless the device does no DMA or the user accepts it. */
void dma_refuse(const struct cell *cell, const struct cell_device *d, const struct board *b,
		struct messages *m);

#endif
