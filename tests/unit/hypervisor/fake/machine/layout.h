/* SPDX-License-Identifier: GPL-2.0-only */
/* The private page is wherever the CPU that the fake machine is running has it. */
#ifndef FAKE_LAYOUT_H
#define FAKE_LAYOUT_H

#include_next <machine/layout.h>

void *fake_private_page(void);

#undef PRIVATE_PAGE
#define PRIVATE_PAGE	fake_private_page()

#endif
