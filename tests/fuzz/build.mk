# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzzers of what cells and the root hand over, on the fake machine of the unit tests, of the trees that the
# configuration compiler reads, and of what a debugger says. `make unit` replays their corpora; `make fuzz` looks for more, FUZZ_SECONDS each, and
# keeps what it finds in $(BUILD)/fuzz/.

FUZZ_SECONDS ?= 300
FUZZ_RUNS ?= -1
FUZZCC ?= clang

fuzzers := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-build := $(BUILD)/fuzz
tree-fuzzers := fuzz_board fuzz_system
gdb-fuzzers := fuzz_gdb
hv-fuzzers := $(filter-out $(tree-fuzzers) $(gdb-fuzzers),$(fuzzers))
fuzz-programs := $(fuzzers:%=$(fuzz-build)/%)
replay-programs := $(fuzzers:%=$(hv-unit-build)/%)

$(eval $(call hv-objects,$(fuzz-build),$(FUZZCC),-fsanitize=fuzzer-no-link))
fuzz-objects := $(call hv-object-list,$(fuzz-build))

# The compiler reads with this machine's libfdt, and knows nothing of the fake machine.
tree-fuzz-cflags := $(hv-unit-sanitize) -O1 -g $(config-cflags) -Wno-conversion
tree-fuzz-board := $(fuzz-build)/board.dtb

# tree-fuzz-objects(build folder, compiler, its further flags for the compiler's sources)
define tree-fuzz-objects
$(1)/config/%.o: %.c tests/fuzz/build.mk
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $(3) $(tree-fuzz-cflags) -MMD -MP -c $$< -o $$@

$(tree-fuzzers:%=$(1)/%.o) $(1)/trees.o: $(1)/%.o: tests/fuzz/%.c tests/fuzz/build.mk
	$$(quiet)mkdir -p $$(@D)
	$$(quiet)$(2) $(tree-fuzz-cflags) -DBOARD_DTB='"$(tree-fuzz-board)"' -MMD -MP -c $$< -o $$@
endef

tree-fuzz-object-list = $(config-sources:%.c=$(1)/config/%.o) $(1)/trees.o

$(eval $(call tree-fuzz-objects,$(fuzz-build),$(FUZZCC),-fsanitize=fuzzer-no-link))
$(eval $(call tree-fuzz-objects,$(hv-unit-build),$(HOSTCC)))

$(tree-fuzz-board): tests/unit/config/virt.dts
	$(quiet)mkdir -p $(@D)
	$(quiet)dtc -q -@ -I dts -O dtb -o $@ $<

$(tree-fuzzers:%=$(fuzz-build)/%): $(fuzz-build)/%: $(fuzz-build)/%.o $(call tree-fuzz-object-list,$(fuzz-build)) \
		| $(tree-fuzz-board)
	@echo '  FUZZ    $(@F)'
	$(quiet)$(FUZZCC) -fsanitize=fuzzer $(hv-unit-sanitize) $^ -lfdt -o $@

$(tree-fuzzers:%=$(hv-unit-build)/%): $(hv-unit-build)/%: $(hv-unit-build)/%.o $(hv-unit-build)/replay-%.o \
		$(call tree-fuzz-object-list,$(hv-unit-build)) | $(tree-fuzz-board)
	@echo '  UNIT    config/$*'
	$(quiet)$(HOSTCC) $(hv-unit-sanitize) $^ -lfdt -o $@

# Small enough to be compiled at once.
gdb-fuzz-cflags := $(hv-unit-sanitize) -O1 -g -std=gnu11 -D_GNU_SOURCE -Iabi -I.

$(gdb-fuzzers:%=$(fuzz-build)/%): $(fuzz-build)/%: tests/fuzz/%.c $(gdb-server-sources)
	@echo '  FUZZ    $(@F)'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(FUZZCC) -fsanitize=fuzzer $(gdb-fuzz-cflags) $^ -o $@

$(gdb-fuzzers:%=$(hv-unit-build)/%): $(hv-unit-build)/%: tests/fuzz/%.c $(hv-unit-build)/replay-%.o $(gdb-server-sources)
	@echo '  UNIT    cli/$*'
	$(quiet)$(HOSTCC) $(gdb-fuzz-cflags) $^ -o $@

$(hv-fuzzers:%=$(fuzz-build)/%): $(fuzz-build)/%: $(fuzz-build)/%.o $(fuzz-objects)
	@echo '  FUZZ    $(@F)'
	$(quiet)$(FUZZCC) -fsanitize=fuzzer $(hv-unit-ldflags) $^ -o $@

$(fuzzers:%=$(hv-unit-build)/replay-%.o): $(hv-unit-build)/replay-%.o: tests/fuzz/replay.c $(hv-unit)/build.mk
	$(quiet)mkdir -p $(@D)
	$(quiet)$(HOSTCC) $(hv-unit-cflags) -I$(hv-unit) -DCORPUS='"tests/fuzz/corpus/$*"' -MMD -MP -c $< -o $@

$(hv-fuzzers:%=$(hv-unit-build)/%): $(hv-unit-build)/%: $(hv-unit-build)/%.o $(hv-unit-build)/replay-%.o $(hv-unit-objects)
	@echo '  UNIT    hypervisor/$*'
	$(quiet)$(HOSTCC) $(hv-unit-ldflags) $^ -o $@

-include $(wildcard $(fuzz-objects:.o=.d) $(fuzz-build)/*.d $(foreach folder,$(fuzz-build) $(hv-unit-build),\
	$(addprefix $(folder)/config/,$(config-sources:.c=.d)) $(folder)/trees.d))

unit-programs += $(replay-programs)
unit-programs: $(replay-programs)

.PHONY: fuzz
fuzz: $(fuzz-programs)
	tests/fuzz/fuzz $(fuzz-build) $(FUZZ_SECONDS) $(FUZZ_RUNS) $(fuzzers)
