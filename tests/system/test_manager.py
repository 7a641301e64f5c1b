# SPDX-License-Identifier: GPL-2.0-only
"""A system without Linux, managed over its console: cells/manager, as somebody uses it who sits there."""

import re
import shutil
import subprocess
import time

import pytest
from board import BUILD, TOP, board_tree, packed_command
from conftest import LOGS

CPUS = 5
ESCAPE = "\x1d"
PROMPT = "manager> "
ARGUMENT_OFFSET = 0x200000  # CELL_ARGUMENT_OFFSET of cells/include/cell/info.h
# In this order they have the ids 1 to 5; of hello the manager may do nothing.
SYSTEM = """/dts-v1/;
/ {
	compatible = "partita,system-v1";
	manager {
		compatible = "partita,cell-v1"; cpus = <0>; memory = "4M"; image = "manager.bin";
		devices = "/pl011@9000000"; console = "/pl011@9000000";
		may-start = "control-loop", "hostile", "rtos";
		may-stop = "control-loop", "hostile", "rtos";
		may-type = "rtos";
	};
	control-loop {
		compatible = "partita,cell-v1"; cpus = <1>; memory = "4M"; image = "control-loop.bin";
		trusted-idle;
	};
	hostile {
		compatible = "partita,cell-v1"; cpus = <2>; memory = "4M"; image = "hostile-reads.bin";
		guest-address = <0x10 0x00000000>; start = "no";
	};
	rtos {
		compatible = "partita,cell-v1"; cpus = <3>; memory = "16M"; image = "virt.bin";
		guest-address = <0x40000000>; image-address = <0x40080000>; console = "pl011@0x9000000";
	};
	hello {
		compatible = "partita,cell-v1"; cpus = <4>; memory = "4M"; image = "hello.bin";
	};
};
"""


class Console:
    """The manager's: what is typed, and what comes back before the next prompt."""

    def __init__(self, pexpect, command, log):
        self.process = pexpect.spawn("timeout", ["--foreground", "-k", "5", "300"] + command,
                                     encoding="utf-8", codec_errors="replace", echo=False, timeout=60)
        self.process.logfile_read = log
        self.process.delaybeforesend = None

    def type(self, text):
        self.process.send(text)

    def expect(self, text):
        self.process.expect(text)
        return self.process.before.replace("\r", "")

    def run(self, line):
        """What a command answers; lines about what happens to cells may be among it."""
        self.type(line + "\r")
        self.process.expect(re.escape(line) + r"\r*\n")
        self.process.expect(r"\n" + PROMPT)
        return self.process.before.replace("\r", "") + "\n"

    def state(self, name):
        row = re.search(rf"^\d+ +{name} +(.+?)  +[\d,-]+ +\d+ +\d+", self.run("list"), re.M)
        return row and row.group(1)     # nothing: not made yet

    def heartbeat(self, name):
        return int(re.search(r"heartbeat (\d+)", self.run(f"stats {name}")).group(1))

    def await_state(self, name, state):
        deadline = time.monotonic() + 30
        while self.state(name) != state:
            assert time.monotonic() < deadline, f"{name} is {self.state(name)}"
            time.sleep(0.05)


def pack(folder):
    images = {"manager.bin": BUILD / "cells", "control-loop.bin": BUILD / "cells", "hello.bin": BUILD / "cells",
              "virt.bin": BUILD / "tests"}
    for name, where in images.items():
        shutil.copy(where / name, folder)
    hostile = (BUILD / "cells" / "hostile.bin").read_bytes()
    folder.joinpath("hostile-reads.bin").write_bytes(
        hostile.ljust(ARGUMENT_OFFSET, b"\0") + b"read 0x40000000\n")
    folder.joinpath("system.dts").write_text(SYSTEM)
    board_tree(folder / "board.dtb", cpus=CPUS)
    subprocess.run([BUILD / "host/partita", "pack", "system.dts", "-o", "system.img", "--board", "board.dtb",
                    "--hypervisor", BUILD / "hypervisor/partita.bin"], cwd=folder, check=True, timeout=60)
    return folder / "system.img"


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    pexpect = pytest.importorskip("pexpect")
    LOGS.mkdir(parents=True, exist_ok=True)
    image = pack(tmp_path_factory.mktemp("manager"))
    with open(LOGS / "test_manager.log", "w", encoding="utf-8", errors="replace") as log:
        console = Console(pexpect, packed_command(image, cpus=CPUS), log)
        console.expect("'help' lists the commands")
        for cell in ("control-loop", "rtos", "hello"):
            console.await_state(cell, "running")
        yield console
        console.process.close(force=True)


