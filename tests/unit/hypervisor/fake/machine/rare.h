/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of machine/rare.h, and of what is in assembly behind it. */
#ifndef MACHINE_RARE_H
#define MACHINE_RARE_H

#define call_rarely(function)	function()

void trace_overflow(void);

#endif
