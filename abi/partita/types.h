/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fixed-width types for every side of the border: hypervisor, cells, kernel module and user space.
 * All structures of abi/ are little-endian and naturally aligned, without implicit padding.
 */
#ifndef PARTITA_TYPES_H
#define PARTITA_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

#define PT_ABI_VERSION	6	/* one number for all of abi/; both sides compare it for equality */

#define PT_PAGE_SIZE	4096
#define PT_NAME_SIZE	32	/* with the terminating NUL; see pt_blob_name_ok() for the alphabet */

/* Limits of the hypervisor's tables. */
#define PT_MAX_CPUS	64	/* of the board */
#define PT_MAX_CELLS	16	/* the root included; the root is cell 0 */
#define PT_MAX_REGIONS	32	/* memory regions of one cell */
#define PT_MAX_SPIS	64	/* device interrupts of one cell */
#define PT_MAX_RANGES	32	/* address ranges in each table of a system blob */

#define PT_ROOT_CELL	0

/* The affinity fields of MPIDR_EL1 (DDI0487, MPIDR_EL1): what names a CPU, without RES1 and U/MT bits. */
#define PT_MPIDR_MASK	0xff00ffffffULL

#endif