def test_every_cell_is_listed(console):
    table = console.run("list")
    assert re.search(r"^1 +manager +running +0 +1 +0  this manager$", table, re.M), table
    assert re.search(r"^2 +control-loop +running +1 +1 +0$", table, re.M), table
    assert re.search(r"^3 +hostile +created +2 +0 +0$", table, re.M), table
    assert re.search(r"^4 +rtos +running +3 +1 +0$", table, re.M), table
    assert re.search(r"^5 +hello +running +4 +1 +0  not managed from here$", table, re.M), table


def test_a_cell_is_shut_down_stopped_and_started(console):
    assert "cell control-loop: shut down\n" in console.run("shutdown control-loop")
    assert "'control-loop' does not run: it is shut down" in console.run("stop control-loop")
    assert "cell control-loop: running, start number 2\n" in console.run("start control-loop")
    assert "cannot start 'control-loop': it is running" in console.run("start cont")
    assert "cell control-loop: shut down\n" in console.run("stop control-loop")
    assert "cell control-loop: running, start number 3\n" in console.run("restart control-loop")
    answer = console.run("restart control-loop")
    assert answer.index("shut down") < answer.index("running, start number 4"), answer


def test_a_fault_is_told_at_once_and_explained(console):
    console.type("start hostile\r")
    console.expect("cell hostile: failed, access to memory it does not own; 'fault hostile' tells more")
    record = console.run("fault hostile")
    assert "'hostile' failed on CPU 2: access to memory it does not own\n  read at address 40000000\n" in record
    assert re.search(r"  pc 0000001[0-9a-f]{9}  pstate [0-9a-f]{8}\n", record), record
    assert "'control-loop' has not failed" in console.run("fault control-loop")
    assert console.state("hostile") == "failed"
    assert console.state("control-loop") == "running"
    assert "hostile" in console.run("log")


def test_consoles_are_switched(console):
    console.type("attach control-loop\r")
    console.expect("Ctrl-] leaves; it has no UART to type into")
    console.expect("control-loop: period 1000 us")
    console.type(ESCAPE)
    console.expect("left cell 'control-loop'")
    console.type("attach rtos\r")
    console.expect("virt: type a line")
    console.type("some words")
    console.expect("some words")
    console.type(ESCAPE)
    console.expect("left cell 'rtos'")
    assert console.state("rtos") == "running"
    console.type("attach rtos\r")
    console.expect("Ctrl-] leaves\r*\n")
    console.type(" more\r")
    console.expect(" more\r*\nvirt: off\r*\n")
    console.expect("cell 'rtos' is shut down")
    assert "running, start number 2" in console.run("start rtos")
    console.type("attach rtos\r")
    console.expect("virt: type a line")
    console.type(ESCAPE)
    console.expect("left cell 'rtos'")


def test_what_it_has_no_right_for_is_refused_with_the_property_that_gives_it(console):
    assert "may not stop 'hello': that takes may-stop" in console.run("stop hello")
    assert "may not start 'hello': that takes may-start" in console.run("start hello")
    assert "does not see the console of 'hello'" in console.run("attach hello")
    assert "it cannot stop itself" in console.run("stop manager")
    assert console.state("hello") == "running"


def test_counts_are_shown(console):
    stats = console.run("stats")
    assert re.search(r"hypervisor memory: \d+ KiB in use", stats), stats
    assert re.search(r"cell \d 'control-loop': running, started \d+ times?, heartbeat [1-9]", stats), stats
    first = console.heartbeat("control-loop")
    deadline = time.monotonic() + 30
    while console.heartbeat("control-loop") == first:
        assert time.monotonic() < deadline


def test_the_sample_is_what_can_be_packed(tmp_path):
    for source in ("manager.dts", "manager.bin", "control-loop.bin", "hello.bin"):
        shutil.copy(BUILD / "cells" / source, tmp_path)
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", tmp_path / "virt.dtb",
                    TOP / "tests/unit/config/virt.dts"], check=True)
    subprocess.run([BUILD / "host/partita", "pack", "manager.dts", "--board", "virt.dtb", "-o", "manager.img",
                    "--hypervisor", BUILD / "hypervisor/partita.bin"], cwd=tmp_path, check=True, timeout=60)
