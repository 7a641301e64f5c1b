# SPDX-License-Identifier: GPL-2.0-only
#
# The whole of Partita is built from here; each room adds its part in its build.mk.
# Everything generated goes below $(BUILD).
#
# Variables that a fragment may rely on:
#   BUILD                     where outputs go
#   PARTITA_VERSION           what the command says that it is
#   CFLAGS CPPFLAGS LDFLAGS   the user's, for what runs in Linux
#   CROSS_COMPILE CC LD …     for the board; HOSTCC for this machine
#   CACHE KERNELS             what scripts/fetch brought: kernel releases
#   GUEST_ROOT                unpacked arm64 libraries (libfdt)
#   $(call kbuild,RELEASE)    the make command for a module of that kernel

BUILD ?= build
prefix ?= /usr
PARTITA_VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo unknown)
PARTITA_VERSION := $(PARTITA_VERSION)

ifneq ($(shell uname -m),aarch64)
CROSS_COMPILE ?= aarch64-linux-gnu-
endif
# make's own default of CC is `cc`, which would hide the cross compiler.
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin LD),default)
LD := $(CROSS_COMPILE)ld
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
OBJCOPY ?= $(CROSS_COMPILE)objcopy
OBJDUMP ?= $(CROSS_COMPILE)objdump
SIZE ?= $(CROSS_COMPILE)size
HOSTCC ?= gcc

# The same rule as in scripts/lib.sh.
CACHE := $(or $(PARTITA_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/partita)
KERNELS ?= $(notdir $(realpath $(wildcard $(CACHE)/kernels/*)))
GUEST_ROOT := $(CACHE)/root/guest

# The packaged headers name the compiler, and the features of the compiler, that built
# the kernel; ours may be older or newer, so both are said again. BTF needs pahole.
kbuild = $(MAKE) --no-print-directory -C $(CACHE)/root/$(1)/usr/src/linux-headers-$(1) \
	ARCH=arm64 CROSS_COMPILE=$(CROSS_COMPILE) CC=$(CROSS_COMPILE)gcc \
	CONFIG_DEBUG_INFO_BTF_MODULES= CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT=

.PHONY: all check demo unit system endurance bench prove lint sloc size install fresh clean help
all:

# Short lines by default; `make V=1` shows the commands.
ifeq ($(V),1)
quiet :=
else
quiet := @
endif

rooms := hypervisor cells config linux linux/driver linux/cli docs tests
include $(wildcard $(addsuffix /build.mk,$(rooms)))

check:
	./check

demo:
	./demo

system: all bench-programs
	/usr/bin/python3 -m pytest tests

# What ./check does a few times, often. ENDURANCE: arguments, such as ENDURANCE='-k reboots'.
endurance: all bench-programs
	PARTITA_ENDURANCE=1 /usr/bin/python3 -m pytest -m endurance $(ENDURANCE) tests

# BENCH: arguments, such as BENCH='--only bare partita'. scripts/setup first: it installs python3.
bench:
	@scripts/setup
	@/usr/bin/python3 tests/bench/bench.py $(BENCH)

prove:
	@scripts/fetch cbmc spin
	@tests/prove/prove $(BUILD)/prove

lint:
	scripts/lint

sloc:
	scripts/gates sloc

size: all
	scripts/gates size

fresh:
	scripts/fresh

# Installs what `make` has built, and builds nothing: it is run as root.
install-file = $(foreach file,$(wildcard $(1)),install -D -m $(3) $(file) \
	$(DESTDIR)$(2)/$(or $(4),$(notdir $(file))) &&) true
install:
	$(call install-file,$(BUILD)/linux/cli/partita,$(prefix)/sbin,755)
	$(call install-file,$(BUILD)/hypervisor/partita.bin,$(prefix)/lib/firmware/partita,644,partita-arm64.bin)
	$(call install-file,$(BUILD)/cells/*.bin $(BUILD)/cells/*.dts config/examples/*.dts,$(prefix)/lib/partita/cells,644)
	$(foreach release,$(KERNELS),$(call install-file,$(BUILD)/linux/driver/$(release)/partita.ko,/lib/modules/$(release)/extra,644) &&) true
	$(call install-file,linux/service/partita-system,$(prefix)/lib/partita,755)
	$(call install-file,linux/service/partita.service,$(prefix)/lib/systemd/system,644)
	$(foreach section,1 5 7 8,$(call install-file,docs/man/*.$(section),$(prefix)/share/man/man$(section),644) &&) true
	$(call install-file,$(wildcard linux/cli/completion/partita*),$(prefix)/share/bash-completion/completions,644,partita)

# Debian packages, from a copy of the tree without what is not in it; built across they need no foreign packages but those that
# scripts/fetch brought, which is why dpkg does not get to look for them.
deb_version := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
deb_changes := $(BUILD)/deb/partita_$(deb_version)_arm64.changes
deb_tree = git ls-files --cached --others --exclude-standard $(1) 2>/dev/null | xargs ls -d 2>/dev/null
.PHONY: deb
deb: $(deb_changes)
$(deb_changes): $(shell $(call deb_tree,-- abi cells config debian docs hypervisor linux README.md))
	@echo '  DEB     $(deb_version)'
	$(quiet)rm -rf $(@D) && mkdir -p $(@D)/partita-$(deb_version)
	$(quiet)$(call deb_tree) | cpio --quiet -pd $(@D)/partita-$(deb_version)
	$(quiet)cd $(@D)/partita-$(deb_version) && env -u MAKEFLAGS -u MAKELEVEL PARTITA_CACHE=$(CACHE) \
		dpkg-buildpackage -a arm64 -d -us -uc $(if $(V),,>../log 2>&1 || { tail -n 40 ../log; false; })
	$(quiet)rm -rf $(@D)/partita-$(deb_version)

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            build everything into $(BUILD)/'
	@echo 'make check      set up, build, and run every test (./check)'
	@echo 'make demo       the story on an emulated board (./demo)'
	@echo 'make unit       unit tests on this machine, under ASan and UBSan'
	@echo 'make fuzz       look for inputs that break the hypervisor, FUZZ_SECONDS for each target'
	@echo 'make coverage   which lines of hypervisor/ unit tests, fuzzers and system tests execute'
	@echo 'make system     system tests on the emulated board'
	@echo 'make endurance  system tests of what must not wear out, a hundred times instead of a few'
	@echo 'make bench      count the instructions of each path, against budgets and peers'
	@echo 'make prove      prove sources (CBMC) and protocols (Spin), some minutes: docs/proofs.md'
	@echo 'make lint       static checks'
	@echo 'make sloc       code lines of the trusted computing base, against the budget'
	@echo 'make size       section sizes of the hypervisor, against the budget'
	@echo 'make install DESTDIR=…   install for an arm64 Linux'
	@echo 'make deb         Debian packages for arm64 into $(BUILD)/deb/'
	@echo 'make fresh      ./demo and ./check in minimal Debian 12 and 13 chroots'
	@echo 'make clean      remove $(BUILD)/'
