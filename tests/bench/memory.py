# SPDX-License-Identifier: GPL-2.0-only
"""How much RAM something has touched: the pages of a dump that are not zero. A page that was
written with nothing but zeroes does not show, so a figure is the least that was used."""

import mmap
import pathlib

PAGE = 4096


def touched(dump, start=0, size=None, without=()):
    """Bytes of the pages in [start, start + size) of a dump that hold anything but zeroes.

    dump     file of physical memory, its first byte being offset 0 of all that is said here
    size     None: to the end of the file
    without  (start, size) pairs of what is somebody else's, in whole pages
    """
    zeroes = bytes(PAGE)
    end = pathlib.Path(dump).stat().st_size if size is None else start + size
    excluded = sorted(without)
    for offset in (start, end, *(edge for pair in excluded for edge in pair)):
        if offset % PAGE:
            raise ValueError(f"{offset:#x} is not the edge of a page")
    with open(dump, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as memory:
        return PAGE * sum(memory[at:at + PAGE] != zeroes
                          for at in range(start, end, PAGE)
                          if not any(base <= at < base + length for base, length in excluded))
