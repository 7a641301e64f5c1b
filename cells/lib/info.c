/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The communication area as the cell sees it, and the shutdown protocol. The request word is read
 * as plain memory and the answer is written so: no exit but the last one. /
 */
#include <cell/cell.h>
#include <partita/blob.h>

#include "layout.h"

static const struct pt_info *info;
static char argument[CELL_ARGUMENT_MAX];

/* Memory that Linux gave in pieces is so many regions, without a gap and in this order. */
static uint64_t ram_end(const struct pt_info_region *ram)
{
	const struct pt_info_region *end = info->regions + info->region_count;

	while (ram + 1 < end && ram[1].ipa == ram->ipa + ram->size && ram[1].flags == ram->flags)
		ram++;
	return ram->ipa + ram->size;
}

static void argument_init(void)
{
	const struct pt_info_region *ram = cell_ram();
	const char *text;

	if (!ram || ram_end(ram) - ram->ipa < CELL_ARGUMENT_OFFSET + CELL_ARGUMENT_MAX)
		return;
	text = (const char *)ram->ipa + CELL_ARGUMENT_OFFSET;
	for (unsigned int i = 0; i < CELL_ARGUMENT_MAX - 1 && text[i] && text[i] != '\n'; i++)
		argument[i] = text[i];
}

void cell_info_init(const struct pt_info *page)
{
	info = page;
	argument_init();
}

const struct pt_info *cell_info(void)
{
	return info;
}

struct pt_report *cell_report(void)
{
	return (struct pt_report *)((uint64_t)info + PT_COMM_REPORT);
}

const struct pt_info_region *cell_ram(void)
{
	uint64_t here = (uint64_t)__image_start;

	for (uint32_t i = 0; i < info->region_count && i < PT_MAX_REGIONS; i++)
		if (here - info->regions[i].ipa < info->regions[i].size)
			return &info->regions[i];
	return NULL;
}

void *cell_shared_memory(unsigned int index, size_t *size)
{
	for (uint32_t i = 0; i < info->region_count && i < PT_MAX_REGIONS; i++) {
		const struct pt_info_region *r = &info->regions[i];

		if ((r->flags & PT_REGION_SHARED) && !index--) {
			*size = r->size;
			return (void *)r->ipa;
		}
	}
	*size = 0;
	return NULL;
}

void *cell_free_memory(size_t *size)
{
	const struct pt_info_region *ram = cell_ram();

	*size = ram ? ram_end(ram) - (uint64_t)__image_end : 0;
	return __image_end;
}

const char *cell_argument(void)
{
	return argument;
}

void cell_heartbeat(void)
{
	__atomic_fetch_add(&cell_report()->heartbeat, 1, __ATOMIC_RELAXED);
}

bool cell_shutdown_requested(void)
{
	return __atomic_load_n(&info->request, __ATOMIC_ACQUIRE) == PT_REQUEST_SHUTDOWN;
}

/* What the cell reported before is visible to whoever sees the answer. */
void cell_answer(enum pt_answer answer)
{
	__atomic_store_n(&cell_report()->answer, (uint32_t)answer, __ATOMIC_RELEASE);
}

void cell_off(void)
{
	cell_irq_mask();
	if (cell_shutdown_requested())
		cell_answer(PT_ANSWER_YES);
	cell_dsb();
	for (;;) {
		cell_smc_result(PSCI_SYSTEM_OFF, 0, 0, 0);
		asm volatile("wfi");
	}
}
