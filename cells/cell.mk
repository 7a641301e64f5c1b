# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Builds one bare-metal cell, inside of Partita's tree or anywhere else. A cell's Makefile says
#
#	CELL := blink
#	CELL_SRCS := blink.c
#	include /usr/share/partita/cell.mk
#
# and gets $(CELL_OUT)/blink.bin, blink.elf and copies of the *.dts beside it.
#
#   CELL_SRCS      C and assembler files
#   CELL_FP_SRCS   C files that may use FP and SIMD registers: nothing that runs in an interrupt
#   CELL_ADDRESS   link for this guest address only; default: position independent
#   CELL_CFLAGS    more flags for C
#   CELL_OUT       where outputs go; default: build

CELL_OUT ?= build
ifneq ($(shell uname -m),aarch64)
CROSS_COMPILE ?= aarch64-linux-gnu-
endif
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
OBJCOPY ?= $(CROSS_COMPILE)objcopy

# In the tree, the library is built from source; installed, it lies in the same prefix as this file.
cell_home := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
ifneq ($(wildcard $(cell_home)/lib/start.S),)
cell_includes := -I$(cell_home)/include -I$(cell_home)/../abi
cell_lds := $(cell_home)/lib/cell.lds
CELL_LIB ?= $(CELL_OUT)/lib/libcell.a
else
cell_includes := -I$(cell_home)/../../include/partita
cell_lds := $(cell_home)/../../lib/partita/cell.lds
CELL_LIB ?= $(cell_home)/../../lib/partita/libcell.a
endif

comma := ,
# What any build system has to say; lib/Makefile writes it into partita-cell.pc for others than make.
cell_needs_cflags := -ffreestanding -fpie -mstrict-align -mno-outline-atomics -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fvisibility=hidden
cell_needs_ldflags := -nostdlib -Wl,--gc-sections -Wl,-z,max-page-size=4096 -Wl,--build-id=none \
	-Wl,--no-warn-rwx-segments
cell_cflags := -std=gnu11 -O2 -g $(cell_needs_cflags) -fno-common -ffunction-sections -fdata-sections \
	-Wall -Wextra -Werror -MMD -MP $(cell_includes)
cell_registers = $(if $(filter $<,$(CELL_FP_SRCS)),,-mgeneral-regs-only)
cell_ldflags := $(cell_needs_ldflags) -T $(cell_lds) \
	$(if $(CELL_ADDRESS),-static -no-pie -Wl$(comma)--defsym=CELL_BASE=$(CELL_ADDRESS), \
		-static-pie)

ifneq ($(CELL),)
cell_objects := $(patsubst %,$(CELL_OUT)/$(CELL).o/%.o,$(CELL_SRCS) $(CELL_FP_SRCS))
cell_dts := $(patsubst %,$(CELL_OUT)/%,$(wildcard *.dts))

.PHONY: cell cell-clean
cell: $(CELL_OUT)/$(CELL).bin $(cell_dts)
	@:

$(CELL_OUT)/$(CELL).bin: $(CELL_OUT)/$(CELL).elf
	@echo '  BIN     $@'
	@$(OBJCOPY) -O binary $< $@

$(CELL_OUT)/$(CELL).elf: $(cell_objects) $(CELL_LIB) $(cell_lds)
	@echo '  LD      $@'
	@$(CC) $(cell_ldflags) -o $@ $(cell_objects) $(CELL_LIB)

$(CELL_OUT)/$(CELL).o/%.c.o: %.c $(MAKEFILE_LIST)
	@echo '  CC      $@'
	@mkdir -p $(@D)
	@$(CC) $(cell_cflags) $(cell_registers) $(CELL_CFLAGS) -c -o $@ $<

$(CELL_OUT)/$(CELL).o/%.S.o: %.S $(MAKEFILE_LIST)
	@echo '  AS      $@'
	@mkdir -p $(@D)
	@$(CC) $(cell_cflags) $(CELL_CFLAGS) -c -o $@ $<

$(CELL_OUT)/%.dts: %.dts
	@mkdir -p $(@D)
	@cp $< $@

# Only where the library is ours to build, and make asks nobody else for it.
ifeq ($(origin CELL_LIB) $(CELL_LIB),file $(CELL_OUT)/lib/libcell.a)
$(CELL_LIB): cell-lib
	@:
.PHONY: cell-lib
cell-lib:
	@$(MAKE) --no-print-directory -C $(cell_home)/lib OUT=$(abspath $(CELL_OUT)/lib)
endif

cell-clean:
	rm -rf $(CELL_OUT)/$(CELL).o $(CELL_OUT)/$(CELL).elf $(CELL_OUT)/$(CELL).bin $(cell_dts)

-include $(wildcard $(cell_objects:.o=.d))
endif
