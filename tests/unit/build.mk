# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests: the real sources compiled for this machine under ASan and UBSan.
#
# A fragment tests/unit/test_<subject>.mk declares a test program: test_blob.c together
# with the sources that it tests needs no more than:
#
#	unit-tests += test_blob
#	test_blob-sources := hypervisor/core/blob.c tests/unit/fake/machine.c
#	test_blob-cflags := -Itests/unit/fake
#
# (and -libs, where a library is needed). The test file is a cmocka program.

unit-tests :=
include $(wildcard tests/unit/test_*.mk)

unit-cflags := -std=gnu11 -O1 -g -Wall -Wextra -Werror -Iabi \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

unit-programs := $(unit-tests:%=$(BUILD)/unit/%)

define unit-test
$(BUILD)/unit/$(1): tests/unit/$(1).c $($(1)-sources) | $(BUILD)/unit
	@echo '  UNIT    $(1)'
	$$(quiet)$(HOSTCC) $(unit-cflags) $($(1)-cflags) -MMD -MT $$@ \
		$$(filter %.c,$$^) -lcmocka $($(1)-libs) -o $$@
endef
$(foreach test,$(unit-tests),$(eval $(call unit-test,$(test))))
-include $(wildcard $(BUILD)/unit/*.d)

$(BUILD)/unit:
	$(quiet)mkdir -p $@

.PHONY: unit-programs
unit-programs: $(unit-programs)
unit: unit-programs
	tests/unit/run $(unit-programs)
