# SPDX-License-Identifier: GPL-2.0-only
# The cells' library, as far as it is not the processor's.

unit-tests += cells/test_serial
cells/test_serial-sources := cells/lib/serial.c
cells/test_serial-cflags := -Itests/unit/cells/fake -Icells/include -Wno-unused-parameter

$(BUILD)/unit/cells/test_serial: | $(BUILD)/unit/cells
$(BUILD)/unit/cells:
	$(quiet)mkdir -p $@
-include $(wildcard $(BUILD)/unit/cells/*.d)
