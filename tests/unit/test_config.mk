# SPDX-License-Identifier: GPL-2.0-only
# The configuration compiler (config/) and what the command does with text that is not to be trusted.

config-tests := config/test_tree config/test_board config/test_system config/test_compile \
	config/test_errors config/test_source \
	config/test_draw config/test_pack \
	cli/test_terminal cli/test_state cli/test_in_use cli/test_load cli/test_json \
	cli/test_preconditions cli/test_pci_facts
unit-tests += $(config-tests)

config-test-sources := tests/unit/config/trees.c $(wildcard config/*.c) hypervisor/core/blob.c
config-test-cflags := -D_GNU_SOURCE -Ihypervisor -I. -DVIRT_DTS='"tests/unit/config/virt.dts"'
$(foreach test,$(filter config/%,$(config-tests)),\
	$(eval $(test)-sources := $(config-test-sources))\
	$(eval $(test)-cflags := $(config-test-cflags))\
	$(eval $(test)-libs := -lfdt))

config/test_errors-sources += linux/cli/dtc.c linux/cli/file.c linux/cli/process.c tests/unit/cli/fake.c

cli/test_terminal-sources := linux/cli/terminal.c linux/cli/utf8.c
cli/test_terminal-cflags := -D_GNU_SOURCE -I.
cli/test_state-sources := linux/cli/sysfs.c tests/unit/cli/fake.c
cli/test_state-cflags := -D_GNU_SOURCE -I.

cli/test_in_use-sources := linux/cli/in_use.c $(config-test-sources) tests/unit/cli/fake.c
cli/test_in_use-cflags := $(config-test-cflags)
cli/test_in_use-libs := -lfdt

cli/test_pci_facts-sources := $(addprefix linux/cli/,pci_facts.c in_use.c file.c) $(config-test-sources) \
	tests/unit/cli/fake.c
cli/test_pci_facts-cflags := $(config-test-cflags)
cli/test_pci_facts-libs := -lfdt

cli/test_load-sources := $(addprefix linux/cli/,cell_load.c device.c file.c manager.c progress.c sysfs.c \
	terminal.c utf8.c) config/numbers.c tests/unit/cli/fake.c
cli/test_load-cflags := -D_GNU_SOURCE -I. -pthread

cli/test_json-sources := linux/cli/json.c linux/cli/utf8.c
cli/test_json-cflags := -D_GNU_SOURCE -I.

cli/test_preconditions-sources := $(addprefix linux/cli/,preconditions.c board_facts.c pci_facts.c file.c \
	image.c sysfs.c) $(config-test-sources) tests/unit/cli/fake.c
cli/test_preconditions-cflags := $(config-test-cflags)
cli/test_preconditions-libs := -lfdt

$(config-tests:%=$(BUILD)/unit/%): | $(BUILD)/unit/config $(BUILD)/unit/cli
$(BUILD)/unit/config $(BUILD)/unit/cli:
	$(quiet)mkdir -p $@
-include $(wildcard $(BUILD)/unit/config/*.d $(BUILD)/unit/cli/*.d)
