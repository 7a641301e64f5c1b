# SPDX-License-Identifier: GPL-2.0-only
#
# The compiler for the tests of this folder: the real sources under ASan and UBSan, for this
# machine. The tests run `make -f tests/boards/build.mk` themselves.

BUILD ?= build
HOSTCC ?= gcc

boards-program := $(BUILD)/tests/boards/compile
boards-sources := tests/boards/compile.c $(wildcard config/*.c) hypervisor/core/blob.c
boards-cflags := -std=gnu11 -O1 -g -Wall -Wextra -Werror -D_GNU_SOURCE -Iabi -Ihypervisor -I. \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
boards-objects := $(boards-sources:%.c=$(BUILD)/tests/boards/%.o)

$(boards-program): $(boards-objects)
	$(HOSTCC) $(boards-cflags) $^ -lfdt -o $@

$(BUILD)/tests/boards/%.o: %.c tests/boards/build.mk
	mkdir -p $(@D)
	$(HOSTCC) $(boards-cflags) -MMD -MP -c $< -o $@

-include $(boards-objects:.o=.d)
