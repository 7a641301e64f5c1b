# SPDX-License-Identifier: GPL-2.0-only
# What runs inside the root cell's Linux.

# --- driver: one partita.ko for each kernel that was fetched -----------------------------------

driver_sources := $(wildcard linux/driver/*.c linux/driver/*.h) linux/driver/Makefile
driver_modules := $(foreach release,$(KERNELS),$(BUILD)/linux/driver/$(release)/partita.ko)

.PHONY: driver
driver: $(driver_modules)
all: driver

# kbuild writes beside the sources, so each kernel gets a directory of links to them.
$(driver_modules): $(BUILD)/linux/driver/%/partita.ko: $(driver_sources) $(wildcard abi/partita/*.h) linux/uapi/partita.h
	@mkdir -p $(@D)
	@ln -sf $(abspath $(filter %.c %.h,$(driver_sources))) $(@D)/
	@printf 'PARTITA := %s\ninclude $$(PARTITA)/linux/driver/Makefile\n' $(CURDIR) >$(@D)/Makefile
	$(quiet)echo "  KBUILD  $@"; \
	$(call kbuild,$*) M=$(abspath $(@D)) W=1 KCFLAGS=-Werror modules $(if $(V),V=$(V),>$(@D)/log 2>&1 || { cat $(@D)/log; false; })
	@touch $@

# `make sparse`: the same sources under sparse, where it is installed.
.PHONY: sparse $(KERNELS:%=sparse-%)
sparse: $(KERNELS:%=sparse-%)
$(KERNELS:%=sparse-%): sparse-%: $(BUILD)/linux/driver/%/partita.ko
	$(call kbuild,$*) M=$(abspath $(BUILD)/linux/driver/$*) C=2 CF=-Wsparse-error modules

# --- end of driver -----------------------------------------------------------------------------
