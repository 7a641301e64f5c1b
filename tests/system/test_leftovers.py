# SPDX-License-Identifier: GPL-2.0-only
"""What changes hands is clean: the memory of a cell and every register of its CPU."""

from conftest import on_every_machine


@on_every_machine
def test_nothing_of_a_former_owner_is_left_for_the_next(board, enabled):
    """Linux was the owner before; then a former life; then a former cell, stopped by force."""
    cell = enabled.run("first", "leftovers.bin")
    cell.await_console("leftovers: none")
    cell.shutdown()
    cell.load("leftovers.bin")
    cell.start()
    cell.await_console("leftovers: none")
    cell.shutdown()
    cell.destroy()
    other = enabled.run("second", "leftovers.bin")
    other.await_console("leftovers: none")
    other.stop()
    other.destroy()
