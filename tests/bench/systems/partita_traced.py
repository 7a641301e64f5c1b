# SPDX-License-Identifier: GPL-2.0-only
"""What no program on a board can count: the way from the call that starts a cell to its first
instruction, without what Linux does at the same time; the longest way out of a cell; and the memory
that the hypervisor has touched. QEMU counts and looks.
"""

import os
import platform
import re
import subprocess
import typing

import executed
import memory
from board import TOP, Board, BoardError
from metrics import Result
from partita import Partita
from systems import partita_board as common
from systems.partita_board import HERE, IMPATIENT, spread

CPUS = (1, 2)
# As long as a name can be: the hypervisor prints it when the cell ends.
NAME = "x" * 31
SOURCE = TOP / "tests/bench/systems/fatal.S"

HYPERVISOR = common.constant("hypervisor/arch/arm64/machine/layout.h", "HV_VA")
KERNEL = 1 << 63
WFE, SEV, ERET = 0xd503205f, 0xd503209f, 0xd69f03e0


class Ending(typing.NamedTuple):
    """One way to end a cell: an instruction, and the address that it takes."""

    instruction: str
    address: int


NOWHERE = 0xfffffff000          # the last page that stage 2 could map: the longest to print


def endings(tree):
    return {
        "read": Ending("ldr x2, [x1]", NOWHERE),
        "fetch": Ending("br x1", NOWHERE),
        "permission": Ending("str x1, [x20]", NOWHERE),
        "no-syndrome": Ending("ldp w2, w3, [x1]",
                              common.address(common.numbers_of(tree, common.GIC, "reg"))),
    }


# --- the images -----------------------------------------------------------------------------------

def assemble(work, name, tree, ending):
    cross = os.environ.get("CROSS_COMPILE",
                           "" if platform.machine() == "aarch64" else "aarch64-linux-gnu-")
    built, flat = work / f"{name}.elf", work / f"{name}.bin"
    subprocess.run([cross + "gcc", "-nostdlib", "-static", "-Wl,-Ttext=0", "-Wl,--build-id=none",
                    f"-DSECOND={common.mpidr(tree, CPUS[1])}", f"-DADDRESS={ending.address:#x}",
                    f"-DHYPERCALL={common.hypercall():#x}", f"-DFATAL={ending.instruction}",
                    str(SOURCE), "-o", str(built)], check=True)
    subprocess.run([cross + "objcopy", "-O", "binary", str(built), str(flat)], check=True)
    return flat.read_bytes()


def files(work):
    tree = common.tree_of(work)
    images = {"alive": Ending("", 0), **endings(tree)}
    return {"root/bench/traced.dts": common.cell_source(NAME, CPUS, True),
            **{f"root/bench/{name}.bin": assemble(work, name, tree, ending)
               for name, ending in images.items()}}


# --- reading the log ------------------------------------------------------------------------------

class Code:
    """The instructions of the hypervisor that is on the board, by the address at which they run."""

    def __init__(self, work):
        self.bytes = (work / "root/usr/lib/firmware/partita/partita-arm64.bin").read_bytes()

    def __contains__(self, pc):
        return HYPERVISOR <= pc < HYPERVISOR + len(self.bytes)

    def at(self, pc):
        offset = pc - HYPERVISOR
        return int.from_bytes(self.bytes[offset:offset + 4], "little") if pc in self else None


def visits_of(steps, cpu, code):
    """What a CPU did in the hypervisor: a list of instructions for each time that it was there."""
    visits, inside = [], False
    for step in (step for step in steps if step.cpu == cpu):
        if step.pc in code:
            if not inside:
                visits.append([])
            visits[-1].append(code.at(step.pc))
        inside = step.pc in code and code.at(step.pc) != ERET
    return visits


