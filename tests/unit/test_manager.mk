# SPDX-License-Identifier: GPL-2.0-only
# The cell that manages others: its shell and the library's view of other cells, over a fake hypervisor.

unit-tests += cells/test_manager
cells/test_manager-sources := $(addprefix cells/manager/,line.c commands.c cells.c show.c events.c attach.c) \
	$(addprefix cells/lib/,manage.c printf.c string.c)
# The library brings its own memory functions; they must not replace those of the test program.
cells/test_manager-cflags := -Icells/include -Icells/manager -fno-builtin -fno-tree-loop-distribute-patterns \
	-Dmemset=cell_memset -Dmemcpy=cell_memcpy -Dmemmove=cell_memmove -Dmemcmp=cell_memcmp -Dstrlen=cell_strlen \
	-Dstrcmp=cell_strcmp

$(BUILD)/unit/cells/test_manager: | $(BUILD)/unit/cells
