# SPDX-License-Identifier: GPL-2.0-only
# What stands behind `partita config`: memory chosen from a tree, blobs judged and shown, devices tried.

unit-tests += cli/test_config_verbs
cli/test_config_verbs-sources := tests/unit/config/trees.c tests/unit/cli/fake.c \
	linux/cli/config_devices.c linux/cli/in_use.c $(wildcard config/*.c) hypervisor/core/blob.c
cli/test_config_verbs-cflags := -D_GNU_SOURCE -Ihypervisor -I. -Itests/unit/config \
	-DVIRT_DTS='"tests/unit/config/virt.dts"'
cli/test_config_verbs-libs := -lfdt

unit-tests += cli/test_cell_files
cli/test_cell_files-sources := tests/unit/config/trees.c tests/unit/cli/fake.c linux/cli/cell_files.c \
	linux/cli/file.c $(wildcard config/*.c) hypervisor/core/blob.c
cli/test_cell_files-cflags := $(cli/test_config_verbs-cflags)
cli/test_cell_files-libs := -lfdt

$(BUILD)/unit/cli/test_config_verbs $(BUILD)/unit/cli/test_cell_files: | $(BUILD)/unit/cli

unit-tests += cli/test_linux_memory
cli/test_linux_memory-sources := linux/cli/linux_memory.c linux/cli/file.c tests/unit/cli/fake.c
cli/test_linux_memory-cflags := -D_GNU_SOURCE -Ihypervisor -I.

$(BUILD)/unit/cli/test_linux_memory: | $(BUILD)/unit/cli
