# SPDX-License-Identifier: GPL-2.0-only
# The cells' part of the build. Every sample is built by its own Makefile, the same way as outside
# of the tree, into $(BUILD)/cells.

cells_out := $(abspath $(BUILD))/cells
cell_makefiles := $(filter-out cells/lib/% cells/out-of-tree/%,$(wildcard cells/*/Makefile))
cell_samples := $(notdir $(patsubst %/Makefile,%,$(cell_makefiles)))
cell_make = +$(quiet)$(MAKE) --no-print-directory CROSS_COMPILE=$(CROSS_COMPILE)

.PHONY: cells cells-lib $(addprefix cells-,$(cell_samples)) install-cells

all: cells
cells: $(addprefix cells-,$(cell_samples))

cells-lib:
	$(cell_make) -C cells/lib OUT=$(cells_out)/lib PARTITA_VERSION=$(PARTITA_VERSION)

$(addprefix cells-,$(cell_samples)): cells-%: cells-lib
	$(cell_make) -C cells/$* CELL_OUT=$(cells_out) CELL_LIB=$(cells_out)/lib/libcell.a

# What building a cell outside of the tree needs.
install: install-cells
install-cells:
	install -d $(DESTDIR)$(prefix)/share/partita $(DESTDIR)$(prefix)/share/pkgconfig $(DESTDIR)$(prefix)/lib/partita \
		$(DESTDIR)$(prefix)/include/partita/partita $(DESTDIR)$(prefix)/include/partita/cell
	install -m 644 cells/cell.mk $(DESTDIR)$(prefix)/share/partita/
	install -m 644 cells/lib/cell.lds $(wildcard $(cells_out)/lib/libcell.a) \
		$(DESTDIR)$(prefix)/lib/partita/
	install -m 644 $(cells_out)/lib/partita-cell.pc $(DESTDIR)$(prefix)/share/pkgconfig/
	install -m 644 abi/partita/*.h $(DESTDIR)$(prefix)/include/partita/partita/
	install -m 644 cells/include/cell/*.h $(DESTDIR)$(prefix)/include/partita/cell/