def start_path(steps, code):
    """Instructions on the way from a program's system call to the first one of the cell: on its CPU
    until it wakes the cell's; on the cell's CPU from there on. What the first one does afterwards
    is in nobody's way."""
    first = CPUS[0]
    started = next(at for at, step in enumerate(steps)
                   if step.cpu == first and code.at(step.pc) == ERET)
    woken = max(at for at, step in enumerate(steps[:started])
                if step.cpu == first and code.at(step.pc) == WFE)
    told = max(at for at, step in enumerate(steps[:started])
               if step.cpu not in CPUS and code.at(step.pc) == SEV)
    caller = steps[told].cpu
    called = max(at for at, step in enumerate(steps[:told])
                 if step.cpu == caller and step.pc not in code and step.pc < KERNEL)
    return (sum(step.cpu == caller for step in steps[called:told + 1])
            + sum(step.cpu == first for step in steps[max(woken, told) + 1:started + 1]))


def end_path(visit):
    """From the vector to the first WFE of a CPU that is parked."""
    if WFE not in visit:
        raise BoardError("a CPU of a cell that has ended did not come to rest in "
                         f"{len(visit)} instructions")
    return visit.index(WFE) + 1


# --- the board ------------------------------------------------------------------------------------

class Traced:
    """A board whose monitor we have, with one cell."""

    def __init__(self, running, monitor, log):
        self.board, self.monitor, self.log = running, monitor, log
        partita = Partita(running)
        running.sh(f"{IMPATIENT}; cd {HERE}")
        partita.enable()
        running.sh("partita cell create traced.dts")

    def load(self, name):
        self.board.sh(f"partita cell load {NAME} {name}.bin")

    def start(self):
        """Start the loaded cell, which will end by itself; every instruction from shortly before
        the call to shortly after the end."""
        before = self.log.stat().st_size if self.log.exists() else 0
        self.board.send("../stamp start 1")
        self.board.expect(r"stamp holds")
        self.monitor.trace()
        self.board.send("")
        end = self.board.expect(r"stamp end ([a-z ]+)\r").group(1)
        self.monitor.stop_tracing()
        if end.strip() != "failed":
            raise BoardError(f"the cell should have failed; it has {end}")
        self.board.run(":")
        return executed.steps_of(self.log, before)

    def hypervisor_memory(self):
        """(start, size) of what the driver gave it."""
        said = self.board.sh("dmesg | grep 'hypervisor enabled'")
        match = re.search(r"(\d+) KiB at (0x[0-9a-f]+)", said)
        return int(match.group(2), 16), int(match.group(1)) << 10


def of_memory(traced, work):
    """Pages of the hypervisor's memory that are in use while a cell of two CPUs runs: text, data,
    stacks, page tables, and the pages that it shares with Linux and the cell."""
    traced.load("alive")
    traced.board.sh(f"partita cell start {NAME}")
    start, size = traced.hypervisor_memory()
    traced.monitor.save_memory(start, size, work / "hypervisor.dump")
    traced.board.sh(f"partita cell stop {NAME}")
    return spread("memory", [memory.touched(work / "hypervisor.dump")])


def of_endings(traced, code, tree, hypercall):
    """Each life gives a start and an end."""
    starts, ends = [], []
    for name in endings(tree):
        traced.load(name)
        steps = traced.start()
        visits = visits_of(steps, CPUS[0], code)
        # The instruction that calls is not the hypervisor's.
        if len(visits[-2]) + 1 != hypercall:
            raise BoardError(f"a hypercall is {len(visits[-2]) + 1} instructions in the log and "
                             f"{hypercall} by the cell's own count: the log is not to be trusted")
        starts.append(start_path(steps, code))
        ends.append(end_path(visits[-1]))
    return [spread("cell-start", starts), Result("partita", "worst-stage2", max(ends),
                                                 float(max(ends)), max(ends), 1)]


def measure(work, hypercall):
    """The results; `hypercall` is what the trivial hypercall costs, as a cell counts it."""
    log, socket = work / "trace.log", work / "monitor"
    log.unlink(missing_ok=True)
    extra = common.initrd(work, files(work)) + executed.Monitor.options(socket, log)
    try:
        with Board(work / "console-traced.txt", lifetime=300, extra=extra,
                   **common.options(work, "cell-traced.txt")) as running, \
                executed.Monitor(socket) as monitor:
            traced = Traced(running, monitor, log)
            return [of_memory(traced, work),
                    *of_endings(traced, Code(work), common.tree_of(work), hypercall)]
    finally:
        # Some tens of megabytes that nobody will read.
        log.unlink(missing_ok=True)
