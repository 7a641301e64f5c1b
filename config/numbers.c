// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading numbers without strtoull()'s surprises: no sign, no octal, no value that saturates.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "numbers.h"

bool parse_number(const char *text, const char **end, uint64_t *value)
{
	const bool hexadecimal = !strncmp(text, "0x", 2) || !strncmp(text, "0X", 2);
	char *rest = (char *)text;

	*end = text;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &rest, hexadecimal ? 16 : 10);
	*end = rest;
	return !errno;
}

uint64_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	const char *unit, *end;
	uint64_t value;
	unsigned int shift = 0;

	if (!parse_number(text, &end, &value))
		return 0;
	if (*end == ' ')
		end++;
	unit = *end ? strchr(units, *end == 'k' ? 'K' : *end) : NULL;
	if (unit) {
		shift = 10 * (unsigned int)(unit - units + 1);
		end++;
		if (!strcmp(end, "iB") || !strcmp(end, "B"))
			end = strchr(end, '\0');
	}
	return *end || value > UINT64_MAX >> shift ? 0 : value << shift;
}

bool parse_placed_size(const char *text, uint64_t *size, uint64_t *address)
{
	const char *at = strchr(text, '@'), *end;
	char alone[32];

	*address = 0;
	if (!at) {
		*size = parse_size(text);
		return true;
	}
	*size = 0;
	if ((size_t)(at - text) < sizeof(alone)) {
		memcpy(alone, text, (size_t)(at - text));
		alone[at - text] = '\0';
		*size = parse_size(alone);
	}
	return parse_number(at + 1, &end, address) && !*end && *address;
}
