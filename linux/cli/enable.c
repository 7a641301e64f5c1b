// SPDX-License-Identifier: GPL-2.0-only
/*
 * partita enable: compile the board, read the hypervisor's image, hand both to the driver. The
 * driver does it wholly or not at all.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <config/blobs.h>
#include <partita/error.h>
#include "../uapi/partita.h"
#include "board_facts.h"
#include "cli.h"
#include "device.h"
#include "image.h"
#include "manager.h"
#include "progress.h"

static int explain_hypervisor(const struct pt_ioc_enable *call, const struct blob *blob)
{
	char field[64];

	if (call->error == PT_EBLOB)
		return fail("the hypervisor refuses this board: '%s' %s",
			    blob_field_words(blob, call->offset, field, sizeof(field)),
			    blob_reason_words(call->reason));
	return fail("the hypervisor refuses: %s", error_words(call->error));
}

static int explain_refusal(const struct pt_ioc_enable *call, const char *image)
{
	char size[32];

	switch ((enum pt_refusal)call->error) {
	case PT_REFUSED_VHE:
		return fail("this kernel itself runs at EL2 (VHE), where the hypervisor has to be; "
			    "boot it with: id_aa64mmfr1.vh=0 kvm-arm.mode=none");
	case PT_REFUSED_NO_EL2:
		return fail("this kernel was not started at EL2, so no hypervisor can slide "
			    "underneath it; "
			    "the firmware or boot loader must hand over at EL2 "
			    "(QEMU: -machine virtualization=on)");
	case PT_REFUSED_KVM:
		return fail("a KVM guest is running; end it first (partita hardware check names "
			    "its process)");
	case PT_REFUSED_IMAGE:
		return fail("'%s' is not an image of the hypervisor", image);
	case PT_REFUSED_VERSION:
		return fail("'%s', the driver and this command were built for different versions "
			    "of the "
			    "interface (this command: %d); install all three from one build",
			    image, PT_ABI_VERSION);
	case PT_REFUSED_CPU_OFFLINE:
		return fail("CPU %u is offline and all must take part; bring it back first: "
			    "echo 1 > /sys/devices/system/cpu/cpu%u/online", call->cpu, call->cpu);
	case PT_REFUSED_CPU_FAILED:
		return fail("CPU %u did not enter the hypervisor (%s); Linux goes on as before",
			    call->cpu, error_words(call->code));
	case PT_REFUSED_MEMORY:
		return fail("no contiguous memory of %s for the hypervisor; "
			    "the boot parameter cma=128M sets more aside for such use",
			    size_words(call->size, size));
	case PT_REFUSED_GIC:
		return fail("this board has neither a GICv3 with system registers nor a GICv2, of which this "
			    "version of Partita needs one");
	case PT_REFUSED_NOT:
	case PT_REFUSED_CPU_BUSY:
	case PT_REFUSED_FOREIGN_MEMORY:
	case PT_REFUSED_FUNCTION:
	case PT_REFUSED_FUNCTION_BUSY:
	case PT_REFUSED_MESSAGE_SPI:
		break;
	}
	return fail("the driver refuses for a reason that this command does not know (%d)",
		    call->error);
}

static int explain(const struct pt_ioc_enable *call, const struct blob *blob, const char *image)
{
	if (call->error < 0)
		return explain_hypervisor(call, blob);
	if (call->error > 0)
		return explain_refusal(call, image);
	if (errno == EBUSY || errno == EALREADY || errno == EEXIST)
		return fail("the hypervisor is already enabled");
	return fail("cannot enable the hypervisor: %s", strerror(errno));
}

static int enable(int device, const struct blob *blob, const char *path, const struct buffer *image)
{
	const struct pt_system *system = (const struct pt_system *)blob->words;
	struct pt_ioc_enable call = {
		.image = (uintptr_t)image->bytes,
		.image_size = image->size,
		.system = (uintptr_t)blob->words,
		.system_size = blob->size,
	};
	char size[32];
	int result, error;

	progress_begin("enabling the hypervisor");
	result = device_call(device, PT_IOC_ENABLE, &call);
	error = errno;
	progress_end();
	errno = error;
	if (result < 0)
		return explain(&call, blob, path);
	printf("partita: enabled on %u CPUs, %s of hypervisor memory\n", system->cpus.count,
	       size_words(sysfs_number("hypervisor/memory_size"), size));
	return EXIT_DONE;
}

static int compile_and_enable(int device, const char *path, const struct buffer *image)
{
	struct running_board b;
	struct messages m;
	int result = EXIT_FAILED;

	messages_init(&m, BOARD_TREE);
	if (running_board_read(&b, &m)) {
		messages_print(&m, stderr);
		if (!m.errors)
			result = enable(device, &b.board.blob, path, image);
		running_board_free(&b);
	}
	messages_free(&m);
	return result;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "image", required_argument, NULL, 'i' }, { 0 } };
	const char *path = HYPERVISOR_IMAGE;
	struct buffer image;
	int option, device, result = EXIT_FAILED;

	while ((option = getopt_long(argc, argv, "", options, NULL)) == 'i')
		path = optarg;
	if (option != -1 || optind != argc)
		return usage_error(&enable_verb);
	if (!require_root("enable", "The hypervisor is there: partita cell list"))
		return EXIT_FAILED;
	device = device_open();
	if (device < 0)
		return EXIT_FAILED;
	if (hypervisor_enabled())
		fail("the hypervisor is already enabled");
	else if (image_read(path, &image)) {
		result = compile_and_enable(device, path, &image);
		free(image.bytes);
	}
	close(device);
	return result;
}

const struct verb enable_verb = {
	.name = "enable",
	.arguments = "[--image FILE]",
	.summary = "slide the hypervisor underneath this Linux",
	.help =
	"Takes a few MiB of contiguous memory, and each CPU for a moment. If any step fails,\n"
	"everything is as before. All CPUs must be online.\n\n"
	"  --image FILE   the hypervisor, instead of " HYPERVISOR_IMAGE "\n",
	.run = run,
};
