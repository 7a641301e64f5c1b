# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzzers of what cells and the root hand over, on the fake machine of the unit tests. `make unit` replays their corpora;
# `make fuzz` looks for more, FUZZ_SECONDS each, and keeps what it finds in $(BUILD)/fuzz/.

FUZZ_SECONDS ?= 300
FUZZCC ?= clang

fuzzers := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz-build := $(BUILD)/fuzz
fuzz-programs := $(fuzzers:%=$(fuzz-build)/%)
replay-programs := $(fuzzers:%=$(hv-unit-build)/%)

$(eval $(call hv-objects,$(fuzz-build),$(FUZZCC),-fsanitize=fuzzer-no-link))
fuzz-objects := $(call hv-object-list,$(fuzz-build))

$(fuzz-programs): $(fuzz-build)/%: $(fuzz-build)/%.o $(fuzz-objects)
	@echo '  FUZZ    $(@F)'
	$(quiet)$(FUZZCC) -fsanitize=fuzzer $(hv-unit-ldflags) $^ -o $@

$(fuzzers:%=$(hv-unit-build)/replay-%.o): $(hv-unit-build)/replay-%.o: tests/fuzz/replay.c $(hv-unit)/build.mk
	$(quiet)mkdir -p $(@D)
	$(quiet)$(HOSTCC) $(hv-unit-cflags) -I$(hv-unit) -DCORPUS='"tests/fuzz/corpus/$*"' -MMD -MP -c $< -o $@

$(replay-programs): $(hv-unit-build)/%: $(hv-unit-build)/%.o $(hv-unit-build)/replay-%.o $(hv-unit-objects)
	@echo '  UNIT    hypervisor/$*'
	$(quiet)$(HOSTCC) $(hv-unit-ldflags) $^ -o $@

-include $(wildcard $(fuzz-objects:.o=.d) $(fuzz-build)/*.d)

unit-programs += $(replay-programs)
unit-programs: $(replay-programs)

.PHONY: fuzz
fuzz: $(fuzz-programs)
	$(foreach fuzzer,$(fuzzers),mkdir -p $(fuzz-build)/corpus/$(fuzzer) && \
		$(fuzz-build)/$(fuzzer) -max_total_time=$(FUZZ_SECONDS) -timeout=20 -verbosity=1 \
		-artifact_prefix=$(fuzz-build)/$(fuzzer)- $(fuzz-build)/corpus/$(fuzzer) tests/fuzz/corpus/$(fuzzer) &&) true
