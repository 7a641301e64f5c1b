# SPDX-License-Identifier: GPL-2.0-only
"""A cell that means harm, beside a neighbour that must notice nothing.

The behaviours are those of cells/hostile, whose sources say what must become of the
cell; a new one there is tested here without a further line (see README.md).
"""

import pathlib
import re
import time

import pytest
from conftest import KERNELS, LOGS
from board import TOP, Board
from partita import ARGUMENT_OFFSET, CELLS, SYSFS, Cell, Partita, dts

STOP_BOUND_S = 5
# Its memory appears where the board has nothing, so that each address of the board is foreign.
HOME = 0x1000000000
MEMORY = 4 << 20
ABROAD = f"guest-address = <{HOME >> 32:#x} {HOME & 0xffffffff:#x}>;"

BEHAVIOURS = {verdict: [] for verdict in ("SURVIVES", "FATAL", "ENDLESS", "OFF", "REPORTED")}
for source in sorted(pathlib.Path(TOP, "cells/hostile").glob("*.c")):
    for name, verdict in re.findall(r'\{ "([a-z0-9-]+)", ([A-Z]+),', source.read_text()):
        BEHAVIOURS[verdict].append(name)

# A cell whose faults are not just reported ends at the first of them.
BEHAVIOURS["FATAL"] += BEHAVIOURS["REPORTED"]
# Those that take an address; the rest of the fatal ones know their own.
AT_ADDRESS = [name for name in BEHAVIOURS["FATAL"] if name in (
    "read", "write", "exec", "exclusive", "lse", "pair", "store-pair", "write-back",
    "store-back", "simd", "zero", "clean", "walk", "vectors", "sweep")]
# What an address may belong to. Those of RAM are found out on the board.
PLACES = {
    "flash": 0x0,
    "its": 0x8080000,
    "redistributor-of-linux": 0x80b0000,
    "serial-of-linux": 0x9000000,
    "clock": 0x9010000,
    "smmu": 0x9050000,
    "nothing": 0x30000000,
    "ram-of-linux": 0x50000000,
    "beyond-ram": 0xc0000000,
    "pci-configuration": 0x4010000000,
    "beyond-addresses": 0x8000000000,
    "neighbour": None,
    "hypervisor": None,
    "before-its-own": HOME - 4096,
    "behind-its-own": HOME + MEMORY,
}


EXITS = f"cat {SYSFS}/cpus/cpu2/exits"


class Siege:
    """An enabled board with a victim on CPU 2; CPU 3 is for the hostile cell."""

    def __init__(self, board):
        self.board = board
        self.partita = Partita(board)
        self.partita.enable()
        # It looks twenty times in a second: one that never sleeps takes half the host.
        self.victim = self.partita.run("victim", "victim.bin", "50000", cpus=(2,), more="trusted-idle;")
        self.victim.await_heartbeat(1)
        self.exits = self.board.sh(EXITS)
        self.besieged = False

    def address(self, place):
        if PLACES[place] is not None:
            return PLACES[place]
        if place == "neighbour":
            return int(self.victim.read("regions").split()[1], 16)
        report = self.board.sh("dmesg | grep 'partita: hypervisor enabled'")
        return int(re.search(r"at (0x[0-9a-f]+)", report).group(1), 16)

    def attack(self, argument, more=""):
        """Start the hostile cell; in one command, for these are many tests."""
        self.besieged = True
        self.board.sh(
            f"cd {CELLS}; echo '{dts('hostile', more=ABROAD + more)}' >hostile-test.dts; "
            f"echo '{argument}' >argument; partita cell create hostile-test.dts && "
            f"partita cell load hostile hostile.bin argument@{HOME + ARGUMENT_OFFSET:#x} && "
            "partita cell start hostile; status=$?; cd; (exit $status)")
        return Cell(self.partita, "hostile")

    def end(self, hostile):
        """Take the hostile cell away, within the bound, and look after the neighbours."""
        if hostile.state not in ("failed", "shut down"):
            started = time.monotonic()
            hostile.stop()
            assert time.monotonic() - started < STOP_BOUND_S
        beat = f"$(cat {SYSFS}/cells/{self.victim.id}/heartbeat)"
        console, victim, exits, online, digest = self.board.sh(
            f"partita console hostile 2>&1; partita cell destroy hostile >/dev/null; echo @; "
            f"beat={beat}; while [ {beat} = $beat ]; do :; done; partita console victim; echo @; "
            f"{EXITS}; echo @; cat /sys/devices/system/cpu/online; echo @; ./work 1 1").split("@\n")
        assert "from nowhere" not in victim and "not as written" not in victim, victim
        assert exits.rstrip("\n") == self.exits
        assert (online, digest) == ("0-1,3\n", self.digest)
        assert not re.search(r"^GRANTED|^NOT STOPPED|^ENDED|^NOT OFF|^unknown", console, re.M), \
            console
        self.besieged = False


@pytest.fixture(scope="module")
def siege():
    with Board(LOGS / "test_hostile.log", kernel=KERNELS[0], lifetime=1800) as board:
        running = Siege(board)
        running.digest = board.sh("./work 1 1")
        yield running


@pytest.fixture(autouse=True)
def tidy(siege):
    """A failed test must not fail the next one."""
    yield
    if siege.besieged:
        siege.board.run("partita cell stop hostile; partita cell destroy hostile")
        siege.besieged = False


