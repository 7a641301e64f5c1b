/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The early UART: where a boot that fails says so, before there is anything else to say it with. Write-only and polled; speed and
 * pins are as the firmware left them. Nothing that a cell can trigger may come here.
 */
#ifndef MACHINE_UART_H
#define MACHINE_UART_H

#include <lib/types.h>

/*
 * @text with a carriage return before each line feed. @base is wherever the registers are reached now: physical with the MMU off,
 * virtual with it on. What has not left after a bounded time never does: a UART that hangs does not hang the boot. An
 * unknown @kind (enum pt_uart_kind) is silent. Tells whether all has left.
 */
bool uart_write(uint64_t base, uint32_t kind, const char *text);

#endif
