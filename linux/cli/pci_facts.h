/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions of the running Linux, as nodes of the board's tree: the firmware's has none, since they are found
 * and get their addresses later.
 */
#ifndef CLI_PCI_FACTS_H
#define CLI_PCI_FACTS_H

#include <config/messages.h>
#include "file.h"

/* Adds them to @tree, which grows. An error in @m leaves it as it was. */
void pci_facts_add(struct buffer *tree, struct messages *m);

#endif
