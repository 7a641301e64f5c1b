/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes with a device that a cell names: pages of registers and interrupts, and who else would
 * be hit.
 */
#ifndef CONFIG_DEVICES_H
#define CONFIG_DEVICES_H

#include "system.h"

bool cell_has_node(const struct cell *cell, uint32_t node);

/* False after an error: out of memory. */
bool device_append(struct cell *cell, const struct board *b, uint32_t node, struct messages *m);
/*
 * Find @name on the board (path, label, alias, or a pattern of paths) and append it to the cell's
 * devices.
 */
void device_add(struct cell *cell, const struct board *b, const char *name, struct messages *m);
/* Is it a device whose path fits a pattern of paths? */
bool device_matches(const struct tree *t, uint32_t node, const char *pattern);

/*
 * Nothing on the board is called @name, which @property of the cell names: what may have been
 * meant.
 */
void device_unknown(const struct cell *cell, const struct board *b, const char *property,
		    const char *name, struct messages *m);

/* Registers and interrupts of all the devices of all cells, once all are known. */
void devices_resolve_all(struct system *s, const struct board *b, struct messages *m);
/* Of one cell, without regard to others. */
void devices_resolve(struct cell *cell, const struct board *b, struct messages *m);
/* Of one device. @s: the cells that may be named as the owners of others, or NULL. */
void device_resolve(struct cell *cell, const struct cell_device *d, const struct system *s,
		    const struct board *b, struct messages *m);

/*
 * Give @cell, one of @s, every device that no cell names and that can be given. What cannot is left
 * to Linux and counted in a warning; a verbose @m says of each why.
 */
void devices_take_rest(struct cell *cell, const struct system *s, const struct board *b,
		       struct messages *m);

#endif
