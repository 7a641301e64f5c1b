# SPDX-License-Identifier: GPL-2.0-only
"""A cell dies and is started again, often, in every way in which a cell can end: nothing wears out."""

import pytest
from conftest import endurance
from partita import SYSFS, Footprint

DEATHS = endurance(6, 1000)

# The state that it comes to by itself, or None: it is stopped by force.
WAYS = {
    "read 0x30000000": "failed",            # a stage 2 fault
    "pair 0x8000000": "failed",             # one that cannot be decoded
    "implementation-defined": "failed",     # a register that would reach beyond the cell
    "psci-entry": "failed",                 # an instruction fetched where nothing is
    "crash": "shut down",                   # its own handler of exceptions gives up
    "off": "shut down",                     # its own request
    "spin": None,
    "wfi-everything": None,
    "sgi-storm": None,
}


def sizes(board):
    """What EL2 has taken from its pool, in bytes."""
    return board.sh(f"cat {SYSFS}/hypervisor/table_size {SYSFS}/hypervisor/comm_size")


@pytest.mark.endurance
def test_cell_that_dies_a_thousand_times_wears_nothing_out(board, enabled):
    neighbour = enabled.run("neighbour", "control-loop.bin", "10000", cpus=(2,), more="trusted-idle;")
    neighbour.await_heartbeat(100)

    def live(argument, end, deaths):
        cell = enabled.run("mayfly", "hostile.bin", argument)
        state = f"{SYSFS}/cells/{cell.id}/state"
        await_end = f"until read s <{state}; [ \"$s\" = '{end}' ]; do :; done" if end else "partita cell stop mayfly"
        board.sh(f"{await_end}; for death in $(seq {deaths - 1}); do partita cell start mayfly || exit 1; {await_end}; done",
                 timeout=300 + 2 * deaths)
        assert cell.read("starts") == str(deaths) and cell.read("resets") == "0"
        assert bool(cell.fault()) == (end == "failed")
        cell.destroy()
        return cell.id

    first = live("off", "shut down", 1)     # what the kernel allocates once and keeps
    before, taken, exits = Footprint(board), sizes(board), enabled.exits(2)
    for argument, end in WAYS.items():
        assert live(argument, end, DEATHS) == first
        assert sizes(board) == taken, argument
    cell = enabled.run("mayfly", "hostile.bin", "reset")
    board.wait_for(f"[ $(cat {SYSFS}/cells/{cell.id}/resets) -ge {DEATHS} ]", 300 + 2 * DEATHS)
    cell.stop()
    cell.destroy()
    assert sizes(board) == taken
    assert enabled.exits(2) == exits and neighbour.state == "running"
    after = Footprint(board)
    assert before.all_back(after), (before, after)
    assert board.sh("cat /sys/devices/system/cpu/online") == "0-1,3"
