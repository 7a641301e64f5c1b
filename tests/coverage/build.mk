# SPDX-License-Identifier: GPL-2.0-only
#
# Which lines of hypervisor/ are executed by unit tests, by the fuzzers' corpora (with what `make fuzz` has found) and by the
# system tests in COVERAGE_TESTS, on a kernel of Debian 12.

COVERAGE_TESTS ?= $(addprefix tests/system/test_,enable.py life_cycle.py booted.py manager.py gicv2.py pci.py leftovers.py \
	cpu_features.py firmware.py kvm.py console.py worked_systems.py) tests/attack

cov-build := $(BUILD)/coverage
$(eval $(call hv-objects,$(cov-build),$(HOSTCC),--coverage))
cov-objects := $(call hv-object-list,$(cov-build))
cov-tests := $(filter-out $(hv-unit-alone:%=$(cov-build)/test_%),$(patsubst $(hv-unit)/%.c,$(cov-build)/%,$(wildcard $(hv-unit)/test_*.c)))
cov-alone := $(hv-unit-alone:%=$(cov-build)/test_%)
cov-fuzzers := $(hv-fuzzers:%=$(cov-build)/%)

$(cov-tests): $(cov-build)/%: $(cov-build)/%.o $(cov-objects)
	@echo '  COVER   $*'
	$(quiet)$(HOSTCC) --coverage $(hv-unit-ldflags) $^ -lcmocka -o $@

$(cov-fuzzers): $(cov-build)/%: $(cov-build)/%.o $(hv-unit-build)/replay-%.o $(cov-objects)
	@echo '  COVER   $*'
	$(quiet)$(HOSTCC) --coverage $(hv-unit-ldflags) $^ -o $@

$(cov-alone): $(cov-build)/test_%: $(hv-unit)/test_%.c hypervisor/arch/arm64/machine/%.c
	@echo '  COVER   test_$*'
	$(quiet)mkdir -p $(@D)
	$(quiet)$(HOSTCC) --coverage $(filter-out -I$(hv-unit)/fake,$(hv-unit-cflags)) $< -lcmocka -o $@

-include $(wildcard $(cov-objects:.o=.d) $(cov-build)/*.d)

.PHONY: coverage coverage-here coverage-boards
coverage: coverage-here coverage-boards
	tests/coverage/coverage.py $(BUILD) $(wildcard $(cov-build)/boards/*)

coverage-here: $(cov-tests) $(cov-alone) $(cov-fuzzers)
	$(quiet)find $(cov-build) -name '*.gcda' -delete
	$(quiet)tests/unit/run $(cov-tests) $(cov-alone) $(cov-fuzzers)
	$(quiet)$(foreach fuzzer,$(hv-fuzzers),find $(fuzz-build)/corpus/$(fuzzer) -type f 2>/dev/null | \
		xargs -r -n 2000 $(cov-build)/$(fuzzer) >/dev/null && ) true

coverage-boards: all bench-programs
	$(quiet)rm -rf $(cov-build)/boards && mkdir -p $(cov-build)/boards
	$(if $(COVERAGE_TESTS),PARTITA_KERNELS=bookworm PARTITA_EXECUTED=$(abspath $(cov-build))/boards \
		/usr/bin/python3 -m pytest -c tests/pytest.ini -q $(COVERAGE_TESTS))
