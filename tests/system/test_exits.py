# SPDX-License-Identifier: GPL-2.0-only
"""An exit changes what it answers and nothing else."""

from conftest import on_every_machine


@on_every_machine
def test_no_exit_changes_a_register_that_it_does_not_answer_in(board, enabled):
    """The samples' `exits` makes each kind of exit with each general register."""
    cell = enabled.run("exits", "exits.bin")
    console = cell.await_console("exits: [0-9]+ made")
    assert "exits: 131 made, 0 wrong" in console
    exits = enabled.exits(3)
    assert (exits["gicd"], exits["hvc"], exits["smc"]) == (31 + 31 + 1, 4, 3)
