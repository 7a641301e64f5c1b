/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls out of paths that are counted, which must not pay for them as long as they are not made. */
#ifndef MACHINE_RARE_H
#define MACHINE_RARE_H

/* Call @function, which takes nothing and leaves all registers but X30 and the flags alone: the caller saves none for it. */
#define call_rarely(function)	__asm__ volatile("bl " #function : : : "x30", "cc", "memory")

#endif
