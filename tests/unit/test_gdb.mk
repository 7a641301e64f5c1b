# SPDX-License-Identifier: GPL-2.0-only
# The gdb server of the command, over a cell that the test plays.

gdb-server-sources := $(addprefix linux/cli/gdb_,packet.c registers.c server.c target.c translate.c) tests/unit/cli/gdb_cell.c

unit-tests += cli/test_gdb
cli/test_gdb-sources := $(gdb-server-sources)
cli/test_gdb-cflags := -D_GNU_SOURCE -I.

$(BUILD)/unit/cli/test_gdb: | $(BUILD)/unit/cli
