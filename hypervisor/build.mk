# SPDX-License-Identifier: GPL-2.0-only
# The program at EL2. Sources by floor; a floor calls only those below it. What the vectors are among wastes least of the room before them, which
# they align to 2 KiB.

HV_BUILD := $(BUILD)/hypervisor

HV_SOURCES := \
	hypervisor/arch/arm64/entry/late.S \
	hypervisor/arch/arm64/entry/launch.c \
	hypervisor/arch/arm64/entry/trap.c \
	hypervisor/arch/arm64/guest/gicr.c \
	hypervisor/arch/arm64/guest/inject.c \
	hypervisor/arch/arm64/entry/vectors.S \
	hypervisor/arch/arm64/guest/gicd.c \
	hypervisor/arch/arm64/guest/idreg.c \
	hypervisor/arch/arm64/guest/mmio.c \
	hypervisor/arch/arm64/guest/pci.c \
	hypervisor/arch/arm64/guest/pl011.c \
	hypervisor/arch/arm64/guest/psci.c \
	hypervisor/arch/arm64/guest/sysreg.c \
	hypervisor/core/blob.c \
	hypervisor/core/boot.c \
	hypervisor/core/cell.c \
	hypervisor/core/console.c \
	hypervisor/core/debug.c \
	hypervisor/core/enable.c \
	hypervisor/core/fault.c \
	hypervisor/core/hypercall.c \
	hypervisor/core/manage.c \
	hypervisor/core/ownership.c \
	hypervisor/core/trace.c \
	hypervisor/arch/arm64/machine/cpu.c \
	hypervisor/arch/arm64/machine/el2map.c \
	hypervisor/arch/arm64/machine/firmware.c \
	hypervisor/arch/arm64/machine/gic.c \
	hypervisor/arch/arm64/machine/gicv2.c \
	hypervisor/arch/arm64/machine/gicv3.c \
	hypervisor/arch/arm64/machine/memory.c \
	hypervisor/arch/arm64/machine/stage2.c \
	hypervisor/arch/arm64/machine/switch.S \
	hypervisor/arch/arm64/machine/tlb.c \
	hypervisor/arch/arm64/machine/uart.c \
	hypervisor/lib/pool.c \
	hypervisor/lib/string.c

HV_INCLUDES := -Iabi -Ihypervisor -Ihypervisor/arch/arm64
# Unaligned accesses fault while the MMU is off; a memset must not become a call of itself.
# Registers that C leaves alone, so that vectors.S need not save them for each exit. The compiler takes some of them all the same
# for frames of pages and for what hardens code, so each object is looked at.
HV_SPARED := $(foreach n,12 13 14 15 16 17 18,-ffixed-x$(n))
HV_CFLAGS := -std=gnu11 -O2 -g -falign-functions=4 -falign-jumps=4 -falign-loops=4 -ffreestanding -fno-builtin -nostdlib -fno-pic -fno-common \
	-march=armv8-a -mgeneral-regs-only $(HV_SPARED) -mstrict-align -mno-outline-atomics \
	-mfix-cortex-a53-835769 -fomit-frame-pointer -fno-jump-tables \
	-fno-stack-clash-protection -mbranch-protection=none -Wframe-larger-than=2048 -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-ffunction-sections -Wall -Wextra -Werror -Wconversion -Wno-sign-conversion -Wshadow -Wvla \
	-Wmissing-prototypes -Wstrict-prototypes -Wundef $(HV_INCLUDES)

# What is on no path that is counted is to be short, and has its stack watched. Not so what runs before there is a canary.
HV_SHORT := $(addprefix hypervisor/,arch/arm64/entry/launch.c arch/arm64/guest/idreg.c arch/arm64/guest/pci.c arch/arm64/guest/pl011.c \
	core/blob.c core/boot.c core/cell.c core/console.c core/debug.c core/enable.c core/fault.c core/hypercall.c core/manage.c core/ownership.c \
	core/trace.c arch/arm64/machine/cpu.c arch/arm64/machine/el2map.c arch/arm64/machine/firmware.c arch/arm64/machine/gic.c \
	arch/arm64/machine/gicv2.c arch/arm64/machine/gicv3.c arch/arm64/machine/stage2.c arch/arm64/machine/uart.c lib/pool.c)

HV_EARLY := $(addprefix hypervisor/arch/arm64/,entry/launch.c machine/el2map.c)

HV_OBJECTS := $(patsubst hypervisor/%,$(HV_BUILD)/%.o,$(HV_SOURCES))

$(HV_BUILD)/%.c.o: hypervisor/%.c hypervisor/build.mk
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) $(HV_CFLAGS) $(if $(filter $<,$(HV_SHORT)),-Os) \
		$(if $(filter $<,$(filter-out $(HV_EARLY),$(HV_SHORT))),-fstack-protector-strong,-fno-stack-protector) -MMD -MP -c $< -o $@
	$(quiet)! $(OBJDUMP) -d --no-show-raw-insn $@ | grep -wE '[xw]1[2-8]' || \
		{ echo '$<: uses a register that vectors.S does not save' >&2; rm $@; false; }
	$(quiet)! $(OBJDUMP) -d --no-show-raw-insn $@ | grep -wE 'bl?ra?[ab]?z?' || \
		{ echo '$<: branches to where a register says' >&2; rm $@; false; }

$(HV_BUILD)/%.S.o: hypervisor/%.S hypervisor/build.mk
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -g -march=armv8-a $(HV_INCLUDES) -MMD -MP -c $< -o $@

$(HV_BUILD)/partita.lds: hypervisor/partita.lds hypervisor/arch/arm64/machine/layout.h
	$(quiet)mkdir -p $(@D)
	$(quiet)$(CC) -E -P -x c $(HV_INCLUDES) $< -o $@

$(HV_BUILD)/partita.elf: $(HV_OBJECTS) $(HV_BUILD)/partita.lds
	$(quiet)$(LD) --fix-cortex-a53-843419=adr --fix-cortex-a53-835769 --no-warn-rwx-segments --gc-sections -z noexecstack -T $(HV_BUILD)/partita.lds $(HV_OBJECTS) -o $@

$(HV_BUILD)/partita.bin: $(HV_BUILD)/partita.elf
	$(quiet)$(OBJCOPY) -O binary $< $@

all: $(HV_BUILD)/partita.bin

-include $(HV_OBJECTS:.o=.d)
