# SPDX-License-Identifier: GPL-2.0-only
"""Partita on a board, as a user has it: the command, and what sysfs shows.

Waiting is by state, never by sleeping for a hoped-for time.
"""

import functools
import re
import shlex

SYSFS = "/sys/class/misc/partita"
CELLS = "/usr/lib/partita/cells"
ARGUMENT_OFFSET = 0x200000  # CELL_ARGUMENT_OFFSET of cells/include/cell/info.h


def dts(name, cpus=(3,), memory="4M", image=None, more=""):
    """The source of a system of one cell."""
    image_line = f'image = "{image}";' if image else ""
    return (f'/dts-v1/; / {{ compatible = "partita,system-v1"; {name} {{ '
            f'compatible = "partita,cell-v1"; cpus = <{" ".join(map(str, cpus))}>; '
            f'memory = "{memory}"; {image_line} {more} }}; }};')


class Cell:
    def __init__(self, partita, name):
        self.partita, self.name = partita, name
        self.board = partita.board

    @functools.cached_property
    def id(self):
        path = self.board.sh(f"grep -lx {shlex.quote(self.name)} {SYSFS}/cells/*/name")
        return int(path.split("/")[-2])

    def read(self, file):
        return self.board.sh(f"cat {SYSFS}/cells/{self.id}/{file}")

    @property
    def state(self):
        return self.read("state")

    @property
    def heartbeat(self):
        return int(self.read("heartbeat"))

    def fault(self):
        """The fault record as a dictionary; {} if there is none."""
        lines = self.read("fault").splitlines()
        return dict(line.split(" ", 1) for line in lines) if lines != ["none"] else {}

    def do(self, verb, *arguments, timeout=60):
        return self.board.sh(" ".join(["partita cell", verb, self.name, *arguments]), timeout)

    def load(self, image, argument=None):
        """Load an image and, beside it, the text that the cell takes for its command line."""
        images = [f"{CELLS}/{image}"]
        if argument is not None:
            # The cell reads up to a line feed.
            self.board.sh(f"echo {shlex.quote(argument)} >/run/argument")
            start = int(self.read("regions").split()[0], 16)
            images.append(f"/run/argument@{start + ARGUMENT_OFFSET:#x}")
        self.do("load", *images)

    def start(self):
        self.do("start")

    def stop(self):
        self.do("stop")

    def shutdown(self):
        return self.do("shutdown")

    def destroy(self):
        self.do("destroy")

    def console(self):
        return self.board.sh(f"partita console {self.name}")

    def await_state(self, state, timeout=60):
        self.board.wait_for(f'[ "$(cat {SYSFS}/cells/{self.id}/state)" = "{state}" ]', timeout)

    def await_console(self, pattern, timeout=60):
        self.board.wait_for(f"partita console {self.name} | grep -qE {shlex.quote(pattern)}",
                            timeout)
        return self.console()

    def await_heartbeat(self, count, timeout=120):
        self.board.wait_for(f"[ $(cat {SYSFS}/cells/{self.id}/heartbeat) -ge {count} ]", timeout)


class Partita:
    def __init__(self, board):
        self.board = board
        board.sh("modprobe partita")

    def enable(self):
        self.board.sh("partita enable")

    def disable(self):
        self.board.sh("partita disable")

    @property
    def enabled(self):
        return self.board.sh(f"cat {SYSFS}/enabled") == "1"

    def create(self, name, **options):
        """Create a cell; a given image is found where images are installed."""
        source = dts(name, **options)
        self.board.sh(f"echo {shlex.quote(source)} >{CELLS}/{name}-test.dts")
        self.board.sh(f"partita cell create {CELLS}/{name}-test.dts")
        return Cell(self, name)

    def run(self, name, image, argument=None, **options):
        """Create a cell, load it and start it."""
        cell = self.create(name, **options)
        cell.load(image, argument)
        cell.start()
        return cell

    def cell_names(self):
        return self.board.sh(f"cat {SYSFS}/cells/*/name").split("\n")

    def exits(self, cpu):
        """How often a CPU entered the hypervisor since it came to its cell, by reason."""
        lines = self.board.sh(f"cat {SYSFS}/cpus/cpu{cpu}/exits").splitlines()
        return {word: int(count) for word, count in (line.split() for line in lines)}

    def leave(self):
        """Whatever a test did: no cells, no hypervisor. Used between tests."""
        board = self.board
        if not self.enabled:
            return
        for path in board.sh(f"ls -d {SYSFS}/cells/*").split():
            number = path.split("/")[-1]
            if number != "0":
                board.run(f"partita cell stop {number}; partita cell destroy {number}")
        self.disable()


class Footprint:
    """What Linux has; equal before and after, or something was not given back."""

    # What Linux keeps for itself and shifts about; a page that it lost is in none of these.
    OWN_USE = ("MemFree", "Slab", "KernelStack", "PageTables", "AnonPages", "Cached", "Buffers")

    def __init__(self, board):
        # Each CPU keeps differences of the counters, and pages, at hand: the first are added
        # up by stat_refresh, the second are not in MemFree but in zoneinfo.
        text = board.sh("sync; echo 3 >/proc/sys/vm/drop_caches; cat /proc/sys/vm/stat_refresh; "
                        "cat /proc/meminfo /proc/zoneinfo")
        at_hand = sum(int(pages) for pages in re.findall(r"^ +count: +(\d+)", text, re.M))
        self.free = sum(self.number(text, key) for key in self.OWN_USE) + 4 * at_hand
        self.slab = self.number(text, "Slab")
        self.cma_free = self.number(text, "CmaFree")
        self.total = self.number(text, "MemTotal")
        self.cpus = board.sh("cat /sys/devices/system/cpu/online")

    @staticmethod
    def number(text, key):
        return int(re.search(rf"^{key}:\s+(\d+)", text, re.M).group(1))

    def all_back(self, after, slack_kib=512):
        """Is nothing lost? Linux itself moves single pages about, also in and out of CMA."""
        return (after.cpus == self.cpus and after.total == self.total
                and self.cma_free - after.cma_free < slack_kib
                and self.free - after.free < slack_kib
                and after.slab - self.slab < 1024)

    def __repr__(self):
        return (f"CPUs {self.cpus}, total {self.total} KiB, free {self.free} KiB, slab {self.slab} KiB, "
                f"CMA free {self.cma_free} KiB")
