# SPDX-License-Identifier: GPL-2.0-only
# Static arm64 programs that the system tests run on the board.

guest-programs := $(patsubst tests/guest/%.c,$(BUILD)/tests/%,$(wildcard tests/guest/*.c))

$(BUILD)/tests/%: tests/guest/%.c
	@echo '  GUEST   $*'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -static -pthread $(guest-cflags) $< -o $@

$(BUILD)/tests/%: guest-cflags := -Iabi -Ilinux/uapi

all: $(guest-programs)
