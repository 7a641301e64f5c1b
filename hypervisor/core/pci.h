/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a PCI function's configuration space (PCI Local Bus 3.0, 6.1 and 6.2): 32-bit words and their fields. */
#ifndef CORE_PCI_H
#define CORE_PCI_H

#define PCI_COMMAND		0x04u	/* and Status in the upper half, whose bits are cleared by writing 1 */
#define PCI_CACHE_LINE		0x0cu	/* and Latency Timer; above them Header Type and BIST */
#define PCI_BAR			0x10u
#define PCI_ROM			0x30u
#define PCI_INTERRUPT		0x3cu	/* Interrupt Line, for software alone; above it Interrupt Pin */

#define PCI_COMMAND_MEMORY	(1u << 1)
#define PCI_COMMAND_MASTER	(1u << 2)
#define PCI_COMMAND_INTX_OFF	(1u << 10)

#define PCI_BAR_FLAGS		0xfu	/* what kind of memory, read-only */

#endif
