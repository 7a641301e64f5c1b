# SPDX-License-Identifier: GPL-2.0-only
"""The promises that depend on the interrupt controller, on a board with a GICv2."""

import pytest
from partita import Footprint

BOARD = {"gic": 2}
ROUNDS = 5


def test_enable_disable_under_load_changes_no_result(board, partita):
    digest = board.sh("./work 1")
    assert "GICv2" in board.sh("partita hardware check")
    partita.enable()
    partita.disable()
    before = Footprint(board)
    board.sh("./work 0 >/run/digest & echo $! >/run/work")
    for _ in range(ROUNDS):
        partita.enable()
        partita.disable()
    board.sh("kill $(cat /run/work); wait $(cat /run/work)", timeout=120)
    assert board.sh("cat /run/digest") == digest
    assert before.all_back(Footprint(board))


def test_control_loop_runs_without_one_exit_beside_a_loaded_linux(board, enabled):
    digest = board.sh("./work 1")
    board.sh("./work 0 >/run/digest & echo $! >/run/work")
    cell = enabled.create("control-loop", more="trusted-idle;")
    cell.load("control-loop.bin", "1000")
    cell.start()
    cell.await_heartbeat(100)
    before = enabled.exits(3)
    cell.await_heartbeat(2100, timeout=120)
    assert enabled.exits(3) == before, "the running loop took exits"
    board.sh("kill $(cat /run/work); wait $(cat /run/work)", timeout=120)
    assert board.sh("cat /run/digest") == digest
    cell.shutdown()
    cell.destroy()


def test_cell_of_two_cpus_comes_and_goes_beside_a_neighbour(board, enabled):
    victim = enabled.run("victim", "victim.bin", cpus=(1,))
    victim.await_heartbeat(1)
    exits = enabled.exits(1)
    for _ in range(3):
        cell = enabled.run("hello", "hello.bin", cpus=(2, 3))
        cell.await_console("hello from CPU 1")
        cell.stop()
        cell.destroy()
        assert board.sh("cat /sys/devices/system/cpu/online") == "0,2-3"
    assert enabled.exits(1) == exits
    victim.shutdown()
    assert "damage 0, aliens 0" in victim.console()
    victim.destroy()


def test_nothing_of_a_former_owner_is_left_for_the_next(board, enabled):
    cell = enabled.run("first", "leftovers.bin")
    cell.await_console("leftovers: none")
    cell.shutdown()
    cell.load("leftovers.bin")
    cell.start()
    cell.await_console("leftovers: none")
    cell.stop()
    cell.destroy()
    # And Linux, which was the owner in between, finds what it needs.
    assert board.sh("taskset 8 ./work 1 1") == board.sh("taskset 1 ./work 1 1")


@pytest.mark.parametrize("behaviour", [
    "spin", "wfi", "wfi-priority", "wfi-group", "wfi-active", "wfi-active-groups",
    "wfi-active-sgis", "wfi-everything", "wfe", "suspend"])
def test_cell_that_does_not_listen_is_stopped(board, enabled, behaviour):
    cell = enabled.run("deaf", "hostile.bin", behaviour)
    cell.await_console(behaviour)
    cell.stop()
    assert "NOT STOPPED" not in cell.console()
    cell.destroy()
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"
