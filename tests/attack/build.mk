# SPDX-License-Identifier: GPL-2.0-only
# The root that means harm: a module for each kernel that was fetched.

siege-modules := $(foreach release,$(KERNELS),$(BUILD)/tests/siege/$(release)/siege.ko)
all: $(siege-modules)

$(siege-modules): $(BUILD)/tests/siege/%/siege.ko: tests/attack/root/siege.c $(wildcard abi/partita/*.h)
	@mkdir -p $(@D)
	@ln -sf $(abspath $<) $(@D)/
	@printf 'obj-m := siege.o\nccflags-y := -I%s/abi\n' $(CURDIR) >$(@D)/Makefile
	$(quiet)echo "  KBUILD  $@"; \
	$(call kbuild,$*) M=$(abspath $(@D)) W=1 KCFLAGS=-Werror modules $(if $(V),V=$(V),>$(@D)/log 2>&1 || { cat $(@D)/log; false; })
	@touch $@
