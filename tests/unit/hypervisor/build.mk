# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests of the hypervisor: its real sources, all but the assembly and the two files that only make sense
# with the MMU off, over the machine in fake/. Each test_*.c here is a program of its own.

hv-unit := tests/unit/hypervisor
hv-unit-build := $(BUILD)/unit/hypervisor

hv-unit-sources := $(filter-out %/launch.c %/el2map.c,$(filter %.c,$(HV_SOURCES)))
hv-fake-sources := $(wildcard $(hv-unit)/fake/*.c)
# These need no machine: what they test runs with the MMU off, and its source is part of the test.
hv-unit-alone := el2map uart
hv-unit-tests := $(patsubst $(hv-unit)/%.c,$(hv-unit-build)/%,$(filter-out $(hv-unit-alone:%=$(hv-unit)/test_%.c),$(wildcard $(hv-unit)/test_*.c)))

hv-unit-includes := -I$(hv-unit)/fake $(HV_INCLUDES)
hv-unit-sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
hv-unit-cflags := -std=gnu11 -O1 -g -fno-common -Wall -Wextra -Werror -Wno-unused-parameter $(hv-unit-sanitize) $(hv-unit-includes)
# The hypervisor brings its own memory functions; they must not replace those of the test program.
hv-unit-rename := -ffreestanding -fno-builtin -Dmemset=hv_memset -Dmemcpy=hv_memcpy -Dmemcmp=hv_memcmp
hv-unit-ldflags := $(hv-unit-sanitize) -Wl,--wrap=pool_take,--wrap=pool_give

# What the hypervisor keeps in static objects goes into sections of its own, so that a test can begin afresh; what gcc
# counts for `make coverage` does not.
hv-own-sections := awk '$$2 ~ /^\.(bss|data)(\.|$$)/ && $$2 !~ /gcov/ { split($$2, part, "."); print "--rename-section " $$2 "=hv_" part[2] }'
# hv-objects(build folder, compiler, its further flags for the hypervisor itself)
define hv-objects
$(1)/hv/%.o: hypervisor/%.c $(hv-unit)/build.mk
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $(3) -fdata-sections $(hv-unit-cflags) $(hv-unit-rename) -MMD -MP -c $$< -o $$@
	$$(quiet)objcopy $$$$(objdump -h $$@ | $$(hv-own-sections)) $$@

$(1)/%.o: $(hv-unit)/%.c $(hv-unit)/build.mk
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $(hv-unit-cflags) -MMD -MP -c $$< -o $$@

$(1)/%.o: tests/fuzz/%.c $(hv-unit)/build.mk
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $(hv-unit-cflags) -I$(hv-unit) -MMD -MP -c $$< -o $$@
endef

hv-object-list = $(patsubst hypervisor/%.c,$(1)/hv/%.o,$(hv-unit-sources)) \
	$(patsubst $(hv-unit)/%.c,$(1)/%.o,$(hv-fake-sources))

$(eval $(call hv-objects,$(hv-unit-build),$(HOSTCC)))
hv-unit-objects := $(call hv-object-list,$(hv-unit-build))

$(hv-unit-tests): $(hv-unit-build)/%: $(hv-unit-build)/%.o $(hv-unit-objects)
	@echo '  UNIT    hypervisor/$*'
	$(quiet)$(HOSTCC) $(hv-unit-ldflags) $^ -lcmocka -o $@

hv-unit-alone-tests := $(hv-unit-alone:%=$(hv-unit-build)/test_%)
$(hv-unit-alone-tests): $(hv-unit-build)/test_%: $(hv-unit)/test_%.c hypervisor/arch/arm64/machine/%.c $(hv-unit)/build.mk
	@echo '  UNIT    hypervisor/test_$*'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(HOSTCC) $(filter-out -I$(hv-unit)/fake,$(hv-unit-cflags)) -MMD -MP $< -lcmocka -o $@

-include $(wildcard $(hv-unit-objects:.o=.d) $(hv-unit-build)/*.d)

hv-unit-tests += $(hv-unit-alone-tests)
unit-programs += $(hv-unit-tests)
unit-programs: $(hv-unit-tests)
