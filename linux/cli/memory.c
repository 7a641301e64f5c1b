// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor was given and what of it is in use. Page tables grow with the memory map of a
 * board and are therefore not part of the budget.
 */
#include <stdio.h>
#include "cli.h"
#include "json.h"
#include "memory.h"
#include "sysfs.h"

#define BUDGET_KIB	256	/* besides page tables, with one cell */

void memory_print(void)
{
	const uint64_t fixed = sysfs_number("hypervisor/fixed_size");
	const uint64_t comm = sysfs_number("hypervisor/comm_size");
	char given[32], tables[32];

	printf("hypervisor memory: %llu KiB in use (fixed %llu, cells' communication areas %llu; "
	       "budget %d), "
	       "page tables %s, of %s given\n",
	       (unsigned long long)(fixed + comm) / 1024, (unsigned long long)fixed / 1024,
	       (unsigned long long)comm / 1024, BUDGET_KIB,
	       size_words(sysfs_number("hypervisor/table_size"), tables),
	       size_words(sysfs_number("hypervisor/memory_size"), given));
}

void memory_put_json(const char *key)
{
	static const char *const files[] = {"memory_size", "fixed_size", "comm_size", "table_size"};

	json_open(key, '{');
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		json_number(files[i], sysfs_number("hypervisor/%s", files[i]));
	json_number("budget_besides_tables", BUDGET_KIB * 1024);
	json_close('}');
}
