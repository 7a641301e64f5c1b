// SPDX-License-Identifier: GPL-2.0-only
/* The same guests on a board with a GICv2: another distributor, and no system registers of the interrupt controller. */
#define BOARD_GIC	2
#include "fuzz_trap.c"
