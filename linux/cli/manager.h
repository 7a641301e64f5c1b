/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A Linux that is a cell itself and manages others: what then does not apply, and why.
 */
#ifndef CLI_MANAGER_H
#define CLI_MANAGER_H

#include <stdbool.h>
#include "sysfs.h"

/* Is this Linux one? False where there is no hypervisor, or this Linux has enabled it. */
bool is_manager(void);

/* False where it is, after saying that @what ("cell create") is not for it and that @instead may help. */
__attribute__((format(printf, 2, 3)))
bool require_root(const char *what, const char *instead, ...);

/* Say that it has no right to @verb ("start") @cell. Returns EXIT_FAILED. */
int no_right(const char *verb, const struct cell_view *cell);

#endif
