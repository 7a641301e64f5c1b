/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * UARTs that Partita's own programs can drive: the hypervisor's boot, and the library of bare-metal cells.
 */
#ifndef CONFIG_UARTS_H
#define CONFIG_UARTS_H

#include <partita/blob.h>
#include "tree.h"

/* What kind of them @node is; PT_UART_NONE: another device. */
enum pt_uart_kind uart_kind(const struct tree *t, uint32_t node);

/* "PL011" */
const char *uart_kind_words(uint32_t kind);

#endif
