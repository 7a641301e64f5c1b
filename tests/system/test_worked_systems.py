# SPDX-License-Identifier: GPL-2.0-only
"""The systems that are shipped: each is compiled on the board, and runs."""

import hashlib
import re
import socket

import pytest
from board import BUILD, CACHE, release_of
from conftest import KERNELS
from partita import CELLS, Cell, Footprint

PERIODS = 3000


def compiled(board, file):
    """What is wrong with a system is found before anything changes, so nothing may be."""
    assert re.search(r": \d cells?, fine$", board.sh(f"partita config check {CELLS}/{file}"))
    board.sh(f"rm -rf /run/blobs; mkdir /run/blobs; partita config compile {CELLS}/{file} "
             "-o /run/blobs")
    return board.sh("cd /run/blobs; ls").split()


def create(partita, file, *names):
    partita.board.sh(f"partita cell create {CELLS}/{file}", timeout=120)
    return [Cell(partita, name) for name in names]


def test_control_loop_beside_linux(board, enabled):
    file = "control-loop-beside-linux.dts"
    assert compiled(board, file) == ["control-loop.blob", "control-loop.dtb", "system.blob"]
    [loop] = create(enabled, file, "control-loop")
    loop.start()
    loop.await_heartbeat(100)
    before = enabled.exits(3)
    loop.await_heartbeat(PERIODS)
    assert enabled.exits(3) == before
    loop.shutdown()
    assert "floating point wrong 0 times" in loop.console()


SENSOR = r"(\d+) periods, (\d+) answers, (\d+) wrong, plant at (-?\d+)"
CONTROLLER = r"(\d+) measurements, (\d+) lost, (\d+) wrong, plant at (-?\d+)"


def last_figures(cell, pattern):
    return [int(number) for number in re.findall(pattern, cell.console())[-1]]


def test_two_cells_sharing_memory(board, enabled):
    file = "two-cells-sharing-memory.dts"
    before = Footprint(board)
    assert compiled(board, file) == ["controller.blob", "controller.dtb", "sensor.blob",
                                     "sensor.dtb", "system.blob"]
    sensor, controller = create(enabled, file, "sensor", "controller")
    sensor.start()
    controller.start()
    controller.await_heartbeat(100)
    exits = enabled.exits(2), enabled.exits(3)
    controller.await_heartbeat(PERIODS)
    assert (enabled.exits(2), enabled.exits(3)) == exits, "sharing memory took exits"
    # A neighbour that comes back finds what the other left, and the loop goes on.
    controller.stop()
    controller.load("controller.bin")
    controller.start()
    controller.await_heartbeat(1000)
    controller.shutdown()
    sensor.shutdown()
    measurements, _, wrong, place = last_figures(controller, CONTROLLER)
    assert measurements >= 1000 and wrong == 0 and abs(place - 1000000) < 100
    periods, answers, wrong, place = last_figures(sensor, SENSOR)
    assert periods > PERIODS + 1000 and answers >= PERIODS and wrong == 0
    assert abs(place - 1000000) < 100
    sensor.destroy()
    # The memory is there as long as one of them has it: the last answer is still in it.
    board.sh(f"partita cell create {CELLS}/{file} sensor; partita cell start sensor")
    sensor = Cell(enabled, "sensor")
    sensor.await_console("sensor: 1000 periods, 1 answers, 0 wrong")
    sensor.stop()
    sensor.destroy()
    controller.destroy()
    enabled.disable()
    assert before.all_back(Footprint(board))


class Serial:
    """The far end of a serial port of the board that a cell has."""

    def __init__(self, path, log):
        from pexpect import fdpexpect

        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.console = fdpexpect.fdspawn(self.socket.fileno(), encoding="utf-8",
                                         codec_errors="replace", timeout=120)
        self.console.logfile_read = log

    def run(self, command):
        self.console.send(command + "\r")
        self.console.expect_exact(command[-8:])
        self.console.expect_exact("board# ")
        return self.console.before.replace("\r", "")


@pytest.mark.parametrize("kernel, gic", [
    *((kernel, 3) for kernel in sorted({KERNELS[0], KERNELS[-1]})), (KERNELS[-1], 2)])
def test_linux_beside_linux(boot, tmp_path, kernel, gic):
    from partita import Partita

    release = release_of(kernel)
    board = boot(kernel=kernel, gic=gic,
                 second_serial=f"unix:{tmp_path}/serial,server=on,wait=off",
                 files={"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
                        "initrd.img": BUILD / "board" / release / "base.cpio.gz"})
    partita = Partita(board)
    before = Footprint(board)
    partita.enable()
    file = "linux-beside-linux.dts"
    assert compiled(board, file) == ["linux.blob", "linux.dtb", "system.blob"]
    with open(tmp_path / "console", "w", encoding="utf-8") as log:
        serial = Serial(tmp_path / "serial", log)
        [linux] = create(partita, file, "linux")
        linux.start()
        serial.console.expect_exact("board# ", timeout=240)
        assert serial.run("nproc").split()[0] == "2"
        assert release in serial.run("uname -r")
        assert re.search(r"arch_timer", serial.run("cat /proc/interrupts"))
        job = "seq 200000 | sha256sum"
        expected = hashlib.sha256("".join(f"{n}\n" for n in range(1, 200001)).encode()).hexdigest()
        assert expected in serial.run(job)
        # A CPU goes and comes back, by the cell's own PSCI.
        serial.run("echo 0 >/sys/devices/system/cpu/cpu1/online")
        serial.run("echo 1 >/sys/devices/system/cpu/cpu1/online")
        assert serial.run("nproc").split()[0] == "2"
        assert linux.state == "running" and board.sh("nproc") == "2"
        serial.console.send("poweroff -f\r")
        linux.await_state("shut down")
    linux.destroy()
    partita.disable()
    assert board.sh("nproc") == "4"
    assert before.all_back(Footprint(board))
