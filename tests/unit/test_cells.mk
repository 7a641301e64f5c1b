# SPDX-License-Identifier: GPL-2.0-only
# The cells' library, as far as it is not the processor's, and the manager's shell over a fake hypervisor.

unit-tests += cells/test_serial cells/test_manager
cells/test_serial-sources := cells/lib/serial.c
cells/test_serial-cflags := -Itests/unit/cells/fake -Icells/include -Wno-unused-parameter
cells/test_manager-sources := $(addprefix cells/manager/,line.c commands.c cells.c show.c events.c attach.c) \
	$(addprefix cells/lib/,manage.c printf.c string.c)
# The library brings its own memory functions; they must not replace those of the test program.
cells/test_manager-cflags := -Icells/include -Icells/manager -fno-builtin -fno-tree-loop-distribute-patterns \
	-Dmemset=cell_memset -Dmemcpy=cell_memcpy -Dmemmove=cell_memmove -Dmemcmp=cell_memcmp -Dstrlen=cell_strlen \
	-Dstrcmp=cell_strcmp

$(BUILD)/unit/cells/test_serial $(BUILD)/unit/cells/test_manager: | $(BUILD)/unit/cells
$(BUILD)/unit/cells:
	$(quiet)mkdir -p $@
-include $(wildcard $(BUILD)/unit/cells/*.d)
