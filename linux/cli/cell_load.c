// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita cell load: say what a cell that does not run finds in its memory when it starts. The first
 * load after a run also scrubs that.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <config/numbers.h>
#include "../uapi/partita.h"
#include "cli.h"
#include "device.h"
#include "load.h"
#include "manager.h"
#include "progress.h"
#include "terminal.h"

/* Where the image goes: *ipa, LOAD_AT_START resolved. False after saying why it cannot. */
static bool place(const struct cell_view *cell, const char *name, size_t size, uint64_t *ipa)
{
	struct cell_region region;
	char need[32], have[32];

	if (!cell_memory_region(cell->id, *ipa, &region)) {
		if (*ipa == LOAD_AT_START)
			fail("cell '%s' has no memory that could be loaded", cell->name);
		else
			fail("'%s': 0x%llx is not in the memory of cell '%s'; partita cell list "
			     "--json shows "
			     "where that is",
			     name, (unsigned long long)*ipa, cell->name);
		return false;
	}
	if (*ipa == LOAD_AT_START)
		*ipa = region.ipa;
	if (size <= region.size - (*ipa - region.ipa))
		return true;
	fail("'%s' (%s) does not fit the memory of cell '%s' from 0x%llx on (%s); give it more "
	     "with 'memory'",
	     name, size_words(size, need), cell->name, (unsigned long long)*ipa,
	     size_words(region.size - (*ipa - region.ipa), have));
	return false;
}

int load_image(int device, const struct cell_view *cell, const char *name,
	       const struct buffer *image, uint64_t ipa)
{
	struct pt_ioc_cell_load call = {
		.cell = cell->id,
		.data = (uintptr_t)image->bytes,
		.size = image->size,
		.ipa = ipa,
	};
	char size[32];
	int result, error;

	if (!image->size)
		return fail("'%s' is empty", name);
	if (!place(cell, name, image->size, &ipa))
		return EXIT_FAILED;
	call.ipa = ipa;
	progress_begin("loading");
	result = device_call(device, PT_IOC_CELL_LOAD, &call);
	error = errno;
	progress_end();
	errno = error;
	if (result < 0)
		return cell_refused(cell, "load", error == EREMOTEIO ? call.error : 0);
	printf("%s: loaded ", cell->name);
	terminal_text(name, stdout);
	printf(" (%s) at 0x%llx\n", size_words(image->size, size), (unsigned long long)ipa);
	return EXIT_DONE;
}

bool split_address(char *argument, uint64_t *ipa)
{
	char *at = strrchr(argument, '@');
	const char *end;
	bool fits;

	*ipa = LOAD_AT_START;
	if (!at || at[1] < '0' || at[1] > '9')
		return true;
	fits = parse_number(at + 1, &end, ipa);
	if (*end) {
		*ipa = LOAD_AT_START;
		return true;
	}
	*at = '\0';
	if (fits && *ipa != LOAD_AT_START)
		return true;
	fail("'%s' is not an address; partita cell list --json shows where a cell's memory is",
	     at + 1);
	return false;
}

static int load_file(int device, const struct cell_view *cell, char *argument)
{
	struct buffer image;
	uint64_t ipa;
	int result;

	if (!split_address(argument, &ipa) || !file_read_or_fail(argument, "image", &image))
		return EXIT_FAILED;
	result = load_image(device, cell, argument, &image, ipa);
	free(image.bytes);
	return result;
}

static int run(int argc, char **argv)
{
	struct cell_view cell;
	int device, result = EXIT_DONE;

	if (argc < 3 || argv[1][0] == '-')
		return usage_error(&cell_load_verb);
	if (!require_root("cell load", "What a cell starts from came with it: partita cell start %s",
			  argv[1]))
		return EXIT_FAILED;
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (!find_cell(argv[1], &cell))
		result = EXIT_FAILED;
	for (int i = 2; i < argc && result == EXIT_DONE; i++)
		result = load_file(device, &cell, argv[i]);
	close(device);
	return result;
}

const struct verb cell_load_verb = {
	.group = "cell",
	.name = "load",
	.arguments = "CELL IMAGE[@ADDRESS]…",
	.summary = "load images into a cell",
	.help =
	"Each IMAGE goes to ADDRESS as the cell sees it, or else to the start of its memory. A cell\n"
	"begins there, or at its image-address, which then has to be written behind the @. ADDRESS\n"
	"is decimal, or hexadecimal after 0x. The cell finds it there at each start. An image takes\n"
	"the place of what was loaded at its address or lies inside it; what was loaded elsewhere\n"
	"stays.\n",
	.run = run,
};
