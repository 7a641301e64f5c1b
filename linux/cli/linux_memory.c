// SPDX-License-Identifier: GPL-2.0-only
/*
 * A window as long as the cell's memory moves over the blocks of each stretch; where none is without a fixed page, the
 * largest runs between such are pieces. All pieces are of one stretch, so that the cell can see them as one memory from
 * the first one's address on: what lies there is memory of the board. What Linux had set aside at boot is used
 * only if there is nothing else: it may be the area of CMA, whose pages look free and are not to be had like this.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <config/system.h>
#include "cli.h"
#include "file.h"
#include "linux_memory.h"

#define BLOCK_PAGES	(PT_MEMORY_BLOCK / 4096)
#define LARGEST_PAGE	30			/* log2 of bytes: a block of level 1 */

#define MARK_RESERVED	1u			/* set aside at boot */
#define MARK_REFUSED	2u			/* could not be had, whatever the survey says */

/* More than there can be to move in any window without such a block. */
#define COST_RESERVED	(1ull << 40)

static bool add_stretch(struct linux_memory *m, uint64_t start, uint64_t end)
{
	const uint64_t first = (start + PT_MEMORY_BLOCK - 1) / PT_MEMORY_BLOCK;
	const uint64_t count = end / PT_MEMORY_BLOCK - first;
	struct stretch *grown, *s;

	if (end / PT_MEMORY_BLOCK <= first || count > UINT32_MAX)
		return true;
	grown = realloc(m->stretches, (m->count + 1) * sizeof(*grown));
	if (!grown)
		return false;
	m->stretches = grown;
	s = &grown[m->count++];
	s->start = first * PT_MEMORY_BLOCK;
	s->count = (uint32_t)count;
	s->blocks = calloc(s->count, sizeof(*s->blocks));
	s->marks = calloc(s->count, sizeof(*s->marks));
	if (s->blocks && s->marks)
		return true;
	s->count = 0;
	return false;
}

/* Within the stretch that came last: lines of the list stand below what they are part of. */
static void mark_reserved(struct linux_memory *m, uint64_t start, uint64_t end)
{
	struct stretch *s = m->count ? &m->stretches[m->count - 1] : NULL;

	for (uint32_t i = 0; s && i < s->count; i++) {
		const uint64_t block = s->start + (uint64_t)i * PT_MEMORY_BLOCK;

		if (start < block + PT_MEMORY_BLOCK && end > block)
			s->marks[i] |= MARK_RESERVED;
	}
}

/* "40000000-ffffffff : System RAM", and below it "  48000000-4857efff : reserved". */
static bool read_line(struct linux_memory *m, const char *line)
{
	const bool inside = *line == ' ';
	unsigned long long start, last;
	int name = 0;

	if (sscanf(line, "%llx-%llx : %n", &start, &last, &name) != 2 || !name || last <= start)
		return true;
	if (!inside && !strcmp(line + name, "System RAM"))
		return add_stretch(m, start, last + 1);
	if (inside && !strcmp(line + name, "reserved"))
		mark_reserved(m, start, last + 1);
	return true;
}

bool linux_memory_read(struct linux_memory *m)
{
	char path[PATH_MAX], *at = NULL;
	struct buffer text;
	bool fine = true;

	*m = (struct linux_memory){ 0 };
	if (!file_read(system_path("/proc/iomem", path), &text))
		return false;
	for (char *line = strtok_r(text.bytes, "\n", &at); line && fine;
	     line = strtok_r(NULL, "\n", &at))
		fine = read_line(m, line);
	free(text.bytes);
	return fine;
}

void linux_memory_free(struct linux_memory *m)
{
	for (uint32_t i = 0; i < m->count; i++) {
		free(m->stretches[i].blocks);
		free(m->stretches[i].marks);
	}
	free(m->stretches);
	*m = (struct linux_memory){ 0 };
}

static bool is_fixed(const struct stretch *s, uint32_t i)
{
	return s->marks[i] & MARK_REFUSED ||
	       s->blocks[i].free + s->blocks[i].movable < (int)BLOCK_PAGES;
}

static uint64_t cost_of(const struct stretch *s, uint32_t i)
{
	return s->blocks[i].movable + (s->marks[i] & MARK_RESERVED ? COST_RESERVED : 0);
}

static int alignment_of(uint64_t address)
{
	return __builtin_ctzll(address | 1ull << LARGEST_PAGE);
}

struct best {
	uint64_t cost;
	struct pt_range piece;
};

