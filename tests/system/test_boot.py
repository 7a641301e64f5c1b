# SPDX-License-Identifier: GPL-2.0-only
"""The board itself, before Partita: if this fails, nothing else means anything."""

import time

from conftest import on_every_machine

pytestmark = on_every_machine


def test_stock_kernel_boots_with_four_cpus(board):
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"
    assert "arm64" in board.sh("uname -r")


def test_linux_runs_at_el1_and_leaves_its_stub_at_el2(board):
    assert "started at EL2" in board.sh("dmesg | grep 'CPU: All CPU'")


def test_shell_answers_with_long_output_and_status(board):
    lines = board.sh("seq 3000").split("\n")
    assert lines == [str(n) for n in range(1, 3001)]
    assert board.run("(exit 7)").status == 7


def test_device_tree_compiler_reads_the_running_board(board):
    assert "compatible = \"linux,dummy-virt\"" in board.sh(
        "dtc -q -I fs -O dts /proc/device-tree")


def test_cpu_hotplug_works(board):
    board.sh("echo 0 >/sys/devices/system/cpu/cpu3/online")
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-2"
    board.sh("echo 1 >/sys/devices/system/cpu/cpu3/online")
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"


def test_workload_gives_one_digest(board):
    assert board.sh("./work 3") == board.sh("./work 2 2")


def test_a_program_beside_the_shell_may_end_while_the_shell_waits(board):
    """A shell that takes this for the end of its input powers the board down."""
    board.start("sleep 1")
    time.sleep(2)
    assert board.sh("echo here") == "here"
