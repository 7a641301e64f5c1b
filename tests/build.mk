# SPDX-License-Identifier: GPL-2.0-only
include tests/unit/build.mk tests/unit/hypervisor/build.mk tests/fuzz/build.mk tests/coverage/build.mk tests/guest/build.mk tests/attack/build.mk

# The benchmark cell (tests/bench/cell): what it links to is all in one block, and it refuses to link with a relocation.
bench-cell-build := $(BUILD)/bench/cell
bench-cell-objects := $(patsubst tests/bench/cell/%,$(bench-cell-build)/%.o,$(wildcard tests/bench/cell/*.[cS]))
bench-cell-cflags := -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fpie -mcmodel=tiny -march=armv8-a \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics -ffixed-x18 -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns -Wall -Wextra -Werror

$(bench-cell-build)/%.o: tests/bench/cell/% tests/build.mk
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(bench-cell-cflags) -MMD -MP -c $< -o $@

$(bench-cell-build).elf: $(bench-cell-objects) tests/bench/cell/cell.lds
	$(quiet)$(LD) -pie --no-dynamic-linker --no-warn-rwx-segments -z noexecstack -Map $(bench-cell-build).map \
		-T tests/bench/cell/cell.lds $(bench-cell-objects) -o $@

$(bench-cell-build).bin: $(bench-cell-build).elf
	@echo '  BENCH   cell'
	$(quiet)$(OBJCOPY) -O binary -j .image $< $@

-include $(bench-cell-objects:.o=.d)

.PHONY: bench-cell bench-programs
bench-cell: $(bench-cell-build).bin
bench-programs: bench-cell $(BUILD)/bench/first.bin $(BUILD)/bench/vmm $(BUILD)/bench/programs

# Runs at any address: it is what stands at its start.
$(BUILD)/bench/first.bin: tests/bench/first/first.S
	@echo '  BENCH   first'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -c $< -o $(@:.bin=.o)
	$(quiet)$(OBJCOPY) -O binary -j .text $(@:.bin=.o) $@

# Static programs for Linux: the virtual machine monitor that starts the cell under KVM, and what is timed in a Linux.
$(BUILD)/bench/vmm: tests/bench/kvm/vmm.c
$(BUILD)/bench/programs: tests/bench/linux/programs.c
$(BUILD)/bench/vmm $(BUILD)/bench/programs:
	@echo '  BENCH   $(@F)'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -std=gnu11 -O2 -Wall -Wextra -Werror -static -pthread $< -o $@

# A program that is linked for QEMU's virt board, and knows nothing of Partita.
virt-cflags := -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fno-pie -march=armv8-a -mgeneral-regs-only -mstrict-align \
	-fno-stack-protector -fno-asynchronous-unwind-tables -Wall -Wextra -Werror

$(BUILD)/tests/virt.bin: $(wildcard tests/virt/*) tests/build.mk
	@echo '  GUEST   virt.bin'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(virt-cflags) -nostdlib -static -Wl,--build-id=none,--no-warn-rwx-segments -T tests/virt/virt.lds \
		$(filter %.c %.S,$^) -o $(@:.bin=.elf)
	$(quiet)$(OBJCOPY) -O binary $(@:.bin=.elf) $@
	$(quiet)chmod -x $@ $(@:.bin=.elf)

all: $(BUILD)/tests/virt.bin
