// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks that an image is what it should be before the driver is troubled with it; the driver
 * checks again.
 */
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "image.h"

static struct pt_image_header header_of(const struct buffer *image)
{
	struct pt_image_header header;

	memcpy(&header, image->bytes + PT_IMAGE_HEADER, sizeof(header));
	return header;
}

const char *image_problem(const struct buffer *image)
{
	struct pt_image_header h;

	if (image->size < PT_IMAGE_HEADER + sizeof(h))
		return "is not an image of the hypervisor (too short)";
	h = header_of(image);
	if (h.magic != PT_IMAGE_MAGIC)
		return "is not an image of the hypervisor for arm64";
	if (h.version != PT_ABI_VERSION)
		return "is of another version than this command; install both from one build";
	if (h.file_size != image->size)
		return "is cut off or has grown: its size is not what its head says";
	return NULL;
}

bool image_read(const char *path, struct buffer *image)
{
	const char *problem;

	if (!file_read_or_fail(path, "the hypervisor's image", image))
		return false;
	problem = image_problem(image);
	if (!problem)
		return true;
	fail("'%s' %s", path, problem);
	free(image->bytes);
	return false;
}

uint64_t image_memory(const struct buffer *image, unsigned int cpus)
{
	const struct pt_image_header h = header_of(image);

	return h.core_size + cpus * h.percpu_size + h.pool_size;
}
