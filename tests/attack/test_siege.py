# SPDX-License-Identifier: GPL-2.0-only
"""Attacks that are counted: by the command that ships with its own, and by a root that means harm
after `partita lock`. What was tried and how often it got through stands in the console's log."""

import json
import re

from board import BUILD, release_of
from conftest import KERNELS
from partita import SYSFS, Partita

VICTIM = ("victim.bin", "50000")


def test_selftest_lets_nothing_through_and_gives_all_back(boot):
    board = boot()
    board.sh("modprobe partita")
    result = json.loads(board.sh("partita selftest --quick --json", timeout=400))
    print(result)
    assert result["complete"] and result["neighbour"] and result["through"] == 0
    attempts = {kind["kind"]: kind["attempts"] for kind in result["kinds"]}
    assert attempts["interrupts"] > 200000 and attempts["calls"] > 50000 and attempts["registers"] > 50000
    assert attempts["memory"] > 30
    assert board.sh(f"cat {SYSFS}/enabled; cat /sys/devices/system/cpu/online") == "0\n0-3"


def siege(board, partita):
    """A victim on CPU 2 and what it has been through until now."""
    victim = partita.run("victim", *VICTIM, cpus=(2,), more="trusted-idle;")
    victim.await_heartbeat(1)
    return victim, partita.exits(2)


def expect_unharmed(partita, victim, exits):
    victim.await_heartbeat(victim.heartbeat + 2)
    console = victim.console()
    assert "from nowhere" not in console and "not as written" not in console
    assert victim.state == "running" and partita.exits(2) == exits


def test_hostile_root_gets_nowhere_after_the_lock(boot):
    module = BUILD / "tests" / "siege" / release_of(KERNELS[0]) / "siege.ko"
    board = boot(files={"siege.ko": module})
    partita = Partita(board)
    partita.enable()
    victim, exits = siege(board, partita)
    at = int(re.search(r"at (0x[0-9a-f]+)", board.sh("dmesg | grep 'partita: hypervisor enabled'")).group(1), 16)
    cell = [int(word, 0) for word in victim.read("regions").split()[1:3]]
    board.sh("partita lock")
    # The pages that the root is shown, in order of where they lie, are within the first ones.
    board.sh(f"insmod /siege.ko foreign={cell[0]:#x}+{cell[1]:#x},{at:#x}+0x8000 other_cells={1 << victim.id}",
             timeout=300)
    found = dict(re.findall(r"siege: (\w+: \d+ attempts), (\d+) got through", board.sh("dmesg")))
    assert len(found) == 2 and set(found.values()) == {"0"}, found
    expect_unharmed(partita, victim, exits)


def test_racing_ioctls_leave_all_in_order(boot):
    board = boot()
    partita = Partita(board)
    partita.enable()
    victim, exits = siege(board, partita)
    partita.create("scratch", cpus=(3,))
    # Each refusal is a line in the kernel's log.
    made = board.sh(f"dmesg -n 1; ./ioctl_race 5 {victim.id}", timeout=120)
    assert int(re.search(r"(\d+) attempts", made).group(1)) > 1000
    expect_unharmed(partita, victim, exits)
    assert "Oops" not in board.sh("dmesg") and "WARNING" not in board.sh("dmesg")
    partita.leave()
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-3"
