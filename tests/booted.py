# SPDX-License-Identifier: GPL-2.0-only
"""Packed images, and what is to be seen of a board that has started one: its UARTs, and its memory as a debug probe sees it.

There is nobody on such a board who could be asked: QEMU's monitor looks into memory for what the hypervisor
tells of the cells (abi/partita/status.h) and what they tell of themselves (info.h).
"""

import re
import struct
import subprocess
import time

from board import BUILD, board_tree, packed_command
from partita import ARGUMENT_OFFSET

TOOL = BUILD / "host" / "partita"
HYPERVISOR = BUILD / "hypervisor" / "partita.bin"
SECONDS = 60            # that nothing here takes but on a machine that is busy
LIFETIME = 3 * SECONDS

PAGE = 4096
HEADER_AT, HEADER = 64, struct.Struct("<QIIQQQQIIQQ")   # struct pt_image_header
STATUS_MAGIC = b"PTYT"
MAX_CPUS, MAX_CELLS = 64, 16
CPU_AT, CPU = 128, struct.Struct("<QII14Q")
CELL_AT, CELL = CPU_AT + MAX_CPUS * CPU.size, struct.Struct("<32sIIQQQIIII36Q")
STATES = ("none", "created", "loadable", "running", "shut down", "failed", "reset")
REPORT, CONSOLE, CONSOLE_SIZE = PAGE, 2 * PAGE, 4 * PAGE


def tool(*arguments):
    return subprocess.run([TOOL, *arguments], check=True, capture_output=True, text=True, timeout=SECONDS).stdout


def cell(name, cpus, image=None, memory="4M", more=""):
    """The node of a cell in a system file."""
    return (f'{name} {{ compatible = "partita,cell-v1"; cpus = <{cpus}>; memory = "{memory}"; '
            f'image = "{image or BUILD / "cells" / (name + ".bin")}"; {more} }};')


def with_argument(folder, image, argument):
    """An image of a bare-metal cell with the text that the cell takes for its command line."""
    made = folder / f"{image}-{re.sub('[^a-z0-9]', '-', argument)}.bin"
    content = (BUILD / "cells" / f"{image}.bin").read_bytes()
    made.write_bytes(content.ljust(ARGUMENT_OFFSET, b"\0") + argument.encode() + b"\n")
    return made


class Packed:
    """A system made an image, for a board that QEMU emulates."""

    def __init__(self, folder, *nodes, serials=("null",), fit=False, **machine):
        self.folder, self.machine = folder, machine
        self.tree = board_tree(folder / "board.dtb", serials, **machine)
        self.pack(*nodes, fit=fit)

    def pack(self, *nodes, fit=False):
        self.source, self.image = self.folder / "system.dts", self.folder / ("system.itb" if fit else "system.img")
        self.source.write_text('/dts-v1/; / { compatible = "partita,system-v1"; ' + " ".join(nodes) + " };",
                               encoding="utf-8")
        answer = tool("pack", self.source, "-o", self.image, "--board", self.tree, "--hypervisor", HYPERVISOR,
                      *(["--fit"] if fit else []))
        self.base = int(re.search(r"lies at 0x(\w+)", answer).group(1), 16)
        self.bytes = (self.folder / "system.itb.img" if fit else self.image).read_bytes()
        header = HEADER.unpack_from(self.bytes, HEADER_AT)
        self.core_size, self.system_at, self.boot_at = header[4], header[7], header[8]

    def damaged(self, at, by=1):
        """The same image with other bits in one byte."""
        damaged = bytearray(self.bytes)
        damaged[at] ^= by
        return self.other(damaged)

    def other(self, content):
        self.image.write_bytes(content)
        return self


class Seen:
    """What the hypervisor tells of a cell."""

    def __init__(self, fields):
        self.name = fields[0].rstrip(b"\0").decode()
        self.state, self.starts, self.cpus, self.comm = STATES[fields[1]], fields[2], fields[3], fields[4]
        self.resets, self.fault = fields[7], fields[8]


class Booted:
    """A board that has just been turned on; use it in a `with`."""

    def __init__(self, packed, command=None, serials=None, **machine):
        self.packed = packed
        self.uart, self.dump = packed.folder / "uart.txt", packed.folder / "memory"
        self.command = command or packed_command(packed.image, serials=serials or (f"file:{self.uart}",),
                                                 **(packed.machine | machine))

    def __enter__(self):
        self.process = subprocess.Popen(
            ["timeout", "-k", "5", str(LIFETIME), *self.command, "-monitor", "stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdin.close()

    def said(self):
        """What came out of the early UART until now."""
        return self.uart.read_text(errors="replace") if self.uart.exists() else ""

    def wait_for(self, look, ended=False):
        """What look() finds, as soon as it finds anything."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            assert ended or self.process.poll() is None, f"QEMU has ended; UART: {self.said()!r}"
            found = look()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"nothing in {SECONDS} s; UART: {self.said()!r}, cells: "
                             f"{[vars(seen) for seen in self.cells().values()]}")

    def hears(self, line):
        """Wait for a line of the early UART."""
        self.wait_for(lambda: line in self.said(), ended=True)

    def monitor(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def read(self, address, size):
        """Physical memory."""
        self.dump.unlink(missing_ok=True)
        self.monitor(f'pmemsave {address:#x} {size:#x} "{self.dump}"')
        end = time.monotonic() + SECONDS
        while not (self.dump.exists() and self.dump.stat().st_size == size):
            assert self.process.poll() is None and time.monotonic() < end, "QEMU does not show its memory"
            time.sleep(0.01)
        return self.dump.read_bytes()

    def cells(self):
        """By name, those that the hypervisor has made."""
        core = self.read(self.packed.base, self.packed.core_size)
        for page in range(0, len(core), PAGE):
            if core.startswith(STATUS_MAGIC, page):
                seen = [Seen(CELL.unpack_from(core, page + CELL_AT + n * CELL.size)) for n in range(MAX_CELLS)]
                return {one.name: one for one in seen if one.state != "none"}
        return {}

    def state(self, name):
        return self.cells()[name].state if name in self.cells() else "none"

    def await_state(self, name, state):
        return self.wait_for(lambda: (seen := self.cells().get(name)) and seen.state == state and seen)

    def heartbeat(self, name):
        return struct.unpack("<Q", self.read(self.cells()[name].comm + REPORT + 8, 8))[0]

    def figures(self, name):
        """The first of a cell's own."""
        return struct.unpack("<16Q", self.read(self.cells()[name].comm + REPORT + 32, 128))

    def console(self, name):
        """The newest that a bare-metal cell has said."""
        seen = self.cells().get(name)
        return self.read(seen.comm + CONSOLE, CONSOLE_SIZE).rstrip(b"\0").decode(errors="replace") if seen else ""

    def await_console(self, name, pattern):
        return self.wait_for(lambda: re.search(pattern, self.console(name)))

    def await_alive(self, *names):
        """All of these run, and go on running."""
        for name in names:
            self.await_state(name, "running")
            before = self.heartbeat(name)
            self.wait_for(lambda name=name, before=before: self.heartbeat(name) > before)
