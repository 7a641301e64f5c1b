# SPDX-License-Identifier: GPL-2.0-only
"""Boards of boards/ that QEMU emulates, without any Linux: a packed image is started as their firmware would start it, and
control-loop and hello run as two cells.

QEMU's monitor looks into memory as a debug probe would, for what the cells say of themselves.
"""

import re
import struct
import subprocess
import time

import pytest
from board import BUILD, CACHE, TOP, release_of
from conftest import KERNELS

SECONDS = 60
TREES = CACHE / "root" / release_of(KERNELS[0]) / f"usr/lib/linux-image-{release_of(KERNELS[0])}"
TOOL = BUILD / "host" / "partita"
HYPERVISOR = BUILD / "hypervisor" / "partita.bin"

PAGE = 4096
REPORT, CONSOLE = PAGE, 2 * PAGE            # in a cell's communication area: abi/partita/info.h
USER = 32                                   # in a report
LOOP_MAGIC = struct.pack("<Q", 0x31304d4954494f4c)   # cells/control-loop/figures.h
LOOP_PERIODS, LOOP_CHECK_FAILED = 2, 10

FOUR_CPUS = {"control-loop": "1", "hello": "2 3"}
TWO_CPUS = {"control-loop": "1", "hello": "0"}
FOUR_CORES = "gic-version=3 -cpu cortex-a72 -smp 4"

# Folder, what is otherwise than in its board.conf, and which CPUs are whose.
BOARDS = {
    "virt": ("virt", None, FOUR_CPUS),
    "virt-gicv2-eight-cpus": ("virt", (FOUR_CORES, "gic-version=2 -cpu cortex-a72 -smp 8"),
                              {"control-loop": "7", "hello": "0 4"}),
    "virt-secure-world": ("virt", ("gic-version=3", "gic-version=3,secure=on"), FOUR_CPUS),
    "virt-one-cpu": ("virt", ("-smp 4", "-smp 1"), {"control-loop": "0"}),
    "zcu102": ("zcu102", None, FOUR_CPUS),
    "zcu102-secure-world": ("zcu102", ("virtualization=on", "virtualization=on,secure=on"),
                            FOUR_CPUS),
    "versal-virt": ("versal-virt", None, TWO_CPUS),
    "imx8mp-evk": ("imx8mp-evk", None, FOUR_CPUS),
    "raspi4b": ("raspi4b", None, FOUR_CPUS),
    "ast2700-evb": ("ast2700-evb", None, {"control-loop": "0"}),
}
EARLY_UARTS = ("virt", "zcu102", "imx8mp-evk", "raspi4b", "ast2700-evb")    # each kind


def read_conf(folder):
    lines = (folder / "board.conf").read_text(encoding="utf-8").splitlines()
    stripped = [line.split("#")[0] for line in lines]
    return {key.strip(): value.strip() for key, value in
            (line.split("=", 1) for line in stripped if line.strip())}


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=SECONDS).stdout


class Packed:
    """A board and the image for it: what its README.md tells a user to do."""

    def __init__(self, name, folder):
        home, change, self.cpus = BOARDS[name]
        home = TOP / "boards" / home
        conf = read_conf(home)
        options = conf["qemu"].replace(*change) if change else conf["qemu"]
        assert not change or options != conf["qemu"]
        self.folder = folder
        self.serial = int(conf.get("serial", "1"))
        self.tree, self.image = folder / "board.dtb", folder / "system.img"
        self.qemu = ["qemu-system-aarch64", *options.split(), "-nodefaults", "-display", "none",
                     "-audio", "none", "-nic", "none"]
        if conf["tree"] == "qemu":
            run(*self.qemu, "-kernel", HYPERVISOR, "-machine", f"dumpdtb={self.tree}")
        elif conf["tree"].endswith(".dts"):
            run("dtc", "-q", "-o", self.tree, home / conf["tree"])
        else:
            self.tree.write_bytes((TREES / conf["tree"]).read_bytes())
            self.qemu += ["-dtb", str(self.tree)]
        for overlay in home.glob("*.dtso"):
            run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", folder / "overlay.dtbo", overlay)
            run("fdtoverlay", "-i", self.tree, "-o", self.tree, folder / "overlay.dtbo")

    def pack(self):
        cells = "".join(f'{name} {{ compatible = "partita,cell-v1"; cpus = <{cpus}>; memory = "4M"; '
                        f'image = "{BUILD}/cells/{name}.bin"; }};'
                        for name, cpus in self.cpus.items())
        source = self.folder / "system.dts"
        source.write_text(f'/dts-v1/; / {{ compatible = "partita,system-v1"; {cells} }};',
                          encoding="utf-8")
        run(TOOL, "pack", source, "-o", self.image, "--board", self.tree,
            "--hypervisor", HYPERVISOR)
        first, last = re.search(r"^lies at +0x(\w+)-0x(\w+)", run(TOOL, "config", "show", self.image),
                                re.MULTILINE).groups()
        self.at, self.size = int(first, 16), int(last, 16) - int(first, 16) + 1


