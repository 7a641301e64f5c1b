/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Other cells by their names. A word that fits several cells is refused, never guessed at.
 */
#include <cell/info.h>
#include <cell/string.h>

#include "shell.h"

const char *cell_name(uint32_t id, char name[PT_NAME_SIZE])
{
	const char *from = cell_manage_status()->cells[id].name;
	size_t length = 0;

	while (length < PT_NAME_SIZE - 1 && from[length] > ' ' && from[length] < 0x7f) {
		name[length] = from[length];
		length++;
	}
	name[length] = '\0';
	return name;
}

bool is_self(uint32_t id)
{
	return id == cell_info()->cell;
}

uint32_t next_cell(uint32_t id)
{
	while (id < PT_MAX_CELLS && !cell_manage_exists(id))
		id++;
	return id;
}

bool begins_with(const char *text, const char *beginning, size_t length)
{
	return strlen(text) >= length && !memcmp(text, beginning, length);
}

static bool by_number(const char *word, uint32_t *id)
{
	const char *end;
	const uint64_t number = cell_parse_number(word, &end);

	if (*end || end == word || number >= PT_MAX_CELLS || !cell_manage_exists((uint32_t)number))
		return false;
	*id = (uint32_t)number;
	return true;
}

bool find_cell(const char *word, uint32_t *id)
{
	char name[PT_NAME_SIZE];
	unsigned int found = 0;

	for (uint32_t i = next_cell(0); i < PT_MAX_CELLS; i = next_cell(i + 1)) {
		cell_name(i, name);
		if (!strcmp(name, word)) {
			*id = i;
			return true;
		}
		if (begins_with(name, word, strlen(word))) {
			*id = i;
			found++;
		}
	}
	if (found == 1 || (!found && by_number(word, id)))
		return true;
	if (found)
		cell_printf("'%s' may be %u cells: give more of the name\n", word, found);
	else
		cell_printf("no cell is called '%s': 'list' shows what there is\n", word);
	return false;
}
