/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers as people write them: decimal, or hexadecimal after 0x. A leading 0 means nothing.
 */
#ifndef CONFIG_NUMBERS_H
#define CONFIG_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The number that @text begins with, and in *@end what follows it. False where there is none, or
 * where it does not fit 64 bits.
 */
bool parse_number(const char *text, const char **end, uint64_t *value);

/* "16M" and the like: bytes, or 0 for what is not a size. */
uint64_t parse_size(const char *text);

/*
 * "16M" or "16M@0x70000000". *@size is as parse_size() has it, *@address 0 where there is none.
 * False for an @ without an address behind it; 0 is not one, since that stands for none.
 */
bool parse_placed_size(const char *text, uint64_t *size, uint64_t *address);

#endif
