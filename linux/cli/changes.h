/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two systems or two images differ in, for people and for programs.
 */
#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include <config/diff.h>

/* Prints and releases @c; returns what the command returns. */
int changes_tell(struct changes *c, bool json);

#endif
