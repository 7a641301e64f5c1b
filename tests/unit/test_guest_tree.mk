# SPDX-License-Identifier: GPL-2.0-only
# A cell's own device tree, also for devices of real boards where scripts/fetch has unpacked their trees.

unit-tests += config/test_guest_tree
config/test_guest_tree-sources := tests/unit/config/trees.c $(wildcard config/*.c) hypervisor/core/blob.c
config/test_guest_tree-cflags := -D_GNU_SOURCE -Ihypervisor -I. \
	-DVIRT_DTS='"tests/unit/config/virt.dts"' -DBOARD_TREES='"$(CACHE)/root"'
config/test_guest_tree-libs := -lfdt

$(BUILD)/unit/config/test_guest_tree: | $(BUILD)/unit/config
