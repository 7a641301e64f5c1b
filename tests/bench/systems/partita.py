# SPDX-License-Identifier: GPL-2.0-only
"""Partita under the bench: slid underneath Debian's Linux, which keeps what CPUs it needs and sits
still while a cell with the others measures.

Whatever is counted here happens before anybody types at the board: a script in the initramfs does
it as soon as the shell starts, so that no keystroke's arrival is part of a figure, and two runs
agree to the last instruction. What nobody on the board can count is in partita_traced.py.
"""

import math
import re
import typing

import image
from board import Board, BoardError
from metrics import WORST, Result
from systems import partita_board as common
from systems import partita_booted, partita_traced
from systems.partita_board import HERE, QUIET, SETTLE, spread

SYSFS = "/sys/class/misc/partita"
ROUNDS = 5                      # of enabling
TICKS_A_SECOND = 1_000_000_000


class Kind(typing.NamedTuple):
    """A cell to measure in: what it has beside 16 MiB and the second serial."""

    cpus: tuple
    trusted: bool
    system: str


# A CPU that its cell has turned off is parked, and looks for orders as often as the emulator lets
# it: instructions of no path. So the pair measures only what takes two.
CELLS = {
    "single": Kind((1,), True, "partita"),
    "pair": Kind((1, 2), True, "partita"),
    "untrusted": Kind((1,), False, "partita-untrusted"),
}

ENTRIES = ("entries-busy", "entries-idle")
OF_UNTRUSTED = ("timer-wfi", "worst-wfi")
OF_TWO = ("sgi-other", *(name for name in image.CELL_WORST if name not in OF_UNTRUSTED))
OF_ONE = tuple(name for name in image.metric_bits()
               if name not in (*ENTRIES, *OF_TWO, "worst-wfi"))


class Run(typing.NamedTuple):
    """One life of the bench cell: in which cell, and what it measures."""

    name: str
    cell: str
    metrics: tuple


# The lives that measure nothing tell how often a cell enters the hypervisor before it begins and
# after it ends.
RUNS = (Run("nothing", "single", ()),
        Run("latencies", "single", OF_ONE),
        *(Run(name, "single", (name,)) for name in ENTRIES),
        Run("two", "pair", OF_TWO),
        Run("untrusted-nothing", "untrusted", ()),
        Run("untrusted-latencies", "untrusted", OF_UNTRUSTED),
        Run("untrusted-idle", "untrusted", ("entries-idle",)))


# --- what goes onto the board ---------------------------------------------------------------------

def script():
    """What the board does by itself; a line that begins with `==` begins a part of its answer."""
    lines = [f"cd {HERE}", *QUIET, "modprobe partita"]
    for _ in range(ROUNDS):
        lines += ["echo == enable", "../stamp run partita enable", "partita disable"]
    lines += ["partita enable"]
    for cell, kind in CELLS.items():
        lines += [f"partita cell create {cell}.dts",
                  f"id=$(basename $(dirname $(grep -lx {cell} {SYSFS}/cells/*/name)))"]
        for run in (run for run in RUNS if run.cell == cell):
            lines += [f"echo == {run.name}", f"partita cell load $id {run.name}.bin",
                      "../stamp asleep $id", f"cat {SYSFS}/cpus/cpu{kind.cpus[0]}/exits",
                      "partita cell stop $id"]
        lines += ["partita cell destroy $id"]
    return "\n".join(lines) + "\n"


def image_of(run, work, tree):
    path = image.platform_image(work / "cell.bin", metrics=run.metrics,
                                **common.platform(tree, CELLS[run.cell].cpus))
    return (SETTLE.ljust(4096, b"\0") if run.metrics else b"") + path.read_bytes()


def files(work):
    """All that the board needs beside what every board has."""
    tree = common.tree_of(work)
    return {
        # Read first by the shell on the console. Without -e that shell goes on whatever happens.
        "root/.profile": f"sh -e {HERE}/script >/run/bench 2>&1; echo == status $? >>/run/bench\n",
        "root/bench/script": script(),
        **{f"root/bench/{name}.dts": common.cell_source(name, kind.cpus, kind.trusted)
           for name, kind in CELLS.items()},
        **{f"root/bench/{run.name}.bin": image_of(run, work, tree) for run in RUNS},
    }


# --- what comes back ------------------------------------------------------------------------------

class Life(typing.NamedTuple):
    """What the root and the cell had to say of one run."""

    run: Run
    root: str
    cell: str

    @property
    def exits(self):
        return int(re.search(r"^total (\d+)$", self.root, re.M).group(1))


def parts_of(text):
    """[(heading, lines under it)] of the script's answer."""
    pieces = re.split(r"^== (.*)$", text, flags=re.M)[1:]
    parts = list(zip(pieces[::2], pieces[1::2]))
    if not parts or parts[-1][0] != "status 0":
        raise BoardError(f"the board's script failed; its end:\n{text[-2000:]}")
    return parts


def lives_of(parts, serial):
    names = {run.name for run in RUNS}
    roots = [body for heading, body in parts if heading in names]
    said = re.split(r"^(?=started )", serial, flags=re.M)[1:]
    if len(said) != len(RUNS):
        raise BoardError(f"{len(RUNS)} cells ran and {len(said)} have spoken; the last words:\n"
                         f"{image.tail(serial)}\n{roots[-1]}")
    return [Life(*life) for life in zip(RUNS, roots, said)]


def of_enabling(parts):
    return spread("enable", [int(re.search(r"^stamp ticks (\d+)$", body, re.M).group(1))
                             for heading, body in parts if heading == "enable"])


def of_entries(life, lives):
    """Entries to the hypervisor in a second of a phase: what a life with it has more than one
    without."""
    metric, = life.run.metrics
    without = next(other for other in lives
                   if other.run.cell == life.run.cell and not other.run.metrics)
    rate = (life.exits - without.exits) * TICKS_A_SECOND / image.elapsed(life.cell, metric)
    return Result(CELLS[life.run.cell].system, metric, math.floor(rate), rate, math.ceil(rate), 1)


def of_cell(life):
    """What the cell says itself. Worst paths are the hypervisor's, whichever cell drives them."""
    found = image.parse(life.cell, CELLS[life.run.cell].system)
    return [result._replace(system="partita") if result.metric in WORST else result
            for result in found]


def measure_counted(work):
    """All that a board measures by itself."""
    with Board(work / "console.txt", lifetime=300, extra=common.initrd(work, files(work)),
               **common.options(work)) as running:
        parts = parts_of(running.sh("cat /run/bench"))
    lives = lives_of(parts, (work / "cell.txt").read_text(encoding="ascii", errors="replace"))
    found = [of_enabling(parts)]
    for life in lives:
        found += ([of_entries(life, lives)] if set(life.run.metrics) & set(ENTRIES)
                  else of_cell(life))
    return found


def measure(work):
    counted = measure_counted(work)
    hypercall = next(result.max for result in counted if result.metric == "hypercall")
    return (counted + partita_traced.measure(work, hypercall)
            + partita_booted.measure(work / "booted"))