class Running:
    """QEMU with its monitor; the early UART goes to a file."""

    def __init__(self, packed):
        self.packed = packed
        self.uart = packed.folder / "uart.txt"
        self.dump = packed.folder / "memory"
        serials = ["-serial", "null"] * (packed.serial - 1) + ["-serial", f"file:{self.uart}"]
        self.process = subprocess.Popen(
            ["timeout", "-k", "5", str(2 * SECONDS), *packed.qemu, *serials, "-monitor", "stdio",
             "-kernel", str(packed.image)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def said(self):
        return self.uart.read_text(errors="replace") if self.uart.exists() else ""

    def wait_for(self, look):
        """What look() finds, as soon as it finds anything."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            assert self.process.poll() is None, "QEMU ended"
            found = look()
            if found:
                return found
            time.sleep(0.2)
        raise AssertionError(f"nothing in {SECONDS} s; early UART: {self.said()!r}")

    def memory(self):
        """The hypervisor's, in which the cells' communication areas are."""
        self.dump.unlink(missing_ok=True)
        self.process.stdin.write(f'pmemsave {self.packed.at:#x} {self.packed.size:#x} "{self.dump}"\n')
        self.process.stdin.flush()
        self.wait_for(lambda: self.dump.exists() and self.dump.stat().st_size == self.packed.size)
        return self.dump.read_bytes()

    def loop(self):
        """The figures of control-loop, if there are any."""
        memory = self.memory()
        pages = range(0, len(memory), PAGE)
        found = [page for page in pages if memory[page + USER:page + USER + 8] == LOOP_MAGIC]
        return struct.unpack_from("<16Q", memory, found[0] + USER) if found else None

    def greetings(self):
        """How many CPUs of hello have greeted."""
        memory = self.memory()
        for page in range(0, len(memory), PAGE):
            if memory.startswith(b"hello, I am hello", page):
                text = memory[page:page + PAGE].split(b"\0")[0].decode()
                return len(re.findall("^hello from CPU", text, re.MULTILINE))
        return 0


@pytest.fixture
def packed(request, tmp_path):
    return Packed(request.param, tmp_path)


@pytest.mark.parametrize("packed", BOARDS, indirect=True)
def test_control_loop_and_hello_run_as_two_cells(packed):
    packed.pack()
    with Running(packed) as running:
        first = running.wait_for(running.loop)[LOOP_PERIODS]
        figures = running.wait_for(lambda: (now := running.loop())[LOOP_PERIODS] > first + 10 and now)
        assert figures[LOOP_CHECK_FAILED] == 0
        cpus = len(packed.cpus.get("hello", "").split())
        running.wait_for(lambda: running.greetings() == cpus)
        assert running.said() == ""


@pytest.mark.parametrize("packed", EARLY_UARTS, indirect=True)
def test_wrong_board_is_told_on_the_early_uart(packed):
    cpus = run("fdtget", "-l", packed.tree, "/cpus").split()
    for cpu in (name for name in cpus if name.startswith("cpu@")):
        run("fdtput", "-t", "s", packed.tree, f"/cpus/{cpu}", "compatible", "arm,cortex-a57")
    packed.pack()
    with Running(packed) as running:
        assert "partita: boot: CPU 0 is of type " in running.wait_for(
            lambda: "the image was made for" in running.said() and running.said())
