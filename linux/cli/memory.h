/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own memory against its budget; shown by `cell stats` and `hardware check`.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

void memory_print(void);
void memory_put_json(const char *key);

#endif
