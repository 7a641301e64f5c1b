# SPDX-License-Identifier: GPL-2.0-only
"""A cell is built outside of the tree by a Makefile of a few lines. Needs no board."""

import shutil
import subprocess

import pytest
from board import TOP


def make(folder, *arguments):
    subprocess.run(["make", "-C", folder, *arguments], check=True, capture_output=True, text=True)


@pytest.fixture
def cell(tmp_path):
    return shutil.copytree(TOP / "cells/out-of-tree", tmp_path / "blink")


def test_cell_is_built_against_the_source_tree(cell):
    make(cell, f"PARTITA={TOP}")
    assert (cell / "build/blink.bin").stat().st_size > 0
    assert (cell / "build/blink.dts").exists()


@pytest.mark.parametrize("more", [(), ("CELL_ADDRESS=0x40000000",)])
def test_cell_is_built_against_an_installation(cell, tmp_path, more):
    make(TOP, "cells-lib", "install-cells", f"DESTDIR={tmp_path}")
    makefile = cell / "Makefile"
    makefile.write_text(makefile.read_text().replace("/usr/share", f"{tmp_path}/usr/share"))
    make(cell, *more)
    assert (cell / "build/blink.bin").stat().st_size > 0
