# SPDX-License-Identifier: GPL-2.0-only
"""Boards of boards/ that QEMU emulates, without any Linux: a packed image is started as their firmware would start it, and
control-loop and hello run as two cells.
"""

import subprocess

import pytest
from board import CACHE, TOP, release_of
from booted import HYPERVISOR, SECONDS, Booted, Packed, cell
from conftest import KERNELS

ALONE = True        # each test boots a board of its own
TREES = CACHE / "root" / release_of(KERNELS[0]) / f"usr/lib/linux-image-{release_of(KERNELS[0])}"
LOOP_PERIODS, LOOP_CHECK_FAILED = 2, 10     # cells/control-loop/figures.h

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


class Emulated(Packed):
    """A board and the image for it: what its README.md tells a user to do."""

    def __init__(self, name, folder):
        home, change, self.cpus = BOARDS[name]
        home = TOP / "boards" / home
        conf = read_conf(home)
        options = conf["qemu"].replace(*change) if change else conf["qemu"]
        assert not change or options != conf["qemu"]
        self.folder = folder
        self.serial = int(conf.get("serial", "1"))
        self.tree = folder / "board.dtb"
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

    def start(self):
        """Pack the two cells, and turn it on."""
        self.pack(*(cell(name, cpus) for name, cpus in self.cpus.items()))
        uarts = ["-serial", "null"] * (self.serial - 1) + ["-serial", f"file:{self.folder}/uart.txt"]
        return Booted(self, [*self.qemu, *uarts, "-kernel", str(self.image)])


@pytest.fixture
def emulated(request, tmp_path):
    return Emulated(request.param, tmp_path)


@pytest.mark.parametrize("emulated", BOARDS, indirect=True)
def test_control_loop_and_hello_run_as_two_cells(emulated):
    with emulated.start() as running:
        running.await_alive("control-loop")
        first = running.figures("control-loop")[LOOP_PERIODS]
        figures = running.wait_for(
            lambda: (now := running.figures("control-loop"))[LOOP_PERIODS] > first + 10 and now)
        assert figures[LOOP_CHECK_FAILED] == 0
        for cpu in range(len(emulated.cpus.get("hello", "").split())):
            running.await_console("hello", f"hello from CPU {cpu}")
        assert running.said() == ""


@pytest.mark.parametrize("emulated", EARLY_UARTS, indirect=True)
def test_wrong_board_is_told_on_the_early_uart(emulated):
    cpus = run("fdtget", "-l", emulated.tree, "/cpus").split()
    for cpu in (name for name in cpus if name.startswith("cpu@")):
        run("fdtput", "-t", "s", emulated.tree, f"/cpus/{cpu}", "compatible", "arm,cortex-a57")
    with emulated.start() as running:
        running.hears("the image was made for\n")
        assert "partita: boot: CPU 0 is of type " in running.said()
