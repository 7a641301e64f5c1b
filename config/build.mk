# SPDX-License-Identifier: GPL-2.0-only
#
# The configuration compiler, a library. Linked into the command (linux/cli) for the board, and into its
# unit tests for this machine. The hypervisor's own blob checker is part of it.

config-sources := $(wildcard config/*.c) hypervisor/core/blob.c
# Blobs are written in place, through the structures of abi/: no type-based aliasing.
config-cflags := -std=gnu11 -fno-strict-aliasing -D_GNU_SOURCE -Iabi -Ihypervisor -I. -Wall -Wextra -Werror -Wconversion

# libfdt: Debian's, unpacked for the board by scripts/fetch; without it, as on the board itself, the installed one.
ifeq ($(wildcard $(GUEST_ROOT)/usr/include/libfdt.h),)
config-libfdt := -lfdt
else
config-libfdt-cflags := -isystem $(BUILD)/config/include
config-libfdt := $(GUEST_ROOT)/usr/lib/aarch64-linux-gnu/libfdt.a
endif

config-objects := $(config-sources:%.c=$(BUILD)/config/%.o)

# Only these two headers, and not those of another libc beside them.
$(BUILD)/config/include/libfdt.h: $(GUEST_ROOT)/usr/include/libfdt.h
	$(quiet)mkdir -p $(@D)
	$(quiet)cp $(<D)/libfdt.h $(<D)/libfdt_env.h $(<D)/fdt.h $(@D)/

ifneq ($(config-libfdt-cflags),)
$(config-objects): $(BUILD)/config/include/libfdt.h
endif

$(config-objects): $(BUILD)/config/%.o: %.c
	@echo '  CC      $<'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -O2 -g $(config-cflags) $(config-libfdt-cflags) $(CPPFLAGS) $(CFLAGS) -MMD -c $< -o $@

$(BUILD)/config/libpartita-config.a: $(config-objects)
	@echo '  AR      $@'
	$(quiet)rm -f $@
	$(quiet)$(AR) rcs $@ $^

-include $(config-objects:.o=.d)
