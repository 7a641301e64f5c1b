# SPDX-License-Identifier: GPL-2.0-only
#
# The partita command: static, so that it runs in any initramfs. `make host-partita` builds the same sources for
# this machine, to check systems (partita config) and to look at a board's files (PARTITA_ROOT) without the board.

cli-sources := $(wildcard linux/cli/*.c)
cli-cflags := -std=gnu11 -fno-strict-aliasing -D_GNU_SOURCE -O2 -g -Iabi -Ihypervisor -I. -Wall -Wextra -Werror -Wconversion
cli-objects := $(cli-sources:%.c=$(BUILD)/%.o)

all: $(BUILD)/linux/cli/partita

$(cli-objects): $(BUILD)/%.o: %.c
	@echo '  CC      $<'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(cli-cflags) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/linux/cli/main.o: cli-cflags += -DPARTITA_VERSION='"$(PARTITA_VERSION)"'

$(BUILD)/linux/cli/partita: $(cli-objects) $(BUILD)/config/libpartita-config.a
	@echo '  LINK    $@'
	$(quiet)$(CC) $(CFLAGS) $(LDFLAGS) -static -pthread $^ $(config-libfdt) -o $@

.PHONY: host-partita
host-partita: $(BUILD)/host/partita
all: host-partita

$(BUILD)/host/partita: $(cli-sources) $(config-sources) $(wildcard linux/cli/*.h config/*.h abi/partita/*.h)
	@echo '  HOSTCC  $@'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(HOSTCC) $(cli-cflags) -DPARTITA_VERSION='"$(PARTITA_VERSION)"' $(filter %.c,$^) -pthread -lfdt -o $@

-include $(cli-objects:.o=.d)
