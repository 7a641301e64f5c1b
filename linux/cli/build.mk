# SPDX-License-Identifier: GPL-2.0-only
#
# The partita command: static, so that it runs in any initramfs. `make cli-host` builds the same sources for
# this machine, to look at a board's files (PARTITA_ROOT) without the board.

cli-sources := $(wildcard linux/cli/*.c)
cli-version := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
cli-cflags := -std=gnu11 -fno-strict-aliasing -D_GNU_SOURCE -O2 -g -Iabi -I. -Wall -Wextra -Werror -Wconversion
cli-objects := $(cli-sources:%.c=$(BUILD)/%.o)

all: $(BUILD)/linux/cli/partita

$(cli-objects): $(BUILD)/%.o: %.c
	@echo '  CC      $<'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(cli-cflags) -MMD -c $< -o $@

$(BUILD)/linux/cli/main.o: cli-cflags += -DPARTITA_VERSION='"$(cli-version)"'

$(BUILD)/linux/cli/partita: $(cli-objects) $(BUILD)/config/libpartita-config.a
	@echo '  LINK    $@'
	$(quiet)$(CC) -static -pthread $^ $(config-libfdt) -o $@

.PHONY: cli-host
cli-host: $(BUILD)/host/partita
$(BUILD)/host/partita: $(cli-sources) $(config-sources)
	@echo '  HOSTCC  $@'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(HOSTCC) $(cli-cflags) $(config-cflags) $^ -pthread -lfdt -o $@

-include $(cli-objects:.o=.d)
