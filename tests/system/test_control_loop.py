# SPDX-License-Identifier: GPL-2.0-only
"""The promise: a running owned cell takes no exits, whatever Linux does."""

import re

import pytest
from conftest import on_both_ends, on_every_machine

PERIODS = 10000


@on_every_machine
def test_control_loop_runs_10000_periods_without_one_exit(board, enabled):
    digest = board.sh("./work 1")
    board.sh("./work 0 >/run/digest & echo $! >/run/work")
    cell = enabled.create("control-loop", more="trusted-idle;")
    cell.load("control-loop.bin", "1000")
    cell.start()
    cell.await_heartbeat(100)
    before = enabled.exits(3)
    cell.await_heartbeat(PERIODS + 100, timeout=300)
    after = enabled.exits(3)
    assert after == before, "the running loop took exits"
    board.sh("kill $(cat /run/work); wait $(cat /run/work)", timeout=120)
    assert board.sh("cat /run/digest") == digest
    cell.shutdown()
    console = cell.console()
    assert re.search(r"floating point wrong 0 times", console), console


@on_both_ends
def test_untrusted_idle_exits_only_to_wait(board, enabled):
    cell = enabled.run("control-loop", "control-loop.bin", "1000")
    cell.await_heartbeat(100)
    before = enabled.exits(3)
    cell.await_heartbeat(1100)
    after = enabled.exits(3)
    changed = {reason for reason in after if after[reason] != before[reason]}
    assert changed <= {"total", "wfi"}
    assert after["wfi"] > before["wfi"]


def test_looking_at_a_cell_costs_it_nothing(board, enabled):
    cell = enabled.create("control-loop", more="trusted-idle;")
    cell.load("control-loop.bin")
    cell.start()
    cell.await_heartbeat(100)
    before = enabled.exits(3)
    for _ in range(5):
        board.sh("partita cell list; partita cell stats; partita console control-loop; "
                 "partita console; partita hardware check")
    assert enabled.exits(3) == before


def test_two_cells_run_side_by_side(board, enabled):
    loop = enabled.create("loop", more="trusted-idle;")
    loop.load("control-loop.bin")
    loop.start()
    victim = enabled.run("victim", "victim.bin", cpus=(2,))
    victim.await_heartbeat(10)
    loop.await_heartbeat(1000)
    victim.shutdown()
    loop.shutdown()
    assert "damage 0, aliens 0" in victim.console()


def test_serial_of_a_cell_belongs_to_it_alone(boot, tmp_path):
    from partita import Partita
    board = boot(second_serial=f"file:{tmp_path / 'serial'}")
    partita = Partita(board)
    partita.enable()
    cell = partita.create("hello", cpus=(2, 3), more='devices = "/pl011@9040000";')
    assert len(cell.read("regions").splitlines()) == 2
    cell.destroy()
    partita.disable()


def test_console_follows_until_interrupted(board, enabled):
    cell = enabled.create("control-loop", more="trusted-idle;")
    cell.load("control-loop.bin", "100")
    cell.start()
    out = board.run("timeout 5 partita console -f control-loop").output
    assert "control-loop: period 100 us" in out


@pytest.mark.parametrize("argument, period", [("", 1000), ("2000", 2000)])
def test_argument_reaches_the_cell(board, enabled, argument, period):
    cell = enabled.run("control-loop", "control-loop.bin", argument)
    cell.await_console(f"period {period} us")
