# SPDX-License-Identifier: GPL-2.0-only
"""A system that firmware starts, managed by a Linux in it with the ordinary driver and command."""

import json
import shutil
import subprocess

import pytest
from board import BUILD, CACHE, Board, board_tree, packed_command, prepare, release_of
from conftest import KERNELS, LOGS
from partita import SYSFS, Cell, Partita

ESCAPE = "\x1d"
# Of hello the manager may do nothing.
SYSTEM = """/dts-v1/;
/ {
	compatible = "partita,system-v1";
	linux {
		compatible = "partita,cell-v1"; cpus = <0>; memory = "512M"; image = "vmlinuz"; initrd = "initrd.img";
		devices = "/pl011@9000000"; console = "/pl011@9000000"; command-line = "loglevel=4 panic=-1";
		may-start = "control-loop", "rtos"; may-stop = "control-loop"; may-type = "rtos";
	};
	control-loop {
		compatible = "partita,cell-v1"; cpus = <1>; memory = "4M"; image = "control-loop.bin"; trusted-idle;
	};
	rtos {
		compatible = "partita,cell-v1"; cpus = <2>; memory = "16M"; image = "virt.bin"; start = "no";
		guest-address = <0x40000000>; image-address = <0x40080000>; console = "pl011@0x9000000";
	};
	hello {
		compatible = "partita,cell-v1"; cpus = <3>; memory = "4M"; image = "hello.bin";
	};
};
"""


def pack(folder, release):
    images = {"vmlinuz": CACHE / "root" / release / "boot" / f"vmlinuz-{release}",
              "initrd.img": BUILD / "board" / release / "initramfs.cpio.gz",
              "control-loop.bin": BUILD / "cells/control-loop.bin", "hello.bin": BUILD / "cells/hello.bin",
              "virt.bin": BUILD / "tests/virt.bin"}
    for name, image in images.items():
        shutil.copy(image, folder / name)
    folder.joinpath("system.dts").write_text(SYSTEM)
    board_tree(folder / "board.dtb")
    subprocess.run([BUILD / "host/partita", "pack", "system.dts", "-o", "system.img", "--board", "board.dtb",
                    "--hypervisor", BUILD / "hypervisor/partita.bin"], cwd=folder, check=True, timeout=60)
    return folder / "system.img"


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    image = pack(tmp_path_factory.mktemp("linux-manager"), prepare(KERNELS[0]))
    with Board(LOGS / "test_linux_manager.log", lifetime=600, command=packed_command(image)) as running:
        yield running


@pytest.fixture(scope="module")
def system(board):
    return Partita(board)


def refused(board, command, *words):
    """With the reason, in one line, and nothing has happened."""
    result = board.run(command)
    assert result.status == 1, result
    assert len(result.output.splitlines()) == 1, result
    for word in words:
        assert word in result.output, result


def test_the_driver_finds_the_hypervisor_by_itself(board, system):
    assert system.enabled
    assert board.sh(f"cat {SYSFS}/hypervisor/this_cell") == str(Cell(system, "linux").id)
    assert "manages others" in board.sh("dmesg | grep partita")
    assert board.sh("partita hardware check").startswith("This Linux is itself a cell ('linux')")


def test_cells_are_listed_as_they_are(board, system):
    listed = {cell["name"]: cell for cell in json.loads(board.sh("partita cell list --json"))}
    assert {name: (cell["cpus"], cell["this_linux"]) for name, cell in listed.items()} == {
        "linux": ([0], True), "control-loop": ([1], False), "rtos": ([2], False), "hello": ([3], False)}
    assert (listed["control-loop"]["memory"], listed["hello"]["memory"]) == (4 << 20, None)
    assert (listed["control-loop"]["state"], listed["rtos"]["state"]) == ("running", "created")
    assert "this Linux" in board.sh("partita cell list | grep ' linux '")


def test_a_cell_is_stopped_started_and_shut_down(board, system):
    loop = Cell(system, "control-loop")
    loop.await_heartbeat(1)
    loop.stop()
    assert (loop.state, loop.read("starts")) == ("shut down", "1")
    loop.start()
    assert (loop.state, loop.read("starts")) == ("running", "2")
    loop.await_heartbeat(1)
    refused(board, "partita cell start control-loop", "it runs already")
    assert "has shut down" in loop.shutdown()
    loop.start()
    assert "control-loop: period 1000 us" in loop.await_console("period")
    stats = board.sh("partita cell stats control-loop")
    assert "started 3 times (0 by its own reset)" in stats and "CPU 1" in stats


def test_whoever_waits_for_a_change_is_woken(board, system):
    loop = Cell(system, "control-loop")
    count = f"grep -E 'partita$' /proc/interrupts | awk '{{ print $2 }}'"
    before = int(board.sh(count))
    loop.stop()
    loop.start()
    assert int(board.sh(count)) > before


def test_a_terminal_of_a_cell_that_waited_for_its_start(board, system):
    rtos = Cell(system, "rtos")
    rtos.start()
    board.send("partita console rtos")
    board.expect("this is cell 'rtos'; Ctrl-] leaves")
    board.expect("virt: type a line")
    board.console.send("some words")
    board.expect("some words")
    board.console.send(ESCAPE)
    board.expect("left cell 'rtos'")
    board.run(":")
    assert rtos.state == "running"


def test_a_missing_right_is_told_by_its_name(board, system):
    refused(board, "partita cell stop rtos", "may not stop cell 'rtos'", "may-stop")
    refused(board, "partita cell start hello", "may not start cell 'hello'", "may-start")
    refused(board, "partita console hello", "sees nothing of cell 'hello'")
    refused(board, "partita cell stop linux", "the Linux that you are using")
    assert Cell(system, "hello").state in ("running", "shut down")


@pytest.mark.parametrize("command", ["enable", "disable", "cell create x.dts", "cell load control-loop x.bin",
                                     "cell destroy control-loop"])
def test_what_does_not_apply_says_why(board, system, command):
    refused(board, f"partita {command}", "this Linux is itself a cell ('linux')")


def test_the_hypervisors_own_messages_are_read(board, system):
    assert board.run("partita console").status == 0


def test_the_driver_can_be_loaded_anew(board, system):
    board.sh("modprobe -r partita")
    assert board.run("partita cell list").status == 1
    board.sh("modprobe partita")
    assert sorted(system.cell_names()) == ["control-loop", "hello", "linux", "rtos"]
    loop = Cell(system, "control-loop")
    loop.stop()
    loop.start()