/* The window of @wanted blocks that costs least, if it costs less than @best. */
static void find_window(const struct stretch *s, uint64_t wanted, struct best *best)
{
	uint64_t cost = 0, run = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		const uint64_t start = s->start + (i + 1 - wanted) * PT_MEMORY_BLOCK;

		if (is_fixed(s, i)) {
			cost = run = 0;
			continue;
		}
		cost += cost_of(s, i);
		run++;
		if (run > wanted) {
			run--;
			cost -= cost_of(s, (uint32_t)(i - wanted));
		}
		if (run == wanted &&
		    (cost < best->cost ||
		     (cost == best->cost &&
		      alignment_of(start) > alignment_of(best->piece.base))))
			*best = (struct best){ cost, { start, wanted * PT_MEMORY_BLOCK } };
	}
}

/* The largest runs without anything fixed, in falling order; returns their sum. */
static uint64_t find_runs(const struct stretch *s, unsigned int count, struct pt_range *runs)
{
	struct pt_range run = { 0, 0 };
	uint64_t sum = 0;

	memset(runs, 0, count * sizeof(*runs));
	for (uint32_t i = 0; i <= s->count; i++) {
		const bool ends = i == s->count || is_fixed(s, i) || s->marks[i] & MARK_RESERVED;

		if (!ends) {
			run.size += PT_MEMORY_BLOCK;
			continue;
		}
		run.base = s->start + (uint64_t)i * PT_MEMORY_BLOCK - run.size;
		for (unsigned int k = 0; k < count; k++) {
			const struct pt_range smaller = runs[k];

			if (run.size <= smaller.size)
				continue;
			runs[k] = run;
			run = smaller;
		}
		run.size = 0;
	}
	for (unsigned int k = 0; k < count; k++)
		sum += runs[k].size;
	return sum;
}

static bool holds(const struct stretch *s, uint64_t address)
{
	return address >= s->start && (address - s->start) / PT_MEMORY_BLOCK < s->count;
}

bool linux_memory_choose(const struct linux_memory *m, uint64_t size, unsigned int pieces, uint64_t near,
			 struct pt_range *piece)
{
	const uint64_t wanted = (size + PT_MEMORY_BLOCK - 1) / PT_MEMORY_BLOCK;
	struct best best = { UINT64_MAX, { 0, 0 } };
	struct pt_range runs[CELL_PIECES_MAX];
	uint64_t most = 0;

	for (const struct stretch *s = m->stretches; s < m->stretches + m->count; s++)
		if (!near || holds(s, near))
			find_window(s, wanted, &best);
	if (best.cost != UINT64_MAX) {
		*piece = (struct pt_range){ best.piece.base, size };
		return true;
	}
	for (const struct stretch *s = m->stretches; s < m->stretches + m->count; s++) {
		const uint64_t sum = near && !holds(s, near) ? 0 : find_runs(s, pieces, runs);

		if (sum < size || sum <= most)
			continue;
		most = sum;
		*piece = runs[0];
	}
	return most > 0;
}

uint64_t linux_memory_most(const struct linux_memory *m, unsigned int pieces)
{
	struct pt_range runs[CELL_PIECES_MAX];
	uint64_t most = 0;

	for (const struct stretch *s = m->stretches; s < m->stretches + m->count; s++) {
		const uint64_t sum = find_runs(s, pieces, runs);

		most = sum > most ? sum : most;
	}
	return most;
}

/* What was set aside in one piece shares its fate. */
static void refuse(struct stretch *s, uint32_t block)
{
	uint32_t first = block, last = block;

	while (s->marks[block] & MARK_RESERVED && first && s->marks[first - 1] & MARK_RESERVED)
		first--;
	while (s->marks[block] & MARK_RESERVED && last + 1 < s->count &&
	       s->marks[last + 1] & MARK_RESERVED)
		last++;
	for (uint32_t i = first; i <= last; i++)
		s->marks[i] |= MARK_REFUSED;
}

void linux_memory_refused(struct linux_memory *m, uint64_t address)
{
	for (struct stretch *s = m->stretches; s < m->stretches + m->count; s++)
		if (holds(s, address))
			refuse(s, (uint32_t)((address - s->start) / PT_MEMORY_BLOCK));
}

struct memory_sums linux_memory_sums(const struct linux_memory *m)
{
	struct memory_sums sums = { 0 };

	for (const struct stretch *s = m->stretches; s < m->stretches + m->count; s++) {
		for (uint32_t i = 0; i < s->count; i++) {
			const uint64_t free = s->blocks[i].free, movable = s->blocks[i].movable;

			sums.free += free * 4096;
			sums.movable += movable * 4096;
			sums.fixed += (BLOCK_PAGES - free - movable) * 4096;
		}
	}
	return sums;
}