@pytest.mark.parametrize("place", PLACES)
def test_reading_what_is_not_its_own_ends_the_cell_alone(siege, place):
    address = siege.address(place)
    hostile = siege.attack(f"read {address:#x}")
    hostile.await_state("failed")
    fault = hostile.fault()
    assert int(fault["address"], 16) & ~0xfff == address & ~0xfff
    assert fault["cpu"] == "3"
    siege.end(hostile)


@pytest.mark.parametrize("place", ["neighbour", "serial-of-linux"])
@pytest.mark.parametrize("behaviour", [name for name in AT_ADDRESS if name != "read"])
def test_every_kind_of_access_ends_the_cell_alone(siege, behaviour, place):
    hostile = siege.attack(f"{behaviour} {siege.address(place):#x}")
    hostile.await_state("failed")
    assert hostile.fault()["kind"]
    siege.end(hostile)


@pytest.mark.parametrize("behaviour", [name for name in BEHAVIOURS["FATAL"]
                                       if name not in AT_ADDRESS])
def test_fatal_behaviour_ends_the_cell_alone(siege, behaviour):
    hostile = siege.attack(behaviour)
    hostile.await_state("failed")
    assert hostile.fault()["kind"]
    siege.end(hostile)


@pytest.mark.parametrize("behaviour", BEHAVIOURS["SURVIVES"])
def test_harmless_refusal_leaves_the_cell_running(siege, behaviour):
    hostile = siege.attack(behaviour)
    hostile.await_console(f"^survived: {behaviour}", timeout=120)
    assert hostile.state == "running"
    siege.end(hostile)


@pytest.mark.parametrize("behaviour", BEHAVIOURS["ENDLESS"])
def test_endless_behaviour_is_stopped_within_a_bound(siege, behaviour):
    hostile = siege.attack(behaviour)
    hostile.await_console(f"trying: {behaviour}")
    siege.end(hostile)


# Who trusts a cell to idle trusts it to wake.
@pytest.mark.parametrize("behaviour", [name for name in BEHAVIOURS["ENDLESS"]
                                       if not name.startswith("wf")])
def test_endless_behaviour_of_a_cell_trusted_to_idle_is_stopped_too(siege, behaviour):
    hostile = siege.attack(behaviour, more="trusted-idle;")
    hostile.await_console(f"trying: {behaviour}")
    siege.end(hostile)


@pytest.mark.parametrize("behaviour", ["spin", "wfi-everything", "sgi-storm", "gicd-storm",
                                       "cpu-on-off-storm"])
def test_cell_of_two_cpus_is_stopped_on_both(siege, behaviour):
    siege.besieged = True
    hostile = siege.partita.create("hostile", cpus=(3, 1), more=ABROAD)
    hostile.load("hostile.bin", f"smp {behaviour}")
    hostile.start()
    hostile.await_console(f"trying: {behaviour}")
    siege.end(hostile)


@pytest.mark.parametrize("behaviour", BEHAVIOURS["OFF"])
def test_cell_that_ends_itself_is_over_alone(siege, behaviour):
    hostile = siege.attack(behaviour)
    if behaviour.startswith("reset"):
        siege.board.wait_for(f"[ $(cat {SYSFS}/cells/{hostile.id}/resets) -ge 2 ]")
    else:
        hostile.await_state("shut down")
    siege.end(hostile)


def test_sgi_to_a_foreign_cpu_is_refused_and_counted(siege):
    hostile = siege.attack("sgi-all")
    hostile.await_console("^survived: sgi-all")
    assert siege.partita.exits(3)["sgi-refused"] > 0
    siege.end(hostile)


def test_flood_on_the_console_loses_only_its_own_oldest_lines(siege):
    """Whatever it writes, its ring is bounded and nobody else's grows."""
    victim = siege.victim.console()
    hostile = siege.attack("console-flood")
    siege.board.wait_for("[ $(partita console hostile | wc -c) -gt 16000 ]")
    assert len(hostile.console()) < 40000  # a ring, and what came while it was read
    assert siege.victim.console() == victim
    siege.end(hostile)


@pytest.mark.parametrize("behaviour", ["hvc-storm", "register-storm", "sgi-storm", "gicd-storm"])
def test_storm_beyond_the_exit_limit_ends_the_cell_alone(siege, behaviour):
    hostile = siege.attack(behaviour, more="exit-limit = <5000>;")
    hostile.await_state("failed")
    assert hostile.fault()["kind"] == "more exits in a second than its limit"
    siege.end(hostile)


def test_throttled_storm_goes_on_within_its_limit(siege):
    hostile = siege.attack("hvc-storm", more='exit-limit = <5000>; on-exit-limit = "throttle";')
    hostile.await_console("trying: hvc-storm")
    before, after = siege.board.sh(
        f"cat {SYSFS}/cpus/cpu3/exits | head -1; sleep 2; head -1 {SYSFS}/cpus/cpu3/exits").splitlines()
    # In three seconds at most, with what is made between two looks.
    assert 0 < int(after.split()[1]) - int(before.split()[1]) <= 3 * (5000 + 256)
    assert hostile.state == "running"
    siege.end(hostile)


def test_images_of_the_attack_are_on_the_board(siege):
    siege.board.sh(f"test -s {CELLS}/hostile.bin -a -s {CELLS}/victim.bin")
