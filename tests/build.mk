# SPDX-License-Identifier: GPL-2.0-only
include tests/unit/build.mk tests/unit/hypervisor/build.mk tests/fuzz/build.mk tests/guest/build.mk
